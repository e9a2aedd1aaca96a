"""The style sheet: every kind of widget in the colours of a palette."""

from __future__ import annotations

from pathlib import Path

from hiprompt_desktop.colours import Tokens


def style_sheet(t: Tokens, icons: Path) -> str:
    """Of the whole program; ``icons`` is the folder of the marks and arrows in it."""
    return "".join((_menus(t), _fields(t, icons), _buttons(t), _bars(t), _labels(t, icons), _frames(t), _lists(t)))


def _menus(t: Tokens) -> str:
    """Menus and tips."""
    return f"""
    QToolTip {{ background: {t.raised}; color: {t.text}; border: {t.border}px solid {t.line}; padding: 4px 6px; }}
    QMenuBar {{ background: {t.window}; padding: 2px 8px; }}
    QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {t.hover}; }}
    """


def _fields(t: Tokens, icons: Path) -> str:
    """What is written, chosen or checked."""
    chevron = (icons / "chevron-down.svg").as_posix()
    check = (icons / "check.svg").as_posix()
    up = (icons / "chevron-up.svg").as_posix()
    return f"""
    QPlainTextEdit, QLineEdit, QAbstractSpinBox, QComboBox, QListView {{
        background: {t.field}; border: {t.border}px solid {t.line}; border-radius: 4px; padding: 4px 6px;
        selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
    QPlainTextEdit:focus, QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QListView:focus {{
        border-color: {t.accent}; }}
    QListView#strip {{ background: transparent; border: 0; padding: 0; }}
    QCheckBox {{ spacing: 8px; border: {t.border}px solid transparent; border-radius: 4px; outline: 0;
        padding: 1px 4px; }}
    QCheckBox::indicator {{ width: 14px; height: 14px; border: {t.border}px solid {t.muted}; border-radius: 3px;
        background: {t.field}; }}
    QCheckBox::indicator:checked {{ background: {t.accent}; border-color: {t.accent}; image: url("{check}"); }}
    QCheckBox:focus {{ border-color: {t.accent}; }}
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
    """


def _buttons(t: Tokens) -> str:
    """Buttons, the primary ones in the accent."""
    return f"""
    QPushButton {{ background: {t.raised}; border: {t.border}px solid {t.line}; border-radius: 4px; padding: 5px 12px;
        min-height: 18px; outline: 0; }}
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
    QPushButton#sample {{ text-align: left; padding: 9px 12px; }}
    """


def _bars(t: Tokens) -> str:
    """Progress, scroll bars, sliders and splitters."""
    return f"""
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
    """


def _labels(t: Tokens, icons: Path) -> str:
    """Words by their weight."""
    right = (icons / "chevron-right.svg").as_posix()
    return f"""
    QLabel#heading {{ color: {t.muted}; font-size: 11px; font-weight: 600; letter-spacing: 1px; }}
    QLabel#muted {{ color: {t.muted}; }}
    QLabel#small {{ color: {t.muted}; font-size: 11px; }}
    QLabel#small-warning {{ color: {t.warning}; font-size: 11px; }}
    QLabel#problem {{ color: {t.error}; }}
    QLabel#warning {{ color: {t.warning}; }}
    QLabel#title {{ font-size: 20px; font-weight: 600; }}
    QLabel#readout {{ background: #101010; color: #ffffff; border-radius: 4px; font-size: 12px; }}
    QLabel#unfold {{ image: url("{right}"); }}
    """


def _frames(t: Tokens) -> str:
    """What lies on the window or floats over it."""
    return f"""
    QFrame#bar {{ background: {t.window}; border-top: {t.border}px solid {t.line}; }}
    QFrame#message {{ background: {t.raised}; border: {t.border}px solid {t.line}; border-radius: 6px; }}
    QFrame#card {{ background: {t.window}; border-radius: 8px; }}
    QFrame#floating {{ background: {t.window}; border: {t.border}px solid {t.line}; border-radius: 6px; }}
    QFrame#popup {{ background: {t.window}; border: {t.border}px solid {t.line}; }}
    QFrame#bubble {{ background: {t.field}; border: 2px solid {t.accent}; border-radius: 8px; }}
    QFrame#focus {{ background: transparent; border: {t.border}px solid {t.accent}; }}
    QFrame#spotlight {{ background: transparent; border: 2px solid {t.accent}; border-radius: 6px; }}
    """


def _lists(t: Tokens) -> str:
    """Lists with columns."""
    return f"""
    QTreeWidget {{ background: {t.field}; border: {t.border}px solid {t.line}; border-radius: 4px; outline: 0; }}
    QTreeWidget::item {{ min-height: 24px; padding: 0 4px; }}
    QTreeWidget::item:selected {{ background: {t.hover}; color: {t.text}; }}
    QTreeWidget:focus {{ border-color: {t.accent}; }}
    QTreeWidget::item:selected:focus {{ background: {t.accent}; color: {t.on_accent}; }}
    QHeaderView::section {{ background: {t.window}; color: {t.muted}; border: 0; padding: 4px 6px; }}
    """
