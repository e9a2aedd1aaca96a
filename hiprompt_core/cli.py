"""The command line: ``hiprompt generate``, ``regenerate``, ``caption``, ``plan`` and ``doctor``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import sys
import threading
import time
import traceback
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, get_args

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
from hiprompt_core.events import Event, OnEvent
from hiprompt_core.geometry import Size, native_phase_size
from hiprompt_core.model_cache import model_folder
from hiprompt_core.model_files import ModelFacts, demo_captioner, demo_model, inspect_captioner, inspect_model
from hiprompt_core.option_text import changed_options
from hiprompt_core.plan import Plan, make_plan
from hiprompt_core.published_cli import is_published, translate
from hiprompt_core.request import (
    DEFAULT_NEGATIVE_PROMPT,
    DEFAULT_PRESET,
    DEFAULT_QUESTION,
    PRESETS,
    GenerationRequest,
    Options,
    Precision,
    RegenerateRequest,
)

if TYPE_CHECKING:
    from PIL import Image

    from hiprompt_core.engine import Engine
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
EPILOG = """exit codes:
  0  done                        4  a result cannot be written or read
  1  an unexpected error         5  too little memory
  2  wrong usage or request      6  the captioner failed
  3  a model cannot be used      7  the computation gave no numbers
  130  cancelled with Ctrl+C; finished phases are kept

The published command line (hiprompt --validation_prompt "..." --llava true ...) works too:
hiprompt --validation_prompt x --help"""
NATIVE_TIMES = 4
"""Default sides, in native sizes of the model."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with _no_traceback("--json" in arguments) as outcome:
        if is_published(arguments):
            arguments = translate(arguments)
        chosen = _parser().parse_args(arguments)
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
    import platformdirs

    try:
        folder = Path(platformdirs.user_log_dir("hiprompt", appauthor=False, ensure_exists=True))
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
        for number, request in enumerate(requests, start=1):
            if len(requests) > 1:
                report.say(f"Prompt {number} of {len(requests)}: {request.prompt}", prompt=request.prompt)
            try:
                _generate_one(request, engine, report, on_event)
            except HiPromptError as error:
                codes.append(_tell_error(error, chosen.json))
    return next(iter(codes), 0)


def _requests(chosen: argparse.Namespace) -> tuple[list[GenerationRequest], list[int]]:
    """What can be computed, and the exit codes of what cannot; nothing is loaded for a wrong request."""
    facts = inspect_model(chosen.model)
    requests, codes = [], []
    for prompt in _prompts(chosen.prompt):
        try:
            request = _request(chosen, prompt, facts)
            make_plan(request, facts)
            requests.append(request)
        except InvalidRequest as error:
            codes.append(_tell_error(error, chosen.json))
    return requests, codes


def _generate_one(request: GenerationRequest, engine: Engine, report: Report, on_event: OnEvent) -> None:
    from hiprompt_core import generate

    try:
        result = generate(request, on_event, engine)
    except (Cancelled, KeyboardInterrupt):
        report.close()
        report.say(_what_is_kept(request.output), event="Cancelled", path=str(request.output))
        raise
    _say_finished(report, result)


def _say_finished(report: Report, result: Result) -> None:
    report.say(str(result.path), event="Finished", path=str(result.path), evaluations=result.evaluations)


def _what_is_kept(folder: Path) -> str:
    from hiprompt_core.run_folder import RunFolder

    finished = len({picture.phase for picture in RunFolder(folder).pictures()})
    if not finished:
        return "Nothing was finished yet."
    what = "1 finished phase is" if finished == 1 else f"{finished} finished phases are"
    return f"{what} kept in {folder}; the same command goes on from there."


def _regenerate(chosen: argparse.Namespace) -> int:
    from hiprompt_core.run_folder import RunFolder, picture_file

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


