"""Read out of a picture how it was made: ours in every format that we write, and those of other programs."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import AvifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from hiprompt_core.encoders import EXIF_IFD, USER_COMMENT, XMP_TAG
from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.foreign_settings import ForeignSettings, parse_a1111, parse_comfyui, parse_invokeai
from hiprompt_core.large_pictures import open_large
from hiprompt_core.metadata import CHUNK, PARAMETERS, PhaseRecord, parse_record
from hiprompt_core.xmp import EXTENSION, extended_xmp, xmp_value

DESCRIPTION, MAKE, MODEL = 0x010E, 0x010F, 0x0110
MERGED = "mergedimage.png"
LARGEST_MERGED = 2**31
OTHER = "Choose a picture made by HiPrompt, A1111, InvokeAI, ComfyUI or Fooocus with its metadata kept."

Recalled = PhaseRecord | ForeignSettings

OPENERS: tuple[tuple[bytes, Callable[[BinaryIO], ImageFile.ImageFile]], ...] = (
    (rb"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (rb"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (rb"RIFF....WEBP", WebPImagePlugin.WebPImageFile),
    (rb"....ftypavi", AvifImagePlugin.AvifImageFile),
    (rb"II[*+]\0|MM\0[*+]", TiffImagePlugin.TiffImageFile),
)
"""First bytes of a file and what reads it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Texts:
    """Everything in a file that may say how it was made."""

    record: str = ""
    invokeai: str = ""
    comfyui: str = ""
    parameters: str = ""


def recall(path: Path) -> Recalled:
    """How a picture was made; the pixels are not decoded.

    Raises:
        ResultCorrupt: the file cannot be read or says nothing.
    """
    with _opened(path) as image:
        texts = _texts(image)
    if texts.record:
        return parse_record(texts.record, path)
    found = (
        (texts.invokeai and parse_invokeai(texts.invokeai))
        or (texts.comfyui and parse_comfyui(texts.comfyui))
        or (texts.parameters and parse_a1111(texts.parameters))
    )
    if not found:
        raise ResultCorrupt(f"{path.name} does not say how it was made.", OTHER)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[ImageFile.ImageFile]:
    try:
        with path.open("rb") as file:
            stream = _merged(file) or file
            begin = stream.read(16)
            stream.seek(0)
            opener = next((opener for signs, opener in OPENERS if re.match(signs, begin, re.DOTALL)), None)
            if opener is None:
                raise ResultCorrupt(f"{path.name} is no picture that can be read.", OTHER)
            with open_large(stream, opener) as image:
                yield image
    except FileNotFoundError as error:
        raise ResultCorrupt(f"There is no file {path}.", "Check the path.") from error
    except (
        OSError, SyntaxError, ValueError, TypeError, KeyError, EOFError, RuntimeError,
        struct.error, zlib.error, zipfile.BadZipFile, Image.DecompressionBombError,
    ) as error:  # fmt: skip
        raise ResultCorrupt(
            f"{path.name} is damaged or cannot be read ({error}).", "Choose another picture."
        ) from error


def _merged(file: BinaryIO) -> BinaryIO | None:
    """The whole picture of an OpenRaster file; none when it is no such file."""
    if file.read(4) != b"PK\x03\x04":
        file.seek(0)
        return None
    with zipfile.ZipFile(file) as archive:
        if archive.getinfo(MERGED).file_size > LARGEST_MERGED:
            raise ValueError("its picture is too large")
        return BytesIO(archive.read(MERGED))


def _texts(image: ImageFile.ImageFile) -> _Texts:
    info = {name: value for name, value in image.info.items() if isinstance(value, str)}
    exif = image.getexif()
    described = [_exif_text(exif.get(tag)) for tag in (DESCRIPTION, MAKE, MODEL)]
    comfyui = next((text[len("prompt:") :] for text in described if text.lower().startswith("prompt:")), "")
    comment = _user_comment(exif.get_ifd(EXIF_IFD).get(USER_COMMENT))
    return _Texts(
        record=info.get(CHUNK, "") or _record_in_xmp(image),
        invokeai=info.get("invokeai_metadata", ""),
        comfyui=info.get("prompt", "") or comfyui,
        parameters=info.get(PARAMETERS, "") or comment or (described[0] if not comfyui else ""),
    )


def _record_in_xmp(image: ImageFile.ImageFile) -> str:
    packet = image.info.get("xmp") or getattr(image, "tag_v2", {}).get(XMP_TAG) or b""
    if not isinstance(packet, bytes):
        return ""
    record = xmp_value(packet, "hiprompt:Record")
    digest = xmp_value(packet, "xmpNote:HasExtendedXMP")
    if not record and digest:
        segments = [content for _, content in getattr(image, "applist", ()) if content.startswith(EXTENSION)]
        record = xmp_value(extended_xmp(segments, digest), "hiprompt:Record")
    return record


def _exif_text(value: object) -> str:
    if isinstance(value, str):
        try:  # Pillow reads the text as Latin-1, and writers mean UTF-8
            return value.encode("latin-1").decode()
        except ValueError:
            return value
    return value.decode("utf-8", "replace").rstrip("\0") if isinstance(value, bytes) else ""


def _user_comment(value: object) -> str:
    """Text of EXIF's UserComment: its first eight bytes name the encoding."""
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else ""
    code, text = value[:8], value[8:]
    if code != b"UNICODE\0":
        return text.decode("utf-8", "replace").strip("\0")
    # Writers disagree about the byte order; the zeros of Latin letters tell.
    order = "utf-16-le" if text[1::2].count(0) > text[0::2].count(0) else "utf-16-be"
    return text.decode(order, "replace").lstrip("\ufeff").rstrip("\0")
