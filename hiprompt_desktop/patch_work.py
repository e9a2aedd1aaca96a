"""What is done with the chosen patches of a finished phase: drawn again, chosen among drawings, described again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hiprompt_core.errors import HiPromptError, InvalidRequest
from hiprompt_core.picture_files import picture_file
from hiprompt_core.request import CaptionRequest, RegenerateRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.caption_flags import Flag, flags
from hiprompt_desktop.job import Job
from hiprompt_desktop.messages import Message, Tone
from hiprompt_desktop.patch_cost import PatchCost, cost_of_redrawing, memory_of_a_patch
from hiprompt_desktop.patch_requests import Redrawing, describing, drawing_again
from hiprompt_desktop.reporter import PhasePicture
from hiprompt_desktop.variations import Variations

if TYPE_CHECKING:
    from hiprompt_desktop.session import Session


class PatchWork(QObject):
    """The session's hand for jobs about patches, and the owner of drawings that nobody has chosen among yet."""

    how_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.variations = Variations(self)
        self.variations.changed.connect(self._on_variation)
        self.how = Redrawing(seed=0)
        """How patches would be drawn again now."""

    def plan(self, how: Redrawing) -> None:
        """Take how patches would be drawn again, to say what that costs."""
        if how != self.how:
            self.how = how
            self.how_changed.emit()

    def cost(self, views: int) -> PatchCost | None:
        """What one drawing of so many views of the shown phase would cost; none where there is nothing to draw."""
        request, phase = self._session.document.request, self._session.document.shown_phase
        if request is None or phase is None or not phase.patches:
            return None
        machine = self._session.next.machine
        return cost_of_redrawing(phase, views, self.how, request, machine.rates(request))

    def memory_of_a_patch(self) -> int | None:
        """Bytes for each patch that is drawn at the same time; none where its model is gone."""
        request = self._session.document.request
        try:
            planner = self._session.next.planner
            return memory_of_a_patch(self.how, request, planner.facts(request.model)) if request is not None else None
        except HiPromptError:
            return None

    def regenerate(self, how: Redrawing) -> None:
        """Draw the selected patches of the shown phase again under their captions of now."""
        self.settle()
        session = self._session
        phase, folder, patches = session.document.shown_phase, session.document.folder, session.selection.patches
        if session.busy or phase is None or folder is None or not phase.finished or not patches:
            return
        self._ask(lambda: drawing_again(folder, phase, patches, how))

    def describe(self, question: str = "", of_result: bool = False) -> None:
        """Ask the captioner about the selected patches of the shown phase, or about all of them when none is.

        Args:
            question: empty: that of the wish.
            of_result: look at what was drawn, to compare it with the captions; they stay as they are.
        """
        self.settle()
        session = self._session
        phase, folder = session.document.shown_phase, session.document.folder
        if session.busy or phase is None or folder is None or not phase.described:
            return
        captioner = session.next.wish.captioner
        if captioner is None:
            session.messages.tell(self._no_captioner)
            return
        question = question.strip() or session.next.wish.question
        patches = session.selection.patches or list(range(len(phase.patches)))
        self._ask(lambda: [describing(folder, phase, patches, captioner, question, of_result)])

    def _no_captioner(self) -> Message:
        text, remedy = self.tr("There is no captioner."), self.tr("Choose one on the left under Captions.")
        return Message(tone=Tone.ERROR, text=text, remedy=remedy)

    def lock(self, locked: bool) -> None:
        """Protect the captions of the selected patches, or no longer, and say so."""
        count = self._session.edits.lock(self._session.selection.patches, locked)
        if count == 1:
            text = self.tr("Locked the caption.") if locked else self.tr("Unlocked the caption.")
        else:
            text = self.tr("Locked {0} captions.") if locked else self.tr("Unlocked {0} captions.")
        self._session.messages.say(text.format(count))

    def take_answers(self, request: CaptionRequest, answers: Any) -> str:
        """Put what the captioner said where it was asked for, and say so."""
        edits = self._session.edits
        if not request.of_result:
            edits.describe(request.phase, answers)
            return self.tr("Patches described again: {0}.").format(len(answers))
        edits.check(request.phase, answers)
        phase = self._session.document.phases[request.phase]  # perhaps another one is looked at by now
        unseen = sum(Flag.UNSEEN in flags(phase, index, self._session.prompt) for index in answers)
        return self.tr("Captions compared with the picture: {0}, not seen in it: {1}.").format(len(answers), unseen)

    def accept_variation(self) -> None:
        """Let the drawing that is looked at become a version of its phase."""
        request, picture = self.variations.request, self.variations.picture
        if request is None or picture is None:
            self.discard_variations()
            return
        rejected = [other for other in self.variations.pictures if other is not picture]
        self._remove(rejected)  # while they are open, nobody reads their files
        self.variations.close()
        self._session.finish_phase(Job(request=request), picture)
        self._session.messages.say(self.tr("Drawn again, saved as {0}").format(picture.finished.path))

    def discard_variations(self) -> None:
        """Stay with what was."""
        request, rejected = self.variations.request, self.variations.pictures
        if request is not None and request.phase is not None:
            self._remove(rejected)
            self.variations.close()
            self._session.on_versions(frozenset({request.phase}))
            self._session.messages.say(self.tr("Nothing changed."))

    def _remove(self, rejected: Sequence[PhasePicture]) -> None:
        """Drawings that nobody chose take no room."""
        try:
            for picture in rejected:
                file = picture_file(picture.finished.path)
                if file is not None:
                    RunFolder(file.path.parent).remove(file.phase, file.version)
        except HiPromptError as error:
            self._session.messages.complain(error)

    def settle(self) -> None:
        """What is looked at counts, when something else begins before somebody decided."""
        if self.variations.open and not self._session.busy:
            self.accept_variation()

    def _ask(self, make: Callable[[], list[RegenerateRequest] | list[CaptionRequest]]) -> None:
        """Start a job about patches, or say why not."""
        try:
            first, *others = make()
        except InvalidRequest as error:
            self._session.messages.complain(error)
            return
        variations = tuple(one for one in others if isinstance(one, RegenerateRequest))
        self._session.start(Job(request=first, variations=variations))

    def _on_variation(self) -> None:
        easel, picture = self._session.easel, self.variations.picture
        if easel.phase is not None:
            if picture is not None:
                easel.show_instead(picture.pyramid)
            else:
                easel.show(easel.phase)
        self._session.captions_changed.emit()
        self._session.phases_changed.emit()
