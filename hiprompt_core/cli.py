"""The command line: ``hiprompt generate``, ``regenerate``, ``caption``, ``plan``, ``models`` and ``doctor``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from hiprompt_core.addition_files import addition_files
from hiprompt_core.cli_arguments import make_parser
from hiprompt_core.cli_requests import known_styles, make_request, read_prompts
from hiprompt_core.errors import (
    Cancelled,
    CaptionFailed,
    HiPromptError,
    InvalidRequest,
    ModelError,
    NumericalError,
    OutOfMemory,
    OutputError,
)
from hiprompt_core.events import Event, OnEvent, Warned, ignore_events
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.few_step import few_step_of
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.model_files import ModelFacts, inspect_captioner, inspect_model
from hiprompt_core.own_picture import open_own_picture
from hiprompt_core.plan import make_plan
from hiprompt_core.plan_text import plan_lines, plan_values
from hiprompt_core.published_cli import is_published, translate
from hiprompt_core.questions import question_text
from hiprompt_core.rate_book import RateBook, rates_file
from hiprompt_core.rates import RateMeter
from hiprompt_core.request import GenerationRequest, RegenerateRequest

if TYPE_CHECKING:
    from hiprompt_core.engine import Engine
    from hiprompt_core.footprint import Place
    from hiprompt_core.progress import Report
    from hiprompt_core.result import Result

EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InvalidRequest, 2),
    (ModelError, 3),
    (OutputError, 4),
    (OutOfMemory, 5),
    (CaptionFailed, 6),
    (NumericalError, 7),
    (Cancelled, 130),
)
UNEXPECTED = 1
CANCELLED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with _no_traceback("--json" in arguments) as outcome:
        if is_published(arguments):
            arguments = translate(arguments)
        chosen = make_parser(COMMANDS).parse_args(arguments)
        outcome.code = chosen.run(chosen)
    return outcome.code


class _Outcome:
    code = 0


@contextmanager
def _no_traceback(as_json: bool) -> Iterator[_Outcome]:
    """Turn every error into words and an exit code."""
    outcome = _Outcome()
    try:
        yield outcome
        sys.stdout.flush()
    except HiPromptError as error:
        outcome.code = _tell_error(error, as_json)
    except (Cancelled, KeyboardInterrupt):
        print("Cancelled.", file=sys.stderr)
        outcome.code = CANCELLED
    except BrokenPipeError:
        # The reader of a pipe left; without this Python complains once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        outcome.code = UNEXPECTED
    except MemoryError:
        problem = "The computer has not enough free memory for this."
        outcome.code = _tell_error(OutOfMemory(problem, "Close other programs or choose a smaller size."), as_json)
    except Exception as error:
        outcome.code = _tell_unexpected(error, as_json)


def _tell_error(error: HiPromptError, as_json: bool) -> int:
    code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), UNEXPECTED)
    if as_json:
        values = {"event": "Failed", "error": type(error).__name__, "problem": error.problem, "remedy": error.remedy}
        print(json.dumps(values | {"exit_code": code}), flush=True)
    print(f"Error: {error.problem} {error.remedy}".strip(), file=sys.stderr)
    return code


def _tell_unexpected(error: Exception, as_json: bool) -> int:
    """Programming errors: one line for the user, the traceback for whoever mends it."""
    log = _write_log()
    where = f"Details are in {log}; please report them." if log else "No log could be written."
    return _tell_error(HiPromptError(f"Unexpected {type(error).__name__}: {_first_line(error)}.", where), as_json)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no details"])[0].rstrip(".")


def _write_log() -> Path | None:
    from hiprompt_core.user_folders import user_folder

    try:
        folder = user_folder("log")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "hiprompt.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{traceback.format_exc()}\n")
    except OSError:
        return None
    return folder / "hiprompt.log"


# The commands.


def _generate(chosen: argparse.Namespace) -> int:
    requests, codes = _requests(chosen)
    if not requests:
        return codes[0]
    with _running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine

        engine = Engine()
        if few_steps := _few_steps(requests[0], inspect_model(chosen.model)):
            report.say(f"{chosen.model.name}: {few_steps}", few_steps=few_steps)
        for number, request in enumerate(requests, start=1):
            if len(requests) > 1:
                report.say(f"Prompt {number} of {len(requests)}: {request.prompt}", prompt=request.prompt)
            elif request.prompt != chosen.prompt:
                report.say(f"Prompt: {request.prompt}", prompt=request.prompt)
            try:
                _generate_one(request, engine, report, on_event)
            except HiPromptError as error:
                codes.append(_tell_error(error, chosen.json))
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
            codes.append(_tell_error(error, chosen.json))
    return requests, codes


def _few_steps(request: GenerationRequest, facts: ModelFacts) -> str:
    """What was chosen because the model, or a LoRA, is distilled to a few steps; empty: nothing."""
    few = few_step_of(facts.few_step, request.additions)
    fitted = few and request.options.scheduler == few.scheduler and request.options.guidance_scale == 1
    return (
        f"{request.options.num_inference_steps} steps with {few.scheduler}, guidance 1, as {few.kind} wants it; "
        "--steps and --set decide otherwise"
        if few and fitted
        else ""
    )


def _generate_one(request: GenerationRequest, engine: Engine, report: Report, on_event: OnEvent) -> None:
    from hiprompt_core import generate

    try:
        with _learning(request, on_event) as listener:
            result = generate(request, listener, engine)
    except (Cancelled, KeyboardInterrupt):
        report.close()
        report.say(_what_is_kept(request.output), event="Cancelled", path=str(request.output))
        raise
    _say_finished(report, result)


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


def _what_is_kept(folder: Path) -> str:
    from hiprompt_core.run_folder import RunFolder

    finished = len({picture.phase for picture in RunFolder(folder).pictures()})
    if not finished:
        return "Nothing was finished yet."
    what = "1 finished phase is" if finished == 1 else f"{finished} finished phases are"
    return f"{what} kept in {folder}; the same command goes on from there."


def _upscale(chosen: argparse.Namespace) -> int:
    if chosen.prompt is None and chosen.captioner is None:
        raise InvalidRequest("There is no prompt, and no captioner to write one.", "Say what the picture shows.")
    facts = inspect_model(chosen.model)
    # Whatever is wrong is told before a captioner is loaded.
    make_plan(make_request(chosen, chosen.prompt or "a picture", facts), facts)
    with _running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine

        engine = Engine()
        prompt = chosen.prompt or _described(chosen, engine, report, on_event)
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


def _regenerate(chosen: argparse.Namespace) -> int:
    from hiprompt_core.picture_files import picture_file
    from hiprompt_core.run_folder import RunFolder

    folder = RunFolder.open(chosen.result)
    picture = picture_file(chosen.result)
    phase = chosen.phase if chosen.phase is not None else (picture.phase if picture else None)
    request = RegenerateRequest(
        source=folder.path,
        phase=phase,
        captions=dict(chosen.patches or []),
        strength=chosen.strength,
        seed=chosen.seed,
        num_inference_steps=chosen.steps,
    )
    with _running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine, regenerate

        _say_finished(report, regenerate(request, on_event, Engine()))
    return 0


def _export(chosen: argparse.Namespace) -> int:
    from hiprompt_core.export import export, picture_of

    request = ExportRequest(
        picture=picture_of(chosen.result, chosen.phase),
        folder=chosen.out,
        format=chosen.format,
        quality=chosen.quality,
        metadata=chosen.metadata,
        name=chosen.name,
    )
    with _running(chosen.json) as (report, on_event):
        path = export(request, on_event)
        report.close()
        report.say(str(path), event="Finished", path=str(path))
    return 0


def _caption(chosen: argparse.Namespace) -> int:
    image, notes = open_own_picture(chosen.image)
    window = chosen.window or max(1, min(image.size) // 2)
    if not 0 <= chosen.overlap <= 0.9 or window < 1:
        raise InvalidRequest(f"The windows are {window} px with overlap {chosen.overlap:g}.", "Use 0 to 0.9.")
    inspect_captioner(chosen.captioner)
    with _running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine, caption_image
        from hiprompt_core.progress import printable

        for note in notes:
            on_event(Warned(message=note))
        captions = caption_image(
            image, window, chosen.overlap, chosen.captioner, question_text(chosen.question), on_event, Engine()
        )
        report.close()
        for patch, text in captions:
            place = f"patch {patch.index} at {patch.window.left},{patch.window.top}"
            report.say(f"{place}: {printable(text)}", event="Captioned", **patch._asdict(), caption=text)
    return 0


def _plan(chosen: argparse.Namespace) -> int:
    facts = inspect_model(chosen.model)
    request = make_request(chosen, read_prompts(chosen.prompt)[0], facts)
    captioner = inspect_captioner(request.captioner) if request.captioner else None
    from hiprompt_core.devices import look

    guides = inspect_guides(request, facts)
    addition_files(request.additions)
    place = look(request.device, request.precision)
    plan = make_plan(request, facts, captioner, guides, place)
    if chosen.measure:
        _measure(request, place)
    seconds = RateBook.load(rates_file()).rates_of(request, place).seconds_by_phase(plan)
    texts = {"prompt": request.prompt, "negative_prompt": request.negative_prompt}
    texts |= {"few_steps": _few_steps(request, facts)} if _few_steps(request, facts) else {}
    texts |= {"controlnet": str(guides.controlnet.path)} if guides.controlnet else {}
    texts |= {"upscaler": str(guides.upscaler.path)} if guides.upscaler else {}
    if chosen.json:
        print(json.dumps(texts | plan_values(plan, place, seconds)))
    else:
        from hiprompt_core.progress import printable

        print(*(f"{name.replace('_', ' ')}: {printable(text)}" for name, text in texts.items()), sep="\n")
        print(*plan_lines(plan, place, seconds), sep="\n")
    return 0


def _measure(request: GenerationRequest, place: Place) -> None:
    """Keep how fast this machine is with the request's models."""
    from hiprompt_core import Engine
    from hiprompt_core.calibration import calibrate

    _quiet_libraries()
    book = RateBook.load(rates_file())
    with _cancel_by_signal(ignore_events) as on_event:
        rates = calibrate(request, Engine(), on_event)
    book.put(rates, request, place)
    book.save(rates_file())


