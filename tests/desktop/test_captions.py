"""Edits of captions: redo, undo, redo of each; locks; flags; tokens."""

from __future__ import annotations

from collections.abc import Callable
from inspect import isfunction
from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

import hiprompt_desktop
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.model_files import demo_model
from hiprompt_core.token_counter import load_token_counter
from hiprompt_desktop.caption_edits import CaptionEdits
from hiprompt_desktop.caption_file import Place, StoredCaption
from hiprompt_desktop.caption_flags import Flag, Review, flags, shared_with_prompt, shared_words
from hiprompt_desktop.document import Caption, Document, Phase
from hiprompt_desktop.patch_selection import PatchSelection
from hiprompt_desktop.steps import Change

PATCHES = patch_grid(Size(256, 256), Size(128, 128), 0.25)
TEXTS = ("a fox", "a Fox, a tree", "sky", "grass", "a hill", "a fox den", "rain", "a road", "a wall")
LOCKED = 5


class Answer(NamedTuple):
    text: str
    dropped: tuple[str, ...] = ()


class Desk:
    """A document of one phase of nine captions, the last but three locked, and what edits it."""

    def __init__(self) -> None:
        captions = [Caption.of_run(text) for text in TEXTS]
        captions[0] = captions[0].said("an owl")
        captions[LOCKED] = Caption(text="a fox den", described="a den", locked=True)
        phase = Phase(number=2, size=Size(256, 256), patches=PATCHES, captions=tuple(captions), path=Path("2"))
        self.document = Document(phases={2: phase}, phase_count=2, shown=2)
        self.parent = QObject()
        self.stack = QUndoStack(self.parent)
        self.edits = CaptionEdits(lambda: self.document, self.stack, self.parent)
        self.selection = PatchSelection(lambda: self.document, self.parent)

    @property
    def captions(self) -> tuple[Caption, ...]:
        return self.document.phases[2].captions

    @property
    def state(self) -> tuple[object, ...]:
        """All that an edit can change."""
        return self.captions, self.document.phases[2].path

    @property
    def texts(self) -> list[str | None]:
        return [caption.text for caption in self.captions]


