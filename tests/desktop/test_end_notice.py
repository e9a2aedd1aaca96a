"""The title tells how far the work is; the system tells when it ends."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import HiPromptError
from hiprompt_core.events import PhaseStarted, StepDone
from hiprompt_desktop.end_notice import EndNotice
from hiprompt_desktop.session import Session
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    told: list[tuple[str, bool]] = []
    monkeypatch.setattr(EndNotice, "call", lambda self, text, good: told.append((text, good)))
    return told


def test_the_title_and_the_badge_tell_how_far_the_work_is(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    badges: list[int] = []
    monkeypatch.setattr(QGuiApplication, "setBadgeNumber", lambda self, number: badges.append(number))
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 2)
    application = open_window(engine)
    assert application.window.windowTitle() == "HiPrompt Desktop"
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    qtbot.waitUntil(lambda: application.window.windowTitle() != "0 % · HiPrompt")
    assert re.fullmatch(r"\d+ % · HiPrompt", application.window.windowTitle())
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy, timeout=20_000)
    assert application.window.windowTitle() == "HiPrompt Desktop"
    assert badges[:-1] == sorted(set(badges[:-1]))
    assert len(badges) > 2
    assert badges[-1] == 0


@pytest.mark.parametrize("active", [True, False])
def test_the_end_calls_only_who_looks_elsewhere(
    open_window: OpenWindow,
    draw: Callable[[Session], None],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    calls: list[tuple[str, bool]],
    active: bool,
) -> None:
    application = open_window()
    monkeypatch.setattr(application.window, "isActiveWindow", lambda: active)
    draw(application.session)
    qtbot.wait(1)
    assert [good for _, good in calls] == ([] if active else [True])


def test_a_failure_is_called_out_in_its_own_words(
    open_window: OpenWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, calls: list[tuple[str, bool]]
) -> None:
    fault = HiPromptError("The disk is full.", "Make room.")
    application = open_window(ScriptedEngine(fault=fault, fault_at=lambda event: isinstance(event, PhaseStarted)))
    monkeypatch.setattr(application.window, "isActiveWindow", lambda: False)
    application.session.picture_work.generate()
    qtbot.waitUntil(lambda: bool(calls), timeout=20_000)
    assert calls == [("The disk is full.", False)]


def test_the_taskbar_is_asked_where_there_is_no_tray(open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    alerted: list[QWidget] = []
    monkeypatch.setattr(QApplication, "alert", staticmethod(alerted.append))
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    window = open_window().window
    window.end_notice.call("Done.", True)
    assert alerted == [window]
