"""Two pictures looked at together, in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from hiprompt_core.events import StepDone
from hiprompt_core.geometry import Size
from hiprompt_desktop.app import Application
from hiprompt_desktop.canvas.compare import CompareMode
from hiprompt_desktop.comparison import PictureRef, comparable
from hiprompt_desktop.patch_requests import Redrawing
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_canvas import pixels

Draw = Callable[..., None]


def compared(application: Application) -> tuple[tuple[int, int], tuple[int, int]]:
    pair = application.session.easel.comparison
    assert pair is not None
    return (pair.a.phase, pair.a.version), (pair.b.phase, pair.b.version)


def shown(application: Application) -> np.ndarray:
    return pixels(application.window.view.viewport().grab().toImage())


def wait_for_both(application: Application, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: None not in application.window.view.compare.pictures, timeout=10_000)


@pytest.fixture
def redrawn(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> Application:
    """A grey picture, and a second version of it with a red patch in the middle."""
    application = open_window(ScriptedEngine(picture=Image.new("RGB", (512, 512), (90, 90, 90))))
    draw(application.session)
    application.session.select(12)
    with qtbot.waitSignal(application.session.picture_finished, timeout=10_000):
        application.session.patch_work.regenerate(Redrawing(strength=0.5, seed=1))
    application.window.activateWindow()
    application.window.view.setFocus()
    return application


def test_a_patch_drawn_again_is_compared_with_the_version_before(redrawn: Application, qtbot: QtBot) -> None:
    view = redrawn.window.view
    assert not view.compare_bar.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_C)
    assert view.compare_bar.isVisible()
    assert compared(redrawn) == ((3, 1), (3, 2))
    wait_for_both(redrawn, qtbot)
    middle = view.picture_rect().center().toPoint()
    view.compare.set_split(0.0)
    assert shown(redrawn)[middle.y() + 30, middle.x() - 30].tolist() == [255, 0, 0]  # B: the new one
    view.compare.set_split(1.0)
    assert shown(redrawn)[middle.y() + 30, middle.x() - 30].tolist() == [90, 90, 90]  # A: the old one
    qtbot.keyClick(view, Qt.Key.Key_X)
    assert compared(redrawn) == ((3, 2), (3, 1))
    assert shown(redrawn)[middle.y() + 30, middle.x() - 30].tolist() == [255, 0, 0]
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert redrawn.session.easel.comparison is None
    assert not view.compare_bar.isVisible()


def test_the_slider_is_dragged_and_nudged(redrawn: Application, qtbot: QtBot) -> None:
    view, port = redrawn.window.view, redrawn.window.view.viewport()
    qtbot.keyClick(view, Qt.Key.Key_C)
    wait_for_both(redrawn, qtbot)
    place = view.picture_rect()
    start = QPoint(port.width() // 2, 300)
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(port, QPoint(port.width() // 4, 300))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(port.width() // 4, 300))
    assert view.compare.split == pytest.approx(0.25, abs=0.01)
    assert view.picture_rect() == place  # the picture did not move with it
    before = view.compare.split
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.compare.split > before
    assert redrawn.session.document.current == 12  # arrows chose no other patch


def test_side_by_side_shows_the_same_part_twice(redrawn: Application, qtbot: QtBot) -> None:
    view = redrawn.window.view
    qtbot.keyClick(view, Qt.Key.Key_C)
    wait_for_both(redrawn, qtbot)
    qtbot.keyClick(view, Qt.Key.Key_M)
    assert view.compare.mode is CompareMode.SIDE_BY_SIDE
    assert view.fitted
    assert view.picture_rect().width() < view.viewport().width() / 2
    view.zoom_to(3.0)
    half = view.viewport().width() // 2
    image = shown(redrawn)
    spot = (view.viewport().height() // 2 + 20, half // 2 + 20)
    assert image[spot].tolist() == [90, 90, 90]
    assert image[spot[0], spot[1] + half].tolist() == [255, 0, 0]
    # The same spot of both halves is the same spot of the picture, also as an anchor.
    left, right = QPoint(spot[1], spot[0]), QPoint(spot[1] + half, spot[0])
    assert view._plane_point(left) == view._plane_point(right)
    before = view.mapToScene(view._plane_point(right))
    view.zoom_to(6.0, right)
    after = view.mapToScene(view._plane_point(right))
    assert abs(after.x() - before.x()) < 0.5


def test_the_difference_is_black_but_for_what_changed_and_amplified(redrawn: Application, qtbot: QtBot) -> None:
    view = redrawn.window.view
    qtbot.keyClick(view, Qt.Key.Key_C)
    wait_for_both(redrawn, qtbot)
    view.compare.set_mode(CompareMode.DIFFERENCE)
    view.compare.set_gain(1)
    middle, corner = view.picture_rect().center().toPoint(), view.picture_rect().topLeft().toPoint() + QPoint(5, 80)
    assert shown(redrawn)[middle.y(), middle.x()].tolist() == [165, 90, 90]
    assert shown(redrawn)[corner.y(), corner.x()].tolist() == [0, 0, 0]
    assert view.compare_bar.gain.isVisible()
    view.compare.set_gain(2)
    assert shown(redrawn)[middle.y(), middle.x()].tolist() == [255, 180, 180]


def test_phases_of_other_sizes_are_compared_in_the_same_place(redrawn: Application, qtbot: QtBot) -> None:
    refs = comparable(redrawn.session.document)
    assert [(ref.phase, ref.version) for ref in refs] == [(1, 1), (2, 1), (3, 1), (3, 2)]
    view = redrawn.window.view
    qtbot.keyClick(view, Qt.Key.Key_C)
    place = view.picture_rect()
    view.compare_bar.choose("a", refs[0])
    wait_for_both(redrawn, qtbot)
    assert view._size == Size(512, 512)
    assert view.picture_rect() == place
    view.compare.set_mode(CompareMode.DIFFERENCE)
    corner = place.topLeft().toPoint() + QPoint(5, 80)
    assert shown(redrawn)[corner.y(), corner.x()].tolist() == [0, 0, 0]


def test_an_outside_picture_is_chosen_by_the_menu(redrawn: Application, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "sketch.jpg"
    Image.new("RGB", (700, 700), (0, 0, 200)).save(file, quality=95)
    view = redrawn.window.view
    qtbot.keyClick(view, Qt.Key.Key_C)
    menu = view.compare_bar.a.menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    names = [action.text() for action in menu.actions() if action.text()]
    assert names[0].startswith("Phase 1 · 128 × 128")
    assert names[-1] == "Another picture…"
    menu.actions()[-1].trigger()
    dialog = redrawn.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(file))
    dialog.close()
    wait_for_both(redrawn, qtbot)
    assert view._size == Size(700, 700)
    assert view.compare_bar.a.text() == "A  sketch.jpg"
    assert view.compare.pictures[0].levels[0].pixelColor(5, 5).blue() > 190


def test_a_file_that_is_no_picture_is_told_in_words(redrawn: Application, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "notes.png"
    file.write_text("not a picture")
    qtbot.keyClick(redrawn.window.view, Qt.Key.Key_C)
    redrawn.window.view.compare_bar.choose("b", PictureRef(path=file))
    qtbot.waitUntil(lambda: redrawn.session.messages.current is not None, timeout=5000)
    assert f"{file} cannot be read" in redrawn.session.messages.current.text
    assert redrawn.session.easel.comparison is None


def test_the_phase_before_is_the_usual_partner(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> None:
    application = open_window()
    action = application.window.actions_by_name["compare"]
    assert not action.isEnabled()
    draw(application.session)
    action.trigger()
    assert compared(application) == ((2, 1), (3, 1))
    action.trigger()
    assert application.session.easel.comparison is None
    application.session.show_phase(1)
    action.trigger()
    assert compared(application) == ((1, 1), (3, 1))


def test_a_new_picture_ends_the_comparison_and_escape_cancels_while_drawing(
    open_window: OpenWindow, draw: Draw, qtbot: QtBot
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    draw(application.session)
    application.window.actions_by_name["compare"].trigger()
    engine.hold_at = lambda event: isinstance(event, StepDone) and event.phase == 2
    application.session.picture_work.generate()
    assert application.session.easel.comparison is None
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    application.window.activateWindow()
    qtbot.waitUntil(lambda: application.session.document.last_finished() == 1)
    application.window.actions_by_name["compare"].trigger()
    application.window.view.setFocus()
    qtbot.keyClick(application.window.view, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    assert application.session.easel.comparison is not None  # this Escape was for the drawing
    qtbot.keyClick(application.window.view, Qt.Key.Key_Escape)
    assert application.session.easel.comparison is None
