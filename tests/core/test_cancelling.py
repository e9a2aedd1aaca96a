"""Cancel in the midst of a unit of work: any network, loading, reading; the next run is as if it never was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from hiprompt_core import Cancelled, ControlNet, Engine, GenerationRequest, Size, cancelling, generate
from hiprompt_core.cancelling import answering, moment, stop_between_layers
from hiprompt_core.engine import _watch, computing
from hiprompt_core.errors import HiPromptError, ModelCorrupt
from hiprompt_core.events import Event, ModelLoading, PhaseStarted, StillWorking, TileDone, ignore_events
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.ladder import reside
from hiprompt_core.loading import loading
from hiprompt_core.models import hash_files, load_backbone
from hiprompt_core.progress import JsonLines, Lines
from hiprompt_core.rates import RateMeter, Rates
from tests.core.guide_models import make_controlnet, save_network, save_upscaler

Make = Callable[..., GenerationRequest]


@pytest.fixture(autouse=True)
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every tenth of a second, but at every moment."""
    monkeypatch.setattr(cancelling, "INTERVAL", 0.0)


class Cancelling:
    """Cancels at a moment that follows so many others, and counts those that come all the same."""

    def __init__(self, after: int, since: Callable[[Event], bool] = lambda event: True) -> None:
        self.left = after
        self.late = 0
        self.before: Event | None = None
        """The last thing that was finished."""
        self._since = since
        self._counts = False

    def __call__(self, event: Event) -> None:
        if self.left < 0:
            self.late += 1
        if isinstance(event, StillWorking):
            self.left -= self._counts
            if self.left < 0:
                raise Cancelled
        else:
            self._counts = self._counts or self._since(event)
            self.before = event


def in_phase_two(event: Event) -> bool:
    return isinstance(event, PhaseStarted) and event.phase == 2


@pytest.mark.parametrize("kind", ["esrgan", "swin2sr"])
def test_within_the_tile_of_an_upscaler(make_request: Make, engine: Engine, tmp_path: Path, kind: str) -> None:
    if kind == "swin2sr":
        upscaler = save_upscaler(tmp_path / kind)
    else:
        upscaler = save_network(tmp_path / "x.safetensors", "ESRGAN", num_filters=12, num_blocks=2, scale=4)
    stop = Cancelling(5, in_phase_two)
    with pytest.raises(Cancelled):
        generate(make_request(captions=False, upscaler=upscaler), stop, engine)
    assert isinstance(stop.before, PhaseStarted)
    assert stop.late == 0


@pytest.mark.parametrize("after", [3, 120, 400])
def test_a_run_cancelled_anywhere_goes_on_as_if_it_had_not_been(
    make_request: Make, engine: Engine, tmp_path: Path, after: int
) -> None:
    """Captioner, text encoders, VAE and UNet are all met on the way of two phases."""
    request = make_request()
    whole = generate(make_request(output=tmp_path / "whole"), engine=engine)
    stop = Cancelling(after, in_phase_two)
    with pytest.raises(Cancelled):
        generate(request, stop, engine)
    assert stop.late == 0
    assert generate(request, engine=engine).image.tobytes() == whole.image.tobytes()


@pytest.mark.parametrize("part", ["model", "captioner", "upscaler", "controlnet"])
def test_while_a_model_is_loaded(make_request: Make, backbone: SDXLBackbone, tmp_path: Path, part: str) -> None:
    """Nothing half loaded stays behind."""
    changes: dict[str, object] = {"captions": False}
    if part == "captioner":
        changes = {}
    if part == "upscaler":
        changes["upscaler"] = save_upscaler(tmp_path / "swin")
    if part == "controlnet":
        make_controlnet(backbone.unet).save_pretrained(tmp_path / "net")
        changes["controlnet"] = ControlNet(path=tmp_path / "net")
    request = make_request(**changes)
    path = getattr(request, part)
    name = (path.path if isinstance(path, ControlNet) else path).resolve().name
    stop = Cancelling(4, lambda event: isinstance(event, ModelLoading) and event.name == name)
    engine = Engine()
    with pytest.raises(Cancelled):
        generate(request, stop, engine)
    assert stop.before == ModelLoading(name=name)
    assert stop.late == 0
    assert generate(request, engine=engine).image.size == (128, 64)


