"""How far the work is, in the window's title; and a call when it ends while the user looks elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from hiprompt_core.user_folders import NAME
from hiprompt_desktop.icons import icon
from hiprompt_desktop.messages import Tone
from hiprompt_desktop.project_keeper import ProjectKeeper
from hiprompt_desktop.session import Session

TITLE = "HiPrompt Desktop"


class EndNotice(QObject):
    """Flashes the taskbar and shows the system's own message, both only for a window that is not in front."""

    def __init__(self, session: Session, keeper: ProjectKeeper, window: QMainWindow) -> None:
        super().__init__(window)
        self._session = session
        self._keeper = keeper
        self._window = window
        self._was_busy = False
        self._badge = 0
        self._tray: QSystemTrayIcon | None = None
        session.state_changed.connect(self._refresh)
        session.progress_changed.connect(self._refresh)
        keeper.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        busy = self._session.busy
        facts = self._keeper.facts
        # Where the star stands, Qt puts the system's sign for what is not saved.
        name = f"{facts.path.stem}[*] – {TITLE}" if facts is not None and facts.titled else TITLE
        title = f"{100 * self._session.progress.fraction:.0f} % · {NAME}" if busy else name
        if self._window.windowTitle() != title:
            self._window.setWindowTitle(title)
        self._window.setWindowModified("[*]" in title and facts is not None and facts.changed)
        self._show_badge(round(100 * self._session.progress.fraction) if busy else 0)
        if self._was_busy and not busy:
            QTimer.singleShot(0, self, self._on_end)  # the next of a queue may start at once
        self._was_busy = busy

    def _show_badge(self, percent: int) -> None:
        """On the icon of the dock or taskbar, where the system has such badges; 0: none."""
        if percent != self._badge:
            self._badge = percent
            QGuiApplication.instance().setBadgeNumber(percent)

    @Slot()
    def _on_end(self) -> None:
        if not self._session.busy and not self._window.isActiveWindow():
            self.call(*self._words())

    def _words(self) -> tuple[str, bool]:
        message = self._session.messages.current
        if message is not None and message.tone is Tone.ERROR:
            return message.text, False
        return self._session.messages.note or self.tr("The picture is finished."), True

    def call(self, text: str, good: bool) -> None:
        """Ask for the user's eyes."""
        QApplication.alert(self._window)
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        if self._tray is None:
            self._tray = QSystemTrayIcon(icon("hiprompt"), self)
            self._tray.messageClicked.connect(self._on_clicked)
        kind = QSystemTrayIcon.MessageIcon.Information if good else QSystemTrayIcon.MessageIcon.Warning
        self._tray.show()
        self._tray.showMessage(TITLE, text, kind)

    def _on_clicked(self) -> None:
        self._window.raise_()
        self._window.activateWindow()
        if self._tray is not None:
            self._tray.hide()
