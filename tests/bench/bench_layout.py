"""What it gains that a UNet's channels lie last in memory, on this processor: seconds as a ratio, both in one run.

    python -m tests.bench.bench_layout [--threads 2]

The demo model's UNet, and one of SDXL's widths with one layer in a block, in each precision. Below 1: channels last are
faster. ``hiprompt_core.devices.memory_format`` says what is chosen.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch
from diffusers import UNet2DConditionModel

from hiprompt_core.model_files import demo_model, sdxl_configs

REPEATS = 4
LAYOUTS = (torch.channels_last, torch.contiguous_format)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    torch.set_num_threads(parser.parse_args().threads)
    for dtype in (torch.float32, torch.bfloat16):
        for name, make, side, batches in (("demo", demo, 16, (2, 24)), ("SDXL's widths", wide, 64, (1, 2))):
            unet = make().to(dtype).eval()
            for batch in batches:
                last, plain = best_of_turns(unet, batch, side)
                print(f"{name}, {dtype}, batch of {batch}: {last:.3f} s against {plain:.3f} s, {last / plain:.2f}")


def demo() -> Any:
    return UNet2DConditionModel.from_pretrained(demo_model() / "unet", local_files_only=True)


def wide() -> Any:
    config = dict(UNet2DConditionModel.load_config(sdxl_configs() / "unet"))
    config |= {"layers_per_block": 1, "transformer_layers_per_block": [1, 1, 1]}
    return UNet2DConditionModel.from_config(config)


def best_of_turns(unet: Any, batch: int, side: int) -> tuple[float, float]:
    """Seconds of an evaluation of (batch, c, side, side) with channels last, and without."""
    seconds: dict[torch.memory_format, list[float]] = {layout: [] for layout in LAYOUTS}
    with torch.inference_mode():
        for _ in range(2):
            for layout, taken in seconds.items():
                evaluate = evaluation(unet, batch, side, layout)
                evaluate()
                for _ in range(REPEATS):
                    begun = time.perf_counter()
                    evaluate()
                    taken.append(time.perf_counter() - begun)
    last, plain = (min(seconds[layout]) for layout in LAYOUTS)
    return last, plain


def evaluation(unet: Any, batch: int, side: int, layout: torch.memory_format) -> Callable[[], Any]:
    """One call as the loop over timesteps makes it."""
    unet.to(memory_format=layout)
    config, dtype = unet.config, unet.dtype
    latents = torch.randn(batch, config.in_channels, side, side, dtype=dtype).contiguous(memory_format=layout)
    texts = torch.randn(batch, 77, config.cross_attention_dim, dtype=dtype)
    width = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    added = {
        "text_embeds": torch.randn(batch, width, dtype=dtype),
        "time_ids": torch.randn(batch, 6, dtype=dtype),
    }
    return lambda: unet(latents, 500, encoder_hidden_states=texts, added_cond_kwargs=added, return_dict=False)


if __name__ == "__main__":
    main()
