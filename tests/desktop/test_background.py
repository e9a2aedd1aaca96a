"""Work off the GUI thread: results come back in order, the newest wins, faults become words."""

from __future__ import annotations

import logging
import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import OutputError
from hiprompt_desktop.background import Background
from hiprompt_desktop.faults import LogLocation


def test_results_come_back_in_the_gui_thread(qtbot: QtBot) -> None:
    background, threads = Background(LogLocation(None)), []
    background.run(threading.get_ident, lambda worker: threads.extend((worker, threading.get_ident())), print, name="a")
    qtbot.waitUntil(lambda: bool(threads))
    assert threads[0] != threads[1] == threading.get_ident()
    background.stop()


def test_only_the_newest_of_a_name_is_heard(qtbot: QtBot) -> None:
    background, heard, gate = Background(LogLocation(None)), [], threading.Event()
    background.run(gate.wait, lambda _: heard.append("old"), heard.append, name="a")
    background.run(lambda: "other", heard.append, heard.append, name="b")
    background.run(lambda: "new", heard.append, heard.append, name="a")
    gate.set()
    qtbot.waitUntil(lambda: len(heard) == 2)
    background.stop()
    assert heard == ["other", "new"]


def test_work_is_done_in_the_order_of_asking(qtbot: QtBot) -> None:
    """An idle thread that is woken by the first must not take the second before it."""
    background, done = Background(LogLocation(None)), []
    asked = list(range(600))
    for first in asked[::3]:
        for number in (first, first + 1, first + 2):
            background.run(lambda number=number: done.append(number), lambda _: None, print)
        qtbot.waitUntil(lambda first=first: len(done) == first + 3)
    background.stop()
    assert done == asked


def test_faults_become_words_and_what_is_forgotten_is_not_heard(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def refuse() -> None:
        raise OutputError("No.", "Try another.")

    background, heard = Background(LogLocation(None)), []
    background.run(refuse, heard.append, heard.append, name="a")
    with caplog.at_level(logging.CRITICAL):
        background.run(lambda: 1 / 0, heard.append, heard.append, name="b")
        qtbot.waitUntil(lambda: len(heard) == 2)
    assert [(failure.problem, failure.remedy) for failure in heard] == [
        ("No.", "Try another."),
        ("Something went wrong inside HiPrompt.", "Try again; the log file holds the details."),
    ]
    background.run(lambda: 1, heard.append, heard.append, name="c")
    background.forget("c")
    background.stop()
    qtbot.wait(20)
    assert len(heard) == 2


def test_an_object_that_is_gone_is_not_told(qtbot: QtBot) -> None:
    class Listener(QObject):
        def hear(self, value: object) -> None:
            raise AssertionError(value)

    background, gate, heard = Background(LogLocation(None)), threading.Event(), []
    listener = Listener()
    background.run(gate.wait, listener.hear, heard.append)
    background.run(lambda: 1, heard.append, heard.append)
    shiboken6.delete(listener)
    gate.set()
    qtbot.waitUntil(lambda: heard == [1])
    background.stop()
