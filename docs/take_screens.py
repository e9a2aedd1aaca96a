"""Takes a picture of every screen of the window, to be looked at: two sizes, light and dark, and a few other looks.

Run it with the project's Python: ``.venv/bin/python docs/take_screens.py [FOLDER]``. No screen is needed. With
``--look NAME`` only one look is taken.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from take_screenshots import PATCH, SETTLE_MS, SKY, follow, until_idle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from hiprompt_desktop.app import Application

QUALITY = 70


@dataclass(frozen=True, slots=True)
class Look:
    """How the window is dressed."""

    theme: str
    size: tuple[int, int]
    language: str = "en"
    scale: int = 100
    screens: tuple[str, ...] = ()
    """Only these; none: all."""


LOOKS = {
    "light": Look("light", (1440, 900)),
    "dark": Look("dark", (1440, 900)),
    "light-small": Look("light", (1280, 720)),
    "dark-small": Look("dark", (1280, 720)),
    "contrast": Look("contrast", (1440, 900), screens=("picture", "keys", "message")),
    "chinese": Look(
        "light",
        (1280, 720),
        language="zh_CN",
        screens=("tour", "picture", "keys", "export", "models", "download", "queue", "message"),
    ),
    "double": Look("dark", (1280, 720), scale=200, screens=("picture", "palette", "export")),
    "wide": Look("dark", (1920, 1080), screens=("tour", "picture", "message", "queue")),
    "4k": Look("light", (3840, 2160), screens=("picture",)),
}


def every_screen(application: Application, look: Look, name: str, folder: Path) -> Iterator[int]:
    """Goes through the window; yields the milliseconds to wait before it goes on."""
    walk = Walk(application, look, name, folder)
    yield from walk.first_picture()
    if set(look.screens) == {"picture"}:
        return
    for step in (
        walk.patches,
        walk.comparisons,
        walk.measures,
        walk.export,
        walk.models,
        walk.addons,
        walk.device,
        walk.actions,
        walk.message,
        walk.queue,
        walk.own_picture,
    ):
        yield from step()


class Walk:
    """The way through the window, step by step; each leaves the window as the next one wants it."""

    def __init__(self, application: Application, look: Look, name: str, folder: Path) -> None:
        self._application = application
        self._session, self._window = application.session, application.window
        self._look, self._name, self._folder = look, name, folder

    def shot(self, screen: str, *more: QWidget) -> None:
        """Take a picture of a screen, if it is wanted, with what lies over the window."""
        if not self._look.screens or screen in self._look.screens:
            grab(self._window, more, self._folder / f"{screen}-{self._name}.webp")

    def first_picture(self) -> Iterator[int]:
        """The first start, and a picture whose second phase waits for its captions."""
        session, window = self._session, self._window
        window.resize(*self._look.size)
        self._application.welcome()
        yield 2 * SETTLE_MS
        self.shot("tour")
        window.guidance.tour.end()
        yield SETTLE_MS
        session.next.change(review_captions=True)
        session.picture_work.generate()
        while session.busy:
            yield 100
        yield SETTLE_MS
        self.shot("gate")
        session.next.change(review_captions=False)
        session.picture_work.go_on()
        while session.progress.phase < 3 or session.progress.phase_fraction < 0.5:
            yield 20
        self.shot("drawing")
        yield from until_idle(self._application)
        session.select(PATCH)
        yield SETTLE_MS
        self.shot("picture")

    def patches(self) -> Iterator[int]:
        """A caption under the editor, many patches, and one that was drawn three times."""
        from hiprompt_desktop.patch_requests import Redrawing

        session, editor = self._session, self._window.view.editor
        editor.open(PATCH)
        yield SETTLE_MS
        self.shot("caption")
        editor.close_editor(keep=False)
        session.selection.choose_all()
        yield SETTLE_MS
        self.shot("selection")
        session.select(SKY)
        session.edits.write([SKY], "a balloon, a pale sky")
        session.patch_work.regenerate(Redrawing(strength=0.9, seed=1, count=3))
        yield from until_idle(self._application)
        self.shot("variations")
        session.patch_work.accept_variation()
        yield SETTLE_MS

    def comparisons(self) -> Iterator[int]:
        compare = self._window.view.compare
        for mode in ("slider", "side_by_side", "difference"):
            compare.stop()
            compare.toggle()
            while compare.mode.name.lower() != mode:
                compare.next_mode()
            yield 2 * SETTLE_MS
            self.shot(f"compare-{mode}")
        compare.stop()

    def measures(self) -> Iterator[int]:
        """What lies over the picture when it is asked for, and its pixels."""
        a = self._window.actions_by_name
        a["repetition"].setChecked(True)
        yield 2 * SETTLE_MS
        self.shot("repetition")
        a["repetition"].setChecked(False)
        a["cost"].setChecked(True)
        yield SETTLE_MS
        self.shot("cost")
        a["cost"].setChecked(False)
        a["zoom_400"].trigger()
        yield SETTLE_MS
        self.shot("zoom")
        self._window.view.fit()

    def export(self) -> Iterator[int]:
        self._window.picture_actions.show_export()
        yield 2 * SETTLE_MS
        self.shot("export", self._window.picture_actions.export_dialog)
        self._window.picture_actions.export_dialog.close()

    def models(self) -> Iterator[int]:
        """A folder with the demo models in the models window, and its page for downloads."""
        from hiprompt_core.model_files import demo_captioner, demo_model

        self._window.actions_by_name["models"].trigger()
        models = self._window.model_actions.window
        mine = self._session.next.folder.parent / "models"
        for model in (demo_model(), demo_captioner()):
            shutil.copytree(model, mine / model.name, dirs_exist_ok=True)
        models.take_folder(str(mine))
        yield 2 * SETTLE_MS
        models.list.select(mine / "demo_model")
        yield SETTLE_MS
        self.shot("models", models)
        models.remote.click()
        yield SETTLE_MS
        self.shot("download", models)
        models.close()
        self._application.models.set_folders(())

    def addons(self) -> Iterator[int]:
        fold = self._window.request_panel.addons.button
        fold.click()
        yield SETTLE_MS
        self.shot("addons")
        fold.click()

    def device(self) -> Iterator[int]:
        """What draws, and in how many bits."""
        from PySide6.QtCore import QPoint

        button = self._window.bottom.status.device
        menu = button.menu()
        self._window.actions_by_name["computing"].trigger()
        yield SETTLE_MS
        # to where it is on a screen as large as the window
        menu.move(button.mapToGlobal(QPoint(button.width() - menu.width(), -menu.height())))
        yield SETTLE_MS
        self.shot("device", *others(self._window))
        close_others(self._window)

    def actions(self) -> Iterator[int]:
        """The two lists of all actions."""
        window = self._window
        for screen, show in (("palette", window.guidance.show_palette), ("keys", window.guidance.show_keys)):
            show()
            yield SETTLE_MS
            self.shot(screen, *others(window))
            close_others(window)

    def message(self) -> Iterator[int]:
        """A problem with its remedy and an offer."""
        from hiprompt_core.errors import DiskFull
        from hiprompt_desktop.core_sentences import told
        from hiprompt_desktop.job import Failure
        from hiprompt_desktop.messages import Message, Offer, Tone

        offers = (Offer(text="Resume the queue", act=lambda: None),)
        problem = "The picture needs about 41 MB, but /home/me/Pictures has 3 MB left."
        failure = Failure.of(DiskFull(problem, "Free some space or choose another folder."))
        said = Message(tone=Tone.ERROR, text=told(failure.problem), remedy=told(failure.remedy), offers=offers)
        self._session.messages.tell(lambda: said)
        yield SETTLE_MS
        self.shot("message")
        self._session.messages.clear()

    def queue(self) -> Iterator[int]:
        """Pictures that wait for their turn, and all that were finished."""
        session, window, queue = self._session, self._window, self._application.queue
        window.actions_by_name["history"].setChecked(True)
        queue.pause()
        session.next.change(prompt="a rocket and a moon, a night sky", seed=5)
        queue.generate_batch(4)
        queue.resume()
        while session.progress.phase < 2:
            yield 20
        window.bottom.status.queue.toggle()
        yield SETTLE_MS
        self.shot("queue", *others(window))
        close_others(window)
        queue.pause()
        yield from until_idle(self._application)
        self.shot("history")

    def own_picture(self) -> Iterator[int]:
        """A picture to be drawn larger, under a prompt with all that a prompt may hold."""
        session = self._session
        picture = session.document.phases[session.document.phase_count].path
        session.next.change(prompt="a {fox|wolf} and a tree, a (green:1.2) meadow", style="gouache")
        self._application.library.own_pictures.start_from(picture)
        self._window.request_panel.more.button.setChecked(True)
        while session.easel.own is None:
            yield 100
        yield SETTLE_MS
        self.shot("upscale")


def others(window: QWidget) -> list[QWidget]:
    """Dialogs and popups over the window."""
    from PySide6.QtWidgets import QApplication

    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget is not window]


def close_others(window: QWidget) -> None:
    for widget in others(window):
        widget.close()


def grab(window: QWidget, more: tuple[QWidget, ...], file: Path) -> None:
    """Save what a window shows, with what lies over it."""
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QPainter

    picture = window.grab()
    painter = QPainter(picture)
    for widget in more:
        painter.drawPixmap(widget.mapToGlobal(QPoint()) - window.mapToGlobal(QPoint()), widget.grab())
    painter.end()
    picture.save(str(file.with_suffix(".png")))
    with Image.open(file.with_suffix(".png")) as image:
        image.convert("RGB").save(file, quality=QUALITY, method=6)
    file.with_suffix(".png").unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path(__file__).parent / "screens")
    parser.add_argument("--look", choices=LOOKS, help="only this one")
    arguments = parser.parse_args()
    if arguments.look is None:
        commands = [[sys.executable, __file__, str(arguments.folder), "--look", name] for name in LOOKS]
        return max(subprocess.call(command) for command in commands)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    look = LOOKS[arguments.look]
    os.environ["QT_SCALE_FACTOR"] = str(look.scale / 100)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hiprompt-") as home:
        return follow(
            lambda application: every_screen(application, look, arguments.look, arguments.folder),
            Path(home),
            theme=look.theme,
            language=look.language,
            size=look.size,
        )


if __name__ == "__main__":
    sys.exit(main())
