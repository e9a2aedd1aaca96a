"""Middle: the phase strip, the view controls and the canvas; an invitation while it is empty."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from hiprompt_desktop.canvas.view import CanvasView
from hiprompt_desktop.document import SAMPLE_PROMPTS
from hiprompt_desktop.icons import icon
from hiprompt_desktop.panels.phase_strip import PhaseStrip
from hiprompt_desktop.session import Session

INVITATION = 400
"""Width where there is room, pixels."""
_ROOM_FOR_WORDS = 640
"""Below this width the buttons over the picture show their icons alone."""


class Invitation(QFrame):
    """Three prompts to click, before there is a picture."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        title = QLabel(self.tr("What shall we draw?"))
        title.setObjectName("title")
        hint = QLabel(self.tr("Write a prompt and press Generate, or begin with one of these."))
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(8)
        layout.addWidget(title)
        layout.addWidget(hint)
        layout.addSpacing(8)
        self.buttons = []
        for prompt in SAMPLE_PROMPTS:
            button = QPushButton(prompt)
            button.setObjectName("sample")
            button.clicked.connect(self._on_clicked)
            layout.addWidget(button)
            self.buttons.append(button)
        layout.addSpacing(8)
        drop = QLabel(self.tr("Or drop a picture of your own here, to draw it larger."))
        drop.setObjectName("muted")
        drop.setWordWrap(True)
        layout.addWidget(drop)

    def _on_clicked(self) -> None:
        self.chosen.emit(self.sender().text())  # type: ignore[attr-defined]


class PicturePanel(QWidget):
    """The session's picture and everything that only changes how it is looked at."""

    def __init__(self, session: Session, view_actions: list[QAction], toggles: list[QAction]) -> None:
        super().__init__()
        self._session = session
        self.view = CanvasView(session)
        self.strip = PhaseStrip(session)
        self.zoom_button = QToolButton()
        self.zoom_button.setToolTip(self.tr("Zoom"))
        self.zoom_button.setAccessibleName(self.tr("Zoom"))
        self.zoom_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.zoom_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        menu = QMenu(self.zoom_button)
        menu.addActions(view_actions)
        self.zoom_button.setMenu(menu)
        self.toggles = []
        for action in toggles:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.toggles.append(button)
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 6, 8, 6)
        controls.setSpacing(4)
        controls.addWidget(self.strip, 1)
        controls.addWidget(self.zoom_button)
        for button in self.toggles:
            controls.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(controls)
        layout.addWidget(self.view, 1)
        self.invitation = Invitation(self.view)
        self.invitation.chosen.connect(self._on_prompt)
        self.view.installEventFilter(self)
        self.view.zoom_changed.connect(self._show_zoom)
        session.easel.changed.connect(self.refresh)
        session.state_changed.connect(self.refresh)
        self.refresh()

    def _on_prompt(self, prompt: str) -> None:
        self._session.next.change(prompt=prompt)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        wide = self.width() >= _ROOM_FOR_WORDS
        for button in self.toggles:
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly)
        self._show_zoom()

    def refresh(self) -> None:
        empty = self._session.easel.pyramid is None and not self._session.busy
        self.invitation.setVisible(empty)
        self.zoom_button.setEnabled(self._session.easel.pyramid is not None)
        self._place_invitation()
        self._show_zoom()

    def _show_zoom(self) -> None:
        wide = self.width() >= _ROOM_FOR_WORDS
        if self._session.easel.pyramid is None:
            self.zoom_button.setText(" " + self.tr("Fit") if wide else "")
        else:
            percent = f"{self.view.zoom * 100:.0f} %"
            text = self.tr("Fit · {0}").format(percent) if self.view.fitted and wide else percent
            self.zoom_button.setText(f" {text}")
        self.zoom_button.setIcon(icon("fit"))

    def _place_invitation(self) -> None:
        self.invitation.setFixedWidth(min(INVITATION, self.view.width() - 16))
        self.invitation.adjustSize()
        area = self.invitation.rect()
        area.moveCenter(self.view.rect().center())
        self.invitation.move(area.topLeft())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place_invitation()
        return super().eventFilter(watched, event)
