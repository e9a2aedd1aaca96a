"""Undo and redo of everything that the left panel says, together with what was done to the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hiprompt_core.events import StepDone
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_model
from hiprompt_core.request import Additions, ControlNet
from hiprompt_desktop import commands
from hiprompt_desktop.app import Application
from hiprompt_desktop.document import Wish
from hiprompt_desktop.next_picture import NextPicture
from hiprompt_desktop.settings import Places
from hiprompt_desktop.wish_steps import MOST, read_wish_steps, write_wish_steps
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
WISH = Wish(prompt="a fox", size=Size(128, 128), model=demo_model(), captioner=None)
OTHER: dict[str, Any] = {
    "prompt": "an owl, 枭",
    "negative_prompt": "blur",
    "size": Size(256, 512),
    "preset": "fast",
    "strength": 0.4,
    "seed": 5,
    "seed_locked": True,
    "review_captions": True,
    "model": Path("/models/ink"),
    "captioner": Path("/models/llava"),
    "additions": Additions(loras={Path("/loras/b"): 1.0, Path("/loras/a"): 0.5}),
    "controlnet": ControlNet(path=Path("/models/tile")),
    "upscaler": Path("/models/esrgan"),
    "captioner_precision": "int8",
    "caption_source": "attention",
    "question": "What is it?",
    "style": "gouache",
    "styles_file": Path("/styles.csv"),
    "wildcards": Path("/words"),
    "base_image": Path("/photo.jpg"),
    "base_size": Size(60, 80),
}


def wish(application: Application) -> Wish:
    return application.session.next.wish


def caption(application: Application, patch: int) -> str | None:
    phase = application.session.document.shown_phase
    assert phase is not None
    return phase.caption(patch)


@pytest.mark.parametrize("name", [field.name for field in fields(Wish)])
def test_every_field_of_the_wish_is_undone_and_redone_also_after_it_was_on_disk(
    qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    before = getattr(WISH, name)
    next_ = NextPicture(WISH, tmp_path)
    next_.change(**{name: OTHER[name]})
    assert next_.steps.count() == 1
    for _ in range(2):
        next_.steps.undo()
        assert next_.wish == WISH
        next_.steps.redo()
        assert getattr(next_.wish, name) == OTHER[name]
    write_wish_steps(tmp_path / "steps.json", [next_.steps.command(0).step], 1, next_.wish)
    again = NextPicture(next_.wish, tmp_path)
    again.restore(*read_wish_steps(tmp_path / "steps.json", next_.wish))
    again.steps.undo()
    assert getattr(again.wish, name) == before
    again.steps.redo()
    assert again.wish == next_.wish


def test_changes_that_follow_at_once_are_one_step_and_a_pause_begins_another(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(commands.time, "monotonic", lambda: now[0])
    next_ = NextPicture(WISH, tmp_path)
    for text, pause in (("a fox i", 0.0), ("a fox in", 1.9), ("a fox in snow", 3.0), ("a fox in snow!", 0.1)):
        now[0] += pause
        next_.change(prompt=text)
    next_.change(size=Size(256, 256))
    for seed in (1, 2):  # each throw of the dice can be taken back
        next_.change(seed=seed)
    assert [next_.steps.text(index) for index in range(next_.steps.count())] == [
        "Change the prompt", "Change the prompt", "Change the size", "Change the seed", "Change the seed",
    ]  # fmt: skip
    next_.steps.setIndex(1)
    assert next_.wish.prompt == "a fox in"
    now[0] += 3
    next_.change(prompt="a fox ")
    next_.change(prompt="a fox in")
    assert next_.steps.count() == 1  # nothing is left of it
    for text in ("an owl on a bough", "a pond", "a pond with 睡莲和荷花", "a pond with 睡莲", ""):
        next_.change(prompt=text)
    next_.steps.setIndex(2)
    assert next_.wish.prompt == "an owl on a bough"  # what replaces a text is a step of its own
    next_.steps.setIndex(3)
    assert next_.wish.prompt == "a pond"
    assert next_.steps.count() == 5


def test_the_window_takes_back_what_was_done_last_wherever_that_was(
    open_window: OpenWindow, qtbot: QtBot, draw: Callable[..., None]
) -> None:
    application = open_window()
    session, panel, view = application.session, application.window.request_panel, application.window.view
    draw(session)
    first = caption(application, 3)
    session.edits.write([3], "an owl")
    panel.size_field.width_box.setValue(256)
    panel.preset.setCurrentIndex(panel.preset.findData("fast"))
    panel.preset.activated.emit(panel.preset.currentIndex())
    panel.prompt.setFocus()
    panel.prompt.selectAll()
    qtbot.keyClicks(panel.prompt, "a cat")

    def state() -> tuple[object, ...]:
        return (
            caption(application, 3),
            wish(application).size.width,
            wish(application).preset,
            panel.prompt.toPlainText(),
        )

    sample = "a fox and a tree, a green meadow"
    states = [
        ("an owl", 256, "fast", "a cat"),
        ("an owl", 256, "fast", sample),
        ("an owl", 256, "balanced", sample),
        ("an owl", 512, "balanced", sample),
        (first, 512, "balanced", sample),
    ]
    assert state() == states[0]
    for place in (panel.prompt, view):  # the key means the same everywhere
        place.setFocus()
        for expected in states[1:]:
            QTest.keyClick(place, Qt.Key.Key_Z, CTRL)
            assert state() == expected
        assert session.messages.note == "Undone: Edit a caption"
        assert panel.size_field.width_box.value() == 512
        for expected in states[-2::-1]:
            QTest.keyClick(place, Qt.Key.Key_Z, CTRL | SHIFT)
            assert state() == expected
        assert session.messages.note == "Done again: Change the prompt"


def test_a_setting_leaves_redo_of_the_picture_and_a_new_picture_undo_of_settings(
    open_window: OpenWindow, qtbot: QtBot, draw: Callable[..., None]
) -> None:
    application = open_window()
    session, actions = application.session, application.window.actions_by_name
    session.next.change(preset="fast")
    draw(session)
    session.edits.write([3], "an owl")
    actions["undo"].trigger()
    session.next.change(review_captions=True)
    actions["redo"].trigger()
    assert caption(application, 3) == "an owl"
    session.next.change(review_captions=False, seed=11)
    draw(session)
    for _ in range(3):
        actions["undo"].trigger()
    assert (wish(application).preset, wish(application).review_captions) == ("balanced", False)
    assert not actions["undo"].isEnabled()


def test_while_drawing_settings_alone_are_undone(
    open_window: OpenWindow, qtbot: QtBot, draw: Callable[..., None]
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, actions = application.session, application.window.actions_by_name
    draw(session)
    session.next.change(preset="fast")
    session.edits.write([3], "an owl")
    session.select(3)
    engine.hold_at = lambda event: isinstance(event, StepDone)
    application.window.actions_by_name["regenerate"].trigger()
    qtbot.waitUntil(engine.held.is_set)
    actions["undo"].trigger()
    assert (wish(application).preset, caption(application, 3)) == ("balanced", "an owl")
    assert not actions["undo"].isEnabled()
    engine.release.set()
    qtbot.waitUntil(lambda: not session.busy)
    assert actions["undo"].isEnabled()


def test_steps_of_the_left_panel_survive_the_end_of_the_program(
    open_window: OpenWindow, qtbot: QtBot, places: Places
) -> None:
    first = open_window()
    first.session.next.change(prompt="an owl")
    first.session.next.change(preset="fast")
    first.window.actions_by_name["undo"].trigger()
    first.window.close()
    second = open_window()
    assert (wish(second).prompt, wish(second).preset) == ("an owl", "balanced")
    actions = second.window.actions_by_name
    actions["redo"].trigger()
    assert wish(second).preset == "fast"
    for _ in range(2):
        actions["undo"].trigger()
    assert wish(second).prompt == "a fox and a tree, a green meadow"
    second.window.close()
    for file in places.wish_steps_file.parent.glob("wish_steps.json*"):
        file.write_text('{"steps": [{"title": 3}], "done": 1}')
    assert not open_window().window.actions_by_name["undo"].isEnabled()


def test_the_newest_steps_are_kept(qtbot: QtBot, tmp_path: Path) -> None:
    next_ = NextPicture(WISH, tmp_path)
    for seed in range(MOST + 5):
        next_.change(seed=seed)
    steps = [next_.steps.command(index).step for index in range(next_.steps.count())]
    write_wish_steps(tmp_path / "steps.json", steps, len(steps) - 1, next_.wish)
    read, done = read_wish_steps(tmp_path / "steps.json", next_.wish)
    assert (read, done) == (tuple(steps[-MOST:]), MOST - 1)


def test_what_a_recall_replaces_comes_back(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    before = wish(application)
    application.session.next.change(prompt="an owl", seed=1, preset="fast", size=Size(256, 256))
    application.window.actions_by_name["undo"].trigger()
    assert wish(application) == before
    assert application.session.messages.note == "Undone: Change what is asked for"
