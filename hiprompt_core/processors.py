"""Loads what turns a picture and a question into a captioner's inputs: for still pictures only, one tile for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor, Idefics3Processor
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

LARGEST_AREA = 448 * 448
"""Pixels of a picture for models that read any size: 256 tokens for Qwen2-VL, as many as one tile of InternVL."""


def load_processor(folder: Path) -> Any:
    """The processor of a transformers folder, without its part for videos, which only torchvision could read.

    Raises:
        OSError, ValueError, ImportError: as ``from_pretrained``.
    """
    common = {"local_files_only": True, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(folder, **common)
    if config.model_type == "smolvlm":
        # The same for pictures; SmolVLM's own needs a package that spells numbers, for videos.
        return Idefics3Processor.from_pretrained(folder, **common)
    kind = PROCESSOR_MAPPING.get(type(config), None)
    if kind is None or "video_processor" not in kind.get_attributes():
        return AutoProcessor.from_pretrained(folder, **common)
    parts = [part for part in kind.get_attributes() if part != "video_processor"]
    for_pictures: Any = type(kind.__name__, (kind,), {"get_attributes": classmethod(lambda cls: parts)})  # noqa: ARG005
    return for_pictures.from_pretrained(folder, **common)


def complete(processor: Any, config: Any) -> None:
    """Fill in what old repositories leave to the model's config: how many tokens a picture becomes."""
    vision = config.vision_config
    if getattr(processor, "patch_size", 0) is None:  # LLaVA
        processor.patch_size = vision.patch_size
        processor.vision_feature_select_strategy = config.vision_feature_select_strategy
        processor.num_additional_image_tokens = int(vision.model_type == "clip_vision_model")  # its class token
    if getattr(processor, "num_image_tokens", 0) is None:  # LLaVA-OneVision, whose vision has no class token
        processor.num_image_tokens = (vision.image_size // vision.patch_size) ** 2
        processor.vision_feature_select_strategy = config.vision_feature_select_strategy
    if getattr(processor, "num_query_tokens", 0) is None:  # BLIP-2
        processor.num_query_tokens = config.num_query_tokens


def choose_one_tile(processor: Any, model: Any) -> None:
    """Let a model look at a patch as a whole, where it would cut it into tiles or read it at any size.

    A patch is a small part of a picture already, and its caption a sentence: tiles cost five to thirteen times the
    tokens, and so the time and memory, for details that no caption names.
    """
    images = processor.image_processor
    usual = getattr(processor, "images_kwargs", {})  # what the processor tells its image processor unasked
    for switch in ("do_image_splitting", "crop_to_patches"):  # Idefics and SmolVLM; InternVL
        if getattr(images, switch, False):
            setattr(images, switch, False)
        if switch in usual:
            processor.images_kwargs = {**usual, switch: False}
    if getattr(images, "image_grid_pinpoints", None):  # LLaVA 1.6 and OneVision; the model unpacks by the same list
        side = images.size.get("shortest_edge") or images.size["height"]
        images.image_grid_pinpoints = [[side, side]]
        model.config.image_grid_pinpoints = [[side, side]]
    if hasattr(images, "merge_size") and "longest_edge" in images.size:  # Qwen-VL, whose edges are areas
        area = max(images.size["shortest_edge"], min(images.size["longest_edge"], LARGEST_AREA))
        images.size = {"shortest_edge": images.size["shortest_edge"], "longest_edge": area}
