"""Work off the GUI thread: results come back in order, the newest wins, faults become words."""

from __future__ import annotations

import logging
import threading

import pytest
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import OutputError
from hiprompt_desktop.background import Background


def test_results_come_back_in_the_gui_thread(qtbot: QtBot) -> None:
    background, threads = Background(), []
    background.run("a", threading.get_ident, lambda worker: threads.extend((worker, threading.get_ident())), print)
    qtbot.waitUntil(lambda: bool(threads))
    assert threads[0] != threads[1] == threading.get_ident()
    background.stop()


def test_only_the_newest_of_a_name_is_heard(qtbot: QtBot) -> None:
    background, heard, gate = Background(), [], threading.Event()
    background.run("a", gate.wait, lambda _: heard.append("old"), heard.append)
    background.run("b", lambda: "other", heard.append, heard.append)
    background.run("a", lambda: "new", heard.append, heard.append)
    gate.set()
    qtbot.waitUntil(lambda: len(heard) == 2)
    background.stop()
    assert heard == ["other", "new"]


def test_faults_become_words_and_what_is_forgotten_is_not_heard(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise OutputError("No.", "Try another.")

    background, heard = Background(), []
    background.run("a", refuse, heard.append, heard.append)
    with caplog.at_level(logging.CRITICAL):
        background.run("b", lambda: 1 / 0, heard.append, heard.append)
        qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == ["No. Try another.", "division by zero"]
    background.run("c", lambda: 1, heard.append, heard.append)
    background.forget("c")
    background.stop()
    qtbot.wait(20)
    assert len(heard) == 2
