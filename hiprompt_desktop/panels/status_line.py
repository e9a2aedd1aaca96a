"""Bottom: one line of truth: what runs, how long it still takes, how to stop it, and on which machine."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
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
from hiprompt_desktop.elided_label import ElidedLabel
from hiprompt_desktop.icons import icon
from hiprompt_desktop.job import JobState
from hiprompt_desktop.panels.device_button import DeviceButton
from hiprompt_desktop.panels.message_bar import MessageBar
from hiprompt_desktop.panels.queue_panel import QueueButton
from hiprompt_desktop.phrases import job_text, time_left_text
from hiprompt_desktop.queue_runner import QueueRunner
from hiprompt_desktop.session import Session


class StatusLine(QFrame):
    """Progress and the machine."""

    folder_asked = Signal()

    def __init__(self, session: Session, queue: QueueRunner, downloads: Downloads) -> None:
        super().__init__()
        self.setObjectName("bar")
        self._session = session
        self._downloads = downloads
        self._make_progress()
        self._make_buttons()
        self.queue = QueueButton(queue)
        self.badge = QLabel()
        self.badge.setObjectName("muted")
        self.badge.setToolTip(self.tr("Nothing you write or draw leaves this machine"))
        self.device = DeviceButton(session.next)
        self._lay_out()
        for signal in (
            session.progress_changed,
            session.state_changed,
            session.messages.changed,
            session.phases_changed,
            downloads.changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def _make_progress(self) -> None:
        self.text = ElidedLabel()
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

    def _make_buttons(self) -> None:
        session = self._session
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.clicked.connect(session.cancel)
        policy = self.cancel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # of a double click, the second finds nothing in its place
        self.cancel.setSizePolicy(policy)
        self.stop_after = QPushButton(self.tr("Stop after this phase"))
        self.stop_after.clicked.connect(session.stop_after_phase)
        self.go_on = QPushButton(self.tr("Continue"))
        self.go_on.setObjectName("go_on")
        self.go_on.clicked.connect(session.picture_work.go_on)
        self.folder = QToolButton()
        self.folder.setText(" " + self.tr("Show in folder"))
        self.folder.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.folder.clicked.connect(self.folder_asked)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 4)
        layout.setSpacing(12)
        layout.addWidget(self.text, 1)
        for widget in (
            self.bar,
            self.eta,
            self.stop_after,
            self.go_on,
            self.folder,
            self.cancel,
            self.queue,
            self.badge,
            self.device,
        ):
            layout.addWidget(widget)
        self.setFixedHeight(44)

    def set_starting(self, starting: bool) -> None:
        """Say that the engine is being started."""
        self.device.set_starting(starting)

    def refresh(self) -> None:
        session = self._session
        busy = session.busy
        self.folder.setIcon(icon("folder"))
        self.text.setText(self._line())
        self.bar.setVisible(busy)
        self.bar.setValue(round(1000 * session.progress.fraction))
        self.eta.setVisible(busy)
        self.eta.setText(time_left_text(session.progress) if busy else "")
        self.cancel.setVisible(busy)
        self.cancel.setEnabled(session.state is JobState.RUNNING)
        self.go_on.setVisible(session.picture_work.can_go_on)
        more = session.draws and session.progress.phase < session.progress.phases
        self.stop_after.setVisible(more)
        self.stop_after.setEnabled(session.can_stop_after_phase)
        self.folder.setVisible(not busy and session.document.last_finished() is not None)
        self.badge.setText(self._network())

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
    """The status line, and the messages that come up from it over the picture's column."""

    def __init__(self, session: Session, queue: QueueRunner, downloads: Downloads, column: QWidget) -> None:
        super().__init__()
        self.messages = MessageBar(session, column)
        self.status = StatusLine(session, queue, downloads)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.status)
