"""Picture files of up to our own number of pixels: Pillow's limit is smaller, and one for the whole program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import BinaryIO

from PIL import Image, ImageFile

from hiprompt_core.geometry import LARGEST_SIDE

MOST_PIXELS = LARGEST_SIDE**2
"""As of results."""
_lock = Lock()


def open_large(stream: BinaryIO, opener: Callable[[BinaryIO], ImageFile.ImageFile]) -> ImageFile.ImageFile:
    """What ``opener`` makes of a file whose pixels are still to be decoded, whatever Pillow's limit is.

    Raises:
        Image.DecompressionBombError: it has more pixels than ours, too.
        Exception: whatever ``opener`` raises.
    """
    begin = stream.read(12)
    stream.seek(0)
    if begin[8:] == b"WEBP":  # read whole to be opened, which may take long from some disks
        stream = BytesIO(stream.read())
    with _our_limit():
        opened = opener(stream)
    if opened.width * opened.height > MOST_PIXELS:
        opened.close()
        raise Image.DecompressionBombError(f"more than {MOST_PIXELS} pixels")
    return opened


def load_large(opened: ImageFile.ImageFile) -> None:
    """Decode what ``open_large`` gave."""
    if opened.format == "TIFF":  # whose reader asks for Pillow's limit once more
        with _our_limit():
            opened.load_prepare()
    opened.load()


@contextmanager
def _our_limit() -> Iterator[None]:
    """Let other threads see another limit no longer than a header takes."""
    with _lock:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MOST_PIXELS
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before
