"""Pictures as bytes of each file format, with their colour profile and what is known about them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin

from hiprompt_core.formats import LOSSLESS, is_big_tiff
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import CHUNK, PARAMETERS, XMP, program_version
from hiprompt_core.png_file import save_png
from hiprompt_core.xmp import jpeg_segments, xmp_packet

OnShare = Callable[[float | None], None]
"""Told how much is written, 0 to 1, or none where an encoder does not say; may raise ``Cancelled``."""

EXIF_IFD, USER_COMMENT, SOFTWARE = 0x8769, 0x9286, 0x0131
XMP_TAG = 700
TIFF_TILE = 512
SECONDS_BETWEEN_SHARES = 0.1
SAMPLE_SIDE = 256
SAMPLES_ACROSS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """What is written beside the pixels; what is empty is left out."""

    record: str = ""
    """Our record, JSON."""
    parameters: str = ""
    """The same for readers of A1111's text."""
    source_type: str = ""
    """IPTC's digital source type."""

    def xmp(self, with_record: bool = True) -> bytes:
        """The packet; empty when there is nothing to say."""
        if not self.source_type:
            return b""
        return xmp_packet(self.source_type, _program(), self.record if with_record else "")


class Watched:
    """A stream that tells how many bytes went through; it has no ``fileno``, so that Pillow works block by block."""

    def __init__(self, stream: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        self._stream = stream
        self._on_bytes = on_bytes
        self._count = 0
        self.seek = stream.seek
        self.tell = stream.tell
        self.flush = stream.flush
        self.seekable = stream.seekable

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._tell(len(content))
        return content

    def write(self, content: bytes) -> int:
        self._tell(len(content))
        return self._stream.write(content)

    def _tell(self, size: int) -> None:
        self._count += size
        self._on_bytes(self._count)


def encode(image: Image.Image, stream: BinaryIO, name: str, quality: int, marks: Marks, on_share: OnShare) -> None:
    """Write a picture in the format of that name ("png", "jpeg", "webp", "avif" or "tiff"), tagged as sRGB.

    Args:
        image: RGB.
        stream: seekable.
        quality: 1 to 100; what it does not concern ignores it.
    """
    ENCODERS[name](image, stream, quality, marks, on_share)


def encode_png(image: Image.Image, stream: BinaryIO, quality: int, marks: Marks, on_share: OnShare) -> None:  # noqa: ARG001
    chunks = PngImagePlugin.PngInfo()
    if marks.record:
        chunks.add_itxt(CHUNK, marks.record)
    if marks.parameters:
        chunks.add_text(PARAMETERS, marks.parameters)
    if marks.source_type:
        chunks.add_itxt(XMP, marks.xmp(with_record=False).decode())
    save_png(image, stream, chunks, srgb_profile(), on_share)


def _encode_jpeg(image: Image.Image, stream: BinaryIO, quality: int, marks: Marks, on_share: OnShare) -> None:
    known: dict[str, Any] = {"exif": _exif(marks)}
    if marks.source_type:
        known["xmp"], known["extra"] = jpeg_segments(marks.source_type, _program(), marks.record)
    expected = estimated_bytes(sample(image), image.width * image.height, "jpeg", quality)
    watched = cast(BinaryIO, Watched(stream, lambda count: on_share(min(0.99, count / expected))))
    # Colours of neighbouring pixels are kept apart: artists look closely.
    image.save(watched, format="JPEG", quality=quality, subsampling=0, icc_profile=srgb_profile(), **known)


def _encode_webp(image: Image.Image, stream: BinaryIO, quality: int, marks: Marks, on_share: OnShare) -> None:
    lossless = quality >= LOSSLESS
    effort = 50 if lossless else quality
    _save_aside(image, stream, marks, on_share, format="WEBP", lossless=lossless, quality=effort, method=4)


def _encode_avif(image: Image.Image, stream: BinaryIO, quality: int, marks: Marks, on_share: OnShare) -> None:
    _save_aside(image, stream, marks, on_share, format="AVIF", quality=quality, subsampling="4:4:4")


def _save_aside(image: Image.Image, stream: BinaryIO, marks: Marks, on_share: OnShare, **options: Any) -> None:
    """Encode where the whole picture goes in one call, a minute for some: a cancel leaves that call behind."""
    known = {"exif": _exif(marks), "xmp": marks.xmp(), "icc_profile": srgb_profile()}
    options |= {name: value for name, value in known.items() if value}
    buffer = BytesIO()
    faults: list[Exception] = []

    def save() -> None:
        try:
            image.save(buffer, **options)
        except Exception as error:
            faults.append(error)

    thread = threading.Thread(target=save, name="encoder", daemon=True)
    thread.start()
    while thread.is_alive():
        on_share(None)
        thread.join(SECONDS_BETWEEN_SHARES)
    if faults:
        raise faults[0]
    stream.write(buffer.getbuffer())


def _encode_tiff(image: Image.Image, stream: BinaryIO, quality: int, marks: Marks, on_share: OnShare) -> None:  # noqa: ARG001
    import tifffile

    xmp = marks.xmp()
    size = Size(image.height, image.width)
    tifffile.imwrite(
        stream,
        _tiles(image, on_share),
        shape=(*size, 3),
        dtype=np.uint8,
        tile=(TIFF_TILE, TIFF_TILE),
        photometric="rgb",
        compression="zlib",
        predictor=True,
        bigtiff=is_big_tiff(size),
        maxworkers=1,
        metadata=None,
        iccprofile=srgb_profile(),
        software=_program() if marks.source_type else False,
        description=marks.parameters.encode() or None,
        extratags=[(XMP_TAG, 1, len(xmp), xmp, True)] if xmp else (),
    )


def _tiles(image: Image.Image, on_share: OnShare) -> Iterator[NDArray[np.uint8]]:
    """Square parts in reading order, black beyond the edges."""
    for top in range(0, image.height, TIFF_TILE):
        on_share(top / image.height)
        for left in range(0, image.width, TIFF_TILE):
            on_share(top / image.height)
            yield np.asarray(image.crop((left, top, left + TIFF_TILE, top + TIFF_TILE)))


ENCODERS = {
    "png": encode_png,
    "jpeg": _encode_jpeg,
    "webp": _encode_webp,
    "avif": _encode_avif,
    "tiff": _encode_tiff,
}


def sample(image: Image.Image, side: int = SAMPLE_SIDE) -> Image.Image:
    """Parts of so many pixels a side from all over a picture beside each other; a small picture as it is."""
    if max(image.size) <= side * SAMPLES_ACROSS:
        return image
    width, height = min(side, image.width // 3), min(side, image.height // 3)
    result = Image.new("RGB", (SAMPLES_ACROSS * width, SAMPLES_ACROSS * height))
    for row in range(SAMPLES_ACROSS):
        for column in range(SAMPLES_ACROSS):
            left = (image.width - width) * column // (SAMPLES_ACROSS - 1)
            top = (image.height - height) * row // (SAMPLES_ACROSS - 1)
            part = image.crop((left, top, left + width, top + height))
            result.paste(part, (column * width, row * height))
    return result


def estimated_bytes(part: Image.Image, area: int, name: str, quality: int) -> int:
    """About how large a picture of so many pixels becomes, judged by what a sample of it takes."""
    stream = BytesIO()
    if name == "jpeg":  # whose encoder asks for this estimate
        part.save(stream, format="JPEG", quality=quality, subsampling=0)
    else:
        encode(part, stream, name, quality, Marks(), lambda share: None)  # noqa: ARG005
    return math.ceil(stream.tell() * area / (part.width * part.height))


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The ICC profile of sRGB, without the time it was made, so that equal pictures give equal files."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + bytes(12) + profile[36:]


def _program() -> str:
    return f"HiPrompt {program_version()}"


def _exif(marks: Marks) -> bytes:
    """A1111's text where its readers look for it in JPEG, WebP and AVIF."""
    if not marks.source_type:
        return b""
    exif = Image.Exif()
    exif[SOFTWARE] = _program()
    if marks.parameters:
        exif.get_ifd(EXIF_IFD)[USER_COMMENT] = b"UNICODE\0" + marks.parameters.encode("utf-16-be")
    return exif.tobytes()
