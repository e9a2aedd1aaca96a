"""A wheel in an empty environment, outside of the clone: both programs make pictures, without a network."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from PIL import Image

from tests.e2e.journey import ROOT, SCRIPTS, run_offline, run_python

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
PROMPT = "a fox and a tree, a green meadow"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it asks for, nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    run_python("-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    run_python("-m", "venv", venv, cwd=folder)
    python = venv / SCRIPTS / "python"
    # the build of torch that this environment has: the default one for Linux brings gigabytes of CUDA
    torch = [
        f"torch=={version('torch')}",
        "--extra-index-url",
        "https://download.pytorch.org/whl/cpu",
        "--retries",
        "1",
    ]
    run_python("-m", "pip", "install", "-q", "--no-compile", "--no-deps", *torch, cwd=folder, python=python)
    run_python("-m", "pip", "install", "-q", "--no-compile", wheel, cwd=folder, python=python)
    return venv


def test_the_wheel_brings_its_models_and_nothing_of_the_clone(environment: Path, tmp_path: Path) -> None:
    code = (
        "import hiprompt_core, hiprompt_desktop, json; from hiprompt_core import model_files as m;"
        "print(json.dumps([hiprompt_core.__file__, hiprompt_desktop.__file__, str(m.demo_model()),"
        " str(m.demo_captioner()),"
        " m.inspect_model(m.demo_model()).name, m.inspect_captioner(m.demo_captioner()).name]))"
    )
    *places, model, captioner = json.loads(
        run_python("-c", code, cwd=tmp_path, python=environment / SCRIPTS / "python")
    )
    assert all(Path(place).is_relative_to(environment) for place in places)
    assert (model, captioner) == ("demo_model", "demo_captioner")


def test_the_command_line_makes_a_picture(environment: Path, tmp_path: Path) -> None:
    done = run_offline(
        environment, "hiprompt", "generate", PROMPT, "--native", "--steps", "2", cwd=tmp_path, home=tmp_path
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert widest(tmp_path / "outputs") >= 128


def test_the_window_makes_the_sample(environment: Path, tmp_path: Path) -> None:
    done = run_offline(environment, "hiprompt-desktop", "--sample", "result", cwd=tmp_path, home=tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    assert widest(tmp_path / "result") > 128


def widest(folder: Path) -> int:
    """Width of the widest picture under a folder."""
    widths = []
    for file in folder.rglob("*.png"):
        with Image.open(file) as picture:
            widths.append(picture.width)
    assert widths, f"no picture in {folder}"
    return max(widths)
