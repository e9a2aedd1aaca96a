"""Earlier pictures: listed, opened again, recalled, starred and thrown away, through the real window."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import OutputError
from hiprompt_core.events import StepDone
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.options import PRESETS
from hiprompt_desktop.app import Application
from hiprompt_desktop.history_files import read_history, read_stars, read_thumbnail, write_stars
from hiprompt_desktop.opened_picture import read_picture
from hiprompt_desktop.panels.history_list import star_rect
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.settings import Places
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_window import Draw, captions_shown, message, status
from tests.run_folders import make_run

SIZE = Size(192, 256)


@pytest.fixture
def pictures(places: Places) -> Path:
    """Three pictures, the fox the newest."""
    for age, (name, prompt, versions) in enumerate(
        [("fox", "a fox, a meadow", 3), ("wolf", "a wolf, a meadow", 1), ("ship", "a ship at sea", 1)]
    ):
        make_run(places.pictures / name, phases=2, versions=versions, prompt=prompt, seed=100 + age, size=SIZE)
        for file in (places.pictures / name).glob("*.png"):
            os.utime(file, (time.time() - 1000 * (age + 1),) * 2)
    return places.pictures


def opened(open_window: OpenWindow, qtbot: QtBot, engine: ScriptedEngine | None = None) -> Application:
    application = open_window(engine)
    qtbot.waitUntil(lambda: len(application.library.history.entries) == 3)
    return application


def names(application: Application) -> list[str]:
    model = application.window.history_strip.model
    return [model.entry(row).folder.name for row in range(model.rowCount())]


def place(application: Application, row: int) -> QPoint:
    strip = application.window.history_strip.list
    return strip.visualRect(strip.model().index(row)).center()


# Files


def test_the_newest_picture_comes_first_and_damage_is_left_out(pictures: Path) -> None:
    (pictures / "exports").mkdir()
    (pictures / "half").mkdir()
    (pictures / "half" / "request.json").write_text("{}")
    shutil.copytree(pictures / "ship", pictures / "broken")
    (pictures / "broken" / "request.json").write_text("{")
    for file in (pictures / "broken").glob("*.png"):
        file.write_bytes(b"")
    entries = read_history(pictures)
    assert [entry.folder.name for entry in entries] == ["fox", "wolf", "ship"]
    assert entries[0].picture.name == "phase-2-256x192-v3.png"
    assert (entries[0].prompt, entries[0].seed, entries[0].size) == ("a fox, a meadow", 100, SIZE)
    assert read_history(pictures / "nowhere") == ()


def test_a_lost_request_is_read_from_the_picture(pictures: Path) -> None:
    (pictures / "fox" / "request.json").unlink()
    assert read_history(pictures)[0].prompt == "a fox, a meadow"


def test_the_smallest_phase_that_is_large_enough_makes_the_small_copy(tmp_path: Path) -> None:
    make_run(tmp_path / "a", phases=3, size=Size(512, 640))
    make_run(tmp_path / "b", phases=1, size=Size(96, 96))
    entries = {entry.folder.name: entry for entry in read_history(tmp_path)}
    assert entries["a"].small.name == "phase-1-160x128.png"
    assert entries["b"].small.name == "phase-1-96x96.png"
    image = read_thumbnail(entries["a"].small)
    assert (image.width(), image.height()) == (144, 115)


def test_stars_survive_the_file_and_damage_is_no_star(tmp_path: Path) -> None:
    assert read_stars(tmp_path) == frozenset()
    write_stars(tmp_path, frozenset({"b", "a"}))
    assert read_stars(tmp_path) == {"a", "b"}
    for content in ("", "[]", '{"starred": 3}', '{"starred": [3]}'):
        (tmp_path / "stars.json").write_text(content)
        assert read_stars(tmp_path) == frozenset()


def test_a_picture_is_read_with_its_newest_versions(pictures: Path) -> None:
    found = read_picture(pictures / "fox")
    last = found.phases[2]
    assert last.path == pictures / "fox" / "phase-2-256x192-v3.png"
    assert last.caption(0) == "changed 3"
    assert last.captions[0].described == "part 0"
    assert [caption.edited for caption in last.captions[:3]] == [True, False, False]
    assert found.pyramids[1].size == Size(96, 128)
    assert found.phase_count == 2


def test_a_damaged_phase_is_left_out_and_nothing_left_is_an_error(pictures: Path) -> None:
    (pictures / "wolf" / "phase-2-256x192.png").write_bytes(b"")
    assert list(read_picture(pictures / "wolf").phases) == [1]
    (pictures / "wolf" / "phase-1-128x96.png").write_bytes(b"")
    with pytest.raises(OutputError, match="is not a PNG file or is damaged"):
        read_picture(pictures / "wolf")


# The strip


def test_the_strip_invites_until_there_is_a_picture(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> None:
    application = open_window()
    strip = application.window.history_strip
    assert strip.empty.text() == "Your pictures will be listed here."
    assert strip.empty.isVisible()
    draw(application.session)
    qtbot.waitUntil(strip.list.isVisible)
    assert not strip.empty.isVisible()
    assert strip.model.entry(0).folder == application.session.document.folder


def test_a_click_opens_a_picture_with_phases_and_captions(
    open_window: OpenWindow, qtbot: QtBot, pictures: Path
) -> None:
    application = opened(open_window, qtbot)
    window = application.window
    assert names(application) == ["fox", "wolf", "ship"]
    qtbot.mouseClick(window.history_strip.list.viewport(), Qt.MouseButton.LeftButton, pos=place(application, 0))
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert window.view._size == SIZE
    assert captions_shown(application)[:2] == ["changed 3", "part 1"]
    dots = window.picture_panel.strip.dots
    assert [dot.finished for dot in dots] == [True, True]
    assert [dot.text() for dot in dots] == ["128", "256"]
    qtbot.mouseClick(dots[0], Qt.MouseButton.LeftButton)
    assert window.view._size == Size(96, 128)
    assert not window.picture_panel.invitation.isVisible()


def test_an_opened_picture_can_be_worked_on(open_window: OpenWindow, qtbot: QtBot, draw: Draw) -> None:
    """As after a restart: the window that drew it is another one."""
    engine = ScriptedEngine()
    application = open_window(engine)
    draw(application.session)
    folder = application.session.document.folder
    assert folder is not None
    application.session.close_picture()
    assert application.window.picture_panel.invitation.isVisible()
    application.library.recaller.open(folder)
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    session = application.session
    session.select(3)
    session.edits.write([3], "a red kite")
    session.undo_stack.undo()
    session.undo_stack.redo()
    with qtbot.waitSignal(session.picture_finished):
        session.patch_work.regenerate(Redrawing(strength=0.5, seed=1))
    assert engine.requests[-1].captions == {3: "a red kite"}
    assert engine.requests[-1].source == folder
    assert (folder / "phase-3-512x512-v2.png").exists()
    before = session.document
    application.library.recaller.open(folder)
    qtbot.waitUntil(lambda: session.document is not before)
    phase = session.document.phases[3]
    assert phase.caption(3) == "a red kite"
    assert phase.captions[3].edited
    assert session.undo_stack.count() == 2


def test_edits_wait_while_another_picture_is_looked_at(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    application = opened(open_window, qtbot)
    session = application.session
    for name in ("fox", "wolf", "fox"):
        application.library.recaller.open(pictures / name)
        qtbot.waitUntil(lambda name=name: session.document.folder == pictures / name)
        if name == "fox" and not captions_shown(application)[1].startswith("a"):
            session.edits.write([1], "a kite")
    assert captions_shown(application)[:3] == ["changed 3", "a kite", "part 2"]
    session.undo_stack.undo()
    assert captions_shown(application)[1] == "part 1"


def test_of_two_quick_clicks_the_last_one_counts(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    application = opened(open_window, qtbot)
    seen = []
    application.session.phases_changed.connect(lambda: seen.append(application.session.document.folder))
    for name in ("fox", "wolf"):
        application.library.recaller.open(pictures / name)
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert set(seen) == {pictures / "wolf"}


def test_nothing_is_opened_over_a_picture_in_the_making(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone))
    application = opened(open_window, qtbot, engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    folder = application.session.document.folder
    application.library.recaller.open(pictures / "fox")
    qtbot.waitUntil(lambda: message(application) != "")
    assert message(application) == "A picture is being drawn. Open the other one when it is finished."
    assert application.session.document.folder == folder


def test_search_and_stars_narrow_the_strip(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    application = opened(open_window, qtbot)
    strip = application.window.history_strip
    for words, found in (("MEADOW", ["fox", "wolf"]), ("meadow fox", ["fox"]), ("102", ["ship"]), ("cat", [])):
        strip.search.setText(words)
        assert names(application) == found
    assert strip.empty.text() == "No picture is like that."
    assert strip.empty.isVisible()
    strip.search.clear()
    corner = star_rect(strip.list.visualRect(strip.model.index(1))).center()
    qtbot.mouseClick(strip.list.viewport(), Qt.MouseButton.LeftButton, pos=corner)
    assert read_stars(pictures) == {"wolf"}
    assert application.session.easel.pyramid is None  # a click on the star does not open
    strip.starred.click()
    assert names(application) == ["wolf"]
    strip.starred.click()
    strip.list.setCurrentIndex(strip.model.index(1))
    qtbot.keyClick(strip.list, Qt.Key.Key_S)
    assert read_stars(pictures) == frozenset()


def test_stars_are_there_after_a_restart(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    write_stars(pictures, frozenset({"ship", "gone"}))
    application = opened(open_window, qtbot)
    history = application.library.history
    assert [history.is_starred(entry) for entry in history.entries] == [False, False, True]
    history.toggle_star(history.entries[0])
    assert read_stars(pictures) == {"fox", "ship"}


def test_a_star_that_cannot_be_kept_is_said(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    (pictures / "stars.json").mkdir()
    application = opened(open_window, qtbot)
    history = application.library.history
    history.toggle_star(history.entries[0])
    assert "stars.json cannot be written" in message(application)
    assert not history.is_starred(history.entries[0])


def test_small_copies_appear(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    (pictures / "wolf" / "phase-2-256x192.png").write_bytes(b"")
    application = opened(open_window, qtbot)
    history = application.library.history
    entries = {entry.folder.name: entry for entry in history.entries}
    application.window.grab()
    qtbot.waitUntil(lambda: None not in (history.thumbnail(entries["fox"]), history.thumbnail(entries["ship"])))
    assert history.thumbnail(entries["wolf"]) is None


def menu_texts(application: Application, row: int) -> dict[str, object]:
    strip = application.window.history_strip
    menu = strip.menu(strip.model.entry(row))
    return {action.text().replace("&", ""): action for action in menu.actions() if action.text()}


def test_the_menu_recalls(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    application = opened(open_window, qtbot)
    session = application.session
    menu = menu_texts(application, 1)
    assert list(menu) == [
        "Open", "Use prompt", "Use seed", "Use everything", "Star", "Show in folder", "Move to trash",
        "Keep only starred…",
    ]  # fmt: skip
    menu["Use prompt"].trigger()
    qtbot.waitUntil(lambda: session.next.wish.prompt == "a wolf, a meadow")
    assert session.next.wish.seed != 101
    menu["Use seed"].trigger()
    qtbot.waitUntil(lambda: session.next.wish.seed == 101)
    assert session.next.wish.size != SIZE
    menu["Use everything"].trigger()
    qtbot.waitUntil(lambda: session.next.wish.size == SIZE)
    assert session.next.wish.preset == "balanced"
    assert session.next.wish.captioner == demo_captioner()  # the one of the picture does not exist here
    assert application.window.request_panel.prompt.toPlainText() == "a wolf, a meadow"


def test_everything_includes_preset_and_the_wish_for_no_captions(
    open_window: OpenWindow, qtbot: QtBot, places: Places
) -> None:
    options = PRESETS["demofusion"]
    make_run(places.pictures / "x", prompt="x", size=SIZE, options=options, captioner=None)
    application = open_window()
    history = application.library.history
    qtbot.waitUntil(lambda: len(history.entries) == 1)
    menu_texts(application, 0)["Use everything"].trigger()
    qtbot.waitUntil(lambda: application.session.next.wish.prompt == "x")
    assert application.session.next.wish.preset == "demofusion"
    assert application.session.next.wish.request(Path()).options == options


# The trash


def test_delete_moves_to_the_trash_without_a_question(
    open_window: OpenWindow, qtbot: QtBot, pictures: Path, tmp_path: Path
) -> None:
    application = opened(open_window, qtbot)
    application.library.history._trash = lambda folder: shutil.move(folder, tmp_path / "trash")
    application.library.recaller.open(pictures / "fox")
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    strip = application.window.history_strip.list
    strip.setCurrentIndex(strip.model().index(0))
    qtbot.keyClick(strip, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(application) == ["wolf", "ship"])
    assert (tmp_path / "trash" / "request.json").exists()
    assert application.session.messages.note == "“fox” is in the system's trash now; it can be restored from there."
    assert application.session.document.folder is None
    assert application.window.picture_panel.invitation.isVisible()


def test_a_star_keeps_a_picture_until_somebody_insists(
    open_window: OpenWindow, qtbot: QtBot, pictures: Path, tmp_path: Path
) -> None:
    application = opened(open_window, qtbot)
    history, bar = application.library.history, application.window.bottom.messages
    history._trash = lambda folder: shutil.move(folder, tmp_path / folder.name)
    history.toggle_star(history.entries[1])
    menu_texts(application, 1)["Move to trash"].trigger()
    assert message(application) == "“wolf” has a star, and what has a star is kept."
    assert names(application) == ["fox", "wolf", "ship"]
    menu_texts(application, 1)["Keep only starred…"].trigger()
    assert message(application).endswith("to be moved to the trash: 2.")
    qtbot.mouseClick(bar.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(application) == ["wolf"])
    assert application.session.messages.note.startswith("2 pictures are in the system's trash")
    menu_texts(application, 0)["Move to trash"].trigger()
    qtbot.mouseClick(bar.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(application) == [])
    assert not bar.isVisible()
    assert sorted(path.name for path in pictures.iterdir() if path.is_dir()) == []


def test_only_what_is_listed_and_not_at_hand_is_moved(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    application = opened(open_window, qtbot)
    history, strip = application.library.history, application.window.history_strip
    moved: list[str] = []
    history._trash = lambda folder: moved.append(folder.name)
    application.library.recaller.open(pictures / "fox")
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    strip.search.setText("meadow")
    menu_texts(application, 0)["Keep only starred…"].trigger()
    qtbot.mouseClick(application.window.bottom.messages.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: moved == ["wolf"])


def test_a_trash_that_refuses_is_said_and_nothing_is_lost(
    open_window: OpenWindow, qtbot: QtBot, pictures: Path
) -> None:
    def refuse(folder: Path) -> None:
        raise OutputError(f"{folder} cannot be moved to the trash: no.", "Delete it in your file manager.")

    application = opened(open_window, qtbot)
    application.library.history._trash = refuse
    menu_texts(application, 0)["Move to trash"].trigger()
    qtbot.waitUntil(lambda: "cannot be moved to the trash" in message(application))
    assert names(application) == ["fox", "wolf", "ship"]


def test_a_picture_in_work_is_not_thrown_away(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, StepDone) and event.phase == 2)
    application = opened(open_window, qtbot, engine)
    application.session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set, timeout=10_000)
    application.library.history.refresh()
    qtbot.waitUntil(lambda: len(application.library.history.entries) == 4)
    application.library.history.throw_away(application.library.history.entries[0])
    assert message(application) == "This picture is being worked on. Cancel first."


def test_the_systems_trash_takes_a_picture(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("a trash of our own only on Linux")
    make_run(tmp_path / "home" / "fox")
    environment = os.environ | {"HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "home" / "data")}
    script = "import sys, pathlib; from hiprompt_core.trash import move_to_trash as m; m(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(tmp_path / "home" / "fox")]
    root = Path(__file__).parents[2]
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, check=False)
    assert run.returncode == 0, run.stderr
    assert not (tmp_path / "home" / "fox").exists()
    trashed = tmp_path / "home" / "data" / "Trash" / "files" / "fox"
    assert json.loads((trashed / "request.json").read_text())["seed"] == 3407


# The rest of the window


def test_h_and_only_the_picture_hide_the_strip(open_window: OpenWindow, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    actions = window.actions_by_name
    assert window.history_strip.isVisible()
    actions["only_picture"].trigger()
    assert not window.history_strip.isVisible()
    actions["only_picture"].trigger()
    actions["history"].trigger()
    assert not window.history_strip.isVisible()
    actions["only_picture"].trigger()
    actions["only_picture"].trigger()
    assert not window.history_strip.isVisible()
    assert not window.settings.show_history


def test_another_pictures_folder_has_another_history(
    open_window: OpenWindow, qtbot: QtBot, pictures: Path, tmp_path: Path
) -> None:
    application = opened(open_window, qtbot)
    make_run(tmp_path / "elsewhere" / "cat", prompt="a cat")
    application.window.picture_actions.set_folder(str(tmp_path / "elsewhere"))
    qtbot.waitUntil(lambda: names(application) == ["cat"])


def test_opening_a_picture_leaves_the_wish_alone(open_window: OpenWindow, qtbot: QtBot, pictures: Path) -> None:
    application = opened(open_window, qtbot)
    wish = application.session.next.wish
    application.library.recaller.open(pictures / "fox")
    assert status(application) == "Opening fox…"
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert application.session.next.wish == wish
    assert status(application) == "Ready"
    application.library.recaller.open(pictures / "nowhere")
    qtbot.waitUntil(lambda: "There is nothing at" in message(application))
    assert status(application) == "Ready"
