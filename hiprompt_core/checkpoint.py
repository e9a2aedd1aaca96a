"""A model in one .safetensors file, as other programs use it: what its header says, and the configs it lacks."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.layouts import LAYOUTS, CheckpointLayout, Layout

PART_NAMES = {
    "unet": "diffusion network",
    "transformer": "diffusion network",
    "vae": "VAE",
    "text_encoder": "first text encoder",
    "text_encoder_2": "second text encoder",
    "text_encoder_3": "third text encoder (T5)",
}

SD2 = "Stable Diffusion 2 model"
SD3 = "Stable Diffusion 3 model"
_KINDS = (  # the first whose sign begins (or, for LoRA, is in) a name decides
    ("conditioner.embedders.1.model.", "SDXL model"),
    ("conditioner.embedders.0.model.", "SDXL refiner"),
    ("model.diffusion_model.joint_blocks.", SD3),
    ("model.diffusion_model.double_blocks.", "FLUX model"),
    ("double_blocks.", "FLUX model"),
    ("cond_stage_model.transformer.", "Stable Diffusion 1 model"),
    ("cond_stage_model.model.", SD2),
    ("control_model.", "ControlNet"),
    ("input_hint_block.", "ControlNet"),
    ("controlnet_", "ControlNet"),
    ("first_stage_model.", "VAE"),
    ("decoder.", "VAE"),
    ("model.diffusion_model.", "diffusion network without text encoders"),
)

_ATTENTION = re.compile(r"((?:input|output)_blocks\.\d+\.1|middle_block\.1)\.transformer_blocks\.(\d+)\.")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointFacts:
    """What the header of a single file tells."""

    kind: str
    prediction_type: str
    zero_snr: bool
    """Trained with no signal left at the last timestep."""
    parameters: int
    native_size: int | None
    """Side of the square it was trained on, pixels; none: that of its kind."""
    title: str
    """Its maker's name for it; empty when the file does not say."""


def recognise(header: dict[str, Any], name: str = "") -> CheckpointFacts:
    """Name the kind of model from the tensors' names, as diffusers' and the original trainers' tools write them.

    Args:
        header: of the safetensors file, as ``read_header`` gives it.
        name: of the file, which is all that tells the two Stable Diffusion 2 models apart in files without marks.
    """
    marks = header.get("__metadata__") or {}
    names = [name for name in header if name != "__metadata__"]
    kind = _kind(names)
    says = marks.get("modelspec.prediction_type")
    says_v = "v_pred" in names or says == "v"
    # Stable Diffusion 2: 768 pixels and v-prediction, or its "base" with 512 pixels and noise prediction.
    base = kind == SD2 and not says_v and (says == "epsilon" or any(sign in name for sign in ("base", "512")))
    says_v = says_v or (kind == SD2 and not base)
    return CheckpointFacts(
        kind=kind,
        native_size=512 if base or re.search(r"sd_?xl[-_]turbo", name.lower()) else None,
        title=str(marks.get("modelspec.title", "")),
        prediction_type="flow" if kind == SD3 else "v_prediction" if says_v else "epsilon",
        zero_snr="ztsnr" in names,
        parameters=sum(math.prod(header[name]["shape"]) for name in names),
    )


def _kind(names: Iterable[str]) -> str:
    names = list(names)
    if any("lora_" in name or ".lora." in name for name in names):
        return "LoRA"
    return next((kind for sign, kind in _KINDS if any(name.startswith(sign) for name in names)), "")


