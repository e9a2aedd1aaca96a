"""Somebody who presses, clicks and writes on everything: nothing breaks, and undo stays true. Takes minutes:

ROUNDS=1500 FIRST=0 pytest -m soak tests/soak/test_restless_user.py
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QPoint,
    Qt,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from hiprompt_core.geometry import Size
from hiprompt_desktop.app import Application
from tests.desktop.conftest import OpenWindow
from tests.desktop.garbage import left_to_the_collector, no_collector

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

ROUNDS, FIRST = int(os.environ.get("ROUNDS", "1500")), int(os.environ.get("FIRST", "0"))
ROUNDS_BEFORE_UNDO = 100
LARGEST = 2**20
"""Pixels of a picture."""
LEFT_OUT = {"quit", "show_folder"}  # which end the program, and begin another one
TEXTS = ["a fox", "owl", "512", "(red:1.3)", "((", "{a|b}", "__x__", ", ", "BREAK a", ""]
KEYS = [
    *(Qt.Key(value) for value in range(Qt.Key.Key_A, Qt.Key.Key_Z + 1)),
    *(Qt.Key(value) for value in range(Qt.Key.Key_0, Qt.Key.Key_9 + 1)),
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_Return,
    Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_F2,
    Qt.Key.Key_Plus, Qt.Key.Key_Minus,
]  # fmt: skip
HELD = [
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
]  # fmt: skip
QUIT = (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
CLICKABLE = (QAbstractButton, QComboBox, QAbstractItemView, QAbstractSlider, QLineEdit, QPlainTextEdit)


class RestlessUser:
    """Does one thing after the other to whatever is on the screen; ``moves.txt`` tells what, after a crash too."""

    def __init__(self, application: Application, folder: Path, seed: int) -> None:
        self.application, self.folder = application, folder
        self.rng = random.Random(seed)
        self.moves = folder / "moves.txt"
        for name in ("pictures", "words"):
            (folder / name).mkdir()
        Image.new("RGB", (90, 60), "orange").save(folder / "photo.png")
        (folder / "broken.png").write_bytes((folder / "photo.png").read_bytes()[:60])
        self.ways = [
            *(self.press, self.press, self.click, self.click, self.act, self.act),
            *(self.drag, self.write, self.wait),
        ]

    def move(self) -> None:
        wish = self.application.session.next
        if wish.wish.size.area > LARGEST:  # hours of work, not of restlessness
            wish.change(size=Size(256, 256))
        self.rng.choice(self.ways)()
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as a loop of the program does
        self.leave()

    def note(self, text: str) -> None:
        with self.moves.open("a") as stream:
            stream.write(f"{text}\n")

    def others(self) -> list[QWidget]:
        """Windows beside the main one."""
        main = self.application.window
        return [one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not main]

    def widgets(self, *kinds: type[QWidget]) -> list[QWidget]:
        """What can be used in one of the windows that take input now."""
        windows = [self.application.window, *self.others()]
        place = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.rng.choice(windows)
        if isinstance(place, QFileDialog):  # its complaints wait for an answer; see choose()
            return []
        found = [one for one in place.findChildren(QWidget) if isinstance(one, kinds)]
        return [one for one in found if isValid(one) and one.isVisible() and one.isEnabled()]

    def press(self) -> None:
        target = QApplication.focusWidget() or self.application.window
        key, held = self.rng.choice(KEYS), self.rng.choice(HELD)
        if (key, held) != QUIT and not isinstance(target.window(), QFileDialog):
            self.note(f"{held.name} {key.name} in {type(target).__name__} {target.objectName()}")
            QTest.keyClick(target, key, held)

    def click(self) -> None:
        found = self.widgets(*CLICKABLE)
        if self.rng.random() < 0.3 or not found:
            found = [self.application.window.view]
        target = self.rng.choice(found)
        name = target.text() if isinstance(target, QAbstractButton) else target.objectName()
        if isinstance(target, QAbstractItemView):
            target = target.viewport()
        place = self._place_in(target)
        button = self.rng.choice([*[Qt.MouseButton.LeftButton] * 6, Qt.MouseButton.RightButton])
        clicks = self.rng.choice([*[QTest.mouseClick] * 9, QTest.mouseDClick])
        self.note(f"{clicks.__name__} {button.name} {type(target).__name__} {name!r} {place.toTuple()}")
        clicks(target, button, self.rng.choice(HELD), place)

    def act(self) -> None:
        actions = self.application.window.actions_by_name
        if not QApplication.activeModalWidget():
            name = self.rng.choice([name for name in actions if actions[name].isEnabled() and name not in LEFT_OUT])
            self.note(f"action {name}")
            actions[name].trigger()

    def drag(self) -> None:
        view, held = self.application.window.view, self.rng.choice(HELD)
        first, *rest = [self._place_in(view) for _ in range(3)]
        self.note(f"drag {held.name} {first.toTuple()} {[place.toTuple() for place in rest]}")
        QTest.mousePress(view, Qt.MouseButton.LeftButton, held, first)
        for place in rest:
            QTest.mouseMove(view, place)
            QCoreApplication.processEvents()
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, held, rest[-1])

    def write(self) -> None:
        found = self.widgets(QLineEdit, QPlainTextEdit)
        if found:
            target, text = self.rng.choice(found), self.rng.choice(TEXTS)
            self.note(f"write {text!r} into {type(target).__name__} {target.objectName()}")
            target.setFocus()
            QTest.keyClicks(target, text)

    def wait(self) -> None:
        self.note("wait")
        QTest.qWait(self.rng.choice([1, 5, 20, 60]))

    def leave(self) -> None:
        """Popups and dialogs stay open for a few moves only."""
        popup, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None and self.rng.random() < 0.5:
            popup.close()
        if isinstance(dialog, QDialog) and self.rng.random() < 0.3:
            if isinstance(dialog, QFileDialog):
                self.choose(dialog)
            else:
                self.note(f"reject {type(dialog).__name__}")
                dialog.reject()
        for other in self.others():
            if not isinstance(other, QMenu) and self.rng.random() < 0.1:
                self.note(f"close {type(other).__name__}")
                other.close()

    def choose(self, dialog: QFileDialog) -> None:
        """Any file there is to open, or a new one to write."""
        if dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave:
            path = self.folder / f"{self.rng.randrange(10**6)}.{dialog.defaultSuffix() or 'png'}"
        else:
            folders = dialog.fileMode() is QFileDialog.FileMode.Directory
            path = self.rng.choice([one for one in self.folder.iterdir() if one.is_dir() == folders])
        self.note(f"choose {path}")
        dialog.close()
        dialog.fileSelected.emit(str(path))  # accept() may ask questions in a loop of its own

    def rest(self, qtbot: QtBot) -> None:
        """Nothing is open or at work any more."""
        self.note("rest")
        for other in self.others():
            other.close()
        self.application.window.view.editor.close_editor(keep=True)
        self.application.queue.cancel_all()
        self.application.session.cancel()
        qtbot.waitUntil(lambda: not self.application.session.busy, timeout=20_000)

    def _place_in(self, target: QWidget) -> QPoint:
        return QPoint(self.rng.randrange(max(1, target.width())), self.rng.randrange(max(1, target.height())))


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What Qt warns of, but for what a machine without a screen cannot do."""
    said: list[str] = []

    def on_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
        harmless = kind in {QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg}
        if not harmless and not text.startswith("This plugin does not support"):
            said.append(text)

    before = qInstallMessageHandler(on_message)
    yield said
    qInstallMessageHandler(before)


