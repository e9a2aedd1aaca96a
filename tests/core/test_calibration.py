"""The one short measurement: rates for a first plan, quickly, and left when somebody wants that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hiprompt_core import Cancelled, Engine, GenerationRequest, calibration, make_plan
from hiprompt_core.calibration import calibrate
from hiprompt_core.events import Event, PhaseStarted, StepDone
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.rates import Rates
from tests.core.guide_models import save_upscaler

Make = Callable[..., GenerationRequest]


@pytest.mark.parametrize("captions", [True, False])
def test_a_measurement_foretells_every_phase(make_request: Make, engine: Engine, captions: bool) -> None:
    request = make_request(captions=captions, **({} if captions else {"captioner": None}))
    captioner = inspect_captioner(request.captioner) if request.captioner else None
    plan = make_plan(request, inspect_model(request.model), captioner)
    events: list[Event] = []
    rates = calibrate(request, engine, events.append)
    assert rates.know(captions)
    assert all(seconds for seconds in rates.seconds_by_phase(plan))
    assert set(rates.pixels) == {"encode", "decode", "rest", "beside"}
    assert not request.output.exists()
    assert sum(isinstance(event, PhaseStarted) for event in events) == 5  # one to warm up, two pictures of two


@pytest.mark.parametrize("slow", [False, True])
def test_an_upscaler_is_foretold_too(
    make_request: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    """The small picture is one tile of it, and one tile alone is not believed."""
    monkeypatch.setattr(calibration, "SLOW", 0.0 if slow else 1e9)
    request = make_request(captions=False, captioner=None, upscaler=save_upscaler(tmp_path / "swin"))
    rates = calibrate(request, engine)
    assert rates.know(captions=False, upscaled=True)
    assert all(rates.seconds_by_phase(make_plan(request, inspect_model(request.model))))
    assert not Rates(evaluations=rates.evaluations, pixels=rates.pixels).know(captions=False, upscaled=True)


def test_a_slow_machine_draws_as_little_as_possible(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "SLOW", 0.0)
    events: list[Event] = []
    assert calibrate(make_request(), engine, events.append).know(True)
    patches = [len(event.patches) for event in events if isinstance(event, PhaseStarted)]
    assert patches == [0, 0, 2]


def test_a_measurement_is_left_at_once(make_request: Make, engine: Engine) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    with pytest.raises(Cancelled):
        calibrate(make_request(), engine, stop)


def test_nothing_is_foretold_from_nothing(make_request: Make) -> None:
    request = make_request(captions=False)
    plan = make_plan(request, inspect_model(request.model))
    assert Rates().seconds_by_phase(plan) == (None,) * len(plan.phases)
    assert not Rates().know(False)
