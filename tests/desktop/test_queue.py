"""The queue in the window: what waits is drawn in its order, and nothing that goes wrong with one stops the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import DiskFull, NumericalError
from hiprompt_core.events import Event, PhaseFinished, StepDone
from hiprompt_core.geometry import Size
from hiprompt_desktop.app import Application
from hiprompt_desktop.job_queue import JobQueue, Turn
from hiprompt_desktop.settings import Places
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def a_step(event: Event) -> bool:
    return isinstance(event, StepDone)


def drawing(open_window: OpenWindow, qtbot: QtBot, *prompts: str, engine: ScriptedEngine) -> Application:
    """A window that holds on at the first step of the first prompt while the others wait."""
    engine.hold_at = a_step
    application = open_window(engine)
    application.session.next.change(size=Size(128, 128))
    for prompt in prompts:
        application.session.next.change(prompt=prompt)
        application.queue.generate()
    qtbot.waitUntil(engine.held.is_set)
    return application


def go_on(engine: ScriptedEngine) -> None:
    engine.hold_at = lambda event: False
    engine.release.set()


def idle(application: Application) -> bool:
    return not application.session.busy


def turns(application: Application) -> list[tuple[str, Turn]]:
    return [(ticket.request.prompt, ticket.turn) for ticket in application.queue.tickets]


def waiting(application: Application) -> list[str]:
    return [ticket.request.prompt for ticket in application.queue.waiting]


def drawn(engine: ScriptedEngine) -> list[str]:
    return [request.prompt for request in engine.requests]


def test_while_a_picture_is_drawn_generate_adds_to_the_queue(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", "two", engine=engine)
    window = application.window
    window.activateWindow()
    window.request_panel.prompt.setFocus()
    assert window.request_panel.generate.text() == "Add to queue"
    application.session.next.change(prompt="first")
    qtbot.keyClick(window.request_panel.prompt, Qt.Key.Key_Return, CTRL | SHIFT)
    application.session.next.change(prompt="last")
    qtbot.keyClick(window.request_panel.prompt, Qt.Key.Key_Return, CTRL)
    assert waiting(application) == ["first", "two", "last"]
    assert window.bottom.status.queue.text() == "Queue 3"
    assert window.bottom.status.queue.isVisible()
    go_on(engine)
    qtbot.waitUntil(lambda: idle(application) and not application.queue.waiting, timeout=20_000)
    assert drawn(engine) == ["one", "first", "two", "last"]
    assert {turn for _, turn in turns(application)} == {Turn.DONE}
    seeds = [request.seed for request in engine.requests]
    assert len(set(seeds)) == 4
    assert application.session.document.request == engine.requests[-1]


def test_four_seeds_are_four_pictures_in_a_row(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    application.session.next.change(size=Size(128, 128), seed=7)
    application.window.actions_by_name["batch_4"].trigger()
    qtbot.waitUntil(lambda: len(engine.requests) == 4 and idle(application), timeout=20_000)
    assert [request.seed for request in engine.requests] == [7, 8, 9, 10]
    assert len({request.output for request in engine.requests}) == 4


def test_a_picture_that_fails_or_is_cancelled_stops_no_other(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(fault=NumericalError("The picture is not a number.", "Try float32."))
    application = drawing(open_window, qtbot, "cancelled", "failed", "drawn", engine=engine)
    engine.fault_at = lambda event: isinstance(event, PhaseFinished) and engine.requests[-1].prompt == "failed"
    engine.hold_at = lambda event: False
    application.session.cancel()
    qtbot.waitUntil(lambda: len(engine.requests) == 3 and idle(application), timeout=20_000)
    assert turns(application) == [("cancelled", Turn.CANCELLED), ("failed", Turn.FAILED), ("drawn", Turn.DONE)]
    assert application.queue.tickets[1].problem == "The picture is not a number. Try float32."
    message = application.session.messages.current
    assert message is not None
    assert message.text == "The picture is not a number."  # the next picture did not wipe it away
    application.queue.retry(application.queue.tickets[1].id)
    qtbot.waitUntil(lambda: len(engine.requests) == 4 and idle(application), timeout=20_000)


def test_a_full_disk_pauses_the_queue_until_somebody_resumes_it(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(fault=DiskFull("The disk is full.", "Free some space."))
    application = drawing(open_window, qtbot, "one", "two", engine=engine)
    engine.fault_at = lambda event: isinstance(event, PhaseFinished)
    go_on(engine)
    qtbot.waitUntil(lambda: idle(application) and application.queue.paused, timeout=10_000)
    assert turns(application) == [("one", Turn.FAILED), ("two", Turn.WAITING)]
    bar = application.window.bottom.messages
    assert bar.text.text() == "The disk is full. Free some space. The queue is paused."
    assert application.window.bottom.status.queue.text() == "Queue 1 · paused"
    engine.fault = None
    qtbot.mouseClick(bar.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(engine.requests) == 2 and idle(application), timeout=10_000)
    assert turns(application)[-1] == ("two", Turn.DONE)
    assert application.session.messages.current is None


def test_a_model_that_is_gone_pauses_the_queue(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", "two", "three", engine=engine)
    ticket = application.queue.waiting[0]
    lost = replace(ticket, request=replace(ticket.request, model=tmp_path / "gone"))
    application.queue._queue._tickets[1] = lost
    go_on(engine)
    qtbot.waitUntil(lambda: application.queue.paused and idle(application), timeout=10_000)
    assert turns(application) == [("one", Turn.DONE), ("two", Turn.FAILED), ("three", Turn.WAITING)]
    assert "gone" in application.window.bottom.messages.text.text()


def test_paused_the_picture_in_work_is_finished_and_no_other_begins(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", "two", engine=engine)
    panel = application.window.bottom.status.queue.panel
    panel.pause.click()
    go_on(engine)
    qtbot.waitUntil(lambda: idle(application), timeout=10_000)
    assert drawn(engine) == ["one"]
    panel.pause.click()
    qtbot.waitUntil(lambda: drawn(engine) == ["one", "two"] and idle(application), timeout=10_000)


def test_a_picture_that_waits_for_its_captions_is_not_taken_away(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", engine=engine)
    application.session.cancel()
    qtbot.waitUntil(lambda: idle(application))
    engine.held.clear()
    application.session.next.change(size=Size(256, 256), review_captions=True)
    application.queue.generate()
    qtbot.waitUntil(engine.held.is_set)
    application.session.next.change(prompt="two")
    application.queue.generate()
    go_on(engine)
    qtbot.waitUntil(lambda: application.session.document.waiting == 2 and idle(application), timeout=10_000)
    assert waiting(application) == ["two"]
    assert application.queue.paused
    assert application.session.messages.current is not None
    assert "waits for you" in application.session.messages.current.text
    assert [turn for _, turn in turns(application)] == [Turn.CANCELLED, Turn.STOPPED, Turn.WAITING]
    application.session.next.change(review_captions=False)
    application.session.picture_work.go_on()
    qtbot.waitUntil(lambda: idle(application), timeout=10_000)
    assert [turn for _, turn in turns(application)] == [Turn.CANCELLED, Turn.DONE, Turn.WAITING]


def test_all_that_waits_is_cleared_and_the_running_one_goes_on(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "zero", "one", "two", engine=engine)
    button = application.window.bottom.status.queue
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(button.panel.cancel_waiting, Qt.MouseButton.LeftButton)
    assert waiting(application) == []
    assert not button.panel.cancel_waiting.isEnabled()
    go_on(engine)
    qtbot.waitUntil(lambda: idle(application), timeout=10_000)
    assert turns(application) == [("one", Turn.CANCELLED), ("two", Turn.CANCELLED), ("zero", Turn.DONE)]
    application.queue.retry(application.queue.tickets[0].id)
    qtbot.waitUntil(lambda: drawn(engine) == ["zero", "one"] and idle(application), timeout=10_000)


def test_everything_is_cancelled_at_once(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "zero", "one", "two", engine=engine)
    qtbot.keyClick(application.window, Qt.Key.Key_X, CTRL | SHIFT)
    qtbot.waitUntil(lambda: idle(application))
    assert [turn for _, turn in turns(application)] == [Turn.CANCELLED] * 3
    assert drawn(engine) == ["zero"]
    actions = application.window.actions_by_name
    assert [actions[name].isEnabled() for name in ("cancel", "cancel_waiting", "cancel_all")] == [False] * 3


def test_a_picture_takes_the_place_of_all_others(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "zero", "one", "two", engine=engine)
    application.queue.pause()
    application.session.next.change(prompt="three")
    engine.hold_at = lambda event: False
    qtbot.keyClick(application.window, Qt.Key.Key_Return, CTRL | Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: drawn(engine) == ["zero", "three"] and idle(application), timeout=10_000)
    assert turns(application) == [
        ("one", Turn.CANCELLED), ("two", Turn.CANCELLED), ("zero", Turn.CANCELLED), ("three", Turn.DONE),
    ]  # fmt: skip


def test_the_list_reorders_retries_and_clears(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "zero", "one", "two", "three", engine=engine)
    button = application.window.bottom.status.queue
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    panel, tickets = button.panel, button.panel.list
    assert panel.isVisible()
    assert tickets.count() == 4
    tickets.setCurrentRow(3)
    qtbot.keyClick(tickets, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert waiting(application) == ["one", "three", "two"]
    assert tickets.model().moveRow(QModelIndex(), 1, QModelIndex(), 4)  # what a drag to the end does
    qtbot.waitUntil(lambda: waiting(application) == ["three", "two", "one"])
    tickets.setCurrentRow(2)
    qtbot.keyClick(tickets, Qt.Key.Key_Delete)
    assert waiting(application) == ["three", "one"]
    tickets.setCurrentRow(0)
    assert not panel.remove.isEnabled()  # it is being drawn
    application.queue.pause()
    application.session.cancel()
    qtbot.waitUntil(lambda: idle(application))
    panel.retry.click()
    assert waiting(application) == ["three", "one", "zero"]
    application.queue.clear_ended()
    assert tickets.count() == 3
    panel.hide()


def test_what_waits_is_drawn_at_the_next_start(open_window: OpenWindow, qtbot: QtBot, places: Places) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", "two", engine=engine)
    application.window.close()
    qtbot.mouseClick(application.window.bottom.messages.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: application._ended, timeout=10_000)
    assert drawn(engine) == ["one"]
    other = ScriptedEngine()
    again = open_window(other)
    qtbot.waitUntil(lambda: drawn(other) == ["two"] and idle(again), timeout=10_000)


def test_after_a_crash_the_queue_starts_paused_and_says_so(
    open_window: OpenWindow, qtbot: QtBot, places: Places
) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", "two", engine=engine)
    left = places.queue_file.read_bytes()
    application.session.cancel()
    application.shut_down()
    places.queue_file.write_bytes(left)  # as a program that was killed leaves it
    other = ScriptedEngine()
    again = open_window(other)
    assert turns(again) == [("one", Turn.INTERRUPTED), ("two", Turn.WAITING)]
    bar = again.window.bottom.messages
    assert bar.text.text() == "HiPrompt ended while it drew “one”. The queue is paused."
    assert again.window.bottom.status.queue.text() == "Queue 1 · paused"
    assert other.requests == []
    qtbot.mouseClick(bar.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: drawn(other) == ["one"] and idle(again), timeout=10_000)
    again.queue.resume()
    qtbot.waitUntil(lambda: drawn(other) == ["one", "two"] and idle(again), timeout=10_000)


def test_a_second_window_leaves_the_queue_of_the_first_alone(
    open_window: OpenWindow, qtbot: QtBot, places: Places
) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, "one", "two", engine=engine)
    left = places.queue_file.read_bytes()
    second = open_window()
    assert second.queue.tickets == ()
    second.session.next.change(size=Size(128, 128))
    second.queue.generate()
    qtbot.waitUntil(lambda: idle(second), timeout=10_000)
    assert places.queue_file.read_bytes() == left
    go_on(engine)
    qtbot.waitUntil(lambda: not application.queue.waiting and idle(application), timeout=10_000)


def test_a_disk_that_takes_no_queue_does_not_stop_a_picture(
    open_window: OpenWindow, qtbot: QtBot, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)

    def full(*_: object, **__: object) -> None:
        raise DiskFull("The disk is full.", "Free some space.")

    monkeypatch.setattr("hiprompt_desktop.job_queue.atomic_write", full)
    application.queue.generate()
    qtbot.waitUntil(lambda: len(engine.requests) == 1 and idle(application), timeout=10_000)
    assert application.session.document.complete
    monkeypatch.undo()
    assert JobQueue(places.queue_file).tickets == ()


def test_the_panel_opens_at_what_runs_and_its_key_closes_it(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine()
    application = drawing(open_window, qtbot, *map(str, range(14)), engine=engine)
    engine.held.clear()
    engine.hold_at = lambda event: isinstance(event, StepDone) and len(engine.requests) == 12
    engine.release.set()
    qtbot.waitUntil(lambda: len(engine.requests) == 12, timeout=20_000)
    engine.release.clear()
    qtbot.waitUntil(engine.held.is_set, timeout=20_000)
    panel = application.window.bottom.status.queue.panel
    qtbot.keyClick(application.window, Qt.Key.Key_Q)
    assert panel.isVisible()
    rows = panel.list
    running = next(n for n, ticket in enumerate(application.queue.tickets) if ticket.turn is Turn.RUNNING)
    assert running == 11
    assert rows.viewport().rect().contains(rows.visualItemRect(rows.item(running)))
    assert not rows.viewport().rect().intersects(rows.visualItemRect(rows.item(0)))
    application.queue.remove(application.queue.waiting[-1].id)
    assert rows.viewport().rect().contains(rows.visualItemRect(rows.item(running))), "a change scrolls nothing"
    qtbot.keyClick(rows, Qt.Key.Key_Q)
    assert not panel.isVisible()
    go_on(engine)
    qtbot.waitUntil(lambda: idle(application), timeout=10_000)
