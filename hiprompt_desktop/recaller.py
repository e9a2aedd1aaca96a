"""Reads how a picture was made, and offers to use it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.metadata import PhaseRecord
from hiprompt_desktop.background import Background
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.own_pictures import OwnPictures
from hiprompt_desktop.project_keeper import ProjectKeeper
from hiprompt_desktop.recall_wish import Part, missing_files, program_of, seed_of, wish_changes
from hiprompt_desktop.session import Session

if TYPE_CHECKING:
    from hiprompt_core.recall import Recalled

LONGEST_PROMPT = 80


class Recaller(QObject):
    """What the window does with a picture that somebody brings."""

    def __init__(
        self,
        session: Session,
        background: Background,
        keeper: ProjectKeeper,
        own_pictures: OwnPictures,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._keeper = keeper
        self._own_pictures = own_pictures

    def receive(self, path: Path) -> None:
        """A file or folder was dropped or chosen: open a run folder, offer the settings of a picture, start from one
        that has none."""
        if path.is_dir():
            self.open(path)
        else:
            self._background.run(
                partial(_recall_if_told, path), partial(self._on_recalled, path), self._session.messages.tell_failure
            )

    def open(self, folder: Path) -> None:
        """Show a picture of ours in the window, or a project; of several asked for quickly, the last one."""
        self._keeper.open(folder)

    def use(self, picture: Path, part: Part) -> None:
        """Take settings out of a picture of ours without asking."""
        self._background.run(
            partial(_recall, picture), lambda found: self._use(found, part), self._session.messages.tell_failure
        )

    def _on_recalled(self, path: Path, recalled: Recalled | None) -> None:
        if recalled is not None:
            self._session.messages.tell(partial(self._offer, path, recalled))
        else:
            self._own_pictures.start_from(path)

    def _offer(self, path: Path, recalled: Recalled) -> Message:
        offers = [Offer(text=self.tr("Use prompt"), act=partial(self._use, recalled, Part.PROMPT))]
        if seed_of(recalled) is not None:
            offers.append(Offer(text=self.tr("Use seed"), act=partial(self._use, recalled, Part.SEED)))
        offers.append(Offer(text=self.tr("Use everything"), act=partial(self._use, recalled, Part.EVERYTHING)))
        upscale = partial(self._own_pictures.start_from, path, wish_changes(recalled, Part.PROMPT))
        offers.append(Offer(text=self.tr("Upscale it"), act=upscale))
        if isinstance(recalled, PhaseRecord):
            offers.insert(0, Offer(text=self.tr("Open"), act=partial(self.open, path)))
        prompt = " ".join(wish_changes(recalled, Part.PROMPT).get("prompt", "").split())
        if len(prompt) > LONGEST_PROMPT:
            prompt = prompt[:LONGEST_PROMPT].rstrip() + "…"
        text = self.tr("{0}, made with {1}: {2}").format(path.name, program_of(recalled), prompt)
        return Message(tone=Tone.INFO, text=text, remedy=self._loras(recalled), offers=tuple(offers))

    def _loras(self, recalled: Recalled) -> str:
        """What another program's picture cannot bring along by itself."""
        named = getattr(recalled, "loras", ())
        text = self.tr("It was made with LoRAs, which you can choose under add-ons: {0}.")
        return "· " + text.format(", ".join(f"{name} {weight:g}" for name, weight in named)) if named else ""

    def _use(self, recalled: Recalled, part: Part) -> None:
        self._session.next.change(**wish_changes(recalled, part))
        self._session.messages.dismiss()
        missing = [path.name for path in missing_files(recalled)] if part is Part.EVERYTHING else []
        if missing:
            self._session.messages.tell(partial(self._left_out, ", ".join(missing)))

    def _left_out(self, names: str) -> Message:
        return Message(tone=Tone.INFO, text=self.tr("Not on this computer, and left out: {0}").format(names))


def _recall_if_told(path: Path) -> Recalled | None:
    """None: the picture does not say how it was made, or cannot be read here; who starts from it says why."""
    try:
        return _recall(path)
    except ResultCorrupt:
        return None


def _recall(path: Path) -> Recalled:
    from hiprompt_core.recall import recall  # numpy comes with it, which the window need not wait for at its start

    return recall(path)
