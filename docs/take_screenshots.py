"""Takes the pictures of the README: the real window draws its sample on the demo model, in light and in dark.

Run it with the project's Python: ``.venv/bin/python docs/take_screenshots.py [FOLDER]``. No screen is needed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from hiprompt_desktop.app import Application

SIZES = {"": (1440, 900), "-small": (1100, 700)}
THEMES = ("light", "dark")
PATCH = 12
"""Chosen in the pictures: the middle of the sample's grid."""
SETTLE_MS = 600
"""Time for the last repaint before a picture is taken."""


def take(theme: str, folder: Path, home: Path) -> int:
    """Draw the sample in one window and take it at every size; the exit code."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from hiprompt_desktop.app import Application
    from hiprompt_desktop.arguments import parse_arguments
    from hiprompt_desktop.faults import start_logging
    from hiprompt_desktop.pipeline_engine import load_engine
    from hiprompt_desktop.settings import Places, Settings, save_settings
    from hiprompt_desktop.theme import apply_theme

    app = QApplication([])
    places = Places.under(home)
    save_settings(places.settings_file, Settings(theme=theme))
    apply_theme(app, theme)
    application = Application(places, parse_arguments([]), load_engine, start_logging(places.logs))
    shots = iter(SIZES.items())

    def resize() -> None:
        shot = next(shots, None)
        if shot is None:
            application.shut_down()
            app.exit(0)
            return
        suffix, size = shot
        application.window.resize(*size)
        QTimer.singleShot(SETTLE_MS, app, lambda: (grab(application, folder / f"window-{theme}{suffix}.png"), resize()))

    application.session.picture_finished.connect(lambda: QTimer.singleShot(SETTLE_MS, app, resize))
    application.window.resize(*SIZES[""])
    application.start()
    QTimer.singleShot(2 * SETTLE_MS, app, application.session.generate)
    return app.exec()


def grab(application: Application, file: Path) -> None:
    """Save what the window shows, with at most 256 colours."""
    application.session.select(PATCH)
    application.window.grab().save(str(file))
    with Image.open(file) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file} ({file.stat().st_size / 1000:.0f} kB)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent)
    parser.add_argument("--theme", choices=THEMES, help="only this one")
    arguments = parser.parse_args()
    if arguments.theme is None:
        commands = [[sys.executable, __file__, str(arguments.folder), "--theme", theme] for theme in THEMES]
        return max(subprocess.call(command) for command in commands)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hiprompt-") as home:
        return take(arguments.theme, arguments.folder, Path(home))


if __name__ == "__main__":
    sys.exit(main())
