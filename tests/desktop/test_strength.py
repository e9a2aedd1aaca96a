"""How much of each phase is drawn anew, chosen in the left panel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from hiprompt_core.metadata import read_record
from hiprompt_core.model_files import demo_model, inspect_model
from hiprompt_core.options import PRESETS
from hiprompt_desktop.app import Application
from hiprompt_desktop.document import Wish
from hiprompt_desktop.panels.strength_row import StrengthRow
from hiprompt_desktop.recall_wish import Part, wish_changes
from tests.desktop.conftest import OpenWindow
from tests.run_folders import make_run


def row(application: Application) -> StrengthRow:
    return application.window.request_panel.strength


def planned(application: Application) -> float:
    request = application.session.next.forecast.request
    assert request is not None
    return request.options.strength


def choose_preset(application: Application, name: str) -> None:
    box = application.window.request_panel.preset
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def test_it_follows_model_and_preset_until_it_is_moved(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    session, strength = application.session, row(application)
    wanted = inspect_model(demo_model()).strength
    assert wanted is not None
    assert (strength.slider.value(), strength.text.text()) == (100 * wanted, "10 % · 1/18")
    assert not strength.usual.isEnabled()
    evaluations = session.next.forecast.plan.evaluations
    strength.slider.setFocus()
    qtbot.keyClick(strength.slider, Qt.Key.Key_PageUp)
    qtbot.keyClick(strength.slider, Qt.Key.Key_PageUp)
    assert (session.next.wish.strength, planned(application), strength.text.text()) == (0.2, 0.2, "20 % · 3/18")
    assert session.next.forecast.plan.evaluations > evaluations
    session.undo.undo()
    assert (session.next.wish.strength, strength.slider.value()) == (None, 10)
    session.undo.redo()
    assert strength.slider.value() == 20
    qtbot.mouseClick(strength.usual, Qt.MouseButton.LeftButton)
    assert (session.next.wish.strength, strength.text.text()) == (None, "10 % · 1/18")


def test_a_preset_brings_its_own(open_window: OpenWindow) -> None:
    application = open_window()
    row(application).slider.setValue(60)
    assert application.session.next.steps.undoText() == "Change the strength"
    choose_preset(application, "paper")
    assert application.session.next.steps.undoText() == "Choose a preset"
    assert application.session.next.wish.strength is None
    assert planned(application) == PRESETS["paper"].strength
    assert row(application).text.text() == "78 % · 39/50"


def test_it_says_what_it_comes_to(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Steps are whole: other values may be the same picture."""
    application = open_window(width=960, height=600)
    strength = row(application)
    tips, widths = {}, set()
    for value in (5, 11, 12, 100):
        strength.slider.setValue(value)
        qtbot.wait(1)
        tips[value] = strength.slider.toolTip().split("\n")[1:]
        widths.add(strength.slider.width())
    assert tips[5] == tips[11]
    assert tips[5] == ["1 of 18 steps run in each phase after the first", "5 to 11 % are the same: steps are whole"]
    assert tips[12] == ["2 of 18 steps run in each phase after the first", "12 to 16 % are the same: steps are whole"]
    assert tips[100] == ["18 of 18 steps run in each phase after the first"]
    assert len(widths) == 1, "nothing moves under the mouse"
    choose_preset(application, "fast")
    strength.slider.setValue(16)
    assert strength.text.text() == "16 % · 1/12"


def test_without_a_model_there_is_nothing_to_move(open_window: OpenWindow, tmp_path: Path) -> None:
    application = open_window()
    application.session.next.change(model=tmp_path / "gone")
    assert not row(application).slider.isEnabled()
    assert row(application).text.text() == ""
    application.session.next.change(strength=0.3)
    assert (row(application).slider.isEnabled(), row(application).text.text()) == (True, "30 %")


def test_it_is_there_at_the_next_start(open_window: OpenWindow) -> None:
    first = open_window()
    row(first).slider.setValue(45)
    first.shut_down()
    again = open_window()
    assert (again.session.next.wish.strength, row(again).slider.value()) == (0.45, 45)


@pytest.mark.parametrize(("strength", "expected"), [(0.1, None), (0.25, 0.25), (0.6, 0.6)])
def test_a_picture_recalls_its_own(tmp_path: Path, strength: float, expected: float | None) -> None:
    """Also one of the time before the demo model said what it wants."""
    record = read_record(make_run(tmp_path / "run"))
    options = replace(PRESETS["fast"], guidance_scale=3.0, strength=strength)
    changes = wish_changes(replace(record, request=replace(record.request, options=options)), Part.EVERYTHING)
    assert (changes["preset"], changes["strength"]) == ("fast", expected)
    wish = replace(Wish(prompt="", size=record.request.size, model=demo_model(), captioner=None), **changes)
    assert wish.request(tmp_path, inspect_model(demo_model())).options.strength == strength


def roll(over: QWidget, angle: int) -> None:
    """Turn the wheel, as a window system tells it."""
    window = over.window()
    QTest.wheelEvent(window.windowHandle(), QPointF(over.mapTo(window, over.rect().center())), QPoint(0, angle))


def test_the_wheel_scrolls_the_column_and_changes_nothing(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    window, panel = application.window, application.window.request_panel
    window.resize(window.width(), window.minimumSizeHint().height())
    panel.more.button.click()
    area = panel.findChild(QScrollArea)
    scroll = area.verticalScrollBar()
    qtbot.waitUntil(lambda: scroll.maximum() > 0)
    panel.prompt.setFocus()
    wish = application.session.next.wish
    for field in (panel.strength.slider, panel.preset, panel.size_field.width_box, panel.model):
        area.ensureWidgetVisible(field)
        before = scroll.value()
        roll(field, -120 if before < scroll.maximum() else 120)
        qtbot.waitUntil(lambda before=before: scroll.value() != before)
    assert application.session.next.wish == wish
    panel.preset.setFocus()
    area.ensureWidgetVisible(panel.preset)
    roll(panel.preset, -120)
    qtbot.waitUntil(lambda: application.session.next.wish.preset != wish.preset)  # what has the focus is meant
