"""Progress only rises, and the time that is left comes from finished units alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from hiprompt_core.errors import Cancelled
from hiprompt_core.events import (
    CaptionerWorking,
    Event,
    ModelLoading,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    TileDone,
    ViewBatchDone,
    Warned,
)
from hiprompt_core.footprint import seen_pixels
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.plan import Plan, make_plan
from hiprompt_core.rates import Rates
from hiprompt_desktop.document import Wish
from hiprompt_desktop.job import Job
from hiprompt_desktop.progress import Activity, ProgressTracker
from hiprompt_desktop.reporter import INTERVAL, Report, Reporter
from tests.desktop.scripted_engine import ScriptedEngine


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def a_request(tmp_path: Path, captioner: bool = True, side: int = 512):  # type: ignore[no-untyped-def]
    wish = Wish(
        prompt="a fox", size=Size(side, side), preset="fast", model=demo_model(),
        captioner=demo_captioner() if captioner else None,
    )  # fmt: skip
    return wish.request(tmp_path / "out")


def a_plan(tmp_path: Path, captioner: bool = True) -> Plan:
    return make_plan(a_request(tmp_path, captioner), inspect_model(demo_model()))


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    tracker = ProgressTracker(a_plan(tmp_path))
    fractions = []

    def on_event(event: Event) -> None:
        tracker.on_event(event)
        fractions.append(tracker.progress().fraction)

    ScriptedEngine().generate(a_request(tmp_path), on_event)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == pytest.approx(1)
    assert len(set(fractions)) > 40


def test_the_time_left_waits_for_two_samples_and_is_then_right(tmp_path: Path) -> None:
    clock = Clock()
    plan = a_plan(tmp_path, captioner=False)
    tracker = ProgressTracker(plan, clock=clock)
    first = plan.phases[0]
    tracker.on_event(
        PhaseStarted(phase=1, phases=3, size=first.size, patches=(), steps=first.steps, evaluations=first.evaluations)
    )
    for step in (1, 2):
        assert tracker.progress().seconds_left is None
        clock.now += 2  # one second an evaluation
        tracker.on_event(ViewBatchDone(phase=1, step=step, done=1, views=1, evaluations=2))
        tracker.on_event(StepDone(phase=1, step=step, steps=first.steps))
    assert tracker.progress().seconds_left == pytest.approx(plan.evaluations - 4)
    clock.now += 1000  # an unfinished unit says nothing
    assert tracker.progress().seconds_left == pytest.approx(plan.evaluations - 4)


def test_the_time_left_is_unknown_while_captions_were_never_measured(tmp_path: Path) -> None:
    clock = Clock()
    plan = a_plan(tmp_path)
    rates = Rates()
    tracker = ProgressTracker(plan, rates, clock)
    phase = plan.phases[1]
    tracker.on_event(ModelLoading(name="demo"))
    clock.now += 50
    tracker.on_event(
        PhaseStarted(
            phase=2, phases=3, size=phase.size, patches=phase.patches, steps=phase.steps, evaluations=phase.evaluations
        )
    )
    for step in (1, 2, 3):
        clock.now += 1
        tracker.on_event(ViewBatchDone(phase=2, step=step, done=1, views=1, evaluations=10))
    assert rates.seconds_by_phase(plan)[1] is None  # loading took 50 s and counts for nothing; captions are unknown
    clock.now += 4
    tracker.on_event(CaptionerWorking(phase=2))
    for index in range(4):
        tracker.on_event(PatchCaptioned(phase=2, patch=index, caption="x", done=index + 1, patches=4))
    assert rates.captions.time_for(1) == pytest.approx(1)
    assert sum(rates.seconds_by_phase(plan)) == pytest.approx(plan.evaluations * 0.1 + plan.captions)


def with_an_upscaler(plan: Plan) -> Plan:
    later = [replace(phase, seen=seen_pixels(before.size, plan.fit.tile)) for before, phase in pairwise(plan.phases)]
    return replace(plan, phases=(plan.phases[0], *later))


def draw_upscaled(plan: Plan, tell: Callable[[Event, float], None]) -> None:
    """A run's events, each with the seconds before it: one an evaluation, twenty a tile of the upscaler."""
    for phase in plan.phases:
        told = {"phase": phase.number, "phases": len(plan.phases), "size": phase.size}
        tell(PhaseStarted(**told, patches=phase.patches, steps=phase.steps, evaluations=phase.evaluations), 0)
        tiles = phase.seen // 2**13
        for tile in range(1, tiles + 1):
            tell(TileDone(phase=phase.number, work="upscale", done=tile, tiles=tiles), 20)
        for step in range(1, phase.steps + 1):
            share = phase.evaluations // phase.steps
            tell(ViewBatchDone(phase=phase.number, step=step, done=1, views=1, evaluations=share), share)
            tell(StepDone(phase=phase.number, step=step, steps=phase.steps), 0)
        tell(TileDone(phase=phase.number, work="decode", done=1, tiles=1), 1)


