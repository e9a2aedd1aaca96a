"""Loads a ControlNet for a UNet that is loaded already."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch

from hiprompt_core.devices import memory_format
from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.guide_files import ControlNetFacts, inspect_controlnet
from hiprompt_core.loading import loading, require_finite
from hiprompt_core.models import hash_files
from hiprompt_core.weights import read_weights

_FITTING = ("in_channels", "block_out_channels", "layers_per_block", "cross_attention_dim", "addition_embed_type")
"""Values of a config that a ControlNet shares with its UNet; small ones may have fewer attentions."""


class LoadedControlNet(NamedTuple):
    """A ControlNet and the SHA-256 over its weights."""

    model: Any
    weights_hash: str


def load_controlnet(path: Path, backbone: Any) -> LoadedControlNet:
    """Load a ControlNet beside a backbone, on its device and in its precision.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_controlnet``.
    """
    facts = inspect_controlnet(path, backbone.facts)
    unet = backbone.unet
    with loading(path):
        model = _of_folder(facts, unet) if path.is_dir() else _of_file(facts, unet)
    require_finite(path, model)
    model.eval().requires_grad_(False).to(backbone.device, memory_format=memory_format(model.dtype, backbone.device))
    if 2 ** (len(model.config.conditioning_embedding_out_channels) - 1) != backbone.facts.vae_scale_factor:
        raise _misfit(path, backbone.facts.name)
    return LoadedControlNet(model, hash_files(facts.files))


def _of_folder(facts: ControlNetFacts, unet: Any) -> Any:
    import diffusers

    kind = getattr(diffusers, diffusers.ControlNetModel.load_config(facts.path)["_class_name"])
    variant = "fp16" if any(".fp16." in file.name for file in facts.files) else None
    model = kind.from_pretrained(
        facts.path, torch_dtype=unet.dtype, local_files_only=True, use_safetensors=True, variant=variant
    )
    if any(_plain(model.config[name]) != _plain(unet.config[name]) for name in _FITTING):
        raise _misfit(facts.path, "this model")
    return model


def _of_file(facts: ControlNetFacts, unet: Any) -> Any:
    """A file has no config: it is that of the UNet, with what the shapes of the weights say beside it."""
    from diffusers import ControlNetModel, ControlNetUnionModel
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint

    weights = read_weights(facts.path)
    try:
        weights = convert_controlnet_checkpoint(weights, unet.config)
        tasks = weights.get("task_embedding")
        kind = ControlNetModel if tasks is None else ControlNetUnionModel
        beside = {"conditioning_embedding_out_channels": _hint_channels(weights)}
        with torch.device("meta"):
            model = kind.from_unet(unet, load_weights_from_unet=False, **beside)
            if tasks is not None:
                count, width = tasks.shape
                sizes = {"num_control_type": count, "num_trans_channel": width, "num_proj_channel": width}
                model = kind(**{name: value for name, value in model.config.items() if name[0] != "_"} | sizes)
        model.load_state_dict(weights, assign=True)
    except (KeyError, ValueError, RuntimeError, AttributeError, TypeError) as error:
        raise _misfit(facts.path, "this model") from error
    return model.to(unet.dtype)


def _hint_channels(weights: dict[str, torch.Tensor]) -> tuple[int, ...]:
    """Channels of the small network that brings the guide to the size of latents; every second layer halves it."""
    names = [f"controlnet_cond_embedding.blocks.{2 * number + 1}.weight" for number in range(len(weights))]
    halvings = [len(weights[name]) for name in names if name in weights]
    return (len(weights["controlnet_cond_embedding.conv_in.weight"]), *halvings)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _misfit(path: Path, name: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"{path} is a ControlNet for another kind of model than {name}.",
        "Choose one that was made for this model's family.",
    )
