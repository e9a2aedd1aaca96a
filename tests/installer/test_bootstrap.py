"""The decisions of the set-up, each without touching an environment."""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "installer" / "bootstrap.py"
spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
assert spec
assert spec.loader
bootstrap = importlib.util.module_from_spec(spec)
sys.modules["bootstrap"] = bootstrap
spec.loader.exec_module(bootstrap)

COMPLETE = {"state": "complete", "key": "k", "dev": False, "packages": ["pillow", "torch"]}
WHOLE = bootstrap.Found(["pillow", "torch"], {})


@pytest.mark.parametrize(
    ("system", "cuda", "rocm", "name", "requirement"),
    [
        ("Linux", None, False, "cpu", "torch==2.13.0+cpu"),
        ("Linux", 11.8, False, "cpu", "torch==2.13.0+cpu"),
        ("Linux", 12.4, False, "cu126", "torch==2.13.0+cu126"),
        ("Linux", 13.1, False, "cu130", "torch==2.13.0+cu130"),
        ("Linux", None, True, "rocm7.2", "torch==2.13.0+rocm7.2"),
        ("Windows", None, True, "default", "torch==2.13.0"),
        ("Windows", 13.0, False, "cu130", "torch==2.13.0+cu130"),
        ("Darwin", None, False, "default", "torch==2.13.0"),
    ],
)
def test_torch_build_fits_the_hardware(
    system: str, cuda: float | None, rocm: bool, name: str, requirement: str
) -> None:
    torch = bootstrap.choose_torch(system, cuda, rocm)
    assert (torch.name, torch.requirement) == (name, requirement)
    assert (torch.index is None) == (name == "default")
    assert torch.index is None or torch.index.endswith(f"/whl/{name}")
    assert torch.name in bootstrap.GIBIBYTES


def test_torch_pin_lies_in_the_range_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"torch=={bootstrap.TORCH.rsplit('.', 1)[0]}.*" in project["dependencies"]
    assert project["requires-python"] == ">=" + ".".join(map(str, bootstrap.OLDEST_PYTHON))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("| NVIDIA-SMI 580.65.06   Driver Version: 580.65.06   CUDA Version: 13.0     |", 13.0),
        ("CUDA Version: 12.4", 12.4),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", None),
        ("", None),
    ],
)
def test_cuda_version_is_read_from_the_driver(text: str, version: float | None) -> None:
    assert bootstrap.cuda_version(text) == version


@pytest.mark.parametrize(
    ("stamp", "key", "dev", "found", "todo"),
    [
        (None, "k", False, None, "rebuild"),  # nothing there, or no Python in it
        (None, "k", False, WHOLE, "install"),  # made by somebody else
        ({"state": "incomplete"}, "k", False, WHOLE, "rebuild"),  # interrupted
        ({"state": "unreadable"}, "k", False, WHOLE, "rebuild"),
        (COMPLETE, "k", False, WHOLE, "keep"),
        (COMPLETE, "k", False, None, "rebuild"),
        (COMPLETE, "k", False, bootstrap.Found(["pillow", "torch"], {"pillow": "13.0.0"}), "repair"),  # a file is lost
        (COMPLETE, "k", False, bootstrap.Found(["torch"], {}), "install"),  # a package is lost
        (COMPLETE, "other", False, WHOLE, "install"),  # the project's dependencies changed
        (COMPLETE, "k", True, WHOLE, "install"),  # the tests need more
        ({**COMPLETE, "dev": True}, "k", False, WHOLE, "keep"),
        ({**COMPLETE, "packages": None}, "k", False, WHOLE, "install"),
    ],
)
def test_repair_decisions(stamp: dict[str, object] | None, key: str, dev: bool, found: object, todo: str) -> None:
    assert bootstrap.decide(stamp, key, dev, found) == todo


