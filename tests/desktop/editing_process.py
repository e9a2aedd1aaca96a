"""A window in a process of its own that draws a picture and edits a caption until it is killed.

Prints the number of each edit once it is on disk. Run as ``python -m tests.desktop.editing_process FOLDER [PROJECT]``;
the project is saved after every seventh edit.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from PySide6.QtWidgets import QApplication

from hiprompt_desktop.app import Application
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.settings import Places
from tests.desktop.scripted_engine import ScriptedEngine


def main(root: Path, project: Path | None) -> None:
    qt = QApplication([])
    engine = ScriptedEngine()
    application = Application(Places.under(root), parse_arguments(()), lambda: engine, LogLocation(None))
    application.start()
    application.start_engine()
    session, keeper = application.session, application.library.keeper
    session.picture_work.generate()
    while session.busy:
        qt.processEvents()
    if project is not None:
        keeper.save_as(project)
        while keeper.facts is None or not keeper.facts.titled:
            qt.processEvents()
    for number in count(1):
        session.edits.write([3], f"edit {number}")
        if number % 5 == 0:
            session.select(3)
            session.patch_work.regenerate(Redrawing(strength=0.5, seed=number))
        keeper.keep()
        while session.busy or keeper._waiting:
            qt.processEvents()
        print(number, flush=True)
        if project is not None and number % 7 == 0:
            keeper.save()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
