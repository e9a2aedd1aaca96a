"""Tiny but real ControlNets and upscalers of random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, ControlNetUnionModel
from safetensors.torch import save_file
from transformers import Swin2SRConfig, Swin2SRForImageSuperResolution

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


def save_upscaler(folder: Path, **values: Any) -> Path:
    """A Swin2SR of two layers."""
    torch.manual_seed(23)
    config = Swin2SRConfig(**{
        "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4, "upscale": 2, "image_size": 16,
        "upsampler": "pixelshuffledirect", **values,
    })  # fmt: skip
    Swin2SRForImageSuperResolution(config).save_pretrained(folder)
    return folder