def test_the_bar_goes_by_time_while_an_upscaler_works(tmp_path: Path) -> None:
    """The same share of the bar as of the time, on a machine that has drawn such a picture before."""
    plan, rates = with_an_upscaler(a_plan(tmp_path, captioner=False)), Rates()

    def drawn() -> list[tuple[float, float]]:
        clock, shown = Clock(), list[tuple[float, float]]()
        tracker, began = ProgressTracker(plan, rates, clock), clock.now

        def tell(event: Event, seconds: float) -> None:
            clock.now += seconds
            tracker.on_event(event)
            shown.append((clock.now - began, tracker.progress().fraction))

        draw_upscaled(plan, tell)
        return shown

    first, shown = drawn(), drawn()
    for fractions in ([fraction for _, fraction in first], [fraction for _, fraction in shown]):
        assert fractions == sorted(fractions)
        assert fractions[-1] == pytest.approx(1, abs=0.01)
    assert all(fraction == pytest.approx(seconds / shown[-1][0], abs=0.03) for seconds, fraction in shown)


def test_tiles_of_an_unknown_upscaler_move_the_bar(tmp_path: Path) -> None:
    plan = with_an_upscaler(a_plan(tmp_path, captioner=False))
    tracker, fractions = ProgressTracker(plan, clock=Clock()), list[float]()

    def tell(event: Event, seconds: float) -> None:
        tracker.on_event(event)
        fractions.append(tracker.progress().fraction)

    draw_upscaled(plan, tell)
    assert fractions == sorted(fractions)
    started = plan.phases[0].steps * 2 + 2
    assert len(set(fractions[started : started + 3])) == 3


def test_drawing_a_patch_again_has_progress_of_its_own() -> None:
    tracker = ProgressTracker(None)
    size = Size(256, 256)
    tracker.on_event(PhaseStarted(phase=3, phases=3, size=size, patches=(), steps=4, evaluations=40))
    assert tracker.progress().fraction == 0
    tracker.on_event(StepDone(phase=3, step=2, steps=4))
    assert 0.4 < tracker.progress().fraction < 0.6
    assert tracker.progress().activity is Activity.DRAWING


def test_drawing_patches_again_tells_the_time_left_of_all_variations() -> None:
    clock = Clock()
    tracker = ProgressTracker(None, clock=clock, rounds=3)
    size = Size(256, 256)
    tracker.on_event(PhaseStarted(phase=3, phases=3, size=size, patches=(), steps=4, evaluations=40))
    for step in range(1, 5):
        assert (tracker.progress().seconds_left is None) == (step < 3)
        clock.now += 1
        tracker.on_event(ViewBatchDone(phase=3, step=step, done=1, views=1, evaluations=10))
    assert tracker.progress().seconds_left == pytest.approx(8)


def test_reports_come_at_most_ten_times_a_second(tmp_path: Path) -> None:
    clock = Clock()
    reports: list[Report] = []
    reporter = Reporter(Job(request=a_request(tmp_path)), Rates(), reports.append, clock)
    for step in range(1000):
        clock.now += 0.001
        reporter(StepDone(phase=1, step=step, steps=1000))
    assert 9 <= len(reports) <= 1 / INTERVAL + 1


def test_nothing_that_matters_is_lost_to_the_throttle(tmp_path: Path) -> None:
    clock = Clock()
    reports: list[Report] = []
    request = a_request(tmp_path)
    reporter = Reporter(Job(request=request), Rates(), reports.append, clock)
    ScriptedEngine().generate(request, reporter)
    reporter(Warned(message="look"))
    captions = [event for report in reports for event in report.captions]
    assert [(event.phase, event.patch) for event in captions] == [(2, i) for i in range(9)] + [
        (3, i) for i in range(25)
    ]
    assert [report.picture.finished.phase for report in reports if report.picture] == [1, 2, 3]
    assert [report.started.phase for report in reports if report.started] == [1, 2, 3]
    assert [report.warning for report in reports if report.warning] == ["look"]


def test_a_cancel_is_answered_at_the_next_event_and_keeps_a_finished_phase(tmp_path: Path) -> None:
    reports: list[Report] = []
    job = Job(request=a_request(tmp_path))
    reporter = Reporter(job, Rates(), reports.append)
    job.cancel.set()
    with pytest.raises(Cancelled):
        reporter(StepDone(phase=1, step=1, steps=2))
    assert reports == []
    finished = PhaseFinished(
        phase=1, phases=2, size=Size(64, 64), patches=(), captions=(), image=Image.new("RGB", (64, 64)),
        path=tmp_path / "1.png", evaluations=1,
    )  # fmt: skip
    with pytest.raises(Cancelled):
        reporter(finished)
    assert [report.picture.finished for report in reports if report.picture] == [finished]
