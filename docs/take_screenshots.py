"""Takes the pictures of the README and the guide: the real window draws its sample on the demo model.

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
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget

    from hiprompt_desktop.app import Application

SIZES = {"": (1440, 900), "-small": (1100, 700)}
THEMES = ("light", "dark")
PATCH, SKY = 12, 1
"""Patches of the sample's grid: its middle, and one with nothing but sky."""
SETTLE_MS = 600
"""Time for the last repaint before a picture is taken."""


def follow(
    story: Callable[[Application], Iterator[int]], home: Path, *, theme: str, language: str, size: tuple[int, int]
) -> int:
    """Run a story in the real window, with everything that it writes under ``home``; the exit code."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from hiprompt_desktop.app import Application
    from hiprompt_desktop.arguments import parse_arguments
    from hiprompt_desktop.faults import start_logging
    from hiprompt_desktop.language import install_language
    from hiprompt_desktop.pipeline_engine import load_engine
    from hiprompt_desktop.settings import Places, Settings, save_settings
    from hiprompt_desktop.theme import apply_theme

    app = QApplication([])
    places = Places.under(home)
    save_settings(places.settings_file, Settings(theme=theme, language=language))
    install_language(app, language)
    apply_theme(app, theme)
    application = Application(places, parse_arguments([]), load_engine, start_logging(places.logs))
    steps = story(application)

    def go_on() -> None:
        wait = next(steps, None)
        if wait is None:
            application.shut_down()
            app.exit(0)
        else:
            QTimer.singleShot(wait, app, go_on)

    application.window.resize(*size)
    application.start()
    QTimer.singleShot(2 * SETTLE_MS, app, go_on)
    return app.exec()


def whole_story(application: Application, theme: str, folder: Path) -> Iterator[int]:
    """Follows an artist through one picture; yields the milliseconds to wait before it goes on."""
    from hiprompt_desktop.patch_requests import Redrawing

    session, window = application.session, application.window
    session.picture_work.generate()
    yield from until_idle(application)
    for suffix, size in SIZES.items():
        window.resize(*size)
        session.select(PATCH)
        yield SETTLE_MS
        grab(window, folder / f"window-{theme}{suffix}.png")
    if theme != "light":
        return
    window.resize(*SIZES[""])
    session.select(SKY)
    yield SETTLE_MS
    window.view.editor.open(SKY)
    yield SETTLE_MS
    grab(window, folder / "guide-caption.png")
    window.view.editor.close_editor(keep=False)
    session.edits.write([SKY], "a balloon, a pale sky")
    session.patch_work.regenerate(Redrawing(strength=0.9, seed=1))
    yield from until_idle(application)
    grab(window, folder / "guide-regenerated.png")
    changed = window.view.patches.cell_rect(SKY)
    window.view.compare.toggle()
    yield 2 * SETTLE_MS
    if changed is not None:  # half of what was put in lies on either side
        window.view.compare.set_split(changed.center().x() / window.view.viewport().width())
    yield SETTLE_MS
    grab(window, folder / "guide-compare.png")
    window.view.compare.stop()
    window.picture_actions.show_export()
    yield 2 * SETTLE_MS
    grab(window.picture_actions.export_dialog, folder / "guide-export.png")
    window.picture_actions.export_dialog.close()


def until_idle(application: Application) -> Iterator[int]:
    while application.session.busy:
        yield 100
    yield SETTLE_MS


def grab(widget: QWidget, file: Path) -> None:
    """Save what a window shows, with at most 256 colours."""
    widget.grab().save(str(file))
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
        return follow(
            lambda application: whole_story(application, arguments.theme, arguments.folder),
            Path(home),
            theme=arguments.theme,
            language="en",
            size=SIZES[""],
        )


if __name__ == "__main__":
    sys.exit(main())
