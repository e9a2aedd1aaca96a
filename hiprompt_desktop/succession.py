"""One window takes the place of another, as when the language changes: what the user sees and typed stays as it was."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QSpinBox, QWidget

from hiprompt_desktop.main_window import MainWindow
from hiprompt_desktop.session import Session


def succeed(old: MainWindow, new: MainWindow, session: Session) -> None:
    """Show the new window as the old one was looked at, and end the old one.

    The place on the screen is remembered by ``MainWindow.remember_place``.
    """
    old.view.editor.close_editor(keep=True)
    for before, after in zip(_fields(old), _fields(new), strict=True):
        _copy(before, after)
    for name, action in old.actions_by_name.items():
        if action.isCheckable():
            new.actions_by_name[name].setChecked(action.isChecked())
    for before, after in zip(_panels(old), _panels(new), strict=True):
        after.setVisible(not before.isHidden())
    compare, other = new.view.compare, old.view.compare
    compare.set_mode(other.mode)
    compare.set_split(other.split)
    compare.set_gain(other.gain)
    gaze, export = old.view.gaze, old.picture_actions.export_dialog is not None
    if old.windowState() == Qt.WindowState.WindowNoState:
        new.setGeometry(old.geometry())  # what is restored from a file is fitted to the screen
        new.splitter.restoreState(old.splitter.saveState())
    new.show()
    old.end()
    session.retell()
    if gaze is not None:
        new.view.look(gaze)
    if export:
        new.picture_actions.show_export()


def _panels(window: MainWindow) -> tuple[QWidget, ...]:
    return (window.captions_panel, window.history_strip, window.request_panel)


def _fields(window: MainWindow) -> tuple[QWidget, ...]:
    """What holds something that only the window knows."""
    editor, search, history = window.captions_panel.editor, window.captions_panel.search, window.history_strip
    redraw, request = editor.redraw, window.request_panel
    return (
        *(editor.question, redraw.strength, redraw.steps, redraw.count, redraw.seed.edit),
        *(search.words, search.replacement, search.state),
        *(history.search, history.starred),
        *(fold.button for fold in (request.avoid, request.more, request.addons, redraw.more)),
    )


def _copy(before: QWidget, after: QWidget) -> None:
    match before, after:
        case QLineEdit(), QLineEdit():
            after.setText(before.text())
        case QComboBox(), QComboBox():
            after.setCurrentIndex(before.currentIndex())
        case QSpinBox(), QSpinBox():
            after.setValue(before.value())
        case QAbstractSlider(), QAbstractSlider():
            after.setValue(before.value())
        case QAbstractButton(), QAbstractButton():
            after.setChecked(before.isChecked())
