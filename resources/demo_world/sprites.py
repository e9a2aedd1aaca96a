"""Pictures of the world's objects at any size, drawn from vector art and kept at a few sizes."""

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SPRITES_FILE = Path(__file__).with_name("sprites.json")
SMALLEST_LEVEL, LARGEST_LEVEL = 128, 2048


@cache
def _drawings() -> dict[str, str]:
    """SVG body of each sprite on a 32 × 32 grid."""
    return json.loads(SPRITES_FILE.read_text(encoding="utf-8"))["icons"]


@cache
def sprite_level(sprite: str, size: int) -> Image.Image:
    """The sprite drawn at `size` × `size` pixels, RGBA with premultiplied alpha (PIL mode "RGBa").

    Premultiplied, because resizing straight alpha drags the colour of transparent pixels into the outline.
    """
    from PySide6.QtCore import QByteArray, QRectF
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    # QtSvg needs an application object for its fonts and paint engine.
    application = QGuiApplication.instance() or QGuiApplication([])
    assert application is not None
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 32 32">'
        f"{_drawings()[sprite]}</svg>"
    )
    image = QImage(size, size, QImage.Format.Format_RGBA8888_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4).copy()
    return Image.frombuffer("RGBa", (size, size), pixels.tobytes(), "raw", "RGBa", 0, 1)


def draw_sprite(canvas: np.ndarray, sprite: str, left: float, top: float, size: float) -> None:
    """Paint a sprite into `canvas` ((h, w, 3) float32, 0–255), in place; position and size in fractional pixels."""
    height, width = canvas.shape[:2]
    x0, y0 = max(0, int(np.floor(left))), max(0, int(np.floor(top)))
    x1, y1 = min(width, int(np.ceil(left + size))), min(height, int(np.ceil(top + size)))
    if x0 >= x1 or y0 >= y1:
        return
    level = SMALLEST_LEVEL
    while level < size and level < LARGEST_LEVEL:
        level *= 2
    # A transparent border lets the fractional source box reach outside the drawing.
    border = level // 8
    picture = _bordered(sprite, level, border)
    scale = level / size
    box = tuple(
        float(np.clip(border + (edge - origin) * scale, 0, level + 2 * border))
        for edge, origin in ((x0, left), (y0, top), (x1, left), (y1, top))
    )
    patch = np.asarray(picture.resize((x1 - x0, y1 - y0), Image.Resampling.HAMMING, box=box), np.float32)
    target = canvas[y0:y1, x0:x1]
    target *= 1 - patch[..., 3:] / 255
    target += patch[..., :3]


@cache
def _bordered(sprite: str, level: int, border: int) -> Image.Image:
    """The level with `border` transparent pixels on every side."""
    picture = Image.new("RGBa", (level + 2 * border,) * 2)
    picture.paste(sprite_level(sprite, level), (border, border))
    return picture


@cache
def coverage(sprite: str) -> np.ndarray:
    """Cumulative opacity, (65, 65) float: entry [y, x] is the share of the sprite's ink above and left of (y, x)/64."""
    alpha = np.asarray(sprite_level(sprite, SMALLEST_LEVEL).getchannel("a"), np.float64)
    cells = alpha.reshape(64, SMALLEST_LEVEL // 64, 64, SMALLEST_LEVEL // 64).sum((1, 3))
    table = np.zeros((65, 65))
    table[1:, 1:] = cells.cumsum(0).cumsum(1) / cells.sum()
    return table


@cache
def ink_area(sprite: str) -> float:
    """Share of the sprite's square that is painted, 0–1."""
    return float(np.asarray(sprite_level(sprite, SMALLEST_LEVEL).getchannel("a"), np.float64).mean() / 255)
