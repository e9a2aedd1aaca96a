"""A model in one .safetensors file, as other programs use it: what its header says, and the configs it lacks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelUnsupported

UNET, VAE = "model.diffusion_model.", "first_stage_model."
CLIP_L, CLIP_G = "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."
SDXL_PARTS = {UNET: "diffusion network", VAE: "VAE", CLIP_L: "first text encoder", CLIP_G: "second text encoder"}

_KINDS = (  # the first whose sign begins (or, for LoRA, is in) a name decides
    (CLIP_G, "SDXL model"),
    ("conditioner.embedders.0.model.", "SDXL refiner"),
    ("model.diffusion_model.joint_blocks.", "Stable Diffusion 3 model"),
    ("model.diffusion_model.double_blocks.", "FLUX model"),
    ("double_blocks.", "FLUX model"),
    ("cond_stage_model.transformer.", "Stable Diffusion 1 model"),
    ("cond_stage_model.model.", "Stable Diffusion 2 model"),
    ("control_model.", "ControlNet"),
    ("input_hint_block.", "ControlNet"),
    ("controlnet_", "ControlNet"),
    ("first_stage_model.", "VAE"),
    ("decoder.", "VAE"),
    ("model.diffusion_model.", "diffusion network without text encoders"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointFacts:
    """What the header of a single file tells."""

    kind: str
    prediction_type: str
    zero_snr: bool
    """Trained with no signal left at the last timestep."""
    parameters: int


def recognise(header: dict[str, Any]) -> CheckpointFacts:
    """Name the kind of model from the tensors' names, as diffusers' and the original trainers' tools write them.

    Args:
        header: of the safetensors file, as ``read_header`` gives it.
    """
    marks = header.get("__metadata__") or {}
    names = [name for name in header if name != "__metadata__"]
    says_v = "v_pred" in names or marks.get("modelspec.prediction_type") == "v"
    return CheckpointFacts(
        kind=_kind(names),
        prediction_type="v_prediction" if says_v else "epsilon",
        zero_snr="ztsnr" in names,
        parameters=sum(math.prod(header[name]["shape"]) for name in names),
    )


def _kind(names: Iterable[str]) -> str:
    names = list(names)
    if any("lora_" in name or ".lora." in name for name in names):
        return "LoRA"
    return next((kind for sign, kind in _KINDS if any(name.startswith(sign) for name in names)), "")


def require_sdxl(file: Path, header: dict[str, Any]) -> CheckpointFacts:
    """The facts of a whole SDXL checkpoint.

    Raises:
        ModelUnsupported: it is of another kind, or a part of it is left out.
    """
    facts = recognise(header)
    if facts.kind != "SDXL model":
        what = f"is a {facts.kind}" if facts.kind else "holds a model of unknown kind"
        raise ModelUnsupported(f"{file} {what}.", "Choose an SDXL checkpoint or model folder.")
    for sign, part in SDXL_PARTS.items():
        if not any(name.startswith(sign) for name in header):
            raise ModelUnsupported(f"{file} is an SDXL model without its {part}.", "Get the whole checkpoint.")
    return facts


def scheduler_config(configs: Path, facts: CheckpointFacts) -> dict[str, Any]:
    """The noise schedule of a checkpoint: SDXL's own, changed as the header says."""
    config: dict[str, Any] = json.loads((configs / "scheduler/scheduler_config.json").read_text(encoding="utf-8"))
    config["prediction_type"] = facts.prediction_type
    if facts.zero_snr:
        config |= {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    return config
