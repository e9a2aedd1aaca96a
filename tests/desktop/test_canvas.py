"""Pyramid, overlay and view: geometry and pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hiprompt_core.geometry import Box, Size, patch_grid
from hiprompt_desktop.canvas.overlay import OverlayState, paint_overlay, wrap
from hiprompt_desktop.canvas.overlay_geometry import box_rect, neighbour, patch_at
from hiprompt_desktop.document import Caption, Phase
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.qimage import to_qimage

SIZE = Size(256, 256)
PATCHES = patch_grid(SIZE, Size(128, 128), 0.25)


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8))


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (257, 64), (1024, 700)])
def test_pictures_keep_every_pixel(width: int, height: int) -> None:
    picture = noise(width, height)
    assert np.array_equal(pixels(to_qimage(picture)), np.asarray(picture))


def test_pictures_with_alpha_or_grey_are_taken() -> None:
    grey = Image.linear_gradient("L")
    assert np.array_equal(pixels(to_qimage(grey))[..., 1], np.asarray(grey))


def test_every_level_of_the_pyramid_is_an_average() -> None:
    pyramid = Pyramid.of(noise(1024, 768))
    assert [(level.width(), level.height()) for level in pyramid.levels] == [(1024, 768), (512, 384), (256, 192),
                                                                            (128, 96)]  # fmt: skip
    assert pixels(pyramid.levels[3]).std() < 12  # noise of 74 averaged over 8 x 8 pixels; aliased it would stay 74
    assert abs(pixels(pyramid.levels[3]).mean() - pixels(pyramid.levels[0]).mean()) < 1


@pytest.mark.parametrize(("scale", "level"), [(4, 0), (1, 0), (0.6, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.001, 3)])
def test_the_level_is_the_smallest_that_is_large_enough(scale: float, level: int) -> None:
    assert Pyramid.of(noise(1024, 768)).level_for(scale) == level


def test_boxes_land_where_the_picture_is() -> None:
    rect = box_rect(Box(64, 128, 128, 256), SIZE, QRectF(10, 20, 512, 128))
    assert rect == QRectF(10 + 256, 20 + 32, 256, 32)


def test_each_cell_is_hit_in_its_middle_and_nothing_outside() -> None:
    target = QRectF(13, 7, 600, 300)
    for patch in PATCHES:
        assert patch_at(PATCHES, SIZE, target, box_rect(patch.cell, SIZE, target).center()) == patch.index
    assert patch_at(PATCHES, SIZE, target, QPointF(5, 5)) is None


def test_arrows_stop_at_the_border() -> None:
    assert neighbour(PATCHES, None, 0, 1) == 0
    assert neighbour(PATCHES, 0, 0, 1) == 1
    assert neighbour(PATCHES, 0, 1, 0) == 3
    assert neighbour(PATCHES, 0, -1, 0) == 0
    assert neighbour((), None, 0, 1) is None


def painted(qtbot: QtBot, side: int = 600, **changes: object) -> np.ndarray:
    qtbot.addWidget(QWidget())
    captions = tuple(f"a fox number {patch.index} under a wide evening sky" for patch in PATCHES)
    phase = Phase(number=2, size=SIZE, patches=PATCHES, captions=tuple(map(Caption.of_run, captions)), path=Path("x"))
    values = {"phase": phase, "grid": True, "captions": True, "hovered": None}
    state = OverlayState(**(values | changes), accent=QColor("#1f66d1"))  # type: ignore[arg-type]
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(128, 128, 128))
    painter = QPainter(image)
    font = QFont("DejaVu Sans")
    font.setPixelSize(12)
    paint_overlay(painter, QRectF(0, 0, side, side), QRectF(0, 0, side, side), state, font)
    painter.end()
    return pixels(image)


def test_grid_lines_have_two_tones(qtbot: QtBot) -> None:
    image = painted(qtbot, captions=False)
    border = round(PATCHES[1].cell.left * 600 / 256)
    row = image[20, :, 0].astype(int)
    assert row[border] < 128 < row[border + 1]
    assert np.count_nonzero(row != 128) == 4  # two borders, two tones


def test_captions_are_readable_plates_inside_their_cells(qtbot: QtBot) -> None:
    image = painted(qtbot, grid=False)
    for patch in PATCHES:
        top, left, bottom, right = (round(edge * 600 / 256) for edge in patch.cell)
        cell = image[top:bottom, left:right, 0]
        assert (cell < 80).sum() > 1500  # the plate
        assert (cell > 200).sum() > 100  # the letters
        assert (cell[:, :6] == 128).all()
        assert (cell[:, -6:] == 128).all()


def test_narrow_cells_show_only_a_mark(qtbot: QtBot) -> None:
    image = painted(qtbot, side=240, grid=False)
    assert 0 < np.count_nonzero(image[..., 0] != 128) < 9 * 100


def test_hovering_shows_the_whole_caption_and_the_window(qtbot: QtBot) -> None:
    plain, hovered = painted(qtbot, captions=False), painted(qtbot, captions=False, hovered=4)
    changed = np.argwhere((plain != hovered).any(axis=2))
    window = [round(edge * 600 / 256) for edge in PATCHES[4].window]
    assert changed.min(axis=0).tolist() == window[:2]
    assert changed.max(axis=0)[0] == window[2] - 1
    assert changed.max(axis=0)[1] > window[3]  # the words go on beyond it


def test_the_selected_patch_is_outlined_in_the_accent(qtbot: QtBot) -> None:
    image = painted(qtbot, captions=False, grid=False, selection=frozenset({4}), current=4)
    top, left, _, right = (round(edge * 600 / 256) for edge in PATCHES[4].cell)
    assert image[top + 1, (left + right) // 2].tolist() == [0x1F, 0x66, 0xD1]
    assert image[top + 30, left + 30].tolist() == [128, 128, 128]  # the cell itself stays clear


def test_long_captions_are_elided(qtbot: QtBot) -> None:
    qtbot.addWidget(QWidget())
    lines = wrap("one two three four five six seven eight nine ten", QFont().key(), 60, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert wrap("short", QFont().key(), 200, 3) == ("short",)
