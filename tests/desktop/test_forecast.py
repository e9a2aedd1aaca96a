"""What the plan says about time and memory: from this machine's own measures, kept from one start to the next."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import ModelLoading
from hiprompt_core.footprint import Fit, Place
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.plan import Plan, make_plan
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rate, Rates
from hiprompt_desktop.document import Wish
from hiprompt_desktop.machine import Cost, Machine
from hiprompt_desktop.phrases import MEASURE, plan_details, plan_text, time_left_text
from hiprompt_desktop.planner import Planner
from hiprompt_desktop.progress import Progress
from hiprompt_desktop.settings import Places
from tests.core.family_models import save_sd3
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

MODEL, CAPTIONER = demo_model(), demo_captioner()


def a_plan() -> Plan:
    wish = Wish(prompt="a fox", size=Size(512, 512), preset="fast", model=MODEL, captioner=CAPTIONER)
    return make_plan(wish.request(Path()), inspect_model(MODEL))


def known(book: RateBook, captioner: Path | None = CAPTIONER, place: str = "CPU float32") -> Rates:
    wish = Wish(prompt="a fox", size=Size(512, 512), model=MODEL, captioner=captioner)
    where = Place(name=place, free=None, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    return book.rates_of(wish.request(Path()), where)


def a_book() -> RateBook:
    """A hundredth of a second an evaluation, half a second a caption."""
    book = RateBook()
    rates = known(book)
    rates.evaluations[1] = Rate(seconds=1, units=100, samples=5)
    rates.captions.add(1, 2)
    rates.captions.add(1, 2)
    rates.pixels["decode"] = Rate(units=1, samples=1)
    return book


def some_rates() -> Rates:
    return known(a_book())


def test_what_was_learnt_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "state" / "rates.json"
    a_book().save(file)
    plan, book = a_plan(), RateBook.load(file)
    seconds = known(book).seconds_by_phase(plan)
    assert seconds == tuple(pytest.approx(p.evaluations / 100 + len(p.patches) / 2) for p in plan.phases)
    assert None not in known(book, captioner=None).seconds_by_phase(plan)[:1]  # the model is known by itself
    for place in ("CPU bfloat16", "CUDA float32"):
        assert known(book, place=place).seconds_by_phase(plan) == (None,) * 3


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 99}', b'{"format": 2, "models": {"x": {}}}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rates.json"
    file.write_bytes(content)
    assert known(RateBook.load(file)).seconds_by_phase(a_plan()) == (None,) * 3


def test_a_machine_that_became_slower_is_believed_after_a_while() -> None:
    rate = Rate()
    for _ in range(1000):
        rate.add(1, 1)
    for _ in range(100):
        rate.add(2, 1)
    assert rate.time_for(1) == pytest.approx(2, abs=0.3)


def plain(text: str) -> str:
    return re.sub("<[^>]*>", "", text).replace("\u00a0", " ")


def a_cost(*seconds: float | None, free: int | None = 8 << 30, **changes: object) -> Cost:
    fit = Fit(view_batch_size=8, tile=512, apart=False, parted=False, memory=6 << 30, fits=True)
    return Cost(seconds=seconds, fit=replace(fit, **changes), free=free)  # type: ignore[arg-type]


def test_the_plan_tells_time_and_memory() -> None:
    plan, cost = a_plan(), a_cost(1, 10, 31)
    assert plain(plan_text(plan, cost, "#000000")) == "128 › 256 › 512 · 34 patches · ≈ 40 s · 6.0 GB ✓ fits"
    assert "≈ 10 s" in plan_details(plan, cost).splitlines()[1]
    assert "8 views at once, VAE tiles of 512 pixels" in plan_details(plan, cost)
    unknown = a_cost(1, None, 31)
    text = "128 › 256 › 512 · 34 patches · 264 evaluations · {0} · 6.0 GB ✓ fits"
    assert plain(plan_text(plan, unknown, "#000000")) == text.format("how long?")
    assert plain(plan_text(plan, unknown, "#000000", measuring=True)) == text.format("measuring…")


@pytest.mark.parametrize(
    ("cost", "work"), [(a_cost(1, 10, 31), ["·_≈_40_s"]), (a_cost(1, None, 31), ["·_5_280_evaluations", "·_how_long?"])]
)
def test_a_plan_is_broken_between_its_parts(cost: Cost, work: list[str]) -> None:
    """Numbers stay with their units, and no line ends in a lone dot."""
    plan = a_plan()
    text = re.sub("<[^>]*>", "", plan_text(replace(plan, phases=plan.phases * 20), cost, "#000000"))
    pieces = text.rpartition("›")[2].replace("\u00a0", "_").split(" ")
    assert pieces == ["", "512", "·_680_patches", *work, "·_6.0_GB_✓_fits"]


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (a_cost(1, 1, 1, free=4 << 30, fits=False), "needs 6.0 GB, only 4.0 GB are free"),
        (a_cost(1, 1, 1, free=(6 << 30) + 1, fits=False), "needs 6.0 GB of 6.0 GB: tight"),
        (a_cost(1, 1, 1, apart=True), "6.0 GB ✓ fits, models take turns"),
        (a_cost(1, 1, 1, apart=True, parted=True), "6.0 GB ✓ fits part by part, slower"),
        (a_cost(1, 1, 1, free=None), "6.0 GB"),  # the engine is not there yet
    ],
)
def test_the_plan_tells_whether_it_fits(cost: Cost, said: str) -> None:
    assert plain(plan_text(a_plan(), cost, "#000000")).rpartition(" · ")[2] == said


def test_the_time_left_is_told_for_the_phase_and_the_whole() -> None:
    assert time_left_text(Progress(phase=1, phases=3)) == ""
    assert time_left_text(Progress(phase=1, phases=3, phase_seconds_left=4)) == "4 s left in this phase"
    both = Progress(phase=1, phases=3, phase_seconds_left=4, seconds_left=40)
    assert time_left_text(both) == "4 s in this phase · 40 s left"
    last = Progress(phase=3, phases=3, phase_seconds_left=4, seconds_left=4)
    assert time_left_text(last) == "4 s left"


def test_the_window_learns_from_a_picture_and_remembers(open_window: OpenWindow, qtbot: QtBot, places: Places) -> None:
    engine = ScriptedEngine(delay=0.001)
    application = open_window(engine)
    plan = application.window.request_panel.plan
    assert "evaluations" in plan.text()
    assert plan.text().endswith("✓\u00a0fits")
    assert "or after a picture" in plan.toolTip()
    with qtbot.waitSignal(application.session.picture_finished, timeout=20_000):
        application.session.picture_work.generate()
    qtbot.waitUntil(lambda: "≈" in plan.text(), timeout=5_000)
    assert "evaluations" not in plan.text()
    assert "or after a picture" not in plan.toolTip()
    assert not engine.measured
    application.shut_down()
    again = open_window(ScriptedEngine())
    qtbot.waitUntil(lambda: "≈" in again.window.request_panel.plan.text(), timeout=5_000)


def test_a_fresh_install_measures_small_models_once(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Seconds stand beside Generate before the first picture, and at the next start without another measurement."""
    engine = ScriptedEngine(small=True, rates=some_rates())
    application = open_window(engine)
    qtbot.waitUntil(lambda: "≈" in application.window.request_panel.plan.text(), timeout=5_000)
    assert engine.measured == [(MODEL, CAPTIONER)]
    assert not engine.requests
    application.shut_down()
    again = ScriptedEngine(small=True)
    application = open_window(again)
    qtbot.waitUntil(lambda: "≈" in application.window.request_panel.plan.text(), timeout=5_000)
    qtbot.waitUntil(lambda: application.engine.worker.warm, timeout=5_000)
    assert not again.measured


