"""The HiPrompt core: high-resolution images from a pretrained diffusion model under a hierarchy of prompts.

Importing this package is cheap; torch is imported when the first request runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hiprompt_core.errors import Cancelled, HiPromptError
from hiprompt_core.geometry import Size
from hiprompt_core.plan import make_plan
from hiprompt_core.request import PRESETS, GenerationRequest, Options, RegenerateRequest

if TYPE_CHECKING:
    from hiprompt_core.pipeline import Engine, generate, regenerate

__all__ = [
    "PRESETS",
    "Cancelled",
    "Engine",
    "GenerationRequest",
    "HiPromptError",
    "Options",
    "RegenerateRequest",
    "Size",
    "generate",
    "make_plan",
    "regenerate",
]


def __getattr__(name: str) -> Any:
    """Import the parts that need torch on first use."""
    if name in {"Engine", "generate", "regenerate"}:
        from hiprompt_core import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
