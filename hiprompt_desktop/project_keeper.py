"""Keeps every change in the project of the picture at hand, saves it when the user says so, and brings it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QDateTime, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QImageReader

from hiprompt_core.errors import HiPromptError
from hiprompt_core.project import HEAD, SUFFIX
from hiprompt_desktop.background import Background
from hiprompt_desktop.commands import ChangePicture
from hiprompt_desktop.document import Wish
from hiprompt_desktop.job import Failure
from hiprompt_desktop.messages import Telling
from hiprompt_desktop.opened_picture import OpenedPicture
from hiprompt_desktop.project_lock import Holder, holder
from hiprompt_desktop.project_messages import THUMBNAIL, half_there, left_open, not_saved, reverted, snapshot_name
from hiprompt_desktop.project_places import Abandoned, ProjectPlaces
from hiprompt_desktop.project_state import Work
from hiprompt_desktop.project_store import OpenedProject, ProjectFacts, ProjectStore
from hiprompt_desktop.session import Session

TYPING_MS = 1000
"""Without a change before captions are kept."""


class ProjectKeeper(QObject):
    """The window calls its methods; files are touched on the background thread only."""

    changed = Signal()
    """Another project is open, it has other snapshots, or it is saved or no longer what was saved."""

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
        self._coming: Path | None = None
        """Run folder of the picture that takes the place of the one at hand."""
        self._told: Telling | None = None
        """What is to be read about the open project."""
        self.facts: ProjectFacts | None = None
        """About the open project."""
        self.last: str | None = None
        """The project to open at the next start."""
        self._timer = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._timer.timeout.connect(self.keep)
        session.edits.changed.connect(self._timer.start)
        session.undo_stack.indexChanged.connect(self._on_index)
        session.phases_changed.connect(self._on_phases)
        session.state_changed.connect(self.keep)
        session.picture_leaving.connect(self._on_leaving)

    # Keeping

    def _on_index(self) -> None:
        self._timer.start()

    def _on_phases(self) -> None:
        """A finished phase is kept at once; looking at another one is no hurry."""
        known = self._last.phases if self._last is not None else {}
        paths = {phase.path for phase in self._session.document.phases.values() if phase.path is not None}
        if paths - {phase.path for phase in known.values()}:
            self.keep()
        else:
            self._timer.start()

    def _on_leaving(self) -> None:
        if self._coming is None:  # else the wish is that of the next picture already
            self.keep()
        self._untell()
        folder, self._last = self._session.document.folder, None
        if folder == self._coming:
            return  # an earlier version of the same
        if folder is not None and self._active:
            self._background.run(lambda: self._store.leave(folder), lambda _: None, self._session.messages.tell_failure)
        self._take_facts(None)

    def keep(self) -> None:
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
            lambda: self._store.keep(work), partial(self._on_kept, work), partial(self._on_not_kept, work)
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

    def _on_kept(self, work: Work, facts: ProjectFacts) -> None:
        self._waiting.remove(work)
        if self._session.document.folder == work.folder:
            self._take_facts(facts)

    def _on_not_kept(self, work: Work, failure: Failure) -> None:
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
                self.last = str(self._store.keep(waiting).path)
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
        self._bring(snapshot, lambda: self._store.go_back(snapshot, self._session.next.folder))

    def revert(self) -> None:
        """Show what the user saved; the work of now can be gone back to."""
        time = self.tr("Before reverting, {0}").format(QDateTime.currentDateTime().toString("yyyy-MM-dd HH:mm"))
        taken = self.facts.snapshots if self.facts is not None else ()
        name = next(name for name in chain((time,), (f"{time} ({n})" for n in count(2))) if name not in taken)
        read = partial(self._store.revert, name, self._session.next.folder)
        self._bring(name, read, told=lambda: reverted(name, partial(self.go_back, name)))

    def unpack(self, archive: Path, path: Path) -> None:
        """Make a project of a zip file, and show it."""
        self._bring(archive.name, lambda: self._store.unpack(archive, _with_suffix(path), self._session.next.folder))

    def _bring(
        self,
        name: str,
        read: Callable[[], OpenedProject | OpenedPicture],
        with_wish: bool = True,
        told: Telling | None = None,
    ) -> None:
        """Args:
        told: what is to be read then.
        """
        if self._session.busy:
            self._session.tell_busy()
            return
        self.keep()
        self._wanted = wanted = object()
        self._session.messages.say(self.tr("Opening {0}…").format(name))
        self._background.run(read, partial(self._on_brought, wanted, with_wish, told), self._on_not_brought)

    def _on_brought(
        self, wanted: object, with_wish: bool, told: Telling | None, opened: OpenedProject | OpenedPicture
    ) -> None:
        if wanted is not self._wanted:
            return
        self._wanted = None
        project = opened if isinstance(opened, OpenedProject) else None
        picture = project.picture if project is not None else opened
        if self._session.busy:
            self._session.tell_busy()
            return
        self._session.patch_work.settle()
        self.keep()
        self._coming = picture.request.output
        if project is not None and with_wish:  # before the picture, whose own steps are taken back first
            self._session.next.change(**{f.name: getattr(project.wish, f.name) for f in fields(Wish)})
        self._session.open_picture(picture)
        self._coming = None
        if picture.warning:
            self._session.messages.tell(partial(half_there, picture.warning, saved=project is not None))
        if project is None:
            return
        self.keep()
        if project.unsaved is not None:
            told = partial(not_saved, project, project.unsaved, self.revert)
        if told is not None:
            self._told = told
            self._session.messages.tell(told)

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
            recover = partial(self._recover, abandoned.path)
            messages.tell(lambda: left_open(abandoned, thumbnail, recover, other() if other is not None else None))
        elif free and self._session.document.folder is None and not self._session.busy:
            read = partial(self._store.open, free[0], self._session.next.folder)
            self._bring(free[0].stem, read, with_wish=False)

    def _recover(self, path: Path) -> None:
        self._session.messages.dismiss()
        self.open(path)

    # The user's own projects

    def save(self) -> None:
        """Make the work of now what the user saved, at the place that the user chose."""
        if self.facts is not None:
            self.keep()
            self._untell()
            self._ask(self._store.save, self.tr("“{0}” is saved.").format(self.facts.path.stem))

    def _untell(self) -> None:
        """What was told of the open project is true no more."""
        if self._told is not None:
            self._session.messages.dismiss(self._told)
            self._told = None

    def save_as(self, path: Path) -> None:
        """Save the work of now at a place of the user's, and keep beside it what follows."""
        self.keep()
        self._untell()
        self._ask(lambda: self._store.save_as(_with_suffix(path)), self.tr("Saved as {0}").format(path.name))

    def ask_snapshot(self) -> None:
        """Ask for a name to go back to, and keep the work of now under it."""
        self._untell()
        self._told = lambda: snapshot_name(self._named)
        self._session.messages.tell(self._told)

    def _named(self, name: str) -> None:
        self._untell()
        self.snapshot(name)

    def snapshot(self, name: str) -> None:
        """Give the work of now a name to go back to."""
        self.keep()
        self._ask(lambda: self._store.snapshot(name), self.tr("Snapshot “{0}” is kept.").format(name))

    def export(self, archive: Path) -> None:
        """Write the whole project as one zip file."""
        self.keep()
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
