"""Several drawings of the same patches: all start from the same version, and only the accepted one counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import Event, StepDone
from hiprompt_core.geometry import Size
from hiprompt_core.request import CaptionRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.app import Application
from hiprompt_desktop.canvas.patch_progress import patch_shares
from hiprompt_desktop.job import Job
from hiprompt_desktop.progress import Activity, Progress
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[..., None]


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def choosing(open_window: OpenWindow, qtbot: QtBot, draw: Draw, engine: ScriptedEngine) -> Application:
    """Three variations of patch 4 of phase 2 are drawn, and nobody has decided."""
    application = open_window(engine)
    application.session.next.change(size=Size(256, 256))
    draw(application.session)
    application.session.select(4)
    editor = application.window.captions_panel.editor
    editor.redraw.count.setCurrentIndex(2)
    editor.redraw.seed.set_seed(7, locked=True)
    editor.redraw.steps.setValue(12)
    qtbot.mouseClick(editor.redraw.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(application.session.patch_work.variations.pictures) == 3, timeout=10_000)
    qtbot.waitUntil(lambda: not application.session.busy)
    return application


def version_of(application: Application) -> int:
    """The version that counts on disk; the document says the same."""
    assert application.session.document.folder is not None
    file = RunFolder(application.session.document.folder).current(2)
    assert application.session.document.phases[2].path == file.path
    return file.version


def versions_on_disk(application: Application) -> list[int]:
    folder = application.session.document.folder
    assert folder is not None
    return [file.version for file in RunFolder(folder).pictures() if file.phase == 2]


def test_all_start_from_what_was_under_seeds_in_a_row(choosing: Application, engine: ScriptedEngine) -> None:
    requests = engine.requests[-3:]
    assert [(one.version, one.seed, one.num_inference_steps) for one in requests] == [
        (1, 7, 12),
        (1, 8, 12),
        (1, 9, 12),
    ]
    assert choosing.session.undo_stack.count() == 0


def test_the_shown_one_is_accepted_and_can_be_undone(choosing: Application, qtbot: QtBot) -> None:
    session, row = choosing.session, choosing.window.captions_panel.editor.variations
    before = session.easel.pyramid_of(2)
    assert row.isVisible()
    assert len(row.group.buttons()) == 4
    assert not choosing.window.captions_panel.editor.redraw.button.isVisible()
    assert session.easel.pyramid is session.patch_work.variations.pictures[2].pyramid
    third = row.group.button(3)
    assert third is not None
    qtbot.keyClick(third, Qt.Key.Key_Left)
    assert session.easel.pyramid is session.patch_work.variations.pictures[1].pyramid
    assert row.heading.text() == "variation 2 of 3"
    row.step(-1)
    row.step(-1)
    assert session.easel.pyramid is before
    assert not row.accept.isEnabled()
    row.step(-1)  # there is nothing before what was
    row.step(2)
    qtbot.mouseClick(row.accept, Qt.MouseButton.LeftButton)
    assert not row.isVisible()
    assert version_of(choosing) == 3  # the second variation
    assert versions_on_disk(choosing) == [1, 3]
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert version_of(choosing) == 1
    assert session.easel.pyramid is before
    session.undo_stack.redo()
    assert version_of(choosing) == 3


def test_discard_goes_back_to_what_was(choosing: Application, qtbot: QtBot) -> None:
    session = choosing.session
    qtbot.mouseClick(choosing.window.captions_panel.editor.variations.discard, Qt.MouseButton.LeftButton)
    assert version_of(choosing) == 1
    assert versions_on_disk(choosing) == [1]
    assert session.easel.pyramid is session.easel.pyramid_of(2)
    assert session.undo_stack.count() == 0
    assert choosing.window.captions_panel.editor.redraw.button.isVisible()


def test_everything_by_keyboard(open_window: OpenWindow, qtbot: QtBot, draw: Draw, engine: ScriptedEngine) -> None:
    application = open_window(engine)
    application.session.next.change(size=Size(256, 256))
    draw(application.session)
    window, session = application.window, application.session
    window.activateWindow()
    variations = session.patch_work.variations

    def press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        qtbot.keyClick(QApplication.focusWidget() or window, key, held)

    def regenerated(count: int) -> None:
        qtbot.waitUntil(lambda: len(variations.pictures) == count and not session.busy, timeout=10_000)
        row = window.captions_panel.editor.variations
        qtbot.waitUntil(lambda: not row.isVisible() or row.isAncestorOf(QApplication.focusWidget()))

    while QApplication.focusWidget() is not window.view:
        press(Qt.Key.Key_F6)
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert session.selection.patches == [1, 4]
    while QApplication.focusWidget() is not window.captions_panel.editor.redraw.count:
        press(Qt.Key.Key_F6) if QApplication.focusWidget() is window.view else press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Down)
    while QApplication.focusWidget() is not window.view:
        press(Qt.Key.Key_F6)
    press(Qt.Key.Key_R)
    regenerated(2)
    assert variations.shown == 2
    press(Qt.Key.Key_Left)
    assert variations.shown == 1
    press(Qt.Key.Key_Escape)
    assert not variations.open
    assert window.view.hasFocus()
    press(Qt.Key.Key_R)
    regenerated(2)
    press(Qt.Key.Key_Comma)
    press(Qt.Key.Key_Comma)
    assert variations.shown == 0  # what was
    press(Qt.Key.Key_Period)
    assert variations.shown == 1
    press(Qt.Key.Key_Return)
    assert not variations.open
    assert window.view.hasFocus()
    assert versions_on_disk(application) == [1, 2]
    window.actions_by_name["only_picture"].trigger()
    press(Qt.Key.Key_R)
    regenerated(2)
    press(Qt.Key.Key_A)  # the row is folded away
    assert versions_on_disk(application) == [1, 2, 4]
    press(Qt.Key.Key_R)
    regenerated(2)
    press(Qt.Key.Key_Backspace)
    assert versions_on_disk(application) == [1, 2, 4]


def test_undecided_nothing_else_can_be_edited(choosing: Application) -> None:
    session, actions = choosing.session, choosing.window.actions_by_name
    assert not session.can_edit
    assert not actions["regenerate"].isEnabled()
    actions["undo"].trigger()  # what the next picture is to be may be taken back
    assert session.next.wish.size == Size(512, 512)
    assert not actions["undo"].isEnabled()
    session.patch_work.discard_variations()
    assert session.can_edit
    assert actions["regenerate"].isEnabled()


def test_what_is_looked_at_counts_when_something_else_begins(choosing: Application, qtbot: QtBot, draw: Draw) -> None:
    folder = choosing.session.document.folder
    assert folder is not None
    choosing.session.patch_work.variations.show(1)
    draw(choosing.session)
    assert choosing.session.document.folder != folder
    assert RunFolder(folder).current(2).version == 2


def test_when_the_window_is_closed_what_is_looked_at_counts(choosing: Application) -> None:
    choosing.session.patch_work.variations.show(0)
    choosing.shut_down()
    assert version_of(choosing) == 1


def test_the_queue_waits_for_the_decision(choosing: Application, qtbot: QtBot, engine: ScriptedEngine) -> None:
    choosing.queue._queue.add(engine.requests[0])
    choosing.queue.go_on()
    assert not choosing.session.busy
    choosing.session.patch_work.accept_variation()
    qtbot.waitUntil(lambda: not choosing.queue.waiting and not choosing.session.busy, timeout=10_000)


def test_cancelled_midway_what_is_drawn_can_be_chosen(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    application.session.next.change(size=Size(256, 256))
    draw(application.session)
    application.session.select(4)
    editor = application.window.captions_panel.editor
    editor.redraw.count.setCurrentIndex(2)

    def second(event: Event) -> bool:
        return isinstance(event, StepDone) and len(engine.requests) == 3

    engine.hold_at = second
    editor.redraw.regenerate()
    qtbot.waitUntil(engine.held.is_set)
    qtbot.waitUntil(lambda: "variation 2 of 3" in application.window.bottom.status.text.text())
    assert 0.3 < application.session.progress.fraction < 0.7
    application.session.cancel()
    qtbot.waitUntil(lambda: not application.session.busy)
    assert len(application.session.patch_work.variations.pictures) == 1
    application.session.patch_work.accept_variation()
    assert version_of(application) == 2


def test_patches_show_how_far_they_are(choosing: Application, engine: ScriptedEngine) -> None:
    choosing.session.patch_work.discard_variations()
    phase = choosing.session.document.phases[2]
    drawing = Progress(activity=Activity.DRAWING, phase=2, phases=2, done=1, total=4, phase_fraction=0.25)
    whole, again = Job(request=engine.requests[0]), Job(request=engine.requests[-1])
    assert patch_shares(None, drawing, phase) == {}
    assert patch_shares(whole, drawing, phase) == dict.fromkeys(range(9), 0.25)
    assert patch_shares(again, drawing, phase) == {4: 0.25}
    assert patch_shares(whole, Progress(phase=1, phases=2), phase) == {}
    folder = choosing.session.document.folder
    assert folder is not None
    asked = CaptionRequest(source=folder, phase=2, patches=(3, 5), captioner=folder)
    captioning = Progress(activity=Activity.CAPTIONING, phase=0, done=1, total=2)
    assert patch_shares(Job(request=asked), captioning, phase) == {3: 1.0, 5: 0.0}
    assert patch_shares(whole, Progress(activity=Activity.CAPTIONING, phase=2), phase) == dict.fromkeys(range(9), 1.0)


def test_a_drawing_that_ended_early_goes_on_under_its_seed(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    """What memory or Esc ended is the same request again; only after a drawing is there another seed."""
    engine = ScriptedEngine()
    application = open_window(engine)
    session = application.session
    session.next.change(size=Size(256, 256))
    draw(session)
    session.select(4)
    editor = application.window.captions_panel.editor
    engine.fault, engine.fault_at = OutOfMemory("There is not enough memory for this request."), in_work
    editor.redraw.regenerate()
    qtbot.waitUntil(lambda: session.messages.current is not None and not session.busy)
    engine.fault_at, engine.hold_at = (lambda _: False), in_work
    editor.redraw.regenerate()
    qtbot.waitUntil(engine.held.is_set)
    session.cancel()
    qtbot.waitUntil(lambda: not session.busy)
    engine.hold_at = lambda _: False
    for _ in range(2):
        with qtbot.waitSignal(session.picture_finished, timeout=10_000):
            editor.redraw.regenerate()
    _, failed, cancelled, drawn, next_ = engine.requests
    assert failed == cancelled == drawn
    assert next_.seed != drawn.seed


def in_work(event: Event) -> bool:
    return isinstance(event, StepDone)
