"""Edits of the picture at hand, each one step of undo; locked captions are left alone by all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from hiprompt_desktop.caption_file import StoredCaption, captions_for
from hiprompt_desktop.commands import ChangePicture
from hiprompt_desktop.document import Caption, Document, Phase
from hiprompt_desktop.steps import Change, Step


class Answer(Protocol):
    """What the captioner said of a patch: the core's ``Caption``."""

    @property
    def text(self) -> str: ...

    @property
    def dropped(self) -> tuple[str, ...]: ...


class CaptionEdits(QObject):
    """Changes captions, and the pictures that were drawn again, through the undo stack."""

    changed = Signal()
    """Captions are others."""
    pictures_changed = Signal(object)
    """(frozenset of phase numbers) Other versions of these phases count now."""

    def __init__(self, document: Callable[[], Document], stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._stack = stack
        self._restoring = False

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

    def load(self, stored: tuple[StoredCaption, ...]) -> int:
        """Take the captions of a file for the shown phase, its locks too; how many captions changed."""
        phase = self._document().shown_phase
        if phase is None:
            return 0
        found = captions_for(phase, stored)

        def loaded(patch: int) -> Caption:
            caption, words = phase.captions[patch], found[patch]
            return replace(caption if caption.text == words.text else caption.said(words.text), locked=words.locked)

        edited = {patch: loaded(patch) for patch in found if not phase.captions[patch].locked}
        return self._push(self.tr("Load captions"), phase, edited) if phase.editable else 0

    def lock(self, patches: Iterable[int], locked: bool) -> int:
        """Protect captions from every other edit, or no longer; how many captions changed."""
        phase = self._document().shown_phase
        if phase is None:
            return 0
        title = self.tr("Lock captions") if locked else self.tr("Unlock captions")
        return self._push(title, phase, {i: replace(phase.captions[i], locked=locked) for i in patches})

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
        phases = self._document().phases
        if number in phases:
            captions = phases[number].captions
            seen = {i: replace(captions[i], seen=answer.text) for i, answer in answers.items()}
            phases[number] = phases[number].with_captions(seen)
            self.changed.emit()

    def draw_again(self, number: int, patches: Iterable[int], path: Path) -> None:
        """Take a new version of a phase, in which patches were drawn again."""
        phase = self._document().phases.get(number)
        if phase is None or phase.path is None:
            return
        after = self._document().redrawn(number, patches)
        before = {n: {i: self._document().phases[n].captions[i] for i in captions} for n, captions in after.items()}
        step = Step(
            title=self.tr("Draw patches again"),
            before=Change(captions=before, pictures={number: phase.path}),
            after=Change(captions=after, pictures={number: path}),
        )
        self._stack.push(ChangePicture(self, step))

    def restore(self, steps: Iterable[Step], index: int) -> None:
        """Fill the undo stack with earlier steps, of which the first ``index`` are done; the document shows that."""
        self._restoring = True
        for step in steps:
            self._stack.push(ChangePicture(self, step))
        self._stack.setIndex(index)
        self._restoring = False

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
            changes = Change(captions={phase.number: before}), Change(captions={phase.number: after})
            self._stack.push(ChangePicture(self, Step(title=title, before=changes[0], after=changes[1]), typing))
        return len(after)

    def apply(self, change: Change) -> None:
        """Part of ``commands.ChangePicture``."""
        if self._restoring:
            return
        phases = self._document().phases
        for number, captions in change.captions.items():
            if number in phases:  # one that waited is gone when its drawing was cancelled
                if number not in change.pictures:  # what is seen in the picture stays true
                    captions = {i: replace(one, seen=phases[number].captions[i].seen) for i, one in captions.items()}
                phases[number] = phases[number].with_captions(captions)
        for number, path in change.pictures.items():
            if number in phases:
                phases[number] = replace(phases[number], path=path)
        if change.pictures:
            self.pictures_changed.emit(frozenset(change.pictures))
        self.changed.emit()
