"""How a run looks on the command line: bars on a terminal, lines in a pipe, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from hiprompt_core.events import (
    CaptionerWorking,
    Event,
    FileAdvanced,
    ModelLoading,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    StepPreview,
    StillWorking,
    TileDone,
    ViewBatchDone,
    Warned,
)
from hiprompt_core.geometry import Patch

SECONDS_BETWEEN_DRAWINGS = 0.1
BAR = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"


class Report(Protocol):
    """What a run tells a user."""

    def __call__(self, event: Event) -> None:
        """Show an event of the core."""

    def say(self, text: str, **values: Any) -> None:
        """Show a sentence to a person, or the values to a program."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def choose_report(as_json: bool) -> Report:
    """By where the output goes."""
    if as_json:
        return JsonLines()
    return Bars() if sys.stdout.isatty() and sys.stderr.isatty() else Lines()


def event_values(event: Event) -> dict[str, Any]:
    """An event as plain JSON values; a picture is left out, its path tells enough."""
    values = {field.name: getattr(event, field.name) for field in fields(event) if field.name != "image"}
    return {"event": type(event).__name__} | {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Patch):
        return value._asdict()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def printable(text: str) -> str:
    """Without what a captioner may write that steers a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def sentence(event: Event) -> str | None:
    """What a person reads about an event; none for those too frequent to be read."""
    match event:
        case ModelLoading(name=name):
            return f"Loading {name}"
        case PhaseStarted(phase=phase, phases=phases, size=size, patches=patches):
            parts = f", patches 0 to {len(patches) - 1}" if patches else ""
            return f"Phase {phase} of {phases}: {size}{parts}, {event.steps} steps"
        case PatchCaptioned(patch=patch, caption=caption):
            return f"  patch {patch}: {printable(caption)}"
        case StepDone(step=step, steps=steps):
            return f"  step {step} of {steps}"
        case PhaseFinished(phase=phase, phases=phases, path=path, resumed=resumed):
            return f"Phase {phase} of {phases} {'was finished before' if resumed else 'is finished'}: {path}"
        case Warned(message=message):
            return f"Note: {message}"
        case _:
            return None


class JsonLines:
    """One JSON object a line."""

    def __call__(self, event: Event) -> None:
        if not isinstance(event, StepPreview | StillWorking):
            print(json.dumps(event_values(event)), flush=True)

    def say(self, text: str, **values: Any) -> None:
        print(json.dumps({"event": "Message", "message": text} | values), flush=True)

    def close(self) -> None:
        pass


class Lines:
    """Sentences for a log; they appear as they happen, also in a pipe."""

    def __init__(self) -> None:
        self._describing = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, StillWorking):
            return
        describing = isinstance(event, CaptionerWorking)
        text = "  describing the patches" if describing and not self._describing else sentence(event)
        self._describing = describing
        if text:
            print(text, flush=True)

    def say(self, text: str, **values: Any) -> None:  # noqa: ARG002
        print(text, flush=True)

    def close(self) -> None:
        pass


class Bars:
    """Two bars at the bottom of a terminal: the phases, and the work that the present phase is at."""

    def __init__(self) -> None:
        self._phases: Any = None
        self._work: Any = None
        self._work_name = ""
        self._steps = 1
        self._words = 0
        self._drawn = 0.0

    def __call__(self, event: Event) -> None:
        match event:
            case PhaseStarted():
                self._start_phase(event)
            case CaptionerWorking():
                self._words += 1
                self._show("Words", f"Describing the patches, {self._words} words", 0, 1)
            case PatchCaptioned(done=done, patches=patches):
                self._show("Captions", f"Caption {done} of {patches}", done, patches)
                self.say(sentence(event) or "")
            case ViewBatchDone(step=step, done=done, views=views):
                self._show("Steps", f"Step {step} of {self._steps}", step - 1 + done / views, self._steps)
            case StepDone(step=step, steps=steps):
                self._show("Steps", f"Step {step} of {steps}", step, steps)
            case TileDone(work=work, done=done, tiles=tiles):
                self._show(work, f"{work.capitalize()} tile {done} of {tiles}", done, tiles)
            case PhaseFinished():
                self._finish_phase(event)
            case FileAdvanced(path=path, share=share):
                self._show("File", f"Writing {path.name}", share or 0, 1)
            case _:
                self.say(sentence(event) or "")

    def say(self, text: str, **values: Any) -> None:  # noqa: ARG002
        if text:
            tqdm.write(text, file=sys.stdout)

    def close(self) -> None:
        self._close_work()
        if self._phases is not None:
            self._phases.close()
            self._phases = None

    def _start_phase(self, event: PhaseStarted) -> None:
        self._steps = max(1, event.steps)
        self._show_phase(event.phase, event.phases, f"Phase {event.phase} of {event.phases}, {event.size}")
        self._close_work()

    def _finish_phase(self, event: PhaseFinished) -> None:
        self._close_work()
        self._show_phase(event.phase + 1, event.phases, f"Phase {event.phase} of {event.phases}, {event.size}")
        self.say(sentence(event) or "")

    def _show_phase(self, phase: int, phases: int, text: str) -> None:
        if self._phases is None:
            self._phases = _bar(text, phases, position=0)
        self._phases.set_description_str(text, refresh=False)
        self._phases.n = phase - 1
        self._phases.refresh()

    def _show(self, name: str, text: str, done: float, total: float) -> None:
        if self._work is None or self._work_name != name or self._work.total != total:
            self._close_work()
            self._work, self._work_name = _bar("  " + text, total, position=1), name
        self._work.set_description_str("  " + text, refresh=False)
        self._work.n = done
        if time.monotonic() - self._drawn >= SECONDS_BETWEEN_DRAWINGS:
            self._work.refresh()
            self._drawn = time.monotonic()

    def _close_work(self) -> None:
        if self._work is not None:
            self._work.close()
            self._work = None


def _bar(text: str, total: float, position: int) -> Any:
    columns = shutil.get_terminal_size().columns  # tqdm itself shows nothing where a terminal hides its size
    return tqdm(desc=text, total=total, position=position, bar_format=BAR, ncols=columns, leave=False, file=sys.stderr)
