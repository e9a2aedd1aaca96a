"""The doctor finds what is there and names what is not."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from hiprompt_core import doctor
from hiprompt_core.cli import main
from hiprompt_core.model_cache import cached_models, model_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if torch were not installed; also spares the tests its import."""
    monkeypatch.setitem(sys.modules, "torch", None)


def cached(cache: Path, name: str, revision: str = "abc", current: bool = True) -> Path:
    folder = cache / f"models--{name.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    snapshot.mkdir(parents=True)
    if current:
        (folder / "refs").mkdir()
        (folder / "refs" / "main").write_text(revision)
    return snapshot


def test_a_healthy_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    for name in ("Python", "torch", "diffusers", "transformers", "PySide6", "Memory", "Disk", "Demo model", "Devices"):
        assert name in output
    assert "MISSING" not in output
    assert "cpu (" in output


@pytest.mark.usefixtures("without_torch")
def test_a_missing_torch_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    version = importlib.metadata.version

    def without(name: str) -> str:
        if name == "torch":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", without)
    assert main(["doctor", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    missing = {finding["name"]: finding for finding in report["findings"] if finding["needed"] and not finding["ok"]}
    assert report["ok"] is False
    assert set(missing) == {"torch", "Devices"}
    assert "bootstrap.py" in missing["torch"]["remedy"]


@pytest.mark.usefixtures("without_torch")
def test_a_damaged_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--model", str(tmp_path), "--captioner", str(tmp_path / "none")]) == 1
    output = capsys.readouterr().out
    assert f"MISSING Model: {tmp_path} has no model_index.json." in output
    assert "There is no captioner at" in output


@pytest.mark.usefixtures("without_torch")
def test_little_disk_is_a_note_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_DISK", 1e20)
    findings = {finding.name: finding for finding in doctor.examine(None, None, tmp_path / "new" / "folder")}
    assert not findings["Disk"].ok
    assert not findings["Disk"].needed
    assert str(tmp_path) in findings["Disk"].detail


def test_cached_models_are_found_by_name(cache: Path) -> None:
    assert cached_models() == {}
    sdxl = cached(cache, "stabilityai/sdxl")
    other = cached(cache, "liuhaotian/llava", "1", current=False)
    (cache / "models--broken--one").mkdir()
    (cache / "datasets--a--b").mkdir()
    assert cached_models() == {"stabilityai/sdxl": sdxl, "liuhaotian/llava": other}
    assert model_folder("stabilityai/sdxl") == sdxl


def test_a_path_comes_before_a_name(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached(cache, "a/b")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert model_folder("a/b") == tmp_path / "a" / "b"
    assert model_folder("nowhere") == tmp_path / "nowhere"


@pytest.mark.usefixtures("without_torch")
def test_the_cache_is_listed(cache: Path, tmp_path: Path) -> None:
    cached(cache, "stabilityai/sdxl")
    findings = {finding.name: finding for finding in doctor.examine(None, None, tmp_path)}
    assert findings["Hugging Face cache"].detail == "stabilityai/sdxl"
