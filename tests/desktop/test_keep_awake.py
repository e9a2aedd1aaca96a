"""The computer stays awake as long as something is drawn, and no longer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hiprompt_core.events import StepDone
from hiprompt_desktop.keep_awake import KeepAwake, usual_command
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a call of Windows' own")


def test_a_program_of_the_system_runs_while_a_picture_is_drawn(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone))
    application, log = open_window(engine), tmp_path / "log"
    command = ("sh", "-c", f"echo awake >> {log}; cat; echo asleep >> {log}")
    keep_awake = KeepAwake(application.session, command)
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    qtbot.waitUntil(log.exists)
    qtbot.wait(20)
    assert log.read_text() == "awake\n"
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=10_000)
    qtbot.waitUntil(lambda: log.read_text() == "awake\nasleep\n")
    keep_awake.stop()


def test_a_program_that_does_not_listen_is_ended(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone))
    application = open_window(engine)
    keep_awake = KeepAwake(application.session, ("sleep", "60"))
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    keep_awake._process.waitForStarted()
    keep_awake._process.waitForFinished = lambda _: False
    keep_awake.stop()
    del keep_awake._process.waitForFinished
    assert keep_awake._process.waitForFinished(5000)


def test_a_system_without_one_is_left_alone(open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert usual_command() == ()
    application = open_window()
    KeepAwake(application.session, ()).stop()
