"""Export from the window: choices, what is said before, progress, cancel, faults."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hiprompt_core import formats
from hiprompt_core.metadata import read_png
from hiprompt_core.recall import recall
from hiprompt_desktop.app import Application
from hiprompt_desktop.dialogs.export_dialog import ExportDialog
from hiprompt_desktop.exporter import Exporter
from hiprompt_desktop.settings import load_settings
from tests.desktop.conftest import OpenWindow
from tests.desktop.test_window import message
from tests.run_folders import make_run


@pytest.fixture
def application(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> Application:
    """The window with a picture of two phases, the last in two versions."""
    make_run(tmp_path / "run", phases=2, versions=2)
    application = open_window()
    application.library.recaller.open(tmp_path / "run")
    qtbot.waitUntil(lambda: application.session.easel.pyramid is not None)
    return application


def show(application: Application, qtbot: QtBot) -> ExportDialog:
    application.window.actions_by_name["export"].trigger()
    dialog = application.window.picture_actions.export_dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.preview.text() != "")
    return dialog


def choose(dialog: ExportDialog, name: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(name))


def closed(application: Application) -> bool:
    return application.window.picture_actions.export_dialog is None


def test_there_is_nothing_to_export_at_first(open_window: OpenWindow) -> None:
    action = open_window().window.actions_by_name["export"]
    assert not action.isEnabled()
    assert action.shortcut().toString() == "Ctrl+E"


def test_one_press_of_return_exports(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = show(application, qtbot)
    assert [dialog.picture.itemText(row) for row in range(dialog.picture.count())] == [
        "Phase 2 · 128 × 96 · version 2",
        "Phase 2 · 128 × 96",
        "Phase 1 · 64 × 48",
    ]
    assert dialog.preview.text() == "a-fox-un-été-狐-3407-128x96.png"
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: closed(application))
    path = application.session.next.folder / "exports" / "a-fox-un-été-狐-3407-128x96.png"
    assert read_png(path)[0].tobytes() == read_png(tmp_path / "run" / "phase-2-128x96-v2.png")[0].tobytes()
    assert message(application) == f"Exported {path}"
    assert [button.text() for button in application.window.bottom.messages.offers] == ["Show in folder"]
    dialog = show(application, qtbot)
    assert dialog.preview.text() == "a-fox-un-été-狐-3407-128x96-2.png"  # the first one stays


def test_the_choices_are_done_and_remembered(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = show(application, qtbot)
    dialog.picture.setCurrentIndex(2)
    choose(dialog, "webp")
    dialog.quality_box.setValue(100)
    assert dialog.quality.value() == 100
    dialog.metadata.setCurrentIndex(1)
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.name.setText("{seed} ")
    dialog.fields.menu().actions()[4].trigger()
    assert dialog.name.text() == "{seed} {phase}"
    qtbot.waitUntil(lambda: dialog.preview.text() == "3407 1.webp")
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: closed(application))
    with Image.open(tmp_path / "out" / "3407 1.webp") as image:
        assert image.convert("RGB").tobytes() == read_png(tmp_path / "run" / "phase-1-64x48.png")[0].tobytes()
    application.save()
    saved = load_settings(application._places.settings_file)
    assert (saved.export_format, saved.export_quality, saved.export_metadata) == ("webp", 100, "origin")
    assert (saved.export_name, saved.export_folder) == ("{seed} {phase}", str(tmp_path / "out"))
    dialog = show(application, qtbot)
    assert (dialog.format.currentData(), dialog.quality.value(), dialog.metadata.currentData()) == (
        "webp", 100, "origin",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["jpeg", "avif", "tiff", "ora"])
def test_every_format_can_be_chosen(application: Application, qtbot: QtBot, name: str) -> None:
    dialog = show(application, qtbot)
    choose(dialog, name)
    assert dialog.quality.isEnabled() == formats.FORMATS[name].lossy
    dialog.start()
    qtbot.waitUntil(lambda: closed(application), timeout=10_000)
    written = application.session.next.folder / "exports"
    assert recall(next(written.iterdir())) == recall(application.session.document.phases[2].path)


def test_limits_are_said_before(application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(formats.FORMATS, "webp", formats.Format(name="webp", title="WebP", suffix=".webp", longest=100))
    dialog = show(application, qtbot)
    choose(dialog, "webp")
    assert "up to 100 pixels a side" in dialog.format_note.text()
    assert dialog.problem.text() == (
        "WebP holds at most 100 pixels a side; this picture has 128x96. Choose PNG or TIFF."
    )
    assert not dialog.export_button.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not application.library.exporter.busy
    choose(dialog, "png")
    assert dialog.problem.text() == ""
    assert dialog.export_button.isEnabled()


def test_a_long_name_keeps_its_end(application: Application, qtbot: QtBot) -> None:
    """Seed, size and type tell one file from another."""
    dialog = show(application, qtbot)
    dialog.name.setText("a very long name of a picture " * 5 + "{seed}-{width}x{height}")
    assert dialog.preview.shown().startswith("a very long name")
    assert "…" in dialog.preview.shown()
    assert dialog.preview.shown().endswith("3407-128x96.png")
    assert dialog.preview.toolTip() == dialog.preview.text()
    assert dialog.preview.fontMetrics().horizontalAdvance(dialog.preview.shown()) <= dialog.preview.width()


def test_a_wrong_name_is_said(application: Application, qtbot: QtBot) -> None:
    dialog = show(application, qtbot)
    dialog.name.setText("{sed}")
    assert "unknown field {sed}" in dialog.problem.text()
    assert dialog.preview.text() == ""
    assert not dialog.export_button.isEnabled()


def test_the_size_is_estimated(application: Application, qtbot: QtBot) -> None:
    dialog = show(application, qtbot)
    qtbot.waitUntil(lambda: dialog.estimate.text().startswith("about "))
    first = dialog.estimate.text()
    choose(dialog, "ora")
    qtbot.waitUntil(lambda: dialog.estimate.text() != first)
    first = dialog.estimate.text()
    dialog.metadata.setCurrentIndex(dialog.metadata.findData("none"))
    qtbot.waitUntil(lambda: dialog.estimate.text() != first)


def test_nothing_in_the_dialog_moves(application: Application, qtbot: QtBot) -> None:
    dialog = show(application, qtbot)
    places = set()
    for name in formats.FORMATS:
        choose(dialog, name)
        for words in ("{prompt}", "{sed}"):
            dialog.name.setText(words)
            QApplication.processEvents()
            places.add((dialog.height(), dialog.folder.mapTo(dialog, dialog.folder.rect().topLeft()).y()))
            for note in (dialog.format_note, dialog.metadata_note):
                assert note.fontMetrics().horizontalAdvance(note.text()) <= note.width(), note.text()
    assert len(places) == 1


class Slow:
    """Holds an export at its first sign of life."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.release = threading.Event()
        self.held = threading.Event()
        self.thread = 0
        on_event = Exporter._on_event

        def wait(exporter: Exporter, event: object) -> None:
            self.thread = threading.get_ident()
            self.held.set()
            self.release.wait(10)
            on_event(exporter, event)

        monkeypatch.setattr(Exporter, "_on_event", wait)


