"""Pictures from other programs and cameras: what they show, and what is said about them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from hiprompt_core import own_picture
from hiprompt_core.encoders import srgb_profile
from hiprompt_core.errors import InvalidRequest, OutOfMemory
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import CHUNK, read_png, record_text
from hiprompt_core.own_picture import open_own_picture, own_picture_size
from tests.run_folders import make_run

WIDE = (2.2, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
"""Adobe RGB (1998): gamma, and where its primaries lie."""


def curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in (x, y, z)))


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile, version 2, of a display."""
    body, table, start = b"", struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">2I", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I", start + len(body)) + bytes(4) + b"\x02\x40\x00\x00mntr" + space + b"XYZ " + bytes(12)
    head += b"acsp" + bytes(24) + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


DESCRIPTION = b"desc" + bytes(4) + struct.pack(">I", 5) + b"wide\0" + bytes(78)
WHITE = xyz(0.9642, 1, 0.8249)
ADOBE = profile(
    b"RGB ",
    {
        b"desc": DESCRIPTION,
        b"wtpt": WHITE,
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        b"rTRC": curve(2.2),
        b"gTRC": curve(2.2),
        b"bTRC": curve(2.2),
    },
)
DARK_GREY = profile(b"GRAY", {b"desc": DESCRIPTION, b"wtpt": WHITE, b"kTRC": curve(1.0)})


def save(folder: Path, image: Image.Image, name: str = "own.png", **options: Any) -> Path:
    image.save(folder / name, **options)
    return folder / name


def pixel(path: Path) -> tuple[int, ...]:
    image = open_own_picture(path).image
    assert image.mode == "RGB"
    found = image.getpixel((0, 0))
    assert isinstance(found, tuple)
    return tuple(map(int, found))


def plain(mode: str, colour: Any, size: tuple[int, int] = (6, 4)) -> Image.Image:
    return Image.new(mode, size, colour)


@pytest.mark.parametrize(
    ("image", "name", "colour"),
    [
        (plain("RGB", (200, 30, 90)), "own.png", (200, 30, 90)),
        (plain("RGB", (200, 30, 90)), "own.tiff", (200, 30, 90)),
        (plain("RGB", (200, 30, 90)), "own.bmp", (200, 30, 90)),
        (plain("RGB", (200, 30, 90)).quantize(4), "own.png", (200, 30, 90)),
        (plain("RGB", (200, 30, 90)).quantize(4), "own.gif", (200, 30, 90)),
        (plain("L", 77), "own.png", (77, 77, 77)),
        (plain("1", 1), "own.png", (255, 255, 255)),
        (Image.fromarray(np.full((4, 6), 77 * 257, np.uint16)), "own.png", (77, 77, 77)),
        (Image.fromarray(np.full((4, 6), 77 * 257, np.uint16)), "own.tiff", (77, 77, 77)),
        (Image.fromarray(np.full((4, 6), 77 * 257, np.int32)), "own.tiff", (77, 77, 77)),
    ],
)
def test_plain_pictures_are_as_they_are(tmp_path: Path, image: Image.Image, name: str, colour: tuple[int, ...]) -> None:
    path = save(tmp_path, image, name)
    assert pixel(path) == colour
    assert open_own_picture(path).notes == ()
    assert open_own_picture(path).size == own_picture_size(path) == Size(4, 6)


