"""What is written into and read from PNG files."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from hiprompt_core import metadata
from hiprompt_core.errors import DiskFull, OutputError, ResultCorrupt
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.metadata import PhaseRecord, atomic_write, parameters_text, read_png, write_png
from hiprompt_core.options import PRESETS, Options
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_core.xmp import GENERATED, xmp_value

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WORDS = TEXT.filter(str.strip)
SIZES = st.builds(Size, st.integers(64, 32768), st.integers(64, 32768))
OPTIONS = st.builds(
    Options,
    num_inference_steps=st.integers(1, 1000),
    strength=st.floats(0.01, 1),
    scheduler=st.sampled_from(["euler", "ddim", "dpmpp_2m"]),
    decompose=st.booleans(),
    captions=st.booleans(),
    word_filter=st.none() | st.floats(0, 1),
    overlap=st.floats(0, 0.9),
    skip_residual=st.none() | st.floats(0, 10),
    vae_tile_size=st.none() | st.integers(64, 16384),
)
REQUESTS = st.builds(
    GenerationRequest,
    prompt=WORDS,
    negative_prompt=TEXT,
    size=SIZES,
    seed=st.integers(0, 2**63 - 1),
    options=OPTIONS | st.sampled_from(list(PRESETS.values())),
    model=st.just(Path("/models/sdxl")),
    captioner=st.just(Path("/models/llava")),
    question=WORDS,
    base_image=st.none() | st.just(Path("/pictures/base.png")),
    output=st.just(Path("/pictures/out")),
)
REGENERATIONS = st.builds(
    RegenerateRequest,
    source=st.just(Path("/pictures/out")),
    phase=st.none() | st.integers(1, 9),
    captions=st.dictionaries(st.integers(0, 99), TEXT, min_size=1, max_size=4),
)


SIZE = Size(96, 128)


def make_request(**changes: object) -> GenerationRequest:
    values = {
        "prompt": "a fox, un été 狐",
        "size": Size(96, 128),
        "model": Path("/models/sdxl"),
        "captioner": Path("/models/llava"),
        "output": Path("/pictures/out"),
    }
    return GenerationRequest(**{**values, **changes})


def make_record(**changes: object) -> PhaseRecord:
    request = changes.pop("request", None) or make_request()
    patches = patch_grid(request.size, Size(64, 64), 0.25)
    values = {
        "request": request,
        "phase": 2,
        "phases": 2,
        "size": request.size,
        "patches": patches,
        "captions": tuple(f"part {patch.index}" for patch in patches),
        "model_name": "sdxl",
        "model_hash": "0123456789abcdef" * 4,
        "captioner_name": "llava",
        "captioner_hash": "fedcba9876543210" * 4,
        "evaluations": 144,
    }
    return PhaseRecord(**{**values, **changes})


def make_image(size: Size = SIZE) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8))


@settings(max_examples=30, deadline=None)
@given(request=REQUESTS, regenerated=st.none() | REGENERATIONS, version=st.integers(1, 99))
def test_a_record_survives_json(
    request: GenerationRequest, regenerated: RegenerateRequest | None, version: int
) -> None:
    record = make_record(request=request, size=request.size, patches=(), captions=(), version=version)
    record = PhaseRecord.from_dict({**record.to_dict(), "regenerated": regenerated.to_dict() if regenerated else None})
    again = PhaseRecord.from_dict(json.loads(json.dumps(record.to_dict())))
    assert again == record
    assert again.regenerated == regenerated
    assert again.request.digest() == request.digest()


def test_patches_and_captions_survive_json() -> None:
    record = make_record()
    assert len(record.patches) == 6
    assert PhaseRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


@pytest.mark.parametrize(
    "change",
    [
        {"request": {}},
        {"size": [1]},
        {"patches": [{"index": 0}]},
        {"captions": None},
        {"model_hash": 5},
        {"phase": "2"},
        {"evaluations": True},
        {"regenerated": {"source": "/x", "captions": {}}},
        {"unheard_of": 1},
    ],
)
def test_a_wrong_record_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ResultCorrupt, match="record"):
        PhaseRecord.from_dict({**make_record().to_dict(), **change})


def test_a_record_without_a_value_is_refused() -> None:
    values = make_record().to_dict()
    del values["model_name"]
    with pytest.raises(ResultCorrupt, match="model_name"):
        PhaseRecord.from_dict(values)


def test_picture_and_record_survive_the_file(tmp_path: Path) -> None:
    image, record = make_image(), make_record()
    write_png(tmp_path / "a.png", image, record)
    again, read = read_png(tmp_path / "a.png")
    assert again.tobytes() == image.tobytes()
    assert read == record
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_other_programs_find_the_parameters_and_the_colour_space(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", make_image(), make_record())
    with Image.open(tmp_path / "a.png") as image:
        info = image.info
    assert info["srgb"] == 0
    assert info["parameters"] == parameters_text(make_record())
    assert json.loads(info["hiprompt"])["model_name"] == "sdxl"
    assert xmp_value(info["xmp"], "Iptc4xmpExt:DigitalSourceType") == GENERATED


def test_parameters_read_like_those_of_a1111() -> None:
    record = make_record(model_name="my, model")
    prompt, negative, settings_line = parameters_text(record).splitlines()
    assert prompt == "a fox, un été 狐"
    assert negative == "Negative prompt: blurry, ugly, duplicate, poorly drawn, deformed, mosaic"
    # the expression that A1111 itself reads the last line with
    pairs = dict(re.findall(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)', settings_line))
    assert pairs.pop("Version").startswith("HiPrompt ")
    assert pairs == {
        "Steps": "18",
        "Sampler": "Euler a",
        "CFG scale": "5",
        "Seed": "3407",
        "Size": "128x96",
        "Model hash": "0123456789",
        "Model": '"my, model"',
        "Denoising strength": "0.25",
    }


def test_parameters_of_the_first_phase_have_no_strength() -> None:
    text = parameters_text(make_record(phase=1, request=make_request(negative_prompt="")))
    assert "Steps: 30" in text
    assert "Denoising" not in text
    assert "Negative" not in text


def test_a_model_folder_with_an_odd_name_can_be_written(tmp_path: Path) -> None:
    record = make_record(model_name="sd\udcff")
    write_png(tmp_path / "a.png", make_image(), record)
    assert read_png(tmp_path / "a.png")[1] == record


def test_our_large_pictures_are_read_and_pillows_limit_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_png(tmp_path / "a.png", make_image(), make_record())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(tmp_path / "a.png")
    assert read_png(tmp_path / "a.png")[0].size == (128, 96)
    assert Image.MAX_IMAGE_PIXELS == 100


def _png_with(path: Path, chunk: str | None, size: Size = SIZE) -> None:
    info = PngImagePlugin.PngInfo()
    if chunk is not None:
        info.add_itxt("hiprompt", chunk)
    make_image(size).save(path, pnginfo=info)


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (None, "no record"),
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "damaged"),
        ("{}", "damaged"),
        ('{"schema_version": 1}', "record"),
        (json.dumps({**make_record().to_dict(), "schema_version": 2}), "version 2"),
    ],
)
def test_pngs_without_a_readable_record_are_refused(tmp_path: Path, chunk: str | None, words: str) -> None:
    _png_with(tmp_path / "a.png", chunk)
    with pytest.raises(ResultCorrupt, match=words):
        read_png(tmp_path / "a.png")


def test_a_record_of_another_size_is_refused(tmp_path: Path) -> None:
    _png_with(tmp_path / "a.png", json.dumps({**make_record().to_dict(), "schema_version": 1}), Size(16, 16))
    with pytest.raises(ResultCorrupt, match="128x96"):
        read_png(tmp_path / "a.png")


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.1, 0.5, 0.99])
def test_a_file_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.png"
    write_png(path, make_image(), make_record())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ResultCorrupt, match=re.escape("a.png")):
        read_png(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xd8\xff\xe0" + b"\0" * 50, b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_png_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ResultCorrupt, match=re.escape("a.png")):
        read_png(tmp_path / "a.png")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(ResultCorrupt):
            read_png(path)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, OutputError), (errno.EACCES, OutputError)],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, kind: type[OutputError]
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), fail)
    with pytest.raises(OutputError, match=re.escape("a.png")) as caught:
        write_png(path, make_image(), make_record())
    monkeypatch.undo()
    assert type(caught.value) is kind
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_fills_up_while_writing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(DiskFull):
            write_png(tmp_path / "a.png", make_image(), make_record())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "a", tmp_path / "none" / "a"):
        with pytest.raises(OutputError, match="cannot be written"):
            atomic_write(path, b"x")


def test_a_writer_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def writer(stream: object) -> None:
        stream.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        atomic_write(tmp_path / "a", writer)
    assert list(tmp_path.iterdir()) == []


def test_other_users_may_read_the_files_as_the_umask_says(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("Windows has no umask")
    before = os.umask(0o022)
    try:
        atomic_write(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_the_version_is_known_or_said_to_be_unknown() -> None:
    assert re.fullmatch(r"\d+\.\d+.*|unknown", metadata.program_version())
