"""PNG files as other programs read them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PySide6.QtGui import QImage

from hiprompt_core.geometry import Size
from hiprompt_core.png_file import save_png
from tests.run_folders import noise


def picture(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 7), (64, 48), (700, 500)])
def test_every_pixel_and_chunk_comes_back(size: tuple[int, int]) -> None:
    image, chunks, stream, shares = picture(*size), PngImagePlugin.PngInfo(), io.BytesIO(), list[float]()
    chunks.add_itxt("about", "ein Füchslein 狐")
    save_png(image, stream, chunks, b"profile", shares.append)
    with Image.open(stream) as read:
        assert read.mode == "RGB"
        assert (np.asarray(read) == np.asarray(image)).all()
        assert read.info["about"] == "ein Füchslein 狐"
        assert read.info["icc_profile"] == b"profile"
    assert QImage.fromData(stream.getvalue()).pixelColor(size[0] - 1, size[1] - 1).getRgb()[:3] == image.getpixel(
        (size[0] - 1, size[1] - 1)
    )
    assert shares == sorted(shares)
    assert shares[0] == 0


def test_it_is_hardly_larger_than_what_pillow_chooses_filters_for() -> None:
    soft, ours, pillows = noise(Size(512, 512)), io.BytesIO(), io.BytesIO()
    save_png(soft, ours, PngImagePlugin.PngInfo())
    soft.save(pillows, format="PNG", compress_level=1)
    assert ours.tell() < 1.3 * pillows.tell()
