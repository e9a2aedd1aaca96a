"""The pictures of the pictures folder: listed, starred, opened again, thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QImage, QPixmap

from hiprompt_core.errors import HiPromptError
from hiprompt_core.trash import Trash, move_to_trash
from hiprompt_desktop.background import LATER, Background
from hiprompt_desktop.history_files import HistoryEntry, read_history, read_stars, read_thumbnail, write_stars
from hiprompt_desktop.job import Failure
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.recall_wish import Part
from hiprompt_desktop.recaller import Recaller
from hiprompt_desktop.session import Session


class History(QObject):
    """Widgets list its entries and call its methods; files are touched on the background thread only."""

    changed = Signal()
    """Entries or stars are others."""
    thumbnail_ready = Signal(Path)
    """(folder of the entry)"""

    def __init__(
        self,
        session: Session,
        background: Background,
        recaller: Recaller,
        parent: QObject | None = None,
        trash: Trash = move_to_trash,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._recaller = recaller
        self._trash = trash
        self._pictures = session.next.folder
        self._thumbnails: dict[tuple[Path, float], QPixmap | None] = {}
        self.entries: tuple[HistoryEntry, ...] = ()
        self.starred: frozenset[str] = frozenset()
        session.state_changed.connect(self._on_state)
        session.next.folder_changed.connect(self.refresh)

    def _on_state(self) -> None:
        if not self._session.busy:  # a cancelled picture has finished phases, too
            self.refresh()

    def refresh(self) -> None:
        """Look again at what the pictures folder holds."""
        folder = self._session.next.folder
        self._background.run(
            lambda: (folder, read_history(folder), read_stars(folder)),
            self._on_read,
            self._session.messages.tell_failure,
        )

    def _on_read(self, found: tuple[Path, tuple[HistoryEntry, ...], frozenset[str]]) -> None:
        if found != (self._pictures, self.entries, self.starred):
            self._pictures, self.entries, self.starred = found
            known = {(entry.small, entry.changed) for entry in self.entries}
            self._thumbnails = {key: pixmap for key, pixmap in self._thumbnails.items() if key in known}
            self.changed.emit()

    def find(self, words: str, starred_only: bool) -> list[HistoryEntry]:
        """The entries whose prompt or seed has all the words."""
        wanted = words.casefold().split()
        return [
            entry
            for entry in self.entries
            if (not starred_only or self.is_starred(entry))
            and all(word in f"{entry.prompt} {entry.seed}".casefold() for word in wanted)
        ]

    def thumbnail(self, entry: HistoryEntry) -> QPixmap | None:
        """A small copy; none until it is read, which this call starts."""
        key = (entry.small, entry.changed)
        if key not in self._thumbnails:
            self._thumbnails[key] = None
            done = partial(self._on_thumbnail, entry)
            # One that cannot be read stays blank; opening it tells why.
            self._background.run(lambda: read_thumbnail(entry.small), done, lambda failure: None, LATER)  # noqa: ARG005
        return self._thumbnails[key]

    def _on_thumbnail(self, entry: HistoryEntry, image: QImage) -> None:
        self._thumbnails[(entry.small, entry.changed)] = QPixmap.fromImage(image)
        self.thumbnail_ready.emit(entry.folder)

    def is_starred(self, entry: HistoryEntry) -> bool:
        return entry.folder.name in self.starred

    def toggle_star(self, entry: HistoryEntry) -> None:
        starred = self.starred ^ {entry.folder.name}
        # Names of pictures that are gone are forgotten.
        starred &= {known.folder.name for known in self.entries}
        try:
            write_stars(self._pictures, starred)
        except HiPromptError as error:
            self._session.messages.tell_failure(Failure.of(error))
            return
        self.starred = starred
        self.changed.emit()

    def open(self, entry: HistoryEntry) -> None:
        """Show it in the window again, with all its phases and captions."""
        self._recaller.open(entry.folder)

    def use(self, entry: HistoryEntry, part: Part) -> None:
        self._recaller.use(entry.picture, part)

    def show(self, entry: HistoryEntry) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(entry.folder)))

    def throw_away(self, entry: HistoryEntry) -> None:
        """Move a picture to the system's trash, from where it can be taken back; with a star, only when asked twice."""
        if self._in_work(entry):
            self._session.messages.tell(self._worked_on)
        elif self.is_starred(entry):
            self._session.messages.tell(partial(self._starred, entry))
        else:
            self._move_to_trash((entry,))

    def keep_starred(self, entries: Sequence[HistoryEntry]) -> None:
        """Move those without a star to the trash, after the user said so; the picture at hand stays."""
        document = self._session.document
        others = [entry for entry in entries if not self.is_starred(entry) and entry.folder != document.folder]
        if others:
            self._session.messages.tell(partial(self._without_star, tuple(others)))

    def _in_work(self, entry: HistoryEntry) -> bool:
        return self._session.busy and self._session.document.folder == entry.folder

    def _worked_on(self) -> Message:
        text = self.tr("This picture is being worked on.")
        return Message(tone=Tone.WARNING, text=text, remedy=self.tr("Cancel first."))

    def _starred(self, entry: HistoryEntry) -> Message:
        text = self.tr("“{0}” has a star, and what has a star is kept.").format(entry.folder.name)
        offer = Offer(text=self.tr("Move it to the trash all the same"), act=partial(self._move_to_trash, (entry,)))
        return Message(tone=Tone.INFO, text=text, offers=(offer,))

    def _without_star(self, entries: tuple[HistoryEntry, ...]) -> Message:
        text = self.tr("Pictures without a star that are listed here, to be moved to the trash: {0}.")
        offer = Offer(text=self.tr("Move them"), act=partial(self._move_to_trash, entries))
        return Message(tone=Tone.INFO, text=text.format(len(entries)), offers=(offer,))

    def _move_to_trash(self, entries: tuple[HistoryEntry, ...]) -> None:
        self._session.messages.dismiss()
        free = tuple(entry for entry in entries if not self._in_work(entry))

        def move() -> None:
            for entry in free:
                self._trash(entry.folder)

        self._background.run(move, lambda _: self._on_gone(free), self._on_not_gone)

    def _on_gone(self, entries: tuple[HistoryEntry, ...]) -> None:
        if not self._session.busy and self._session.document.folder in {entry.folder for entry in entries}:
            self._session.close_picture()
        text = self.tr("“{0}” is in the system's trash now; it can be restored from there.")
        if len(entries) > 1:
            text = self.tr("{0} pictures are in the system's trash now; they can be restored from there.")
        self._session.messages.say(text.format(entries[0].folder.name if len(entries) == 1 else len(entries)))
        self.entries = tuple(other for other in self.entries if other not in entries)
        self.changed.emit()

    def _on_not_gone(self, failure: Failure) -> None:
        self._session.messages.tell_failure(failure)
        self.refresh()  # some may be gone
