"""What a picture says about itself, as changes of the wish (no widgets)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiprompt_core.errors import ModelError
from hiprompt_core.few_step import fitting_options
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.request import DEFAULT_PRESET, PRESETS, Additions, GenerationRequest

if TYPE_CHECKING:
    from hiprompt_core.recall import Recalled

SMALLEST, LARGEST = 64, 32768


class Part(Enum):
    """What of it to use."""

    PROMPT = auto()
    SEED = auto()
    EVERYTHING = auto()


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
    texts: dict[str, Any] = {"prompt": source.prompt} if source.prompt else {}
    if source.negative_prompt is not None:
        texts["negative_prompt"] = source.negative_prompt
    if part is Part.PROMPT:
        return texts
    changes = texts | seeds
    if source.size is not None and _possible(source.size):
        changes["size"] = source.size
    return changes | (_models(source) if isinstance(source, GenerationRequest) else {})


def _possible(size: Size) -> bool:
    return all(SMALLEST <= side <= LARGEST for side in size)


def _models(request: GenerationRequest) -> dict[str, Any]:
    """Preset, models and additions; a file that is not on this machine any more is not chosen."""
    changes: dict[str, Any] = {"additions": _present(request.additions)}
    few_step = None
    if _exists(request.model, inspect_model):
        changes["model"] = request.model
        few_step = inspect_model(request.model).few_step
    for name, preset in PRESETS.items():
        options = fitting_options(preset, few_step, request.additions)
        if request.options in (preset, options, replace(options, captions=False)):
            changes["preset"] = name
            break
    if not request.options.captions and PRESETS[changes.get("preset", DEFAULT_PRESET)].captions:
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
