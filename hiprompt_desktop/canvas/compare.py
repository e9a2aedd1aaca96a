"""Two pictures looked at together: what is loaded of them, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from functools import partial

from PySide6.QtCore import QObject, Signal

from hiprompt_core.geometry import Size
from hiprompt_desktop.background import Background
from hiprompt_desktop.comparison import PictureRef, usual_comparison
from hiprompt_desktop.job import Failure
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.session import Session

GAINS = (1, 2, 4, 8, 16)
"""How many times a difference can be amplified."""


class CompareMode(Enum):
    SLIDER = auto()
    SIDE_BY_SIDE = auto()
    DIFFERENCE = auto()


class Compare(QObject):
    """Follows the session's comparison; reads what is not in memory off the GUI thread."""

    pictures_changed = Signal()
    """Another pair, or one of it has been read."""
    look_changed = Signal()
    """Mode, split or gain."""

    def __init__(self, session: Session, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._loaded: dict[PictureRef, Pyramid] = {}
        self.mode = CompareMode.SLIDER
        self.split = 0.5
        """Where the slider is, in shares of the viewport's width."""
        self.gain = 4
        session.easel.comparison_changed.connect(self._load)
        session.phases_changed.connect(self._load_anew)

    @property
    def on(self) -> bool:
        return self._session.easel.comparison is not None

    @property
    def pictures(self) -> tuple[Pyramid | None, Pyramid | None]:
        """A and B, as far as they are there."""
        pair = self._session.easel.comparison
        return (self._picture(pair.a), self._picture(pair.b)) if pair is not None else (None, None)

    @property
    def size(self) -> Size | None:
        """The larger size, in which both are looked at; none while neither is there."""
        return max((picture.size for picture in self.pictures if picture), key=lambda size: size.area, default=None)

    def set_mode(self, mode: CompareMode) -> None:
        self.mode = mode
        self.look_changed.emit()

    def next_mode(self) -> None:
        modes = list(CompareMode)
        self.set_mode(modes[(modes.index(self.mode) + 1) % len(modes)])

    def set_split(self, split: float) -> None:
        self.split = min(max(split, 0.0), 1.0)
        self.look_changed.emit()

    def set_gain(self, gain: int) -> None:
        self.gain = gain
        self.look_changed.emit()

    def toggle(self) -> None:
        """Compare the shown phase with what was before it, or look at one picture again."""
        self._session.easel.compare(None if self.on else usual_comparison(self._session.document))

    def stop(self) -> None:
        self._session.easel.compare(None)

    def swap(self) -> None:
        if self._session.easel.comparison is not None:
            self._session.easel.compare(self._session.easel.comparison.swapped())

    def _picture(self, ref: PictureRef) -> Pyramid | None:
        for phase in self._session.document.phases.values():
            if phase.path == ref.path:
                return self._session.easel.pyramid_of(phase.number) or self._loaded.get(ref)
        return self._loaded.get(ref)

    def _load_anew(self) -> None:
        """A phase was drawn again: what was in memory may now be a file."""
        if self.on:
            self._load()

    def _load(self) -> None:
        pair = self._session.easel.comparison
        wanted = {pair.a, pair.b} if pair is not None else set()
        self._loaded = {ref: pyramid for ref, pyramid in self._loaded.items() if ref in wanted}
        for name, ref in (("picture a", pair.a), ("picture b", pair.b)) if pair is not None else ():
            if self._picture(ref) is None:
                read: Callable[[], Pyramid] = partial(Pyramid.read, ref.path)
                self._background.run(read, partial(self._on_read, ref), self._on_failed, name=name)
        self.pictures_changed.emit()

    def _on_read(self, ref: PictureRef, pyramid: Pyramid) -> None:
        pair = self._session.easel.comparison
        if pair is not None and ref in (pair.a, pair.b):
            self._loaded[ref] = pyramid
            self.pictures_changed.emit()

    def _on_failed(self, failure: Failure) -> None:
        self._session.easel.compare(None)
        self._session.messages.tell_failure(failure)
