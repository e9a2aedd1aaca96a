"""Theme, language and size of the window's parts: chosen in the menu, kept in the settings."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QApplication

from hiprompt_desktop.messages import Message, Tone
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Settings
from hiprompt_desktop.theme import apply_theme

THEMES = ("system", "light", "dark", "contrast")
LANGUAGES = ("system", "en", "zh_CN")
SCALES = (100, 125, 150, 175, 200)


class Appearance(QObject):
    """Ticks what holds, and tells what is chosen."""

    chosen = Signal(str, object)
    """Name and value of a setting."""
    dressed = Signal()
    """The theme in use is another one."""

    def __init__(self, actions: Mapping[str, QAction], settings: Settings, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = settings.theme
        for field, choices in (("theme", THEMES), ("language", LANGUAGES), ("scale", SCALES)):
            for choice in choices:
                action = actions[f"{field}_{choice}"]
                action.setChecked(getattr(settings, field) == choice)
                action.setData((field, choice))
                action.triggered.connect(self._on_chosen)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._dress)
        hints.accessibility().contrastPreferenceChanged.connect(self._dress)

    def _on_chosen(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        field, choice = action.data()
        self.chosen.emit(field, choice)
        if field == "theme":
            self._theme = choice
            self._dress()
        elif field == "scale":
            self._session.messages.tell(_from_the_next_start)

    def _dress(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, self._theme)
        self.dressed.emit()


def _from_the_next_start() -> Message:
    return Message(tone=Tone.INFO, text=_tr("The window’s parts have the other size from the next start."))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Appearance", text)
