"""What the journeys of installed copies share: running their scripts offline."""

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


def user_environment(home: Path) -> dict[str, str]:
    """Variables of a user whose home folder is empty; no variable tells any library to stay offline."""
    foreign = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY"}
    kept = {name: value for name, value in os.environ.items() if name not in foreign and not name.startswith("XDG_")}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "QT_QPA_PLATFORM": "offscreen"}


def run_offline(
    environment: Path, script: str, *arguments: str, cwd: Path, home: Path
) -> subprocess.CompletedProcess[str]:
    """Run a console script of an environment with the network blocked."""
    program = environment / SCRIPTS / script
    assert program.is_file(), f"{program} was not installed"
    return subprocess.run(
        [str(environment / SCRIPTS / "python"), "-c", OFFLINE, str(program), *arguments],
        cwd=cwd,
        env=user_environment(home),
        capture_output=True,
        text=True,
        timeout=600,
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
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout
