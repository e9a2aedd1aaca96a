"""Pictures beyond Pillow's limit, which is lifted for no longer than a header takes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFile

from hiprompt_core import large_pictures
from hiprompt_core.large_pictures import load_large, open_large

FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("own.jpg", {}),
    ("own.png", {}),
    ("own.webp", {}),
    ("own.avif", {}),
    ("own.gif", {}),
    ("own.tiff", {}),
    ("own.tiff", {"compression": "tiff_lzw"}),
]


def load(path: Path) -> tuple[int, int]:
    with path.open("rb") as file, open_large(file, Image.open) as opened:
        load_large(opened)
        assert opened.getpixel((0, 0)) is not None
        return opened.size


@pytest.fixture(autouse=True)
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_any_format_may_be_larger_than_pillow_trusts(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    Image.new("RGB", (48, 32), "teal").save(tmp_path / name, **options)
    assert load(tmp_path / name) == (48, 32)
    assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.parametrize("ours", [1535, 700])  # Pillow itself refuses twice its limit, and warns before
def test_our_own_limit_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: int) -> None:
    Image.new("RGB", (48, 32), "teal").save(tmp_path / "own.jpg")
    monkeypatch.setattr(large_pictures, "MOST_PIXELS", ours)
    with pytest.raises((Image.DecompressionBombError, Image.DecompressionBombWarning)):
        load(tmp_path / "own.jpg")
    assert Image.MAX_IMAGE_PIXELS == 100


def test_pixels_are_decoded_under_pillows_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (48, 32), "teal").save(tmp_path / "own.tiff")
    seen: list[int | None] = []
    decode = ImageFile.ImageFile.load

    def watched(image: ImageFile.ImageFile) -> Any:
        seen.append(Image.MAX_IMAGE_PIXELS)
        return decode(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", watched)
    load(tmp_path / "own.tiff")
    assert set(seen) == {100}


def test_a_file_that_takes_long_to_read_lifts_no_limit(tmp_path: Path) -> None:
    """A WebP file is read whole to be opened."""
    Image.new("RGB", (48, 32), "teal").save(tmp_path / "own.webp")
    with (tmp_path / "own.webp").open("rb") as file:
        opened = open_large(file, partial(_asserting_read, file))
    assert opened.size == (48, 32)


def _asserting_read(file: Any, stream: Any) -> ImageFile.ImageFile:
    assert stream is not file
    return Image.open(stream)
