"""Measure the window: start to visible, and how late its event loop is while the engine works.

python tests/bench/bench_window.py [--preset fast] [--starts 5] [--no-captions] [--side 512]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
TICK = 0.010

_START = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from hiprompt_desktop.app import Application
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.pipeline_engine import load_engine
from hiprompt_desktop.settings import Places
from hiprompt_desktop.theme import apply_theme
app = QApplication([])
apply_theme(app, "system")
application = Application(Places.under(Path(sys.argv[1])), parse_arguments([]), load_engine, LogLocation(None))
application.start()
while not application.window.windowHandle().isExposed():
    app.processEvents()
application.window.repaint()
print(time.time(), flush=True)
application.shut_down()
"""


def seconds_to_visible() -> tuple[float, float]:
    """From the start of the process to its first paint: by the clock, and of processor time.

    The second is what the first would be on a machine with nothing else to do.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        started = time.time()
        run = subprocess.run([sys.executable, "-c", _START, folder], capture_output=True, text=True, check=True,
                             cwd=Path(__file__).parents[2])  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return float(run.stdout.split()[-1]) - started, used


def queued() -> float:
    """Milliseconds that this thread has waited for a processor so far; 0 where the system does not tell.

    Other programs cause that, not this one.
    """
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e6
    except OSError:
        return 0.0


def lateness(preset: str, side: int, captions: bool) -> dict[str, list[float]]:
    """How many milliseconds late a 10 ms timer is by this program's doing, by what the engine does meanwhile."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from hiprompt_core.geometry import Size
    from hiprompt_desktop.app import SWITCH_INTERVAL, Application
    from hiprompt_desktop.arguments import parse_arguments
    from hiprompt_desktop.faults import LogLocation
    from hiprompt_desktop.pipeline_engine import load_engine
    from hiprompt_desktop.settings import Places
    from hiprompt_desktop.theme import apply_theme

    sys.setswitchinterval(SWITCH_INTERVAL)
    app = QApplication([])
    apply_theme(app, "system")
    places = Places.under(Path(tempfile.mkdtemp()))
    application = Application(places, parse_arguments([]), load_engine, LogLocation(None))
    session = application.session
    session.next.wish = replace(session.next.wish, preset=preset, size=Size(side, side))
    if not captions:
        session.next.change(captioner=None)
    late: dict[str, list[float]] = {}
    last, waited = time.perf_counter(), queued()

    def tick() -> None:
        nonlocal last, waited
        now, before, waited = time.perf_counter(), waited, queued()
        progress = session.progress
        doing = f"{progress.activity.name.lower()}, phase {progress.phase}" if session.busy else "warm-up"
        late.setdefault(doing, []).append((now - last - TICK) * 1000 - (waited - before))
        last = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(int(TICK * 1000))

    def begin_when_warm() -> None:
        worker = application.engine.worker
        if worker._engine is None or not session.next.machine.device or not worker.warm:
            QTimer.singleShot(100, begin_when_warm)
        else:
            session.picture_work.generate()

    session.picture_finished.connect(lambda: QTimer.singleShot(200, app.quit))
    session.messages.changed.connect(lambda: print(session.messages.current) if session.messages.current else None)
    application.start()
    begin_when_warm()
    app.exec()
    timer.stop()
    application.shut_down()
    return late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--no-captions", action="store_true")
    said = parser.parse_args()
    starts = [seconds_to_visible() for _ in range(said.starts)]
    for name, values in zip(("clock", "processor"), zip(*starts, strict=True), strict=True):
        median, worst = statistics.median(values), max(values)
        print(f"start to visible, {name}: median {median:.2f} s, worst {worst:.2f} s (bar: 1.0 s)", flush=True)
    late = lateness(said.preset, said.side, not said.no_captions)
    print(f"{'event loop, ms late':28} {'n':>6} {'median':>7} {'p99':>7} {'worst':>7}")
    for doing, values in late.items():
        values.sort()
        print(f"{doing:28} {len(values):6} {statistics.median(values):7.1f} {values[int(len(values) * 0.99)]:7.1f} "
              f"{values[-1]:7.1f}")  # fmt: skip
    while_generating = [value for doing, values in late.items() if doing != "warm-up" for value in values]
    print(f"worst while generating: {max(while_generating):.1f} ms (bar: 50 ms)")


if __name__ == "__main__":
    main()