def _styles(chosen: argparse.Namespace) -> int:
    styles = known_styles(chosen.styles)
    if chosen.json:
        print(json.dumps([asdict(style) for style in styles]))
        return 0
    from hiprompt_core.progress import printable

    for style in styles:
        print(
            printable(
                f"{style.name}: {style.prompt}" + (f" – not: {style.negative_prompt}" * bool(style.negative_prompt))
            )
        )
    return 0


def _models(chosen: argparse.Namespace) -> int:
    with _running(chosen.json) as (report, on_event):
        from hiprompt_core.cli_models import run

        return run(chosen, report, on_event)


def _doctor(chosen: argparse.Namespace) -> int:
    from hiprompt_core.doctor import examine

    findings = []
    for finding in examine(chosen.model, chosen.captioner, chosen.out):
        findings.append(finding)
        if not chosen.json:
            sign = "ok" if finding.ok else ("MISSING" if finding.needed else "note")
            print(f"{sign:8}{finding.name}: {finding.detail}", flush=True)
            if not finding.ok:
                print(f"{'':8}{finding.remedy}", flush=True)
    healthy = all(finding.ok or not finding.needed for finding in findings)
    if chosen.json:
        print(json.dumps({"ok": healthy, "findings": [asdict(finding) for finding in findings]}))
    else:
        print("Everything needed is there." if healthy else "Something needed is missing.")
    return 0 if healthy else 1