def test_while_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(bytes(5 * 2**20))
    stop = Cancelling(2)
    stop(TileDone(phase=1, work="decode", done=1, tiles=1))
    with pytest.raises(Cancelled), answering(stop):
        hash_files([file])
    assert (stop.left, stop.late) == (-1, 0)


def test_a_listener_is_asked_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "INTERVAL", 60.0)
    events: list[Event] = []
    with answering(events.append):
        moment()
    assert not events
    moment()  # nobody listens


def test_the_outermost_listener_is_asked() -> None:
    outer: list[Event] = []
    inner: list[Event] = []
    with answering(outer.append):
        with answering(inner.append):
            moment()
        moment()
    assert (len(outer), len(inner)) == (2, 0)


@pytest.mark.parametrize("error", [RuntimeError("backend failed"), ModelCorrupt("The weights lack 'x'.", "")])
def test_what_libraries_make_of_a_cancel_is_still_a_cancel(error: HiPromptError | RuntimeError, tmp_path: Path) -> None:
    """Some catch every error, go on, and end with one of their own."""
    stop = Cancelling(0, lambda event: True)
    stop(ModelLoading(name="x"))
    asked = 0

    def work() -> None:
        nonlocal asked
        for _ in range(3):
            try:
                moment()
            except Cancelled:
                asked += 1
        raise error

    with pytest.raises(Cancelled), answering(stop), computing(), loading(tmp_path):
        work()
    assert (asked, stop.late) == (3, 0)


def test_errors_of_work_that_nobody_cancelled_stay(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt), answering(ignore_events), loading(tmp_path):
        raise RuntimeError("size mismatch")


def test_layers_compute_the_same_when_they_are_watched() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.GELU(), nn.Linear(4, 2)))
    values = torch.rand(3, 4)
    before = network(values)
    stop_between_layers(network)
    events: list[Event] = []
    with answering(events.append):
        assert torch.equal(network(values), before)
    assert events == [StillWorking()] * 3


@pytest.mark.parametrize(("device", "asked"), [("cpu", 2), ("cuda", 0), ("mps", 0)])
def test_layers_that_are_only_queued_do_not_ask(device: str, asked: int) -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.GELU())
    _watch(torch.device(device), network)
    events: list[Event] = []
    with answering(events.append):
        network(torch.rand(3, 4))
    assert len(events) == asked


def test_layers_that_are_sent_one_by_one_ask(backbone: SDXLBackbone, model: Path) -> None:
    own: Any = load_backbone(model, torch.device("cpu"), torch.float32)
    reside(own, "views", torch.device("cpu"), streamed=True)
    embeddings = backbone.encode_prompts(["a fox"])
    stop = Cancelling(3, lambda event: True)
    stop(ModelLoading(name="x"))
    with pytest.raises(Cancelled), answering(stop), torch.inference_mode():
        own.predict(torch.ones(1, 4, 8, 8), 500.0, embeddings, torch.ones(1, 6))
    assert stop.late == 0


def test_moments_are_no_work_and_nothing_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 1.0, 2.0, 3.0, 9.0])
    rates = Rates()
    meter = RateMeter(rates, 64, clock=lambda: next(clock))
    meter.on_event(PhaseStarted(phase=1, phases=1, size=Size(64, 64), patches=(), steps=1, evaluations=1))
    meter.on_event(TileDone(phase=1, work="decode", done=1, tiles=2))
    for _ in range(3):
        meter.on_event(StillWorking())
    meter.on_event(TileDone(phase=1, work="decode", done=2, tiles=2))
    assert rates.pixels["decode"].seconds == 2.0
    for report in (JsonLines(), Lines()):
        report(StillWorking())
    assert capsys.readouterr().out == ""
