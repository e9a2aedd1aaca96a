"""What a model is for and of which family, from the names and shapes of its tensors or from its config."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from hiprompt_core import upscaler_files
from hiprompt_core.captioner_kinds import KINDS
from hiprompt_core.library.entry import Role

_LORA_SIGNS = ("lora_", ".lora.", "lora.down", ".hada_w1", ".lokr_w", ".oft_", ".on_input")
"""Of relatives of LoRA, too, so that one and the same sentence refuses them everywhere."""
_OTHER_HALVES = ("lora_up", "lora.up", "lora_B")
_WIDTHS = {768: "SD 1", 1024: "SD 2", 2048: "SDXL", 1280: "SDXL refiner"}
"""Families by the width of the text that their cross-attention reads."""
_PRECISIONS = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}

# The first whose sign begins a name decides; names as the original trainers' tools and diffusers write them.
_SIGNS: tuple[tuple[str, Role, str], ...] = (
    ("conditioner.embedders.1.model.", "model", "SDXL"),
    ("conditioner.embedders.0.model.", "refiner", "SDXL"),
    ("cond_stage_model.transformer.", "model", "SD 1"),
    ("cond_stage_model.model.", "model", "SD 2"),
    ("control_model.", "ControlNet", ""),
    ("input_hint_block.", "ControlNet", ""),
    ("controlnet_", "ControlNet", ""),
    ("model.diffusion_model.joint_blocks.", "diffusion network", "SD 3"),
    ("joint_blocks.", "diffusion network", "SD 3"),
    ("model.diffusion_model.double_blocks.", "diffusion network", "FLUX"),
    ("double_blocks.", "diffusion network", "FLUX"),
    ("single_transformer_blocks.", "diffusion network", "FLUX"),
    ("model.diffusion_model.", "diffusion network", ""),
    ("first_stage_model.", "VAE", ""),
    ("decoder.up.", "VAE", ""),
    ("decoder.up_blocks.", "VAE", ""),
    ("down_blocks.", "diffusion network", ""),
    ("vision_tower.", "captioner", ""),
    ("model.vision_tower.", "captioner", ""),
    ("visual.", "captioner", ""),
    ("text_model.encoder.", "text encoder", "CLIP"),
    ("encoder.block.", "text encoder", "T5"),
)
_CLASSES: dict[str, Role] = {
    "AutoencoderKL": "VAE",
    "ControlNetModel": "ControlNet",
    "ControlNetUnionModel": "ControlNet",
    "UNet2DConditionModel": "diffusion network",
    "SD3Transformer2DModel": "diffusion network",
    "FluxTransformer2DModel": "diffusion network",
}
_PIPELINES = {
    "StableDiffusionXL": "SDXL",
    "StableDiffusion3": "SD 3",
    "StableDiffusion": "SD 1 or 2",
    "Flux": "FLUX",
}


def recognise_weights(header: Mapping[str, Any]) -> tuple[Role, str]:
    """Role and family of a safetensors file; ``("unknown", "")`` when its names tell nothing."""
    names = [name for name in header if name != "__metadata__"]
    if any(sign in name for name in names for sign in _LORA_SIGNS):
        return "LoRA", _lora_family(header, names)
    if family := _embedding_family(header, names):
        return "embedding", family
    for sign, role, family in _SIGNS:
        if any(name.startswith(sign) for name in names):
            whole = role == "diffusion network" and any(name.startswith("text_encoders.") for name in names)
            return ("model" if whole else role), family or _family_by_width(header, names)
    upscaler = upscaler_files.recognise(header)
    return ("upscaler", upscaler) if upscaler else ("unknown", "")


def _lora_family(header: Mapping[str, Any], names: list[str]) -> str:
    text = " ".join(names)
    if "double_blocks" in text or "single_transformer_blocks" in text:
        return "FLUX"
    if "joint_blocks" in text or "add_k_proj" in text:
        return "SD 3"
    if "lora_te2_" in text or "text_encoder_2." in text:
        return "SDXL"
    return _family_by_width(header, names) or _family_by_word(header.get("__metadata__") or {})


def _family_by_width(header: Mapping[str, Any], names: list[str]) -> str:
    """The last side of a cross-attention's key matrix (or of its LoRA's down matrix) is the width of the text."""
    for name in names:
        reads_text = "attn2" in name and "to_k" in name and not any(sign in name for sign in _OTHER_HALVES)
        shape: list[int] = header[name]["shape"] if reads_text else []
        if len(shape) >= 2 and shape[1] in _WIDTHS:
            return _WIDTHS[shape[1]]
    return ""


def _family_by_word(marks: Mapping[str, str]) -> str:
    """What trainers note about the model that a LoRA was made for (ModelSpec 1.0, kohya's ``ss_`` keys)."""
    word = f"{marks.get('modelspec.architecture', '')} {marks.get('ss_base_model_version', '')}".lower()
    signs = (("xl", "SDXL"), ("diffusion-3", "SD 3"), ("sd3", "SD 3"), ("flux", "FLUX"), ("v1", "SD 1"), ("v2", "SD 2"))
    return next((family for sign, family in signs if sign in word), "")


def _embedding_family(header: Mapping[str, Any], names: list[str]) -> str:
    """A textual inversion is one small matrix of (tokens, width), or SDXL's pair of them."""
    if set(names) == {"clip_l", "clip_g"}:
        return "SDXL"
    if len(names) == 1:
        shape = header[names[0]]["shape"]
        if 1 <= len(shape) <= 2 and math.prod(shape[:-1]) <= 256:
            return {768: "SD 1", 1024: "SD 2"}.get(shape[-1], "")
    return ""


def recognise_config(config: Mapping[str, Any]) -> tuple[Role, str]:
    """Role and family of a folder by its ``model_index.json`` or ``config.json``."""
    made_by = str(config.get("_class_name", ""))
    if "_diffusers_version" in config or made_by:
        if made_by in _CLASSES:
            return _CLASSES[made_by], _WIDTHS.get(config.get("cross_attention_dim") or 0, "")
        for start, family in _PIPELINES.items():
            if made_by.startswith(start):
                return ("refiner" if config.get("text_encoder", [1])[0] is None else "model"), family
        return ("model" if made_by.endswith("Pipeline") else "unknown"), made_by.removesuffix("Pipeline")
    kind = str(config.get("model_type", ""))
    if kind in KINDS:
        return "captioner", kind
    if kind == "swin2sr":
        return "upscaler", "Swin2SR"
    if kind in {"clip_text_model", "t5"}:
        return "text encoder", {"t5": "T5"}.get(kind, "CLIP")
    return "unknown", kind


def precision_and_parameters(headers: list[Mapping[str, Any]]) -> tuple[str, int]:
    """What most of the weights are stored as, and how many there are."""
    count: Counter[str] = Counter()
    for header in headers:
        for name, tensor in header.items():
            if name != "__metadata__":
                count[tensor["dtype"]] += math.prod(tensor["shape"])
    if not count:
        return "", 0
    most = count.most_common(1)[0][0]
    return _PRECISIONS.get(most, most.lower()), count.total()
