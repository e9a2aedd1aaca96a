"""The dots over the picture: no number is ever cut, and every phase can be reached, however narrow the window is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hiprompt_core.events import StepDone
from hiprompt_core.geometry import Size
from hiprompt_desktop.app import Application
from hiprompt_desktop.panels.phase_strip import PhaseStrip, whole_ones
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine


def opened(open_window: OpenWindow, preset: str, side: int, phase: int = 2) -> tuple[Application, ScriptedEngine]:
    """A window that draws one of its phases."""
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == phase)
    application = open_window(engine)
    application.session.next.change(preset=preset, size=Size(side, side))
    application.session.picture_work.generate()
    return application, engine


def numbers(strip: PhaseStrip) -> list[str]:
    """What is read, from left to right; a dot alone is a point."""
    inside = [dot for dot in strip.dots if strip.rect().intersects(dot.geometry())]
    assert inside
    for dot in inside:
        assert strip.rect().contains(dot.geometry()), "nothing is cut"
        assert dot.width() == dot.width_when(dot.named)
    return [dot.text() if dot.named else "." for dot in inside]


@pytest.mark.parametrize(("preset", "side"), [("balanced", 512), ("paper", 1024), ("paper", 2048)])
@pytest.mark.parametrize(("width", "height"), [(1600, 1000), (1280, 720), (960, 600)])
def test_numbers_are_whole_or_left_out(
    open_window: OpenWindow, qtbot: QtBot, preset: str, side: int, width: int, height: int
) -> None:
    application, engine = opened(open_window, preset, side)
    qtbot.waitUntil(engine.held.is_set, timeout=20_000)
    qtbot.waitUntil(lambda: application.session.progress.phase == 2, timeout=5_000)
    window, strip = application.window, application.window.picture_panel.strip
    window.resize(width, height)
    qtbot.wait(20)
    read = numbers(strip)
    assert len(strip.dots) == {("balanced", 512): 3, ("paper", 1024): 8, ("paper", 2048): 16}[preset, side]
    assert "256" in read, "what is shown and in work is told, and in sight"
    if width == 1600:
        assert len(read) == len(strip.dots)
        assert read[-1] == str(side)


def test_phases_out_of_sight_come_by_wheel_click_and_key(open_window: OpenWindow, qtbot: QtBot) -> None:
    application, engine = opened(open_window, "paper", 2048)
    qtbot.waitUntil(engine.held.is_set, timeout=20_000)
    qtbot.waitUntil(lambda: application.session.progress.phase == 2, timeout=5_000)
    application.window.resize(960, 600)
    qtbot.wait(20)
    strip = application.window.picture_panel.strip
    assert not strip.dots[15].geometry().intersects(strip.rect())
    for _ in range(20):
        qtbot.mouseClick(strip.after, Qt.MouseButton.LeftButton)
    assert strip.rect().contains(strip.dots[15].geometry())
    assert not strip.after.isEnabled()
    numbers(strip)
    strip.dots[0].setFocus(Qt.FocusReason.TabFocusReason)
    assert strip.rect().contains(strip.dots[0].geometry())
    application.window.resize(1600, 1000)
    qtbot.wait(20)
    assert strip.before.isHidden()
    assert len(numbers(strip)) == 16


def test_only_whole_dots_are_shown() -> None:
    widths = [22, 60, 22, 22, 60]
    assert whole_ones(widths, 200, 0) == range(5)
    assert whole_ones(widths, 90, 0) == range(2)
    assert whole_ones(widths, 90, 1) == range(1, 3)
    assert whole_ones(widths, 90, 4) == range(3, 5), "no room is left empty at the end"
    assert whole_ones(widths, 10, 1) == range(1, 2), "one at least"
