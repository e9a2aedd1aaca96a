"""How fields for numbers look."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox

INDENT = 7
"""Pixels, as other fields have them."""


def indent(box: QAbstractSpinBox) -> None:
    """Let the number begin where the words of other fields do: a style sheet's padding does not reach into the box."""
    box.lineEdit().setTextMargins(INDENT, 0, 0, 0)
