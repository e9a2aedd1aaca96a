"""Counts tokens as the model of the next picture does, the user's own words among them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from hiprompt_core.token_counter import TokenCounter
from hiprompt_desktop.next_picture import NextPicture


class Tokens(QObject):
    """Holds the counter once the engine's thread has loaded it."""

    changed = Signal()
    """Another model counts, or other words are the user's own."""

    def __init__(self, following: NextPicture, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._following = following
        self.counter: TokenCounter | None = None
        following.changed.connect(self._on_wish)

    @Slot(object)
    def take(self, counter: TokenCounter) -> None:
        self.counter = counter.with_embeddings(self._following.wish.additions.embeddings)
        self.changed.emit()

    @Slot()
    def _on_wish(self) -> None:
        """The user's own words come with the add-ons."""
        counter = self.counter
        if counter is not None and counter.embeddings != self._following.wish.additions.embeddings:
            self.take(counter)
