"""What the plan says about time and memory: from this machine's own measures, kept from one start to the next."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.plan import Plan, make_plan
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rate
from hiprompt_desktop.document import Wish
from hiprompt_desktop.machine import Cost, Machine
from hiprompt_desktop.phrases import plan_details, plan_text, time_left_text
from hiprompt_desktop.progress import Progress
from hiprompt_desktop.settings import Places
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

MODEL, CAPTIONER = demo_model(), demo_captioner()


def a_plan() -> Plan:
    wish = Wish(prompt="a fox", size=Size(512, 512), preset="fast", model=MODEL, captioner=CAPTIONER)
    return make_plan(wish.request(Path()), inspect_model(MODEL))


def a_book() -> RateBook:
    """A hundredth of a second an evaluation, half a second a caption."""
    book = RateBook()
    rates = book.rates(MODEL, CAPTIONER, "CPU")
    rates.evaluations[1] = Rate(seconds=1, units=100, samples=5)
    rates.captions.add(1, 2)
    rates.captions.add(1, 2)
    return book


def test_what_was_learnt_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "state" / "rates.json"
    a_book().save(file)
    plan, book = a_plan(), RateBook.load(file)
    seconds = book.rates(MODEL, CAPTIONER, "CPU").seconds_by_phase(plan)
    assert seconds == tuple(pytest.approx(p.evaluations / 100 + len(p.patches) / 2) for p in plan.phases)
    assert None not in book.rates(MODEL, None, "CPU").seconds_by_phase(plan)[:1]  # the model is known by itself
    assert book.rates(MODEL, CAPTIONER, "CUDA").seconds_by_phase(plan) == (None,) * 3


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 99}', b'{"format": 1, "models": {"x": {}}}'])
def test_a_damaged_file_is_as_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rates.json"
    file.write_bytes(content)
    assert RateBook.load(file).rates(MODEL, CAPTIONER, "CPU").seconds_by_phase(a_plan()) == (None,) * 3


def test_a_machine_that_became_slower_is_believed_after_a_while() -> None:
    rate = Rate()
    for _ in range(1000):
        rate.add(1, 1)
    for _ in range(100):
        rate.add(2, 1)
    assert rate.time_for(1) == pytest.approx(2, abs=0.3)


def plain(text: str) -> str:
    return re.sub("<[^>]*>", "", text).replace("\u00a0", " ")


def test_the_plan_tells_time_and_memory() -> None:
    plan = a_plan()
    cost = Cost(seconds=(1, 10, 31), memory=6 << 30, free=8 << 30)
    assert plain(plan_text(plan, cost, "#000000")) == "128 › 256 › 512 · 34 patches · ≈ 40 s · 6.0 GB ✓ fits"
    assert "≈ 10 s" in plan_details(plan, cost).splitlines()[1]
    cost = Cost(seconds=(1, None, 31), memory=6 << 30, free=4 << 30)
    text = plain(plan_text(plan, cost, "#000000"))
    assert text == "128 › 256 › 512 · 34 patches · 254 evaluations · needs 6.0 GB, only 4.0 GB are free"


def test_a_device_with_memory_of_its_own_counts_that() -> None:
    machine = Machine(device="CUDA", memory=1 << 20, book=a_book())
    assert not machine.cost(a_plan(), MODEL, CAPTIONER).fits
    machine.memory = None
    assert machine.cost(a_plan(), MODEL, CAPTIONER).fits


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
    assert "after the first picture" in plan.toolTip()
    with qtbot.waitSignal(application.session.picture_finished, timeout=20_000):
        application.session.generate()
    qtbot.waitUntil(lambda: "≈" in plan.text(), timeout=5_000)
    assert "evaluations" not in plan.text()
    assert "after the first picture" not in plan.toolTip()
    application.shut_down()
    again = open_window(ScriptedEngine())
    qtbot.waitUntil(lambda: "≈" in again.window.request_panel.plan.text(), timeout=5_000)


def test_a_picture_beyond_the_memory_is_warned_of(open_window: OpenWindow) -> None:
    application = open_window(ScriptedEngine(memory=1 << 20))
    label = application.window.request_panel.plan
    assert "needs" in label.text()
    assert label.objectName() == "warning"
