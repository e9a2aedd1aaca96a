"""Everything about one model of the library, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.dialogs.model_phrases import (
    bytes_text,
    kind_text,
    licence_text,
    owner_text,
    parameters_text,
    removal_text,
    size_text,
    verdict_text,
)
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.model_use import USABLE, changes_to_use, in_use
from hiprompt_desktop.session import Session

if TYPE_CHECKING:
    from hiprompt_core.library import Advanced, Entry

WIDTH = 320


class ModelDetails(QFrame):
    """Asks in its own place before something is moved to the trash."""

    used = Signal()

    def __init__(self, session: Session, library: ModelLibrary) -> None:
        super().__init__()
        self._session = session
        self._library = library
        self._entry: Entry | None = None
        self._asking = False
        self._make_fields()
        self._lay_out()
        self.use.clicked.connect(self._on_use)
        self.verify.clicked.connect(self._on_verify)
        self.show_folder.clicked.connect(self._on_show_folder)
        self.copy_path.clicked.connect(self._on_copy)
        self.remove.clicked.connect(self._on_remove)
        self.confirm.clicked.connect(self._on_confirm)
        self.keep.clicked.connect(self._on_keep)
        library.errand.changed.connect(self.refresh)
        library.errand.advanced.connect(self._on_advanced)
        library.changed.connect(self._on_library)
        session.next.changed.connect(self.refresh)
        self.setFixedWidth(WIDTH)
        self.refresh()

    def _make_fields(self) -> None:
        self.name = _words()
        self.name.setObjectName("title")
        self.kind = _words()
        self.kind.setObjectName("muted")
        self.reason = _words()
        self.reason.setObjectName("problem")
        self.facts = {name: _words() for name in ("size", "precision", "parameters", "owner", "licence", "triggers")}
        self.facts["triggers"].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.path = _line(self.tr("Path"))
        self.copy_path = QPushButton(self.tr("Copy"))
        self.copy_path.setAccessibleName(self.tr("Copy the path"))
        self.hash = _line("SHA-256")
        self.hash.setPlaceholderText(self.tr("known once it is verified"))
        self.verdict = _words()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.progress = QLabel()
        self.progress.setObjectName("muted")
        self.use = QPushButton(self.tr("Use"))
        self.use.setObjectName("primary")
        self.verify = QPushButton(self.tr("Verify"))
        self.verify.setToolTip(self.tr("Reads every byte: damage, values that are not numbers, and the hash"))
        self.show_folder = QPushButton(self.tr("Show in folder"))
        self.remove = QPushButton(self.tr("Move to the trash…"))
        self.question = _words()
        self.confirm = QPushButton(self.tr("Move to the trash"))
        self.keep = QPushButton(self.tr("Keep it"))
        for button in (self.copy_path, self.use, self.verify, self.show_folder, self.remove, self.confirm, self.keep):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        self.body = QWidget()
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.name, self.kind, self.reason):
            column.addWidget(widget)
        column.addLayout(self._form())
        for below in (self.verdict, self.bar, self.progress):
            column.addWidget(below)
        column.addStretch(1)
        column.addWidget(self.question)
        column.addLayout(_halves(self.confirm, self.keep))
        column.addWidget(self.use)
        column.addLayout(_halves(self.verify, self.show_folder))
        column.addWidget(self.remove)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setObjectName("muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 0, 0, 0)
        layout.addWidget(self.body)
        layout.addWidget(self.hint)

    def _form(self) -> QFormLayout:
        """What is known, a title beside each fact."""
        form = QFormLayout()
        form.setContentsMargins(0, 8, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._titles = {
            "size": _muted(self.tr("Size")),
            "precision": _muted(self.tr("Precision")),
            "parameters": _muted(self.tr("Parameters")),
            "owner": _muted(self.tr("Belongs to")),
            "licence": _muted(self.tr("Licence")),
            "triggers": _muted(self.tr("Trigger words")),
        }
        for name, title in self._titles.items():
            form.addRow(title, self.facts[name])
        path = QHBoxLayout()
        path.setSpacing(8)
        path.addWidget(self.path, 1)
        path.addWidget(self.copy_path)
        form.addRow(_muted(self.tr("Path")), path)
        form.addRow(_muted("SHA-256"), self.hash)
        return form

    def show_entry(self, entry: Entry | None) -> None:
        """Tell about another one."""
        if entry is None or self._entry is None or entry.path != self._entry.path:
            self._asking = False
        self._entry = entry
        self.refresh()

    def refresh(self) -> None:
        entry, errand = self._entry, self._library.errand
        self.body.setVisible(entry is not None)
        self.hint.setVisible(entry is None)
        if entry is None:
            self.hint.setText(
                self.tr("Choose one to see what it is.")
                if self._library.entries
                else self.tr("Add the folder where your models are. They are used in place, nothing is copied.")
            )
            return
        self.name.setText(entry.name)
        self.kind.setText(kind_text(entry))
        self.reason.setText(entry.trouble or entry.unusable)
        self.reason.setVisible(not entry.usable)
        values = (size_text(entry.size), entry.precision, parameters_text(entry.parameters), owner_text(entry),
                  licence_text(entry.licence), ", ".join(entry.triggers))  # fmt: skip
        for (name, label), value in zip(self.facts.items(), values, strict=True):
            label.setText(value)
            label.setVisible(bool(value))
            self._titles[name].setVisible(bool(value))
        _set_line(self.path, str(entry.path))
        _set_line(self.hash, entry.sha256 or "")
        verdict = self._library.verdicts.get(entry.path)
        self._dress_verdict(bool(verdict and verdict.problems))
        self.verdict.setText(verdict_text(verdict) if verdict else "")
        verifying = self._library.verifying == entry.path
        self.verdict.setVisible(verdict is not None and not verifying)
        self.bar.setVisible(verifying)
        self.progress.setVisible(verifying)
        if not verifying:
            self.bar.setRange(0, 0)
            self.progress.setText("")
        used = in_use(entry, self._session.next.wish)
        self.use.setText(self.tr("In use") if used else self.tr("Use"))
        self.use.setEnabled(entry.usable and entry.role in USABLE and not used)
        self.verify.setText(self.tr("Stop") if verifying else self.tr("Verify"))
        self.verify.setEnabled(not errand.cancelling if verifying else not errand.busy)
        self.remove.setEnabled(not errand.busy)
        self.confirm.setEnabled(not errand.busy)
        for widget in (self.question, self.confirm, self.keep):
            widget.setVisible(self._asking)
        for widget in (self.use, self.verify, self.show_folder, self.remove):
            widget.setVisible(not self._asking)
        self.question.setText(removal_text(entry))

    def _dress_verdict(self, bad: bool) -> None:
        name = "problem" if bad else "muted"
        if self.verdict.objectName() != name:
            self.verdict.setObjectName(name)
            self.verdict.style().polish(self.verdict)

    def _on_library(self) -> None:
        if self._entry is not None:
            path = self._entry.path
            self._entry = next((one for one in self._library.entries if one.path == path), None)
        self.refresh()

    def _on_advanced(self, advanced: Advanced) -> None:
        if self._library.verifying is not None and advanced.total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(1000 * advanced.done // advanced.total)
            self.progress.setText(bytes_text(advanced))

    def _on_use(self) -> None:
        if self._entry is not None:
            self._session.next.change(**changes_to_use(self._entry, self._session.next.wish))
            self.used.emit()

    def _on_verify(self) -> None:
        if self._library.verifying is not None:
            self._library.errand.cancel()
        elif self._entry is not None:
            self._library.verify(self._entry)

    def _on_show_folder(self) -> None:
        if self._entry is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._entry.path.parent)))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.path.text())

    def _on_remove(self) -> None:
        self._asking = True
        self.refresh()
        self.keep.setFocus()

    def _on_keep(self) -> None:
        self._asking = False
        self.refresh()
        self.remove.setFocus()

    def _on_confirm(self) -> None:
        self._asking = False
        if self._entry is not None:
            self._library.remove(self._entry)
        self.refresh()


def _words() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    return label


def _halves(left: QWidget, right: QWidget) -> QHBoxLayout:
    """Two buttons of one width."""
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(left, 1)
    row.addWidget(right, 1)
    return row


def _line(name: str) -> QLineEdit:
    """A text that is too long for its room and can be copied."""
    line = QLineEdit()
    line.setReadOnly(True)
    line.setAccessibleName(name)
    return line


def _set_line(line: QLineEdit, text: str) -> None:
    if line.text() != text:
        line.setText(text)
        line.setCursorPosition(0)
        line.setToolTip(text)
