"""What users install: a clone that sets itself up and mends itself, and the wheel, outside of it and offline."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from tests.e2e.journey import ROOT, SCRIPTS, run_offline, run_python

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
PROMPT = "a fox and a tree, a green meadow"
SET_UP = "import bootstrap; bootstrap.set_up(dev=False)"
ALONE = r"spandrel \S+ requires torchvision, which is not installed\."
"""On purpose: docs/decisions.md."""
SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


class Clone(NamedTuple):
    """A clone that set itself up, and what it said about it."""

    folder: Path
    said: str

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / SCRIPTS / "python"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    folder = tmp_path_factory.mktemp("clone") / "hiprompt"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    return Clone(folder, run_python("installer/bootstrap.py", "run", cwd=folder))


@pytest.fixture(scope="module")
def wheel(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel, and the packages that the set-up installed for the clone, not the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    run_python("-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (file,) = folder.glob("*.whl")
    venv = folder / "venv"
    python = venv / SCRIPTS / "python"
    run_python("-m", "venv", "--without-pip", venv, cwd=folder)
    # a path in a .pth file: the .pth file there, which leads to the clone, is not read
    packages = run_python("-c", SITE, cwd=folder, python=clone.python)
    site = Path(run_python("-c", SITE, cwd=folder, python=python).strip())
    (site / "packages.pth").write_text(packages, encoding="utf-8")
    pip = ["-m", "pip", "--disable-pip-version-check", "--python", python]
    run_python(*pip, "install", "-q", "--no-compile", "--no-deps", file, cwd=folder, python=clone.python)
    check = subprocess.run([str(clone.python), *map(str, pip), "check"], capture_output=True, text=True, check=False)
    lacking = [line for line in check.stdout.splitlines() if not re.fullmatch(ALONE, line)]
    assert lacking in ([], ["No broken requirements found."]), check.stdout + check.stderr
    return venv


def test_one_command_leads_from_a_clone_to_pictures(clone: Clone) -> None:
    assert "There is no display" in clone.said
    assert "Set up in" in clone.said
    shown = [line for line in clone.said.splitlines() if line.startswith("outputs") and line.endswith(".png")]
    assert shown
    assert all((clone.folder / line).is_file() for line in shown)


def test_the_wheel_brings_its_models_and_nothing_of_the_clone(wheel: Path, tmp_path: Path) -> None:
    code = (
        "import hiprompt_core, hiprompt_desktop, json; from hiprompt_core import model_files as m;"
        "print(json.dumps([hiprompt_core.__file__, hiprompt_desktop.__file__, str(m.demo_model()),"
        " str(m.demo_captioner()),"
        " m.inspect_model(m.demo_model()).name, m.inspect_captioner(m.demo_captioner()).name]))"
    )
    *places, model, captioner = json.loads(run_python("-c", code, cwd=tmp_path, python=wheel / SCRIPTS / "python"))
    assert all(Path(place).is_relative_to(wheel) for place in places)
    assert (model, captioner) == ("demo_model", "demo_captioner")


def test_the_command_line_of_the_wheel_makes_a_picture(wheel: Path, tmp_path: Path) -> None:
    done = run_offline(wheel, "hiprompt", "generate", PROMPT, "--native", "--steps", "2", cwd=tmp_path, home=tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    assert widest(tmp_path / "outputs") >= 128


def test_the_window_of_the_wheel_makes_the_sample(wheel: Path, tmp_path: Path) -> None:
    done = run_offline(wheel, "hiprompt-desktop", "--sample", "result", cwd=tmp_path, home=tmp_path)
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


def test_a_second_set_up_only_looks_and_mends_what_breaks(clone: Clone) -> None:
    assert run_python("-c", SET_UP, cwd=clone.folder / "installer") == ""

    script = clone.python.with_name("hiprompt")
    script.unlink()
    pillow = run_python("-c", "import PIL; print(PIL.__file__)", cwd=clone.folder, python=clone.python)
    Path(pillow.strip()).unlink()
    again = run_python("-c", SET_UP, cwd=clone.folder / "installer")
    assert "Repairing hiprompt-desktop, pillow" in again
    assert script.is_file()
    run_python("-c", "import PIL.Image", cwd=clone.folder, python=clone.python)
