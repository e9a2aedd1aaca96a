"""What the journeys of installed copies share: running their scripts offline, and the press on Generate."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"

# Runs a script of an environment in that environment's Python, without a network.
OFFLINE = f"""
import runpy, sys
sys.path.append({str(ROOT / "tests")!r})
from offline import block_network
sys.path.pop()
block_network()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

# The same for the window: presses its Generate button once it shows, and closes it when the button is back.
PRESS_GENERATE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton

really_exec = QApplication.exec
seen = {"started": False, "ticks": 0}

def tick():
    window = next((w for w in QApplication.topLevelWidgets() if "HiPrompt" in w.windowTitle() and w.isVisible()), None)
    if window is None:
        return
    button = next(b for b in window.findChildren(QPushButton) if b.text().replace("&", "").startswith("Generate"))
    ready = button.isEnabled() and button.isVisible()
    if not seen["started"]:
        if ready:
            button.click()
            seen["started"] = True
    else:
        seen["ticks"] += 1
        if ready and seen["ticks"] > 4:
            window.close()

def exec_and_press(*arguments):
    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(250)
    return really_exec()

QApplication.exec = exec_and_press
"""


def user_environment(home: Path) -> dict[str, str]:
    """Variables of a user whose home folder is empty; no variable tells any library to stay offline."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign and not name.startswith("XDG_")}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "QT_QPA_PLATFORM": "offscreen"}


def run_offline(
    environment: Path, script: str, *arguments: str, cwd: Path, home: Path, press_generate: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a console script of an environment with the network blocked."""
    code = (PRESS_GENERATE if press_generate else "") + OFFLINE
    program = environment / SCRIPTS / script
    assert program.is_file(), f"{program} was not installed"
    return subprocess.run(
        [str(environment / SCRIPTS / "python"), "-c", code, str(program), *arguments],
        cwd=cwd,
        env=user_environment(home),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def run_python(*arguments: str | Path, cwd: Path, python: Path | str = sys.executable) -> str:
    """What a Python prints; fails with all it said when it fails."""
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        cwd=cwd,
        env={
            name: value
            for name, value in os.environ.items()
            if name not in {"PYTHONPATH", "DISPLAY", "WAYLAND_DISPLAY"}
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout
