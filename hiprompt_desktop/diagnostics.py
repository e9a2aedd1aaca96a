"""What somebody who helps needs to know, as one file: versions, settings and logs, without names, prompts and pictures.

Nothing is sent; the user gives the file to whom they like.
"""

from __future__ import annotations

import getpass
import io
import json
import platform
import re
import sysconfig
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication

from hiprompt_core.metadata import atomic_write, program_version
from hiprompt_core.model_files import resources
from hiprompt_desktop.background import Background
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places

PRIVATE = ("prompt", "negative_prompt", "prompts", "question", "base_image", "project", "export_name")
"""Settings that tell what somebody draws."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anonymous:
    """Takes out of a text who and where its user is."""

    home: Path
    pictures: Path
    names: tuple[str, ...]
    """Of the user and the computer."""

    def __call__(self, text: str) -> str:
        pictures = re.escape(str(self.pictures))
        text = re.sub(rf"{pictures}[\\/]+[^\\/\s'\"]+", "<pictures>/<picture>", text)  # folders are named by prompts
        packages, program = sysconfig.get_paths()["purelib"], str(resources().parents[1])
        for path, word in ((str(self.pictures), "<pictures>"), (packages, "<packages>"), (program, "<program>")):
            text = text.replace(path, word)
        text = text.replace(str(self.home), "~")
        for name in self.names:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "<name>", text)
        return text


def anonymous(pictures: Path) -> Anonymous:
    """For whoever uses this computer."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        user = ""
    names = tuple(name for name in (user, platform.node()) if len(name) > 1)
    return Anonymous(home=Path.home(), pictures=pictures, names=names)


def write_report(path: Path, places: Places, pictures: Path, screens: str) -> None:
    """Write everything into one zip file.

    Raises:
        OutputError: it cannot be written.
    """
    clean = anonymous(pictures)
    texts = {"about.txt": f"{_about()}\n{screens}\n", "settings.json": _settings(places.settings_file)}
    for file in sorted(places.logs.glob("*.log*")):
        texts[f"logs/{file.name}"] = file.read_text(encoding="utf-8", errors="replace")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, clean(text))
    atomic_write(path, stream.getvalue())


def _about() -> str:
    """Versions, devices, memory, disk and models, as ``hiprompt doctor`` tells them."""
    from hiprompt_core.doctor import examine

    findings = [f"{one.name}: {one.detail}" for one in examine(None, None, Path.home())]
    return "\n".join([f"HiPrompt {program_version()}, Qt {qVersion()}", *findings])


def _settings(file: Path) -> str:
    try:
        values = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return "{}"
    return json.dumps({name: value for name, value in values.items() if name not in PRIVATE}, indent=1)


class Diagnostics(QObject):
    """Writes the file off the GUI thread, and says where it is."""

    def __init__(self, session: Session, background: Background, places: Places, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._places = places

    def collect(self, path: Path) -> None:
        screens = [f"{one.size().width()}x{one.size().height()} at {one.devicePixelRatio():g}" for one in
                   QGuiApplication.screens()]  # fmt: skip
        told = f"Window: {QGuiApplication.platformName()}, screens {', '.join(screens)}"
        write = partial(write_report, path, self._places, self._session.next.folder, told)
        self._background.run(write, partial(self._on_written, path), self._session.messages.tell_failure)

    def _on_written(self, path: Path, _: object) -> None:
        self._session.messages.tell(partial(self._written, path))

    def _written(self, path: Path) -> Message:
        text = self.tr("Diagnostics are in {0}: versions, settings and logs, without your name, prompts and pictures.")
        folder = QUrl.fromLocalFile(str(path.parent))
        show = Offer(text=self.tr("Show in folder"), act=lambda: QDesktopServices.openUrl(folder))
        remedy = self.tr("Nothing was sent; give it to whom you like.")
        return Message(tone=Tone.INFO, text=text.format(path.name), remedy=remedy, offers=(show,))
