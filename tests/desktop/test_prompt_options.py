"""Styles, questions, wildcards and where captions come from, chosen on the left."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hiprompt_core.model_files import demo_captioner
from hiprompt_core.questions import QUESTIONS
from hiprompt_core.request import DEFAULT_QUESTION
from hiprompt_core.styles import STYLES
from hiprompt_desktop.app import Application, first_wish
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.panels import prompt_options, style_field
from hiprompt_desktop.panels.prompt_options import PromptOptions
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, load_settings
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_window import message


@pytest.fixture
def wildcards(places: Places) -> Path:
    """The folder beside the settings, where the window looks by itself."""
    folder = places.config / "wildcards"
    (folder / "colours").mkdir(parents=True)
    (folder / "animals.txt").write_text("fox\nwolf\nhare\nowl\n")
    (folder / "colours" / "warm.txt").write_text("red\n")
    return folder


def options(application: Application) -> PromptOptions:
    panel = application.window.request_panel
    if not panel.more.button.isChecked():
        panel.more.button.click()
    return panel.options


def draw(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignal(session.picture_finished, timeout=20_000):
        session.picture_work.generate()


def test_every_style_and_question_has_its_words() -> None:
    assert [style.name for style in STYLES] == list(style_field._STYLES)
    assert list(prompt_options._PURPOSES) == list(QUESTIONS)


def test_a_style_is_shown_before_it_is_used(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    fields, session = options(application), application.session
    session.next.change(prompt="a fox", negative_prompt="blur")
    assert not fields.preview.isVisible()
    row = fields.style_field.combo.findText("gouache")
    fields.style_field.combo.setCurrentIndex(row)
    fields.style_field.combo.activated.emit(row)
    assert session.next.wish.style == "gouache"
    told = "a fox, gouache, flat opaque colour, matt surface, simple shapes"
    assert fields.preview.isVisible()
    assert fields.preview.text() == told
    assert fields.preview.toolTip().endswith("Avoid: blur, photograph, gloss")
    session.next.change(prompt="a fox " * 30)
    assert fields.preview.text().startswith("a fox a fox")
    assert "…, gouache, flat" in fields.preview.text()
    session.next.change(prompt="a fox")
    draw(qtbot, session)
    assert (engine.requests[0].prompt, engine.requests[0].negative_prompt) == (told, "blur, photograph, gloss")
    assert application.window.request_panel.prompt.toPlainText() == "a fox"


def test_choices_are_made_when_generate_is_pressed(open_window: OpenWindow, qtbot: QtBot, wildcards: Path) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    fields, session, panel = options(application), application.session, application.window.request_panel
    panel.prompt.setPlainText("a {small|small} ")
    panel.prompt.moveCursor(panel.prompt.textCursor().MoveOperation.End)
    fields.fill_menu()
    rows = [action.text() for action in fields.folder_button.menu().actions() if not action.isSeparator()]
    assert rows == ["__animals__", "__colours/warm__", "Show the folder", "Choose another folder…"]
    fields.folder_button.menu().actions()[0].trigger()
    assert session.next.wish.prompt == "a {small|small} __animals__"
    draw(qtbot, session)
    prompt = engine.requests[0].prompt
    assert prompt in {f"a small {animal}" for animal in ("fox", "wolf", "hare", "owl")}
    qtbot.waitUntil(lambda: len(application.library.history.entries) == 1)
    assert application.library.history.entries[0].prompt == prompt
    assert session.document.request is not None
    assert session.prompt == prompt
    panel.prompt.setPlainText("a __animal__")
    assert "There is no wildcard __animal__" in panel.plan.text()
    session.picture_work.generate()
    assert "__animals__" in message(application)
    fields.on_folder(str(wildcards / "colours"))
    panel.prompt.setPlainText("a __warm__ wall")
    assert panel.plan.text().startswith("<a")


def test_four_seeds_make_choices_of_their_own(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    application.session.next.change(prompt="a {red|blue|green|white|black} wall", seed=1)
    application.queue.generate_batch(4)
    qtbot.waitUntil(lambda: len(engine.requests) == 4 and not application.session.busy, timeout=20_000)
    assert [request.seed for request in engine.requests] == [1, 2, 3, 4]
    assert len({request.prompt for request in engine.requests}) > 1
    assert all("|" not in request.prompt for request in engine.requests)


def test_the_captioner_is_asked_what_is_chosen(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    fields, session = options(application), application.session
    assert fields.question.currentText() == DEFAULT_QUESTION
    fields.question.setCurrentIndex(2)
    fields.question.activated.emit(2)
    assert session.next.wish.question == QUESTIONS["materials"].text
    fields.question.lineEdit().selectAll()
    qtbot.keyClicks(fields.question.lineEdit(), "Which weather?")
    session.next.change(seed=7)
    assert fields.question.currentText() == "Which weather?"  # typing goes on whatever happens elsewhere
    qtbot.keyClick(fields.question.lineEdit(), Qt.Key.Key_Return)
    draw(qtbot, session)
    assert engine.requests[0].question == "Which weather?"
    session.select(3)
    assert application.window.captions_panel.editor.question.placeholderText() == "Which weather?"
    session.patch_work.describe()
    qtbot.waitUntil(lambda: not session.busy)
    assert engine.requests[-1].question == "Which weather?"
    fields.question.setCurrentText("")
    fields.question.lineEdit().editingFinished.emit()
    assert session.next.wish.question == DEFAULT_QUESTION
    session.next.change(captioner=None)
    assert not fields.question.isEnabled()


@pytest.mark.parametrize(("row", "source"), [("The prompt’s words, where they are", "attention"), ("Only mine", "own")])
def test_captions_come_from_elsewhere(open_window: OpenWindow, qtbot: QtBot, row: str, source: str) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, chooser = application.session, application.window.request_panel.captioner
    place = chooser.findText(row)
    chooser.setCurrentIndex(place)
    chooser.activated.emit(place)
    wish = session.next.wish
    assert (wish.caption_source, wish.captioner, wish.describes) == (source, None, True)
    assert chooser.currentText() == row
    assert session.next.forecast.plan is not None
    assert session.next.forecast.plan.captions == 0
    draw(qtbot, session)
    assert (engine.requests[0].caption_source, engine.requests[0].captioner) == (source, None)
    session.next.change(preset="demofusion")
    assert session.next.forecast.plan is not None
    session.next.change(preset="balanced")
    chooser.setCurrentIndex(0)
    chooser.activated.emit(0)
    wish = session.next.wish
    assert (wish.caption_source, wish.captioner) == ("captioner", demo_captioner())


def test_all_of_it_is_there_at_the_next_start(open_window: OpenWindow, tmp_path: Path) -> None:
    first = open_window()
    fields = options(first)
    fields.on_folder(str(tmp_path))
    first.session.next.change(style="woodcut", question="Why?", caption_source="attention", captioner=None)
    wish = first.session.next.wish
    first.shut_down()
    again = open_window()
    assert again.session.next.wish == wish
    panel = again.window.request_panel
    assert panel.more.button.isChecked()
    assert panel.options.style_field.combo.currentText() == "woodcut"
    assert panel.options.folder.toolTip().endswith(str(tmp_path))


def test_styles_of_ones_own_are_offered_used_and_remembered(
    open_window: OpenWindow, qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    fields, session = options(application), application.session
    file = tmp_path / "styles.csv"
    file.write_text('name,prompt,negative_prompt\nMine,"{prompt}, in my way",gloss\n')
    (tmp_path / "broken.json").write_text("{")
    fields.style_field.on_file(str(tmp_path / "broken.json"))
    assert "is no file of styles" in message(application)
    assert session.next.wish.styles_file is None
    fields.style_field.on_file(str(file))
    combo = fields.style_field.combo
    assert combo.findText("Mine") == combo.count() - 1
    combo.setCurrentIndex(combo.count() - 1)
    combo.activated.emit(combo.count() - 1)
    session.next.change(prompt="a fox", negative_prompt="")
    assert fields.preview.text() == "a fox, in my way"
    draw(qtbot, session)
    assert (engine.requests[0].prompt, engine.requests[0].negative_prompt) == ("a fox, in my way", "gloss")
    application.save()
    again = first_wish(load_settings(places.settings_file), parse_arguments([]))
    assert (again.style, again.styles_file) == ("Mine", file)
    assert again.styled()[0] == "a fox, in my way"
    file.unlink()
    session.next.change(prompt="a wolf")
    assert "cannot be read" in application.window.request_panel.plan.text()
    fields.style_field.without.trigger()
    assert combo.findText("Mine") == -1
    assert application.window.request_panel.plan.text().startswith("<a")


def test_bits_of_the_captioner_are_chosen_where_a_card_can(
    open_window: OpenWindow, qtbot: QtBot, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, bits = application.session, application.window.request_panel.bits
    assert not bits.isVisible()  # a processor has nothing to choose
    monkeypatch.setattr("hiprompt_desktop.panels.captioner_bits.find_spec", lambda name: None)
    session.next.on_ready({"cuda": "a card", **engine.devices}, engine.place)
    assert bits.isVisible()
    assert "bitsandbytes" in bits.toolTip()
    monkeypatch.setattr("hiprompt_desktop.panels.captioner_bits.find_spec", lambda name: object())
    bits.refresh()
    bits.setCurrentIndex(bits.findData("4bit"))
    bits.activated.emit(bits.currentIndex())
    draw(qtbot, session)
    assert engine.requests[0].captioner_precision == "4bit"
    application.save()
    assert first_wish(load_settings(places.settings_file), parse_arguments([])).captioner_precision == "4bit"
    session.next.change(captioner=None)
    assert not bits.isVisible()
    draw(qtbot, session)
    assert engine.requests[1].captioner_precision == "auto"
