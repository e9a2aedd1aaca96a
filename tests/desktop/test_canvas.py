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

from hiprompt_core.errors import OutputError
from hiprompt_core.geometry import Box, Size, patch_grid
from hiprompt_desktop.canvas.caption_plates import wrap
from hiprompt_desktop.canvas.overlay import OverlayState, paint_grid, paint_overlay
from hiprompt_desktop.canvas.overlay_geometry import box_rect, neighbour, overlap_partners, patch_at
from hiprompt_desktop.canvas.picture_painting import paint_pyramid
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


def test_odd_pictures_are_halved_up(tmp_path: Path) -> None:
    picture = noise(1025, 257)
    picture.save(tmp_path / "odd.png")
    pyramid = Pyramid.read(tmp_path / "odd.png")
    assert [(level.width(), level.height()) for level in pyramid.levels] == [(1025, 257), (513, 129), (257, 65)]
    assert np.array_equal(pixels(pyramid.levels[0]), np.asarray(picture))
    assert np.array_equal(pixels(pyramid.levels[1]), np.asarray(picture.reduce(2)))


def test_files_that_are_no_pictures_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("words")
    for name in ("notes.png", "missing.png"):
        with pytest.raises(OutputError, match=f"{name} cannot be read"):
            Pyramid.read(tmp_path / name)


def on_screen(pyramid: Pyramid, ratio: float, zoom: float, left: float, top: float, *parts: QRectF) -> np.ndarray:
    """A viewport of 120 x 90 device pixels; the picture's corner at (left, top) in its logical pixels."""
    screen = QImage(120, 90, QImage.Format.Format_RGB32)
    screen.setDevicePixelRatio(ratio)
    screen.fill(QColor(0, 0, 0))
    painter = QPainter(screen)
    painter.translate(left, top)
    painter.scale(zoom / ratio, zoom / ratio)
    bounds = QRectF(0, 0, pyramid.size.width, pyramid.size.height)
    for part in parts or (bounds,):
        painter.setClipRect(part)
        paint_pyramid(painter, pyramid, bounds, part)
    painter.end()
    return pixels(screen)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_at_100_percent_a_pixel_of_the_picture_is_one_of_the_screen(ratio: float) -> None:
    picture = noise(400, 300)
    shown = on_screen(Pyramid.of(picture), ratio, 1.0, -35, -51)
    x, y = round(35 * ratio), round(51 * ratio)
    expected = np.asarray(picture)
    fits = [
        np.array_equal(shown, expected[b : b + 90, a : a + 120]) for a in (x, x - 1, x + 1) for b in (y, y - 1, y + 1)
    ]
    assert any(fits)  # half a device pixel is moved to either side, but nothing is blurred


def test_from_300_percent_on_pixels_are_squares() -> None:
    picture = noise(64, 64)
    shown = on_screen(Pyramid.of(picture), 1.0, 3.0, 0, 0)
    assert np.array_equal(shown, np.asarray(picture)[:30, :40].repeat(3, axis=0).repeat(3, axis=1))
    soft = on_screen(Pyramid.of(picture), 1.0, 2.9, 0, 0)
    assert len(np.unique(soft[:, :, 0])) > 150


@pytest.mark.parametrize("zoom", [0.3, 0.7, 1.6])
def test_a_part_painted_anew_leaves_no_edge(zoom: float) -> None:
    pyramid = Pyramid.of(noise(512, 400).resize((1024, 800), Image.Resampling.BICUBIC))
    whole = on_screen(pyramid, 1.0, zoom, -7, -3)
    parts = [QRectF(0, 0, 61, 800), QRectF(61, 0, 963, 33), QRectF(61, 33, 963, 767)]
    pieces = on_screen(pyramid, 1.0, zoom, -7, -3, QRectF(0, 0, 1024, 800), *parts)
    assert np.abs(whole.astype(int) - pieces).max() <= 2


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
    area = QRectF(0, 0, side, side)
    if state.grid:
        paint_grid(painter, phase, area, area)
    paint_overlay(painter, area, area, state, font)
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


def test_hovering_lights_the_window_and_its_partners_and_shows_the_whole_caption(qtbot: QtBot) -> None:
    size = Size(640, 640)
    patches = patch_grid(size, Size(128, 128), 0.25)
    phase = Phase(number=2, size=size, patches=patches, captions=(Caption.of_run("a fox"),) * len(patches))
    changes = {"captions": False, "phase": phase}
    plain, hovered = painted(qtbot, **changes).astype(int), painted(qtbot, **changes, hovered=0).astype(int)
    changed = (plain != hovered).any(axis=2)
    assert hovered[10, 10, 0] > plain[10, 10, 0]  # lit
    assert (hovered[60:80, 10:60] == 255).any()  # the words
    assert overlap_partners(patches, 0) == [1, 7, 8]
    for other, outlined in ((1, True), (8, True), (2, False), (16, False)):
        cell = box_rect(patches[other].cell, size, QRectF(0, 0, 600, 600)).toRect()
        assert changed[cell.bottom() - 2, cell.center().x()] == outlined


def test_nothing_lies_over_a_picture_without_grid_and_captions(qtbot: QtBot) -> None:
    assert (painted(qtbot, captions=False, grid=False, hovered=4) == 128).all()


def test_the_selected_patch_is_outlined_in_the_accent(qtbot: QtBot) -> None:
    image = painted(qtbot, captions=False, grid=False, selection=frozenset({4}), current=4)
    top, left, _, right = (round(edge * 600 / 256) for edge in PATCHES[4].cell)
    assert image[top + 1, (left + right) // 2].tolist() == [0x1F, 0x66, 0xD1]
    assert image[top + 30, left + 30].tolist() == [128, 128, 128]  # the cell itself stays clear


def test_all_that_may_change_is_outlined_once(qtbot: QtBot) -> None:
    chosen = frozenset({0, 1})
    image = painted(qtbot, captions=False, grid=False, selection=chosen, current=0).astype(int)
    windows = [box_rect(PATCHES[index].window, SIZE, QRectF(0, 0, 600, 600)).toRect() for index in chosen]
    bottom = windows[0].bottom()
    for x in (windows[0].left() + 20, windows[1].right() - 20):
        assert len({tuple(image[bottom, x + step]) for step in range(10)}) == 2  # dashes of two tones
    assert (image[bottom + 1 :] == 128).all()  # beyond the halo nothing is painted
    inside = image[bottom - 4, (windows[0].right() + windows[1].left()) // 2]
    assert (inside != [128, 128, 128]).any()  # the halo is washed
    assert tuple(image[bottom - 4, windows[0].right() - 1]) == tuple(
        image[bottom - 4, windows[0].right() - 3]
    )  # no line


def test_long_captions_are_elided(qtbot: QtBot) -> None:
    qtbot.addWidget(QWidget())
    lines = wrap("one two three four five six seven eight nine ten", QFont().key(), 60, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert wrap("short", QFont().key(), 200, 3) == ("short",)
