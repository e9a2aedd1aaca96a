"""What a picture says about itself, as changes of the wish (no widgets)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiprompt_core.errors import ModelError
from hiprompt_core.fitting import fitting_options
from hiprompt_core.geometry import LARGEST_SIDE, SMALLEST_SIDE, Size
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.options import DEFAULT_PRESET, PRESETS
from hiprompt_core.request import Additions, GenerationRequest
from hiprompt_core.wildcards import literal

if TYPE_CHECKING:
    from hiprompt_core.recall import Recalled


class Part(Enum):
    """What of it to use."""

    PROMPT = auto()
    SEED = auto()
    EVERYTHING = auto()


def missing_files(recalled: Recalled) -> list[Path]:
    """What the picture was made with and is not on this machine, so that its wish does without."""
    if not isinstance(recalled, PhaseRecord):
        return []
    request = recalled.request
    named = [request.model, request.captioner, request.base_image, *request.additions.files, request.upscaler,
             request.controlnet.path if request.controlnet else None]  # fmt: skip
    return [path for path in named if path is not None and not path.exists()]


def program_of(recalled: Recalled) -> str:
    return "HiPrompt" if isinstance(recalled, PhaseRecord) else recalled.program


def seed_of(recalled: Recalled) -> int | None:
    return recalled.request.seed if isinstance(recalled, PhaseRecord) else recalled.seed


def wish_changes(recalled: Recalled, part: Part) -> dict[str, Any]:
    """Arguments of ``Session.change_wish``; what the picture does not say stays as it is."""
    source = recalled.request if isinstance(recalled, PhaseRecord) else recalled
    seed = seed_of(recalled)
    seeds = {} if seed is None else {"seed": seed, "seed_locked": True}
    if part is Part.SEED:
        return seeds
    # What a picture was drawn from has its style, and no choices any more.
    texts: dict[str, Any] = {"prompt": literal(source.prompt), "style": ""} if source.prompt else {}
    if source.negative_prompt is not None:
        texts["negative_prompt"] = literal(source.negative_prompt)
    if part is Part.PROMPT:
        return texts
    changes = texts | seeds
    if source.size is not None and _possible(source.size):
        changes["size"] = source.size
    own: dict[str, Any] = {"base_image": None, "base_size": None}
    return changes | own | (_ours(source) if isinstance(source, GenerationRequest) else {})


def _possible(size: Size) -> bool:
    return all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in size)


def _ours(request: GenerationRequest) -> dict[str, Any]:
    """Preset, models and the like; what is not on this machine any more is not chosen."""
    changes: dict[str, Any] = {"question": request.question, "caption_source": request.caption_source}
    changes["captioner_precision"] = request.captioner_precision
    changes["additions"] = _present(request.additions)
    changes["controlnet"] = request.controlnet if request.controlnet and request.controlnet.path.exists() else None
    changes["upscaler"] = request.upscaler if request.upscaler and request.upscaler.exists() else None
    if request.base_image is not None and request.base_image.is_file():
        changes |= {"base_image": request.base_image, "base_size": request.base_size}
    facts = None
    if _exists(request.model, inspect_model):
        changes["model"] = request.model
        facts = inspect_model(request.model)
    strength = request.options.strength
    for name, preset in PRESETS.items():
        usual = fitting_options(preset, facts, request.additions)
        known = [replace(options, strength=strength, captions=request.options.captions) for options in (preset, usual)]
        if request.options in known:
            changes |= {"preset": name, "strength": None if strength == usual.strength else strength}
            break
    switched_off = not request.options.captions and PRESETS[changes.get("preset", DEFAULT_PRESET)].captions
    if request.caption_source != "captioner" or switched_off:
        changes["captioner"] = None
    elif request.captioner is not None and _exists(request.captioner, inspect_captioner):
        changes["captioner"] = request.captioner
    return changes


def _present(additions: Additions) -> Additions:
    return Additions(
        loras={path: weight for path, weight in additions.loras.items() if path.exists()},
        embeddings={word: path for word, path in additions.embeddings.items() if path.exists()},
        vae=additions.vae if additions.vae and additions.vae.exists() else None,
    )


def _exists(folder: Path, inspect: Callable[[Path], object]) -> bool:
    try:
        inspect(folder)
    except ModelError:
        return False
    return True
