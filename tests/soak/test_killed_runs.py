"""Work killed at random moments, again and again, still ends in the same picture. Takes minutes:

KILLS=30 pytest -m soak tests/soak
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hiprompt_core.run_folder import RunFolder

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL"),
]
KILLS = int(os.environ.get("KILLS", "30"))
RUN = "from hiprompt_core import step_file; step_file.SECONDS = 0.2; from hiprompt_core.cli import main; main()"
GENERATE = [
    "generate", "a fox and a tree, a green meadow", "--width", "384", "--height", "256",
    "--set", "num_inference_steps=60", "--set", "upscale_num_inference_steps=40", "--set", "strength=0.8", "--json",
]  # fmt: skip
Command = Callable[[Path], list[str]]
"""What the program is told to do in a folder."""


def start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def let_through(command: list[str]) -> str:
    """What it says."""
    with start(command) as process:
        output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output


def run_in(folder: Path) -> Path:
    (run,) = (path for path in folder.iterdir() if path.is_dir())
    return run


def picture(folder: Path) -> np.ndarray:
    with Image.open(RunFolder(run_in(folder)).latest().path) as image:
        return np.asarray(image)


def kill_and_compare(work: Path, prepare: Callable[[Path], object], command: Command) -> None:
    """Kill the same work in one prepared folder after the other until it has been killed often enough."""
    prepare(work / "whole")
    evaluations = let_through(command(work / "whole")).count('"ViewBatchDone"')
    moment = random.Random(11)
    kills = runs = 0
    while kills < KILLS:
        runs += 1
        folder = work / f"killed-{runs}"
        prepare(folder)
        finished = False
        while not finished and kills < KILLS:
            with start(command(folder)) as process:
                assert process.stdout is not None
                assert process.stderr is not None
                lines = 0
                for line in process.stdout:
                    lines += "StepDone" in line or "PatchCaptioned" in line or "TileDone" in line
                    if lines > moment.randrange(evaluations):
                        time.sleep(moment.uniform(0, 0.1))
                        process.send_signal(signal.SIGKILL)
                        break
                process.stdout.read()
                errors = process.stderr.read()
            kills += process.returncode == -signal.SIGKILL
            assert process.returncode in {0, -signal.SIGKILL}, errors
            finished = process.returncode == 0
        if not finished:  # the last one is let through
            let_through(command(folder))
        np.testing.assert_array_equal(picture(folder), picture(work / "whole"))
        assert not list(folder.rglob("*.steps"))
    print(f"{kills} kills over {runs} pictures")


def test_kills_of_a_run_change_nothing(tmp_path: Path) -> None:
    kill_and_compare(tmp_path, lambda folder: None, lambda folder: [*GENERATE, "--out", str(folder)])


def test_kills_while_patches_are_drawn_again_change_nothing(tmp_path: Path) -> None:
    let_through([*GENERATE, "--out", str(tmp_path / "source")])
    drawn = RunFolder(run_in(tmp_path / "source")).latest().path.name

    def again(folder: Path) -> list[str]:
        asked = ["--patch", "1", "--caption", "a castle", "--seed", "5", "--steps", "60", "--json"]
        return ["regenerate", str(run_in(folder) / drawn), *asked]

    kill_and_compare(tmp_path, lambda folder: shutil.copytree(tmp_path / "source", folder), again)
