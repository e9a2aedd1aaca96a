"""A dot for one phase of a picture, with or without its size in words beside it."""

from __future__ import annotations

import html

from PySide6.QtCore import QBuffer, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolTip

from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.theme import tokens

THUMBNAIL = 192
"""Longer side of a phase in its tooltip, pixels."""
HEIGHT, ALONE, BESIDE_WORDS = 28, 22, 34
"""Of a dot, pixels: its height, its width without words, and what it adds to the width of its words."""


class PhaseDot(QAbstractButton):
    """One phase: empty, in work with a ring that closes, or finished; the shown one is filled."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.share: float | None = None
        self.finished = False
        self.waiting = False
        self.named = True
        """Whether its words are beside it."""
        self.picture: Pyramid | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self.width_when(self.named), HEIGHT)

    def width_when(self, named: bool) -> int:
        """Pixels, with its words beside it or without; the same whether it is shown or not."""
        font = self.font()
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(self.text()) + BESIDE_WORDS if named else ALONE

    def event(self, event: QEvent) -> bool:
        """What the phase looks like is painted only when somebody asks."""
        if event.type() is QEvent.Type.ToolTip and self.picture is not None:
            position = event.globalPos()  # type: ignore[attr-defined]
            QToolTip.showText(position, f"{_as_html(self.picture)}<p>{html.escape(self.toolTip())}</p>", self)
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.click()  # the menu of the strip is about the shown phase
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() and self.isEnabled():
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(self.rect(), 4, 4)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        centre = QPointF(15 if self.named else ALONE / 2, self.height() / 2)
        outline = colours.accent if self.waiting else colours.muted if self.finished else colours.line
        painter.setPen(QPen(QColor(outline), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.finished:
            painter.setBrush(QColor(colours.accent if self.isChecked() else colours.muted))
            painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(centre, 5, 5)
        if self.share is not None:
            pen = QPen(QColor(colours.accent), 2.5)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(centre.x() - 5, centre.y() - 5, 10, 10)
            painter.drawArc(ring, 90 * 16, -int(max(0.02, self.share) * 360 * 16))
        if self.named:
            self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        colours = tokens()
        strong = self.finished or self.waiting or self.share is not None
        painter.setPen(QColor(colours.text if strong else colours.muted))
        font = self.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.drawText(self.rect().adjusted(26, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())


def _as_html(picture: Pyramid) -> str:
    small = picture.thumbnail(THUMBNAIL).scaled(
        THUMBNAIL, THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    content = QBuffer()
    small.save(content, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, which Qt refuses
    return f'<img src="data:image/png;base64,{content.data().toBase64().toStdString()}">'
