"""Edits the caption of a patch in its place on the canvas: Return keeps it, Escape does not, Tab goes on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from hiprompt_desktop.session import Session
from hiprompt_desktop.weight_keys import WeightKeys

_WIDTH = (200, 340)
_HEIGHT = 76
_OWN_KEYS = {Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class InlineEditor(QPlainTextEdit):
    """Lies over the cell of a patch while it is open."""

    moved = Signal()
    """Another patch, or none, is being edited."""

    def __init__(self, session: Session, cell_of: Callable[[int], QRectF | None], port: QWidget) -> None:
        super().__init__(port)
        self._session = session
        self._cell_of = cell_of
        self.patch: int | None = None
        self.setAccessibleName(self.tr("Caption of the patch, in its place"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setTabChangesFocus(True)
        WeightKeys(self)
        self.hide()
        for signal in (session.state_changed, session.phases_changed, session.easel.changed):
            signal.connect(self._on_other_state)

    def open(self, patch: int, whole: bool = True) -> None:
        """Start editing, unless the caption cannot be changed now; ``whole``: what is typed takes the place of all."""
        phase = self._session.document.shown_phase
        if not self._session.can_edit or phase is None or phase.captions[patch].locked:
            return
        self.patch = patch
        self._session.selection.choose(patch)
        self.setPlainText(phase.caption(patch) or "")
        self.moveCursor(QTextCursor.MoveOperation.End)
        if whole:
            self.selectAll()
        self.place()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.moved.emit()

    def close_editor(self, keep: bool) -> None:
        """Stop editing; what was written counts, or does not."""
        patch, self.patch = self.patch, None
        if patch is None:
            return
        text = " ".join(self.toPlainText().split())
        phase = self._session.document.shown_phase
        focused = self.hasFocus()
        self.hide()
        if keep and phase is not None and text != (phase.caption(patch) or ""):
            self._session.edits.write([patch], text)
        if focused:
            self.parentWidget().setFocus(Qt.FocusReason.OtherFocusReason)
        self.moved.emit()

    def place(self) -> None:
        """Follow the cell when the picture moves."""
        cell = self._cell_of(self.patch) if self.patch is not None else None
        if cell is None:
            return
        port = self.parentWidget().rect().adjusted(4, 4, -4, -4)
        width = min(max(_WIDTH[0], int(cell.width()) - 16), _WIDTH[1])
        place = QRect(int(cell.left()) + 8, int(cell.bottom()) - _HEIGHT - 8, width, _HEIGHT)
        place.moveLeft(max(port.left(), min(place.left(), port.right() - place.width())))
        place.moveTop(max(port.top(), min(place.top(), port.bottom() - place.height())))
        self.setGeometry(place)

    def event(self, event: QEvent) -> bool:
        """Keys that are shortcuts elsewhere belong to the editor."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match Qt.Key(event.key()):
            case Qt.Key.Key_Escape:
                self.close_editor(keep=False)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.close_editor(keep=True)
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                self._go_on(1 if event.key() == Qt.Key.Key_Tab else -1)
            case _:
                super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        super().keyReleaseEvent(event)
        event.accept()  # the picture below acts on the release of Space

    def _go_on(self, step: int) -> None:
        """To the next caption that can be edited, in reading order and around."""
        phase, here = self._session.document.shown_phase, self.patch
        if phase is None or here is None:
            return
        self.close_editor(keep=True)
        count = len(phase.patches)
        order = [(here + step * distance) % count for distance in range(1, count + 1)]
        patch = next((index for index in order if not phase.captions[index].locked), None)
        if patch is not None:
            self.open(patch)

    def focusNextPrevChild(self, forwards: bool) -> bool:  # noqa: ARG002
        return False  # Tab is ours

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.close_editor(keep=True)

    def _on_other_state(self) -> None:
        if not self._session.can_edit:
            self.close_editor(keep=False)
