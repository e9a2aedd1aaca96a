"""What ControlNets and trained upscalers hold, read from configs and safetensors headers alone; nothing is loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.model_files import ModelFacts, read_config, weight_files
from hiprompt_core.request import GenerationRequest
from hiprompt_core.upscaler_files import REMEDY, read_upscaler
from hiprompt_core.weight_header import read_header, reading, require_plain

CONTROLNETS = ("ControlNetModel", "ControlNetUnionModel")
TILE_TASKS = 8
"""Tasks of a ControlNet for many that knows tiles; the first ones know six others."""
UPSAMPLERS = ("pixelshuffle", "pixelshuffle_aux", "pixelshuffledirect", "nearest+conv")
"""Ways in which a Swin2SR makes pictures larger; without one it only repairs them."""
_ANOTHER = "Choose one that was made for this model's family."


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlNetFacts:
    """A ControlNet, as its files describe it."""

    path: Path
    files: tuple[Path, ...]
    """Of its weights."""
    parameters: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UpscalerFacts:
    """A trained upscaler, as its files describe it."""

    path: Path
    files: tuple[Path, ...]
    """Of its weights."""
    parameters: int


def inspect_controlnet(path: Path, model: ModelFacts | None = None) -> ControlNetFacts:
    """Check a ControlNet, a diffusers folder or a single .safetensors file, and describe it.

    Args:
        model: what it should ground; none: any.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel: it is missing, damaged or pickled.
        ModelUnsupported: it is no ControlNet, knows no tiles, or is made for another kind of model.
    """
    with reading(path):
        return _controlnet_facts(Path(path), model)


def _controlnet_facts(path: Path, model: ModelFacts | None) -> ControlNetFacts:
    if path.is_dir():
        kind = str(read_config(path / "config.json").get("_class_name", ""))
        if kind not in CONTROLNETS:
            raise ModelUnsupported(
                f"{path} is a {kind or 'model of unknown kind'}, not a ControlNet.", "Choose a ControlNet for tiles."
            )
        files = weight_files(path)
    else:
        files = [path]
    header = {name: entry for file in files for name, entry in read_header(file).items() if name != "__metadata__"}
    _require_controlnet(path, header)
    require_plain(path, header)
    if model is not None:
        _require_fitting(path, header, model)
    return ControlNetFacts(path=path, files=tuple(files), parameters=_count(header))


def _require_controlnet(path: Path, header: dict[str, Any]) -> None:
    if any("lora" in name for name in header) or not any(
        name.endswith(("controlnet_cond_embedding.conv_in.weight", "input_hint_block.0.weight")) for name in header
    ):
        raise ModelUnsupported(f"{path} holds no ControlNet that can be read.", "Choose a ControlNet for tiles.")
    tasks = header.get("task_embedding")
    if tasks and tasks["shape"][0] < TILE_TASKS:
        raise ModelUnsupported(
            f"{path} is a ControlNet for {tasks['shape'][0]} tasks, none of which are tiles.",
            "Choose the ProMax version, or a ControlNet for tiles alone.",
        )


def _require_fitting(path: Path, header: dict[str, Any], model: ModelFacts) -> None:
    if not (model.configs / "unet").is_dir():
        raise ModelUnsupported(
            f"{path} is a ControlNet, which {model.family} has no use for.", "Choose a model with a UNet, or leave it."
        )
    wanted = read_config(model.configs / "unet/config.json").get("cross_attention_dim")
    widths = {entry["shape"][-1] for name, entry in header.items() if name.endswith("attn2.to_k.weight")}
    if widths and widths != {wanted}:
        raise ModelUnsupported(
            f"{path} is a ControlNet for models that read texts {min(widths)} wide, and {model.name} reads {wanted}.",
            _ANOTHER,
        )


def inspect_upscaler(path: Path) -> UpscalerFacts:
    """Check a trained upscaler and describe it: the folder of a Swin2SR in the transformers layout, or a .safetensors
    file of one of spandrel's architectures.

    Raises:
        ModelNotFound, ModelCorrupt: it is missing or damaged.
        UnsafeModel: it is pickled.
        ModelUnsupported: it is of another kind, or not for pictures in colour.
    """
    with reading(path):
        return _upscaler_facts(Path(path))


def _upscaler_facts(path: Path) -> UpscalerFacts:
    if not path.is_dir():
        return UpscalerFacts(path=path, files=(path,), parameters=_count(read_upscaler(path).tensors))
    config = read_config(path / "config.json")
    kind = str(config.get("model_type", "model of unknown kind"))
    if kind != "swin2sr":
        raise ModelUnsupported(f"{path} is a {kind}, not an upscaler that can be used.", REMEDY)
    upsampler, colours = config.get("upsampler"), {config.get("num_channels", 3), config.get("num_channels_out") or 3}
    if upsampler not in UPSAMPLERS or colours != {3}:
        raise ModelUnsupported(f"{path} repairs pictures, or is not for colours: it makes nothing larger.", REMEDY)
    files = weight_files(path)
    headers = [read_header(file) for file in files]
    require_plain(path, *headers)
    return UpscalerFacts(path=path, files=tuple(files), parameters=sum(map(_count, headers)))


@dataclass(frozen=True, kw_only=True, slots=True)
class GuideFacts:
    """What serves the guides of a request."""

    controlnet: ControlNetFacts | None = None
    upscaler: UpscalerFacts | None = None


NO_GUIDES = GuideFacts()


def inspect_guides(request: GenerationRequest, model: ModelFacts) -> GuideFacts:
    """Check what serves the guides of a request.

    Raises:
        ModelError: as ``inspect_controlnet`` and ``inspect_upscaler``.
    """
    return GuideFacts(
        controlnet=inspect_controlnet(request.controlnet.path, model) if request.controlnet else None,
        upscaler=inspect_upscaler(request.upscaler) if request.upscaler else None,
    )


def _count(header: dict[str, Any]) -> int:
    shapes: list[Sequence[int]] = [entry["shape"] for name, entry in header.items() if name != "__metadata__"]
    return sum(map(math.prod, shapes))
