"""Edits of captions, each one step of undo; locked captions are left alone by all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from hiprompt_desktop.commands import ChangeCaptions
from hiprompt_desktop.document import Caption, Document, Phase


class Answer(Protocol):
    """What the captioner said of a patch: the core's ``Caption``."""

    @property
    def text(self) -> str: ...

    @property
    def dropped(self) -> tuple[str, ...]: ...


class CaptionEdits(QObject):
    """Changes the captions of the shown phase through the undo stack."""

    changed = Signal()

    def __init__(self, document: Callable[[], Document], stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._stack = stack

    def write(self, patches: Iterable[int], text: str, typing: bool = False) -> None:
        """Give patches a caption; successive typing is one step."""
        self._change(self.tr("Edit a caption"), patches, lambda caption: caption.said(text), typing)

    def revert(self, patches: Iterable[int]) -> None:
        """Back to what the captioner said."""

        def reverted(caption: Caption) -> Caption:
            return caption if caption.described is None else replace(caption, text=caption.described)

        self._change(self.tr("Revert captions"), patches, reverted)

    def copy_to_neighbours(self, patch: int) -> None:
        """Give the patches around one its caption."""
        phase = self._document().shown_phase
        text = phase.caption(patch) if phase is not None else None
        if phase is not None and text is not None:
            self._change(
                self.tr("Copy a caption to its neighbours"), phase.neighbours(patch), lambda caption: caption.said(text)
            )

    def replace_all(self, find: str, replacement: str) -> int:
        """Replace a text, in capitals or not, in every caption of the phase; how many captions changed."""
        phase = self._document().shown_phase
        if phase is None or not find:
            return 0
        pattern = re.compile(re.escape(find), re.IGNORECASE)

        def replaced(caption: Caption) -> Caption:
            text = pattern.sub(lambda _: replacement, caption.text or "")
            return caption if text == (caption.text or "") else caption.said(text)

        return self._change(self.tr("Replace in all captions"), range(len(phase.captions)), replaced)

    def lock(self, patches: Iterable[int], locked: bool) -> None:
        """Protect captions from every other edit, or no longer."""
        phase = self._document().shown_phase
        if phase is not None:
            title = self.tr("Lock captions") if locked else self.tr("Unlock captions")
            self._push(title, phase, {i: replace(phase.captions[i], locked=locked) for i in patches})

    def describe(self, number: int, answers: Mapping[int, Answer]) -> None:
        """Take what the captioner said when it was asked again."""
        phase = self._document().phases.get(number)
        if phase is not None:
            heard = {
                i: phase.captions[i].heard(answer.text, answer.dropped)
                for i, answer in answers.items()
                if not phase.captions[i].locked
            }
            self._push(self.tr("Describe patches again"), phase, heard)

    def check(self, number: int, answers: Mapping[int, Answer]) -> None:
        """Remember what the captioner sees in drawn patches; an observation, no edit."""
        phase = self._document().phases.get(number)
        if phase is not None:
            self.apply(number, {i: replace(phase.captions[i], seen=answer.text) for i, answer in answers.items()})

    def _change(
        self, title: str, patches: Iterable[int], edit: Callable[[Caption], Caption], typing: bool = False
    ) -> int:
        phase = self._document().shown_phase
        if phase is None or not phase.editable:
            return 0
        edited = {i: edit(phase.captions[i]) for i in patches if not phase.captions[i].locked}
        return self._push(title, phase, edited, typing)

    def _push(self, title: str, phase: Phase, captions: Mapping[int, Caption], typing: bool = False) -> int:
        after = {i: caption for i, caption in captions.items() if typing or caption != phase.captions[i]}
        before = {i: phase.captions[i] for i in after}
        if after != before:
            self._stack.push(ChangeCaptions(self, title, phase.number, before, after, typing))
        return len(after)

    def apply(self, phase: int, captions: Mapping[int, Caption]) -> None:
        """Part of ``commands.ChangeCaptions``."""
        phases = self._document().phases
        if phase in phases:  # one that waited is gone when its drawing was cancelled
            phases[phase] = phases[phase].with_captions(captions)
            self.changed.emit()
