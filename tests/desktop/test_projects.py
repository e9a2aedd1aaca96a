"""Work that is never lost, in the real window: kept at once, brought back with its undo, told in words when damaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from hiprompt_core.events import StepDone
from hiprompt_core.metadata import BACKUP
from hiprompt_core.project import AUTOSAVE, HEAD, Project
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.app import Application
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.project_lock import LOCK, Holder, holder, release, take
from hiprompt_desktop.settings import Places
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine

Draw = Callable[..., None]
DEAD = {"pid": 2**22 + 1, "started": 1.0}
"""No process has this number."""


def worked_on(open_window: OpenWindow, qtbot: QtBot, draw: Draw, engine: ScriptedEngine | None = None) -> Application:
    """A picture whose caption 3 says "a red kite", whose patch 3 was drawn again, and whose last step is undone."""
    application = open_window(engine or ScriptedEngine())
    session = application.session
    draw(session)
    session.select(3)
    session.edits.write([3], "a red kite")
    with qtbot.waitSignal(session.picture_finished):
        session.patch_work.regenerate(Redrawing(strength=0.5, seed=1))
    session.edits.write([4], "a pond")
    session.undo_stack.undo()
    return application


def kept(application: Application, qtbot: QtBot) -> Project:
    """The open project, once everything is in it."""
    application.library.keeper.keep()
    qtbot.waitUntil(lambda: not application.library.keeper._waiting)
    facts = application.library.keeper.facts
    assert application.library.keeper._last is not None, message(application)
    assert facts is not None
    return Project.open(facts.path)


def caption(application: Application, patch: int) -> str | None:
    phase = application.session.document.shown_phase
    assert phase is not None
    return phase.caption(patch)


def picture_name(application: Application) -> str:
    phase = application.session.document.shown_phase
    assert phase is not None
    assert phase.path is not None
    return phase.path.name


def reopened(open_window: OpenWindow, qtbot: QtBot, engine: ScriptedEngine | None = None) -> Application:
    application = open_window(engine or ScriptedEngine())
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    return application


def check_undo_works_on(application: Application) -> None:
    """What ``worked_on`` left: two steps done, one to redo."""
    stack = application.session.undo_stack
    actions = application.window.actions_by_name
    assert (stack.count(), stack.index()) == (3, 2)
    assert picture_name(application).endswith("-v2.png")
    assert caption(application, 4) != "a pond"
    actions["redo"].trigger()
    assert caption(application, 4) == "a pond"
    for _ in range(2):
        actions["undo"].trigger()
    assert not picture_name(application).endswith("-v2.png")
    assert caption(application, 3) == "a red kite"
    actions["undo"].trigger()
    assert caption(application, 3) != "a red kite"
    assert not stack.canUndo()
    for _ in range(3):
        actions["redo"].trigger()
    assert picture_name(application).endswith("-v2.png")
    assert (caption(application, 3), caption(application, 4)) == ("a red kite", "a pond")
    stack.setIndex(2)


def choose(application: Application, path: Path) -> None:
    """Answer the file dialog that is open."""
    dialog = application.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()
    dialog.setParent(None)
    dialog.deleteLater()


def message(application: Application) -> str:
    told = application.session.messages.current
    return f"{told.text} {told.remedy}" if told is not None else ""


# Kept at once


def test_every_phase_edit_and_version_is_kept_at_once(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = worked_on(open_window, qtbot, draw)
    project = kept(application, qtbot)
    state = project.current.state
    assert list(state["phases"]) == ["1", "2", "3"]
    assert "phase-3-512x512-v2.png" in state["files"]
    assert (state["done"], project.damaged()) == (2, [])
    whats = [entry.what for _, entry in project.history()]
    assert {"Edit a caption", "Draw patches again"} <= set(whats)


def test_typing_is_kept_a_moment_later_and_as_one_step(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    application.library.keeper._timer.setInterval(20)
    draw(application.session)
    before = len(list(kept(application, qtbot).history()))
    for text in ("a", "a r", "a red kite"):
        application.session.edits.write([3], text, typing=True)
    facts = application.library.keeper.facts
    assert facts is not None
    qtbot.waitUntil(lambda: len(list(Project.open(facts.path).history())) == before + 1)
    application.library.keeper.keep()
    assert len(list(kept(application, qtbot).history())) == before + 1


def test_pictures_take_no_room_twice(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = worked_on(open_window, qtbot, draw)
    project = kept(application, qtbot)
    folder = application.session.document.folder
    assert folder is not None
    for name, content in project.current.state["files"].items():
        assert (folder / name).samefile(project.object_file(content))


def test_a_full_disk_is_told_and_what_could_not_be_kept_is_kept_later(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, places: Places
) -> None:
    places.state.mkdir(parents=True)
    (places.state / "projects").write_text("in the way")
    application = open_window()
    draw(application.session)
    qtbot.waitUntil(lambda: "projects" in message(application))
    assert application.session.messages.current is not None
    assert application.session.messages.current.tone is Tone.ERROR
    (places.state / "projects").unlink()
    application.session.edits.write([3], "a red kite")
    assert kept(application, qtbot).current.what == "Edit a caption"


# Brought back


def test_closing_and_reopening_brings_everything_back_with_undo(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    engine = ScriptedEngine()
    first = worked_on(open_window, qtbot, draw, engine)
    first.window.close()
    second = reopened(open_window, qtbot, engine)
    assert second.session.document.folder == first.session.document.folder
    check_undo_works_on(second)
    second.session.select(3)
    with qtbot.waitSignal(second.session.picture_finished):
        second.session.patch_work.regenerate(Redrawing(strength=0.5, seed=1))
    assert picture_name(second).endswith("-v3.png")


def test_the_last_edit_before_closing_is_kept(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    first = open_window()
    draw(first.session)
    first.session.edits.write([3], "a red kite")
    first.window.close()
    assert caption(reopened(open_window, qtbot), 3) == "a red kite"


def test_a_project_is_closed_with_its_window(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    path = kept(application, qtbot).path
    assert holder(path) is Holder.SELF
    application.window.close()
    assert holder(path) is Holder.NOBODY


def test_what_a_killed_process_left_is_offered_once(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    first = worked_on(open_window, qtbot, draw)
    path = kept(first, qtbot).path
    first.window.close()
    (path / LOCK).write_text(json.dumps(DEAD))
    second = open_window(ScriptedEngine())
    qtbot.waitUntil(lambda: "the picture from" in message(second))
    told = second.session.messages.current
    assert told is not None
    assert told.picture is not None
    assert max(told.picture.width(), told.picture.height()) == 96
    assert second.session.document.folder is None
    assert second.window.bottom.messages.sign.pixmap().height() == 48
    qtbot.mouseClick(second.window.bottom.messages.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: second.session.easel.pyramid is not None)
    assert second.session.messages.current is None
    check_undo_works_on(second)


def test_what_the_queue_says_about_the_same_end_stays(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    path = kept(application, qtbot).path
    application.window.actions_by_name["new"].trigger()
    qtbot.waitUntil(lambda: holder(path) is Holder.NOBODY)
    (path / LOCK).write_text(json.dumps(DEAD))
    resume = Offer(text="Resume the queue", act=lambda: None)
    ended = Message(tone=Tone.WARNING, text="It ended.", remedy="It is paused.", offers=(resume,))
    application.session.messages.tell(lambda: ended)
    application.library.keeper.begin(None)
    qtbot.waitUntil(lambda: "the picture from" in message(application))
    assert message(application).startswith("It ended. It is paused. HiPrompt ended")
    told = application.session.messages.current
    assert told is not None
    assert [offer.text for offer in told.offers] == ["Resume the queue", "Open the picture"]


def test_a_picture_whose_folder_is_gone_is_made_anew(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    first = worked_on(open_window, qtbot, draw)
    folder = first.session.document.folder
    assert folder is not None
    first.window.close()
    before = {file.name: file.read_bytes() for file in folder.glob("phase-*")}
    folder.rename(folder.with_name("elsewhere"))
    second = reopened(open_window, qtbot)
    assert second.session.document.folder == folder
    assert {file.name: file.read_bytes() for file in folder.glob("phase-*")} == before
    assert RunFolder(folder).current(3).version == 2
    check_undo_works_on(second)


def test_a_picture_of_another_name_is_never_written_over(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    first = worked_on(open_window, qtbot, draw)
    folder = first.session.document.folder
    assert folder is not None
    first.window.close()
    folder.rename(folder.with_name("elsewhere"))
    folder.mkdir()
    (folder / "request.json").write_text("{}")
    second = reopened(open_window, qtbot)
    assert second.session.document.folder == folder.with_name(f"{folder.name}-2")
    assert [file.name for file in folder.iterdir()] == ["request.json"]
    check_undo_works_on(second)


# Damage


def test_a_damaged_project_of_the_user_is_told_in_words(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = worked_on(open_window, qtbot, draw)
    kept(application, qtbot)
    path = tmp_path / "fox.hiprompt"
    application.library.keeper.save_as(path)
    qtbot.waitUntil(lambda: application.window.windowTitle().startswith("fox[*]"))
    application.session.close_picture()
    qtbot.waitUntil(lambda: holder(path) is Holder.NOBODY)
    (path / HEAD).write_text("{}")
    (path / f"{HEAD}{BACKUP}").unlink()
    for damaged, words in (
        (path, "head.json is damaged. Restore the project from a copy"),
        (tmp_path / "nothing.hiprompt", "There is nothing at"),
    ):
        application.library.keeper.open(damaged)
        qtbot.waitUntil(lambda words=words: words in message(application))
        assert application.session.messages.current is not None
        assert application.session.messages.current.tone is Tone.ERROR
    assert application.session.document.folder is None


def test_a_picture_with_a_damaged_project_opens_without_undo_and_says_so(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    application = worked_on(open_window, qtbot, draw)
    project, folder = kept(application, qtbot), application.session.document.folder
    assert folder is not None
    application.session.close_picture()
    for name in (HEAD, f"{HEAD}{BACKUP}"):
        (project.path / name).write_text("nothing")
    application.library.keeper.open(folder)
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert "undo is not" in message(application)
    assert caption(application, 3) == "a red kite"
    application.session.edits.write([4], "a pond")
    assert kept(application, qtbot).current.what == "Edit a caption"
    assert any("damaged" in other.name for other in project.path.parent.iterdir())


def test_a_project_that_another_window_has_open_is_not_opened(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw
) -> None:
    application = open_window()
    draw(application.session)
    path, folder = kept(application, qtbot).path, application.session.document.folder
    assert folder is not None
    draw_other(application, draw)
    kept(application, qtbot)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        started = psutil.Process(other.pid).create_time()
        (path / LOCK).write_text(json.dumps({"pid": other.pid, "started": started}))
        application.library.keeper.open(folder)
        qtbot.waitUntil(lambda: "open in another window" in message(application))
        assert application.session.document.folder != folder
        assert other.stdin is not None
        other.stdin.close()


def draw_other(application: Application, draw: Draw) -> None:
    application.session.next.change(seed=7, seed_locked=True)
    draw(application.session)


# The menu File


def test_save_as_moves_the_work_to_the_users_place(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = worked_on(open_window, qtbot, draw)
    untitled = kept(application, qtbot).path
    application.window.actions_by_name["save_as"].trigger()
    choose(application, tmp_path / "my fox")
    qtbot.waitUntil(lambda: application.window.windowTitle() == "my fox[*] – HiPrompt Desktop")
    assert not untitled.exists()
    application.session.edits.write([5], "a hill")
    project = kept(application, qtbot)
    assert project.path == tmp_path / "my fox.hiprompt"
    assert (project.current.what, project.damaged()) == ("Edit a caption", [])
    application.session.undo_stack.undo()
    folder = application.session.document.folder
    assert folder is not None
    application.window.actions_by_name["new"].trigger()
    assert application.window.windowTitle() == "HiPrompt Desktop"
    application.library.recaller.open(folder)  # from the history, too
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert kept(application, qtbot).path == project.path
    application.window.actions_by_name["save_as"].trigger()
    choose(application, tmp_path / "my fox")
    qtbot.waitUntil(lambda: "exists already" in message(application))


# What the user saved, and what is kept beside it


def saved_as(application: Application, qtbot: QtBot, path: Path) -> None:
    kept(application, qtbot)
    application.library.keeper.save_as(path)
    qtbot.waitUntil(lambda: application.window.windowTitle().startswith(path.stem))


def captions_of(path: Path, patch: int) -> tuple[str | None, str | None]:
    """What a patch of phase 3 says now, and as it was saved."""
    project = Project.open(path)
    texts = []
    for entry in (project.current, project.saved):
        phase = json.loads(project.read(entry.state["phases"]["3"][0]))
        texts.append(phase["captions"][patch].get("text"))
    return texts[0], texts[1]


def killed(application: Application, path: Path) -> None:
    """Leave a project as a kill would: as it is now, held by nobody who lives."""
    copy = path.with_name("copy")
    shutil.copytree(path, copy)
    application.window.close()
    shutil.rmtree(path)
    copy.rename(path)
    (path / LOCK).write_text(json.dumps(DEAD))


def offer(application: Application, qtbot: QtBot, text: str) -> None:
    (button,) = [button for button in application.window.bottom.messages.offers if button.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_was_saved_stays_until_it_is_saved_again(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = worked_on(open_window, qtbot, draw)
    actions, path = application.window.actions_by_name, tmp_path / "fox.hiprompt"
    kept(application, qtbot)
    assert not actions["revert_project"].isEnabled()
    actions["save"].trigger()  # it has no place yet: it is asked for
    choose(application, path)
    qtbot.waitUntil(lambda: application.window.windowTitle().startswith("fox"))
    assert not application.window.isWindowModified()
    application.session.edits.write([3], "an owl")
    kept(application, qtbot)
    assert captions_of(path, 3) == ("an owl", "a red kite")
    assert application.window.isWindowModified()
    assert actions["revert_project"].isEnabled()
    application.session.undo_stack.undo()
    kept(application, qtbot)
    assert not application.window.isWindowModified()
    application.session.undo_stack.redo()
    actions["save"].trigger()
    qtbot.waitUntil(lambda: captions_of(path, 3) == ("an owl", "an owl"))
    qtbot.waitUntil(lambda: not actions["revert_project"].isEnabled())
    qtbot.waitUntil(lambda: "“fox” is saved" in application.session.messages.note)
    assert not application.window.isWindowModified()


def test_what_is_being_written_on_the_picture_is_saved_too(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = worked_on(open_window, qtbot, draw)
    path = tmp_path / "fox.hiprompt"
    saved_as(application, qtbot, path)
    editor = application.window.view.editor
    save = application.window.actions_by_name["save"].trigger
    for text, end in (("an owl", save), ("a cat", application.window.close)):
        editor.open(3)
        editor.setPlainText(text)
        end()
        qtbot.waitUntil(lambda text=text: captions_of(path, 3) == (text, text))


def test_another_picture_and_a_closed_window_save(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = worked_on(open_window, qtbot, draw)
    path = tmp_path / "fox.hiprompt"
    saved_as(application, qtbot, path)
    application.session.edits.write([3], "an owl")
    application.session.close_picture()
    qtbot.waitUntil(lambda: holder(path) is Holder.NOBODY)
    assert captions_of(path, 3) == ("an owl", "an owl")
    application.library.keeper.open(path)
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    application.session.edits.write([3], "a cat")
    application.window.close()
    assert captions_of(path, 3) == ("a cat", "a cat")


def killed_after_an_edit(open_window: OpenWindow, qtbot: QtBot, draw: Draw, path: Path) -> None:
    """A project in a place of the user's, whose patch 3 says "a red kite" as saved and "an owl" since."""
    application = worked_on(open_window, qtbot, draw)
    saved_as(application, qtbot, path)
    application.session.edits.write([3], "an owl")
    kept(application, qtbot)
    killed(application, path)


