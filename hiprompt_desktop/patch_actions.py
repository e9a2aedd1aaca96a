"""What can be done with patches and phases, as actions: connected to the session, enabled when they mean something."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from hiprompt_core.errors import HiPromptError
from hiprompt_desktop.canvas.view import CanvasView
from hiprompt_desktop.caption_file import SUFFIX, read_captions, write_captions
from hiprompt_desktop.counterfactual import Counterfactual
from hiprompt_desktop.panels.captions_panel import CaptionsPanel
from hiprompt_desktop.session import Session


class PatchActions(QObject):
    """Turns the actions of the menu Patches into calls of the session."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        session: Session,
        view: CanvasView,
        panel: CaptionsPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session = session
        self._view = view
        self._panel = panel
        self._counterfactual = Counterfactual(session, self)
        self._variations = session.patch_work.variations
        for name, slot in (
            ("select_all", session.selection.choose_all),
            ("grow", session.selection.grow),
            ("edit_caption", self._edit),
            ("lock", self._lock),
            ("revert", self._revert),
            ("copy_to_neighbours", self._copy),
            ("find", self._find),
            ("save_captions", self._ask_where_to),
            ("load_captions", self._ask_where_from),
            ("describe", self._describe),
            ("check", self._check),
            ("regenerate", panel.editor.redraw.regenerate),
            ("next_variation", lambda: self._variations.step(1)),
            ("last_variation", lambda: self._variations.step(-1)),
            ("accept_variation", session.patch_work.accept_variation),
            ("discard_variations", session.patch_work.discard_variations),
            ("branch", session.picture_work.branch),
            ("branch_off", session.picture_work.branch_off),
            ("counterfactual", self._counterfactual.draw),
            ("go_on", session.picture_work.go_on),
            ("stop_after_phase", session.stop_after_phase),
        ):
            actions[name].triggered.connect(slot)
        for signal in (
            self._variations.changed,
            session.state_changed,
            session.phases_changed,
            session.captions_changed,
            session.selection.changed,
        ):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        session, phase = self._session, self._session.document.shown_phase
        chosen, editable = bool(session.selection.patches), session.can_edit
        choosing = self._variations.open and not session.busy
        for name, enabled in {
            "select_all": phase is not None and bool(phase.patches),
            "grow": chosen,
            "edit_caption": editable and session.selection.current is not None,
            "lock": editable and chosen,
            "revert": editable and chosen,
            "copy_to_neighbours": editable and session.selection.current is not None,
            "find": phase is not None and bool(phase.patches),
            "save_captions": phase is not None and phase.described,
            "load_captions": editable,
            "describe": editable,
            "check": editable and phase is not None and phase.finished,
            "regenerate": editable and chosen and phase is not None and phase.finished,
            "next_variation": self._variations.open,
            "last_variation": self._variations.open,
            "accept_variation": choosing and self._variations.picture is not None,
            "discard_variations": choosing,
            "branch": session.picture_work.can_branch,
            "branch_off": session.picture_work.can_branch_off,
            "counterfactual": self._counterfactual.possible,
            "go_on": session.picture_work.can_go_on,
            "stop_after_phase": session.can_stop_after_phase,
        }.items():
            self._actions[name].setEnabled(enabled)

    def _edit(self) -> None:
        if self._session.selection.current is not None:
            self._view.editor.open(self._session.selection.current)

    def _lock(self) -> None:
        phase, patches = self._session.document.shown_phase, self._session.selection.patches
        if phase is not None:
            self._session.patch_work.lock(not all(phase.captions[index].locked for index in patches))

    def _revert(self) -> None:
        self._session.edits.revert(self._session.selection.patches)

    def _copy(self) -> None:
        if self._session.selection.current is not None:
            self._session.edits.copy_to_neighbours(self._session.selection.current)

    def _find(self) -> None:
        self._panel.show()
        self._panel.search.begin()

    def _ask_where_to(self) -> None:
        dialog = self._dialog(self.tr("Save captions"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        dialog.fileSelected.connect(self.save_captions)
        dialog.open()

    def _ask_where_from(self) -> None:
        dialog = self._dialog(self.tr("Load captions"))
        dialog.fileSelected.connect(self.load_captions)
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._panel, title, str(self._session.next.folder))
        dialog.setNameFilter(self.tr("Captions (*.json)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def save_captions(self, path: str) -> None:
        """Write what the shown phase says."""
        phase = self._session.document.shown_phase
        if phase is None:
            return
        try:
            write_captions(Path(path), phase, self._session.prompt)
        except HiPromptError as error:
            self._session.messages.complain(error)
        else:
            self._session.messages.say(self.tr("Captions saved as {0}").format(Path(path).name))

    def load_captions(self, path: str) -> None:
        """Let the shown phase say what a file says; one step of undo."""
        try:
            count = self._session.edits.load(read_captions(Path(path)))
        except HiPromptError as error:
            self._session.messages.complain(error)
        else:
            self._session.messages.say(self.tr("Captions changed: {0}.").format(count))

    def _describe(self) -> None:
        self._session.patch_work.describe(self._panel.editor.question.text())

    def _check(self) -> None:
        self._session.patch_work.describe(of_result=True)