def test_large_models_are_measured_when_asked(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(rates=some_rates())
    application = open_window(engine)
    label = application.window.request_panel.plan
    qtbot.waitUntil(lambda: application.engine.worker.warm, timeout=5_000)
    assert MEASURE in label.text()
    assert not engine.measured
    label.linkActivated.emit(MEASURE)
    assert "measuring" in label.text()
    qtbot.waitUntil(lambda: "≈" in label.text(), timeout=5_000)
    assert engine.measured == [(MODEL, CAPTIONER)]


def test_a_measurement_that_fails_is_told(open_window: OpenWindow, qtbot: QtBot) -> None:
    fault = OutOfMemory("There is not enough memory.", "Choose a smaller model.")
    engine = ScriptedEngine(fault=fault, fault_at=lambda event: True)
    application = open_window(engine)
    label = application.window.request_panel.plan
    label.linkActivated.emit(MEASURE)
    qtbot.waitUntil(lambda: MEASURE in label.text(), timeout=5_000)
    message = application.session.messages.current
    assert message is not None
    assert message.text == fault.problem


def test_a_picture_goes_before_a_measurement(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Generate is pressed while the machine is measured: the measurement is left, the picture drawn."""
    engine = ScriptedEngine(small=True, rates=some_rates(), hold_at=lambda event: isinstance(event, ModelLoading))
    application = open_window(engine)
    qtbot.waitUntil(engine.held.is_set, timeout=5_000)
    engine.hold_at = lambda event: False
    with qtbot.waitSignal(application.session.picture_finished, timeout=20_000):
        application.session.picture_work.generate()
    assert not engine.measured


def test_a_picture_beyond_the_memory_is_warned_of(open_window: OpenWindow) -> None:
    engine = ScriptedEngine(free=1 << 20)
    application = open_window(engine)
    label = application.window.request_panel.plan
    assert "needs" in label.text()
    assert label.objectName() == "warning"
    engine.free = 10**12  # another program has ended
    application.session.next.retell_cost()
    assert label.text().endswith("✓\u00a0fits")
    assert label.objectName() == "muted"


def test_a_model_without_cross_attention_is_told_beside_generate(tmp_path: Path) -> None:
    model = save_sd3(tmp_path / "sd3", t5=False)
    wish = Wish(prompt="a fox", size=Size(256, 256), model=model, captioner=None, caption_source="attention")
    forecast = Planner().forecast(wish, Machine())
    assert forecast.plan is None
    assert forecast.problem == "Where sd3 places its words cannot be seen: it has no cross-attention."
    assert forecast.remedy == "Use a captioner or your own captions."
