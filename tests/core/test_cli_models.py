"""``hiprompt models`` on real folders, a real trash and a hub on this computer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hiprompt_core.cli import main
from hiprompt_core.model_files import demo_captioner
from tests.core.library.hub_server import Hub, serve
from tests.core.library.trees import LORA, SDXL, write_weights

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path / "XDG_DATA_HOME"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_weights(tmp_path / "mine/fox.safetensors", SDXL)
    write_weights(tmp_path / "mine/style.safetensors", LORA)
    write_weights(tmp_path / "mine/big.safetensors", {"body.0.rdb1.conv1.weight": (1,)}, dtype=np.int8)
    return tmp_path / "mine"


def test_list(folder: Path, capsys: Output) -> None:
    assert main(["models", "list", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "fox: SDXL model, 1.9 kB, fp16, licence not told\n" in said
    assert "holds whole numbers (I8) in place of weights" in said
    assert main(["models", "list"]) == 0
    assert "No models were found" in capsys.readouterr().out
    assert main(["models", "list", "nowhere"]) == 3
    assert "There is no folder" in capsys.readouterr().err


def test_list_for_programs(folder: Path, capsys: Output) -> None:
    assert main(["models", "list", str(folder), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    models = {line["name"]: line for line in lines if line["event"] == "Model"}
    assert models["fox"]["usable"]
    assert models["fox"]["path"] == str(folder / "fox.safetensors")
    assert models["style"]["role"] == "LoRA"


def test_verify(folder: Path, capsys: Output) -> None:
    file = folder / "fox.safetensors"
    assert main(["models", "verify", str(file)]) == 0
    assert "fox is whole; 0 of its files have a known hash. sha256 " in capsys.readouterr().out
    file.write_bytes(file.read_bytes()[:-1])
    assert main(["models", "verify", str(file)]) == 3
    assert "was not copied whole" in capsys.readouterr().out
    assert main(["models", "verify", str(folder)]) == 2
    assert "holds 3 models" in capsys.readouterr().err
    assert main(["models", "verify", "nowhere"]) == 3
    assert "There is no model at" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="where the trash is, is a matter of freedesktop.org")
def test_remove_goes_to_the_trash_of_the_system(tmp_path: Path, home: Path, capsys: Output) -> None:
    file = write_weights(tmp_path / "comfy/models/checkpoints/fox.safetensors", SDXL)
    assert main(["models", "remove", str(file)]) == 2
    assert "lies in a folder of ComfyUI, which uses it too. Add --shared" in capsys.readouterr().err
    # the trash's place is settled when its library is imported
    command = [sys.executable, "-m", "hiprompt_core", "models", "remove", str(file), "--shared"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert not file.exists()
    assert [one.name for one in (home / "Trash/files").iterdir()] == ["fox.safetensors"]


def test_suggestions_need_no_network(capsys: Output) -> None:
    assert main(["models", "download", "--list"]) == 0
    said = capsys.readouterr().out
    assert "stabilityai/stable-diffusion-xl-base-1.0: model, openrail++; " in said
    assert main(["models", "download"]) == 2


@pytest.mark.parametrize("answer", ["n", "y", None])
def test_download_tells_before_it_begins(
    tmp_path: Path, home: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    def answered(_: str) -> str:
        assert "someone/model: 3.0 MB in " in capsys.readouterr().out
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", answered)
    files = {file.name: file.read_bytes() for file in demo_captioner().iterdir() if file.is_file()}
    hub = Hub(files)
    with serve(hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert main(["models", "download", "someone/model"]) == 0
    said = capsys.readouterr().out
    place = home / "HiPrompt/models/someone/model"
    assert place.is_dir() == (answer == "y")
    assert (f"is in {place}" if answer == "y" else "Nothing was downloaded.") in said
    assert any(path.startswith("/cdn") for path, *_ in hub.requests) == (answer == "y")


def test_download_for_programs(tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {file.name: file.read_bytes() for file in demo_captioner().iterdir() if file.is_file()}
    with serve(Hub(files)) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        arguments = ["models", "download", "someone/model", "--to", str(tmp_path / "to"), "--yes", "--json"]
        assert main(arguments) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (offer,) = [line for line in lines if line["event"] == "Offer"]
    assert offer["licence"] == "openrail++"
    assert offer["size"] == sum(map(len, files.values()))
    assert lines[-1] | {"message": ""} == {
        "event": "Finished",
        "message": "",
        "path": str(tmp_path / "to/someone/model"),
    }
    assert main(["generate", "x", "--model", str(tmp_path / "to/someone/model")]) != 0


def test_a_missing_repository_ends_with_3(tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(Hub({})) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        assert main(["models", "download", "someone/else", "--yes"]) == 3
    assert "There is no model someone/else" in capsys.readouterr().err
