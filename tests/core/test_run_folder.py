"""The folder of one picture: resume, versions, damage, faults."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from hiprompt_core.errors import DiskFull, OutputError, ResultCorrupt
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_core.run_folder import RunFolder, StoredPhase, needed_space

MODEL, CAPTIONER = "ab" * 32, "cd" * 32
SIZES = {1: Size(64, 64), 2: Size(128, 128)}


@pytest.fixture
def wanted(tmp_path: Path) -> GenerationRequest:
    return GenerationRequest(
        prompt="a fox", size=SIZES[2], model=Path("/m"), captioner=Path("/c"), output=tmp_path / "fox"
    )


@pytest.fixture
def folder(wanted: GenerationRequest) -> RunFolder:
    made = RunFolder(wanted.output)
    made.prepare(wanted)
    return made


class Phase(NamedTuple):
    image: Image.Image
    latents: np.ndarray
    record: PhaseRecord


def make_phase(wanted: GenerationRequest, number: int, seed: int = 0, **changes: object) -> Phase:
    random = np.random.default_rng(seed)
    size = SIZES[number]
    patches = patch_grid(size, Size(64, 64), 0.25) if number > 1 else ()
    values = {
        "request": wanted,
        "phase": number,
        "phases": 2,
        "size": size,
        "patches": patches,
        "captions": tuple(f"part {patch.index}" for patch in patches),
        "model_name": "m",
        "model_hash": MODEL,
        "captioner_name": "c",
        "captioner_hash": CAPTIONER,
        "evaluations": 60,
    }
    return Phase(
        Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8)),
        random.normal(size=(1, 8, *size.over(8))).astype(np.float32),
        PhaseRecord(**{**values, **changes}),
    )


def assert_same(stored: StoredPhase | None, phase: Phase) -> None:
    assert stored is not None
    assert stored.record == phase.record
    assert stored.image.tobytes() == phase.image.tobytes()
    assert stored.latents.dtype == np.float32
    np.testing.assert_array_equal(stored.latents, phase.latents)


def test_a_finished_phase_is_found_again(folder: RunFolder, wanted: GenerationRequest) -> None:
    phases = {number: make_phase(wanted, number, seed=number) for number in (1, 2)}
    paths = {number: folder.save_phase(*phase) for number, phase in phases.items()}
    assert paths[2].name == "phase-2-128x128.png"
    assert {path.name for path in folder.path.iterdir()} == {
        "request.json",
        "phase-1.safetensors",
        "phase-1-64x64.png",
        "phase-2.safetensors",
        "phase-2-128x128.png",
    }
    again = RunFolder.open(folder.path)
    for number, phase in phases.items():
        assert_same(again.find_phase(number, MODEL, CAPTIONER), phase)
    assert again.find_phase(3, MODEL, CAPTIONER) is None
    assert_same(again.latest(), phases[2])
    assert_same(again.latest(1), phases[1])


def test_other_models_and_other_requests_are_not_found(folder: RunFolder, wanted: GenerationRequest) -> None:
    folder.save_phase(*make_phase(wanted, 1))
    assert folder.find_phase(1, "00" * 32, CAPTIONER) is None
    assert folder.find_phase(1, MODEL, "") is None
    folder.save_phase(*make_phase(replace(wanted, seed=1), 1))
    assert folder.find_phase(1, MODEL, CAPTIONER) is None


def test_versions_count_up_and_the_newest_is_the_latest(folder: RunFolder, wanted: GenerationRequest) -> None:
    assert folder.next_version(2) == 1
    first = make_phase(wanted, 2)
    folder.save_phase(*first)
    change = RegenerateRequest(source=folder.path, captions={1: "an owl"})
    for version in range(2, 12):
        assert folder.next_version(2) == version
        newest = make_phase(wanted, 2, seed=version, version=version, regenerated=change)
        path = folder.save_phase(*newest)
    assert path.name == "phase-2-128x128-v11.png"
    assert (folder.path / "phase-2-v11.safetensors").is_file()
    assert_same(folder.latest(2), newest)
    assert_same(folder.find_phase(2, MODEL, CAPTIONER), first)


def test_a_chosen_version_counts_until_there_is_a_newer_one(folder: RunFolder, wanted: GenerationRequest) -> None:
    change = RegenerateRequest(source=folder.path, captions={1: "an owl"})
    versions = [make_phase(wanted, 2, seed=n, version=n, regenerated=change if n > 1 else None) for n in (1, 2, 3, 4)]
    for version in versions[:3]:
        folder.save_phase(*version)
    folder.choose(2, 1)
    assert_same(folder.latest(2), versions[0])
    assert_same(folder.latest(2, 2), versions[1])
    assert folder.next_version(2) == 4
    with pytest.raises(ResultCorrupt, match="no version 4 of phase 2"):
        folder.current(2, 4)
    branch = RunFolder(folder.path.with_name("branch"))
    branch.adopt(folder, 3)
    assert_same(branch.latest(2), versions[0])
    folder.save_phase(*versions[3])
    assert_same(folder.latest(2), versions[3])
    (folder.path / "chosen.json").write_text("[nothing")
    assert_same(folder.latest(2), versions[3])


@pytest.mark.parametrize("name", ["", "request.json", "phase-1-64x64.png", "phase-1.safetensors"])
def test_a_result_opens_by_folder_or_file(folder: RunFolder, wanted: GenerationRequest, name: str) -> None:
    folder.save_phase(*make_phase(wanted, 1))
    opened = RunFolder.open(folder.path / name)
    assert opened.path == folder.path
    assert opened.request() == wanted


def test_a_moved_folder_knows_where_it_is(folder: RunFolder, wanted: GenerationRequest, tmp_path: Path) -> None:
    folder.save_phase(*make_phase(wanted, 1))
    moved = RunFolder.open(shutil.move(folder.path, tmp_path / "moved"))
    assert moved.request() == replace(wanted, output=tmp_path / "moved")
    assert moved.find_phase(1, MODEL, CAPTIONER) is not None
    moved.prepare(moved.request())


def test_what_is_no_result_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for path in (tmp_path, tmp_path / "notes.txt", tmp_path / "nothing"):
        with pytest.raises(ResultCorrupt):
            RunFolder.open(path)


def test_nothing_is_the_latest_of_an_empty_result(folder: RunFolder) -> None:
    with pytest.raises(ResultCorrupt, match="finished phase"):
        folder.latest()
    with pytest.raises(ResultCorrupt, match="phase 2"):
        folder.latest(2)


def test_a_lost_request_is_read_from_a_picture(folder: RunFolder, wanted: GenerationRequest) -> None:
    folder.save_phase(*make_phase(wanted, 1))
    for damage in (b"", b"{", b"[]", b"\xff"):
        (folder.path / "request.json").write_bytes(damage)
        assert folder.request() == wanted
    (folder.path / "request.json").unlink()
    assert RunFolder.open(folder.path).request() == wanted
    folder.prepare(wanted)
    with pytest.raises(OutputError, match="another picture"):
        folder.prepare(replace(wanted, seed=1))


def test_a_lost_request_without_pictures_is_an_error(folder: RunFolder) -> None:
    (folder.path / "request.json").write_bytes(b"{}")
    with pytest.raises(ResultCorrupt, match=r"request\.json"):
        folder.request()


# Damage: what cannot be trusted is made again.


def _damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    match how:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[:-100])
        case "half":
            path.write_bytes(content[: len(content) // 2])
        case "pickle":
            path.write_bytes(pickle.dumps({"latents": [1.0]}))
        case "flipped":
            path.write_bytes(content[:-50] + bytes([content[-50] ^ 1]) + content[-49:])


@pytest.mark.parametrize("name", ["phase-2.safetensors", "phase-2-128x128.png"])
@pytest.mark.parametrize("how", ["missing", "empty", "cut", "half", "pickle", "flipped"])
def test_damaged_phases_are_not_found(folder: RunFolder, wanted: GenerationRequest, name: str, how: str) -> None:
    folder.save_phase(*make_phase(wanted, 2))
    _damage(folder.path / name, how)
    assert folder.find_phase(2, MODEL, CAPTIONER) is None
    with pytest.raises(ResultCorrupt):
        folder.latest(2)


def test_a_flipped_bit_is_never_taken_for_the_result(folder: RunFolder, wanted: GenerationRequest) -> None:
    phase = make_phase(wanted, 1)
    path = folder.save_phase(*phase)
    content = path.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(content), 100):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        found = folder.find_phase(1, MODEL, CAPTIONER)
        assert found is None or (found.record, found.image.tobytes()) == (phase.record, phase.image.tobytes())


def test_latents_of_another_run_are_noticed(folder: RunFolder, wanted: GenerationRequest) -> None:
    folder.save_phase(*make_phase(wanted, 1, model_hash="ee" * 32))
    foreign = (folder.path / "phase-1.safetensors").read_bytes()
    folder.save_phase(*make_phase(wanted, 1))
    (folder.path / "phase-1.safetensors").write_bytes(foreign)
    assert folder.find_phase(1, MODEL, CAPTIONER) is None


def test_a_renamed_picture_is_noticed(folder: RunFolder, wanted: GenerationRequest) -> None:
    folder.save_phase(*make_phase(wanted, 1)).rename(folder.path / "phase-2-64x64.png")
    with pytest.raises(ResultCorrupt, match="renamed"):
        folder.latest()


# Preparing: every obstacle is named before work begins.


def test_preparing_again_for_the_same_request_keeps_everything(folder: RunFolder, wanted: GenerationRequest) -> None:
    folder.save_phase(*make_phase(wanted, 1))
    folder.prepare(wanted)
    assert folder.find_phase(1, MODEL, CAPTIONER) is not None


def test_a_folder_of_another_request_is_refused(folder: RunFolder, wanted: GenerationRequest) -> None:
    before = (folder.path / "request.json").read_bytes()
    with pytest.raises(OutputError, match="another folder"):
        folder.prepare(replace(wanted, prompt="an owl"))
    assert (folder.path / "request.json").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{}", b'{"url": "https://example.org"}'])
def test_a_request_file_of_another_program_is_not_overwritten(wanted: GenerationRequest, content: bytes) -> None:
    wanted.output.mkdir()
    (wanted.output / "request.json").write_bytes(content)
    with pytest.raises(OutputError, match="not readable"):
        RunFolder(wanted.output).prepare(wanted)
    assert (wanted.output / "request.json").read_bytes() == content


def test_an_unwritable_folder_is_refused(wanted: GenerationRequest, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        RunFolder(tmp_path / "file" / "fox").prepare(wanted)


def test_a_read_only_folder_is_refused(wanted: GenerationRequest) -> None:
    wanted.output.mkdir()
    wanted.output.chmod(0o500)
    if os.access(wanted.output, os.W_OK):
        pytest.skip("permissions do not bind this user")
    with pytest.raises(OutputError, match="cannot be written"):
        RunFolder(wanted.output).prepare(wanted)


def test_a_nearly_full_disk_is_refused(wanted: GenerationRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(wanted.output.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=needed_space(wanted.size) - 1))
    with pytest.raises(DiskFull, match="MB left"):
        RunFolder(wanted.output).prepare(wanted)
    assert not (wanted.output / "request.json").exists()


def test_what_a_killed_process_left_is_removed(folder: RunFolder, wanted: GenerationRequest) -> None:
    abandoned = folder.path / ".phase-1-64x64.png.999999999.part"
    in_use = folder.path / f".phase-1-64x64.png.{os.getpid()}.part"
    for part in (abandoned, in_use):
        part.write_bytes(b"half")
    folder.prepare(wanted)
    assert not abandoned.exists()
    assert in_use.exists()


def test_finished_phases_survive_a_disk_that_fills_up(folder: RunFolder, wanted: GenerationRequest) -> None:
    resource = pytest.importorskip("resource")
    folder.save_phase(*make_phase(wanted, 1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    for room in (1_000, 20_000):  # not even the latents; the latents, but not the picture
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
        try:
            with pytest.raises(DiskFull):
                folder.save_phase(*make_phase(wanted, 2))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert folder.find_phase(2, MODEL, CAPTIONER) is None
        assert folder.latest().record.phase == 1


# Captions.


def test_captions_are_kept(folder: RunFolder) -> None:
    assert folder.load_captions() == {}
    folder.save_captions({"key": "a fox, 狐"})
    assert folder.load_captions() == {"key": "a fox, 狐"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"3"])
def test_damaged_captions_are_none(folder: RunFolder, content: bytes) -> None:
    (folder.path / "captions.json").write_bytes(content)
    assert folder.load_captions() == {}


def test_captions_that_are_no_text_are_left_out(folder: RunFolder) -> None:
    (folder.path / "captions.json").write_text(json.dumps({"a": "an owl", "b": 3, "c": None}))
    assert folder.load_captions() == {"a": "an owl"}
