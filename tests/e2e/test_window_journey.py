"""Journeys through the real window with the models that come along: real networks, real files, a real thread."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hiprompt_core.events import Event, OnEvent, StepDone
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_model
from hiprompt_core.prompt_syntax import plain_text
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.app import Application
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.pipeline_engine import PipelineEngine, load_engine
from hiprompt_desktop.progress import Activity
from hiprompt_desktop.settings import Places
from hiprompt_desktop.theme import apply_theme
from tests.desktop.test_drop import drop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
]
ROOT = Path(__file__).parents[2]
LONG = 240_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
KEYS = {"undo": (Qt.Key.Key_Z, CTRL), "redo": (Qt.Key.Key_Z, CTRL | SHIFT)}


@pytest.fixture
def application(qtbot: QtBot, tmp_path: Path) -> Iterator[Application]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, "light")
    places = Places.under(tmp_path / "user")
    application = Application(places, parse_arguments([]), load_engine, LogLocation(None))
    application.start()
    application.start_engine()
    qtbot.waitUntil(lambda: application.session.next.machine.device != "", timeout=LONG)
    yield application
    application.session.cancel()
    application.shut_down()
    assert not application.engine.running
    application.window._closing = True
    application.window.close()
    application.window.deleteLater()
    application.deleteLater()


def choose(application: Application, captions: bool, side: int = 512) -> None:
    panel = application.window.request_panel
    panel.preset.setCurrentIndex(panel.preset.findData("fast"))
    panel.preset.activated.emit(panel.preset.currentIndex())
    panel.strength.slider.setValue(25)  # a phase has steps enough to be cancelled between them
    for box in (panel.size_field.width_box, panel.size_field.height_box):
        box.setValue(side)
    if not captions:
        panel.captioner.chosen.emit(None)
    panel.seed.lock.setChecked(True)


def click_generate(application: Application, qtbot: QtBot) -> None:
    qtbot.mouseClick(application.window.request_panel.generate, Qt.MouseButton.LeftButton)
    assert application.session.busy


def wait_for_end(application: Application, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not application.session.busy, timeout=LONG)


def files(application: Application) -> list[str]:
    folder = application.session.document.folder
    assert folder is not None
    return sorted(path.name for path in folder.rglob("*.png"))


def error_shown(application: Application) -> str:
    bar = application.window.bottom.messages
    return bar.text.text() if bar.isVisible() else ""


def test_from_a_prompt_to_four_times_the_side_and_a_patch_drawn_again(application: Application, qtbot: QtBot) -> None:
    choose(application, captions=True, side=512)
    click_generate(application, qtbot)
    wait_for_end(application, qtbot)
    window, session = application.window, application.session
    assert "Saved in" in window.bottom.status.text.text(), error_shown(application)
    assert window.view._size == Size(512, 512)
    assert sorted(session.document.phases) == [1, 2, 3]
    model = window.captions_panel.model
    assert model.rowCount() == 25
    assert all(model.index(row).data() for row in range(25))
    assert len(files(application)) == 3
    before = session.document.phases[3].path
    assert before is not None
    with Image.open(before) as image:
        assert image.size == (512, 512)
        first = image.convert("RGB")

    session.select(12)
    editor = window.captions_panel.editor
    editor.text.selectAll()
    qtbot.keyClicks(editor.text, "a red balloon")
    qtbot.mouseClick(editor.redraw.button, Qt.MouseButton.LeftButton)
    wait_for_end(application, qtbot)
    assert "Drawn again" in window.bottom.status.text.text(), error_shown(application)
    after = session.document.phases[3].path
    assert after is not None
    assert after != before
    with Image.open(after) as image:
        second = image.convert("RGB")
    cell = session.document.phases[3].patches[12].cell
    assert first.crop((0, 0, 64, 64)).tobytes() == second.crop((0, 0, 64, 64)).tobytes()
    box = (cell.left, cell.top, cell.right, cell.bottom)
    assert first.crop(box).tobytes() != second.crop(box).tobytes()

    for name, path in (("undo", before), ("redo", after)):
        qtbot.keyClick(window.view, *KEYS[name])
        assert session.document.phases[3].path == path
    qtbot.keyClick(window.view, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: None not in window.view.compare.pictures, timeout=LONG)
    assert window.view.compare.on
    qtbot.keyClick(window.view, Qt.Key.Key_Escape)
    assert not window.view.compare.on

    window.picture_actions.show_export()
    dialog = window.picture_actions.export_dialog
    assert dialog is not None
    dialog.format.setCurrentIndex(dialog.format.findData("tiff"))
    qtbot.waitUntil(dialog.export_button.isEnabled)
    dialog.start()
    qtbot.waitUntil(lambda: window.picture_actions.export_dialog is None)
    exported = next((session.next.folder / "exports").iterdir())
    with Image.open(exported) as image:
        assert image.tobytes() == second.tobytes()

    session.close_picture()
    qtbot.waitUntil(lambda: len(application.library.history.entries) == 1)
    application.library.history.open(application.library.history.entries[0])
    qtbot.waitUntil(lambda: session.easel.pyramid is not None)
    assert session.document.phases[3].path == after
    assert session.document.phases[3].caption(12) == "a red balloon"
    assert session.document.phases[3].captions[12].edited


def test_cancel_in_each_phase_then_go_on_to_the_same_picture(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate, slow = PipelineEngine.generate, 0

    def slowly(engine: PipelineEngine, request: GenerationRequest, on_event: OnEvent) -> object:
        """Small pictures on a busy machine: a phase must not end before the key is pressed."""

        def after_a_while(event: Event) -> None:
            on_event(event)
            if isinstance(event, StepDone) and event.phase == slow:
                time.sleep(0.5)

        return generate(engine, request, after_a_while)

    choose(application, captions=False)
    monkeypatch.setattr(PipelineEngine, "generate", slowly)
    for phase in (1, 2, 3):
        slow = phase
        click_generate(application, qtbot)
        qtbot.waitUntil(
            lambda phase=phase: (
                application.session.progress.phase == phase
                and application.session.progress.activity is Activity.DRAWING
                and application.session.progress.phase_fraction < 0.9
            ),
            timeout=LONG,
        )
        qtbot.keyClick(application.window.view, Qt.Key.Key_Escape)
        wait_for_end(application, qtbot)
        assert application.window.bottom.status.text.text().startswith("Cancelled.")
        assert len(files(application)) == phase - 1
        assert error_shown(application) == ""
    monkeypatch.undo()
    click_generate(application, qtbot)
    wait_for_end(application, qtbot)
    assert application.window.view._size == Size(512, 512)
    assert len(files(application)) == 3


def test_closing_during_a_run_leaves_nothing_running(application: Application, qtbot: QtBot) -> None:
    choose(application, captions=False)
    click_generate(application, qtbot)
    qtbot.waitUntil(lambda: application.session.progress.phase == 2, timeout=LONG)
    window = application.window
    window.close()
    assert window.isVisible()
    with qtbot.waitSignal(window.closed, timeout=LONG):
        qtbot.mouseClick(window.bottom.messages.offers[0], Qt.MouseButton.LeftButton)
    assert not application.engine.running
    assert files(application) == files(application)[:1]


def test_a_model_that_was_not_copied_whole_is_told_in_words(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    broken = tmp_path / "broken_model"
    shutil.copytree(demo_model(), broken)
    weights = broken / "unet" / next(path.name for path in (broken / "unet").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1000])
    choose(application, captions=False)
    application.window.request_panel.model.on_path(str(broken))
    assert "was not copied whole" in application.window.request_panel.plan.text()
    qtbot.mouseClick(application.window.request_panel.generate, Qt.MouseButton.LeftButton)
    assert not application.session.busy
    assert "Copy or download it again." in error_shown(application)
    application.window.request_panel.model.chosen.emit(demo_model())
    assert "patches" in application.window.request_panel.plan.text()


def test_a_folder_that_cannot_be_written_is_told_in_words(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    choose(application, captions=False, side=256)
    application.window.picture_actions.set_folder(str(blocked))
    click_generate(application, qtbot)
    wait_for_end(application, qtbot)
    assert "blocked" in error_shown(application)
    application.window.picture_actions.set_folder(str(tmp_path / "fine"))
    click_generate(application, qtbot)
    wait_for_end(application, qtbot)
    assert error_shown(application) == ""
    assert len(files(application)) == 2


def test_a_sample_without_its_model_ends_in_words(tmp_path: Path) -> None:
    home = {name: str(tmp_path / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    run = subprocess.run(
        [sys.executable, "-m", "hiprompt_desktop", "--sample", str(tmp_path / "out"), "--captioner", "none",
         "--model", str(tmp_path / "nothing")],
        env=os.environ | home, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert run.returncode != 0
    assert "There is nothing at" in run.stderr
    assert not list((tmp_path / "out").rglob("*.png"))


def test_captions_come_from_the_words_of_the_prompt(application: Application, qtbot: QtBot) -> None:
    choose(application, captions=True, side=256)
    application.window.request_panel.captioner.chosen.emit("attention")
    application.session.next.change(prompt="a fox and a tree, a (green:1.2) meadow")
    click_generate(application, qtbot)
    wait_for_end(application, qtbot)
    assert "Saved in" in application.window.bottom.status.text.text(), error_shown(application)
    captions = application.session.document.phases[2].captions
    words = {word for caption in captions for word in plain_text(caption.text or "").replace(",", " ").split()}
    assert words & {"fox", "tree", "meadow"}
    assert words <= {"a", "fox", "and", "tree", "green", "meadow"}
    assert len({caption.text for caption in captions}) > 1


def test_a_dropped_picture_is_described_drawn_larger_and_exported(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(application, captions=True)
    photo = tmp_path / "photo.jpg"
    with Image.open(demo_picture(application, qtbot)) as image:
        image.convert("RGB").crop((0, 0, 200, 150)).save(photo)
    window, session = application.window, application.session
    session.next.change(prompt="")
    assert drop(window.view.viewport(), photo)
    qtbot.waitUntil(lambda: session.next.wish.base_image == photo, timeout=LONG)
    assert session.next.wish.size == Size(300, 400)
    click_generate(application, qtbot)
    qtbot.waitUntil(lambda: session.document.complete and not session.busy, timeout=LONG)
    assert session.next.wish.prompt != "", error_shown(application)
    assert session.document.phases[1].size == Size(150, 200)
    window.picture_actions.show_export()
    dialog = window.picture_actions.export_dialog
    assert dialog is not None
    dialog.format.setCurrentIndex(dialog.format.findData("jpeg"))
    qtbot.waitUntil(dialog.export_button.isEnabled)
    dialog.start()
    qtbot.waitUntil(lambda: window.picture_actions.export_dialog is None)
    exported = next((session.next.folder / "exports").iterdir())
    with Image.open(exported) as image:
        assert image.size == (400, 300)


def demo_picture(application: Application, qtbot: QtBot) -> Path:
    """A small picture of the demo model's world."""
    application.session.next.change(size=Size(256, 256))
    click_generate(application, qtbot)
    wait_for_end(application, qtbot)
    path = application.session.document.phases[2].path
    assert path is not None
    return path
