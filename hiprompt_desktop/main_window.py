"""The window: three panels, a bottom line, menus, and what happens when it is closed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.actions import BATCHES, build_actions, icon_names
from hiprompt_desktop.appearance import Appearance
from hiprompt_desktop.diagnostics import Diagnostics
from hiprompt_desktop.drop_target import DropFrame, DropTarget
from hiprompt_desktop.end_notice import EndNotice
from hiprompt_desktop.field_keys import FieldKeys
from hiprompt_desktop.focus_return import FocusReturn
from hiprompt_desktop.folding import Folding
from hiprompt_desktop.guidance import Guidance
from hiprompt_desktop.icons import icon
from hiprompt_desktop.job import JobState
from hiprompt_desktop.key_bindings import explain
from hiprompt_desktop.library import Library
from hiprompt_desktop.menu_table import TOGGLES, ZOOM_ACTIONS
from hiprompt_desktop.menus import make_menus
from hiprompt_desktop.model_actions import ModelActions
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.panels.captions_panel import CaptionsPanel
from hiprompt_desktop.panels.fields import take_writing
from hiprompt_desktop.panels.focus_line import FocusLine
from hiprompt_desktop.panels.history_strip import HistoryStrip
from hiprompt_desktop.panels.picture_panel import PicturePanel
from hiprompt_desktop.panels.request_panel import RequestPanel
from hiprompt_desktop.panels.status_line import BottomBar
from hiprompt_desktop.patch_actions import PatchActions
from hiprompt_desktop.picture_actions import PictureActions
from hiprompt_desktop.project_actions import ProjectActions
from hiprompt_desktop.queue_runner import QueueRunner
from hiprompt_desktop.second_thought import SecondThought
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Settings
from hiprompt_desktop.view_actions import ViewActions


class MainWindow(QMainWindow):
    """Lays the panels out and turns actions into calls of the session."""

    closed = Signal()
    settings_changed = Signal(object)

    def __init__(
        self,
        session: Session,
        library: Library,
        models: ModelLibrary,
        queue: QueueRunner,
        diagnostics: Diagnostics,
        settings: Settings,
        window_file: Path,
    ) -> None:
        super().__init__()
        self._session = session
        self._library = library
        self._queue = queue
        self._diagnostics = diagnostics
        self.settings = settings
        self._window_state = QSettings(str(window_file), QSettings.Format.IniFormat, self)
        self._closing = False
        self.setWindowIcon(icon("hiprompt"))
        self.setMinimumSize(QSize(960, 600).boundedTo(self.screen().availableSize()))
        self._make_actions()
        self._make_panels(models)
        self._lay_out()
        self._make_menus()
        self._share_the_actions_out(models)
        self._connect()
        self._explain_buttons()
        self._restore()
        self._refresh()

    @property
    def view(self):  # type: ignore[no-untyped-def]
        """The canvas."""
        return self.picture_panel.view

    def _make_actions(self) -> None:
        self.actions_by_name = build_actions(self)
        for action in self.actions_by_name.values():
            if action.shortcutContext() != Qt.ShortcutContext.WidgetShortcut:
                self.addAction(action)

    def _make_panels(self, models: ModelLibrary) -> None:
        a, session = self.actions_by_name, self._session
        self.request_panel = RequestPanel(session, models)
        self.picture_panel = PicturePanel(session, [a[name] for name in ZOOM_ACTIONS], [a[name] for name in TOGGLES])
        self.captions_panel = CaptionsPanel(session)
        self.history_strip = HistoryStrip(session, self._library.history)
        self.column = QWidget()
        self.bottom = BottomBar(session, self._queue, models.downloads, self.column)

    def _lay_out(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self.column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.picture_panel, 1)
        column.addWidget(self.history_strip)
        for number, panel in enumerate((self.request_panel, self.column, self.captions_panel)):
            self.splitter.addWidget(panel)
            self.splitter.setStretchFactor(number, 1 if panel is self.column else 0)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.splitter, 1)
        layout.addWidget(self.bottom)
        self.setCentralWidget(content)
        for panel in (self.view, self.history_strip.list, self.captions_panel.list):
            FocusLine(panel)

    def _make_menus(self) -> None:
        menus = make_menus(self.menuBar(), self.actions_by_name)
        self.captions_panel.set_menu(menus["select_all"])
        self.view.addAction(menus["select_all"].menuAction())
        for name in ("go_on", "branch", "branch_off", "show_folder"):
            self.picture_panel.strip.addAction(self.actions_by_name[name])
        self.bottom.status.queue.panel.addAction(self.actions_by_name["queue"])  # its key closes it, too
        for name in ("fit", "grid", "captions", "compare", "seams", "repetition", "cost", "fold"):
            self.view.addAction(self.actions_by_name[name])

    def _share_the_actions_out(self, models: ModelLibrary) -> None:
        """Make the objects that do what most actions say; ``_connect`` sees to the others."""
        a, session, library, keeper = self.actions_by_name, self._session, self._library, self._library.keeper
        panels = (self.captions_panel, self.history_strip, self.request_panel)
        self.folding = Folding(a, panels, self.history_strip, self)
        self.appearance = Appearance(a, self.settings, session, self)
        stops = (self.request_panel.prompt, self.request_panel.plan, self.picture_panel.strip)
        self.guidance = Guidance(a, self.settings.keys, (*stops, self.captions_panel, self.view), self)
        self.end_notice = EndNotice(session, keeper, self)
        self.second_thought = SecondThought(session, self)
        FieldKeys(self)
        FocusReturn(self, self.view)
        self.second_thought.close_agreed.connect(self.stop_and_close)
        self.patch_actions = PatchActions(a, session, self.view, self.captions_panel, self)
        # What is being written counts; what the actions are for comes after.
        for name in ("generate", "generate_next", "generate_instead", *(f"batch_{count}" for count in BATCHES), "save"):
            a[name].triggered.connect(lambda: self.view.editor.close_editor(keep=True))
            a[name].triggered.connect(take_writing)
        self.project_actions = ProjectActions(a, self.menuBar().actions()[0].menu(), session, keeper, self)
        self.view_actions = ViewActions(a, session, self.view, self.settings, self)
        self.picture_actions = PictureActions(a, session, library, lambda: self.settings, self)
        self.model_actions = ModelActions(a, session, models, self._window_state, self)

    def _connect(self) -> None:
        a, session, view = self.actions_by_name, self._session, self.view
        for name, slot in (
            ("generate", self._queue.generate),
            ("generate_next", self._queue.generate_next),
            ("generate_instead", self._queue.generate_instead),
            *((f"batch_{count}", partial(self._queue.generate_batch, count)) for count in BATCHES),
            ("cancel_waiting", self._queue.cancel_waiting),
            ("cancel_all", self._queue.cancel_all),
            ("queue", self.bottom.status.queue.toggle),
            ("computing", self.bottom.status.device.show_menu),
            ("cancel", self.second_thought.cancel),
            ("quit", self.close),
            ("undo", session.undo.undo),
            ("redo", session.undo.redo),
            ("next_panel", self.focus_next_panel),
            ("diagnostics", self.ask_for_diagnostics),
        ):
            a[name].triggered.connect(slot)
        a["history"].toggled.connect(self._on_history)
        self.request_panel.more.button.toggled.connect(self._on_more)
        a["full_screen"].toggled.connect(self._on_full_screen)
        for helper in (self.appearance, self.guidance, self.view_actions, self.picture_actions):
            helper.chosen.connect(self._on_chosen)
        self.appearance.dressed.connect(self._on_dressed)
        self.request_panel.generate_asked.connect(self._queue.generate)
        self.request_panel.library_asked.connect(self.model_actions.show)
        self.bottom.messages.diagnostics_asked.connect(self.ask_for_diagnostics)
        self.bottom.status.folder_asked.connect(self.picture_actions.show_folder)
        places = [self, view.viewport(), *(field.viewport() for field in self.findChildren(QPlainTextEdit))]
        drops = DropTarget(places, self)
        drops.dropped.connect(self._library.recaller.receive)
        drops.hovered.connect(DropFrame(view).show_up)
        session.state_changed.connect(self._refresh)
        session.undo.changed.connect(self._refresh)
        self._queue.changed.connect(self._refresh)

    def _explain_buttons(self) -> None:
        """Buttons teach what their actions do, and by which keys."""
        status, editor = self.bottom.status, self.captions_panel.editor
        for widget, name in (
            (self.request_panel.generate, "generate"),
            (status.cancel, "cancel"),
            (status.stop_after, "stop_after_phase"),
            (status.go_on, "go_on"),
            (status.folder, "show_folder"),
            (editor.lock, "lock"),
            (editor.revert, "revert"),
            (editor.describe, "describe"),
            (editor.redraw.button, "regenerate"),
        ):
            explain(widget, self.actions_by_name[name])

    def _restore(self) -> None:
        a = self.actions_by_name
        a["history"].setChecked(self.settings.show_history)
        self.history_strip.setVisible(self.settings.show_history)
        self.request_panel.more.button.setChecked(self.settings.show_more)
        self._tint_icons()
        geometry = self._window_state.value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1440, 900)
            screen = self.screen().availableGeometry()
            self.resize(self.size().boundedTo(screen.size()))
        state = self._window_state.value("splitter")
        if state is None or not self.splitter.restoreState(state):
            self.splitter.setSizes([312, 824, 304])
        self.folding.restore(str(self._window_state.value("folded", "")))

    # State

    def _refresh(self) -> None:
        a, session = self.actions_by_name, self._session
        a["generate_next"].setEnabled(session.busy)  # its key continues a picture otherwise
        running, waiting = session.state is JobState.RUNNING, bool(self._queue.waiting)
        for name, enabled in {
            "generate_instead": session.busy,
            "cancel": running,
            "cancel_waiting": waiting,
            "cancel_all": running or waiting,
        }.items():
            a[name].setEnabled(enabled)
        a["undo"].setEnabled(session.undo.can_undo)
        a["redo"].setEnabled(session.undo.can_redo)
        if self._closing and not session.busy:
            self.close()

    def _tint_icons(self) -> None:
        for name, file in icon_names().items():
            self.actions_by_name[name].setIcon(icon(file))

    def _on_dressed(self) -> None:
        """The system or the user chose another theme."""
        self._tint_icons()
        self.view.apply_theme()
        self.request_panel.tint()
        self.model_actions.tint()
        self.history_strip.tint()
        self.captions_panel.tint()
        self.bottom.messages.refresh()
        self.bottom.status.refresh()
        self.picture_panel.refresh()

    # Slots of actions

    def _on_history(self, shown: bool) -> None:
        self._change_settings(show_history=shown)

    def _on_more(self, shown: bool) -> None:
        self._change_settings(show_more=shown)

    def _on_full_screen(self, full: bool) -> None:
        self.setWindowState(
            self.windowState() | Qt.WindowState.WindowFullScreen
            if full
            else self.windowState() & ~Qt.WindowState.WindowFullScreen
        )

    def _on_chosen(self, name: str, value: object) -> None:
        self._change_settings(**{name: value})

    def _change_settings(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)
        self.settings_changed.emit(self.settings)

    def ask_for_diagnostics(self) -> None:
        """Where to write what somebody who helps needs to know."""
        dialog = QFileDialog(self, self.tr("Collect diagnostics"), str(Path.home() / "hiprompt-diagnostics.zip"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setNameFilter(self.tr("Zip files ({0})").format("*.zip"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.collect_diagnostics)
        dialog.open()

    def collect_diagnostics(self, path: str) -> None:
        self._diagnostics.collect(Path(path))

    def focus_next_panel(self) -> None:
        """Go round: prompt, picture, history, captions."""
        stops = [self.request_panel.prompt, self.view, self.history_strip.list, self.captions_panel.list]
        panels = [self.request_panel, self.picture_panel, self.history_strip, self.captions_panel]
        focus = QApplication.focusWidget()
        here = next((i for i, panel in enumerate(panels) if focus is not None and panel.isAncestorOf(focus)), -1)
        for step in range(1, len(stops) + 1):
            stop = stops[(here + step) % len(stops)]
            if stop.isVisible():
                stop.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return clicks the button in focus that has no use of its own for it, as Space does and as in dialogs."""
        button, keypad = self.focusWidget(), Qt.KeyboardModifier.KeypadModifier
        plain = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers() & ~keypad
        if plain and not event.isAutoRepeat() and isinstance(button, (QPushButton, QToolButton)):
            button.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._session.next.retell_cost()  # other programs took or left memory meanwhile

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._session.busy:
            event.ignore()
            if not self._closing:
                self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)  # the question is to be seen
                self.second_thought.close()
            return
        self.view.editor.close_editor(keep=True)
        self.picture_actions.close()
        self.model_actions.close()
        self.remember_place()
        super().closeEvent(event)
        self.closed.emit()

    def remember_place(self) -> None:
        """Where the next window is to be."""
        self._window_state.setValue("geometry", self.saveGeometry())
        self._window_state.setValue("splitter", self.splitter.saveState())
        self._window_state.setValue("folded", self.folding.folded())
        self._window_state.sync()

    def end(self) -> None:
        """Make room for another window of the same session."""
        self.hide()
        self.second_thought.forget()
        self.view.background.stop()
        self.deleteLater()

    def stop_and_close(self) -> None:
        """Close without a question, as soon as what is being done has stopped."""
        self._closing = True
        self.hide()
        self._queue.stop()
        self._session.cancel()
        if not self._session.busy:
            self.close()
