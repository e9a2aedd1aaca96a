"""Tiny but real ControlNets and upscalers of random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, ControlNetUnionModel
from safetensors.torch import save_file
from transformers import Swin2SRConfig, Swin2SRForImageSuperResolution

from hiprompt_core.esrgan_files import Compact, Rrdb

HINT = (4, 4, 8, 8)


def random_weights(model: Any) -> Any:
    """Those that begin as zeros too: they are what a ControlNet adds."""
    with torch.no_grad():
        for parameter in model.parameters():
            if not parameter.any():
                parameter.normal_(std=0.5)
    return model


def changed(model: Any, sizes: dict[str, Any]) -> Any:
    return type(model)(**{name: value for name, value in model.config.items() if name[0] != "_"} | sizes)


def make_controlnet(unet: Any, **sizes: Any) -> Any:
    torch.manual_seed(21)
    made = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=HINT)
    if sizes:
        made = changed(made, sizes)
    return random_weights(made).eval()


def make_union(unet: Any, tasks: int = 8) -> Any:
    torch.manual_seed(22)
    made = ControlNetUnionModel.from_unet(unet, conditioning_embedding_out_channels=HINT, load_weights_from_unet=False)
    width = unet.config.block_out_channels[0]
    sizes = {"num_control_type": tasks, "num_trans_channel": width, "num_proj_channel": width}
    return random_weights(changed(made, sizes)).eval()


def write(path: Path, model: Any, prefix: str = "") -> Path:
    save_file({prefix + name: value.contiguous() for name, value in model.state_dict().items()}, path)
    return path


def make_esrgan(facts: Rrdb | Compact, strength: float = 1.0) -> dict[str, torch.Tensor]:
    """Random weights of a network under our names, which keep values about as large as they were."""
    torch.manual_seed(24)
    weights = {name: torch.zeros(shape) for name, shape in facts.shapes().items()}
    for value in weights.values():
        if value.ndim > 1:
            value.normal_(std=strength * (1.5 / value[0].numel()) ** 0.5)
    if isinstance(facts, Rrdb):
        weights["conv_last.bias"] += 0.5  # the middle of what a picture can show
    return weights


def save_esrgan(file: Path, facts: Rrdb | Compact, strength: float = 1.0) -> Path:
    save_file(make_esrgan(facts, strength), file)
    return file


def save_upscaler(folder: Path, **values: Any) -> Path:
    """A Swin2SR of two layers."""
    torch.manual_seed(23)
    config = Swin2SRConfig(**{
        "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4, "upscale": 2, "image_size": 16,
        "upsampler": "pixelshuffledirect", **values,
    })  # fmt: skip
    Swin2SRForImageSuperResolution(config).save_pretrained(folder)
    return folder
