"""The HiPrompt core: high-resolution images from a pretrained diffusion model under a hierarchy of prompts.

Importing this package is cheap; torch is imported when the first request runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hiprompt_core.allocator import prepare
from hiprompt_core.errors import Cancelled, HiPromptError
from hiprompt_core.geometry import Size
from hiprompt_core.options import PRESETS, Options
from hiprompt_core.plan import make_plan
from hiprompt_core.request import Additions, CaptionRequest, ControlNet, GenerationRequest, RegenerateRequest

if TYPE_CHECKING:
    from hiprompt_core.describe import caption_image, describe_picture
    from hiprompt_core.engine import Engine
    from hiprompt_core.pipeline import generate
    from hiprompt_core.recaptioning import recaption
    from hiprompt_core.regeneration import regenerate

__all__ = [
    "PRESETS",
    "Additions",
    "Cancelled",
    "CaptionRequest",
    "ControlNet",
    "Engine",
    "GenerationRequest",
    "HiPromptError",
    "Options",
    "RegenerateRequest",
    "Size",
    "caption_image",
    "describe_picture",
    "generate",
    "make_plan",
    "recaption",
    "regenerate",
]


_NEEDS_TORCH = {
    "Engine": "engine",
    "caption_image": "describe",
    "describe_picture": "describe",
    "generate": "pipeline",
    "recaption": "recaptioning",
    "regenerate": "regeneration",
}


def __getattr__(name: str) -> Any:
    """Import the parts that need torch on first use."""
    if name in _NEEDS_TORCH:
        prepare()
        return getattr(import_module(f"hiprompt_core.{_NEEDS_TORCH[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
