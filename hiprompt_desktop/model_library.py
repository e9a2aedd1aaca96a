"""The models on this computer, as the window knows them: found, verified and removed off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hiprompt_core import trash
from hiprompt_desktop.downloads import Downloads
from hiprompt_desktop.errand import Errand
from hiprompt_desktop.faults import LogLocation

if TYPE_CHECKING:  # numpy comes with it, which the window need not wait for
    from hiprompt_core.library import Entry, Verdict


class ModelLibrary(QObject):
    """Widgets list its entries and call its methods.

    Args:
        cache: folder for what earlier searches found out.
        folders: the user's own places, beside those that are always searched.
    """

    changed = Signal()
    """Entries, verdicts or folders are others."""
    failed = Signal(object)
    """(Failure)"""
    wanted = Signal(Path)
    """Somebody wants to see the model there."""

    def __init__(self, cache: Path, folders: tuple[str, ...], logs: LogLocation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = cache
        self._search_again = False
        self.folders = folders
        self.entries: tuple[Entry, ...] = ()
        self.verdicts: dict[Path, Verdict] = {}
        """By the path of what was read whole since the start."""
        self.errand = Errand(logs, self)
        """The search, the verification or the removal at hand; one at a time."""
        self.verifying: Path | None = None
        self.downloads = Downloads(logs, self)
        self.downloads.finished.connect(self.refresh)
        self.errand.changed.connect(self._on_errand)

    def of_role(self, *roles: str) -> list[Entry]:
        """What can be used, by name."""
        return [entry for entry in self.entries if entry.role in roles and entry.usable]

    def refresh(self, _: object = None) -> None:
        """Search all places again, now or when the work at hand has ended."""
        if self.errand.busy:
            self._search_again = True
            return
        folders, cache = self.folders, self._cache

        def search(on_advance: Callable[[Any], None]) -> tuple[Entry, ...]:
            from hiprompt_core.library import Known, find_models, places_in, usual_places

            places = [place for folder in folders for place in places_in(Path(folder))] + usual_places()
            return tuple(find_models(places, Known(cache), on_advance))

        self.errand.start(search, self._on_found, self.failed.emit)

    def _on_found(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        known = {entry.path for entry in entries}
        self.verdicts = {path: verdict for path, verdict in self.verdicts.items() if path in known}
        self.changed.emit()

    def _on_errand(self) -> None:
        if not self.errand.busy:
            self.verifying = None
            if self._search_again:
                self._search_again = False
                self.refresh()

    def set_folders(self, folders: tuple[str, ...]) -> None:
        """The user's own places are others."""
        self.folders = tuple(dict.fromkeys(folders))
        self.changed.emit()
        self.refresh()

    def verify(self, entry: Entry) -> None:
        """Read a model whole; does nothing while other work is at hand."""
        if self.errand.busy:
            return
        cache = self._cache
        self.verifying = entry.path

        def read(on_advance: Callable[[Any], None]) -> Verdict:
            from hiprompt_core.library import Known, verify

            return verify(entry, Known(cache), on_advance)

        self.errand.start(read, lambda verdict: self._on_verified(entry, verdict), self.failed.emit)

    def _on_verified(self, entry: Entry, verdict: Verdict) -> None:
        self.verdicts[entry.path] = verdict
        if not verdict.problems:
            verified = replace(entry, sha256=verdict.sha256)
            self.entries = tuple(verified if one.path == entry.path else one for one in self.entries)
        self.changed.emit()

    def remove(self, entry: Entry) -> None:
        """Move a model to the trash, also out of another program's folder: the user was asked before."""
        if self.errand.busy:
            return

        def move(_: Callable[[Any], None]) -> None:
            from hiprompt_core.library import remove

            remove(entry, shared=True, trash=trash.move_to_trash)

        self._search_again = True  # also when it fails: a part of it may be gone
        self.errand.start(move, lambda _: None, self.failed.emit)

    def stop(self) -> None:
        """Leave nothing running."""
        self.errand.stop()
        self.downloads.stop()
