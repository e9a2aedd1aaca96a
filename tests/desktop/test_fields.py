"""Small fields of the panels, each by itself."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hiprompt_core.request import DEFAULT_QUESTION, LARGEST_SEED
from hiprompt_desktop.panels.fields import SeedField
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine


@pytest.fixture
def seeds(qtbot: QtBot) -> tuple[SeedField, list[int]]:
    field, told = SeedField(), list[int]()
    field.changed.connect(told.append)
    qtbot.addWidget(field)
    return field, told


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("7", 7),
        ("4294967295", 4294967295),  # of A1111, and beyond 32 bits with a sign
        (str(LARGEST_SEED), LARGEST_SEED),
        ("9999999999999999999", LARGEST_SEED),
        ("007", 7),
    ],
)
def test_a_seed_is_what_was_written(seeds: tuple[SeedField, list[int]], written: str, meant: int) -> None:
    field, told = seeds
    QTest.keyClicks(field.edit, written)
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert told == [meant]
    assert field.edit.text() == str(meant)


def test_a_look_at_a_seed_changes_nothing(seeds: tuple[SeedField, list[int]]) -> None:
    """Qt calls it edited whenever the focus leaves."""
    field, told = seeds
    field.set_seed(5, locked=False)
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert told == []


def test_an_empty_field_throws_the_dice(seeds: tuple[SeedField, list[int]], qtbot: QtBot) -> None:
    field, told = seeds
    field.set_seed(5, locked=True)
    field.edit.clear()
    with qtbot.waitSignal(field.rolled):
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert told == []


def test_a_key_draws_what_is_still_being_written(open_window: OpenWindow, qtbot: QtBot) -> None:
    """A button takes the focus, by which fields tell of it; Ctrl+Return leaves it where it is."""
    engine = ScriptedEngine()
    application = open_window(engine)
    window, panel = application.window, application.window.request_panel
    panel.more.button.click()
    question = panel.options.question
    fields = ((panel.seed.edit, "88"), (panel.size_field.width_box, "256"), (question, "What is it?"))
    for number, (field, text) in enumerate(fields, start=1):
        field.setFocus()
        (question.lineEdit() if field is question else field).selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda number=number: len(engine.requests) == number and not application.session.busy)
        assert field.hasFocus()
    first, second, third = engine.requests
    assert (first.seed, first.size.width, second.size.width) == (88, 512, 256)
    assert (second.question, third.question) == (DEFAULT_QUESTION, "What is it?")


def test_a_large_seed_draws_the_next_picture(open_window: OpenWindow) -> None:
    application = open_window()
    edit = application.window.request_panel.seed.edit
    edit.selectAll()
    QTest.keyClicks(edit, "3000000000")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert application.session.next.wish.seed == 3000000000
    application.window.captions_panel.editor.redraw.seed.edit.setText("18000000000")
    assert application.window.captions_panel.editor.redraw.seed.seed() == 18000000000


def test_the_prompt_grows_with_its_words_and_shrinks_again(open_window: OpenWindow, qtbot: QtBot) -> None:
    """Not with each of them: fields under it would jump while one types."""
    application = open_window(height=1000)
    prompt = application.window.request_panel.prompt
    prompt.clear()
    least, heights = prompt.height(), [prompt.height()]
    for _ in range(100):
        prompt.insertPlainText("two words ")
        heights.append(prompt.height())
    line = prompt.fontMetrics().lineSpacing()
    assert heights == sorted(heights)
    assert heights[10] == least
    assert 11 * line < heights[-1] < 14 * line
    assert len(set(heights)) <= 6
    application.window.resize(1280, 600)
    qtbot.waitUntil(lambda: prompt.height() < 12 * line)
    assert prompt.height() <= application.window.request_panel.height() // 3
    application.session.next.change(prompt="a fox")
    qtbot.waitUntil(lambda: prompt.height() == least)
    application.window.resize(1280, 1000)
    for lines in (5, 8, 11, 13):
        prompt.setPlainText("\n".join(["word"] * lines))
        assert (prompt.verticalScrollBar().maximum() == 0) == (lines < 13)
