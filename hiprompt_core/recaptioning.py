"""Describe chosen patches of a picture on disk once more."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from hiprompt_core.cancelling import answering
from hiprompt_core.describe import Caption
from hiprompt_core.devices import present_device
from hiprompt_core.engine import Engine, computing
from hiprompt_core.errors import InvalidRequest, OutOfMemory
from hiprompt_core.events import OnEvent, ignore_events
from hiprompt_core.footprint import TAKE_TURNS, fit
from hiprompt_core.ladder import SMALLER_CAPTIONER, Ladder, warn_of_limits
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.phase_captions import ask, lend
from hiprompt_core.phase_work import PhaseWork
from hiprompt_core.plan import PhasePlan, make_plan
from hiprompt_core.request import CaptionRequest
from hiprompt_core.run_folder import RunFolder


def recaption(
    request: CaptionRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None
) -> dict[int, Caption]:
    """Captions by patch: as a run would give them, or plain ones of what was drawn. The picture stays as it is.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    with answering(on_event):
        try:
            with computing():
                return _recaption(request, on_event, engine or Engine())
        except OutOfMemory as error:
            raise OutOfMemory(error.problem, SMALLER_CAPTIONER) from error


def _recaption(request: CaptionRequest, on_event: OnEvent, engine: Engine) -> dict[int, Caption]:
    folder = RunFolder.open(request.source)
    made = folder.request()
    made = replace(made, device=present_device(made.device, on_event), question=request.question)
    facts = inspect_model(made.model)
    described_by = inspect_captioner(request.captioner)
    place = engine.place(made.device, made.precision)
    phase = _phase(request, make_plan(made, facts).phases)
    usage = fit(made, phase.size, facts, described_by, place)
    if usage.apart and not request.of_result:  # or else the diffusion model is not asked
        warn_of_limits(TAKE_TURNS, on_event)
    grid = phase.pixel_patches(facts.vae_scale_factor)
    patches = [grid[index] for index in request.patches]
    shown = request.phase if request.of_result else request.phase - 1
    with closing(Ladder(engine, made, facts, usage, on_event)) as ladder:
        picture = ladder.run("pictures", lambda: folder.latest(shown).image)
        work = PhaseWork(ladder=ladder, request=made, phase=phase.number, size=phase.size, on_event=on_event)
        captioner = lend(engine, ladder, request.captioner, made, on_event)
        captions = ask(work, captioner, picture, patches, folder, plain=request.of_result)
    return dict(zip(request.patches, captions, strict=True))


def _phase(request: CaptionRequest, phases: tuple[PhasePlan, ...]) -> PhasePlan:
    if request.phase > len(phases):
        raise InvalidRequest(f"There is no phase {request.phase}.", f"The picture has {len(phases)} phases.")
    phase = phases[request.phase - 1]
    unknown = [index for index in request.patches if not 0 <= index < len(phase.patches)]
    if unknown:
        raise InvalidRequest(
            f"Phase {phase.number} has no patch {unknown[0]}.", f"Its patches are 0 to {len(phase.patches) - 1}."
        )
    return phase
