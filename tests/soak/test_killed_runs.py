"""A run killed at random moments, again and again, still ends in the same picture. Takes minutes:

pytest -m soak tests/soak
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
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
KILLS = 30
RUN = "from hiprompt_core import step_file; step_file.SECONDS = 0.2; from hiprompt_core.cli import main; main()"
COMMAND = [
    sys.executable, "-c", RUN, "generate", "a fox and a tree, a green meadow", "--width", "384", "--height", "256",
    "--set", "num_inference_steps=60", "--set", "upscale_num_inference_steps=40", "--set", "strength=0.8", "--json",
]  # fmt: skip


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([*COMMAND, "--out", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def picture(folder: Path) -> np.ndarray:
    (run,) = (path for path in folder.iterdir() if path.is_dir())
    with Image.open(RunFolder(run).latest().path) as image:
        return np.asarray(image)


def test_thirty_kills_change_nothing(tmp_path: Path) -> None:
    with start(tmp_path / "whole") as whole:
        output, errors = whole.communicate()
    assert whole.returncode == 0, errors
    evaluations = output.count('"ViewBatchDone"')
    moment = random.Random(11)
    kills = runs = 0
    while kills < KILLS:
        runs += 1
        folder = tmp_path / f"killed-{runs}"
        finished = False
        while not finished and kills < KILLS:
            with start(folder) as process:
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
            with start(folder) as process:
                _, errors = process.communicate()
            assert process.returncode == 0, errors
        np.testing.assert_array_equal(picture(folder), picture(tmp_path / "whole"))
        assert not list(folder.rglob("*.steps"))
    print(f"{kills} kills over {runs} pictures")
