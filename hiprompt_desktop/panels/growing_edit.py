"""A field for text that grows with what is written in it."""

from __future__ import annotations

import math

from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit

MOST_LINES = 12
SPARE = 1
"""Empty lines that come with a new one, so that the next one moves nothing."""


class GrowingEdit(QPlainTextEdit):
    """As high as its text, between its least height and twelve lines.

    It grows by more than a line and shrinks when several are gone: fields under it stay where they are meanwhile.
    """

    def __init__(self, least: int) -> None:
        """``least``: height, pixels."""
        super().__init__()
        self._least = least
        self._limit = least
        self._lines = 0
        """For which there is room now; 0: as many as the least height has."""
        self.setFixedHeight(least)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)

    def limit(self, height: int) -> None:
        """Let it be no higher than so many pixels."""
        if height != self._limit:
            self._limit = height
            self.fit()

    def fit(self) -> None:
        """Take the height that the text needs."""
        needed = round(self.document().size().height())  # a plain document counts in lines
        if needed > self._lines or needed < self._lines - 2 * SPARE:
            self._lines = needed + SPARE
        height = self._height_of(min(self._lines, MOST_LINES))
        if self._lines >= MOST_LINES:
            height -= round(self.document().documentMargin())  # or it would show the tops of another line
        if self._height_of(needed) <= self._least:
            height, self._lines = self._least, 0
        self.setFixedHeight(max(self._least, min(height, self._limit)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def _height_of(self, lines: int) -> int:
        around = self.height() - self.viewport().height() + 2 * self.document().documentMargin()
        return round(lines * math.ceil(QFontMetricsF(self.font()).lineSpacing()) + around)
