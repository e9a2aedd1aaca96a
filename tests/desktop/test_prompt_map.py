"""The prompt map in the real window: patches on the canvas, their list and editor, and the caption gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from hiprompt_core.events import PhaseFinished, StepDone
from hiprompt_core.geometry import Size
from hiprompt_core.options import PRESETS
from hiprompt_core.request import DEFAULT_QUESTION, CaptionRequest, GenerationRequest, RegenerateRequest, Trunk
from hiprompt_desktop.app import Application
from hiprompt_desktop.canvas.overlay_geometry import box_rect
from hiprompt_desktop.document import Caption
from hiprompt_desktop.job import JobState
from hiprompt_desktop.panels.prompt_ladder import PromptLadder
from hiprompt_desktop.patch_requests import branching
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[..., None]
LEFT, SHIFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def drawn(open_window: OpenWindow, draw: Draw) -> Application:
    """A finished picture of 25 patches, the canvas in focus."""
    application = open_window()
    draw(application.session)
    application.window.activateWindow()
    application.window.view.setFocus()
    return application


def engine_of(application: Application) -> ScriptedEngine:
    engine = application.engine.worker._engine
    assert isinstance(engine, ScriptedEngine)
    return engine


def centre(application: Application, patch: int) -> QPoint:
    view, phase = application.window.view, application.session.document.shown_phase
    assert phase is not None
    return box_rect(phase.patches[patch].cell, phase.size, view.picture_rect()).center().toPoint()


def click(application: Application, patch: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(application.window.view.viewport(), LEFT, held, centre(application, patch))


def texts(application: Application) -> list[str | None]:
    phase = application.session.document.shown_phase
    assert phase is not None
    return [caption.text for caption in phase.captions]


def listed(application: Application) -> list[str]:
    model = application.window.captions_panel.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def finished(application: Application, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)


# Selecting


def test_clicks_select_one_some_and_all_between(drawn: Application) -> None:
    selection = drawn.session.selection
    click(drawn, 6)
    click(drawn, 13, CTRL)
    assert selection.patches == [6, 13]
    click(drawn, 6, CTRL)
    assert (selection.patches, selection.current) == ([13], 6)
    click(drawn, 18, SHIFT)
    assert selection.patches == [6, 7, 8, 11, 12, 13, 16, 17, 18]


def test_a_rubber_band_selects_and_does_not_move_the_picture(drawn: Application) -> None:
    port, before = drawn.window.view.viewport(), drawn.window.view.picture_rect()
    QTest.mousePress(port, LEFT, SHIFT, centre(drawn, 0))
    for patch in (1, 6):
        QTest.mouseMove(port, centre(drawn, patch))
    QTest.mouseRelease(port, LEFT, SHIFT, centre(drawn, 6))
    assert drawn.session.selection.patches == [0, 1, 5, 6]
    assert drawn.window.view.picture_rect() == before


def test_keys_move_toggle_and_select_all(drawn: Application, qtbot: QtBot) -> None:
    view, selection = drawn.window.view, drawn.session.selection
    click(drawn, 6)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down, SHIFT)
    assert (selection.patches, selection.current) == ([7, 12], 12)
    qtbot.keyClick(view, Qt.Key.Key_Left, CTRL)
    assert (selection.patches, selection.current) == ([7, 12], 11)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert selection.patches == [7, 11, 12]
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert selection.patches == [7, 12]
    qtbot.keyClick(view, Qt.Key.Key_N)
    assert selection.patches == [1, 2, 3, 6, 7, 8, 11, 12, 13, 16, 17, 18]
    qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    assert len(selection.patches) == 25


def test_space_and_a_drag_move_the_picture_and_select_nothing(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    click(drawn, 6)
    view.zoom_to(2.0)
    before = view.picture_rect().topLeft()
    qtbot.keyPress(view, Qt.Key.Key_Space)
    QTest.mousePress(view.viewport(), LEFT, pos=QPoint(300, 300))
    for x in (330, 360):
        QTest.mouseMove(view.viewport(), QPoint(x, 300))
    QTest.mouseRelease(view.viewport(), LEFT, pos=QPoint(360, 300))
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert round(view.picture_rect().left() - before.x()) == 60
    assert drawn.session.selection.patches == [6]


def test_the_menu_acts_on_the_patch_under_the_mouse(drawn: Application, qtbot: QtBot) -> None:
    view, selection = drawn.window.view, drawn.session.selection

    def right_click(spot: QPoint) -> None:
        reason, port = QContextMenuEvent.Reason.Mouse, view.viewport()
        QTest.mouseClick(port, Qt.MouseButton.RightButton, pos=spot)
        QApplication.sendEvent(port, QContextMenuEvent(reason, spot, port.mapToGlobal(spot)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        menu.close()

    click(drawn, 22)
    right_click(centre(drawn, 4))
    assert (selection.patches, selection.current) == ([4], 4)
    drawn.window.actions_by_name["lock"].trigger()
    phase = drawn.session.document.shown_phase
    assert phase is not None
    assert [patch for patch, caption in enumerate(phase.captions) if caption.locked] == [4]
    selection.set([4, 5, 6], 5)
    right_click(centre(drawn, 6))
    assert (selection.patches, selection.current) == ([4, 5, 6], 6)
    right_click(QPoint(2, 2))  # beside the picture
    assert selection.patches == [4, 5, 6]


def test_the_list_shares_many_selected_patches(drawn: Application, qtbot: QtBot) -> None:
    patches = drawn.window.captions_panel.list
    drawn.session.selection.set([2, 3, 20], 3)
    assert sorted(index.row() for index in patches.selectedIndexes()) == [2, 3, 20]
    assert patches.currentIndex().row() == 3
    row = patches.visualRect(patches.model().index(4, 0)).center()
    qtbot.mouseClick(patches.viewport(), LEFT, CTRL, row)
    assert (drawn.session.selection.patches, drawn.session.selection.current) == ([2, 3, 4, 20], 4)


# Editing in place


def test_a_double_click_edits_in_place_and_return_keeps_it(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    QTest.mouseDClick(view.viewport(), LEFT, pos=centre(drawn, 6))
    assert view.editor.isVisible()
    assert view.editor.toPlainText() == texts(drawn)[6]
    assert view.viewport().rect().contains(view.editor.geometry())
    qtbot.keyClicks(view.editor, "a red kite")
    assert drawn.session.undo_stack.count() == 0
    qtbot.keyClick(view.editor, Qt.Key.Key_Return)
    assert not view.editor.isVisible()
    assert texts(drawn)[6] == "a red kite"
    assert drawn.session.undo_stack.count() == 1
    assert view.hasFocus()


def test_spaces_in_the_words_leave_the_selection_and_r_draws_them(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    QTest.mouseDClick(view.viewport(), LEFT, pos=centre(drawn, 6))
    for words in ("a", "a b", "a b c"):
        view.editor.selectAll()
        qtbot.keyClicks(view.editor, words)
        assert drawn.session.selection.patches == [6]
    qtbot.keyClick(view.editor, Qt.Key.Key_Return)
    with qtbot.waitSignal(drawn.session.picture_finished, timeout=10_000):
        qtbot.keyClick(view, Qt.Key.Key_R)
    assert engine_of(drawn).requests[-1].captions == {6: "a b c"}


def test_a_space_that_was_pressed_elsewhere_selects_nothing_on_the_picture(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    click(drawn, 6)
    qtbot.keyRelease(view, Qt.Key.Key_Space)
    assert drawn.session.selection.patches == [6]
    qtbot.keyPress(view, Qt.Key.Key_Space)
    view.editor.open(6)
    assert not view._hand.lifted  # the release goes to the editor
    qtbot.keyRelease(view.editor, Qt.Key.Key_Space)
    assert drawn.session.selection.patches == [6]


def test_a_click_on_the_words_of_the_selected_patch_edits_them(drawn: Application, qtbot: QtBot) -> None:
    view, phase = drawn.window.view, drawn.session.document.shown_phase
    assert phase is not None
    cell = box_rect(phase.patches[6].cell, phase.size, view.picture_rect()).toRect()
    words = cell.bottomLeft() + QPoint(20, -16)
    QTest.mouseMove(view.viewport(), words)
    QTest.mouseClick(view.viewport(), LEFT, pos=words)
    assert drawn.session.selection.patches == [6]
    assert not view.editor.isVisible()  # a click that selects does not edit yet
    QTest.mouseMove(view.viewport(), words + QPoint(1, 0))
    assert view.viewport().cursor().shape() == Qt.CursorShape.IBeamCursor
    click(drawn, 7)
    QTest.mouseClick(view.viewport(), LEFT, pos=words)
    QTest.mouseClick(view.viewport(), LEFT, pos=cell.topLeft() + QPoint(20, 6))
    assert not view.editor.isVisible()  # beside the words
    QTest.mouseClick(view.viewport(), LEFT, pos=words)
    assert view.editor.patch == 6
    qtbot.keyClicks(view.editor, ", a kite")
    qtbot.keyClick(view.editor, Qt.Key.Key_Return)
    assert texts(drawn)[6] == "a blue sky, a kite"
    drawn.session.edits.lock([6], True)
    QTest.mouseClick(view.viewport(), LEFT, pos=words)
    assert not view.editor.isVisible()


def test_escape_takes_the_words_back(drawn: Application, qtbot: QtBot) -> None:
    view, before = drawn.window.view, texts(drawn)
    click(drawn, 6)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.editor.isVisible()
    qtbot.keyClicks(view.editor, "a red kite")
    qtbot.keyClick(view.editor, Qt.Key.Key_Escape)
    assert not view.editor.isVisible()
    assert texts(drawn) == before
    assert not drawn.session.undo_stack.canUndo()


def test_tab_goes_on_over_locked_captions(drawn: Application, qtbot: QtBot) -> None:
    view = drawn.window.view
    drawn.session.edits.lock([7], True)
    drawn.session.select(6)
    drawn.window.actions_by_name["edit_caption"].trigger()
    qtbot.keyClicks(view.editor, "a red kite")
    qtbot.keyClick(view.editor, Qt.Key.Key_Tab)
    assert (view.editor.patch, drawn.session.selection.patches) == (8, [8])
    assert texts(drawn)[6] == "a red kite"
    qtbot.keyClick(view.editor, Qt.Key.Key_Backtab)
    assert view.editor.patch == 6
    view.editor.close_editor(keep=False)
    view.editor.open(7)
    assert view.editor.patch is None  # locked


def test_the_editor_follows_the_picture(drawn: Application) -> None:
    view = drawn.window.view
    view.editor.open(12)
    before = view.editor.geometry().topLeft()
    view.zoom_to(view.zoom * 1.5)
    assert view.editor.isVisible()
    assert view.editor.geometry().topLeft() != before


# The panel


def test_one_editor_for_many_patches(drawn: Application, qtbot: QtBot) -> None:
    drawn.session.edits.lock([3], True)
    steps = drawn.session.undo_stack.count()
    drawn.session.selection.set([3, 4, 9])
    editor = drawn.window.captions_panel.editor
    assert editor.heading.text() == "3 PATCHES"
    assert "green, meadow" in editor.facts.text()
    assert editor.text.placeholderText() != ""
    qtbot.keyClicks(editor.text, "a pond")
    assert [texts(drawn)[index] for index in (3, 4, 9)] == ["a fox, a green meadow", "a pond", "a pond"]
    assert drawn.session.undo_stack.count() == steps + 1
    drawn.session.undo_stack.undo()
    assert texts(drawn)[4] == "a green meadow"


def test_locking_is_said_in_the_bottom_line(drawn: Application, qtbot: QtBot) -> None:
    window, status = drawn.window, drawn.window.bottom.status.text
    qtbot.keyClick(window.view, Qt.Key.Key_A, CTRL)
    qtbot.keyClick(window.view, Qt.Key.Key_L)
    assert status.text() == "Locked 25 captions."
    qtbot.keyClick(window.view, Qt.Key.Key_L)
    assert status.text() == "Unlocked 25 captions."
    click(drawn, 3)
    qtbot.mouseClick(window.captions_panel.editor.lock, LEFT)
    assert status.text() == "Locked the caption."
    drawn.session.selection.set([3, 4, 5])
    qtbot.keyClick(window.view, Qt.Key.Key_L)
    assert status.text() == "Locked 2 captions."
    drawn.session.selection.choose(3)
    qtbot.mouseClick(window.captions_panel.editor.lock, LEFT)
    assert status.text() == "Unlocked the caption."


def test_r_regenerates_all_that_is_selected(drawn: Application, qtbot: QtBot) -> None:
    drawn.session.selection.set([3, 4])
    drawn.session.edits.write([4], "a pond")
    with qtbot.waitSignal(drawn.session.picture_finished, timeout=10_000):
        qtbot.keyClick(drawn.window.view, Qt.Key.Key_R)
    request = engine_of(drawn).requests[-1]
    assert isinstance(request, RegenerateRequest)
    assert request.captions == {3: "a fox, a green meadow", 4: "a pond"}


def test_search_and_states_leave_fewer_rows_and_the_selection_as_it_is(drawn: Application) -> None:
    search = drawn.window.captions_panel.search
    drawn.session.selection.set([0, 3])
    search.words.setText("FOX")
    assert all("fox" in text for text in listed(drawn))
    assert 0 < len(listed(drawn)) < 25
    assert drawn.session.selection.patches == [0, 3]
    search.words.clear()
    drawn.session.edits.write([7], "a pond")
    search.state.setCurrentIndex(search.state.findData("pencil"))
    assert listed(drawn) == ["a pond"]
    search.state.setCurrentIndex(0)
    assert len(listed(drawn)) == 25
    assert drawn.session.selection.patches == [0, 3]


def test_a_search_that_finds_nothing_says_so_and_ends_with_escape(drawn: Application, qtbot: QtBot) -> None:
    window, panel = drawn.window, drawn.window.captions_panel
    search = panel.search
    qtbot.keyClick(window.view, Qt.Key.Key_F, CTRL)
    qtbot.keyClicks(search.words, "zzz(((")
    assert panel.heading.text() == "CAPTIONS  0 of 25"
    assert panel.empty.isVisible()
    assert panel.empty.text() == "No caption is like that."
    assert not search.replace.isEnabled()
    search.words.setText("fox")
    assert search.replace.isEnabled()
    assert panel.heading.text() == f"CAPTIONS  {len(listed(drawn))} of 25"
    drawn.session.edits.lock([index for index, text in enumerate(texts(drawn)) if "fox" in str(text)], True)
    assert not search.replace.isEnabled()
    search.state.setCurrentIndex(search.state.findData("lock"))
    qtbot.keyClick(search.words, Qt.Key.Key_Escape)
    assert (search.words.text(), search.state.currentData()) == ("", "")
    assert panel.heading.text() == "CAPTIONS  25"
    assert panel.list.isVisible()
    assert not panel.empty.isVisible()


def test_escape_ends_the_search_before_the_work_and_another_picture_ends_it_too(
    drawn: Application, draw: Draw, qtbot: QtBot
) -> None:
    engine, search = engine_of(drawn), drawn.window.captions_panel.search
    search.words.setText("zzz")
    draw(drawn.session)
    assert len(listed(drawn)) == 25
    assert search.words.text() == ""
    engine.hold_at = lambda event: isinstance(event, StepDone) and event.phase == 3
    drawn.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    qtbot.keyClick(drawn.window.view, Qt.Key.Key_F, CTRL)
    qtbot.keyClicks(search.words, "zzz")
    qtbot.keyClick(search.words, Qt.Key.Key_Escape)
    assert search.words.text() == ""
    assert drawn.session.state is JobState.RUNNING
    qtbot.keyClick(search.words, Qt.Key.Key_Escape)
    finished(drawn, qtbot)


def test_replace_all_from_the_panel_is_one_step(drawn: Application, qtbot: QtBot) -> None:
    panel, before = drawn.window.captions_panel, texts(drawn)
    assert not panel.search.replacement.isVisible()
    panel.search.words.setText("fox")
    panel.search.replacement.setText("cat")
    qtbot.mouseClick(panel.search.replace, LEFT)
    assert [str(text).replace("fox", "cat") for text in before] == texts(drawn)
    assert "Captions changed: 8" in drawn.window.bottom.status.text.text()
    drawn.window.actions_by_name["undo"].trigger()
    assert texts(drawn) == before


def test_rows_say_tokens_nearness_and_state(drawn: Application, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: drawn.session.tokens.counter is not None)
    model = drawn.window.captions_panel.model
    assert model.numbers(3) == (str(drawn.session.tokens.counter.count("a fox, a green meadow")), "100 %")  # type: ignore[union-attr]
    assert model.numbers(0)[1] == "0 %"
    drawn.session.edits.write([3], drawn.session.prompt)
    drawn.session.edits.lock([3], True)
    row = model.index(3)
    assert [name for name, _ in model.states(3)] == ["lock", "pencil", "flag"]
    assert "same as the prompt" in row.data(Qt.ItemDataRole.ToolTipRole)
    assert "locked, edited" in row.data(Qt.ItemDataRole.AccessibleTextRole)


def test_actions_are_offered_when_they_mean_something(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    actions = application.window.actions_by_name
    names = ("select_all", "lock", "revert", "copy_to_neighbours", "describe", "check", "regenerate", "branch", "go_on")
    assert not any(actions[name].isEnabled() for name in names)
    draw(application.session)
    assert {name for name in names if actions[name].isEnabled()} == {"select_all", "describe", "check", "branch"}
    application.session.select(3)
    assert not actions["go_on"].isEnabled()
    assert all(actions[name].isEnabled() for name in names if name != "go_on")
    for name, changed in (("lock", {3}), ("lock", {3}), ("copy_to_neighbours", {2, 4, 7, 8, 9})):
        before = application.session.document.phases[3].captions
        actions[name].trigger()
        after = application.session.document.phases[3].captions
        different = {index for index in range(25) if before[index] != after[index]}
        assert different == {index for index in changed if name == "lock" or before[index].text != before[3].text}


# The captioner, asked again


def test_patches_are_described_again_as_one_step(drawn: Application, qtbot: QtBot) -> None:
    session, editor = drawn.session, drawn.window.captions_panel.editor
    before = texts(drawn)
    session.edits.lock([4], True)
    session.selection.set([3, 4, 5])
    editor.question.setText("Which animal?")
    qtbot.mouseClick(editor.describe, LEFT)
    finished(drawn, qtbot)
    request = engine_of(drawn).requests[-1]
    assert isinstance(request, CaptionRequest)
    assert (request.phase, request.patches, request.of_result) == (3, (3, 5), False)
    assert texts(drawn)[3:6] == ["Which animal? 3", before[4], "Which animal? 5"]
    assert "Patches described again: 2." in drawn.window.bottom.status.text.text()
    session.undo_stack.undo()
    assert texts(drawn) == before
    session.undo_stack.redo()
    assert texts(drawn)[5] == "Which animal? 5"


def test_describing_can_be_cancelled_and_changes_nothing_then(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    draw(application.session)
    before = texts(application)
    engine.hold_at = lambda event: type(event).__name__ == "PatchCaptioned"
    application.session.patch_work.describe()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    qtbot.waitUntil(lambda: "Describing patches again" in application.window.bottom.status.text.text())
    application.session.cancel()
    finished(application, qtbot)
    assert texts(application) == before
    assert len(engine.requests[-1].patches) == 25  # nothing was selected: all of them


def test_captions_that_did_not_come_true_are_flagged_with_both_texts(drawn: Application, qtbot: QtBot) -> None:
    session = drawn.session
    session.select(3)
    drawn.window.actions_by_name["check"].trigger()
    finished(drawn, qtbot)
    assert engine_of(drawn).requests[-1].of_result
    assert texts(drawn)[3] == "a fox, a green meadow"
    assert not session.undo_stack.canUndo()  # an observation, no edit
    facts = drawn.window.captions_panel.editor.facts.text()
    assert "not what the picture shows" in facts
    assert f"the picture shows: {DEFAULT_QUESTION} 3" in facts
    assert "not seen in it: 1" in drawn.window.bottom.status.text.text()


def test_captions_are_compared_while_another_phase_is_looked_at(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session = application.session
    draw(session)
    engine.hold_at = lambda event: type(event).__name__ == "PatchCaptioned"
    application.window.actions_by_name["check"].trigger()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    session.show_phase(1)  # which has no patches
    engine.hold_at = lambda event: False
    engine.release.set()
    finished(application, qtbot)
    assert "Captions compared with the picture: 25" in application.window.bottom.status.text.text()
    assert all(caption.seen is not None for caption in session.document.phases[3].captions)


def test_without_a_captioner_that_is_told(drawn: Application) -> None:
    drawn.session.next.change(captioner=None)
    drawn.session.patch_work.describe()
    assert "no captioner" in drawn.window.bottom.messages.text.text()
    assert not drawn.session.busy


# The caption gate


def test_a_phase_waits_for_its_captions_and_goes_on_with_corrected_ones(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, status = application.session, application.window.bottom.status
    qtbot.mouseClick(application.window.request_panel.review, LEFT, pos=QPoint(8, 8))
    assert session.next.wish.review_captions
    session.picture_work.generate()
    finished(application, qtbot)
    assert status.text.text() == "Phase 2 waits for your captions."
    assert status.go_on.isVisible()
    assert session.document.shown == 2
    assert not any(isinstance(event, StepDone) and event.phase == 2 for event in engine.seen)
    session.select(4)
    assert not application.window.captions_panel.editor.redraw.button.isEnabled()  # nothing to regenerate yet
    session.edits.write([4], "a red kite")
    qtbot.mouseClick(status.go_on, LEFT)
    finished(application, qtbot)
    assert status.text.text() == "Phase 3 waits for your captions."
    assert session.document.phases[2].finished
    assert session.document.phases[2].captions[4] == replace(session.document.phases[2].captions[4], text="a red kite")
    assert session.document.phases[2].captions[4].edited
    session.edits.write([20], "a pond")
    application.window.actions_by_name["go_on"].trigger()
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        pass
    last = [request for request in engine.requests if isinstance(request, GenerationRequest)][-1]
    assert last.own_captions == {2: {4: "a red kite"}, 3: {20: "a pond"}}
    assert last.output == engine.requests[0].output
    assert not status.go_on.isVisible()
    assert session.document.complete
    drawn = [event.phase for event in engine.seen if isinstance(event, PhaseFinished) and not event.resumed]
    assert drawn == [1, 2, 3]  # each once


@pytest.mark.parametrize("changes", [{}, {"prompt": "a hen"}])
def test_generate_goes_on_with_a_picture_that_waits_unless_another_one_is_wished_for(
    open_window: OpenWindow, qtbot: QtBot, changes: dict[str, str]
) -> None:
    """It drew the same picture once more up to the same place, and lost what was corrected."""
    engine = ScriptedEngine()
    application = open_window(engine)
    session = application.session
    session.next.change(review_captions=True)
    for phase in (2, 3):
        qtbot.keyClick(application.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        finished(application, qtbot)
        assert session.document.waiting == phase
        session.edits.write([4], "a red kite")
    folder = session.document.folder
    session.next.change(**changes)
    qtbot.mouseClick(application.window.request_panel.generate, LEFT)
    finished(application, qtbot)
    same = not changes
    assert (session.document.folder == folder) is same
    assert session.document.complete is same
    own = engine.requests[-1].own_captions
    assert own == ({2: {4: "a red kite"}, 3: {4: "a red kite"}} if same else {})


def test_patches_can_be_described_again_while_a_phase_waits(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    session = application.session
    session.next.change(review_captions=True)
    session.picture_work.generate()
    finished(application, qtbot)
    session.select(4)
    session.patch_work.describe("What?")
    finished(application, qtbot)
    assert texts(application)[4] == "What? 4"
    assert session.document.waiting == 2
    session.picture_work.go_on()
    finished(application, qtbot)
    assert engine_of(application).requests[-1].own_captions == {2: {4: "What? 4"}}


def test_a_cancelled_phase_goes_on_with_its_own_words(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session = application.session
    session.next.change(review_captions=True)
    session.picture_work.generate()
    finished(application, qtbot)
    session.edits.write([4], "a red kite")
    engine.hold_at = lambda event: isinstance(event, StepDone) and event.phase == 2
    session.picture_work.go_on()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    session.cancel()
    finished(application, qtbot)
    assert sorted(session.document.phases) == [1]
    session.undo_stack.undo()  # of a phase that is gone
    engine.hold_at = lambda event: False
    session.picture_work.go_on()
    finished(application, qtbot)
    assert session.document.waiting == 2
    assert texts(application)[4] == "a red kite"
    assert session.document.phases[2].captions[4].edited


def test_a_run_stops_after_its_phase_and_goes_on_later(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 2)
    application = open_window(engine)
    session, status = application.session, application.window.bottom.status
    session.picture_work.generate()
    qtbot.waitUntil(lambda: status.stop_after.isVisible() and engine.held.is_set(), timeout=10_000)
    qtbot.mouseClick(status.stop_after, LEFT)
    assert not status.stop_after.isEnabled()
    assert "stops after this phase" in status.text.text()
    engine.hold_at = lambda event: False
    engine.release.set()
    finished(application, qtbot)
    assert status.text.text() == "Stopped after phase 2."
    assert sorted(session.document.phases) == [1, 2]
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        qtbot.mouseClick(status.go_on, LEFT)
    assert session.document.complete
    drawn = [event.phase for event in engine.seen if isinstance(event, PhaseFinished) and not event.resumed]
    assert drawn == [1, 2, 3]


def test_a_branch_is_another_picture_that_shares_earlier_phases(drawn: Application, qtbot: QtBot) -> None:
    session = drawn.session
    session.show_phase(2)
    source = session.document.folder
    session.picture_work.branch()
    assert "No caption of phase 2 was changed." in drawn.window.bottom.messages.text.text()
    session.edits.write([4], "a red kite")
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        drawn.window.actions_by_name["branch"].trigger()
    engine = engine_of(drawn)
    assert session.document.folder != source
    assert engine.shared == [(source, session.document.folder, 2)]
    assert engine.requests[-1].own_captions == {2: {4: "a red kite"}}
    session.show_phase(2)
    assert texts(drawn)[4] == "a red kite"


def test_captions_written_on_a_picture_without_any_lead_a_branch(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    """Earlier phases are as they are: they had no captions."""
    application = open_window()
    session = application.session
    session.next.change(captioner=None)
    draw(session)
    first, source = session.document.request, session.document.folder
    assert first is not None
    assert not first.options.captions
    session.edits.write([4], "a red kite")
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        application.window.actions_by_name["branch"].trigger()
    request = engine_of(application).requests[-1]
    assert (request.options.captions, request.caption_source, request.captioner) == (True, "own", None)
    assert request.own_captions == {3: {4: "a red kite"}}
    assert request.trunk == Trunk(request=replace(first, output=Path()), phases=2)
    assert engine_of(application).shared == [(source, request.output, 3)]


@pytest.mark.parametrize("kept", [1, 2])
def test_a_picture_branches_off_any_phase_with_the_settings_of_now(drawn: Application, qtbot: QtBot, kept: int) -> None:
    session, engine = drawn.session, engine_of(drawn)
    session.edits.write([4], "a red kite")  # in phase 3
    source, first = session.document.folder, session.document.request
    assert first is not None
    session.next.change(seed=99, prompt="a harbour")
    session.show_phase(kept)
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        drawn.window.actions_by_name["branch_off"].trigger()
    request = engine.requests[-1]
    assert session.document.request == request
    assert engine.shared == [(source, request.output, kept + 1)]
    assert request.output != source
    assert request.trunk == Trunk(request=replace(first, output=Path()).up_to(kept), phases=kept)
    assert (request.seed, request.prompt, request.own_captions) == (99, "a harbour", {3: {4: "a red kite"}})
    if kept == 2:  # of a kept phase that is drawn again, its own settings stay
        session.show_phase(2)
        session.edits.write([0], "a black cat")
        again = branching(session.document)
        assert again == replace(first, own_captions={2: {0: "a black cat"}}, output=request.output)


def test_a_branch_needs_a_phase_that_follows(drawn: Application) -> None:
    session, engine = drawn.session, engine_of(drawn)
    assert session.document.request is not None
    drawn.window.actions_by_name["branch_off"].trigger()
    assert "Nothing follows phase 3" in drawn.window.bottom.messages.text.text()
    assert len(engine.requests) == 1
    assert session.next.wish.seed == session.document.request.seed  # it is used up by pictures alone
    session.next.change(size=Size(512, 256))
    drawn.window.actions_by_name["branch_off"].trigger()
    assert "Choose a size of the same shape." in drawn.window.bottom.messages.text.text()


def test_nothing_can_be_reviewed_without_captions(open_window: OpenWindow) -> None:
    application = open_window()
    review = application.window.request_panel.review
    assert review.isEnabled()
    application.session.next.change(preset="demofusion")
    assert not review.isEnabled()
    application.session.next.change(preset="fast", captioner=None)
    assert not review.isEnabled()


# The ladder


@pytest.mark.parametrize(
    ("caption", "options", "expected"),
    [
        (
            Caption(text="a fox", described="a fox", dropped=("hat", "scarf")),
            PRESETS["paper"],
            [("low ← prompt", "P"), ("high ← caption", "a fox"), ("filtered out", "hat, scarf")],
        ),
        (
            Caption(text="an owl", described="a fox", dropped=("hat",)),
            PRESETS["paper"],
            [("low ← prompt", "P"), ("high ← caption", "an owl")],
        ),
        (Caption(text=" "), PRESETS["balanced"], [("low ← prompt", "P"), ("high ← prompt", "P")]),
        (Caption(text="a fox"), PRESETS["demofusion"], [("all ← prompt", "P")]),
        (Caption(text="a fox"), replace(PRESETS["balanced"], reduction="high"), [("high ← caption", "a fox")]),
    ],
)
def test_the_ladder_says_what_drives_each_band(
    qtbot: QtBot, caption: Caption, options: object, expected: list[tuple[str, str]]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    ladder = PromptLadder()
    ladder.setParent(parent)
    ladder.show_caption(caption, "P", options)  # type: ignore[arg-type]
    shown = [(name.text(), text.text()) for name, text in ladder.rungs if not name.isHidden()]
    assert shown == expected
