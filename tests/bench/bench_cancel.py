"""How long a cancel waits at most on a slow processor: networks as wide as real ones, with random weights.

OMP_NUM_THREADS=1 python -m tests.bench.bench_cancel [NAME ...]

"call" is the unit of work that is told as done; "longest" the time between two moments within it at which a cancel is
answered. Both are seconds of one core, so that other programs do not count. UNets have one layer a block, a seventh of
SDXL's work: deeper ones repeat the layers that are timed here.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import nn

from hiprompt_core import cancelling
from hiprompt_core.cancelling import answering, stop_between_layers
from hiprompt_core.events import Event
from hiprompt_core.model_files import sdxl_configs
from tests.core.guide_models import make_network

Work = Callable[[], object]


def unet(rows: int, name: str) -> Work:
    """So many evaluations in one batch, as the loop asks for them."""
    from diffusers import UNet2DConditionModel

    config = dict(UNet2DConditionModel.load_config(sdxl_configs().parent / name / "unet"))
    xl, side = name == "sdxl", config["sample_size"]
    config |= {"layers_per_block": 1, **({"transformer_layers_per_block": [1, 1, 1]} if xl else {})}
    model = ready(UNet2DConditionModel.from_config(config))
    latents = torch.randn(rows, 4, side, side).contiguous(memory_format=torch.channels_last)
    texts = torch.randn(rows, 77, config["cross_attention_dim"])
    added = {"text_embeds": torch.randn(rows, 1280), "time_ids": torch.randn(rows, 6)} if xl else None
    return lambda: model(latents, 500.0, encoder_hidden_states=texts, added_cond_kwargs=added, return_dict=False)


def vae(side: int) -> Work:
    """One tile, decoded."""
    from diffusers import AutoencoderKL

    model = ready(AutoencoderKL.from_config(AutoencoderKL.load_config(sdxl_configs() / "vae")))
    latents = torch.randn(1, 4, side // 8, side // 8)
    return lambda: model.decode(latents)


def esrgan() -> Work:
    """One tile of a picture that grows fourfold, by the network of 23 blocks."""
    model = ready(make_network("ESRGAN"))
    values = torch.rand(1, 3, 256, 256)
    return lambda: model(values)


def swin2sr() -> Work:
    """The same by Swin2SR."""
    from transformers import Swin2SRConfig, Swin2SRForImageSuperResolution

    config = Swin2SRConfig(embed_dim=180, depths=[6] * 6, num_heads=[6] * 6, window_size=8, upscale=4, mlp_ratio=2.0)
    model = ready(Swin2SRForImageSuperResolution(config))
    values = torch.rand(1, 3, 256, 256)
    return lambda: model(values)


def captioner() -> Work:
    """The first word of LLaVA's language model, two of its 32 layers, after 576 places of a picture."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(hidden_size=4096, intermediate_size=11008, num_hidden_layers=2, num_attention_heads=32)
    model = ready(LlamaForCausalLM(config))
    return lambda: model(torch.zeros((1, 620), dtype=torch.long), logits_to_keep=1)


def loading() -> Work:
    """A UNet of Stable Diffusion 1's size from float16 on disk."""
    from diffusers import UNet2DConditionModel

    from hiprompt_core.loading import loading as quietly
    from hiprompt_core.loading import require_finite
    from hiprompt_core.models import hash_files

    folder = Path(tempfile.mkdtemp())
    config = UNet2DConditionModel.load_config(sdxl_configs().parent / "sd1" / "unet")
    UNet2DConditionModel.from_config(config).half().save_pretrained(folder)

    def work() -> None:
        with quietly(folder):
            model = UNet2DConditionModel.from_pretrained(folder, torch_dtype=torch.float32, local_files_only=True)
        require_finite(folder, model)
        hash_files(folder.glob("*.safetensors"))

    return work


def ready(model: nn.Module) -> nn.Module:
    """As the core keeps it on a processor."""
    model.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    stop_between_layers(model)
    return model


WORKS: dict[str, Callable[[], Work]] = {
    "sd1 unet, 3 evaluations": lambda: unet(3, "sd1"),
    "sd1 unet, 24 evaluations": lambda: unet(24, "sd1"),
    "sdxl unet, 1 evaluation": lambda: unet(1, "sdxl"),
    "sdxl unet, 3 evaluations": lambda: unet(3, "sdxl"),
    "vae, tile of 512": lambda: vae(512),
    "vae, tile of 1024": lambda: vae(1024),
    "esrgan, tile of 1024": esrgan,
    "swin2sr, tile of 1024": swin2sr,
    "llava's first word": captioner,
    "loading sd1's unet": loading,
}


def main(names: list[str]) -> None:
    cancelling.INTERVAL = 0.0
    torch.set_num_threads(1)
    print(f"{'work':>26} {'call':>8} {'longest':>8} {'moments':>8}")
    for name in names or WORKS:
        work = WORKS[name]()
        times: list[float] = []

        def note(event: Event, times: list[float] = times) -> None:
            times.append(time.process_time())

        with torch.inference_mode(), answering(note):
            times.append(time.process_time())
            work()
            times.append(time.process_time())
        longest = max(after - before for before, after in pairwise(times))
        print(f"{name:>26} {times[-1] - times[0]:7.1f}s {longest:7.2f}s {len(times):8}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