def test_after_a_kill_a_project_is_as_it_was_and_can_be_as_it_was_saved(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    path = tmp_path / "fox.hiprompt"
    killed_after_an_edit(open_window, qtbot, draw, path)
    second = open_window(ScriptedEngine())
    qtbot.waitUntil(lambda: "the picture from" in message(second))
    offer(second, qtbot, "Open the picture")
    qtbot.waitUntil(lambda: "without closing “fox”" in message(second))
    told = second.session.messages.current
    assert told is not None
    assert told.picture is not None
    assert caption(second, 3) == "an owl"
    assert captions_of(path, 3) == ("an owl", "a red kite")
    offer(second, qtbot, "Revert to saved")
    qtbot.waitUntil(lambda: "This is what you saved" in message(second))
    assert caption(second, 3) == "a red kite"
    check_undo_works_on(second)
    kept(second, qtbot)
    assert captions_of(path, 3) == ("a red kite", "a red kite")
    assert not second.window.isWindowModified()
    offer(second, qtbot, "Bring it back")
    qtbot.waitUntil(lambda: caption(second, 3) == "an owl")
    kept(second, qtbot)
    assert captions_of(path, 3) == ("an owl", "a red kite")
    assert second.session.messages.current is None
    second.window.actions_by_name["revert_project"].trigger()
    qtbot.waitUntil(lambda: caption(second, 3) == "a red kite")
    kept(second, qtbot)
    assert [name.partition(",")[0] for name in Project.open(path).snapshots] == ["Before reverting"] * 2


def test_save_as_elsewhere_leaves_the_first_place_as_it_was_saved(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = worked_on(open_window, qtbot, draw)
    fox, owl = tmp_path / "fox.hiprompt", tmp_path / "owl.hiprompt"
    saved_as(application, qtbot, fox)
    application.session.edits.write([3], "an owl")
    saved_as(application, qtbot, owl)
    assert captions_of(fox, 3) == ("a red kite", "a red kite")
    assert captions_of(owl, 3) == ("an owl", "an owl")
    assert (holder(fox), holder(owl)) == (Holder.NOBODY, Holder.SELF)


def test_a_damaged_autosave_is_told_and_what_was_saved_opens(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    path = tmp_path / "fox.hiprompt"
    killed_after_an_edit(open_window, qtbot, draw, path)
    for name in (AUTOSAVE, AUTOSAVE + BACKUP):
        (path / name).write_text("nothing")
    second = open_window(ScriptedEngine())
    qtbot.waitUntil(lambda: "the picture from" in message(second))
    offer(second, qtbot, "Open the picture")
    qtbot.waitUntil(lambda: "fox.hiprompt is damaged. This is what you had saved." in message(second))
    assert caption(second, 3) == "a red kite"


def test_a_new_picture_leaves_the_users_project_alone(
    open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path
) -> None:
    application = open_window()
    draw(application.session)
    kept(application, qtbot)
    application.library.keeper.save_as(tmp_path / "fox.hiprompt")
    qtbot.waitUntil(lambda: (tmp_path / "fox.hiprompt").exists())
    before = Project.open(tmp_path / "fox.hiprompt").current
    draw_other(application, draw)
    assert kept(application, qtbot).path.parent != tmp_path
    assert Project.open(tmp_path / "fox.hiprompt").current.state["phases"] == before.state["phases"]
    assert holder(tmp_path / "fox.hiprompt") is Holder.NOBODY


def test_a_snapshot_can_be_gone_back_to_and_nothing_is_lost(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    application = worked_on(open_window, qtbot, draw)
    window = application.window
    kept(application, qtbot)
    window.actions_by_name["snapshot"].trigger()
    row = window.bottom.messages.question
    assert row.field.hasFocus()
    assert row.field.selectedText() != ""  # when it is, for those who have no better name
    qtbot.keyClick(row.field, Qt.Key.Key_Escape)
    assert row.isHidden()
    assert not window.project_actions.snapshots.menuAction().isEnabled()
    window.actions_by_name["snapshot"].trigger()
    qtbot.keyClicks(row.field, "before the owl")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    assert row.isHidden()
    qtbot.waitUntil(lambda: window.project_actions.snapshots.menuAction().isEnabled())
    application.session.edits.write([3], "an owl")
    before = application.session.document
    window.project_actions.snapshots.aboutToShow.emit()
    entry = window.project_actions.snapshots.actions()[0]
    assert entry.text() == "before the owl"
    entry.trigger()
    qtbot.waitUntil(lambda: application.session.document is not before)
    assert caption(application, 3) == "a red kite"
    check_undo_works_on(application)
    assert "Edit a caption" in [entry.what for _, entry in kept(application, qtbot).history()]


def test_a_project_travels_as_one_zip_file(open_window: OpenWindow, qtbot: QtBot, draw: Draw, tmp_path: Path) -> None:
    application = worked_on(open_window, qtbot, draw)
    kept(application, qtbot)
    application.window.actions_by_name["export_project"].trigger()
    choose(application, tmp_path / "fox.zip")
    qtbot.waitUntil((tmp_path / "fox.zip").exists)
    folder = application.session.document.folder
    assert folder is not None
    application.session.close_picture()
    qtbot.waitUntil(lambda: not application.library.keeper._waiting)
    folder.rename(folder.with_name("elsewhere"))
    application.session.next.change(prompt="something else")
    application.window.actions_by_name["import_project"].trigger()
    choose(application, tmp_path / "fox.zip")
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert application.session.next.wish.prompt != "something else"
    assert kept(application, qtbot).path == tmp_path / "fox.hiprompt"
    check_undo_works_on(application)


def test_nothing_of_projects_is_offered_without_a_picture_or_while_drawing(
    open_window: OpenWindow, qtbot: QtBot
) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 2)
    application = open_window(engine)
    actions = application.window.actions_by_name
    names = ("new", "open_project", "save", "save_as", "snapshot", "export_project", "import_project")
    assert [actions[name].isEnabled() for name in names] == [False, True, False, False, False, False, True]
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    qtbot.waitUntil(lambda: actions["snapshot"].isEnabled())  # the first phase is kept
    assert [actions[name].isEnabled() for name in names] == [False, False, True, True, True, True, False]
    engine.release.set()
    qtbot.waitUntil(lambda: not application.session.busy)
    assert actions["new"].isEnabled()


def test_locks_are_of_living_processes(tmp_path: Path) -> None:
    assert holder(tmp_path) is Holder.NOBODY
    take(tmp_path)
    assert holder(tmp_path) is Holder.SELF
    release(tmp_path)
    assert holder(tmp_path) is Holder.NOBODY
    for text in (json.dumps(DEAD), "nothing", "[]"):
        (tmp_path / LOCK).write_text(text)
        assert holder(tmp_path) is Holder.DEAD
