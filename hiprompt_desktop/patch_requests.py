"""What the core is asked to do with the picture at hand and its patches (no Qt)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hiprompt_core.picture_files import picture_file
from hiprompt_core.plan import Plan
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest, Trunk
from hiprompt_desktop.document import Document, Phase


@dataclass(frozen=True, kw_only=True, slots=True)
class Redrawing:
    """How patches are drawn again."""

    strength: float = 0.6
    seed: int
    """Of the first drawing; the others have the next ones."""
    steps: int = 24
    count: int = 1
    """Drawings to choose one of."""


def drawing_again(folder: Path, phase: Phase, patches: Sequence[int], how: Redrawing) -> list[RegenerateRequest]:
    """Draw patches again under what they say now.

    Raises:
        InvalidRequest: a value is outside of its range.
    """
    file = picture_file(phase.path) if phase.path is not None else None
    return [
        RegenerateRequest(
            source=folder,
            phase=phase.number,
            version=file.version if file is not None else None,
            captions={index: (phase.caption(index) or "").strip() for index in patches},
            strength=how.strength,
            seed=(how.seed + number) % 2**63,
            num_inference_steps=how.steps,
        )
        for number in range(how.count)
    ]


def describing(
    folder: Path, phase: Phase, patches: Sequence[int], captioner: Path, question: str, of_result: bool
) -> CaptionRequest:
    """Ask the captioner about patches once more; locked captions are kept, so their patches are not asked about.

    Raises:
        InvalidRequest: a value is outside of its range.
    """
    if not of_result:
        patches = [index for index in patches if not phase.captions[index].locked]
    return CaptionRequest(
        source=folder,
        phase=phase.number,
        patches=tuple(patches),
        captioner=captioner,
        question=question,
        of_result=of_result,
    )


def going_on(document: Document) -> GenerationRequest | None:
    """The request of a picture that is not complete, with what the waiting phase's patches say now."""
    request = document.request
    if request is None or document.complete:
        return None
    waiting = document.phases.get(document.waiting) if document.waiting is not None else None
    return request if waiting is None else _with_words(request, waiting)


def branching(document: Document) -> GenerationRequest | None:
    """The request that draws the shown phase, and what follows it, under what its patches say now."""
    request, phase = document.request, document.shown_phase
    if request is None or phase is None or not phase.finished or not phase.captions:
        return None
    while request.trunk is not None and phase.number <= request.trunk.phases:  # a kept phase has its own settings
        request = replace(request.trunk.request, output=request.output)
    if not request.options.captions and phase.own_words():
        request = _led_by_words(request, phase.number)
    earlier = {number: words for number, words in request.own_captions.items() if number < phase.number}
    return _with_words(replace(request, own_captions=earlier), phase)


def continuing(document: Document, last: int, wished: GenerationRequest, plan: Plan) -> GenerationRequest:
    """The request that keeps the phases up to one, and draws what follows as it is wished for now.

    Captions that somebody wrote or locked are kept where the plan has the same patches.

    Args:
        plan: of what is wished for.
    """
    assert document.request is not None  # nobody asks without a picture
    kept = replace(document.request.up_to(last), output=Path())
    own: dict[int, dict[int, str]] = {}
    for planned in plan.phases[last:] if wished.options.captions else ():
        later = document.phases.get(planned.number)
        if later is not None and later.size == planned.size and len(later.patches) == len(planned.patches):
            own[planned.number] = later.written_words()
    return replace(
        wished,
        own_captions={number: words for number, words in own.items() if words},
        trunk=Trunk(request=kept, phases=last),
    )


def _led_by_words(request: GenerationRequest, phase: int) -> GenerationRequest:
    """What was asked for without captions, from a phase on under those that are written; earlier ones stay."""
    kept = Trunk(request=replace(request.up_to(phase - 1), output=Path()), phases=phase - 1)
    return replace(request, options=replace(request.options, captions=True), caption_source="own", trunk=kept)


def _with_words(request: GenerationRequest, phase: Phase) -> GenerationRequest:
    own = {**request.own_captions, phase.number: phase.own_words()}
    return replace(request, own_captions={number: words for number, words in own.items() if words})
