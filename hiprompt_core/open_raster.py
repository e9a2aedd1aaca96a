"""OpenRaster files (draft 0.0.5): pictures as layers, for Krita, GIMP and MyPaint."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast
from xml.etree import ElementTree

from PIL import Image

from hiprompt_core.encoders import Marks, OnShare, encode_png

MIMETYPE = "image/openraster"
THUMBNAIL = 256
DRAFT = "0.0.5"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of every entry: equal pictures give equal files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One picture, opened when its turn comes: all at once may not fit into memory."""

    name: str
    open: Callable[[], Image.Image]


def write_open_raster(
    stream: BinaryIO, image: Image.Image, title: str, below: Sequence[Layer], marks: Marks, on_share: OnShare
) -> None:
    """Write ``image`` as the visible layer on top; the layers below are hidden and enlarged to its size."""
    parts = len(below) + 2
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(_entry("mimetype"), MIMETYPE)
        archive.writestr(_entry("stack.xml"), _stack(image.size, [title, *(layer.name for layer in below)]))
        _write_png(archive, "mergedimage.png", image, marks, _part(on_share, 0, parts))
        _write_png(archive, "data/layer0.png", image, Marks(), _part(on_share, 1, parts))
        for number, layer in enumerate(below, start=1):
            picture = layer.open()
            if picture.size != image.size:
                picture = picture.resize(image.size, Image.Resampling.LANCZOS)
            _write_png(archive, f"data/layer{number}.png", picture, Marks(), _part(on_share, number + 1, parts))
        small = image.copy() if max(image.size) <= THUMBNAIL else image.reduce(-(-max(image.size) // (2 * THUMBNAIL)))
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        _write_png(archive, "Thumbnails/thumbnail.png", small, Marks(), lambda share: None)  # noqa: ARG005


def _part(on_share: OnShare, number: int, parts: int) -> OnShare:
    return lambda share: on_share((number + (share or 0)) / parts)


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, EPOCH)  # stored: PNG is compressed already, and the mimetype must not be


def _write_png(archive: zipfile.ZipFile, name: str, image: Image.Image, marks: Marks, on_share: OnShare) -> None:
    with archive.open(_entry(name), "w", force_zip64=3 * image.width * image.height >= 2**31) as entry:
        encode_png(image, cast(BinaryIO, entry), 0, marks, on_share)


def _stack(size: tuple[int, int], names: Sequence[str]) -> bytes:
    width, height = size
    root = ElementTree.Element("image", version=DRAFT, w=str(width), h=str(height), xres="72", yres="72")
    stack = ElementTree.SubElement(root, "stack")
    for number, name in enumerate(names):
        attributes = {
            "name": name,
            "src": f"data/layer{number}.png",
            "x": "0",
            "y": "0",
            "opacity": "1.0",
            "visibility": "hidden" if number else "visible",
            "composite-op": "svg:src-over",
        }
        ElementTree.SubElement(stack, "layer", attributes)
    return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))