def _caption(chosen: argparse.Namespace) -> int:
    image = _open_picture(chosen.image)
    window = chosen.window or max(1, min(image.size) // 2)
    if not 0 <= chosen.overlap <= 0.9 or window < 1:
        raise InvalidRequest(f"The windows are {window} px with overlap {chosen.overlap:g}.", "Use 0 to 0.9.")
    inspect_captioner(chosen.captioner)
    with _running(chosen.json) as (report, on_event):
        from hiprompt_core import Engine, caption_image
        from hiprompt_core.progress import printable

        captions = caption_image(image, window, chosen.overlap, chosen.captioner, chosen.question, on_event, Engine())
        report.close()
        for patch, text in captions:
            place = f"patch {patch.index} at {patch.window.left},{patch.window.top}"
            report.say(f"{place}: {printable(text)}", event="Captioned", **patch._asdict(), caption=text)
    return 0


def _plan(chosen: argparse.Namespace) -> int:
    facts = inspect_model(chosen.model)
    request = _request(chosen, _prompts(chosen.prompt)[0], facts)
    plan = make_plan(request, facts, inspect_captioner(request.captioner) if request.captioner else None)
    print(json.dumps(_plan_values(plan)) if chosen.json else "\n".join(_plan_lines(plan, request.options)))
    return 0


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


# Requests from arguments.


def _prompts(text: str) -> list[str]:
    """The prompt itself, or the lines of a text file."""
    if not text.lower().endswith(".txt"):
        return [text]
    try:
        lines = Path(text).expanduser().read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        remedy = "Name a file with one prompt a line."
        raise InvalidRequest(f"{text} cannot be read: {error.strerror}.", remedy) from error
    except ValueError as error:
        raise InvalidRequest(f"{text} is not UTF-8 text.", "Save it as UTF-8.") from error
    prompts = [line.strip() for line in lines if line.strip()]
    if not prompts:
        raise InvalidRequest(f"{text} holds no prompt.", "Write one prompt a line.")
    return prompts


def _request(chosen: argparse.Namespace, prompt: str, facts: ModelFacts) -> GenerationRequest:
    options = _options(chosen)
    if chosen.base_image and not chosen.base_image.is_file():
        raise InvalidRequest(f"There is no picture at {chosen.base_image}.", "Check the path of --base-image.")
    request = GenerationRequest(
        prompt=prompt,
        negative_prompt=chosen.negative_prompt,
        size=_size(chosen, facts, options),
        seed=chosen.seed,
        options=options,
        model=chosen.model,
        captioner=chosen.captioner if options.captions else None,
        question=chosen.question,
        base_image=chosen.base_image,
        output=chosen.out,
        device=chosen.device,
        precision=chosen.precision,
    )
    return replace(request, output=chosen.out / _folder_name(request))


def _options(chosen: argparse.Namespace) -> Options:
    options = PRESETS[chosen.preset]
    if chosen.steps is not None:
        options = replace(options, num_inference_steps=chosen.steps)
    if chosen.captioner is None:
        options = replace(options, captions=False)
    return changed_options(options, chosen.set or [])


def _size(chosen: argparse.Namespace, facts: ModelFacts, options: Options) -> Size:
    default = NATIVE_TIMES * facts.native_size
    size = Size(
        chosen.height if chosen.height is not None else default, chosen.width if chosen.width is not None else default
    )
    if chosen.native and min(size) > 0:
        return native_phase_size(size, facts.native_size, facts.size_multiple, options.native_fit)
    return size


def _folder_name(request: GenerationRequest) -> str:
    """Readable, and different for different requests, so that the same command finds its result again."""
    plain = unicodedata.normalize("NFKD", request.prompt).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "picture"
    return f"{slug}-{request.seed}-{request.digest()[:8]}"


def _open_picture(path: Path) -> Image.Image:
    from PIL import Image

    from hiprompt_core.errors import ResultCorrupt
    from hiprompt_core.metadata import read_png

    try:
        return read_png(path)[0]  # our own may be larger than Pillow trusts
    except ResultCorrupt:
        pass
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidRequest(f"{path} cannot be read as a picture ({error}).", "Choose another file.") from error


# What the user sees.


@contextmanager
def _running(as_json: bool) -> Iterator[tuple[Report, OnEvent]]:
    """Progress and an answer to Ctrl+C while the core works."""
    from hiprompt_core.progress import choose_report

    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.filterwarnings("ignore")  # libraries talk to programmers; the core reports to users by events
    report = choose_report(as_json)
    with contextlib.closing(report), _cancel_by_signal(report) as on_event:
        yield report, on_event


@contextmanager
def _cancel_by_signal(on_event: OnEvent) -> Iterator[OnEvent]:
    """The first Ctrl+C cancels at the next event, the second one at once."""
    asked = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        # print() may be in the middle of a line in the code that was interrupted
        os.write(2, b"\nStopping after this batch; Ctrl+C again stops at once.\n")

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


def _plan_values(plan: Plan) -> dict[str, Any]:
    phases = [
        {
            "phase": phase.number,
            "size": phase.size,
            "grid": _grid(phase.patches),
            "patches": len(phase.patches),
            "steps": phase.steps,
            "dilation": phase.dilation,
            "evaluations": phase.evaluations,
        }
        for phase in plan.phases
    ]
    totals = {name: getattr(plan, name) for name in ("captions", "evaluations", "units", "memory")}
    return {"phases": phases, **totals}


def _grid(patches: Sequence[Any]) -> tuple[int, int]:
    """Rows and columns."""
    return (patches[-1].row + 1, patches[-1].column + 1) if patches else (0, 0)


def _plan_lines(plan: Plan, options: Options) -> Iterator[str]:
    yield f"{'phase':>5}  {'size':>11}  {'patches':>12}  {'captions':>8}  {'steps':>5}  {'evaluations':>11}"
    for phase in plan.phases:
        rows, columns = _grid(phase.patches)
        patches = f"{len(phase.patches)} ({columns}x{rows})" if phase.patches else "-"
        captions = len(phase.patches) if options.captions else 0
        yield (
            f"{phase.number:>5}  {phase.size!s:>11}  {patches:>12}  {captions:>8}"
            f"  {phase.steps:>5}  {phase.evaluations:>11}"
        )
    yield (
        f"{plan.evaluations} UNet evaluations = {plan.units:.1f} base images of 50 guided steps; "
        f"{plan.captions} captions; about {plan.memory / 1e9:.1f} GB of memory"
    )


# The parser.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hiprompt",
        description="High-resolution pictures from a prompt, phase by phase, each patch under its own description.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, run, text, add_flags in (
        ("generate", _generate, "make a picture, or one for each line of a text file", _add_generate_flags),
        ("regenerate", _regenerate, "draw chosen patches of a finished picture again", _add_regenerate_flags),
        ("caption", _caption, "describe a picture patch by patch", _add_caption_flags),
        ("plan", _plan, "show phases, cost and memory of a picture without making it", _add_plan_flags),
        ("doctor", _doctor, "check this machine and the models", _add_doctor_flags),
    ):
        command = commands.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=EPILOG.partition("\n\n")[0],
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.set_defaults(run=run)
        add_flags(command)
        command.add_argument("--json", action="store_true", help="JSON for programs, one object a line")
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from hiprompt_core.metadata import program_version

        print(f"hiprompt {program_version()}")
        parser.exit()


