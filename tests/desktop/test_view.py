"""Moving about a picture: fingers, keys, navigator, readout, heat maps, pieces that arrive early."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QEventPoint,
    QInputDevice,
    QNativeGestureEvent,
    QPainter,
    QPointingDevice,
    QTouchEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hiprompt_core.events import TileDone
from hiprompt_desktop.app import Application
from hiprompt_desktop.canvas import patch_layer
from hiprompt_desktop.canvas.view import CanvasView
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.settings import Places, load_settings
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_canvas import noise, pixels

Draw = Callable[..., None]


@pytest.fixture
def drawn(open_window: OpenWindow, draw: Draw) -> Application:
    application = open_window(ScriptedEngine(picture=noise(512, 512)))
    draw(application.session)
    return application


def wheel(view: CanvasView, pixel: QPoint, phase: Qt.ScrollPhase) -> None:
    spot = QPointF(200, 200)
    event = QWheelEvent(
        spot, view.viewport().mapToGlobal(spot), pixel, pixel * 2, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, phase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def test_two_fingers_on_a_touchpad_pan_and_a_fine_mouse_wheel_zooms(drawn: Application) -> None:
    view = drawn.window.view
    view.zoom_to(4.0)
    before = view.picture_rect().topLeft()
    wheel(view, QPoint(-12, -30), Qt.ScrollPhase.ScrollUpdate)
    assert view.zoom == pytest.approx(4)
    moved = view.picture_rect().topLeft() - before
    assert (moved.x(), moved.y()) == (-12, -30)
    wheel(view, QPoint(0, 30), Qt.ScrollPhase.NoScrollPhase)  # a mouse of a system that reports pixels, too
    assert view.zoom > 4


def native(view: CanvasView, kind: Qt.NativeGestureType, value: float) -> None:
    spot = QPointF(300, 250)
    device, everywhere = QPointingDevice.primaryPointingDevice(), view.viewport().mapToGlobal(spot)
    event = QNativeGestureEvent(kind, device, 2, spot, spot, everywhere, value, QPointF())
    QApplication.sendEvent(view.viewport(), event)


def test_a_pinch_zooms_at_the_fingers_and_a_double_tap_switches(drawn: Application) -> None:
    view = drawn.window.view
    zoom, before = view.zoom, view.mapToScene(QPoint(300, 250))
    native(view, Qt.NativeGestureType.BeginNativeGesture, 0)
    native(view, Qt.NativeGestureType.ZoomNativeGesture, 0.5)
    assert view.zoom == pytest.approx(zoom * 1.5)
    after = view.mapToScene(QPoint(300, 250))
    assert abs(after.x() - before.x()) * view.zoom < 2
    native(view, Qt.NativeGestureType.SmartZoomNativeGesture, 0)
    assert view.fitted
    native(view, Qt.NativeGestureType.SmartZoomNativeGesture, 0)
    assert view.zoom == pytest.approx(1)


def touch(view: CanvasView, kind: QEvent.Type, *spots: tuple[int, int]) -> None:
    port = view.viewport()
    device = QPointingDevice(
        "screen", 7, QInputDevice.DeviceType.TouchScreen, QPointingDevice.PointerType.Finger,
        QInputDevice.Capability.Position, 5, 0,
    )  # fmt: skip
    points = [
        QEventPoint(number, QEventPoint.State.Updated, QPointF(*spot), port.mapToGlobal(QPointF(*spot)))
        for number, spot in enumerate(spots)
    ]
    QApplication.sendEvent(port, QTouchEvent(kind, device, Qt.KeyboardModifier.NoModifier, points))


def test_fingers_on_a_screen_move_and_zoom(drawn: Application) -> None:
    view = drawn.window.view
    view.zoom_to(4.0)
    before = view.picture_rect()
    touch(view, QEvent.Type.TouchBegin, (200, 200))
    touch(view, QEvent.Type.TouchUpdate, (200, 200), (400, 200))
    touch(view, QEvent.Type.TouchUpdate, (170, 230), (430, 230))
    touch(view, QEvent.Type.TouchEnd, (170, 230), (430, 230))
    assert view.zoom == pytest.approx(4 * 260 / 200)
    scale = view.zoom / 4
    # What lay between the fingers is between them still, 30 pixels lower.
    assert view.picture_rect().top() == pytest.approx(230 + (before.top() - 200) * scale, abs=2)
    assert drawn.session.document.current is None


def test_a_tap_chooses_a_patch(drawn: Application) -> None:
    view = drawn.window.view
    centre = view.picture_rect().center()
    touch(view, QEvent.Type.TouchBegin, (int(centre.x()), int(centre.y())))
    touch(view, QEvent.Type.TouchEnd, (int(centre.x()) + 2, int(centre.y())))
    assert drawn.session.document.current == 12


def test_keys_zoom_to_whole_factors(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    drawn.window.activateWindow()
    view.setFocus()
    for key, zoom in ((Qt.Key.Key_1, 1), (Qt.Key.Key_2, 2), (Qt.Key.Key_3, 4), (Qt.Key.Key_4, 8)):
        qtbot.keyClick(view, key, Qt.KeyboardModifier.ControlModifier)
        assert view.zoom == pytest.approx(zoom)
    qtbot.keyClick(view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.fitted


def test_the_readout_tells_the_pixel_under_the_cursor(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    view.zoom_to(8.0)
    spot = QPoint(321, 207)
    scene = view.mapToScene(spot)
    qtbot.mouseMove(view.viewport(), QPoint(300, 200))
    qtbot.mouseMove(view.viewport(), spot)
    x, y = int(scene.x()), int(scene.y())
    red, green, blue = drawn.session.easel.pyramid.levels[0].pixelColor(x, y).getRgb()[:3]
    assert view.readout.isVisible()
    assert view.readout.text() == f"{x}, {y}   {red} {green} {blue}"
    view.fit()
    qtbot.mouseMove(view.viewport(), QPoint(3, 3))
    assert not view.readout.isVisible()


def test_the_readout_stays_in_its_corner_beside_a_fitted_picture(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    for _ in range(3):
        qtbot.mouseMove(view.viewport(), view.picture_rect().center().toPoint())
        assert view.readout.isVisible()
        drawn.window.folding.fold()
        qtbot.wait(1)
        place = view.readout.geometry()
        assert (place.left(), view.viewport().height() - 1 - place.bottom()) == (2, 2)
        assert place.top() > view.picture_rect().bottom()  # no caption is covered


def test_the_navigator_shows_where_one_is_and_leads_elsewhere(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    assert not view.navigator.isVisible()
    view.zoom_to(8.0)
    assert view.navigator.isVisible()
    corner = view.viewport().rect().bottomRight() - view.navigator.geometry().bottomRight()
    assert (corner.x(), corner.y()) == (8, 8)
    qtbot.mouseClick(view.navigator, Qt.MouseButton.LeftButton, pos=QPoint(view.navigator.width() // 4, 100))
    centre = view.mapToScene(view.viewport().rect().center())
    assert centre.x() == pytest.approx(512 / 4, abs=6)
    assert centre.y() == pytest.approx(512 * 100 / 146, abs=6)
    view.fit()
    assert not view.navigator.isVisible()


def test_the_backdrop_changes_and_is_remembered(drawn: Application, qtbot: QtBot, places: Places) -> None:
    view, action = drawn.window.view, drawn.window.actions_by_name["backdrop"]
    seen = set()
    for _ in range(4):
        image = pixels(view.viewport().grab().toImage())
        corner = image[2:18, 2:18].reshape(-1, 3)
        assert (corner == corner[:, :1]).all()  # neutral
        seen.add((int(corner.min()), int(corner.max())))
        action.trigger()
    assert len(seen) == 4
    action.trigger()
    drawn.save()
    assert load_settings(places.settings_file).backdrop == "light"


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_legend_covers_nothing_of_a_fitted_picture(
    open_window: OpenWindow, draw: Draw, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    application = open_window(ScriptedEngine(picture=noise(512, 512)), width=width, height=720)
    draw(application.session)
    view, actions = application.window.view, application.window.actions_by_name
    monkeypatch.setattr(patch_layer, "paint_heat_map", lambda *arguments: None)  # the legend alone is looked at
    for name in ("captions", "grid"):
        actions[name].setChecked(False)
    plain = pixels(view.viewport().grab().toImage())
    for name in ("seams", "repetition", "cost"):
        actions[name].trigger()
        qtbot.waitUntil(lambda: view.inspection.heat_map is not None, timeout=10_000)
        rows, columns = np.nonzero((pixels(view.viewport().grab().toImage()) != plain).any(axis=-1))
        assert 0 <= rows.min() < rows.max() < view.picture_rect().top()
        assert 8 <= columns.min() < columns.max() < view.viewport().width() - 8


def test_seams_and_repetition_are_measured_and_shown_one_at_a_time(
    open_window: OpenWindow, draw: Draw, qtbot: QtBot
) -> None:
    application = open_window(ScriptedEngine(picture=noise(512, 512)))
    draw(application.session)
    view, actions = application.window.view, application.window.actions_by_name
    actions["captions"].setChecked(False)
    plain = pixels(view.viewport().grab().toImage())
    actions["seams"].trigger()
    qtbot.waitUntil(lambda: view.inspection.heat_map is not None, timeout=10_000)
    assert view.inspection.heat_map.energy == pytest.approx(1, abs=0.2)
    seams = pixels(view.viewport().grab().toImage())
    assert (plain != seams).any()  # the legend, at least
    actions["repetition"].trigger()
    assert not actions["seams"].isChecked()
    qtbot.waitUntil(lambda: bool(view.inspection.heat_map and view.inspection.heat_map.repetitions), timeout=10_000)
    assert len(view.inspection.heat_map.repetitions) == 25
    application.session.show_phase(2)
    qtbot.waitUntil(lambda: bool(view.inspection.heat_map and view.inspection.heat_map.phase == 2), timeout=10_000)
    assert len(view.inspection.heat_map.repetitions) == 9
    actions["repetition"].trigger()
    assert view.inspection.heat_map is None


def test_tiles_are_painted_in_while_the_rest_is_decoded(open_window: OpenWindow, qtbot: QtBot) -> None:
    picture = Image.fromarray(np.full((512, 512, 3), (200, 0, 0), np.uint8))
    engine = ScriptedEngine(picture=picture)
    engine.hold_at = lambda event: (
        isinstance(event, TileDone) and event.work == "decode" and event.phase == 2 and event.done == 1
    )
    application = open_window(engine)
    view = application.window.view
    application.window.actions_by_name["grid"].setChecked(False)
    application.window.actions_by_name["captions"].setChecked(False)
    # Phase 1 is drawn in another colour, so that what is painted in shows.
    engine._image = lambda size: Image.new("RGB", (size.width, size.height), (0, 0, 90 if size.width == 128 else 200))  # type: ignore[method-assign]
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)

    def blues() -> tuple[int, int]:
        image, place = pixels(view.viewport().grab().toImage()), view.picture_rect().toRect()
        x = place.center().x()
        return int(image[place.top() + place.height() // 4, x, 2]), int(image[place.bottom() - 20, x, 2])

    qtbot.waitUntil(lambda: blues() == (200, 90), timeout=5000)
    application.session.cancel()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    assert blues() == (90, 90)  # half a picture is no picture


def test_what_stays_as_it_is_is_painted_once(drawn: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    view = drawn.window.view
    painted: list[bool] = []
    paint_still = CanvasView._paint_still

    def count(view: CanvasView, painter: QPainter, pyramid: Pyramid | None, grid: bool) -> None:
        painted.append(grid)
        paint_still(view, painter, pyramid, grid)

    monkeypatch.setattr(CanvasView, "_paint_still", count)

    def looks() -> list[np.ndarray]:
        painted.clear()
        return [pixels(view.viewport().grab().toImage()) for _ in range(4)]

    def same(seen: list[np.ndarray]) -> bool:
        return all(np.array_equal(seen[0], other) for other in seen[1:])

    seen = looks()
    assert same(seen)
    assert len(painted) <= 2
    for change in (
        lambda: view.set_overlays(grid=False, captions=True),
        lambda: view.set_backdrop("checker"),
        lambda: view.zoom_to(2.0),
        lambda: view.pan(QPointF(-40, 8)),
        lambda: drawn.session.show_phase(1),
        lambda: view.resize(view.width() - 50, view.height()),
    ):
        before = seen[0]
        change()
        seen = looks()
        assert same(seen)
        assert len(painted) == 2
        assert not np.array_equal(before, seen[0])