def state(application: Application) -> object:
    """What undo is about: not the seed that Generate throws, nor what the captioner sees in what is drawn."""
    session = application.session
    phases = [
        (phase.number, phase.path, [replace(caption, seen=None) for caption in phase.captions])
        for phase in session.document.phases.values()
        if phase.finished
    ]
    return replace(session.next.wish, seed=0), session.document.folder, phases


@pytest.mark.parametrize("seed", range(FIRST, FIRST + 4))
def test_everything_in_any_order(
    open_window: OpenWindow,
    qtbot: QtBot,
    complaints: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.chdir(own)
    application = open_window()
    application.session.next.change(size=Size(256, 256), prompt="a fox")
    user, undo = RestlessUser(application, own, seed), application.session.undo
    with no_collector(), qtbot.captureExceptions() as faults:
        for number in range(1, ROUNDS + 1):
            user.move()
            assert not faults, user.moves
            assert not complaints, user.moves
            if number % ROUNDS_BEFORE_UNDO == 0:
                user.rest(qtbot)
                before, steps = state(application), 0
                while undo.can_undo:
                    undo.undo()
                    steps += 1
                    assert steps < ROUNDS, user.moves
                for _ in range(steps):
                    undo.redo()
                assert state(application) == before, user.moves
                assert not left_to_the_collector(), user.moves
    if any(phase.finished for phase in application.session.document.phases.values()):  # else there is nothing to keep
        application.window.close()
        again = open_window()
        qtbot.waitUntil(lambda: state(again) == state(application), timeout=20_000)
