"""How large an exported file becomes, judged by samples of its pictures."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

from PIL import Image

from hiprompt_core.encoders import SAMPLE_SIDE, Marks, encode, sample
from hiprompt_core.export import files_below, marks_of
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.metadata import PhaseRecord, read_png
from hiprompt_core.open_raster import THUMBNAIL

DOT = 16
"""Side of the picture that shows what a file needs besides pixels."""


def estimated_size(request: ExportRequest, image: Image.Image, record: PhaseRecord) -> int:
    """Bytes, about.

    Args:
        request: what would be written.
        image: the request's picture, RGB.
        record: of it.
    """
    marks, area = marks_of(record, request.metadata), image.width * image.height
    if request.format != "ora":
        return _size(sample(image), area, request.format, request.quality, marks)
    small = image.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    below = sum(_layer_size(file.path, image) for file in files_below(request.picture, record))
    layer = _size(sample(image), area, "png", 0, Marks())
    return layer + _size(sample(image), area, "png", 0, marks) + below + _bytes(small, "png", 0, Marks())


def _layer_size(path: Path, image: Image.Image) -> int:
    """Of a picture below, enlarged to the size of the one on top."""
    with Image.open(path) as header:
        enlarged = image.width / header.width
    if enlarged == 1:
        return path.stat().st_size  # as it is
    part = sample(read_png(path)[0], max(DOT, round(SAMPLE_SIDE / enlarged)))
    size = (round(part.width * enlarged), round(part.height * enlarged))
    part = part.resize(size, Image.Resampling.LANCZOS)
    return _size(part, image.width * image.height, "png", 0, Marks())


def _size(part: Image.Image, area: int, name: str, quality: int, marks: Marks) -> int:
    """Of a picture of so many pixels, a sample of which is given."""
    dot = Image.new("RGB", (DOT, DOT))
    plain, marked = _bytes(dot, name, quality, Marks()), _bytes(dot, name, quality, marks)
    pixels = max(0, _bytes(part, name, quality, Marks()) - plain)
    return marked + math.ceil(pixels * area / (part.width * part.height))


def _bytes(image: Image.Image, name: str, quality: int, marks: Marks) -> int:
    stream = BytesIO()
    encode(image, stream, name, quality, marks, lambda share: None)  # noqa: ARG005
    return stream.tell()
