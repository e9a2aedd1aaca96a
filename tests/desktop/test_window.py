"""What a user sees and does, through the real window and thread, with a scriptable engine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import HiPromptError
from hiprompt_core.events import OnEvent, PatchCaptioned, PhaseFinished, PhaseStarted, StepDone, Warned
from hiprompt_core.geometry import Size
from hiprompt_core.project import Project
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_desktop.app import Application
from hiprompt_desktop.canvas.overlay_geometry import box_rect
from hiprompt_desktop.job import JobState
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.settings import Places, load_settings
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[..., None]
ROOT = Path(__file__).parents[2]


def status(application: Application) -> str:
    return application.window.bottom.status.text.text()


def message(application: Application) -> str:
    bar = application.window.bottom.messages
    return bar.text.text() if bar.isVisible() else ""


def captions_shown(application: Application) -> list[str]:
    model = application.window.captions_panel.model
    return [model.index(row).data() for row in range(model.rowCount())]


def cell_centre(application: Application, patch: int) -> QPoint:
    view, phase = application.window.view, application.session.document.shown_phase
    assert phase is not None
    return box_rect(phase.patches[patch].cell, phase.size, view.picture_rect()).center().toPoint()


def test_the_window_shows_before_torch_is_imported(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from hiprompt_desktop.app import Application
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.pipeline_engine import load_engine
from hiprompt_desktop.settings import Places, load_settings
app = QApplication([])
application = Application(Places.under(Path(sys.argv[1])), parse_arguments([]), load_engine, LogLocation(None))
application.start()
app.processEvents()
assert application.window.isVisible() and application.window.windowTitle().startswith("HiPrompt")
assert "Generate" in application.window.request_panel.generate.text()
print(sorted({"torch", "diffusers", "transformers", "numpy"} & set(sys.modules)))
application.shut_down()
"""
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"


