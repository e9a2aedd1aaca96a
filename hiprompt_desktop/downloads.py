"""Downloads from the hub that the user asks for; nothing else in the window opens a connection."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hiprompt_desktop.errand import Errand
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.job import Failure
from hiprompt_desktop.pace import Pace

if TYPE_CHECKING:
    from hiprompt_core.library import Advanced, Listing


class Traffic(Enum):
    """What goes over the network now."""

    NOTHING = auto()
    ASKING = auto()
    DOWNLOADING = auto()


class Downloads(QObject):
    """Asks the hub about a repository, then brings it; one thing at a time."""

    changed = Signal()
    finished = Signal(Path)
    """(the model's folder)"""
    failed = Signal(object)
    """(Failure)"""

    def __init__(self, logs: LogLocation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.errand = Errand(logs, self)
        self.errand.changed.connect(self.changed)
        self.errand.advanced.connect(self._on_advanced)
        self.traffic = Traffic.NOTHING
        self.listing: Listing | None = None
        """What the hub told last."""
        self.free = 0
        """Bytes on the disk that downloads go to, when the hub was asked."""
        self.advanced: Advanced | None = None
        """How far the download is, or where it was left."""
        self.seconds_left: float | None = None
        self.failure: Failure | None = None
        self.place: Path | None = None
        """Where the model of the listing is, once it is whole."""

    def look_up(self, repository: str, *, fp16: bool) -> None:
        """Ask the hub what a repository would bring."""
        if self.errand.busy:
            return
        self.listing = self.failure = self.advanced = self.place = None

        def ask(tick: Callable[..., None]) -> tuple[Listing, int]:
            from hiprompt_core.library import look_up, own_models

            return look_up(repository, fp16=fp16, tick=tick), free_bytes(own_models())

        self._start(Traffic.ASKING, ask, self._on_listing)

    def start(self) -> None:
        """Bring what the hub told of, or go on with it."""
        listing = self.listing
        if listing is None or self.errand.busy:
            return
        self.failure = self.seconds_left = None
        self._pace = Pace()

        def bring(on_advance: Callable[[Any], None]) -> Path:
            from hiprompt_core.library import download

            return download(listing, on_advance=on_advance)

        self._start(Traffic.DOWNLOADING, bring, self._on_done)

    def cancel(self) -> None:
        """Stop at once; what has arrived is kept."""
        self.errand.cancel()

    def stop(self) -> None:
        """Leave nothing running."""
        self.errand.stop()

    def _start(self, traffic: Traffic, work: Callable[[Callable[..., None]], Any], then: Callable[[Any], None]) -> None:
        def ended(answer: Callable[[], None]) -> None:
            self.traffic = Traffic.NOTHING
            answer()

        self.traffic = traffic
        self.errand.start(
            work,
            lambda value: ended(lambda: then(value)),
            lambda failure: ended(lambda: self._on_failed(failure)),
            lambda: ended(lambda: None),
        )

    def _on_listing(self, answer: tuple[Listing, int]) -> None:
        self.listing, self.free = answer

    def _on_advanced(self, advanced: Advanced) -> None:
        self.advanced = advanced
        self._pace.add(time.monotonic(), advanced.done)
        self.seconds_left = self._pace.seconds_left(advanced.total)
        self.changed.emit()

    def _on_done(self, place: Path) -> None:
        self.place = place
        self.finished.emit(place)

    def _on_failed(self, failure: Failure) -> None:
        self.failure = failure
        self.failed.emit(failure)


def free_bytes(folder: Path) -> int:
    """Of the disk that a folder is on or will be on."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(there).free
