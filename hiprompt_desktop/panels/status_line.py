"""Bottom: one line of truth: what runs, how long it still takes, how to stop it, and on which machine."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.downloads import Downloads, Traffic
from hiprompt_desktop.icons import icon
from hiprompt_desktop.job import JobState
from hiprompt_desktop.messages import Offer, Tone
from hiprompt_desktop.panels.queue_panel import QueueButton
from hiprompt_desktop.phrases import job_text, time_left_text
from hiprompt_desktop.queue_runner import QueueRunner
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens

THUMBNAIL = 48
"""Height of a message's picture."""


class MessageBar(QFrame):
    """Words with a remedy; stays until it is read."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("message")
        self._session = session
        self.sign = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.log_button = QPushButton(self.tr("Open the log"))
        self.log_button.clicked.connect(self._on_log)
        self.close_button = QToolButton()
        self.close_button.setToolTip(self.tr("I have read this"))
        self.close_button.setAccessibleName(self.tr("Dismiss the message"))
        self.close_button.clicked.connect(self._on_close)
        self.offers: list[QPushButton] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 8, 6)
        layout.setSpacing(12)
        self._offers = QHBoxLayout()
        self._offers.setSpacing(8)
        layout.addWidget(self.sign)
        layout.addWidget(self.text, 1)
        layout.addLayout(self._offers)
        layout.addWidget(self.log_button)
        layout.addWidget(self.close_button)
        session.messages.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        message = self._session.messages.current
        self.setVisible(message is not None)
        self._make_offers(message.offers if message is not None else ())
        if message is None:
            return
        colours = tokens()
        name, colour = {
            Tone.INFO: ("info", colours.muted),
            Tone.WARNING: ("warning", colours.warning),
            Tone.ERROR: ("error", colours.error),
        }[message.tone]
        self.sign.setPixmap(
            icon(name, colour).pixmap(16, 16)
            if message.picture is None
            else QPixmap.fromImage(message.picture).scaledToHeight(
                THUMBNAIL, Qt.TransformationMode.SmoothTransformation
            )
        )
        self.close_button.setIcon(icon("close"))
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setText(f"{message.text} {message.remedy}".strip())
        self.text.setAccessibleName(self.tr("Message") + ": " + self.text.text())
        self.log_button.setVisible(message.log is not None)

    def _make_offers(self, offers: tuple[Offer, ...]) -> None:
        for button in self.offers:
            self._offers.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.offers = []
        for offer in offers:
            button = QPushButton(offer.text)
            button.clicked.connect(partial(self._on_offer, offer))
            self._offers.addWidget(button)
            self.offers.append(button)

    def _on_offer(self, offer: Offer) -> None:
        offer.act()

    def _on_close(self) -> None:
        self._session.messages.tell(None)

    def _on_log(self) -> None:
        if self._session.messages.current is not None and self._session.messages.current.log is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.messages.current.log)))


class StatusLine(QFrame):
    """Progress and the machine."""

    folder_asked = Signal()

    def __init__(self, session: Session, queue: QueueRunner, downloads: Downloads) -> None:
        super().__init__()
        self.setObjectName("bar")
        self._session = session
        self._downloads = downloads
        self._starting = False
        self.text = QLabel()
        self.text.setAccessibleName(self.tr("Status"))
        self.text.setMinimumWidth(80)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(240)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.eta = QLabel()
        self.eta.setObjectName("muted")
        self.eta.setMinimumWidth(self.eta.fontMetrics().horizontalAdvance("00 s in this phase · 00 s left"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(session.cancel)
        self.stop_after = QPushButton(self.tr("Stop after this phase"))
        self.stop_after.clicked.connect(session.stop_after_phase)
        self.go_on = QPushButton(self.tr("Continue"))
        self.go_on.setObjectName("go_on")
        self.go_on.clicked.connect(session.go_on)
        self.folder = QToolButton()
        self.folder.setText(" " + self.tr("Show in folder"))
        self.folder.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.folder.clicked.connect(self.folder_asked)
        self.queue = QueueButton(queue)
        self.badge = QLabel()
        self.badge.setObjectName("muted")
        self.badge.setToolTip(self.tr("Nothing you write or draw leaves this machine"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 4)
        layout.setSpacing(12)
        layout.addWidget(self.text, 1)
        for widget in (
            self.bar,
            self.eta,
            self.stop_after,
            self.cancel,
            self.go_on,
            self.folder,
            self.queue,
            self.badge,
        ):
            layout.addWidget(widget)
        self.setFixedHeight(44)
        for signal in (
            session.progress_changed,
            session.state_changed,
            session.messages.changed,
            session.next.device_changed,
            session.phases_changed,
            downloads.changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def set_starting(self, starting: bool) -> None:
        """Say that the engine is being started."""
        self._starting = starting
        self.refresh()

    def refresh(self) -> None:
        session = self._session
        busy = session.busy
        self.folder.setIcon(icon("folder"))
        self.text.setText(self._line())
        self.text.setToolTip(self.text.text())
        self.bar.setVisible(busy)
        self.bar.setValue(round(1000 * session.progress.fraction))
        self.eta.setVisible(busy)
        self.eta.setText(time_left_text(session.progress) if busy else "")
        self.cancel.setVisible(busy)
        self.cancel.setEnabled(session.state is JobState.RUNNING)
        self.go_on.setVisible(session.can_go_on)
        more = session.draws and session.progress.phase < session.progress.phases
        self.stop_after.setVisible(more)
        self.stop_after.setEnabled(session.can_stop_after_phase)
        self.folder.setVisible(not busy and session.document.last_finished() is not None)
        device = session.next.device or (self.tr("starting the engine…") if self._starting else "")
        self.badge.setText(" · ".join(part for part in (self._network(), device) if part))

    def _network(self) -> str:
        return {
            Traffic.NOTHING: self.tr("offline"),
            Traffic.ASKING: self.tr("asking the hub"),
            Traffic.DOWNLOADING: self.tr("downloading"),
        }[self._downloads.traffic]

    def _line(self) -> str:
        session = self._session
        if session.state is JobState.CANCELLING:
            return self.tr("Stopping…")
        if session.state is JobState.RUNNING:
            return job_text(session.job, session.progress)
        return session.messages.note or self.tr("Ready")


class BottomBar(QWidget):
    """Messages above the status line."""

    def __init__(self, session: Session, queue: QueueRunner, downloads: Downloads) -> None:
        super().__init__()
        self.messages = MessageBar(session)
        self.status = StatusLine(session, queue, downloads)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.messages)
        layout.addWidget(self.status)
