"""Pictures of the user's own, from any program or camera, as the RGB pixels that they are meant to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from hiprompt_core.encoders import srgb_profile
from hiprompt_core.errors import InvalidRequest, OutOfMemory
from hiprompt_core.footprint import opening_bytes
from hiprompt_core.geometry import LARGEST_SIDE, Size
from hiprompt_core.large_pictures import load_large, open_large

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "JPEG2000", "PPM", "TGA")
"""Those that hold pixels; a format of drawings would run another program."""
ORIENTATION, TURNED = 0x0112, (5, 6, 7, 8)
BACKGROUND = "white"
STRIP = 256
"""Rows of a picture that get their colours at a time."""
TIFF_SIGNS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
SIMPLER = "Save it with 8 or 16 bits a channel."
MORE_ROOM = "Close other programs, or make the picture smaller first."
PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}


class OwnPicture(NamedTuple):
    """A picture upright, in sRGB, without transparency."""

    image: Image.Image
    notes: tuple[str, ...] = ()
    """What was done to it that the user should know, as sentences."""

    @property
    def size(self) -> Size:
        return Size(self.image.height, self.image.width)


def open_own_picture(path: Path) -> OwnPicture:
    """Read a picture: turned as its EXIF data says, its colours brought to sRGB, laid over white where transparent.

    Raises:
        InvalidRequest: the file is no picture, is damaged, or has too many pixels.
        OutOfMemory: it takes more memory than is free.
    """
    with _opened(path) as opened:
        _check_room(opened, path)
        notes: list[str] = []
        frames = getattr(opened, "n_frames", 1)
        if frames > 1 and opened.format != "MPO":  # phones put a small copy beside the photograph
            notes.append(f"{path.name} has {frames} frames or pages: the first one is used.")
        profile = opened.info.get("icc_profile")
        load_large(opened)
        ImageOps.exif_transpose(opened, in_place=True)  # a copy of a large picture takes much memory
        return OwnPicture(_as_shown(opened, profile, path, notes), tuple(notes))


def own_picture_size(path: Path) -> Size:
    """How large a picture is once it is upright; its pixels are not read.

    Raises:
        InvalidRequest: as ``open_own_picture``.
    """
    with _opened(path) as opened:
        size = Size(opened.height, opened.width)
        # Pillow turns a TIFF by itself.
        turned = opened.format != "TIFF" and opened.getexif().get(ORIENTATION) in TURNED
        return Size(size.width, size.height) if turned else size


@contextmanager
def _opened(path: Path) -> Iterator[ImageFile.ImageFile]:
    try:
        with path.open("rb") as file, open_large(file, partial(Image.open, formats=FORMATS)) as opened:
            yield opened
    except InvalidRequest:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        problem = f"{path} has more pixels than {LARGEST_SIDE}x{LARGEST_SIDE}."
        raise InvalidRequest(problem, "Make it smaller first.") from error
    except UnidentifiedImageError as error:
        raise _unknown(path) from error
    except FileNotFoundError as error:
        raise InvalidRequest(f"There is no picture at {path}.", "Check the path.") from error
    except MemoryError as error:
        raise OutOfMemory(f"There is too little memory to open {path}.", MORE_ROOM) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidRequest(f"{path} cannot be read as a picture: {reason}.", "Choose another file.") from error


def _unknown(path: Path) -> InvalidRequest:
    """What to tell of a file that Pillow does not know."""
    with path.open("rb") as file:
        begin = file.read(4)
    if begin in TIFF_SIGNS:  # such as RGB in floating-point numbers
        problem = f"{path} is a TIFF file of a kind that cannot be read, or damaged."
        return InvalidRequest(problem, SIMPLER)
    what = "is no picture that can be read" if begin else "is empty"
    return InvalidRequest(f"{path} {what}.", f"Choose one of these: {', '.join(FORMATS)}.")


def _check_room(opened: ImageFile.ImageFile, path: Path) -> None:
    needed = opened.width * opened.height * opening_bytes(opened.format or "")
    free = psutil.virtual_memory().available
    if needed > free:
        problem = f"To open {path} takes {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free."
        raise OutOfMemory(problem, MORE_ROOM)


def _as_shown(picture: Image.Image, profile: bytes | None, path: Path, notes: list[str]) -> Image.Image:
    """In sRGB over white; strip by strip, for beside itself and the result a large one leaves no room.

    Args:
        profile: ICC profile of its colours; none: they are sRGB.
        notes: what the user should know is added.
    """
    image = Image.new("RGB", picture.size)
    brightest = _brightest(picture)
    to_srgb, is_transparent = None, False
    for top in range(0, picture.height, STRIP):
        strip = picture.crop((0, top, picture.width, min(top + STRIP, picture.height)))
        colours, opacity = _parts(strip, brightest, path)
        to_srgb = to_srgb or _conversion(colours.mode, profile, path.name, notes)
        shown = to_srgb(colours)
        if opacity is not None and opacity.getextrema() != (255, 255):
            is_transparent = True
            shown = Image.composite(shown, Image.new("RGB", shown.size, BACKGROUND), opacity)
        image.paste(shown, (0, top))
    if is_transparent:
        notes.append(f"{path.name} is transparent in places: it was laid over white.")
    return image


def _brightest(picture: Image.Image) -> int:
    """What stands for white in a picture of whole numbers of more than 8 bits."""
    if not picture.mode.startswith("I"):
        return 2**8 - 1
    _, most = picture.getextrema()
    return 2**16 - 1 if most < 2**16 else 2**31 - 1  # type: ignore[operator]


def _parts(picture: Image.Image, brightest: int, path: Path) -> tuple[Image.Image, Image.Image | None]:
    """Colours with 8 bits a channel (L, RGB, CMYK or LAB), and opacity if there is any."""
    if picture.mode.startswith("I"):
        values = np.asarray(picture).astype(np.float64)
        return Image.fromarray(np.rint(values.clip(0) * (255 / brightest)).astype(np.uint8)), None
    if picture.mode == "F":
        raise InvalidRequest(f"{path} holds floating-point numbers.", SIMPLER)
    if picture.mode == "La":  # grey times its opacity, which nothing else converts from
        picture = picture.convert("LA")
    grey = picture.mode in ("1", "L", "LA")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        return seen.convert("L" if grey else "RGB"), seen.getchannel("A")
    if grey:
        return picture.convert("L"), None
    return (picture if picture.mode in PROFILE_SPACES else picture.convert("RGB")), None


def _conversion(mode: str, profile: bytes | None, name: str, notes: list[str]) -> Callable[[Image.Image], Image.Image]:
    """From colours as their ICC profile means them to sRGB, perceptually; without one they are taken as sRGB."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile)) if profile else _default_profile(mode)
        if source is None:
            if mode == "CMYK":
                notes.append(f"{name} has CMYK colours without a profile: they are converted as well as one can.")
            return _plainly
        if source.profile.xcolor_space.strip() != PROFILE_SPACES[mode]:
            raise ImageCms.PyCMSError("it is for other colours")
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return _plainly
        target = ImageCms.ImageCmsProfile(BytesIO(srgb_profile()))
        transform = ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        notes.append(f"The colour profile of {name} cannot be used ({error}): its colours are taken as sRGB.")
        return _plainly

    def convert(colours: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(colours, transform)
        assert converted is not None  # none is the answer of a conversion in place
        return converted

    return convert


def _plainly(colours: Image.Image) -> Image.Image:
    return colours.convert("RGB")


def _default_profile(mode: str) -> ImageCms.ImageCmsProfile | None:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")) if mode == "LAB" else None
