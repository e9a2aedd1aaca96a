"""Pictures of the user's own to start from: read beside the window, shown on the canvas, part of the wish."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject

from hiprompt_core.geometry import Size, upscaled
from hiprompt_desktop.background import Background
from hiprompt_desktop.core_sentences import side_by_side, told
from hiprompt_desktop.document import SAMPLE_PROMPTS
from hiprompt_desktop.job import Failure
from hiprompt_desktop.messages import Message, Offer, Telling, Tone
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.session import Session

TASK = "own picture"


class _Read(NamedTuple):
    pyramid: Pyramid
    notes: tuple[str, ...]


class OwnPictures(QObject):
    """Follows the wish: whichever picture that starts from is the one on the canvas."""

    def __init__(self, session: Session, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._path: Path | None = None
        """The one that is on the canvas, or will be."""
        self._told: Telling | None = None
        """Says what is to be said about it."""
        session.next.changed.connect(self.follow)

    def start_from(self, path: Path, texts: Mapping[str, str] | None = None) -> None:
        """Let the next picture be this one, twice as large; one that cannot be read changes nothing.

        Args:
            texts: changes of the wish, when the picture's own prompt is known.
        """
        chosen = partial(self._on_chosen, path, texts)
        self._background.run(partial(_read, path), chosen, self._session.messages.tell_failure, name=TASK)

    def follow(self) -> None:
        """Show the picture that the wish starts from, or none any more."""
        path = self._session.next.wish.base_image
        if path == self._path:
            return
        self._path = path
        self._session.easel.show_own(None, None)
        if self._told is not None:
            self._session.messages.dismiss(self._told)
            self._told = None
        if path is None:
            self._background.forget(TASK)
        else:
            self._background.run(partial(_read, path), partial(self._on_read, path), self._on_gone, name=TASK)

    def _on_chosen(self, path: Path, texts: Mapping[str, str] | None, read: _Read) -> None:
        session = self._session
        self._path = path
        size = read.pyramid.size
        if texts is None:
            texts = {"prompt": ""} if session.next.wish.prompt in SAMPLE_PROMPTS else {}
        session.next.change(base_image=path, base_size=size, size=upscaled(size, 2), **texts)
        session.easel.show_own(path, read.pyramid)
        if not session.busy:
            session.close_picture()
        self._told = partial(self._message, path, size, read.notes)
        session.messages.tell(self._told)

    def _message(self, path: Path, size: Size, notes: tuple[str, ...]) -> Message:
        text = self.tr("The next picture starts from {0}, {1} × {2}.").format(path.name, size.width, size.height)
        offers: tuple[Offer, ...] = ()
        wish = self._session.next.wish
        if wish.prompt.strip():
            remedy = self.tr("Does the prompt say what it shows?")
            if wish.captioner is not None and not self._session.busy:
                offers = (Offer(text=self.tr("Describe it for me"), act=self._session.picture_work.tell_prompt),)
        elif wish.captioner is not None:
            remedy = self.tr("Say what it shows, or leave that to the captioner.")
        else:
            remedy = self.tr("Say what it shows.")
        return Message(tone=Tone.INFO, text=side_by_side(text, *map(told, notes)), remedy=remedy, offers=offers)

    def _on_read(self, path: Path, read: _Read) -> None:
        self._session.next.take(base_size=read.pyramid.size)
        self._session.easel.show_own(path, read.pyramid)

    def _on_gone(self, failure: Failure) -> None:
        self._session.next.take(base_image=None, base_size=None)
        self._session.messages.tell_failure(failure)


def _read(path: Path) -> _Read:
    from hiprompt_core.own_picture import open_own_picture  # numpy comes with it, which the window need not wait for

    picture = open_own_picture(path)
    return _Read(Pyramid.of(picture.image), picture.notes)
