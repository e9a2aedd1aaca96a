"""Models read whole, and models moved to the trash."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hiprompt_core.errors import Cancelled, InvalidRequest
from hiprompt_core.library import Advanced, Entry, Known, find_models, place_of, places_in, remove, verify
from hiprompt_core.model_files import demo_captioner
from tests.core.library.trees import LORA, SDXL, write_cached, write_weights


def only(folder: Path, known: Known | None = None) -> Entry:
    (entry,) = find_models(places_in(folder), known)
    return entry


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_a_whole_file_has_its_hash_which_is_remembered(tmp_path: Path) -> None:
    file = write_weights(tmp_path / "m/fox.safetensors", SDXL)
    told: list[Advanced] = []
    known = Known(tmp_path / "cache")
    verdict = verify(only(tmp_path / "m", known), known, told.append)
    assert verdict.problems == ()
    assert verdict.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert verdict.hashes_compared == 0
    assert told[-1].done == told[-1].total == file.stat().st_size
    assert only(tmp_path / "m", Known(tmp_path / "cache")).sha256 == verdict.sha256
    flip(file)
    assert only(tmp_path / "m", Known(tmp_path / "cache")).sha256 is None


def test_a_folder_has_the_hash_of_its_weights(tmp_path: Path) -> None:
    shutil.copytree(demo_captioner(), tmp_path / "m/eyes")
    verdict = verify(only(tmp_path / "m"))
    line = hashlib.sha256((tmp_path / "m/eyes/model.safetensors").read_bytes()).hexdigest() + "  model.safetensors\n"
    assert verdict.problems == ()
    assert verdict.sha256 == hashlib.sha256(line.encode()).hexdigest()


def test_a_hash_beside_the_file_is_compared(tmp_path: Path) -> None:
    file = write_weights(tmp_path / "fox.safetensors", SDXL)
    beside = tmp_path / "fox.safetensors.sha256"
    beside.write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest().upper()} *fox.safetensors\n")
    verdict = verify(only(tmp_path))
    assert (verdict.problems, verdict.hashes_compared) == ((), 1)
    flip(file)
    (problem,) = verify(only(tmp_path)).problems
    assert "is not what its authors published" in problem


def cache_of(tmp_path: Path) -> Path:
    files = {file.name: file.read_bytes() for file in demo_captioner().iterdir() if file.is_file()}
    return write_cached(tmp_path / "hub", "maker/eyes", {"aa": files, "bb": files | {"README.md": b"new"}})


def test_the_cache_knows_the_hash_of_every_file(tmp_path: Path) -> None:
    folder = cache_of(tmp_path)
    entry = find_models([place_of(folder / "snapshots/bb")])[0]
    assert (entry.name, entry.owner) == ("maker/eyes", "Hugging Face")
    verdict = verify(entry)
    assert verdict.problems == ()
    assert verdict.hashes_compared > 2
    flip((folder / "snapshots/bb/model.safetensors").resolve())
    (problem,) = verify(entry).problems
    assert problem.startswith(str(folder / "snapshots/bb/model.safetensors"))


def test_damage_that_only_reading_shows(tmp_path: Path) -> None:
    shutil.copytree(demo_captioner(), tmp_path / "m/eyes")
    entry = only(tmp_path / "m")
    (tmp_path / "m/eyes/tokenizer.json").write_text("{")
    file = tmp_path / "m/eyes/model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    problems = verify(entry).problems
    assert len(problems) == 2
    assert "was not copied whole" in problems[0]
    assert "tokenizer.json is not valid JSON" in problems[1]
    shutil.rmtree(entry.path)
    assert len(verify(entry).problems) == 1


@pytest.mark.parametrize(
    "dtype",
    [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2],
)
@pytest.mark.parametrize("value", [float("nan"), 1.5])
def test_no_numbers_are_found_in_every_precision(tmp_path: Path, dtype: torch.dtype, value: float) -> None:
    last = torch.tensor([0.0, -448.0, value]).to(dtype)
    save_file({"double_blocks.0.a": torch.zeros(3), "double_blocks.0.b": last}, tmp_path / "x.safetensors")
    assert bool(verify(only(tmp_path)).problems) == bool(np.isnan(value))


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    write_weights(tmp_path / "fox.safetensors", SDXL)

    def cancel(_: Advanced) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        verify(only(tmp_path), on_advance=cancel)


# Removing.


def test_a_file_leaves_with_the_hash_beside_it(tmp_path: Path) -> None:
    file = write_weights(tmp_path / "fox.safetensors", SDXL)
    (tmp_path / "fox.safetensors.sha256").touch()
    gone: list[Path] = []
    assert remove(only(tmp_path), trash=gone.append) == (file, tmp_path / "fox.safetensors.sha256")
    assert gone == [file, tmp_path / "fox.safetensors.sha256"]


def test_another_programs_model_leaves_only_when_that_is_said(tmp_path: Path) -> None:
    file = write_weights(tmp_path / "models/Lora/style.safetensors", LORA)
    (tmp_path / "models/Stable-diffusion").mkdir()
    gone: list[Path] = []
    with pytest.raises(InvalidRequest, match="lies in a folder of A1111 or Forge, which uses it too"):
        remove(only(tmp_path), trash=gone.append)
    assert gone == []
    assert place_of(file).owner == "A1111 or Forge"
    remove(only(tmp_path), shared=True, trash=gone.append)
    assert gone == [file]


def test_one_file_of_a_revision_leaves_the_others(tmp_path: Path) -> None:
    weights = {f"{name}.safetensors": write_weights(tmp_path / name, LORA | {name: (1,)}).read_bytes() for name in "ab"}
    folder = write_cached(tmp_path / "hub", "maker/styles", {"aa": weights | {"README.md": b"-"}})
    entries = {entry.name: entry for entry in find_models([place_of(folder)])}
    assert set(entries) == {"maker/styles/a", "maker/styles/b"}
    link = folder / "snapshots/aa/a.safetensors"
    blob = link.resolve()
    assert remove(entries["maker/styles/a"], shared=True, trash=Path.unlink) == (link, blob)
    assert [entry.name for entry in find_models([place_of(folder)])] == ["maker/styles/b"]


def test_a_revision_leaves_the_cache_without_what_others_need(tmp_path: Path) -> None:
    folder = cache_of(tmp_path)
    delete = lambda path: shutil.rmtree(path) if path.is_dir() else path.unlink()  # noqa: E731
    entry = find_models([place_of(folder / "snapshots/bb")])[0]
    remove(entry, shared=True, trash=delete)
    assert [one.name for one in (folder / "snapshots").iterdir()] == ["aa"]
    assert not (folder / "refs/main").exists()
    kept = find_models([place_of(folder / "snapshots/aa")])[0]
    assert verify(kept).problems == ()
    named = {file.resolve() for file in (folder / "snapshots/aa").iterdir()}
    assert {blob.resolve() for blob in (folder / "blobs").iterdir()} == named, "no blob without a use is left"
    assert remove(kept, shared=True, trash=delete) == (folder,)
    assert not folder.exists()
