"""The set-up as a script: on any Python and from anywhere, and refused before anything is made."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from installer import bootstrap, environment, packages, qt_libraries, torch_build

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [Path(part.__file__) for part in (bootstrap, environment, packages, qt_libraries, torch_build)]


def test_torch_pin_lies_in_the_range_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"torch=={torch_build.TORCH.rsplit('.', 1)[0]}.*" in project["dependencies"]
    assert project["requires-python"] == ">=" + ".".join(map(str, bootstrap.OLDEST_PYTHON))


def test_old_python_can_read_the_script_and_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for source in SOURCES:
        ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 7))
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 1))
    assert bootstrap.main(["run"]) == 2
    assert "3.11 or newer is needed" in capsys.readouterr().err


def test_full_disk_and_absent_venv_module_stop_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in (bootstrap, environment):
        monkeypatch.setattr(part, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "detect_torch", lambda: torch_build.choose_torch("Linux", None, False))
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**30})())
    assert bootstrap.main(["run"]) == 1
    assert "make room" in capsys.readouterr().err
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _: None)
    assert bootstrap.main(["run"]) == 1
    assert "python3-venv" in capsys.readouterr().err
    assert not (tmp_path / ".venv").exists()


def test_only_the_standard_library_is_imported() -> None:
    """And what lies beside the script, which is held to the same."""
    imports = [
        node
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module}
    ours = {f"installer.{source.stem}" for source in SOURCES}
    assert {name.partition(".")[0] for name in names - ours} <= sys.stdlib_module_names


@pytest.mark.parametrize("flags", [[], ["-P"], ["-I"]], ids=str)
def test_it_runs_from_any_folder_beside_another_package_of_its_name(tmp_path: Path, flags: list[str]) -> None:
    copy = tmp_path / "a folder with spaces" / "installer"
    shutil.copytree(ROOT / "installer", copy, ignore=shutil.ignore_patterns("__pycache__"))
    other = tmp_path / "other" / "installer"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise ImportError('the wrong one')")
    command = [sys.executable, *flags, str(copy / "bootstrap.py"), "--help"]
    variables = {**os.environ, "PYTHONPATH": str(other.parent)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Set HiPrompt Desktop up" in done.stdout


def test_sample_prompt_is_the_one_that_the_window_shows() -> None:
    sources = (file.read_text(encoding="utf-8") for file in (ROOT / "hiprompt_desktop").rglob("*.py"))
    assert any(bootstrap.SAMPLE_PROMPT in source for source in sources)
