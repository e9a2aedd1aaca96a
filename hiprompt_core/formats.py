"""The file formats of an export, and what each can hold, known before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size

BIG_TIFF_BYTES = 2**32 - 2**25
"""Bytes of pixels beyond which a TIFF file is written as BigTIFF: offsets of plain TIFF end at 4 GiB."""
LOSSLESS = 100
"""The quality at which WebP keeps every pixel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """What a format is called and what it can hold."""

    name: str
    title: str
    suffix: str
    longest: int
    """Pixels a side."""
    most: int | None = None
    """Pixels in all; none: no limit of its own."""
    lossy: bool = False
    """Whether it has a quality, 1 to 100."""


FORMATS = {
    kind.name: kind
    for kind in (
        Format(name="png", title="PNG", suffix=".png", longest=2**31 - 1),
        # 65535 is what its header can say; libjpeg and all that is built on it stop at 65500.
        Format(name="jpeg", title="JPEG", suffix=".jpg", longest=65_500, lossy=True),
        Format(name="webp", title="WebP", suffix=".webp", longest=16_383, lossy=True),
        # 65535 is what its header can say; libavif, which most programs read it with, opens no more than this.
        Format(name="avif", title="AVIF", suffix=".avif", longest=32_768, most=16_384**2, lossy=True),
        Format(name="tiff", title="TIFF", suffix=".tif", longest=2**31 - 1),
        Format(name="ora", title="OpenRaster", suffix=".ora", longest=2**31 - 1),
    )
}


def check_fits(format: Format, size: Size) -> None:  # noqa: A002
    """Refuse a picture that a format cannot hold; nothing is ever made smaller.

    Raises:
        InvalidRequest: it is too large.
    """
    if max(size) > format.longest:
        problem = f"{format.title} holds at most {format.longest} pixels a side; this picture has {size}."
    elif format.most is not None and size.area > format.most:
        problem = f"{format.title} holds at most {format.most} pixels in all; this picture has {size.area} ({size})."
    else:
        return
    raise InvalidRequest(problem, "Choose PNG or TIFF.")


def is_big_tiff(size: Size) -> bool:
    """Whether a TIFF file of that size becomes a BigTIFF, which some older programs do not open."""
    return 3 * size.area > BIG_TIFF_BYTES
