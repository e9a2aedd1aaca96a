"""The same picture under the prompt alone is drawn beside the one that is there, and both are compared."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from hiprompt_core.geometry import Size
from hiprompt_desktop.canvas.compare_bar import picture_name
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[..., None]


def test_both_are_compared_when_the_other_is_drawn(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, action = application.session, application.window.actions_by_name["counterfactual"]
    assert not action.isEnabled()
    session.next.change(size=Size(256, 256))
    draw(session)
    first, path = engine.requests[-1], session.document.phases[2].path
    assert action.isEnabled()
    action.trigger()
    qtbot.waitUntil(lambda: session.easel.comparison is not None, timeout=10_000)
    second, pair = engine.requests[-1], session.easel.comparison
    assert (second.seed, second.prompt, second.output != first.output) == (first.seed, first.prompt, True)
    assert (second.options.captions, second.captioner) == (False, None)
    assert pair is not None
    assert pair.b.path == path
    assert pair.a.path == session.document.phases[2].path
    assert [picture_name(one) for one in (pair.a, pair.b)] == ["The prompt alone", "With captions"]
    assert not action.isEnabled()  # there is nothing to leave out any more


def test_a_cancelled_one_compares_nothing(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    application.session.next.change(size=Size(256, 256))
    draw(application.session)
    engine.hold_at = lambda event: True
    application.window.actions_by_name["counterfactual"].trigger()
    qtbot.waitUntil(engine.held.is_set)
    application.session.cancel()
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy)
    assert application.session.easel.comparison is None
