"""What the entry does before there is a window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hiprompt_core.project import Project
from hiprompt_desktop.project_lock import Holder, holder
from hiprompt_desktop.settings import load_settings

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from hiprompt_desktop import app
from hiprompt_desktop.settings import Places, Settings, save_settings
places = Places.under(Path(sys.argv[1]))
app.Places.of_user = classmethod(lambda cls: places)
app.ENGINE_DELAY_MS = 1_000_000
save_settings(places.settings_file, Settings(scale=int(sys.argv[2]), language="zh_CN", tour_seen=sys.argv[3] == "seen"))
started = app.Application.start
def start(self):
    started(self)
    def tell():
        print(self.window.devicePixelRatioF(), self.window.guidance.tour is not None)
        print(self.window.request_panel.generate.text().encode("unicode_escape").decode())
        print(QApplication.desktopFileName())
        self.window.close()
    QTimer.singleShot(50, self, tell)
app.Application.start = start
sys.exit(app.main([]))
"""


CLOSE = """
from PySide6.QtWidgets import QApplication
from hiprompt_desktop import app
app.ENGINE_DELAY_MS = 1_000_000
shown = app.Application.come_to_front
def come_to_front(self):
    shown(self)
    print("in front", flush=True)
    QApplication.instance().quit()
app.Application.come_to_front = come_to_front
started = app.Application.start
def start(self):
    started(self)
    print("open", flush=True)
app.Application.start = start
app.main([])
"""


def test_a_second_start_brings_the_first_window_to_the_front(tmp_path: Path) -> None:
    environment = os.environ | {"HIPROMPT_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CLOSE]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        assert second.stdout == "HiPrompt is open already; its window comes to the front.\n"
        assert first.stdout.readline() == "in front\n"
    assert first.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} <= {"config", "state", "cache", "log", "pictures"}


DRAW = """
from PySide6.QtCore import QTimer
from hiprompt_core.events import StepDone
from hiprompt_desktop import app
from tests.desktop.scripted_engine import ScriptedEngine
engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 2)
app.load_engine = lambda: engine
started = app.Application.start
def start(self):
    started(self)
    self.start_engine()
    self.session.picture_work.generate()
    timer = QTimer(self, interval=20)
    def look():
        if engine.held.is_set():
            timer.stop()
            self.session.next.change(prompt="an owl")
            print("drawing", flush=True)
    timer.timeout.connect(look)
    timer.start()
app.Application.start = start
app.main([])
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGTERM")
def test_a_logout_while_drawing_ends_the_program_with_everything_on_disk(tmp_path: Path) -> None:
    environment = os.environ | {"HIPROMPT_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", DRAW]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "drawing\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert load_settings(tmp_path / "config" / "settings.json").prompt == "an owl"
    (project,) = (tmp_path / "state" / "projects").glob("*.hiprompt")
    assert list(Project.open(project).current.state["phases"]) == ["1"]
    assert holder(project) is Holder.NOBODY


@pytest.mark.parametrize(("scale", "seen", "said"), [(100, "new", "1.0 True"), (150, "seen", "1.5 False")])
def test_scale_language_and_tour_of_the_settings_hold(tmp_path: Path, scale: int, seen: str, said: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QT_SCALE_FACTOR"}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(scale), seen],
        capture_output=True, text=True, cwd=ROOT, env=environment, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:3] == [said, r"\u751f\u6210", "hiprompt-desktop"]
