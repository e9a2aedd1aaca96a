"""Weights in prompts and captions by Ctrl+Up and Ctrl+Down, and how long a prompt is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from hiprompt_core.prompt_syntax import Fragment, parse
from hiprompt_core.request import Additions
from hiprompt_desktop.app import Application
from hiprompt_desktop.weighting import brackets, reweigh
from tests.core.library.trees import write_weights
from tests.desktop.conftest import OpenWindow

MORE, LESS = Qt.Key.Key_Up, Qt.Key.Key_Down


@pytest.mark.parametrize(
    ("text", "change", "after"),
    [
        ("a red| fox", 0.1, "a ([red]:1.1) fox"),
        ("a [red fox], a tree", -0.1, "a ([red fox]:0.9), a tree"),
        ("a ([red]:1.1) fox", 0.1, "a ([red]:1.2) fox"),
        ("a ([red]:1.1) fox", -0.1, "a [red] fox"),
        ("a (red old| fox:0.5)", 0.1, "a ([red old fox]:0.6)"),
        ("a (red| fox)", 0.1, "a ([red fox]:1.2)"),
        ("a ((deep| blue:1.5) sea)", -0.1, "a (([deep blue]:1.4) sea)"),
        ("a [(fox:1.3)]", 0.1, "a ([fox]:1.4)"),
        ("a [ fox ] .", 0.1, "a  ([fox]:1.1)  ."),
        ("(fox|:0.05)", -0.1, "([fox]:0)"),
        ("(fox|:10)", 0.1, "([fox]:10)"),
        (r"a cat \(anim|al\)", 0.1, r"a cat \(([animal]:1.1)\)"),
        ("一只狐狸|，草地", 0.1, "([一只狐狸]:1.1)，草地"),
        ("red [fox (brown] tree)", 0.1, None),
        ("red [(fox] tree", 0.1, None),
        ("a , | b", 0.1, None),
        ("|", 0.1, None),
    ],
)
def test_words_are_weighed(text: str, change: float, after: str | None) -> None:
    """``|`` is the cursor; the outermost square brackets are what is chosen."""
    cursor = text.find("|")
    start, end = (cursor, cursor) if cursor >= 0 else (text.index("["), text.rindex("]") - 1)
    plain = text.replace("|", "") if cursor >= 0 else text[:start] + text[start + 1 : end + 1] + text[end + 2 :]
    edit = reweigh(plain, start, end, change)
    if edit is None:
        assert after is None
        return
    chosen = edit.text[edit.first : edit.first + edit.chosen]
    marked = edit.text[: edit.first] + f"[{chosen}]" + edit.text[edit.first + edit.chosen :]
    assert plain[: edit.start] + marked + plain[edit.end :] == after


@pytest.mark.parametrize(
    ("text", "single"),
    [("a (b)", []), ("a (b", [2]), ("b) [c]", [1]), (r"\(a", []), ("(a [b)", [3]), ("([a)]", [1, 4]), ("((a)", [0])],
)
def test_brackets_without_a_partner_are_those_that_are_drawn(text: str, single: list[int]) -> None:
    assert brackets(text).single == single
    drawn = "".join(fragment.text for block in parse(text) for fragment in block)
    assert sum(drawn.count(sign) for sign in "()[]") == len(single) + text.count("\\")


def press(qtbot: QtBot, field: QPlainTextEdit, key: Qt.Key) -> None:
    qtbot.keyClick(field, key, Qt.KeyboardModifier.ControlModifier)


def choose(field: QPlainTextEdit, word: str) -> None:
    field.moveCursor(QTextCursor.MoveOperation.Start)
    assert field.find(word)


def test_keys_weigh_words_of_the_prompt_and_of_what_to_avoid(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    panel = application.window.request_panel
    panel.prompt.setPlainText("🦊 a fox and a tree")
    choose(panel.prompt, "fox")
    press(qtbot, panel.prompt, MORE)
    press(qtbot, panel.prompt, MORE)
    assert application.session.next.wish.prompt == "🦊 a (fox:1.2) and a tree"
    assert panel.prompt.textCursor().selectedText() == "fox"
    panel.prompt.undo()
    panel.prompt.undo()
    assert application.session.next.wish.prompt == "🦊 a fox and a tree"
    panel.avoid.button.click()
    panel.negative.setPlainText("blur")
    press(qtbot, panel.negative, LESS)
    assert application.session.next.wish.negative_prompt == "(blur:0.9)"
    panel.negative.setReadOnly(True)
    press(qtbot, panel.negative, LESS)
    assert panel.negative.toPlainText() == "(blur:0.9)"


def test_keys_weigh_words_of_captions(open_window: OpenWindow, qtbot: QtBot, draw: Callable[..., None]) -> None:
    application = open_window()
    session, window = application.session, application.window
    draw(session)
    session.select(3)
    editor = window.captions_panel.editor.text
    choose(editor, "fox")
    press(qtbot, editor, MORE)
    phase = session.document.shown_phase
    assert phase is not None
    assert phase.caption(3) == "a (fox:1.1), a green meadow"
    session.undo_stack.undo()
    window.view.editor.open(3)
    choose(window.view.editor, "meadow")
    press(qtbot, window.view.editor, LESS)
    qtbot.keyClick(window.view.editor, Qt.Key.Key_Return)
    phase = session.document.shown_phase
    assert phase is not None
    assert phase.caption(3) == "a fox, a green (meadow:0.9)"


def tokens(application: Application) -> tuple[str, str, str]:
    label = application.window.request_panel.tokens
    return label.text(), label.toolTip(), label.objectName()


def test_the_users_own_words_count_by_their_vectors(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    session = application.session
    file = write_weights(tmp_path / "mystyle.safetensors", {"clip_l": (8, 768), "clip_g": (8, 1280)})
    application.window.request_panel.prompt.setPlainText("a fox in mystyle")
    session.next.change(additions=Additions(embeddings={"mystyle": file}))
    qtbot.waitUntil(lambda: session.tokens.counter is not None)
    assert tokens(application)[0] == "11 / 75"
    session.next.change(additions=Additions())
    without = tokens(application)[0]
    assert without != "11 / 75"
    session.next.change(additions=Additions(embeddings={"mystyle": file, "fox": tmp_path / "gone.safetensors"}))
    assert tokens(application)[0] == "11 / 75", "a word whose file is gone is read as it stands"
    session.next.steps.undo()
    assert tokens(application)[0] == without


def test_the_tokens_of_the_prompt_are_shown(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    prompt = application.window.request_panel.prompt
    qtbot.waitUntil(lambda: application.session.tokens.counter is not None)
    counter = application.session.tokens.counter
    assert counter is not None
    limit = counter.limit
    prompt.setPlainText("(a fox:1.3) and a tree")
    text, tip, name = tokens(application)
    assert (text, name) == (f"{counter.count('a fox and a tree')} / {limit}", "small")
    assert "(words:1.3)" in tip
    prompt.setPlainText("a fox, " * limit)
    text, tip, name = tokens(application)
    parts = counter.chunks("a fox, " * limit)
    assert text.endswith(f"/ {parts * limit}")
    assert name == "small-warning"
    assert f"in {parts} parts" in tip
    prompt.setPlainText("a fox BREAK a tree")
    assert tokens(application)[0].endswith(f"/ {2 * limit}")
    prompt.setPlainText("a {fox|fox}")
    assert tokens(application)[0] == f"{counter.count('a fox')} / {limit}"
    prompt.setPlainText("a (fox")
    text, tip, name = tokens(application)
    assert text.startswith("( has no partner")
    assert "drawn as it stands" in tip
    assert name == "small"
    assert parse("a (fox") == [[Fragment("a (fox")]]


def test_signs_of_other_programs_are_told_beside_the_prompt(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    prompt = application.window.request_panel.prompt
    qtbot.waitUntil(lambda: application.session.tokens.counter is not None)
    for text, shown, says in (
        ("a [cat:dog:0.5]", "[cat:dog:…", "no prompt changes"),
        ("a [quiet harbour|dog]", "[quiet ha…", "do not take turns"),
        ("a fox <lora:fur:1>", "<lora:fur…", "add-ons of the model"),
    ):
        prompt.setPlainText(text)
        words, tip, name = tokens(application)
        assert words.startswith(f"{shown} is no syntax · ")
        assert says in tip
        assert name == "small-warning"
    prompt.setPlainText("a fox")
    application.window.request_panel.negative.setPlainText("snow AND (rain:-2)")
    words, tip, name = tokens(application)
    assert words.startswith("AND is no syntax · ")
    assert "“(rain:-2)” weighs 0" in tip
    application.window.request_panel.negative.clear()
    assert tokens(application)[2] == "small"
