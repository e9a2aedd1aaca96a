"""The window breathes while real networks draw: its event loop is never long in coming back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
BAR = 100
"""Milliseconds that a 10 ms timer may be late."""
ATTEMPTS = 3
"""Other work of the machine only ever adds to what is measured: the best counts."""
SCRIPT = """
import json, sys
from tests.bench.bench_window import lateness
late = lateness("fast", 256, True)
print(json.dumps({doing: [len(values), max(values)] for doing, values in late.items() if doing != "warm-up"}))
"""


def test_a_timer_is_never_late_while_a_picture_is_drawn() -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}
    worst = []
    while len(worst) < ATTEMPTS and min(worst, default=BAR + 1) > BAR:
        command = [sys.executable, "-c", SCRIPT]
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        late = json.loads(run.stdout.splitlines()[-1])
        # Decoding may be over between two ticks.
        assert {doing.split(",")[0] for doing in late} >= {"captioning", "drawing"}
        assert sum(count for count, _ in late.values()) > 50
        worst.append(max(value for _, value in late.values()))
    assert min(worst) <= BAR, worst
