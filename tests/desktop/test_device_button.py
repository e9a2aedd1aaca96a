"""How this machine computes is chosen in the bottom line, and holds for pictures, forecasts and the next start."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import ModelLoading
from hiprompt_core.rates import Rate, Rates
from hiprompt_desktop.app import Application
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, load_settings
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[[Session], None]

TWO = {"cuda:0": "NVIDIA H200", "cuda:1": "NVIDIA H100", "cpu": "cpu"}


def choose(application: Application, words: str) -> None:
    """As a click into the menu."""
    entry(application, words).trigger()


def entry(application: Application, words: str) -> QAction:
    menu = application.window.bottom.status.device.menu()
    menu.aboutToShow.emit()
    return next(action for action in menu.actions() if words in action.text())


def text(application: Application) -> str:
    return application.window.bottom.status.device.text()


def test_a_chosen_device_draws_the_next_picture_and_is_kept(
    open_window: OpenWindow, qtbot: QtBot, places: Places, draw: Draw
) -> None:
    engine = ScriptedEngine(devices=dict(TWO))
    application = open_window(engine)
    assert text(application) == "CUDA:0"
    assert entry(application, "Automatic: CUDA:0").isChecked()
    assert [action.text() for action in application.window.bottom.status.device.menu().actions()][1:4] == [
        "CUDA:0: NVIDIA H200",
        "CUDA:1: NVIDIA H100",
        "CPU",
    ]
    choose(application, "CUDA:1")
    choose(application, "(float16)")
    choose(application, "Compile")
    assert text(application) == "CUDA:1 · float16 · compiled"
    assert "NVIDIA H100" in application.window.bottom.status.device.toolTip()
    draw(application.session)
    (request,) = engine.requests
    assert (request.device, request.precision, request.compiled) == ("cuda:1", "float16", True)
    qtbot.waitUntil(lambda: engine.prepared[-1].device == "cuda:1" and engine.prepared[-1].precision == "float16")
    application.save()
    kept = load_settings(places.settings_file)
    assert (kept.device, kept.precision, kept.compiled) == ("cuda:1", "float16", True)
    application.shut_down()
    again = open_window(ScriptedEngine(devices=dict(TWO)))
    assert text(again) == "CUDA:1 · float16 · compiled"
    assert not again.session.next.steps.canUndo()  # it belongs to the machine, not to what is asked for


def test_several_seeds_and_branches_are_drawn_as_chosen(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session = application.session
    draw(session)
    choose(application, "CPU")
    assert [request.device for request in session.next.requests(2)] == ["cpu", "cpu"]
    session.show_phase(2)
    session.picture_work.branch_off()
    qtbot.waitUntil(lambda: not session.busy, timeout=20_000)
    assert [request.device for request in engine.requests] == ["auto", "cpu"]


def test_a_forecast_is_of_the_chosen_device(open_window: OpenWindow, qtbot: QtBot) -> None:
    rates = Rates(
        evaluations={1: Rate(seconds=1, units=100, samples=5)},
        captions=Rate(seconds=1, units=2, samples=2),
        pixels={"decode": Rate(units=1, samples=1)},
    )
    engine = ScriptedEngine(devices=dict(TWO), small=True, rates=rates)
    application = open_window(engine)
    plan = application.window.request_panel.plan
    qtbot.waitUntil(lambda: "≈" in plan.text(), timeout=20_000)
    machine, drawn = application.session.next.machine, application.session.next.forecast.request
    engine.hold_at = lambda event: isinstance(event, ModelLoading)  # of the next measurement
    choose(application, "CUDA:1")
    assert "≈" not in plan.text()  # what another card needs says nothing
    assert drawn is not None
    assert machine.rates(drawn).evaluations  # but the patches of a picture are drawn again where it was drawn
    engine.release.set()
    qtbot.waitUntil(lambda: "≈" in plan.text(), timeout=20_000)
    assert len(engine.measured) == 2
    choose(application, "Automatic: ")
    assert "≈" in plan.text()


def test_a_device_that_went_away_is_told_and_the_best_one_draws(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window(ScriptedEngine(devices=dict(TWO)))
    choose(application, "CUDA:1")
    application.save()
    application.shut_down()
    engine = ScriptedEngine(devices={"cpu": "cpu"})
    again = open_window(engine)
    message = again.session.messages.current
    assert message is not None
    assert "cuda:1 is not here any more" in message.text
    assert text(again) == "CPU"
    draw(again.session)
    assert engine.requests[0].device == "auto"


def test_a_precision_that_the_device_lacks_is_said_before_the_wait(open_window: OpenWindow) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    refuse = engine.place

    def place(device: str, precision: str) -> object:
        if precision == "float8":
            raise InvalidRequest("Apple's GPUs have no numbers of eight bits (float8).", "Use float16 or auto.")
        return refuse(device, precision)  # type: ignore[arg-type]

    application.session.next.machine.look = place  # type: ignore[assignment]
    choose(application, "(float8)")
    assert "no numbers of eight bits" in application.window.request_panel.plan.text()
    choose(application, "Automatic precision")
    assert "eight bits" not in application.window.request_panel.plan.text()


def test_an_action_opens_the_choice(open_window: OpenWindow) -> None:
    application = open_window()
    menu = application.window.bottom.status.device.menu()
    application.window.actions_by_name["computing"].trigger()
    assert menu.isVisible()
    assert "32 bits (float32)" in [action.text() for action in menu.actions()]
    menu.close()