def _quiet_libraries() -> None:
    """They talk to programmers; the core reports to users by events."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.filterwarnings("ignore")


@contextmanager
def _running(as_json: bool) -> Iterator[tuple[Report, OnEvent]]:
    """Progress and an answer to Ctrl+C while the core works."""
    from hiprompt_core.progress import choose_report

    _quiet_libraries()
    report = choose_report(as_json)
    with contextlib.closing(report), _cancel_by_signal(report) as on_event:
        yield report, on_event


@contextmanager
def _cancel_by_signal(on_event: OnEvent) -> Iterator[OnEvent]:
    """The first Ctrl+C cancels at the next event, the second one whatever is going on."""
    asked = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        # print() may be in the middle of a line in the code that was interrupted
        os.write(2, b"\nStopping; Ctrl+C again stops even what cannot be stopped well.\n")

    def forward(event: Event) -> None:
        on_event(event)
        if asked.is_set():
            raise Cancelled

    if threading.current_thread() is not threading.main_thread():
        yield forward
        return
    before = [(number, signal.signal(number, handle)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield forward
    finally:
        for number, handler in before:
            signal.signal(number, handler)


COMMANDS = {
    "generate": _generate,
    "upscale": _upscale,
    "regenerate": _regenerate,
    "export": _export,
    "caption": _caption,
    "plan": _plan,
    "models": _models,
    "styles": _styles,
    "doctor": _doctor,
}