def test_16_bit_grey_keeps_its_range(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    image = open_own_picture(save(tmp_path, Image.fromarray(ramp))).image
    assert np.asarray(image)[0, :, 0].tolist() == list(range(256))


def test_colours_of_a_wide_gamut_are_brought_to_srgb(tmp_path: Path) -> None:
    tagged = save(tmp_path, plain("RGB", (120, 180, 100)), icc_profile=ADOBE)
    # Adobe RGB to sRGB with D65 whites: linear = v^2.2, then the two matrices and sRGB's curve
    linear = (np.array([120, 180, 100]) / 255) ** 2.2
    to_xyz = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
    srgb = np.array([[0.4360, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
    values = np.linalg.solve(srgb, to_xyz @ linear).clip(0, 1)
    expected = 255 * np.where(values <= 0.0031308, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)
    assert pixel(tagged) == pytest.approx(tuple(expected), abs=2)
    assert pixel(tagged)[0] < 110
    assert pixel(save(tmp_path, plain("RGB", (120, 180, 100)), "untagged.png")) == (120, 180, 100)
    same = save(tmp_path, plain("RGB", (120, 180, 100)), "srgb.png", icc_profile=srgb_profile())
    assert pixel(same) == (120, 180, 100)
    assert open_own_picture(tagged).notes == ()


def test_grey_and_palette_profiles_count_too(tmp_path: Path) -> None:
    assert pixel(save(tmp_path, plain("L", 55), icc_profile=DARK_GREY))[0] == pytest.approx(128, abs=2)
    deep = save(tmp_path, Image.fromarray(np.full((4, 6), 55 * 257, np.uint16)), icc_profile=DARK_GREY)
    assert pixel(deep)[0] == pytest.approx(128, abs=2)
    palette = plain("RGB", (120, 180, 100)).quantize(4)
    assert pixel(save(tmp_path, palette, icc_profile=ADOBE))[0] < 110


def test_cmyk(tmp_path: Path) -> None:
    untagged = save(tmp_path, plain("CMYK", (0, 255, 255, 0)), "own.jpg", quality=100)
    red, green, blue = pixel(untagged)
    assert red > 200 > 60 > max(green, blue)
    assert "CMYK colours without a profile" in open_own_picture(untagged).notes[0]
    tiff = save(tmp_path, plain("LAB", (128, 128, 128)), "own.tiff")
    assert pixel(tiff) == pytest.approx((119, 119, 119), abs=3)


@pytest.mark.parametrize("profile", [b"no profile", ADOBE[:200], DARK_GREY])
def test_a_profile_that_does_not_fit_is_said(tmp_path: Path, profile: bytes) -> None:
    opened = open_own_picture(save(tmp_path, plain("RGB", (1, 2, 3)), icc_profile=profile))
    assert opened.image.getpixel((0, 0)) == (1, 2, 3)
    assert "colour profile of own.png cannot be used" in opened.notes[0]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["own.jpg", "own.png", "own.webp", "own.tiff"])
def test_pictures_are_turned_upright(tmp_path: Path, orientation: int, name: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = plain("RGB", "white", (48, 32))
    image.paste((255, 0, 0), (0, 0, 16, 16))
    path = save(tmp_path, image, name, exif=exif)
    opened = open_own_picture(path)
    assert own_picture_size(path) == opened.size == (Size(32, 48) if orientation < 5 else Size(48, 32))
    right, bottom = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    x, y = (opened.size.width - 4 if right else 4), (opened.size.height - 4 if bottom else 4)
    corner = opened.image.getpixel((x, y))
    assert isinstance(corner, tuple)
    assert corner[1] < 60


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (plain("RGBA", (255, 0, 0, 128)), {}),
        (plain("LA", (0, 128)), {}),
        (plain("RGBA", (255, 0, 0, 128)).quantize(4), {}),
        (plain("RGB", (255, 0, 0)), {"transparency": (255, 0, 0)}),
        (plain("P", 0), {"transparency": 0}),
    ],
)
def test_transparent_pictures_are_laid_over_white_and_that_is_said(
    tmp_path: Path, image: Image.Image, options: dict[str, Any]
) -> None:
    path = save(tmp_path, image, **options)
    assert open_own_picture(path).notes == ("own.png is transparent in places: it was laid over white.",)
    assert max(pixel(path)) == 255 or pixel(path) == pytest.approx((127, 127, 127), abs=1)


def test_grey_that_was_multiplied_by_its_opacity(tmp_path: Path) -> None:
    values = np.full((4, 6, 2), (50, 128), np.uint8)
    tifffile.imwrite(tmp_path / "own.tiff", values, photometric="minisblack", extrasamples=["assocalpha"])
    assert pixel(tmp_path / "own.tiff") == pytest.approx((177, 177, 177), abs=1)
    assert "laid over white" in open_own_picture(tmp_path / "own.tiff").notes[0]


def test_opaque_alpha_is_no_word_worth(tmp_path: Path) -> None:
    opened = open_own_picture(save(tmp_path, plain("RGBA", (9, 8, 7, 255))))
    assert (opened.notes, opened.image.getpixel((0, 0))) == ((), (9, 8, 7))


@pytest.mark.parametrize("name", ["own.gif", "own.webp", "own.png", "own.tiff"])
def test_the_first_frame_of_several_is_used(tmp_path: Path, name: str) -> None:
    frames = [plain("RGB", colour, (16, 16)) for colour in ("red", "blue", "lime")]
    path = save(tmp_path, frames[0], name, save_all=True, append_images=frames[1:])
    red, green, blue = pixel(path)
    assert red > 240 > 20 > max(green, blue)
    assert open_own_picture(path).notes == (f"{name} has 3 frames or pages: the first one is used.",)


def bomb() -> bytes:
    """A small PNG that says it is 40000 x 30000."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">2I5B", 40000, 30000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def encoded(name: str, cut: int | None = None) -> bytes:
    stream = BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, name)
    return stream.getvalue()[:cut]


def floats(*channels: int) -> bytes:
    stream = BytesIO()
    tifffile.imwrite(stream, np.ones((4, 4, *channels), np.float32), photometric="rgb" if channels else "minisblack")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"no picture", "is no picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "is no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture"),
        (encoded("PNG", 2000), "cannot be read"),
        (encoded("JPEG", 2000), "cannot be read"),
        (encoded("WEBP", 400), "is no picture|cannot be read"),
        (encoded("TIFF", 2000), "is no picture|cannot be read"),
        (encoded("PNG", 30), "is no picture|cannot be read"),
        (floats(), "floating-point"),
        (floats(3), r"TIFF file of a kind that cannot be read, or damaged\. Save it with 8 or 16 bits a channel"),
        (bomb(), r"more pixels than 32768x32768\. Make"),
        (None, "no picture at"),
    ],
)
def test_what_is_no_picture_is_said(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "own.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidRequest, match=told) as caught:
        open_own_picture(path)
    assert "own.png" in caught.value.problem
    assert caught.value.remedy


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    for read in (open_own_picture, own_picture_size):
        with pytest.raises(InvalidRequest, match="cannot be read"):
            read(tmp_path)


@pytest.mark.parametrize("name", ["own.jpg", "own.webp", "own.tiff", "own.png"])
def test_pictures_may_be_larger_than_pillow_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = save(tmp_path, plain("RGB", (200, 30, 90), (48, 32)), name)
    result = make_run(tmp_path / "run")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert own_picture_size(path) == open_own_picture(path).size == Size(32, 48)
    assert own_picture_size(result) == open_own_picture(result).size == Size(96, 128)


def test_a_result_that_another_tool_changed_is_what_it_is_now(tmp_path: Path) -> None:
    """Some tools make a picture smaller, or give it another profile, and keep the texts in it."""
    image, record = read_png(make_run(tmp_path / "run"))
    kept = PngImagePlugin.PngInfo()
    kept.add_itxt(CHUNK, record_text(record))
    smaller = save(tmp_path, image.resize((32, 24)), "smaller.png", pnginfo=kept)
    assert own_picture_size(smaller) == open_own_picture(smaller).size == Size(24, 32)
    save(tmp_path, image, "same.png", pnginfo=kept)
    save(tmp_path, image, "wide.png", pnginfo=kept, icc_profile=ADOBE)
    assert pixel(tmp_path / "same.png") == image.getpixel((0, 0)) != pixel(tmp_path / "wide.png")


class Memory(NamedTuple):
    available: int


@pytest.mark.parametrize(("name", "bytes_each"), [("own.png", 8), ("own.webp", 17)])
def test_one_that_takes_more_memory_than_is_free_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, bytes_each: int
) -> None:
    path = save(tmp_path, plain("RGB", "teal", (500, 400)), name)
    monkeypatch.setattr(own_picture, "load_large", None)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(bytes_each * 500 * 400 - 1))
    with pytest.raises(OutOfMemory, match=rf"{name} takes 0\.0 GB of memory, and 0\.0 GB are free\. Close"):
        open_own_picture(path)
    assert own_picture_size(path) == Size(400, 500)


def test_large_pictures_are_the_same_across_strips(tmp_path: Path) -> None:
    """Sides that are no whole number of strips, in colours of another profile, in places transparent."""
    noise = np.random.default_rng(3).integers(0, 256, (600, 40, 4), dtype=np.uint8)
    whole = open_own_picture(save(tmp_path, Image.fromarray(noise), "whole.png", icc_profile=ADOBE))
    assert len(whole.notes) == 1
    for top in (0, 250, 590):
        part = save(tmp_path, Image.fromarray(noise[top : top + 10]), f"{top}.png", icc_profile=ADOBE)
        assert np.array_equal(np.asarray(whole.image)[top : top + 10], open_own_picture(part).image)


def test_the_brightest_of_many_bits_is_that_of_the_whole_picture(tmp_path: Path) -> None:
    values = np.zeros((600, 4), np.int32)
    values[0], values[-1] = 2**15, 2**30
    picture = np.asarray(open_own_picture(save(tmp_path, Image.fromarray(values), "deep.tif")).image)
    assert picture[0, 0, 0] == 0
    assert picture[-1, 0, 0] == 128


@pytest.mark.parametrize("place", ["load_large", "ImageOps.exif_transpose", "ImageCms.applyTransform"])
def test_a_full_memory_is_no_bad_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    path = save(tmp_path, plain("RGB", "teal"), icc_profile=ADOBE)

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(f"hiprompt_core.own_picture.{place}", full)
    with pytest.raises(OutOfMemory, match=r"too little memory to open .*own\.png"):
        open_own_picture(path)
