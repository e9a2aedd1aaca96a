"""Patches drawn again in the real window: one step of undo, on the canvas, in the captions and on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from hiprompt_core.events import PhaseFinished
from hiprompt_core.request import RegenerateRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.app import Application
from hiprompt_desktop.messages import Tone
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.pictures import Pictures
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.session import Session
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[..., None]


def draw_again(session: Session, qtbot: QtBot, *patches: int) -> None:
    session.selection.set(patches, patches[0])
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        session.patch_work.regenerate(Redrawing(strength=0.5, seed=1))


def colour(application: Application, patch: int) -> str:
    """What the canvas shows in the middle of a patch: red where it was drawn again."""
    phase, pyramid = application.session.document.shown_phase, application.session.easel.pyramid
    assert phase is not None
    assert pyramid is not None
    cell = phase.patches[patch].cell
    pixel = QColor(pyramid.levels[0].pixel((cell.left + cell.right) // 2, (cell.top + cell.bottom) // 2))
    return "red" if pixel == QColor("red") else "grey"


def version(session: Session) -> str:
    phase = session.document.shown_phase
    assert phase is not None
    assert phase.path is not None
    assert session.document.folder is not None
    assert RunFolder(session.document.folder).current(phase.number).path == phase.path
    return phase.path.stem.partition("-v")[2] or "1"


def test_drawing_again_is_one_step_that_can_be_undone_and_redone(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    application = open_window()
    session, actions = application.session, application.window.actions_by_name
    draw(session)
    draw_again(session, qtbot, 6, 7)
    for undo, shown in ((None, ("2", "red")), ("undo", ("1", "grey")), ("redo", ("2", "red")), ("undo", ("1", "grey"))):
        if undo is not None:
            actions[undo].trigger()
        assert (version(session), colour(application, 6)) == shown
    assert session.undo_stack.redoText() == "Draw patches again"


def test_what_is_drawn_next_starts_from_the_shown_version(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session = application.session
    draw(session)
    draw_again(session, qtbot, 6)
    session.undo_stack.undo()
    draw_again(session, qtbot, 8)
    assert isinstance(engine.requests[-1], RegenerateRequest)
    assert (engine.requests[-1].version, version(session)) == (1, "3")
    assert [colour(application, patch) for patch in (6, 8)] == ["grey", "red"]
    draw_again(session, qtbot, 6)
    assert [colour(application, patch) for patch in (6, 8)] == ["red", "red"]
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert version(session) == "1"


def test_undo_of_an_earlier_phase_makes_later_captions_fresh_again(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    application = open_window()
    session = application.session
    draw(session)
    last = session.document.phase_count
    assert last > 2
    session.show_phase(last - 1)
    draw_again(session, qtbot, 0)
    assert any(caption.stale for caption in session.document.phases[last].captions)
    session.undo_stack.undo()
    assert not any(caption.stale for caption in session.document.phases[last].captions)
    assert session.document.shown == last - 1


def test_a_version_that_left_memory_is_read_again(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    session = application.session
    draw(session)
    draw_again(session, qtbot, 6)
    session.easel._pictures.clear()
    with qtbot.waitSignal(session.easel.changed):
        session.undo_stack.undo()
        assert colour(application, 6) == "red"  # until the other is here
    assert colour(application, 6) == "grey"
    file = session.document.phases[session.document.phase_count].path
    assert file is not None
    RunFolder(file.parent).current(version=2).path.unlink()
    session.easel._pictures.clear()
    with qtbot.waitSignal(session.messages.changed):
        session.undo_stack.redo()
    assert session.messages.current is not None
    assert session.messages.current.tone is Tone.ERROR


def test_unneeded_pictures_leave_memory_the_longest_unused_first() -> None:
    def square(side: int) -> Pyramid:
        return Pyramid.of(Image.new("RGB", (side, side)))

    pictures = Pictures(spare=2 * 4 * 64 * 64)
    a, b, c, d = (Path(name) for name in "abcd")
    for path in (a, b, c):
        pictures.put(path, square(64), {c})
    pictures.get(a)
    pictures.put(d, square(64), {d})
    assert [path for path in (a, b, c, d) if pictures.get(path)] == [a, c, d]


def test_a_finished_phase_that_is_not_looked_at_leaves_the_canvas_alone(open_window: OpenWindow, qtbot: QtBot) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, PhaseFinished) and event.phase == 1)
    application = open_window(engine)
    session = application.session
    session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    qtbot.waitUntil(lambda: session.easel.phase == 1)
    session.show_phase(1)
    session._follow = False
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        engine.release.set()
    assert (session.document.shown, session.easel.phase) == (1, 1)
