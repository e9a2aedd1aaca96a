"""The tour: five stops, skippable, once."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from pytestqt.qtbot import QtBot

from hiprompt_desktop.tour import beside
from tests.desktop.conftest import OpenWindow


def test_five_stops_and_never_again(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    application.welcome()
    tour = window.guidance.tour
    assert tour is not None
    assert window.request_panel.generate.graphicsEffect() is not None
    titles = []
    while window.guidance.tour is not None:
        titles.append(tour.title.text())
        assert tour.bubble.isVisible()
        assert window.rect().contains(tour.bubble.geometry())
        qtbot.mouseClick(tour.next, Qt.MouseButton.LeftButton)
    assert titles == ["Prompt", "Plan", "Phases", "Captions", "Regenerate"]
    assert window.settings.tour_seen
    qtbot.waitUntil(lambda: window.request_panel.generate.graphicsEffect() is None, timeout=5000)


def test_escape_skips_it(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    window.actions_by_name["tour"].trigger()
    tour = window.guidance.tour
    assert tour is not None
    qtbot.keyClick(tour.bubble, Qt.Key.Key_Escape)
    assert window.guidance.tour is None
    assert window.settings.tour_seen


def test_a_bubble_stays_in_the_window() -> None:
    window, bubble = QRect(0, 0, 1280, 720), QRect(0, 0, 320, 140)
    for place in (QRect(0, 60, 300, 100), QRect(980, 60, 300, 660), QRect(0, 0, 1280, 720), QRect(0, 700, 1280, 20)):
        assert window.contains(QRect(beside(place, bubble, window), bubble.size()))
    assert beside(QRect(0, 60, 300, 100), bubble, window).x() > 300
    assert beside(QRect(980, 60, 300, 600), bubble, window).x() + 320 < 980
