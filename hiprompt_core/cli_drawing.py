"""The commands that draw: ``generate``, ``upscale`` and ``regenerate``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hiprompt_core.cli_errors import tell_error
from hiprompt_core.cli_notes import idle_flags
from hiprompt_core.cli_requests import few_steps, make_request, read_prompts
from hiprompt_core.cli_running import running
from hiprompt_core.errors import Cancelled, HiPromptError, InvalidRequest
from hiprompt_core.events import Event, OnEvent, Warned
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.own_picture import open_own_picture
from hiprompt_core.plan import make_plan
from hiprompt_core.rate_book import RateBook, rates_file
from hiprompt_core.rates import RateMeter
from hiprompt_core.request import GenerationRequest, RegenerateRequest

if TYPE_CHECKING:
    from hiprompt_core.engine import Engine
    from hiprompt_core.progress import Report
    from hiprompt_core.result import Result


def generate_pictures(chosen: argparse.Namespace) -> int:
    requests, codes = _requests(chosen)
    if not requests:
        return codes[0]
    with running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine

        engine = Engine()
        facts = inspect_model(chosen.model)
        if fitted := few_steps(requests[0], facts):
            report.say(f"{facts.name}: {fitted}", few_steps=fitted)
        _tell_idle_flags(chosen, requests[0], on_event)
        for number, request in enumerate(requests, start=1):
            if len(requests) > 1:
                report.say(f"Prompt {number} of {len(requests)}: {request.prompt}", prompt=request.prompt)
            elif request.prompt != chosen.prompt:
                report.say(f"Prompt: {request.prompt}", prompt=request.prompt)
            try:
                _generate_one(request, engine, report, on_event)
            except HiPromptError as error:
                codes.append(tell_error(error, chosen.json))
    return next(iter(codes), 0)


def _requests(chosen: argparse.Namespace) -> tuple[list[GenerationRequest], list[int]]:
    """What can be computed, and the exit codes of what cannot; nothing is loaded for a wrong request."""
    facts = inspect_model(chosen.model)
    requests, codes = [], []
    for prompt in read_prompts(chosen.prompt):
        try:
            request = make_request(chosen, prompt, facts)
            make_plan(request, facts)
            requests.append(request)
        except InvalidRequest as error:
            codes.append(tell_error(error, chosen.json))
    return requests, codes


def _tell_idle_flags(chosen: argparse.Namespace, request: GenerationRequest, on_event: OnEvent) -> None:
    for note in idle_flags(chosen, request):
        on_event(Warned(message=note))


def _generate_one(request: GenerationRequest, engine: Engine, report: Report, on_event: OnEvent) -> None:
    from hiprompt_core import generate

    with _told_when_cancelled(report, request.output, _finished_phases), _learning(request, on_event) as listener:
        result = generate(request, listener, engine)
    _say_finished(report, result)


@contextmanager
def _told_when_cancelled(report: Report, folder: Path, kept: Callable[[Path], str]) -> Iterator[None]:
    """Say what of a cancelled drawing is ``kept`` in its folder."""
    try:
        yield
    except (Cancelled, KeyboardInterrupt):
        report.close()
        report.say(kept(folder), event="Cancelled", path=str(folder))
        raise


@contextmanager
def _learning(request: GenerationRequest, on_event: OnEvent) -> Iterator[OnEvent]:
    """Keep how fast this machine was, for plans to come."""
    from hiprompt_core.devices import look

    facts, place = inspect_model(request.model), look(request.device, request.precision)
    captioner = inspect_captioner(request.captioner) if request.captioner else None
    book = RateBook.load(rates_file())
    rates = book.rates_of(request, place)
    meter = RateMeter(rates, make_plan(request, facts, captioner, place=place).fit.tile)

    def told(event: Event) -> None:
        meter.on_event(event)
        on_event(event)

    try:
        yield told
    finally:
        book.save(rates_file())


def _say_finished(report: Report, result: Result) -> None:
    report.say(str(result.path), event="Finished", path=str(result.path), evaluations=result.evaluations)


def _finished_phases(folder: Path) -> str:
    from hiprompt_core.run_folder import RunFolder

    finished = len({picture.phase for picture in RunFolder(folder).pictures()})
    if not finished:
        return "Nothing was finished yet."
    what = "1 finished phase is" if finished == 1 else f"{finished} finished phases are"
    return f"{what} kept in {folder}; the same command goes on from there."


def _finished_steps(folder: Path) -> str:
    return f"Finished steps are kept in {folder}; the same command goes on from there."


def upscale_picture(chosen: argparse.Namespace) -> int:
    given = (chosen.prompt or "").strip()
    if not given and chosen.captioner is None:
        raise InvalidRequest("There is no prompt, and no captioner to write one.", "Say what the picture shows.")
    facts = inspect_model(chosen.model)
    # Whatever is wrong is told before a captioner is loaded.
    request = make_request(chosen, given or "a picture", facts)
    make_plan(request, facts)
    with running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine

        _tell_idle_flags(chosen, request, on_event)
        engine = Engine()
        prompt = given or _described(chosen, engine, report, on_event)
        _generate_one(make_request(chosen, prompt, facts), engine, report, on_event)
    return 0


def _described(chosen: argparse.Namespace, engine: Engine, report: Report, on_event: OnEvent) -> str:
    """What the captioner says that the whole picture shows: its prompt."""
    from hiprompt_core import describe_picture

    image, _ = open_own_picture(chosen.base_image)  # what was done to it is told when it is drawn
    prompt = describe_picture(image, chosen.captioner, chosen.device, chosen.precision, on_event, engine)
    report.close()
    report.say(f"Prompt: {prompt}", event="Described", prompt=prompt)
    return prompt


def regenerate_patches(chosen: argparse.Namespace) -> int:
    from hiprompt_core.picture_files import picture_file
    from hiprompt_core.run_folder import RunFolder

    folder = RunFolder.open(chosen.result)
    picture = picture_file(chosen.result)
    phase = chosen.phase if chosen.phase is not None else (picture.phase if picture else None)
    request = RegenerateRequest(
        source=folder.path,
        phase=phase,
        version=picture.version if picture and phase == picture.phase else None,
        captions=dict(chosen.patches or []),
        strength=chosen.strength,
        seed=chosen.seed,
        num_inference_steps=chosen.steps,
    )
    with running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine, regenerate

        with _told_when_cancelled(report, folder.path, _finished_steps):
            result = regenerate(request, on_event, Engine())
        _say_finished(report, result)
    return 0
