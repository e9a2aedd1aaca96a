"""The table of actions: found by words, run from a list, under keys of the user's own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from hiprompt_desktop.actions import TABLE, plain
from hiprompt_desktop.menu_table import menu_paths
from hiprompt_desktop.settings import Places, Settings, load_settings, save_settings
from tests.desktop.conftest import OpenWindow


def test_every_action_teaches() -> None:
    plain_ones = ("zoom_", "theme_", "scale_", "language_", "full_screen", "about")
    assert [e.name for e in TABLE if not e.tip and not e.name.startswith(plain_ones)] == []


@pytest.mark.parametrize(
    ("text", "shown"), [("&Export…", "Export…"), ("导出(&E)…", "导出…"), ("网格(&G)", "网格"), ("Fit", "Fit")]
)
def test_marks_of_menu_keys_are_left_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_the_list_of_actions_finds_and_runs(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    grid = window.actions_by_name["grid"]
    assert grid.isChecked()
    window.guidance.show_palette()
    palette = window.guidance.palette
    assert palette is not None
    assert len(palette.shown()) == len(menu_paths()) - 1
    qtbot.keyClicks(palette.search, "gri")
    assert "grid" in palette.shown()
    assert "export" not in palette.shown()
    qtbot.keyClicks(palette.search, "d view")  # words in any order, with the menu's name
    assert palette.shown() == ["grid"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert not grid.isChecked()
    qtbot.waitUntil(lambda: window.guidance.palette is None)


def test_what_means_nothing_now_is_grey_and_does_not_run(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    window.guidance.show_palette()
    palette = window.guidance.palette
    assert palette is not None
    qtbot.keyClicks(palette.search, "other programs")  # words of the tip
    assert palette.shown() == ["export"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert window.picture_actions.export_dialog is None
    palette.close()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("grid", "grid"),
        ("compare", "compare"),
        ("compare prompt", "counterfactual"),
        ("dark", "theme_dark"),
        ("chinese", "language_zh_CN"),
        ("view grid", "grid"),
        ("open a pic", "open"),
        ("ZOOM in", "zoom_in"),
    ],
)
def test_what_is_called_as_was_typed_comes_first(open_window: OpenWindow, qtbot: QtBot, typed: str, first: str) -> None:
    window = open_window().window
    window.actions_by_name["compare"].setEnabled(False)
    window.guidance.show_palette()
    palette = window.guidance.palette
    assert palette is not None
    qtbot.keyClicks(palette.search, typed)
    assert palette.shown()[0] == first
    chosen = palette.list.currentItem()
    enabled = window.actions_by_name[first].isEnabled()
    assert (chosen is palette.list.topLevelItem(0)) == enabled
    assert enabled or chosen is None, "Return does not run something else"
    palette.close()


def test_a_word_that_nothing_is_called_is_answered(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    window.guidance.show_palette()
    palette = window.guidance.palette
    assert palette is not None
    qtbot.keyClicks(palette.search, "xyzzy")
    assert palette.shown() == []
    assert palette.nothing.isVisible()
    assert palette.nothing.text() == "Nothing is called that."
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    palette.search.clear()
    assert palette.list.isVisible()
    assert len(palette.shown()) == len(menu_paths()) - 1
    palette.close()


def test_the_arrows_choose_in_the_list(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    window.guidance.show_palette()
    palette = window.guidance.palette
    assert palette is not None
    qtbot.keyClicks(palette.search, "theme")
    assert palette.shown() == ["theme_system", "theme_light", "theme_dark", "theme_contrast"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.settings.theme == "dark"


def test_a_key_can_be_changed_and_is_remembered(open_window: OpenWindow, places: Places) -> None:
    application = open_window()
    window = application.window
    window.guidance.show_keys()
    dialog = window.guidance.dialog
    assert dialog is not None
    assert dialog.row("grid").text(1) == "G"
    dialog.list.setCurrentItem(dialog.row("grid"))
    assert not dialog.use.isEnabled()
    dialog.field.setKeySequence(QKeySequence("Ctrl+G"))
    dialog.use.click()
    assert window.actions_by_name["grid"].shortcuts() == [QKeySequence("Ctrl+G")]
    assert dialog.row("grid").text(1) == "Ctrl+G"
    assert "(Ctrl+G)" in window.actions_by_name["grid"].toolTip()
    assert window.settings.keys == ("grid=Ctrl+G",)
    application.save()
    assert load_settings(places.settings_file).keys == ("grid=Ctrl+G",)
    dialog.reset.click()
    assert window.actions_by_name["grid"].shortcuts() == [QKeySequence("G")]
    assert window.settings.keys == ()
    dialog.close()


def test_a_key_of_another_action_is_told_before_it_is_taken(open_window: OpenWindow) -> None:
    window = open_window().window
    window.guidance.show_keys()
    dialog = window.guidance.dialog
    assert dialog is not None
    dialog.list.setCurrentItem(dialog.row("grid"))
    dialog.field.setKeySequence(QKeySequence("T"))
    assert dialog.note.text() == "T belongs to “Captions”, which would lose it."
    dialog.use.click()
    assert window.actions_by_name["captions"].shortcuts() == []
    assert set(window.settings.keys) == {"captions=", "grid=T"}
    dialog.reset_all.click()
    assert window.actions_by_name["captions"].shortcuts() == [QKeySequence("T")]
    assert window.actions_by_name["grid"].shortcuts() == [QKeySequence("G")]
    dialog.close()


def test_two_meanings_of_escape_are_no_conflict(open_window: OpenWindow) -> None:
    keys = open_window().window.guidance.keys
    assert keys.user(QKeySequence("Esc"), besides="cancel") is None
    assert keys.user(QKeySequence("Esc"), besides="grid") == "cancel"


def test_own_keys_hold_at_the_start_and_tell_themselves_on_buttons(open_window: OpenWindow, places: Places) -> None:
    save_settings(places.settings_file, Settings(keys=("generate=F9; Ctrl+G", "no_such_action=F3", "lock=")))
    window = open_window().window
    assert window.actions_by_name["generate"].shortcuts() == [QKeySequence("F9"), QKeySequence("Ctrl+G")]
    assert window.actions_by_name["lock"].shortcuts() == []
    assert "(F9)" in window.request_panel.generate.toolTip()


@pytest.mark.parametrize("place", ["history", "seed", "size"])
def test_keys_of_actions_hold_in_fields_of_one_line_and_editing_keys_edit(
    open_window: OpenWindow, places: Places, qtbot: QtBot, place: str
) -> None:
    """As Ctrl+E and Ctrl+U of X11's fields, Alt+Backspace means something to those of the tests' platform."""
    save_settings(places.settings_file, Settings(keys=("grid=Alt+Backspace", "history=Ctrl+Left; G")))
    window = open_window().window
    grid, history, panel = window.actions_by_name["grid"], window.actions_by_name["history"], window.request_panel
    field = {"history": window.history_strip.search, "seed": panel.seed.edit, "size": panel.size_field.width_box}[place]
    edit = field if isinstance(field, QLineEdit) else field.lineEdit()
    window.activateWindow()
    field.setFocus()
    edit.selectAll()
    qtbot.keyClicks(field, "640")
    qtbot.keyClick(field, Qt.Key.Key_Backspace, Qt.KeyboardModifier.AltModifier)
    assert edit.text() == "640"
    assert not grid.isChecked()
    grid.setEnabled(False)
    qtbot.keyClick(field, Qt.Key.Key_Backspace, Qt.KeyboardModifier.AltModifier)
    assert edit.text() == "640"
    qtbot.keyClick(field, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert edit.cursorPosition() == 0
    assert history.isChecked()
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert edit.selectedText() == "640"
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert edit.text() != "640"
    qtbot.keyClick(field, Qt.Key.Key_G)
    assert history.isChecked()


def test_the_list_of_keys_can_be_searched(open_window: OpenWindow) -> None:
    window = open_window().window
    window.guidance.show_keys()
    dialog = window.guidance.dialog
    assert dialog is not None
    dialog.search.setText("seams")
    assert not dialog.row("seams").isHidden()
    assert dialog.row("export").isHidden()
    dialog.close()


@pytest.mark.parametrize("folds", [1, 3])
def test_panels_that_were_folded_are_folded_at_the_next_start(
    open_window: OpenWindow, qtbot: QtBot, folds: int
) -> None:
    window = open_window().window
    panels = ("captions_panel", "history_strip", "request_panel")
    for _ in range(folds):
        window.folding.fold()
    shown = [getattr(window, name).isVisible() for name in panels]
    assert shown.count(False) == folds
    window.close()
    again = open_window().window
    assert [getattr(again, name).isVisible() for name in panels] == shown
    assert again.actions_by_name["only_picture"].isChecked() is (folds == 3)
    for _ in range(4 - folds):
        again.folding.fold()
    assert all(getattr(again, name).isVisible() for name in panels)


def test_tab_folds_panels_on_the_picture_and_moves_on_elsewhere(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    window.activateWindow()
    window.request_panel.prompt.setFocus()
    qtbot.keyClick(window.request_panel.prompt, Qt.Key.Key_Tab)
    assert window.captions_panel.isVisible()
    panels = (window.captions_panel, window.history_strip, window.request_panel)
    seen = []
    for _ in range(4):
        window.view.setFocus()
        qtbot.keyClick(window.view, Qt.Key.Key_Tab)
        seen.append([panel.isVisible() for panel in panels])
    assert seen == [[False, True, True], [False, False, True], [False, False, False], [True, True, True]]
