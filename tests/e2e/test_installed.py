"""The set-up on a temporary clone: from nothing to pictures, again in seconds, and repaired when something is lost."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.journey import ROOT, SCRIPTS, run_python

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def test_one_command_leads_from_a_clone_to_pictures_and_repairs_what_breaks(tmp_path: Path) -> None:
    clone = tmp_path / "hiprompt"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)

    first = run_python("installer/bootstrap.py", "run", cwd=clone)
    assert "There is no display" in first
    assert "Set up in" in first
    shown = [line for line in first.splitlines() if line.startswith("outputs") and line.endswith(".png")]
    assert shown
    assert all((clone / line).is_file() for line in shown)

    start = time.monotonic()
    run_python("-c", "import bootstrap; bootstrap.set_up(dev=False)", cwd=clone / "installer")
    assert time.monotonic() - start < 30  # only looks

    script = clone / ".venv" / SCRIPTS / "hiprompt"
    script.unlink()
    pillow = run_python("-c", "import PIL; print(PIL.__file__)", cwd=clone, python=clone / ".venv" / SCRIPTS / "python")
    Path(pillow.strip()).unlink()
    again = run_python("-c", "import bootstrap; bootstrap.set_up(dev=False)", cwd=clone / "installer")
    assert "Repairing hiprompt-desktop, pillow" in again
    assert script.is_file()
    run_python("-c", "import PIL.Image", cwd=clone, python=clone / ".venv" / SCRIPTS / "python")
