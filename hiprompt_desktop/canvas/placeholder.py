"""What the canvas shows while there is nothing of the picture yet: its shape, and how far its first phase is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from hiprompt_desktop.canvas.pieces import Pieces
from hiprompt_desktop.phrases import activity_text
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens


def paint_placeholder(painter: QPainter, area: QRectF, session: Session, font: QFont, pieces: Pieces) -> None:
    """A sheet of the wished aspect ratio with a ring that closes, or with what is to be seen already."""
    size = session.next.wish.size
    scale = min((area.width() - 48) / size.width, (area.height() - 48) / size.height)
    if scale <= 0:
        return
    sheet = QRectF(0, 0, size.width * scale, size.height * scale)
    sheet.moveCenter(area.center())
    colours = tokens()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.window))
    painter.drawRoundedRect(sheet, 4, 4)
    if pieces:
        pieces.paint(painter, sheet)
        return
    ring = QRectF(0, 0, 64, 64)
    ring.moveCenter(sheet.center())
    ring.translate(0, -16)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours.line), 4))
    painter.drawEllipse(ring)
    pen = QPen(QColor(colours.accent), 4)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    if session.progress.phase_fraction > 0:
        painter.drawArc(ring, 90 * 16, -int(session.progress.phase_fraction * 360 * 16))
    painter.setFont(font)
    painter.setPen(QColor(colours.muted))
    below = QRectF(sheet.left(), ring.bottom() + 16, sheet.width(), 24)
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, activity_text(session.progress))
