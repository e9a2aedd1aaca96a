"""What lies under all that moves, painted once for as long as neither the view nor the picture changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPixmap


class Still:
    """A copy of the viewport as large as it is; made when the same is asked for twice, so that panning pays nothing."""

    def __init__(self) -> None:
        self._key: object = None
        self._kept: QPixmap | None = None

    def paint(self, painter: QPainter, key: tuple[object, ...], size: QSize, draw: Callable[[QPainter], None]) -> None:
        """Paint what ``draw`` paints.

        Args:
            painter: of a viewport of ``size``, in its own coordinates.
            key: equal while ``draw`` paints the same.
        """
        if key != self._key:
            self._key, self._kept = key, None
            draw(painter)
            return
        if self._kept is None:
            ratio = painter.device().devicePixelRatioF()
            self._kept = QPixmap(size * ratio)
            self._kept.setDevicePixelRatio(ratio)
            inner = QPainter(self._kept)
            draw(inner)
            inner.end()
        painter.drawPixmap(0, 0, self._kept)
