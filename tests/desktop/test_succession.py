"""Another language at once: the window is built anew, the work and the look of it stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import Event, StepDone
from hiprompt_desktop.app import Application
from hiprompt_desktop.canvas.compare import CompareMode
from hiprompt_desktop.main_window import MainWindow
from hiprompt_desktop.messages import Message, Tone
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, load_settings
from tests.desktop.conftest import OpenWindow
from tests.desktop.garbage import left_to_the_collector, no_collector
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[[Session], None]


@pytest.fixture(autouse=True)
def english_again(chinese: None) -> None:
    """Whatever was chosen."""


def choose(application: Application, language: str, qtbot: QtBot) -> MainWindow:
    """Choose a language in the menu; the window that takes the place of the one before."""
    old = application.window
    old.actions_by_name[f"language_{language}"].trigger()
    qtbot.waitUntil(lambda: application.window is not old)
    qtbot.waitUntil(lambda: not isValid(old))
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible()] == [application.window]
    return application.window


def test_the_language_changes_at_once_and_is_remembered(
    open_window: OpenWindow, places: Places, draw: Draw, qtbot: QtBot
) -> None:
    application = open_window(None)
    window = choose(application, "en", qtbot)
    assert window.request_panel.generate.text() == "Generate"
    assert window.actions_by_name["language_en"].isChecked()
    prompt = application.session.next.wish.prompt
    application.session.next.change(prompt="")
    assert window.request_panel.plan.text().startswith("The prompt is empty. Say")
    window = choose(application, "zh_CN", qtbot)
    assert window.request_panel.generate.text() == "生成"
    assert window.request_panel.plan.text() == "提示词为空。请用几个词写下画面内容。"
    assert window.bottom.status.text.text() == "就绪"
    assert window.bottom.status.badge.text() == "离线"
    application.session.next.change(prompt=prompt)
    draw(application.session)
    qtbot.waitUntil(lambda: window.history_strip.model.rowCount() == 1)
    assert choose(application, "en", qtbot).history_strip.list.isVisible()
    application.save()
    assert load_settings(places.settings_file).language == "en"


def test_what_is_seen_and_typed_stays(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> None:
    application = open_window(None, width=1300, height=820)
    session, window = application.session, application.window
    draw(session)
    session.show_phase(2)
    session.edits.write([4], "a kite")
    editor = window.captions_panel.editor
    editor.question.setText("What is here?")
    editor.redraw.strength.setValue(33)
    editor.redraw.count.setCurrentIndex(2)
    editor.redraw.seed.edit.setText("77")
    window.captions_panel.search.words.setText("a")
    window.history_strip.search.setText("fox")
    window.actions_by_name["grid"].trigger()
    window.request_panel.addons.button.setChecked(True)
    window.request_panel.hide()
    window.splitter.setSizes([0, 900, 400])
    window.view.zoom_to(1.5)
    window.view.centerOn(QPointF(100, 120))
    window.view.editor.open(4)
    window.view.editor.setPlainText("a red kite")
    session.selection.set([1, 4], 4)
    session.messages.tell(lambda: Message(tone=Tone.ERROR, text="Look"))
    place, sizes, gaze = window.geometry(), window.splitter.sizes(), window.view.gaze
    new = choose(application, "en", qtbot)
    assert new.geometry() == place
    assert new.splitter.sizes() == pytest.approx(sizes, abs=2)  # a folded panel has a handle of one pixel
    assert new.request_panel.isHidden()
    assert new.request_panel.addons.button.isChecked()
    assert session.selection.patches == [1, 4]
    editor, redraw = new.captions_panel.editor, new.captions_panel.editor.redraw
    assert (editor.question.text(), redraw.strength.value(), redraw.count.currentIndex()) == ("What is here?", 33, 2)
    assert redraw.seed.edit.text() == "77"
    assert editor.isVisible()
    assert new.captions_panel.search.words.text() == "a"
    assert new.captions_panel.list.model().rowCount() == new.captions_panel.list.patches.rowCount()
    assert new.history_strip.search.text() == "fox"
    assert not new.view.patches.grid
    assert gaze is not None
    assert new.view.gaze is not None
    assert new.view.gaze[0] == pytest.approx(gaze[0])
    assert (new.view.gaze[1] - gaze[1]).manhattanLength() < 2
    assert new.bottom.messages.text.text() == "Look"
    assert session.document.phases[2].caption(4) == "a red kite"
    session.undo_stack.undo()
    assert session.document.phases[2].caption(4) == "a kite"


def test_what_is_not_read_yet_is_told_in_the_other_language(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window(None)
    messages = application.session.messages
    messages.complain(OutOfMemory("There is not enough memory for this request.", "Use precision float32."))
    application.session.tell_busy()
    application.window.actions_by_name["scale_150"].trigger()
    bar = choose(application, "en", qtbot).bottom.messages
    told = []
    while messages.current is not None:
        told.append((bar.text.text(), bar.more.text() if bar.more.isVisible() else ""))
        bar.close_button.click()
    assert told == [
        ("The window’s parts have the other size from the next start.", "2 more to read"),
        ("A picture is being drawn. Open the other one when it is finished.", "1 more to read"),
        ("There is not enough memory for this request. Use precision float32.", ""),
    ]


def test_an_offer_outlives_the_window_that_made_it(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window(None)
    application.models.downloads.finished.emit(tmp_path / "someone" / "model")
    bar = choose(application, "en", qtbot).bottom.messages
    assert bar.text.text() == "Downloaded someone/model."
    bar.offers[0].click()
    shown = application.window.model_actions.window
    assert shown is not None
    shown.close()


def test_a_picture_that_is_drawn_goes_on(open_window: OpenWindow, qtbot: QtBot) -> None:
    def in_phase_2(event: Event) -> bool:
        return isinstance(event, StepDone) and event.phase == 2

    engine = ScriptedEngine(hold_at=in_phase_2)
    application = open_window(engine)
    session = application.session
    session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    window = choose(application, "en", qtbot)
    assert window.bottom.status.cancel.isVisible()
    assert "phase 2 of 3" in window.bottom.status.text.text()
    assert window.windowTitle().endswith("% · HiPrompt")
    with qtbot.waitSignal(session.picture_finished):
        engine.release.set()
    assert len(engine.requests) == 1
    assert window.view.gaze is None
    assert window.captions_panel.list.patches.rowCount() == len(session.document.phases[3].patches)
    assert window.bottom.status.text.text().startswith("Saved in")
    assert application.queue.tickets[-1].turn == "done"


def test_a_comparison_and_the_export_stay_open(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> None:
    application = open_window(None)
    draw(application.session)
    compare = application.window.view.compare
    compare.toggle()
    compare.set_mode(CompareMode.DIFFERENCE)
    compare.set_gain(8)
    application.window.picture_actions.show_export()
    new = choose_with_dialog(application, qtbot)
    assert new.view.compare.on
    assert (new.view.compare.mode, new.view.compare.gain) == (CompareMode.DIFFERENCE, 8)
    qtbot.waitUntil(lambda: None not in new.view.compare.pictures)
    assert new.picture_actions.export_dialog is not None
    assert new.picture_actions.export_dialog.export_button.text() == "Export"
    new.picture_actions.export_dialog.close()


def choose_with_dialog(application: Application, qtbot: QtBot) -> MainWindow:
    old = application.window
    old.actions_by_name["language_en"].trigger()
    qtbot.waitUntil(lambda: application.window is not old and not isValid(old))
    return application.window


def test_the_window_that_went_leaves_nothing_to_the_collector(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Which once ended its list of pictures in a worker's thread, and the program with it."""
    with no_collector():
        application = open_window()
        application.window.actions_by_name["models"].trigger()
        choose(application, "en", qtbot)
        assert left_to_the_collector() == set()