def _add_generate_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT_OR_TXT", help="the prompt, or a .txt file with one prompt a line")
    _add_request_flags(parser)


def _add_plan_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT_OR_TXT", nargs="?", default="a picture", help="changes nothing here")
    _add_request_flags(parser)


def _add_request_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    sides = f"pixels (default: {NATIVE_TIMES} times the model's native size)"
    flag("--width", type=int, help=sides)
    flag("--height", type=int, help=sides)
    flag("--native", action="store_true", help="stop after the first phase, at the model's native size")
    flag("--preset", choices=PRESETS, default=DEFAULT_PRESET, help="(default: %(default)s)")
    seed = next(field.default for field in fields(GenerationRequest) if field.name == "seed")
    flag("--seed", type=int, default=seed, help="(default: %(default)s)")
    flag("--steps", type=int, help="steps of the first phase (default: the preset's)")
    flag("--negative-prompt", default=DEFAULT_NEGATIVE_PROMPT, help="(default: %(default)s)")
    flag(
        "--model", type=model_folder, default=demo_model(), metavar="DIR", help="SDXL folder (default: the demo model)"
    )
    _add_captioner_flags(parser, "captioner folder, or none (default: the demo captioner)", _captioner_or_none)
    flag("--base-image", type=_absolute, metavar="IMAGE", help="a picture to start from in place of the first phase")
    flag("--set", action="append", metavar="NAME=VALUE", help=f"change one value of the preset: {_option_names()}")
    flag("--device", default="auto", help="a torch device such as cpu or cuda:1 (default: the best there is)")
    flag("--precision", choices=get_args(Precision), default="auto", help="(default: %(default)s)")
    _add_out_flag(parser)


