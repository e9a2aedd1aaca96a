"""Pictures dropped on the window."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from hiprompt_core.geometry import Size
from hiprompt_desktop.app import Application
from hiprompt_desktop.drop_target import DropFrame
from tests.core.test_recall import A1111, INVOKEAI, with_exif
from tests.desktop.conftest import OpenWindow
from tests.desktop.test_window import message
from tests.run_folders import make_run


def drop(widget: QWidget, path: Path | None, text: str = "") -> bool:
    """Drag a file or a text over a widget and let it go; whether it was taken."""
    data = QMimeData()
    if path is not None:
        data.setUrls([QUrl.fromLocalFile(str(path))])
    if text:
        data.setText(text)
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPointF(5, 5), *rest)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), *rest))
    return True


def offers(application: Application) -> dict[str, QWidget]:
    return {button.text(): button for button in application.window.bottom.messages.offers}


def png(folder: Path, **texts: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.new("RGB", (8, 8)).save(folder / "other.png", pnginfo=info)
    return folder / "other.png"


def test_a_dropped_file_is_copied_never_moved(open_window: OpenWindow, tmp_path: Path) -> None:
    """A source may delete what was moved."""
    window = open_window().window
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(png(tmp_path)))])
    move, copy = Qt.DropAction.MoveAction, Qt.DropAction.CopyAction
    none = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)  # Shift proposes to move
    for possible, taken in ((move | copy, copy), (move, None)):
        enter = QDragEnterEvent(QPointF(5, 5), possible, data, *none)
        enter.setDropAction(move)
        QApplication.sendEvent(window, enter)
        assert enter.isAccepted() == (taken is not None)
        if taken:
            assert enter.dropAction() == taken


def test_the_canvas_lights_up_under_what_may_be_dropped(open_window: OpenWindow, tmp_path: Path) -> None:
    window = open_window().window
    frame = window.view.findChild(DropFrame)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(png(tmp_path)))])
    rest = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for end in (QDragLeaveEvent(), QDropEvent(QPointF(5, 5), *rest)):
        assert frame.isHidden()
        QApplication.sendEvent(window.request_panel.prompt.viewport(), QDragEnterEvent(QPointF(5, 5), *rest))
        assert frame.isVisible()
        assert frame.geometry() == window.view.rect()
        QApplication.sendEvent(window.request_panel.prompt.viewport(), end)
    assert frame.isHidden()


@pytest.mark.parametrize("where", ["window", "canvas", "prompt"])
def test_a_picture_of_another_program_offers_its_settings(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, where: str
) -> None:
    application = open_window()
    window = application.window
    target = {"window": window, "canvas": window.view.viewport(), "prompt": window.request_panel.prompt.viewport()}
    before = window.request_panel.prompt.toPlainText()
    assert drop(target[where], png(tmp_path, invokeai_metadata=INVOKEAI))
    qtbot.waitUntil(lambda: message(application) != "")
    assert message(application) == "other.png, made with InvokeAI: a fox 狐"
    assert list(offers(application)) == ["Use prompt", "Use seed", "Use everything", "Upscale it"]
    assert window.request_panel.prompt.toPlainText() == before
    qtbot.mouseClick(offers(application)["Use prompt"], Qt.MouseButton.LeftButton)
    wish = application.session.next.wish
    assert (wish.prompt, wish.negative_prompt) == ("a fox 狐", "blurry")
    assert wish.seed != 42
    assert message(application) == ""


def test_everything_of_another_program(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    preset, model = application.session.next.wish.preset, application.session.next.wish.model
    assert drop(application.window, with_exif(tmp_path / "a.jpg", {}, bytes(8) + A1111.encode()))
    qtbot.waitUntil(lambda: message(application) != "")
    offers(application)["Use everything"].click()
    wish = application.session.next.wish
    assert (wish.seed, wish.seed_locked, wish.size) == (1234567890, True, Size(1216, 832))
    assert (wish.preset, wish.model) == (preset, model)
    assert application.window.request_panel.seed.edit.text() == "1234567890"


def test_without_a_seed_none_is_offered(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    application.library.recaller.receive(png(tmp_path, parameters="a fox " * 100))
    qtbot.waitUntil(lambda: message(application) != "")
    assert message(application).endswith("…")
    assert len(message(application)) < 130
    assert list(offers(application)) == ["Use prompt", "Use everything", "Upscale it"]


def test_our_own_picture_can_be_opened(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    assert drop(application.window, make_run(tmp_path / "run", prompt="a wolf"))
    qtbot.waitUntil(lambda: message(application) != "")
    assert message(application).endswith("made with HiPrompt: a wolf")
    assert list(offers(application)) == ["Open", "Use prompt", "Use seed", "Use everything", "Upscale it"]
    offers(application)["Open"].click()
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    assert application.session.document.folder == tmp_path / "run"


def test_a_folder_of_ours_is_opened_at_once(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    make_run(tmp_path / "run")
    assert drop(application.window, tmp_path / "run")
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    application.window.picture_actions.open_file(str(tmp_path / "run" / "phase-1-64x48.png"))  # the menu does the same
    qtbot.waitUntil(lambda: application.session.document.folder == tmp_path / "run")


def test_a_picture_on_its_own_brings_its_whole_map_back(
    open_window: OpenWindow, qtbot: QtBot, draw: Callable[..., None], tmp_path: Path
) -> None:
    application = open_window()
    session, editor = application.session, application.window.captions_panel.editor
    draw(session)
    session.edits.write([4], "a red kite")
    session.select(4)
    editor.redraw.seed.set_seed(77, locked=True)
    with qtbot.waitSignal(session.picture_finished, timeout=10_000):
        editor.redraw.regenerate()
    drawn = session.document.phases[3]
    assert drawn.path is not None
    alone = Path(shutil.copy(drawn.path, tmp_path / "from a friend.png"))
    session.close_picture()
    session.next.set_folder(tmp_path / "elsewhere")  # as on another machine
    assert drop(application.window, alone)
    qtbot.waitUntil(lambda: "Open" in offers(application))
    qtbot.mouseClick(offers(application)["Open"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.document.shown == 3)
    assert session.document.folder is not None
    assert session.document.folder.parent == tmp_path / "elsewhere"
    back = session.document.phases[3]
    assert back.patches == drawn.patches
    assert [(c.text, c.edited, c.described) for c in back.captions] == [
        (c.text, c.edited, c.described) for c in drawn.captions
    ]
    session.select(4)
    assert "edited" in editor.facts.text()
    assert "version 2, seed 77" in editor.facts.text()
    session.select(3)
    assert "seed" not in editor.facts.text()


@pytest.mark.parametrize("name", ["empty.png", "broken.webp", "folder"])
def test_what_is_no_picture_is_an_error_in_words(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    application = open_window()
    if name == "folder":
        (tmp_path / name).mkdir()
    elif name == "empty.png":
        (tmp_path / name).touch()
    else:
        (tmp_path / name).write_bytes(b"RIFF")
    assert drop(application.window, tmp_path / name)
    qtbot.waitUntil(lambda: message(application) != "")
    assert name in message(application)
    assert "Choose" in message(application)


def test_text_and_other_files_are_left_to_the_widgets(open_window: OpenWindow, tmp_path: Path) -> None:
    application = open_window()
    (tmp_path / "notes.txt").write_text("x")
    assert not drop(application.window, tmp_path / "notes.txt")
    prompt = application.window.request_panel.prompt
    prompt.clear()
    assert drop(prompt.viewport(), None, "a dropped text")
    assert prompt.toPlainText() == "a dropped text"
