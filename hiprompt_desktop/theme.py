"""Dresses the program in one of the palettes, as the user or the system wants it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from hiprompt_core.model_files import resources
from hiprompt_desktop.colours import CONTRAST, DARK, LIGHT, Tokens
from hiprompt_desktop.style_sheet import style_sheet

FONT_PIXELS = 13
_current = LIGHT


def tokens() -> Tokens:
    """The palette in use."""
    return _current


def system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def system_wants_contrast() -> bool:
    hints = QGuiApplication.styleHints()  # must outlive the call: PySide ties what it returns to it
    return hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast


def motion_is_reduced() -> bool:
    """Whether the system asks for no animation."""
    hints = QGuiApplication.styleHints()
    return hints.accessibility().motionPreference() == Qt.MotionPreference.ReducedMotion


def palette_for(choice: str) -> Tokens:
    """Of "light", "dark", "contrast", or "system", which asks the system."""
    if choice == "contrast" or (choice == "system" and system_wants_contrast()):
        return CONTRAST
    return DARK if choice == "dark" or (choice == "system" and system_is_dark()) else LIGHT


def apply_theme(app: QApplication, choice: str) -> None:
    """Dress the whole program."""
    global _current
    _current = palette_for(choice)
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    font = app.font()
    font.setPixelSize(FONT_PIXELS)
    app.setFont(font)
    app.setPalette(_palette(_current))
    app.setStyleSheet(style_sheet(_current, resources() / "icons"))


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, t.window),
        (role.Base, t.field),
        (role.AlternateBase, t.raised),
        (role.Button, t.raised),
        (role.ToolTipBase, t.raised),
        (role.WindowText, t.text),
        (role.Text, t.text),
        (role.ButtonText, t.text),
        (role.ToolTipText, t.text),
        (role.PlaceholderText, t.muted),
        (role.Highlight, t.accent),
        (role.Accent, t.accent),
        (role.HighlightedText, t.on_accent),
        (role.Link, t.accent),
        (role.Mid, t.line),
        (role.Midlight, t.line),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        faded = QColor(t.text)
        faded.setAlphaF(0.4 if t is not CONTRAST else 0.65)
        palette.setColor(QPalette.ColorGroup.Disabled, name, faded)
    return palette
