"""What is begun with a whole picture: a new one, the rest of one, or another that grows out of a finished phase."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hiprompt_core.errors import HiPromptError
from hiprompt_core.plan import Plan, check_branch
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.document import picture_folder
from hiprompt_desktop.job import Branch, Job, PromptRequest
from hiprompt_desktop.messages import Message, Tone
from hiprompt_desktop.patch_requests import branching, continuing, going_on

if TYPE_CHECKING:
    from hiprompt_desktop.session import Session


class PictureWork(QObject):
    """The session's hand for jobs that draw phases."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def generate(self) -> None:
        """Start the picture that the wish describes, or say why not; one that waits for its captions goes on."""
        session = self._session
        if not session.busy:
            if self._waits_as_wished():
                self.go_on()
                return
            if session.next.wish.untold and session.next.forecast.plan is not None:
                self.tell_prompt(then_draw=True)
                return
            try:
                self.draw(session.next.request())
            except HiPromptError as error:
                session.messages.complain(error)

    def _waits_as_wished(self) -> bool:
        """Whether the picture at hand waits for its captions, and no other one is wished for."""
        waiting, wished = self._session.document, self._session.next
        if waiting.waiting is None or waiting.request is None:
            return False
        own = {"own_captions": waiting.request.own_captions, "trunk": waiting.request.trunk}
        try:
            return replace(wished.asked(wished.wish), **own).digest() == waiting.request.digest()
        except HiPromptError:
            return False  # whoever draws it says why not

    def tell_prompt(self, then_draw: bool = False) -> None:
        """Let the captioner say what the own picture shows, and perhaps draw that at once."""
        wish = self._session.next.wish
        if not self._session.busy and wish.base_image is not None and wish.captioner is not None:
            request = PromptRequest(
                picture=wish.base_image,
                captioner=wish.captioner,
                computing=self._session.next.machine.computing,
                then_draw=then_draw,
            )
            self._session.start(Job(request=request))

    def take_prompt(self, request: PromptRequest, prompt: str) -> None:
        """Use what the captioner said, unless something else is wished for meanwhile."""
        wished = self._session.next
        if wished.wish.base_image == request.picture and not (request.then_draw and wished.wish.prompt.strip()):
            wished.change(prompt=prompt)
            if request.then_draw:
                self.generate()

    def draw(self, request: GenerationRequest) -> None:
        """Start a picture that was planned before, while nothing else is done.

        Raises:
            HiPromptError: it cannot be drawn any more; its model is gone, for example.
        """
        plan = self._session.next.planner.plan(request)
        self._session.clear_picture(request, len(plan.phases))
        self._session.start(Job(request=request, plan=plan, review_from=self._review_from(1)))

    def _review_from(self, described: int) -> int | None:
        """The first phase that waits for its captions, when phases up to ``described`` have theirs."""
        return described + 1 if self._session.next.wish.review_captions else None

    @property
    def can_go_on(self) -> bool:
        """Whether the picture at hand is not complete and nothing is done about it."""
        return not self._session.busy and going_on(self._session.document) is not None

    def go_on(self) -> None:
        """Draw what is missing of the picture at hand, under the captions of now."""
        session = self._session
        session.patch_work.settle()
        try:
            request = None if session.busy else going_on(session.document)
            if request is None:
                return
            plan = session.next.planner.plan(request)
        except HiPromptError as error:
            session.messages.complain(error)
            return
        reviewed = session.document.waiting or session.document.last_finished() or 1
        session.document.request = request
        session.start(Job(request=request, plan=plan, review_from=self._review_from(reviewed)))

    @property
    def can_branch(self) -> bool:
        return not self._session.busy and branching(self._session.document) is not None

    def branch(self) -> None:
        """Draw the shown phase, and what follows it, under its captions of now: as another picture beside this one."""
        session = self._session
        session.patch_work.settle()
        source, phase = session.document.folder, session.document.shown_phase
        try:
            request = None if session.busy else branching(session.document)
            if request is None or source is None or phase is None:
                return
            plan = session.next.planner.plan(request)
        except HiPromptError as error:
            session.messages.complain(error)
            return
        if phase.number not in request.own_captions:
            session.messages.tell(partial(self._unchanged, phase.number))
            return
        self._grow(request, plan, Branch(source=source, phase=phase.number))

    def _unchanged(self, phase: int) -> Message:
        text = self.tr("No caption of phase {0} was changed.").format(phase)
        return Message(tone=Tone.WARNING, text=text, remedy=self.tr("Change one, then draw the phase again."))

    @property
    def can_branch_off(self) -> bool:
        document = self._session.document
        phase = document.shown_phase
        return not self._session.busy and document.request is not None and phase is not None and phase.finished

    def branch_off(self) -> None:
        """Keep the phases up to the shown one, and draw on as it is wished for now: as another picture."""
        session = self._session
        session.patch_work.settle()
        document, wished = session.document, session.next
        source, own, shown = document.folder, document.request, document.shown
        if not self.can_branch_off or source is None or own is None or shown is None:
            return
        base = {"base_image": own.base_image, "base_size": own.base_size}
        try:
            plan = wished.planner.plan(replace(wished.asked(wished.wish), **base))
            check_branch([document.phases[number].size for number in range(1, shown + 1)], plan)
            request = continuing(document, shown, replace(wished.request(), **base), plan)
        except HiPromptError as error:
            session.messages.complain(error)
            return
        self._grow(request, plan, Branch(source=source, phase=shown + 1))

    def _grow(self, request: GenerationRequest, plan: Plan, branch: Branch) -> None:
        """Start a picture that shares its first phases with the one at hand."""
        session = self._session
        shown = session.document.shown or 1
        request = replace(request, output=picture_folder(branch.source.parent, request))
        job = Job(request=request, plan=plan, branch=branch, review_from=self._review_from(shown))
        session.clear_picture(request, len(plan.phases))
        session.start(job)
