"""Keeps every change in the project of the picture at hand, and brings projects back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader

from hiprompt_core.errors import HiPromptError
from hiprompt_core.project import HEAD, SUFFIX
from hiprompt_desktop.background import Background
from hiprompt_desktop.commands import ChangePicture
from hiprompt_desktop.core_sentences import side_by_side, told
from hiprompt_desktop.document import Wish
from hiprompt_desktop.job import Failure
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.opened_picture import OpenedPicture
from hiprompt_desktop.project_lock import Holder, holder
from hiprompt_desktop.project_places import Abandoned, ProjectPlaces
from hiprompt_desktop.project_state import Work
from hiprompt_desktop.project_store import OpenedProject, ProjectFacts, ProjectStore
from hiprompt_desktop.session import Session

TYPING_MS = 1000
"""Without a change before captions are kept."""
THUMBNAIL = 96


class ProjectKeeper(QObject):
    """The window calls its methods; files are touched on the background thread only."""

    changed = Signal()
    """Another project is open, or it has other snapshots."""

    def __init__(
        self, session: Session, background: Background, untitled: Path | None, parent: QObject | None = None
    ) -> None:
        """Args:
        untitled: folder of projects that the user did not save anywhere; none: nothing is kept.
        """
        super().__init__(parent)
        self._session = session
        self._background = background
        self._active = untitled is not None
        self._places = ProjectPlaces(untitled or Path())
        self._store = ProjectStore(self._places)
        self._waiting: list[Work] = []
        """Handed over, but perhaps not on disk yet."""
        self._last: Work | None = None
        """What was handed over last."""
        self._wanted: object = None
        self.facts: ProjectFacts | None = None
        """About the open project."""
        self.last: str | None = None
        """The project to open at the next start."""
        self._timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._timer.timeout.connect(self.save)
        session.edits.changed.connect(self._timer.start)
        session.undo_stack.indexChanged.connect(self._on_index)
        session.phases_changed.connect(self._on_phases)
        session.state_changed.connect(self.save)
        session.picture_leaving.connect(self._on_leaving)

    # Saving

    def _on_index(self) -> None:
        self._timer.start()

    def _on_phases(self) -> None:
        """A finished phase is kept at once; looking at another one is no hurry."""
        known = self._last.phases if self._last is not None else {}
        paths = {phase.path for phase in self._session.document.phases.values() if phase.path is not None}
        if paths - {phase.path for phase in known.values()}:
            self.save()
        else:
            self._timer.start()

    def _on_leaving(self) -> None:
        self.save()
        folder, self._last = self._session.document.folder, None
        if folder is not None and self._active:
            self._background.run(lambda: self._store.leave(folder), lambda _: None, self._session.messages.tell_failure)
        self._take_facts(None)

    def save(self) -> None:
        """Keep what there is, if anything changed; drawings to choose among are kept when one is chosen."""
        self._timer.stop()
        if self._session.patch_work.variations.open:
            return
        work = self._work()
        if work is None or work == self._last or not self._active:
            return
        self._last = work
        self._waiting.append(work)
        self._background.run(
            lambda: self._store.save(work), partial(self._on_saved, work), partial(self._on_not_saved, work)
        )

    def _work(self) -> Work | None:
        """The work of this moment; none: nothing is drawn yet."""
        session, document = self._session, self._session.document
        kept = {
            number: phase
            for number, phase in document.phases.items()
            if phase.finished or (number == document.waiting and phase.described)
        }
        if document.folder is None or not kept:
            return None
        stack = session.undo_stack
        commands = [stack.command(index) for index in range(stack.count())]
        return Work(
            wish=session.next.wish,
            folder=document.folder,
            request=document.request,
            phases=kept,
            phase_count=document.phase_count,
            waiting=document.waiting,
            shown=document.shown if document.shown in kept else None,
            steps=tuple(command.step for command in commands if isinstance(command, ChangePicture)),
            done=stack.index(),
        )

    def _on_saved(self, work: Work, facts: ProjectFacts) -> None:
        self._waiting.remove(work)
        if self._session.document.folder == work.folder:
            self._take_facts(facts)

    def _on_not_saved(self, work: Work, failure: Failure) -> None:
        self._waiting.remove(work)
        if work is self._last:
            self._last = None
        self._session.messages.tell_failure(failure)

    def _take_facts(self, facts: ProjectFacts | None) -> None:
        if facts is not None:
            self.last = str(facts.path)
        if facts != self.facts:
            self.facts = facts
            self.changed.emit()

    def stop(self) -> None:
        """Write what is not on disk yet; the background thread has ended."""
        self._timer.stop()
        work = self._work()
        try:
            for waiting in (*self._waiting, *((work,) if work is not None and self._active else ())):
                self.last = str(self._store.save(waiting).path)
            self._store.close()
        except HiPromptError as error:
            self._session.messages.tell_failure(Failure.of(error))

    # Opening

    def open(self, path: Path) -> None:
        """Show a picture with all that is known about it, or a project; of several asked for quickly, the last."""
        read = partial(self._store.open_picture, path, self._session.next.folder)
        self._bring(path.stem if path.suffix == SUFFIX else path.name, read, with_wish=(path / HEAD).exists())

    def go_back(self, snapshot: str) -> None:
        """Show the work as it was."""
        self.save()
        self._bring(snapshot, lambda: self._store.go_back(snapshot, self._session.next.folder))

    def unpack(self, archive: Path, path: Path) -> None:
        """Make a project of a zip file, and show it."""
        self._bring(archive.name, lambda: self._store.unpack(archive, _with_suffix(path), self._session.next.folder))

    def _bring(self, name: str, read: Callable[[], OpenedProject | OpenedPicture], with_wish: bool = True) -> None:
        if self._session.busy:
            self._session.tell_busy()
            return
        self.save()
        self._wanted = wanted = object()
        self._session.messages.say(self.tr("Opening {0}…").format(name))
        self._background.run(read, partial(self._on_brought, wanted, with_wish), self._on_not_brought)

    def _on_brought(self, wanted: object, with_wish: bool, opened: OpenedProject | OpenedPicture) -> None:
        if wanted is not self._wanted:
            return
        self._wanted = None
        if isinstance(opened, OpenedPicture):
            self._session.open_picture(opened)
            if opened.warning:
                self._session.messages.tell(partial(self._half_there, opened.warning))
            return
        self._session.open_picture(opened.picture)
        if with_wish:
            self._session.next.change(**{f.name: getattr(opened.wish, f.name) for f in fields(Wish)})
        self.save()

    def _half_there(self, warning: str) -> Message:
        remedy = self.tr("Finished phases and their captions are here, undo is not.")
        return Message(tone=Tone.WARNING, text=told(warning), remedy=remedy)

    def _on_not_brought(self, failure: Failure) -> None:
        if not self._session.busy:
            self._session.messages.say("")
        self._session.messages.tell_failure(failure)

    def begin(self, last: Path | None) -> None:
        """At the start: offer what a killed process left, or else show the last project again."""
        if not self._active:
            return
        self.last = str(last) if last is not None else None
        others = (last,) if last is not None else ()
        self._background.run(lambda: self._look(*others), self._on_looked, self._session.messages.tell_failure)

    def _look(self, *last: Path) -> tuple[Abandoned | None, QImage, list[Path]]:
        """What was left with a small picture of it, and which of the projects can be opened."""
        abandoned = self._places.abandoned(*last)
        self._places.forget_old()
        free = [path for path in last if path.exists() and holder(path) is Holder.NOBODY]
        if abandoned is None or abandoned.thumbnail is None:
            return abandoned, QImage(), free
        reader = QImageReader(str(abandoned.thumbnail))
        reader.setScaledSize(reader.size().scaled(THUMBNAIL, THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio))
        return abandoned, reader.read(), free

    def _on_looked(self, found: tuple[Abandoned | None, QImage, list[Path]]) -> None:
        abandoned, thumbnail, free = found
        if abandoned is not None:
            messages = self._session.messages
            other = messages.telling if messages.current is not None and messages.current.offers else None
            if other is not None:  # the queue has something to say about that end, too
                messages.dismiss()
            messages.tell(lambda: self._kept(abandoned, thumbnail, other() if other is not None else None))
        elif free and self._session.document.folder is None and not self._session.busy:
            read = partial(self._store.open, free[0], self._session.next.folder)
            self._bring(free[0].stem, read, with_wish=False)

    def _kept(self, abandoned: Abandoned, thumbnail: QImage, other: Message | None) -> Message:
        """What a killed process left, behind what else there is to say about that end."""
        moment = QDateTime.fromSecsSinceEpoch(int(abandoned.time))
        today = moment.date() == QDateTime.currentDateTime().date()
        time = QLocale().toString(moment.time() if today else moment, QLocale.FormatType.ShortFormat)
        offer = Offer(text=self.tr("Recover"), act=partial(self._recover, abandoned.path))
        text = self.tr("HiPrompt ended without being closed. Nothing is lost: the picture from {0} is kept.")
        picture = thumbnail if not thumbnail.isNull() else None
        if other is None:
            return Message(tone=Tone.WARNING, text=text.format(time), offers=(offer,), picture=picture)
        words = side_by_side(other.text, other.remedy, text.format(time))
        return replace(other, text=words, remedy="", offers=(*other.offers, offer), picture=picture)

    def _recover(self, path: Path) -> None:
        self._session.messages.dismiss()
        self.open(path)

    # The user's own projects

    def save_as(self, path: Path) -> None:
        """Keep the work of now, and what follows, at a place of the user's."""
        self.save()
        self._ask(lambda: self._store.save_as(_with_suffix(path)), self.tr("Saved as {0}").format(path.name))

    def snapshot(self, name: str) -> None:
        """Give the work of now a name to go back to."""
        self.save()
        self._ask(lambda: self._store.snapshot(name), self.tr("Snapshot “{0}” is kept.").format(name))

    def export(self, archive: Path) -> None:
        """Write the whole project as one zip file."""
        self.save()
        note = self.tr("Project written to {0}").format(archive.name)
        self._background.run(
            lambda: self._store.export(archive),
            lambda _: self._session.messages.say(note),
            self._session.messages.tell_failure,
        )

    def _ask(self, work: Callable[[], ProjectFacts], note: str) -> None:
        def done(facts: ProjectFacts) -> None:
            self._take_facts(facts)
            self._session.messages.say(note)

        self._background.run(work, done, self._session.messages.tell_failure)


def _with_suffix(path: Path) -> Path:
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)