def test_thousands_of_signals_leave_python_alive() -> None:
    """PySide 6.12 takes a reference of True with each signal; on Python 3.11 that once ended the program."""
    script = """
import hiprompt_desktop
from PySide6.QtCore import QObject, Signal
class Source(QObject):
    told = Signal()
source = Source()
for _ in range(20000):
    source.told.emit()
print("alive")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "alive"


def test_the_first_start_is_one_click_from_a_picture(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    assert "HiPrompt" in window.windowTitle()
    assert window.request_panel.prompt.toPlainText() == "a fox and a tree, a green meadow"
    assert window.request_panel.model.currentText() == "Demo model"
    assert window.request_panel.plan.text().split(" ·\u00a0")[1:3] == ["34\u00a0patches", "162\u00a0evaluations"]
    assert window.picture_panel.invitation.isVisible()
    with qtbot.waitSignal(application.session.picture_finished, timeout=20_000):
        qtbot.mouseClick(window.request_panel.generate, Qt.MouseButton.LeftButton)
    assert not window.picture_panel.invitation.isVisible()
    assert window.view._size == Size(512, 512)
    assert status(application).startswith("Saved in ")
    assert len(captions_shown(application)) == 25
    assert all(captions_shown(application))
    assert application.session.document.folder is not None
    assert (application.session.document.folder / "phase-3-512x512.png").exists()
    assert window.bottom.status.badge.text() == "offline"
    assert window.bottom.status.device.text() == "TEST"


def test_work_happens_in_one_other_thread(open_window: OpenWindow, draw: Draw) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    draw(application.session)
    draw(application.session)
    assert len(engine.threads) == 1
    assert threading.get_ident() not in engine.threads


def test_a_sample_prompt_can_be_clicked(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    button = application.window.picture_panel.invitation.buttons[1]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert application.window.request_panel.prompt.toPlainText() == button.text()
    assert application.session.next.wish.prompt == button.text()


def test_ctrl_return_generates_while_typing_and_escape_cancels(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone))
    application = open_window(engine)
    application.window.activateWindow()
    prompt = application.window.request_panel.prompt
    prompt.setFocus()
    qtbot.keyClick(prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(engine.held.is_set)
    assert prompt.toPlainText() == "a fox and a tree, a green meadow"
    assert application.window.request_panel.generate.text() == "Add to queue"
    assert application.window.bottom.status.cancel.isVisible()
    qtbot.keyClick(prompt, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not application.session.busy)
    assert status(application) == "Cancelled."
    assert application.window.request_panel.generate.text() == "Generate"
    assert not application.window.bottom.status.cancel.isVisible()


def test_escape_thinks_twice_about_long_work(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone))
    application = open_window(engine)
    session, view = application.session, application.window.view
    application.window.second_thought._clock = lambda: now[0]
    now = [100.0]
    for begun, ended in ((0, 29), (0, 31)):
        now[0] = begun
        engine.held.clear()
        session.picture_work.generate()
        qtbot.waitUntil(engine.held.is_set)
        now[0] = ended
        qtbot.keyClick(view, Qt.Key.Key_Escape)
        assert (session.state is JobState.RUNNING) is (ended == 31)
        if ended == 31:
            assert "Esc once more" in message(application)
            assert QApplication.activeModalWidget() is None
            qtbot.keyClick(view, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not session.busy)
        assert message(application) == ""
    now[0] = 0
    session.picture_work.generate()
    now[0] = 99
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseClick(application.window.bottom.messages.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not session.busy)


@pytest.mark.parametrize("phase", [1, 2, 3])
def test_cancel_keeps_what_is_finished(open_window: OpenWindow, qtbot: QtBot, phase: int) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == phase)
    application = open_window(engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    qtbot.mouseClick(application.window.bottom.status.cancel, Qt.MouseButton.LeftButton)
    assert application.session.state is JobState.CANCELLING
    assert status(application) == "Stopping…"
    qtbot.waitUntil(lambda: not application.session.busy)
    assert sorted(application.session.document.phases) == list(range(1, phase))
    finished = [event.phase for event in engine.seen if isinstance(event, PhaseFinished)]
    assert finished == list(range(1, phase))  # nothing is drawn after a cancel
    assert application.window.picture_panel.invitation.isVisible() == (phase == 1)
    if phase > 1:
        assert f"after phase {phase - 1}" in status(application)


@pytest.mark.parametrize("again", [False, True])
def test_a_double_click_on_cancel_only_cancels_and_leaves_the_focus_on_the_picture(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, again: bool
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    window, session, status = application.window, application.session, application.window.bottom.status
    window.activateWindow()
    if again:
        draw(session)
        session.select(3)
    engine.hold_at = lambda event: isinstance(event, StepDone) and (again or event.phase == 2)
    button = window.captions_panel.editor.redraw.button if again else window.request_panel.generate
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    if again:
        assert window.view.hasFocus()  # the button is grey
    spot = status.cancel.mapTo(status, status.cancel.rect().center())
    status.cancel.setFocus()
    qtbot.mouseClick(status.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not session.busy, timeout=10_000)
    assert window.view.hasFocus()
    qtbot.wait(1)
    assert status.folder.isVisible()
    assert status.go_on.isVisible() is not again
    assert status.childAt(spot) is None
    if not again:
        engine.hold_at = lambda event: False
        status.go_on.setFocus()
        with qtbot.waitSignal(session.picture_finished, timeout=10_000):
            qtbot.mouseClick(status.go_on, Qt.MouseButton.LeftButton)
        assert window.view.hasFocus()


def test_return_clicks_the_button_in_focus(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    window = application.window
    window.activateWindow()

    def enter(button: QAbstractButton, key: Qt.Key = Qt.Key.Key_Return) -> None:
        button.setFocus()
        qtbot.keyClick(button, key)

    window.guidance.show_tour()
    tour = window.guidance.tour
    for title in ("Plan", "Phases"):
        qtbot.keyClick(tour.next, Qt.Key.Key_Return)
        assert tour.title.text() == title
    tour.end()
    sample = window.picture_panel.invitation.buttons[1]
    enter(sample)
    assert window.request_panel.prompt.toPlainText() == sample.text()
    fold = window.request_panel.more.button
    shown = fold.isChecked()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        enter(fold, key)
        shown = not shown
        assert fold.isChecked() is shown
    with qtbot.waitSignal(application.session.picture_finished, timeout=10_000):
        enter(window.request_panel.generate)
    window.actions_by_name["compare"].trigger()
    assert window.view.compare.on
    enter(window.view.compare_bar.close_button)
    assert not window.view.compare.on


def test_return_opens_the_menu_of_a_button(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    button, seen = application.window.picture_panel.zoom_button, []

    def close() -> None:
        seen.append(button.menu().isVisible())
        button.menu().close()

    application.window.activateWindow()
    button.setFocus()
    QTimer.singleShot(50, close)
    qtbot.keyClick(button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [True]


def test_each_phase_appears_when_it_is_finished(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, PatchCaptioned) and event.patch == 4)
    application = open_window(engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(lambda: any(captions_shown(application)), timeout=10_000)
    window = application.window
    assert window.view._size == Size(128, 128)  # phase 1, under the captions of phase 2
    assert captions_shown(application)[4] == "a green meadow"
    assert captions_shown(application)[5] == ""
    assert "phase 2 of 3 · patch 5 of 9 described" in status(application)
    dots = window.picture_panel.strip.dots
    assert [dot.finished for dot in dots] == [True, False, False]
    assert [dot.text() for dot in dots] == ["128", "256", "512"]
    assert dots[1].share is not None
    engine.hold_at = lambda event: False
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    assert [dot.finished for dot in dots] == [True, True, True]


@dataclass
class WarningEngine(ScriptedEngine):
    """Has two things to say about each picture."""

    def generate(self, request: GenerationRequest, on_event: OnEvent) -> Any:
        self._say(on_event, Warned(message="The picture has another shape."))
        self._say(on_event, Warned(message="One text is long.", passing=True))
        return super().generate(request, on_event)


def test_what_only_concerns_the_work_leaves_with_it(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = WarningEngine(hold_at=lambda event: isinstance(event, StepDone))
    application = open_window(engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(lambda: message(application) == "One text is long.")
    with qtbot.waitSignal(application.session.picture_finished, timeout=20_000):
        engine.hold_at = lambda event: False
        engine.release.set()
    assert message(application) == "The picture has another shape."


def test_a_dot_shows_its_phase(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    dots = application.window.picture_panel.strip.dots
    qtbot.mouseClick(dots[1], Qt.MouseButton.LeftButton)
    assert application.window.view._size == Size(256, 256)
    assert len(captions_shown(application)) == 9
    qtbot.mouseClick(dots[0], Qt.MouseButton.LeftButton)
    assert application.window.view._size == Size(128, 128)
    assert "Phase 1 is one view" in application.window.captions_panel.empty.text()


def test_an_earlier_phase_stays_in_view_while_the_work_goes_on(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 2)
    application = open_window(engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    qtbot.wait(150)
    application.session.show_phase(1)
    engine.hold_at = lambda event: False
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    assert application.window.view._size == Size(128, 128)
    assert application.session.document.shown == 1


def test_list_and_canvas_share_the_selection(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    window = application.window
    assert not window.captions_panel.editor.isVisible()
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=cell_centre(application, 7))
    assert application.session.document.current == 7
    assert window.captions_panel.list.currentIndex().row() == 7
    assert window.captions_panel.editor.heading.text() == "PATCH 2·3"
    window.captions_panel.list.setCurrentIndex(window.captions_panel.list.model().index(3, 0))
    assert application.session.document.current == 3
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_Down)
    assert application.session.document.current == 8


def test_a_caption_can_be_edited_undone_redone_and_reverted(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    application.session.select(3)
    editor = application.window.captions_panel.editor
    before = editor.text.toPlainText()
    assert before == captions_shown(application)[3]
    editor.text.selectAll()
    qtbot.keyClicks(editor.text, "a red fox")
    assert captions_shown(application)[3] == "a red fox"
    assert editor.revert.isVisible()
    assert application.session.undo_stack.count() == 1  # typing is one step
    application.window.actions_by_name["undo"].trigger()
    assert captions_shown(application)[3] == before
    assert editor.text.toPlainText() == before
    application.window.actions_by_name["redo"].trigger()
    assert captions_shown(application)[3] == "a red fox"
    application.window.actions_by_name["undo"].trigger()
    assert captions_shown(application)[3] == before
    application.window.actions_by_name["redo"].trigger()
    qtbot.mouseClick(editor.revert, Qt.MouseButton.LeftButton)
    assert captions_shown(application)[3] == before
    assert not editor.revert.isVisible()


def test_regenerate_draws_the_patch_again_and_keeps_other_edits(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    draw(application.session)
    session = application.session
    session.select(20)
    session.edits.write([20], "another edit")
    session.select(3)
    session.edits.write([3], "a red fox")
    editor = application.window.captions_panel.editor
    editor.redraw.strength.setValue(80)
    assert session.easel.pyramid is not None
    old = session.easel.pyramid.levels[0].pixelColor(400, 20).name()
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        qtbot.mouseClick(editor.redraw.button, Qt.MouseButton.LeftButton)
    request = engine.requests[-1]
    assert isinstance(request, RegenerateRequest)
    assert (request.captions, request.strength, request.phase) == ({3: "a red fox"}, 0.8, 3)
    patch = session.document.phases[3].patches[3]
    inside = (patch.cell.left + 5, patch.cell.top + 5)
    assert session.easel.pyramid.levels[0].pixelColor(*inside).name() == "#ff0000"
    assert session.easel.pyramid.levels[0].pixelColor(500, 500).name() != "#ff0000"
    assert old != "#ff0000"
    assert captions_shown(application)[20] == "another edit"
    assert session.document.phases[3].captions[3].edited
    assert session.document.current == 3


def test_grid_and_captions_are_toggled_by_key_but_not_while_typing(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    application = open_window()
    draw(application.session)
    window = application.window
    window.activateWindow()
    window.view.setFocus()
    qtbot.keyClick(window.view, Qt.Key.Key_G)
    assert not window.view.patches.grid
    qtbot.keyClick(window.view, Qt.Key.Key_T)
    assert not window.view.patches.captions
    prompt = window.request_panel.prompt
    prompt.setFocus()
    qtbot.keyClick(prompt, Qt.Key.Key_G)
    assert not window.view.patches.grid
    assert "g" in prompt.toPlainText()[:1] + prompt.toPlainText()[-1:]


def test_the_wheel_zooms_at_the_cursor(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    view = application.window.view
    spot = QPoint(200, 300)
    before, zoom = view.mapToScene(spot), view.zoom
    for _ in range(3):
        wheel = QWheelEvent(
            QPointF(spot), view.viewport().mapToGlobal(QPointF(spot)), QPoint(), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view.viewport(), wheel)
    assert view.zoom == pytest.approx(zoom * 1.25**3)
    after = view.mapToScene(spot)
    assert abs(after.x() - before.x()) * view.zoom < 2
    assert abs(after.y() - before.y()) * view.zoom < 2
    assert not view.fitted
    assert f"{view.zoom * 100:.0f} %" in application.window.picture_panel.zoom_button.text()


def test_fit_and_one_to_one(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    view, actions = application.window.view, application.window.actions_by_name
    actions["zoom_100"].trigger()
    assert view.zoom == pytest.approx(1)
    assert view.picture_rect().width() * view.devicePixelRatioF() == pytest.approx(512)
    actions["fit"].trigger()
    assert view.fitted
    assert view.rect().contains(view.picture_rect().toRect())
    application.window.resize(1500, 1000)
    QApplication.processEvents()
    assert view.rect().contains(view.picture_rect().toRect())


def test_dragging_moves_the_picture(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    view = application.window.view
    view.zoom_to(2.0)
    before = view.picture_rect().topLeft()
    port = view.viewport()
    qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    qtbot.mouseMove(port, QPoint(330, 310))
    qtbot.mouseMove(port, QPoint(360, 320))
    qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(360, 320))
    moved = view.picture_rect().topLeft() - before
    assert (round(moved.x()), round(moved.y())) == (60, 20)
    assert application.session.document.current is None  # a drag selects nothing


def test_the_view_stays_where_it_is_when_the_next_phase_arrives(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    view = application.window.view
    application.session.show_phase(2)
    view.zoom_to(5.0, QPoint(100, 100))
    before = view.picture_rect()
    application.session.show_phase(3)
    after = view.picture_rect()
    assert view.zoom == pytest.approx(2.5)
    for edge in ("left", "top", "right", "bottom"):
        assert getattr(after, edge)() == pytest.approx(getattr(before, edge)(), abs=2)


def test_usual_sizes_are_multiples_of_what_the_model_wants(open_window: OpenWindow) -> None:
    application = open_window()
    field, step = application.window.request_panel.size_field, application.session.next.forecast.size_step
    shapes = {action.text(): action.menu() for action in field.menu_button.menu().actions() if action.menu()}
    for title, ratio in (("Square", 1), ("Landscape 3:2", 3 / 2), ("Wide 16:9", 16 / 9), ("Tall 9:16", 9 / 16)):
        for action, scale in zip(shapes[title].actions(), (1, 2, 4, 8), strict=True):
            action.trigger()
            size = application.session.next.wish.size
            assert size.width % step == size.height % step == 0
            assert 0.8 < size.width / size.height / ratio < 1.2
            assert 0.9 < size.area / (128 * scale) ** 2 < 1.1
    assert shapes["Wide 16:9"].actions()[2].text() == "672 × 384    0.26 megapixels    16×"
    size = application.session.next.wish.size
    field.menu_button.menu().actions()[-1].trigger()
    assert application.session.next.wish.size == Size(size.width, size.height)


def test_any_size_has_a_plan(open_window: OpenWindow) -> None:
    panel = open_window().window.request_panel
    panel.size_field.width_box.setValue(501)
    assert "patches" in panel.plan.text()


def test_an_impossible_request_is_told_under_the_plan_without_a_dialog(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    panel = application.window.request_panel
    panel.prompt.setPlainText("  ")
    assert "Say in a few words" in panel.plan.text()
    qtbot.mouseClick(panel.generate, Qt.MouseButton.LeftButton)
    assert "Say in a few words" in message(application)
    assert not application.session.busy
    panel.prompt.setPlainText("a fox")
    assert "patches" in panel.plan.text()


def test_a_folder_that_is_no_model_is_told_in_words(open_window: OpenWindow, tmp_path: Path) -> None:
    application = open_window()
    application.window.request_panel.model.on_path(str(tmp_path))
    assert "no model_index.json" in application.window.request_panel.plan.text()
    assert application.window.request_panel.model.currentText() == tmp_path.name
    application.session.picture_work.generate()
    assert "model_index.json" in message(application)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (HiPromptError("The disk is full.", "Make room and press Generate again."), "Make room"),
        (RuntimeError("secret internal detail"), "Something went wrong inside HiPrompt."),
    ],
)
def test_an_engine_that_fails_is_told_in_words_and_can_be_used_again(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, fault: Exception, told: str
) -> None:
    engine = ScriptedEngine(fault=fault, fault_at=lambda event: isinstance(event, PhaseStarted) and event.phase == 2)
    application = open_window(engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    assert told in message(application)
    assert "secret" not in message(application)
    assert application.window.view._size == Size(128, 128)  # the finished phase is kept
    qtbot.wait(50)
    assert told in message(application)  # until it is read
    qtbot.mouseClick(application.window.bottom.messages.close_button, Qt.MouseButton.LeftButton)
    assert message(application) == ""
    engine.fault = None
    draw(application.session)
    assert application.window.view._size == Size(512, 512)


def test_an_engine_that_cannot_be_built_is_told_by_the_first_picture(
    qtbot: QtBot, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    worker = application.engine.worker

    def broken() -> ScriptedEngine:
        raise ImportError("no torch here")

    monkeypatch.setattr(worker, "_engine", None)
    monkeypatch.setattr(worker, "_factory", broken)
    application.session.picture_work.generate()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    assert "Something went wrong" in message(application)


def test_closing_during_a_run_asks_and_can_be_taken_back(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 1)
    application = open_window(engine)
    window = application.window
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    window.showMinimized()
    window.close()
    assert window.isVisible()
    assert not window.isMinimized()
    assert QApplication.activeModalWidget() is None
    stop, stay = window.bottom.messages.offers
    assert (stop.text(), stay.text()) == ("Stop and close", "Keep drawing")
    qtbot.mouseClick(stay, Qt.MouseButton.LeftButton)
    assert message(application) == ""
    window.close()
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)  # no to the question, not an end of the work
    assert message(application) == ""
    assert window.isVisible()
    assert application.session.state is JobState.RUNNING
    window.close()
    with qtbot.waitSignal(window.closed, timeout=10_000):
        qtbot.mouseClick(window.bottom.messages.offers[0], Qt.MouseButton.LeftButton)
    assert not application.engine.running
    assert not window.isVisible()


def test_closing_twice_during_a_run_closes_unless_the_question_was_answered(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 1)
    application = open_window(engine)
    window = application.window
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    window.close()
    qtbot.mouseClick(window.bottom.messages.close_button, Qt.MouseButton.LeftButton)
    window.close()
    assert window.isVisible()
    with qtbot.waitSignal(window.closed, timeout=10_000):
        window.close()
    assert not application.engine.running


def test_the_question_about_closing_goes_with_the_work(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 1)
    application = open_window(engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    application.window.close()
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy)
    assert message(application) == ""
    assert application.window.isVisible()


def test_the_end_of_the_session_finds_everything_on_disk(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    qtbot.waitUntil(lambda: application.library.keeper.facts is not None)
    application.session.edits.write([3], "a red ki", typing=True)
    application.window.view.editor.open(4)
    application.window.view.editor.setPlainText("a pond")
    application.session.next.change(prompt="an owl")
    application.keep_all()
    facts = application.library.keeper.facts
    assert facts is not None
    project = Project.open(facts.path)
    captions = json.loads(project.read(project.current.state["phases"]["3"][0]))["captions"]
    assert [captions[patch]["text"] for patch in (3, 4)] == ["a red ki", "a pond"]
    assert load_settings(application._places.settings_file).prompt == "an owl"


def test_an_unlocked_seed_changes_with_the_next_picture_and_a_locked_one_stays(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    draw(application.session)
    assert application.window.request_panel.seed.edit.text() == "3407"  # the seed of what is seen
    draw(application.session)
    assert engine.requests[1].seed != 3407
    qtbot.mouseClick(application.window.request_panel.seed.lock, Qt.MouseButton.LeftButton)
    draw(application.session)
    assert engine.requests[2].seed == engine.requests[1].seed
    qtbot.mouseClick(application.window.request_panel.seed.dice, Qt.MouseButton.LeftButton)
    assert application.session.next.wish.seed != engine.requests[2].seed


def test_what_was_asked_for_is_remembered(open_window: OpenWindow, places: Places, qtbot: QtBot) -> None:
    application = open_window()
    application.window.request_panel.prompt.setPlainText("an owl, a night sky")
    application.window.request_panel.size_field.height_box.setValue(256)
    application.window.actions_by_name["grid"].trigger()
    application.window.close()
    saved = json.loads(places.settings_file.read_text())
    assert saved["prompt"] == "an owl, a night sky"
    again = open_window()
    assert again.window.request_panel.prompt.toPlainText() == "an owl, a night sky"
    assert again.session.next.wish.size == Size(256, 512)
    assert not again.window.view.patches.grid


def test_alt_and_arrows_bring_earlier_prompts_back(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    prompt, alt = application.window.request_panel.prompt, Qt.KeyboardModifier.AltModifier
    for text in ("a {red|blue} fox", "an owl", "a {red|blue} fox"):
        prompt.setPlainText(text)
        draw(application.session)
    prompt.setPlainText("a new")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(prompt, key, alt)
        seen.append(prompt.toPlainText())
    assert seen == ["a {red|blue} fox", "an owl", "an owl", "a {red|blue} fox", "a new", "a new"]
    assert application.session.next.wish.prompt == "a new"
    application.window.close()
    again = open_window()
    qtbot.keyClick(again.window.request_panel.prompt, Qt.Key.Key_Up, alt)
    assert again.window.request_panel.prompt.toPlainText() == "a {red|blue} fox"


def test_a_prompt_that_was_replaced_comes_back_with_undo(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    prompt = application.window.request_panel.prompt
    prompt.selectAll()
    qtbot.keyClicks(prompt, "typed with care")
    qtbot.mouseClick(application.window.picture_panel.invitation.buttons[1], Qt.MouseButton.LeftButton)
    prompt.setFocus()
    qtbot.keyClick(prompt, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert application.session.next.wish.prompt == "typed with care"


@pytest.mark.parametrize("width", [960, 1280, 1920])
def test_a_message_shows_all_of_itself_and_nothing_moves(open_window: OpenWindow, qtbot: QtBot, width: int) -> None:
    application = open_window(width=width)
    window, bar = application.window, application.window.bottom.messages
    places = [
        widget.mapTo(window, widget.rect().topLeft())
        for widget in (window.request_panel.generate, window.view, window.history_strip, window.bottom.status)
    ]
    size = window.view.size()
    offers = tuple(Offer(text=text, act=lambda: None) for text in ("Use prompt", "Use seed", "Use everything"))
    for text, more in (("Short.", ()), ("A long story about a picture. " * 9, ()), ("Choose. " * 20, offers)):
        application.session.messages.tell(lambda text=text, more=more: Message(tone=Tone.INFO, text=text, offers=more))
        qtbot.wait(1)
        assert bar.text.height() >= bar.text.heightForWidth(bar.text.width())
        for button in (*bar.offers, bar.close_button):
            assert button.isVisible()
            assert bar.rect().contains(QRect(button.mapTo(bar, QPoint()), button.size()))
            assert button.width() >= button.minimumSizeHint().width()
        assert bar.geometry().bottom() < window.column.height()
    assert window.view.size() == size
    assert places == [
        widget.mapTo(window, widget.rect().topLeft())
        for widget in (window.request_panel.generate, window.view, window.history_strip, window.bottom.status)
    ]


def test_an_unexpected_fault_becomes_words(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    application.tell_unexpected()
    qtbot.waitUntil(lambda: message(application) != "")
    assert "Something went wrong inside HiPrompt." in message(application)


@pytest.mark.parametrize("fails", [False, True])
def test_the_sample_option_draws_and_ends(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, fails: bool,
) -> None:  # fmt: skip
    codes: list[int] = []
    monkeypatch.setattr(QApplication, "exit", staticmethod(codes.append))
    engine = ScriptedEngine(fault=HiPromptError("No.", "Try later.") if fails else None, fault_at=lambda event: True)
    open_window(engine, "--sample", str(tmp_path / "out"))
    qtbot.waitUntil(lambda: bool(codes), timeout=20_000)
    assert codes == [1 if fails else 0]
    assert (tmp_path / "out" / "phase-3-512x512.png").exists() is not fails
    assert ("No. Try later." in capsys.readouterr().err) is fails


def test_every_control_has_a_name_and_can_be_reached(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    application.session.select(0)
    window = application.window
    for kind in (QPlainTextEdit,):
        for widget in window.findChildren(kind):
            assert widget.accessibleName(), widget
    panel = window.request_panel
    for widget in (panel.prompt, panel.preset, panel.generate, panel.size_field.width_box, window.view):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.accessibleName() or widget.text()  # type: ignore[union-attr]


def test_panels_fold_until_only_the_picture_is_left(open_window: OpenWindow) -> None:
    application = open_window()
    window = application.window
    window.actions_by_name["only_picture"].trigger()
    assert not window.request_panel.isVisible()
    assert not window.captions_panel.isVisible()
    assert window.view.isVisible()
    window.actions_by_name["only_picture"].trigger()
    assert window.request_panel.isVisible()


def test_a_dark_theme_is_dark_and_neutral(open_window: OpenWindow) -> None:
    application = open_window()
    window = application.window
    light = window.grab().toImage().pixelColor(10, 500)
    window.actions_by_name["theme_dark"].trigger()
    dark = window.grab().toImage().pixelColor(10, 500)
    canvas = window.view.grab().toImage().pixelColor(5, 5)
    assert dark.lightness() < 64 < light.lightness()
    for colour in (light, dark, canvas):
        assert colour.red() == colour.green() == colour.blue()


def test_a_large_picture_is_taken(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> None:
    engine = ScriptedEngine(picture=Image.linear_gradient("L"))
    application = open_window(engine)
    application.session.next.change(size=Size(2048, 2048), preset="fast")
    draw(application.session)
    assert application.window.view._size == Size(2048, 2048)
    assert application.session.easel.pyramid is not None
    assert len(application.session.easel.pyramid.levels) == 6
