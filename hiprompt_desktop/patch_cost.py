"""What it costs to draw patches again, before anybody does: work, seconds and memory (no Qt)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from hiprompt_core.footprint import unknown_place, view_memory
from hiprompt_core.geometry import Patch
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.rates import Rates
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.document import Phase
from hiprompt_desktop.patch_requests import Redrawing


@dataclass(frozen=True, kw_only=True, slots=True)
class PatchCost:
    """Of one drawing."""

    evaluations: int
    """Of the UNet; about, because jitter moves the windows."""
    seconds: float | None
    """None while this machine has not drawn a phase."""


def drawn_with(patches: tuple[Patch, ...], chosen: Collection[int]) -> int:
    """How many patches are predicted when some are drawn again: these, and all that see what may change."""
    windows = [patches[index].window for index in chosen]
    return sum(any(patch.window.meets(window) for window in windows) for patch in patches)


@lru_cache(maxsize=4)
def drawn_with_each(patches: tuple[Patch, ...]) -> tuple[int, ...]:
    """The same for every patch alone."""
    return tuple(drawn_with(patches, (patch.index,)) for patch in patches)


def cost_of_redrawing(phase: Phase, views: int, how: Redrawing, request: GenerationRequest, rates: Rates) -> PatchCost:
    """Of so many views, under both captions and without one as far as guidance asks for that."""
    options = request.options.for_redrawing(how.strength, how.steps)
    evaluations = views * options.upscale_steps * len(options.view_conditions())
    return PatchCost(evaluations=evaluations, seconds=rates.seconds_for_views(phase.number, evaluations))


def memory_of_a_patch(how: Redrawing, request: GenerationRequest, model: ModelFacts) -> int:
    """Bytes that each patch needs which is predicted at the same time."""
    conditions = len(request.options.for_redrawing(how.strength, how.steps).view_conditions())
    return view_memory(model, conditions, unknown_place(request).weight)
