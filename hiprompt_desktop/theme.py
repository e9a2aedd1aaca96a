"""Colours as tokens, in three palettes; around the picture only neutral greys, because colour is judged here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from hiprompt_core.model_files import resources

FONT_PIXELS = 13


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """Every colour of the window."""

    dark: bool
    window: str
    field: str
    raised: str
    hover: str
    line: str
    text: str
    muted: str
    canvas: str
    accent: str
    accent_hover: str
    on_accent: str
    error: str
    warning: str
    border: int = 1
    """Pixels; wider where contrast is asked for."""


LIGHT = Tokens(
    dark=False,
    window="#f2f2f2",
    field="#ffffff",
    raised="#e6e6e6",
    hover="#dcdcdc",
    line="#cfcfcf",
    text="#1c1c1c",
    muted="#666666",
    canvas="#a8a8a8",
    accent="#1f66d1",
    accent_hover="#1857b6",
    on_accent="#ffffff",
    error="#b3261e",
    warning="#8a5a00",
)
DARK = Tokens(
    dark=True,
    window="#262626",
    field="#1c1c1c",
    raised="#333333",
    hover="#404040",
    line="#444444",
    text="#e8e8e8",
    muted="#a0a0a0",
    canvas="#3c3c3c",
    accent="#4d8dee",
    accent_hover="#69a0f3",
    on_accent="#0c0c0c",
    error="#ff8a80",
    warning="#f0b84a",
)
CONTRAST = Tokens(
    dark=True,
    window="#000000",
    field="#000000",
    raised="#000000",
    hover="#3a3a3a",
    line="#9a9a9a",
    text="#ffffff",
    muted="#d6d6d6",
    canvas="#1c1c1c",
    accent="#ffd60a",
    accent_hover="#ffe45c",
    on_accent="#000000",
    error="#ff9e96",
    warning="#ffc555",
    border=2,
)
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
    app.setStyleSheet(_style_sheet(_current, resources() / "icons"))


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


def _style_sheet(t: Tokens, icons: Path) -> str:
    chevron = (icons / "chevron-down.svg").as_posix()
    check = (icons / "check.svg").as_posix()
    up = (icons / "chevron-up.svg").as_posix()
    right = (icons / "chevron-right.svg").as_posix()
    return f"""
    QToolTip {{ background: {t.raised}; color: {t.text}; border: {t.border}px solid {t.line}; padding: 4px 6px; }}
    QMenuBar {{ background: {t.window}; padding: 2px 8px; }}
    QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {t.hover}; }}
    QPlainTextEdit, QLineEdit, QAbstractSpinBox, QComboBox, QListView {{
        background: {t.field}; border: {t.border}px solid {t.line}; border-radius: 4px; padding: 4px 6px;
        selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QPlainTextEdit:focus, QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QListView:focus {{
        border-color: {t.accent}; }}
    QListView#strip {{ background: transparent; border: 0; padding: 0; }}
    QCheckBox {{ spacing: 8px; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: {t.border}px solid {t.muted}; border-radius: 3px;
        background: {t.field}; }}
    QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; image: url("{check}"); }}
    QCheckBox:focus {{ color: {t.accent}; }}
    QAbstractSpinBox, QComboBox, QLineEdit {{ min-height: 20px; }}
    QAbstractSpinBox QLineEdit {{ border: 0; padding: 0 0 0 6px; background: transparent; min-height: 0; }}
    QComboBox::drop-down {{ border: 0; width: 20px; }}
    QComboBox::down-arrow {{ image: url("{chevron}"); width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{ background: {t.field}; border: {t.border}px solid {t.line};
        selection-background-color: {t.hover}; selection-color: {t.text}; outline: 0; padding: 2px; }}
    QComboBox QAbstractItemView::item {{ min-height: 24px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: 0; width: 16px; background: transparent; }}
    QAbstractSpinBox::up-arrow {{ image: url("{up}"); width: 10px; height: 10px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{chevron}"); width: 10px; height: 10px; }}
    QPushButton {{ background: {t.raised}; border: {t.border}px solid {t.line}; border-radius: 4px; padding: 5px 12px;
        min-height: 18px; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:disabled {{ color: {t.muted}; background: {t.window}; }}
    QPushButton#primary {{ background: {t.accent}; color: {t.on_accent}; border: {t.border}px solid {t.accent};
        font-weight: 600; padding: 9px 12px; }}
    QPushButton#primary:hover {{ background: {t.accent_hover}; }}
    QPushButton#primary:focus {{ border-color: {t.text}; }}
    QPushButton#primary:disabled {{ background: {t.raised}; color: {t.muted}; border-color: {t.line}; }}
    QToolButton {{ border: {t.border}px solid transparent; border-radius: 4px; padding: 4px 6px; }}
    QToolButton:hover {{ background: {t.hover}; }}
    QToolButton:checked {{ background: {t.raised}; border-color: {t.line}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QPushButton#go_on {{ background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; font-weight: 600; }}
    QPushButton#go_on:hover {{ background: {t.accent_hover}; }}
    QPushButton#go_on:focus {{ border-color: {t.text}; }}
    QToolButton#thumbnail {{ padding: 2px; border: 2px solid transparent; }}
    QToolButton#thumbnail:checked {{ border-color: {t.accent}; background: transparent; }}
    QToolButton#fold {{ color: {t.muted}; padding-left: 0; }}
    QToolButton#fold:checked {{ background: transparent; border-color: transparent; }}
    QToolButton#fold:focus {{ border-color: {t.accent}; }}
    QProgressBar {{ background: {t.raised}; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }}
    QScrollBar::handle:hover {{ background: {t.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSlider::groove:horizontal {{ background: {t.line}; height: 4px; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {t.accent}; border-radius: 2px; }}
    QSlider::sub-page:horizontal:disabled {{ background: {t.line}; }}
    QSlider::handle:horizontal {{ background: {t.text}; width: 14px; height: 14px; margin: -5px 0;
        border-radius: 7px; }}
    QSlider::handle:horizontal:disabled {{ background: {t.muted}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {t.accent}; }}
    QSplitter::handle {{ background: {t.window}; }}
    QLabel#heading {{ color: {t.muted}; font-size: 11px; font-weight: 600; letter-spacing: 1px; }}
    QLabel#muted {{ color: {t.muted}; }}
    QLabel#small {{ color: {t.muted}; font-size: 11px; }}
    QLabel#small-warning {{ color: {t.warning}; font-size: 11px; }}
    QLabel#problem {{ color: {t.error}; }}
    QLabel#warning {{ color: {t.warning}; }}
    QLabel#title {{ font-size: 20px; font-weight: 600; }}
    QFrame#bar {{ background: {t.window}; border-top: {t.border}px solid {t.line}; }}
    QFrame#message {{ background: {t.raised}; border: {t.border}px solid {t.line}; border-radius: 6px; }}
    QFrame#card {{ background: {t.window}; border-radius: 8px; }}
    QFrame#floating {{ background: {t.window}; border: {t.border}px solid {t.line}; border-radius: 6px; }}
    QFrame#popup {{ background: {t.window}; border: {t.border}px solid {t.line}; }}
    QFrame#bubble {{ background: {t.field}; border: 2px solid {t.accent}; border-radius: 8px; }}
    QFrame#spotlight {{ background: transparent; border: 2px solid {t.accent}; border-radius: 6px; }}
    QTreeWidget {{ background: {t.field}; border: {t.border}px solid {t.line}; border-radius: 4px; outline: 0; }}
    QTreeWidget::item {{ min-height: 24px; padding: 0 4px; }}
    QTreeWidget::item:selected {{ background: {t.hover}; color: {t.text}; }}
    QTreeWidget:focus {{ border-color: {t.accent}; }}
    QTreeWidget::item:selected:focus {{ background: {t.accent}; color: {t.on_accent}; }}
    QHeaderView::section {{ background: {t.window}; color: {t.muted}; border: 0; padding: 4px 6px; }}
    QLabel#readout {{ background: rgba(0, 0, 0, 220); color: #ffffff; border-radius: 4px; font-size: 12px; }}
    QPushButton#sample {{ text-align: left; padding: 9px 12px; }}
    QLabel#unfold {{ image: url("{right}"); }}
    """
