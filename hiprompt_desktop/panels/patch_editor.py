"""The editor of the selected patch: its caption, how strongly to redraw it, and Regenerate."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.canvas.overlay_geometry import name_of
from hiprompt_desktop.session import Session

DEFAULT_STRENGTH = 60


class PatchEditor(QWidget):
    """Hidden while no patch is selected."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.heading = QLabel()
        self.heading.setObjectName("heading")
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Caption of the patch"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(76)
        self.text.textChanged.connect(self._on_text)
        self.revert = QToolButton()
        self.revert.setText(self.tr("revert"))
        self.revert.setToolTip(self.tr("Back to what the captioner said"))
        self.revert.clicked.connect(self._on_revert)
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(10, 100)
        self.strength.setValue(DEFAULT_STRENGTH)
        self.strength.setAccessibleName(self.tr("Strength"))
        self.strength.setToolTip(self.tr("How much of the patch is drawn anew: 10 % sharpens, 100 % starts from noise"))
        self.strength_text = QLabel()
        self.strength_text.setMinimumWidth(40)
        self.strength_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.strength.valueChanged.connect(self._show_strength)
        self.button = QPushButton(self.tr("Regenerate"))
        self.button.setToolTip(self.tr("Draw this patch again under its caption; everything else stays"))
        self.button.clicked.connect(self._on_regenerate)
        self._lay_out()
        for signal in (session.selection_changed, session.captions_changed, session.state_changed):
            signal.connect(self._refresh)
        self._show_strength()
        self._refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.revert)
        slider = QHBoxLayout()
        slider.setSpacing(8)
        slider.addWidget(QLabel(self.tr("Strength")))
        slider.addWidget(self.strength, 1)
        slider.addWidget(self.strength_text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.text)
        layout.addLayout(slider)
        layout.addWidget(self.button)

    def focus_text(self) -> None:
        """Start editing."""
        if self.isVisible() and not self.text.isReadOnly():
            self.text.setFocus()
            self.text.selectAll()

    def _refresh(self) -> None:
        phase, selected = self._session.document.shown_phase, self._session.document.selected
        self.setVisible(phase is not None and selected is not None and selected < len(phase.patches))
        if phase is None or selected is None or selected >= len(phase.patches):
            return
        self.heading.setText(self.tr("PATCH {0}").format(name_of(phase.patches[selected])))
        caption = phase.caption(selected) or ""
        if self.text.toPlainText() != caption:
            self.text.blockSignals(True)
            self.text.setPlainText(caption)
            self.text.blockSignals(False)
        editable = phase.finished and not self._session.busy
        self.text.setReadOnly(not editable)
        self.strength.setEnabled(editable)
        self.button.setEnabled(editable)
        self.revert.setVisible(phase.edited(selected) and phase.described[selected] is not None)

    def _on_text(self) -> None:
        selected = self._session.document.selected
        if selected is not None:
            self._session.edit_caption(selected, self.text.toPlainText())

    def _on_revert(self) -> None:
        selected = self._session.document.selected
        if selected is not None:
            self._session.revert_caption(selected)

    def _show_strength(self) -> None:
        self.strength_text.setText(f"{self.strength.value()} %")

    def _on_regenerate(self) -> None:
        self._session.regenerate(self.strength.value() / 100)