def test_lost_and_shortened_files_are_noticed(tmp_path: Path) -> None:
    package = tmp_path / "thing"
    info = tmp_path / "thing-1.5.dist-info"
    for folder in (package, info):
        folder.mkdir()
    (package / "a.py").write_text("x = 1\n", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.5\n", encoding="utf-8")
    (info / "RECORD").write_text("thing/a.py,,6\nthing/__pycache__/a.pyc,,\nthing-1.5.dist-info/RECORD,,\n", "utf-8")

    def damaged() -> dict[str, str]:
        code = f"import sys; sys.path[:] = [{str(tmp_path)!r}, *sys.path]\n{bootstrap.INSPECT}"
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        names, damaged = json.loads(answer)
        assert "thing" in names
        return {name: version for name, version in damaged.items() if name == "thing"}

    assert damaged() == {}
    (package / "a.py").write_text("x", encoding="utf-8")
    assert damaged() == {"thing": "1.5"}
    (package / "a.py").unlink()
    assert damaged() == {"thing": "1.5"}


def test_key_changes_with_project_python_and_torch() -> None:
    keys = {
        bootstrap.stamp_key(*values)
        for values in ((b"a", "3.11", "cpu"), (b"b", "3.11", "cpu"), (b"a", "3.12", "cpu"), (b"a", "3.11", "cu130"))
    }
    assert len(keys) == 4


def test_missing_libraries_are_named_in_one_line_with_the_command() -> None:
    ldd = (
        "libqxcb.so:\n\tlibxcb-cursor.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0)\n"
        "\tlibEGL.so.1 => not found\n\tlibxcb-cursor.so.0 => not found\n"
    )
    missing = bootstrap.missing_libraries(ldd)
    assert missing == ["libEGL.so.1", "libxcb-cursor.so.0"]
    assert bootstrap.library_advice(missing, ["apt-get"]).endswith(": sudo apt install libegl1 libxcb-cursor0")
    assert bootstrap.library_advice(missing, ["dnf"]).endswith(": sudo dnf install libglvnd-egl xcb-util-cursor")
    assert "libEGL.so.1, libxcb-cursor.so.0" in bootstrap.library_advice(missing, [])
    assert "\n" not in bootstrap.library_advice(["libnew.so.9"], ["apt-get"])


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        (
            "NewConnectionError: [Errno -2] Name or service not known\nERROR: No matching distribution found for torch",
            "check the network",
        ),
        ("SSLError(SSLCertVerificationError('CERTIFICATE_VERIFY_FAILED'))", "certificate"),
        ("ERROR: Could not find a version that satisfies the requirement x (from versions: none)", "check the network"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "may not be written"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no build of torch==2.13.0"),
        ("anything else", "could not install"),
    ],
)
def test_failures_of_pip_become_one_sentence(log: str, words: str) -> None:
    sentence = bootstrap.explain_failure(log)
    assert words in sentence
    assert "\n" not in sentence


def test_old_python_can_read_the_script_and_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 1))
    assert bootstrap.main(["run"]) == 2
    assert "3.11 or newer is needed" in capsys.readouterr().err


def test_full_disk_and_absent_venv_module_stop_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "detect_torch", lambda: bootstrap.choose_torch("Linux", None, False))
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**30})())
    assert bootstrap.main(["run"]) == 1
    assert "make room" in capsys.readouterr().err
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: None)
    assert bootstrap.main(["run"]) == 1
    assert "python3-venv" in capsys.readouterr().err
    assert not (tmp_path / ".venv").exists()


def test_only_the_standard_library_is_imported() -> None:
    imports = [
        node
        for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in imports if isinstance(node, ast.ImportFrom) and node.module}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_sample_prompt_is_the_one_that_the_window_shows() -> None:
    sources = (file.read_text(encoding="utf-8") for file in (ROOT / "hiprompt_desktop").rglob("*.py"))
    assert any(bootstrap.SAMPLE_PROMPT in source for source in sources)
