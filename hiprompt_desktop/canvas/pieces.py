"""Parts of a picture in the making, each fading in over what was there before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from hiprompt_desktop.theme import motion_is_reduced

FADE = 0.15
"""Seconds until a piece is all there; at once where the system asks for less motion."""
_FRAME_MS = 33


class _Piece(NamedTuple):
    share: QRectF
    image: QImage
    born: float


class Pieces(QObject):
    """Lie over a picture until the next one is finished; places are shares of its width and height, 0 to 1."""

    changed = Signal(QRectF)
    """A part of the picture looks otherwise than before."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._laid: list[_Piece] = []
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._on_frame)

    def __bool__(self) -> bool:
        return bool(self._laid)

    def lay(self, share: QRectF, image: QImage) -> None:
        """Lay a piece of any size over a part; what it covers stays until it is all there."""
        self._laid = [piece for number, piece in enumerate(self._laid) if not self._covered(number)]
        self._laid.append(_Piece(share, image, self._clock()))
        self._timer.start()
        self._on_frame()

    def clear(self) -> None:
        """The next picture is there, or does not come."""
        self._timer.stop()
        if self._laid:
            self._laid.clear()
            self.changed.emit(QRectF(0, 0, 1, 1))

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Paint all pieces; the picture fills ``target``."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for piece in self._laid:
            painter.setOpacity(self._opacity(piece))
            painter.drawImage(_placed(piece.share, target), piece.image)
        painter.restore()

    def _covered(self, number: int) -> bool:
        """Whether nothing of a piece is seen any more."""
        place = self._laid[number].share
        return any(self._opacity(piece) == 1 and piece.share.contains(place) for piece in self._laid[number + 1 :])

    def _opacity(self, piece: _Piece) -> float:
        return 1.0 if motion_is_reduced() else min(1.0, (self._clock() - piece.born) / FADE)

    def _on_frame(self) -> None:
        fading = QRectF()
        for piece in self._laid:
            fading |= piece.share if self._clock() - piece.born <= FADE + _FRAME_MS / 1000 else QRectF()
        if fading.isEmpty() or motion_is_reduced():
            self._timer.stop()
        if not fading.isEmpty():
            self.changed.emit(fading)


def _placed(share: QRectF, target: QRectF) -> QRectF:
    return QRectF(
        target.left() + share.left() * target.width(),
        target.top() + share.top() * target.height(),
        share.width() * target.width(),
        share.height() * target.height(),
    )
