"""A window of its own for every test, with folders of its own; what a test leaves behind fails it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hiprompt_core.metadata import PART
from hiprompt_desktop.app import Application
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.engine import DrawingEngine
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.language import install_language
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places
from hiprompt_desktop.theme import apply_theme
from tests.desktop.scripted_engine import ScriptedEngine

OpenWindow = Callable[..., Application]


def real_threads() -> int:
    """Python's threads, without the stand-ins that logging makes for Qt's."""
    return sum(not isinstance(thread, threading._DummyThread) for thread in threading.enumerate())


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # no models of whoever runs the tests
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return Places.under(tmp_path / "user")


@pytest.fixture
def open_window(qtbot: QtBot, places: Places) -> Iterator[OpenWindow]:
    """Open the whole program on an engine; everything has ended when the test has."""
    opened: list[Application] = []
    threads, widgets = real_threads(), set(QApplication.allWidgets())

    def open_(engine: DrawingEngine | None = None, *words: str, width: int = 1280, height: int = 800) -> Application:
        chosen = engine or ScriptedEngine()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply_theme(app, "light")
        application = Application(places, parse_arguments(words), lambda: chosen, LogLocation(None))
        opened.append(application)
        application.window.resize(width, height)
        application.start()
        qtbot.waitExposed(application.window)
        application.window.resize(width, height)
        application.start_engine()
        qtbot.waitUntil(lambda: application.session.next.machine.device != "" or application._ended, timeout=20_000)
        return application

    yield open_
    for application in opened:
        application.session.cancel()
        application.shut_down()
        assert not application.engine.running
        application.window._closing = True
        application.window.close()
        application.window.deleteLater()
        application.deleteLater()
    opened.clear()
    qtbot.wait(1)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [widget for widget in QApplication.allWidgets() if widget not in widgets]
    assert not left, f"{len(left)} widgets are left, the first of them {left[0]}"
    assert real_threads() <= threads
    root = places.config.parent
    assert [file.path for file in psutil.Process().open_files() if root in Path(file.path).parents] == []
    assert list(root.rglob(f"*{PART}")) == []


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    """Everything speaks Simplified Chinese."""
    assert install_language(qapp, "zh_CN") == "zh_CN"
    yield
    install_language(qapp, "en")


@pytest.fixture
def draw(qtbot: QtBot) -> Callable[[Session], None]:
    """Press Generate and wait for the picture."""

    def draw_(session: Session, timeout: int = 60_000) -> None:
        with qtbot.waitSignal(session.picture_finished, timeout=timeout):
            session.picture_work.generate()

    return draw_