def _option_names() -> str:
    return ", ".join(field.name for field in fields(Options))


def _add_out_flag(parser: argparse.ArgumentParser) -> None:
    text = "each picture gets a folder of its own in DIR (default: outputs); the same command goes on where it stopped"
    parser.add_argument("--out", type=_absolute, default=_absolute("outputs"), metavar="DIR", help=text)


def _add_captioner_flags(
    parser: argparse.ArgumentParser, text: str, convert: Callable[[str], Path | None] = model_folder
) -> None:
    parser.add_argument("--captioner", type=convert, default=demo_captioner(), metavar="DIR", help=text)
    question = "what the captioner is asked (default: %(default)s)"
    parser.add_argument("--question", default=DEFAULT_QUESTION, help=question)


def _captioner_or_none(text: str) -> Path | None:
    return None if text.lower() == "none" else model_folder(text)


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _add_regenerate_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    flag("result", type=_absolute, metavar="RESULT", help="folder of a picture, or a file in it")
    flag("--patch", type=int, action=_AddPatch, dest="patches", metavar="N", help="patch to draw again, from 0; repeat")
    flag("--caption", action=_DescribePatch, dest="patches", help="new text for the --patch before it; repeat")
    flag("--phase", type=int, help="(default: the last one, or that of RESULT)")
    default = {field.name: field.default for field in fields(RegenerateRequest)}
    flag("--strength", type=float, default=default["strength"], help="0.01 to 1 (default: %(default)s)")
    flag("--seed", type=int, default=default["seed"], help="(default: %(default)s)")
    flag("--steps", type=int, default=default["num_inference_steps"], help="(default: %(default)s)")


class _AddPatch(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, *_: Any) -> None:
        patches = namespace.patches or []
        if value in dict(patches):
            parser.error(f"--patch {value} is given twice")
        namespace.patches = [*patches, (value, "")]


class _DescribePatch(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, *_: Any) -> None:
        if not namespace.patches or namespace.patches[-1][1]:
            parser.error("write --patch N before each --caption")
        namespace.patches[-1] = (namespace.patches[-1][0], value)


def _add_caption_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=_absolute, metavar="IMAGE")
    _add_captioner_flags(parser, "captioner folder (default: the demo captioner)")
    parser.add_argument("--window", type=int, help="side of a patch, pixels (default: half of the shorter side)")
    parser.add_argument("--overlap", type=float, default=0.25, help="share of a window its neighbour covers too")


def _add_doctor_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=model_folder, metavar="DIR", help="a model to check as well")
    parser.add_argument("--captioner", type=model_folder, metavar="DIR", help="a captioner to check as well")
    _add_out_flag(parser)
