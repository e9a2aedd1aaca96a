"""Flags that do nothing beside others: told, and no reason to refuse."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from hiprompt_core.request import DEFAULT_QUESTION, GenerationRequest


def idle_flags(chosen: argparse.Namespace, request: GenerationRequest) -> Iterator[str]:
    """A sentence about each flag of a new picture that does not shape ``request``."""
    if request.base_image and chosen.steps is not None:
        yield (
            "--steps does nothing: the picture takes the place of the first phase. "
            "--set upscale_num_inference_steps=N counts those of later phases."
        )
    if request.controlnet is None and chosen.controlnet_end != 1:
        yield "--controlnet-end does nothing without --controlnet."
    if request.captioner is None and chosen.question != DEFAULT_QUESTION:
        yield "--question does nothing: no captioner describes the patches."
    if request.captioner is None and chosen.captioner_precision != "auto":
        yield "--captioner-precision does nothing: no captioner describes the patches."
    if request.upscaler and _is_set(chosen, "upsampling"):
        yield "--set upsampling does nothing beside --upscaler, which makes the guide in its place."


def _is_set(chosen: argparse.Namespace, option: str) -> bool:
    return any(assignment.partition("=")[0].strip() == option for assignment in chosen.set or ())
