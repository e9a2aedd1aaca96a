"""What captions change: the same picture under the prompt alone, beside the one that is there."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from hiprompt_core.errors import HiPromptError
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.comparison import Comparison, PictureRef
from hiprompt_desktop.document import picture_folder
from hiprompt_desktop.job import Job
from hiprompt_desktop.job_queue import Turn
from hiprompt_desktop.session import Session


def prompt_alone(request: GenerationRequest) -> GenerationRequest:
    """The same picture, whose patches follow nothing but its prompt."""
    options = replace(request.options, captions=False, word_filter=None)
    return replace(request, options=options, captioner=None, caption_source="captioner", own_captions={})


class Counterfactual(QObject):
    """Draws the other picture and, when it is there, compares both."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._original: PictureRef | None = None
        self._job: Job | None = None
        session.job_ended.connect(self._on_ended)

    @property
    def possible(self) -> bool:
        """Whether there is a picture that captions drew, and nothing else is done."""
        request, document = self._session.document.request, self._session.document
        return request is not None and request.options.captions and document.complete and not self._session.busy

    @Slot()
    def draw(self) -> None:
        """Leave the picture at hand, which is kept, for its counterpart."""
        session = self._session
        session.patch_work.settle()
        request, folder, last = session.document.request, session.document.folder, session.document.last_finished()
        if not self.possible or request is None or folder is None or last is None:
            return
        path = session.document.phases[last].path
        other = prompt_alone(request)
        try:
            session.picture_work.draw(replace(other, output=picture_folder(folder.parent, other)))
        except HiPromptError as error:
            session.messages.complain(error)
            return
        self._job = session.job
        self._original = PictureRef(path=path, title=self.tr("With captions")) if path is not None else None

    @Slot(object, object, object)
    def _on_ended(self, job: Job, turn: Turn, _failure: object) -> None:
        if job is not self._job:
            return
        document, original, self._job = self._session.document, self._original, None
        last = document.last_finished()
        path = document.phases[last].path if last is not None else None
        if turn is Turn.DONE and original is not None and path is not None:
            alone = PictureRef(path=path, title=self.tr("The prompt alone"))
            self._session.easel.compare(Comparison(a=alone, b=original))
