"""Bytes that a model of SDXL's size needs on a device, accounted without one: no weights, no card.

Every tensor lives on torch's "meta" device; each operation's results are counted while they are alive. That is the
peak of what is asked for: an allocator's fragments, cuDNN's workspaces and the backend's context come on top.
Run: ``python -m tests.bench.bench_memory``.
"""

from __future__ import annotations

import weakref
from typing import Any
from unittest import mock

import diffusers.utils.logging
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from hiprompt_core.footprint import UPSCALER_SHARE
from hiprompt_core.model_files import sdxl_configs
from tests.core.guide_models import make_network

GIGABYTE = 1e9
_SWIN: dict[str, Any] = {"embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6, "mlp_ratio": 2, "upscale": 4}
UPSCALERS: list[tuple[str, dict[str, Any]]] = [
    ("ESRGAN", {}),
    ("ESRGAN", {"scale": 2}),
    ("ESRGAN", {"scale": 1}),
    ("ESRGAN", {"scale": 4, "shuffle_factor": 2, "in_nc": 12}),
    ("Compact", {"num_conv": 32}),
    ("SPAN", {"num_in_ch": 3, "num_out_ch": 3}),
    ("RealPLKSR", {}),
    ("SwinIR", {**_SWIN, "window_size": 8, "upsampler": "nearest+conv"}),
    ("HAT", {**_SWIN, "window_size": 16, "upsampler": "pixelshuffle"}),
    ("DAT", {"embed_dim": 180, "depth": [6] * 6, "num_heads": [6] * 6, "split_size": [8, 32], "upscale": 4}),
    ("ATD", {**_SWIN, "embed_dim": 210, "window_size": 16, "num_tokens": 128, "reducted_dim": 20,
             "upsampler": "pixelshuffle"}),
    ("DRCT", {**_SWIN, "window_size": 16, "upsampler": "pixelshuffle"}),
]  # fmt: skip
"""As large as those that artists use."""


class Accounting(TorchDispatchMode):
    """Bytes of the storages that are alive, beside those from before it began."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        inputs = {t.untyped_storage()._cdata for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)}
        out = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                key = storage._cdata
                if key not in inputs and key not in self.alive:
                    self.alive[key] = storage.nbytes()
                    weakref.finalize(storage, self.alive.pop, key, None)
        self.peak = max(self.peak, sum(self.alive.values()))
        return out


def fused_attention(query: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    """What fused kernels allocate: their result; on "meta" torch would take the plain path instead."""
    return torch.empty_like(query)


def weights(module: torch.nn.Module) -> int:
    return sum(value.numel() * value.element_size() for value in module.parameters())


def unet(views: int, conditions: int, dtype: torch.dtype) -> tuple[int, int]:
    """Weights and peak beside them of one UNet call for windows of 1024 x 1024."""
    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        model = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(sdxl_configs() / "unet")).to(dtype)
        rows = views * conditions
        added = {"text_embeds": torch.empty(rows, 1280, dtype=dtype), "time_ids": torch.empty(rows, 6, dtype=dtype)}
        texts = torch.empty(rows, 77, 2048, dtype=dtype)
        sample = torch.empty(rows, 4, 128, 128, dtype=dtype)
        time = torch.empty((), dtype=torch.float32)
    model.eval()
    fused = mock.patch.object(torch.nn.functional, "scaled_dot_product_attention", fused_attention)
    with fused, torch.no_grad(), Accounting() as account:
        model(sample, time, encoder_hidden_states=texts, added_cond_kwargs=added, return_dict=False)
    return weights(model), account.peak


def vae(tile: int, dtype: torch.dtype) -> tuple[int, int, int]:
    """Weights and peaks beside them of encoding and decoding one tile."""
    from diffusers import AutoencoderKL

    with torch.device("meta"):
        model = AutoencoderKL.from_config(AutoencoderKL.load_config(sdxl_configs() / "vae")).to(dtype)
        latents = torch.empty(1, 4, tile // 8, tile // 8, dtype=dtype)
        picture = torch.empty(1, 3, tile, tile, dtype=dtype)
    model.eval()
    peaks = []
    for work, value in ((model.encoder, picture), (model.decoder, latents)):
        with torch.no_grad(), Accounting() as account:
            work(value)
        peaks.append(account.peak)
    return weights(model), peaks[0], peaks[1]


def upscaler(network: str, sizes: dict[str, Any], tile: int) -> tuple[int, int]:
    """Weights and peak beside them of what a trained upscaler draws at once for tiles of a side."""
    side = tile // UPSCALER_SHARE
    model = make_network(network, **sizes).to("meta")
    with torch.no_grad(), torch.device("meta"), Accounting() as account:
        model(torch.empty(1, 3, side, side))
    return weights(model), account.peak


def main() -> None:
    half, full = torch.bfloat16, torch.float32
    diffusers.utils.logging.set_verbosity_error()
    with Accounting() as account:  # three megabytes made, two alive at once
        kept = torch.empty(1_000_000, dtype=torch.uint8)
        torch.empty(1_000_000, dtype=torch.uint8)
        torch.empty(1_000_000, dtype=torch.uint8)
    assert account.peak == 2 * len(kept), account.peak
    for views in (8, 2, 1):
        for conditions in (2, 3):
            held, peak = unet(views, conditions, half)
            print(f"UNet, {views} views x {conditions}: weights {held / GIGABYTE:.2f} + {peak / GIGABYTE:.2f} GB")
    for tile in (1024, 512):
        for dtype in (half, full):
            held, encode, decode = vae(tile, dtype)
            print(
                f"VAE, tile {tile}, {dtype}: weights {held / GIGABYTE:.2f}, encode + {encode / GIGABYTE:.2f}, "
                f"decode + {decode / GIGABYTE:.2f} GB"
            )
    for network, sizes in UPSCALERS:
        for tile in (1024, 512):
            held, peak = upscaler(network, sizes, tile)
            print(f"{network} {sizes}, tile {tile}: weights {held / GIGABYTE:.2f} + {peak / GIGABYTE:.2f} GB")


if __name__ == "__main__":
    main()
