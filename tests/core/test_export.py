"""Every format is written, opened again by another library, and says what it should and nothing else."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from hiprompt_core import encoders, formats
from hiprompt_core.errors import Cancelled, DiskFull, InvalidRequest, OutputError, ResultCorrupt
from hiprompt_core.events import FileAdvanced
from hiprompt_core.export import export, picture_of
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.foreign_settings import ForeignSettings
from hiprompt_core.formats import FORMATS, check_fits, is_big_tiff
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import parameters_text, read_png, read_record
from hiprompt_core.recall import recall
from hiprompt_core.request import Additions
from hiprompt_core.xmp import COMPOSITE, GENERATED, xmp_value
from tests.run_folders import make_run

NOW = datetime(2026, 2, 3, 4, 5, 6)
LOSSLESS = [("png", 92), ("tiff", 92), ("webp", 100), ("ora", 92)]
LOSSY = [("jpeg", 92), ("webp", 92), ("avif", 92)]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return make_run(tmp_path / "run", phases=2, versions=2)


def write(picture: Path, name: str, **changes: object) -> Path:
    return export(ExportRequest(picture=picture, folder=picture.parents[1] / "out", format=name, **changes), now=NOW)


def pixels(path: Path) -> np.ndarray:
    if path.suffix == ".tif":
        return tifffile.imread(path)
    with Image.open(merged(path) if path.suffix == ".ora" else path) as image:
        return np.asarray(image.convert("RGB"))


def merged(path: Path) -> io.BytesIO:
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read("mergedimage.png"))


def info(path: Path) -> dict[str, object]:
    with Image.open(merged(path) if path.suffix == ".ora" else path) as image:
        image.load()
        return {**image.info, "exif_ifd": dict(image.getexif().get_ifd(encoders.EXIF_IFD))}


@pytest.mark.parametrize(("name", "quality"), LOSSLESS)
def test_lossless_formats_keep_every_pixel(picture: Path, name: str, quality: int) -> None:
    assert (pixels(write(picture, name, quality=quality)) == np.asarray(read_png(picture)[0])).all()


@pytest.mark.parametrize(("name", "quality"), LOSSY)
def test_lossy_formats_stay_close_and_follow_the_quality(picture: Path, name: str, quality: int) -> None:
    fine = write(picture, name, quality=quality)
    coarse = write(picture, name, quality=10)
    original = np.asarray(read_png(picture)[0]).astype(float)
    errors = [np.abs(pixels(path) - original).mean() for path in (fine, coarse)]
    assert errors[0] < 3
    assert errors[0] < errors[1]
    assert fine.stat().st_size > coarse.stat().st_size


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_tagged_as_srgb_and_marked_as_generated(picture: Path, name: str) -> None:
    found = info(write(picture, name))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(found["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert xmp_value(found["xmp"], "Iptc4xmpExt:DigitalSourceType") == GENERATED


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_record_back(picture: Path, name: str) -> None:
    assert recall(write(picture, name)) == read_record(picture)


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
def test_readers_of_a1111_find_its_text_in_exif(picture: Path, name: str) -> None:
    comment = info(write(picture, name))["exif_ifd"][encoders.USER_COMMENT]
    assert comment[:8] == b"UNICODE\0"
    assert comment[8:].decode("utf-16-be") == parameters_text(read_record(picture))


def test_readers_of_a1111_find_its_text_in_png_and_tiff(picture: Path) -> None:
    text = parameters_text(read_record(picture))
    assert info(write(picture, "png"))["parameters"] == text
    with tifffile.TiffFile(write(picture, "tiff")) as file:
        assert file.pages[0].tags["ImageDescription"].value in (text, text.encode())


HARD = 'a "fox": (red:1.2), été 狐 \\(x\\), <b>\nSteps: three, of stone'


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("prompt", ["a fox", HARD])
def test_a_reader_of_a1111s_text_gets_every_setting_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, prompt: str
) -> None:
    """From every format, by its text alone."""
    loras = Additions(loras={Path("/loras/ink-wash.safetensors"): 0.8, Path("/loras/b.safetensors"): 1.0})
    path = make_run(tmp_path / "run", phases=2, prompt=prompt, negative_prompt="blur, ugly\nmore", additions=loras)
    monkeypatch.setattr("hiprompt_core.export.record_text", lambda record: "")
    record, found = read_record(path), recall(write(path, name))
    options = record.request.options
    assert found == ForeignSettings(
        program="A1111", prompt=prompt, negative_prompt="blur, ugly\nmore", seed=record.request.seed, size=record.size,
        steps=options.upscale_num_inference_steps, guidance_scale=options.guidance_scale, model="sdxl",
        loras=(("ink-wash", 0.8), ("b", 1.0)),
    )  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_the_mark_alone_tells_nothing_about_the_artist(picture: Path, name: str) -> None:
    path = write(picture, name, metadata="origin")
    assert xmp_value(info(path)["xmp"], "Iptc4xmpExt:DigitalSourceType") == GENERATED
    with pytest.raises(ResultCorrupt, match="does not say how it was made"):
        recall(path)
    for word in (b"a fox", "a fox".encode("utf-16-be"), b"sdxl", str(picture.parent).encode()):
        assert word not in merged_or_raw(path)


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_nothing(picture: Path, name: str) -> None:
    found = info(write(picture, name, metadata="none"))
    assert not found["exif_ifd"]
    assert not {"xmp", "parameters", "hiprompt", "exif"} & {key for key, value in found.items() if value}
    assert found["icc_profile"]


def merged_or_raw(path: Path) -> bytes:
    return merged(path).getvalue() if path.suffix == ".ora" else path.read_bytes()


def test_a_picture_that_began_with_the_users_own_says_so(tmp_path: Path) -> None:
    base = tmp_path / "base.png"
    path = make_run(tmp_path / "run", base_image=base)
    assert xmp_value(info(path)["xmp"], "Iptc4xmpExt:DigitalSourceType") == COMPOSITE
    assert xmp_value(info(write(path, "jpeg"))["xmp"], "Iptc4xmpExt:DigitalSourceType") == COMPOSITE


def test_a_record_too_long_for_a_jpeg_segment_goes_into_extended_xmp(tmp_path: Path) -> None:
    prompt = "a fox <&> " * 9000
    path = make_run(tmp_path / "run", prompt=prompt)
    with pytest.raises(OutputError, match="JPEG cannot hold"):  # A1111's text has no such way out
        write(path, "jpeg")
    path = make_run(tmp_path / "other", question=prompt)
    jpeg = write(path, "jpeg")
    with Image.open(jpeg) as image:
        assert sum(content.startswith(b"http://ns.adobe.com/xmp/extension/") for _, content in image.applist) == 3
    assert recall(jpeg).request.question == prompt


@pytest.mark.parametrize("name", FORMATS)
def test_equal_exports_are_equal_files(picture: Path, name: str) -> None:
    first, second = write(picture, name), write(picture, name)
    assert first != second
    assert first.read_bytes() == second.read_bytes()


def test_an_open_raster_file_holds_phases_and_versions_as_layers(picture: Path) -> None:
    path = write(picture, "ora")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        assert (entries[0].filename, entries[0].compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        root = ElementTree.fromstring(archive.read("stack.xml"))
        assert (root.tag, root.get("w"), root.get("h")) == ("image", "128", "96")
        layers = root.findall("stack/layer")
        assert [layer.get("name") for layer in layers] == [
            "Phase 2, version 2 (128x96)",
            "Phase 2 (128x96)",
            "Phase 1 (64x48)",
        ]
        assert [layer.get("visibility") for layer in layers] == ["visible", "hidden", "hidden"]
        images = [Image.open(io.BytesIO(archive.read(layer.get("src")))) for layer in layers]
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert {image.size for image in images} == {(128, 96)}
    assert (np.asarray(images[0]) == pixels(path)).all()
    assert (np.asarray(images[1]) == np.asarray(read_png(picture.with_name("phase-2-128x96.png"))[0])).all()
    assert max(thumbnail.size) <= 256


def test_thumbnails_of_large_open_raster_files_are_small(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run", phases=1, size=Size(320, 1200))
    with zipfile.ZipFile(write(path, "ora")) as archive:
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert thumbnail.size in {(256, 68), (256, 69)}


# Limits


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("webp", Size(64, 16384), "at most 16383 pixels a side; this picture has 16384x64"),
        ("jpeg", Size(65501, 64), "at most 65500 pixels a side"),
        ("avif", Size(64, 32769), "at most 32768 pixels a side"),
        ("avif", Size(16385, 16384), "at most 268435456 pixels in all"),
    ],
)
def test_a_picture_beyond_a_limit_is_refused_never_shrunk(name: str, size: Size, words: str) -> None:
    with pytest.raises(InvalidRequest, match=re.escape(words)) as caught:
        check_fits(FORMATS[name], size)
    assert "PNG or TIFF" in caught.value.remedy


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
def test_the_limits_are_those_of_the_encoders(name: str) -> None:
    """What we allow can be written and read; one pixel more cannot."""
    longest = FORMATS[name].longest

    def round_trip(width: int) -> tuple[int, int]:
        stream = io.BytesIO()
        encoders.encode(Image.new("RGB", (width, 16)), stream, name, 50, encoders.Marks(), lambda share: None)
        with Image.open(stream) as image:
            image.load()
            return image.size

    check_fits(FORMATS[name], Size(16, longest))
    assert round_trip(longest) == (longest, 16)
    with pytest.raises((OSError, ValueError, RuntimeError)):
        round_trip(longest + 1)


def test_nothing_is_written_when_a_picture_does_not_fit(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "webp", formats.Format(name="webp", title="WebP", suffix=".webp", longest=100))
    with pytest.raises(InvalidRequest, match="at most 100"):
        write(picture, "webp")
    assert not (picture.parents[1] / "out").exists()


def test_tiff_beyond_4_gib_is_big_tiff(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_big_tiff(Size(40000, 40000))
    assert not is_big_tiff(Size(32768, 32768))
    assert write(picture, "tiff").read_bytes()[2] == 42
    monkeypatch.setattr(formats, "BIG_TIFF_BYTES", 1000)
    path = write(picture, "tiff")
    assert path.read_bytes()[2] == 43
    assert (pixels(path) == np.asarray(read_png(picture)[0])).all()
    assert recall(path) == read_record(picture)


def test_a_tiff_of_many_tiles_keeps_every_pixel(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run", phases=1, size=Size(700, 1100))
    with Image.open(write(path, "tiff")) as image:
        assert (np.asarray(image) == np.asarray(read_png(path)[0])).all()


# Progress, cancel, faults


@pytest.mark.parametrize("name", FORMATS)
def test_progress_rises_to_the_end(tmp_path: Path, name: str) -> None:
    path = make_run(tmp_path / "run", phases=1, size=Size(800, 800))
    told: list[FileAdvanced] = []
    written = export(ExportRequest(picture=path, folder=tmp_path, format=name), told.append)
    shares = [event.share for event in told if event.share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 3
    assert {event.path for event in told} == {written}
    assert (None in [event.share for event in told]) == (name in ("webp", "avif"))  # those tell nothing meanwhile


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("when", [0.0, 0.35])
def test_a_cancel_leaves_nothing(tmp_path: Path, name: str, when: float) -> None:
    path = make_run(tmp_path / "run", phases=1, size=Size(800, 800))

    def cancel(event: FileAdvanced) -> None:
        if event.share is None or event.share >= when:
            raise Cancelled

    with pytest.raises(Cancelled):
        export(ExportRequest(picture=path, folder=tmp_path / "out", format=name), cancel)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, name: str) -> None:
    resource = pytest.importorskip("resource")
    path = make_run(tmp_path / "run", phases=1, size=Size(800, 800))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(DiskFull):
            export(ExportRequest(picture=path, folder=tmp_path / "out", format=name))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((tmp_path / "out").iterdir())


def test_a_damaged_picture_and_a_folder_that_cannot_be_made(picture: Path, tmp_path: Path) -> None:
    whole = picture.read_bytes()
    picture.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ResultCorrupt):
        write(picture, "png")
    picture.write_bytes(whole)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        export(ExportRequest(picture=picture, folder=tmp_path / "file" / "out"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"format": "gif"}, "no format 'gif'"), ({"quality": 0}, "quality is 0"), ({"metadata": "x"}, "metadata is 'x'")],
)
def test_wrong_values_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        ExportRequest(picture=Path("a"), folder=Path("b"), **changes)


def test_a_result_names_its_newest_picture(picture: Path) -> None:
    folder = picture.parent
    assert picture_of(folder) == picture
    assert picture_of(folder, 1) == folder / "phase-1-64x48.png"
    assert picture_of(folder / "phase-2-128x96.png") == folder / "phase-2-128x96.png"
    assert picture_of(folder / "request.json") == picture
    with pytest.raises(ResultCorrupt, match="phase 3"):
        picture_of(folder, 3)


@pytest.mark.parametrize(("name", "quality"), [("png", 90), ("jpeg", 90), ("webp", 80), ("avif", 60), ("tiff", 90)])
def test_the_estimate_is_near(tmp_path: Path, name: str, quality: int) -> None:
    path = make_run(tmp_path / "run", phases=1, size=Size(1200, 1600))
    image = read_png(path)[0]
    estimate = encoders.estimated_bytes(encoders.sample(image), 1200 * 1600, name, quality)
    written = export(ExportRequest(picture=path, folder=tmp_path, format=name, quality=quality, metadata="none"))
    assert 0.3 < estimate / written.stat().st_size < 3
