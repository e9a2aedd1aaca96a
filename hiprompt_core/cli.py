"""The command line: ``hiprompt generate``, ``regenerate``, ``caption``, ``plan``, ``models`` and ``doctor``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from io import TextIOWrapper

from hiprompt_core.cli_arguments import make_parser, parse
from hiprompt_core.cli_drawing import generate_pictures, regenerate_patches, upscale_picture
from hiprompt_core.cli_errors import no_traceback
from hiprompt_core.cli_plan import plan_picture
from hiprompt_core.cli_requests import known_styles
from hiprompt_core.cli_running import running
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import Warned
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.model_files import inspect_captioner
from hiprompt_core.own_picture import open_own_picture
from hiprompt_core.published_cli import is_published, translate
from hiprompt_core.questions import question_text


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may be no text, or none that is shown here
    arguments = list(sys.argv[1:] if argv is None else argv)
    with no_traceback("--json" in arguments) as outcome:
        if is_published(arguments):
            arguments = translate(arguments)
        chosen = parse(make_parser(COMMANDS), arguments)
        outcome.code = chosen.run(chosen)
    return outcome.code


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
    with running(chosen.json) as (report, on_event):
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
    with running(chosen.json) as (report, on_event):
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
    with running(chosen.json) as (report, on_event):
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


COMMANDS = {
    "generate": generate_pictures,
    "upscale": upscale_picture,
    "regenerate": regenerate_patches,
    "export": _export,
    "caption": _caption,
    "plan": plan_picture,
    "models": _models,
    "styles": _styles,
    "doctor": _doctor,
}