def require_whole(file: Path, header: dict[str, Any]) -> tuple[CheckpointFacts, Layout, CheckpointLayout]:
    """The facts and the layout of a whole checkpoint.

    Raises:
        ModelUnsupported: it is of a kind that is not known, or a part of it is left out.
    """
    facts = recognise(header, file.stem)
    known = ((layout, parts) for layout in LAYOUTS for parts in layout.checkpoints if parts.kind == facts.kind)
    layout, parts = next(known, (None, None))
    if layout is None or parts is None:
        what = f"is a {facts.kind}" if facts.kind else "holds a model of unknown kind"
        kinds = ", ".join(parts.kind for layout in LAYOUTS for parts in layout.checkpoints)
        raise ModelUnsupported(f"{file} {what}.", f"Choose a checkpoint of one of these kinds, or a folder: {kinds}.")
    for part, sign in parts.parts.items():
        if not any(name.startswith(sign) for name in header):
            raise ModelUnsupported(
                f"{file} holds no {PART_NAMES[part]}, which a whole {facts.kind} has.",
                "Get the file with all parts in it, or the model's folder.",
            )
    return facts, layout, parts


def scheduler_config(configs: Path, facts: CheckpointFacts) -> dict[str, Any]:
    """The noise schedule of a checkpoint: its kind's own, changed as the header says."""
    config: dict[str, Any] = json.loads((configs / "scheduler/scheduler_config.json").read_text(encoding="utf-8"))
    if facts.prediction_type != "flow":
        config["prediction_type"] = facts.prediction_type
    if facts.zero_snr:
        config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return config


def require_usual_unet(file: Path, kind: str, names: Iterable[str], beginning: str, config: Mapping[str, Any]) -> None:
    """Refuse a UNet with other attentions than its kind's, as distillation leaves them (SSD-1B, Vega, BK-SDM).

    Args:
        names: of the file's tensors.
        beginning: of those of its network.
        config: of the kind; nothing is asked of a transformer.

    Raises:
        ModelUnsupported: the config that comes along would not fit, and the file has none.
    """
    found = {named.groups() for name in names if (named := _ATTENTION.match(name.removeprefix(beginning)))}
    if found and "up_block_types" in config and found != set(_attentions(config)):
        raise ModelUnsupported(
            f"{file} is a relative of the {kind} with another UNet.", "Get it as a folder in the diffusers layout."
        )


def _attentions(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Place and number of every transformer block of a UNet, by the original trainers' names."""
    layers, depths = config["layers_per_block"], config.get("transformer_layers_per_block", 1)
    down, up = config["down_block_types"], config["up_block_types"]
    depths = depths if isinstance(depths, list) else [depths] * len(down)
    places = {"middle_block.1": depths[-1]}
    for level, depth in enumerate(depths):
        if "CrossAttn" in down[level]:
            first = 1 + level * (layers + 1)
            places |= {f"input_blocks.{place}.1": depth for place in range(first, first + layers)}
        if "CrossAttn" in up[-1 - level]:
            first = (len(up) - 1 - level) * (layers + 1)
            places |= {f"output_blocks.{place}.1": depth for place in range(first, first + layers + 1)}
    return ((place, str(number)) for place, depth in places.items() for number in range(depth))


def network_sizes(header: Mapping[str, Any], beginning: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What shapes say where networks of one kind differ; of a UNet, how many channels it reads.

    Args:
        beginning: of its tensors' names.
        config: of the kind, which tells what shapes do not.
    """
    shapes = {name.removeprefix(beginning): entry["shape"] for name, entry in header.items() if beginning in name}
    if "pos_embed" not in shapes:
        first = shapes.get("input_blocks.0.0.weight", ())
        return {"in_channels": first[1]} if len(first) > 1 else {}
    width, text = shapes["context_embedder.weight"]
    blocks = {int(name.split(".")[1]) for name in shapes if name.startswith("joint_blocks.")}
    twice = {int(name.split(".")[1]) for name in shapes if ".x_block.attn2." in name}
    return {
        "num_layers": len(blocks),
        "num_attention_heads": width // config["attention_head_dim"],
        "caption_projection_dim": width,
        "joint_attention_dim": text,
        "pooled_projection_dim": shapes["y_embedder.mlp.0.weight"][1],
        "pos_embed_max_size": math.isqrt(shapes["pos_embed"][1]),
        "dual_attention_layers": tuple(sorted(twice)),
        "qk_norm": "rms_norm" if any(".ln_q." in name for name in shapes) else None,
    }
