"""Tiny but real ControlNets and upscalers of random weights."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, ControlNetUnionModel
from safetensors.torch import save_file
from transformers import Swin2SRConfig, Swin2SRForImageSuperResolution

from hiprompt_core.upscaler_networks import reader_of

HINT = (4, 4, 8, 8)
ARCHITECTURES = {"RealPLKSR": "PLKSR", **dict.fromkeys(("UpCunet2x", "UpCunet3x", "UpCunet4x"), "RealCUGAN")}
"""Of the networks that do not have their architecture's name."""


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
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({prefix + name: value.clone().contiguous() for name, value in model.state_dict().items()}, path)
    return path


def make_network(network: str, strength: float = 1.0, **sizes: Any) -> torch.nn.Module:
    """One of spandrel's networks; weights of the two best known ones keep values about as large as they were."""
    architecture = ARCHITECTURES.get(network, network)
    reader_of(architecture)  # imports spandrel without its front door
    module = import_module(f"spandrel.architectures.{architecture}")
    torch.manual_seed(24)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = getattr(module, network)(**sizes).eval()
    if network in ("ESRGAN", "Compact"):
        with torch.no_grad():
            for value in made.parameters():
                if value.ndim > 1:
                    value.normal_(std=strength * (1.5 / value[0].numel()) ** 0.5)
                else:
                    value.zero_()
            if network == "ESRGAN":
                value.fill_(0.5)  # the middle of what a picture can show
    return made


def save_network(file: Path, network: str, strength: float = 1.0, **sizes: Any) -> Path:
    return write(file, make_network(network, strength, **sizes))


def save_upscaler(folder: Path, **values: Any) -> Path:
    """A Swin2SR of two layers."""
    torch.manual_seed(23)
    config = Swin2SRConfig(**{
        "embed_dim": 8, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4, "upscale": 2, "image_size": 16,
        "upsampler": "pixelshuffledirect", **values,
    })  # fmt: skip
    Swin2SRForImageSuperResolution(config).save_pretrained(folder)
    return folder
