"""A picture of the user's own is dropped, described, drawn larger and exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from hiprompt_core.events import CaptionerWorking, PhaseStarted
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.app import Application
from hiprompt_desktop.document import Wish
from hiprompt_desktop.job import PromptRequest
from hiprompt_desktop.recall_wish import Part, wish_changes
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_drop import drop, offers
from tests.desktop.test_window import message
from tests.run_folders import make_run

SIZE = Size(120, 160)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (SIZE.width, SIZE.height), (200, 30, 30)).save(path)
    return path


def start_from(application: Application, qtbot: QtBot, path: Path) -> None:
    assert drop(application.window.view.viewport(), path)
    qtbot.waitUntil(lambda: application.session.easel.own is not None)


def centre_colour(application: Application) -> tuple[int, int, int]:
    image = application.window.view.viewport().grab().toImage()
    red, green, blue, _ = image.pixelColor(image.rect().center()).getRgb()
    return red, green, blue


def test_a_dropped_picture_is_described_and_drawn_larger(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, panel = application.session, application.window.request_panel
    assert application.window.picture_panel.invitation.isVisible()
    assert not panel.start.isVisible()
    start_from(application, qtbot, photo)
    assert message(application).startswith("The next picture starts from photo.jpg, 160 × 120.")
    assert not application.window.picture_panel.invitation.isVisible()
    red, green, blue = centre_colour(application)
    assert red > 190
    assert max(green, blue) < 40
    assert panel.start.isVisible()
    assert (panel.start.what.text(), panel.start.name.text()) == ("Starts from 160 × 120", "photo.jpg")
    assert session.next.wish.size == Size(240, 320)
    assert panel.prompt.toPlainText() == ""  # that of the sample says nothing about the photo
    assert "captioner says" in panel.prompt.placeholderText()
    assert panel.plan.text().startswith("<a")
    with qtbot.waitSignal(session.picture_finished, timeout=20_000):
        panel.generate.click()
    told, drawn = engine.requests
    assert told == PromptRequest(picture=photo, captioner=demo_captioner(), then_draw=True)
    assert isinstance(drawn, GenerationRequest)
    assert (drawn.prompt, drawn.base_image, drawn.base_size, drawn.size) == (
        "a lighthouse", photo, SIZE, Size(240, 320),
    )  # fmt: skip
    assert panel.prompt.toPlainText() == "a lighthouse"
    assert session.document.complete
    assert session.easel.pyramid is not session.easel.own


def test_the_prompt_of_the_user_counts(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    session, panel = application.session, application.window.request_panel
    panel.prompt.setPlainText("a red wall")
    start_from(application, qtbot, photo)
    assert panel.prompt.toPlainText() == "a red wall"
    offers(application)["Describe it for me"].click()
    qtbot.waitUntil(lambda: panel.prompt.toPlainText() == "a lighthouse")
    assert not session.busy
    panel.prompt.setPlainText("a red wall")
    with qtbot.waitSignal(session.picture_finished, timeout=20_000):
        session.picture_work.generate()
    assert [type(request) for request in engine.requests] == [PromptRequest, GenerationRequest]
    assert engine.requests[-1].prompt == "a red wall"


def test_without_a_captioner_somebody_has_to_say_it(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    application.session.next.change(captioner=None)
    start_from(application, qtbot, photo)
    assert message(application).endswith("Say what it shows.")
    assert "The prompt is empty" in application.window.request_panel.plan.text()
    application.session.picture_work.generate()
    assert message(application).startswith("The prompt is empty")
    assert engine.requests == []


def test_what_is_typed_while_the_captioner_looks_is_kept(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, CaptionerWorking))
    application = open_window(engine)
    session = application.session
    start_from(application, qtbot, photo)
    session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    assert application.window.bottom.status.text.text() == "Looking at your picture"
    session.next.change(prompt="mine")
    engine.release.set()
    qtbot.waitUntil(lambda: not session.busy)
    assert session.next.wish.prompt == "mine"
    assert len(engine.requests) == 1


def test_the_cross_leaves_it(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    application = open_window()
    session, panel = application.session, application.window.request_panel
    start_from(application, qtbot, photo)
    assert [a.text() for a in panel.size_field.menu_button.menu().actions()][:3] == [
        "Your picture", "160 × 120    1× its sides", "320 × 240    2× its sides",
    ]  # fmt: skip
    panel.size_field.menu_button.menu().actions()[4].trigger()
    assert session.next.wish.size == Size(480, 640)
    qtbot.mouseClick(panel.start.leave, Qt.MouseButton.LeftButton)
    assert session.next.wish.base_image is None
    assert message(application) == ""
    assert not panel.start.isVisible()
    assert session.easel.pyramid is None
    assert application.window.picture_panel.invitation.isVisible()
    assert panel.size_field.menu_button.menu().actions()[0].text() == "Square"


def test_the_menu_asks_for_one(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    application = open_window()
    application.window.actions_by_name["upscale"].trigger()
    dialog = application.window.findChild(QFileDialog)
    dialog.selectFile(str(photo))
    dialog.accept()
    qtbot.waitUntil(lambda: application.session.next.wish.base_image == photo)


def test_a_picture_of_ours_can_be_upscaled_too(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    ours = make_run(tmp_path / "run", prompt="a wolf")
    assert drop(application.window, ours)
    qtbot.waitUntil(lambda: "Upscale it" in offers(application))
    offers(application)["Upscale it"].click()
    qtbot.waitUntil(lambda: application.session.next.wish.base_image == ours)
    assert application.session.next.wish.prompt == "a wolf"


def test_what_was_done_to_it_is_told(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    Image.new("RGBA", (80, 80), (0, 200, 0, 128)).save(tmp_path / "glass.png")
    start_from(application, qtbot, tmp_path / "glass.png")
    assert "glass.png is transparent in places: it was laid over white." in message(application)


def test_a_broken_picture_changes_nothing(open_window: OpenWindow, qtbot: QtBot, photo: Path, tmp_path: Path) -> None:
    application = open_window()
    start_from(application, qtbot, photo)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert drop(application.window, tmp_path / "broken.png")
    qtbot.waitUntil(lambda: "broken.png" in message(application))
    assert application.session.next.wish.base_image == photo


def test_while_another_is_drawn_it_waits(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    engine = ScriptedEngine(hold_at=lambda event: isinstance(event, PhaseStarted) and event.phase == 2)
    application = open_window(engine)
    session = application.session
    session.picture_work.generate()
    qtbot.waitUntil(engine.held.is_set)
    start_from(application, qtbot, photo)
    assert session.easel.pyramid is not session.easel.own
    application.queue.generate()
    assert message(application).startswith("Nobody has said yet what the picture shows.")
    session.next.change(prompt="a wall")
    application.queue.generate()
    assert len(application.queue.waiting) == 1
    engine.hold_at = lambda event: False
    engine.release.set()
    qtbot.waitUntil(lambda: len(engine.requests) == 2 and not session.busy, timeout=20_000)
    assert engine.requests[1].base_image == photo


def test_it_is_there_at_the_next_start(open_window: OpenWindow, qtbot: QtBot, photo: Path) -> None:
    first = open_window()
    start_from(first, qtbot, photo)
    first.shut_down()
    again = open_window()
    qtbot.waitUntil(lambda: again.session.easel.own is not None)
    assert again.session.next.wish.base_size == SIZE
    again.shut_down()
    photo.unlink()
    third = open_window()
    qtbot.waitUntil(lambda: third.session.next.wish.base_image is None)
    assert "photo.jpg" in message(third)


def test_everything_brings_the_picture_it_started_from(photo: Path, tmp_path: Path) -> None:
    from hiprompt_core.metadata import read_record

    record = read_record(make_run(tmp_path / "run", prompt="a {wolf|fox}"))
    request = replace(record.request, base_image=photo, base_size=SIZE)
    changes = wish_changes(replace(record, request=request), Part.EVERYTHING)
    assert (changes["base_image"], changes["base_size"]) == (photo, SIZE)
    wish = replace(Wish(prompt="", size=SIZE, model=demo_model(), captioner=None), **changes)
    assert wish.request(tmp_path).prompt == "a {wolf|fox}"
    assert wish_changes(record, Part.EVERYTHING)["base_image"] is None