EDITS: dict[str, tuple[Callable[[CaptionEdits], object], dict[int, str]]] = {
    "write": (lambda edits: edits.write([3], "a pond"), {3: "a pond"}),
    "write many": (lambda edits: edits.write([3, LOCKED, 4], "a pond"), {3: "a pond", 4: "a pond"}),
    "revert": (lambda edits: edits.revert([0, 1, LOCKED]), {0: "a fox"}),
    "copy_to_neighbours": (
        lambda edits: edits.copy_to_neighbours(4),
        {index: "a hill" for index in range(9) if index not in {4, LOCKED}},
    ),
    "replace_all": (lambda edits: edits.replace_all("FOX", r"\\1"), {1: r"a \\1, a tree"}),
    "describe": (
        lambda edits: edits.describe(2, {3: Answer("lawn", ("wet",)), LOCKED: Answer("a burrow")}),
        {3: "lawn"},
    ),
    "load": (
        lambda edits: edits.load((StoredCaption(Place(0, 0, 0.4, 1), "a cloud", True),)),
        {0: "a cloud", 1: "a cloud", 2: "a cloud"},
    ),
    "lock": (lambda edits: edits.lock([3, 4], True), {}),
    "lock off": (lambda edits: edits.lock([LOCKED], False), {}),
    "draw_again": (lambda edits: edits.draw_again(2, [3], Path("phase-2-256x256-v2.png")), {}),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_one_step_that_can_be_undone_and_redone(name: str) -> None:
    desk = Desk()
    edit, changes = EDITS[name]
    before, captions = desk.state, desk.captions
    edit(desk.edits)
    after = desk.state
    assert desk.texts == [changes.get(index, caption.text) for index, caption in enumerate(captions)]
    assert after != before
    assert desk.stack.count() == 1
    for _ in range(2):
        desk.stack.undo()
        assert desk.state == before
        desk.stack.redo()
        assert desk.state == after


@pytest.mark.parametrize("name", ["write", "lock", "describe"])
def test_what_is_seen_in_the_picture_outlives_undo_of_its_words(name: str) -> None:
    """Also where it was seen between an edit and its undo."""
    desk = Desk()
    EDITS[name][0](desk.edits)
    desk.edits.check(2, {3: Answer("a heron", ())})
    for way in (desk.stack.undo, desk.stack.redo):
        way()
        assert desk.captions[3].seen == "a heron"
    desk.edits.draw_again(2, [3], Path("phase-2-256x256-v2.png"))
    assert desk.captions[3].seen is None
    desk.stack.undo()
    assert desk.captions[3].seen == "a heron"


def test_no_edit_is_left_out_above_and_there_is_no_other_command() -> None:
    methods = {name for name, value in vars(CaptionEdits).items() if isfunction(value) and not name.startswith("_")}
    no_edits = {"check", "apply", "restore"}  # an observation, and what undo itself calls
    assert {name.split()[0] for name in EDITS} == methods - no_edits
    code = {file: file.read_text() for file in Path(hiprompt_desktop.__file__).parent.rglob("*.py")}
    assert [file.name for file, text in code.items() if "(QUndoCommand)" in text] == ["commands.py"]
    assert [file.name for file, text in code.items() if "ChangePicture(" in text.replace("class ", "") and
            file.name != "commands.py"] == ["caption_edits.py"]  # fmt: skip


def test_typing_is_one_step_until_it_goes_elsewhere() -> None:
    desk = Desk()
    for text in ("a", "a p", "a pond"):
        desk.edits.write([3], text, typing=True)
    desk.edits.write([4], "x", typing=True)
    desk.edits.write([4], "a hill", typing=True)  # as it was: no step is left
    assert desk.stack.count() == 1
    desk.stack.undo()
    assert desk.captions == Desk().captions
    desk.edits.write([3], "grass")
    assert desk.stack.count() == 1
    assert not desk.stack.canUndo()  # nothing changed, nothing was pushed


def test_an_edit_makes_a_stale_caption_fresh_and_undo_makes_it_stale_again() -> None:
    desk = Desk()
    desk.edits.apply(Change(captions={2: {3: Caption(text="grass", described="grass", stale=True)}}))
    desk.edits.write([3], "a pond")
    assert not desk.captions[3].stale
    desk.stack.undo()
    assert desk.captions[3].stale


def test_described_again_is_not_edited_but_own() -> None:
    desk = Desk()
    desk.edits.describe(2, {3: Answer("lawn", ("wet",))})
    assert not desk.captions[3].edited
    assert desk.captions[3].dropped == ("wet",)
    assert desk.document.phases[2].own_words()[3] == "lawn"


def test_a_phase_that_is_gone_is_left_alone() -> None:
    desk = Desk()
    desk.edits.write([3], "a pond")
    del desk.document.phases[2]
    desk.stack.undo()
    assert desk.document.phases == {}


def test_replacing_counts_what_it_changed() -> None:
    desk = Desk()
    assert desk.edits.replace_all("fox", "cat") == 1  # one is locked, one says owl by now
    assert desk.edits.replace_all("", "cat") == 0
    assert desk.edits.replace_all("zebra", "cat") == 0
    assert desk.stack.count() == 1


def test_selection_toggles_extends_and_leaves_out_what_is_not_there() -> None:
    selection = Desk().selection
    selection.choose(4)
    selection.toggle(6)
    assert (selection.patches, selection.current) == ([4, 6], 6)
    selection.toggle(4)
    assert (selection.patches, selection.current) == ([6], 4)
    selection.choose_rectangle(1, 3)
    assert (selection.patches, selection.current) == ([0, 1, 3, 4], 3)
    selection.set([2, 99, -1])
    assert (selection.patches, selection.current) == ([2], 2)
    selection.choose_all()
    assert selection.patches == list(range(9))
    selection.choose(None)
    assert (selection.patches, selection.current) == ([], None)


def flagged(changes: dict[int, Caption], index: int, prompt: str = "a meadow", **known: int) -> list[Flag]:
    phase = Desk().document.phases[2].with_captions(changes)
    return flags(phase, index, prompt, **known)


def test_flags_tell_what_may_be_wrong() -> None:
    cat = Caption(text="A cat, green grass.")
    assert flagged({}, 3) == []
    assert flagged({3: Caption()}, 3) == []
    assert flagged({3: Caption(text=" ")}, 3) == [Flag.EMPTY]
    assert flagged({}, 3, prompt="Grass.") == [Flag.LIKE_PROMPT]
    assert flagged({3: cat, 4: Caption(text="a cat, green grass")}, 4) == [Flag.LIKE_NEIGHBOUR]
    assert flagged({3: cat, 6: cat}, 6) == [Flag.LIKE_NEIGHBOUR]
    assert flagged({2: cat, 3: cat}, 3) == []  # the end of one row and the begin of the next
    assert flagged({3: Caption(text="grass"), 4: Caption(text="grass")}, 4) == []  # scenery goes on
    assert flagged({}, 3, tokens=76, limit=75) == [Flag.TOO_LONG]
    assert flagged({3: Caption(text="a red kite", seen="a blue sky")}, 3) == [Flag.UNSEEN]
    assert flagged({3: Caption(text="a red kite", seen="the kite")}, 3) == []


def test_flags_follow_the_phase_the_prompt_and_the_counter() -> None:
    review, phase = Review(), Desk().document.phases[2]
    first = review.flags(phase, "a meadow", None)
    assert review.flags(phase, "a meadow", None) is first
    assert review.flags(phase, "grass", None)[3] == (Flag.LIKE_PROMPT,)
    counter = load_token_counter(demo_model())
    long = phase.with_captions({3: Caption(text="word " * 80)})
    assert Flag.TOO_LONG in review.flags(long, "a meadow", counter)[3]


def test_words_are_compared_one_by_one() -> None:
    assert shared_with_prompt("a Fox and a hat", "the fox") == (1, 2)
    assert shared_with_prompt("", "the fox") == (0, 0)
    assert shared_words(["a red fox, a hill", "a fox on the hill", "hill and fox"]) == ["fox", "hill"]
