"""An engine for tests of the window: the core's real events and files, tiny pictures, delays and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import (
    CaptionerWorking,
    CaptionsReady,
    Event,
    ModelLoading,
    OnEvent,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    TileDone,
    ViewBatchDone,
)
from hiprompt_core.footprint import Place
from hiprompt_core.geometry import Box, Patch, Size
from hiprompt_core.metadata import PhaseRecord, read_record, write_png
from hiprompt_core.model_files import inspect_model
from hiprompt_core.plan import PhasePlan, make_plan
from hiprompt_core.rates import Rates
from hiprompt_core.request import CaptionRequest, GenerationRequest, Precision, RegenerateRequest
from hiprompt_core.run_folder import REQUEST, RunFolder
from hiprompt_desktop.job import PromptRequest

WORDS = (
    "a blue sky",
    "a cloud, a blue sky",
    "close-up of a tree, a blue sky",
    "a fox, a green meadow",
    "a green meadow",
    "a fox and a tree, a green meadow with rolling hills far away",
)


class Caption(NamedTuple):
    """As the core's, which needs torch."""

    text: str
    dropped: tuple[str, ...]


@dataclass
class ScriptedEngine:
    """Pretends to draw; everything else about it is real."""

    delay: float = 0.0
    """Seconds before each event."""
    fault: Exception | None = None
    fault_at: Callable[[Event], bool] = lambda event: False
    """The event in place of which ``fault`` is raised."""
    hold_at: Callable[[Event], bool] = lambda event: False
    """The event after which the engine waits until ``release`` or a cancel."""
    picture: Image.Image | None = None
    devices: dict[str, str] = field(default_factory=lambda: {"test": "a test device", "cpu": "cpu"})
    free: int = 10**12
    """Bytes of memory of its own."""
    small: bool = False
    """Whether it is measured unasked."""
    rates: Rates = field(default_factory=Rates)
    """What it measures."""
    measured: list[tuple[Path, Path | None]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)
    requests: list[Any] = field(default_factory=list)
    seen: list[Event] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    resumes: bool = True
    """Whether phases that a folder holds are found there."""
    shared: list[tuple[Path, Path, int]] = field(default_factory=list)
    prepared: list[GenerationRequest] = field(default_factory=list)

    def prepare(self, request: GenerationRequest) -> None:
        self.prepared.append(request)

    def place(self, device: str, precision: Precision) -> Place:
        name = next(iter(self.devices)) if device == "auto" else device
        if name not in self.devices:
            raise InvalidRequest(f"There is no device {name!r} here.", "Use auto or cpu.")
        weight = {"bfloat16": 2, "float16": 2, "float8": 1}.get(precision, 4)
        return Place(
            name=f"{name} {precision}",
            free=self.free,
            weight=weight,
            network_weight=weight,
            vae_weight=4,
            own_memory=True,
        )

    def is_small(self, model: Path, captioner: Path | None) -> bool:
        return self.small

    def measure(self, request: GenerationRequest, on_event: OnEvent) -> Rates:
        self._say(on_event, ModelLoading(name="demo"))
        self.measured.append((request.model, request.captioner))
        return self.rates

    def generate(self, request: GenerationRequest, on_event: OnEvent) -> Any:
        self.requests.append(request)
        self.threads.add(threading.get_ident())
        plan = make_plan(request, inspect_model(request.model))
        request.output.mkdir(parents=True, exist_ok=True)
        (request.output / REQUEST).write_text(json.dumps(request.to_dict()))
        self._say(on_event, ModelLoading(name="demo"))
        known = {e.phase: e for e in self.seen if isinstance(e, PhaseFinished) and e.path.parent == request.output}
        for phase in plan.phases:
            if self.resumes and phase.number in known:
                self._say(on_event, replace(known[phase.number], resumed=True, evaluations=0))
            else:
                self._phase(request, phase, len(plan.phases), on_event)
        return request.output

    def share_phases(self, source: Path, output: Path, before: int) -> None:
        self.shared.append((source, output, before))

    def describe(self, request: CaptionRequest, on_event: OnEvent) -> Any:
        self.requests.append(request)
        answers = {}
        for done, index in enumerate(request.patches, start=1):
            self._say(on_event, CaptionerWorking(phase=request.phase))
            answers[index] = Caption(f"{request.question} {index}", ("dropped",))
            self._say(on_event, PatchCaptioned(phase=request.phase, patch=index, caption=answers[index].text,
                                               done=done, patches=len(request.patches)))  # fmt: skip
        return answers

    def tell_prompt(self, request: PromptRequest, on_event: OnEvent) -> str:
        self.requests.append(request)
        self._say(on_event, CaptionerWorking(phase=1))
        return "a lighthouse"

    def regenerate(self, request: RegenerateRequest, on_event: OnEvent) -> Any:
        self.requests.append(request)
        source = RunFolder(request.source).current(request.phase, request.version).path
        done = [e for e in self.seen if isinstance(e, PhaseFinished) and e.path == source][-1]
        self._say(
            on_event,
            PhaseStarted(phase=done.phase, phases=done.phases, size=done.size, patches=done.patches, steps=2,
                         evaluations=0),
        )  # fmt: skip
        for step in (1, 2):
            self._say(on_event, StepDone(phase=done.phase, step=step, steps=2))
        image = done.image.copy()
        for index in request.captions:
            image.paste((255, 0, 0), _pil_box(done.patches[index]))
        captions = tuple(request.captions.get(i) or text for i, text in enumerate(done.captions))
        folder = RunFolder(request.source)
        record = read_record(done.path)
        version = folder.next_version(done.phase)
        path = folder.path / f"phase-{done.phase}-{done.size}-v{version}.png"
        regenerated = replace(request, phase=done.phase, version=record.version)
        after = replace(record, captions=captions, version=version, regenerated=regenerated)
        write_png(path, image, folder.with_past(after))
        self._say(on_event, replace(done, image=image, captions=captions, path=path))
        return path

    def _phase(self, request: GenerationRequest, phase: PhasePlan, phases: int, on_event: OnEvent) -> None:
        patches = phase.pixel_patches(inspect_model(request.model).vae_scale_factor)
        number = phase.number
        self._say(
            on_event,
            PhaseStarted(phase=number, phases=phases, size=phase.size, patches=patches, steps=phase.steps,
                         evaluations=phase.evaluations),
        )  # fmt: skip
        captions: tuple[str, ...] = ()
        if patches and request.options.captions:
            own = request.own_captions.get(number, {})
            captions = tuple(own.get(p.index, WORDS[p.index % len(WORDS)]) or request.prompt for p in patches)
            self._say(on_event, CaptionerWorking(phase=number))
            for index, text in enumerate(captions):
                self._say(on_event, PatchCaptioned(phase=number, patch=index, caption=text, done=index + 1,
                                                   patches=len(patches)))  # fmt: skip
            self._say(on_event, CaptionsReady(phase=number, captions=captions))
        if patches:
            self._say(on_event, TileDone(phase=number, work="encode", done=1, tiles=1))
        for step in range(1, phase.steps + 1):
            share = phase.evaluations // phase.steps
            self._say(on_event, ViewBatchDone(phase=number, step=step, done=1, views=1, evaluations=share))
            self._say(on_event, StepDone(phase=number, step=step, steps=phase.steps))
        image = self._image(phase.size)
        for done, box in enumerate(_halves(phase.size), start=1):
            piece = image.crop((box.left, box.top, box.right, box.bottom))
            self._say(on_event, TileDone(phase=number, work="decode", done=done, tiles=2, box=box, image=piece))
        path = request.output / f"phase-{number}-{phase.size}.png"
        record = PhaseRecord(
            request=request, phase=number, phases=phases, size=phase.size, patches=patches, captions=captions,
            model_name="demo", model_hash="", captioner_name="", captioner_hash="", evaluations=phase.evaluations,
        )  # fmt: skip
        write_png(path, image, record)
        self._say(
            on_event,
            PhaseFinished(phase=number, phases=phases, size=phase.size, patches=patches, captions=captions,
                          image=image, path=path, evaluations=phase.evaluations),
        )  # fmt: skip

    def _image(self, size: Size) -> Image.Image:
        if self.picture is not None:
            return self.picture.convert("RGB").resize((size.width, size.height), Image.Resampling.LANCZOS)
        return Image.linear_gradient("L").resize((size.width, size.height)).convert("RGB")

    def _say(self, on_event: OnEvent, event: Event) -> None:
        if self.fault is not None and self.fault_at(event):
            raise self.fault
        time.sleep(self.delay)
        self.seen.append(event)
        on_event(event)
        if self.hold_at(event):
            self.held.set()
            while not self.release.wait(0.005):
                on_event(CaptionerWorking(phase=1))


def _halves(size: Size) -> tuple[Box, Box]:
    middle = size.height // 2
    return Box(0, 0, middle, size.width), Box(middle, 0, size.height, size.width)


def _pil_box(patch: Patch) -> tuple[int, int, int, int]:
    return patch.cell.left, patch.cell.top, patch.cell.right, patch.cell.bottom
