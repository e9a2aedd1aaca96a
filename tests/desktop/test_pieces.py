"""Pieces of a picture in the making: how they fade in, and what is kept of them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from hiprompt_desktop.canvas import pieces as module
from hiprompt_desktop.canvas.pieces import FADE, Pieces

WHOLE, LEFT = QRectF(0, 0, 1, 1), QRectF(0, 0, 0.5, 1)


def sheet(grey: int) -> QImage:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(grey, grey, grey))
    return image


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def painted(pieces: Pieces) -> list[int]:
    """Grey of the left and of the right half, over black."""
    image = sheet(0).scaled(20, 20)
    painter = QPainter(image)
    pieces.paint(painter, QRectF(0, 0, 20, 20))
    painter.end()
    return [image.pixelColor(x, 10).red() for x in (5, 15)]


def test_a_piece_fades_in_over_what_was_there(qtbot: QtBot) -> None:
    clock = Clock()
    pieces = Pieces(clock=clock)
    seen: list[int] = []
    for share, grey in ((WHOLE, 100), (LEFT, 200)):
        pieces.lay(share, sheet(grey))
        for part in (0.0, 0.5, 1.0):
            clock.now += part * FADE / 2 if part else 0.0
            seen.append(painted(pieces)[0])
        clock.now += FADE
    assert np.allclose(seen, [0, 25, 75, 100, 125, 175], atol=2)
    assert painted(pieces) == [200, 100]
    pieces.clear()
    assert painted(pieces) == [0, 0]
    assert not pieces


def test_what_is_covered_is_let_go(qtbot: QtBot) -> None:
    clock = Clock()
    pieces = Pieces(clock=clock)
    for grey in range(10, 200, 10):
        pieces.lay(WHOLE, sheet(grey))
        clock.now += 2 * FADE
    assert len(pieces._laid) == 2
    pieces.lay(LEFT, sheet(250))
    assert painted(pieces) == [190, 190]


def test_repaints_end_with_the_fading(qtbot: QtBot) -> None:
    pieces = Pieces()
    parts: list[QRectF] = []
    pieces.changed.connect(parts.append)
    pieces.lay(LEFT, sheet(100))
    qtbot.waitUntil(lambda: not pieces._timer.isActive(), timeout=2000)
    assert len(parts) >= 2
    assert set(map(QRectF.getRect, parts)) == {LEFT.getRect()}
    assert painted(pieces)[0] == 100


def test_without_motion_a_piece_is_there_at_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "motion_is_reduced", lambda: True)
    pieces = Pieces(clock=Clock())
    pieces.lay(WHOLE, sheet(100))
    assert painted(pieces) == [100, 100]
    assert not pieces._timer.isActive()
