"""What a helper gets: everything about the program, nothing about its user."""

from __future__ import annotations

import getpass
import json
import logging
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from hiprompt_desktop.diagnostics import Anonymous
from hiprompt_desktop.settings import Places
from tests.desktop.conftest import OpenWindow

ROOT = Path(__file__).parents[2]


def test_who_and_where_are_taken_out() -> None:
    clean = Anonymous(home=Path("/home/mary"), pictures=Path("/data/pics"), names=("mary", "marys-pc"))
    assert clean("/data/pics/a-secret-fox-7/phase-1.png is gone") == "<pictures>/<picture>/phase-1.png is gone"
    assert clean("mary on marys-pc: /home/mary/models") == "<name> on <name>: ~/models"
    assert clean("summary of rosemary") == "summary of rosemary"
    assert clean(f'File "{logging.__file__}"').endswith('__init__.py"')


def test_one_file_holds_versions_settings_and_logs_and_no_prompt(
    open_window: OpenWindow, qtbot: QtBot, places: Places, tmp_path: Path
) -> None:
    application = open_window()
    application.session.next.change(prompt="a secret fox")
    application.session.next.prompts = ("another secret fox",)
    application.window.actions_by_name["theme_dark"].trigger()
    application.save()
    places.logs.mkdir()
    folder = application.session.next.folder / "a-secret-fox-3407-1234"
    (places.logs / "hiprompt.log").write_text(f"{getpass.getuser()} lost {folder}/phase-2.png")
    application.window.actions_by_name["diagnostics"].trigger()
    dialog = application.window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "help.zip"))
    dialog.close()
    qtbot.waitUntil(lambda: application.session.messages.current is not None, timeout=60_000)
    bar = application.window.bottom.messages
    assert bar.text.text().endswith("Nothing was sent; give it to whom you like.")
    assert [offer.text() for offer in bar.offers] == ["Show in folder"]
    with zipfile.ZipFile(tmp_path / "help.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(texts) == {"about.txt", "settings.json", "logs/hiprompt.log"}
    assert "torch: " in texts["about.txt"]
    assert "offscreen" in texts["about.txt"]
    assert json.loads(texts["settings.json"])["theme"] == "dark"
    assert texts["logs/hiprompt.log"] == "<name> lost <pictures>/<picture>/phase-2.png"
    for text in texts.values():
        assert "secret" not in text
        assert str(Path.home()) not in text
        assert platform.node() not in text


def test_a_crash_and_a_complaint_of_qt_leave_a_trace(tmp_path: Path) -> None:
    script = """
import ctypes, sys
from pathlib import Path
from PySide6.QtCore import qWarning
from hiprompt_desktop.faults import note_crashes, start_logging
start_logging(Path(sys.argv[1]))
note_crashes(Path(sys.argv[1]))
qWarning("no such font")
ctypes.string_at(0)
"""
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, check=False)
    assert run.returncode != 0
    assert "no such font" in (tmp_path / "hiprompt.log").read_text()
    assert "Segmentation fault" in (tmp_path / "crash.log").read_text()