def test_escape_stops_an_export_and_then_closes(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    dialog = show(application, qtbot)
    dialog.start()
    qtbot.waitUntil(slow.held.is_set)
    assert slow.thread != threading.get_ident()
    assert dialog.bar.isVisible()
    assert dialog.export_button.text() == "Stop"
    assert not dialog.format.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.export_button.isEnabled()
    slow.release.set()
    qtbot.waitUntil(lambda: not application.library.exporter.busy)
    assert dialog.isVisible()
    assert dialog.export_button.text() == "Export"
    assert message(application) == ""
    assert not list((application.session.next.folder / "exports").iterdir())
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert closed(application)


def test_the_button_stops_and_progress_is_shown(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    dialog = show(application, qtbot)
    dialog.start()
    qtbot.waitUntil(slow.held.is_set)
    application.library.exporter.advanced.emit(0.5)
    assert dialog.bar.value() == 500
    application.library.exporter.advanced.emit(None)
    assert dialog.bar.maximum() == 0
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    slow.release.set()
    qtbot.waitUntil(lambda: not application.library.exporter.busy)
    assert dialog.isVisible()


def test_closing_the_window_ends_an_export(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    dialog = show(application, qtbot)
    dialog.start()
    qtbot.waitUntil(slow.held.is_set)
    slow.release.set()
    application.window.close()
    assert not list((application.session.next.folder / "exports").iterdir())


def test_a_fault_is_said_in_the_dialog(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dialog = show(application, qtbot)
    dialog.folder.setText(str(tmp_path / "file" / "out"))
    dialog.start()
    qtbot.waitUntil(lambda: "cannot be written" in dialog.problem.text())
    assert dialog.export_button.isEnabled()
    picture = tmp_path / "run" / "phase-2-128x96-v2.png"
    picture.write_bytes(picture.read_bytes()[:-200])
    dialog.folder.setText(str(tmp_path / "out"))
    assert dialog.problem.text() == ""
    dialog.start()
    qtbot.waitUntil(lambda: "damaged" in dialog.problem.text())


def test_an_unexpected_fault_is_words_too(
    application: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(exporter: Exporter, request: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Exporter, "_export", fail)
    dialog = show(application, qtbot)
    dialog.start()
    qtbot.waitUntil(lambda: dialog.problem.text() != "")
    assert dialog.problem.text() == "Something went wrong inside HiPrompt. Try again; the log file holds the details."
