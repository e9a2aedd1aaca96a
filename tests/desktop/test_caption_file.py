"""Captions as a file: saved, loaded into the same grid and into another one, and files that hold none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_desktop.caption_file import captions_for, read_captions, write_captions
from hiprompt_desktop.document import Caption, Phase
from tests.desktop.conftest import OpenWindow

Draw = Callable[..., None]


def phase(side: int) -> Phase:
    patches = patch_grid(Size(side, side), Size(128, 128), 0.25)
    captions = tuple(Caption.of_run(f"words {patch.index}") for patch in patches)
    return Phase(number=2, size=Size(side, side), patches=patches, captions=captions)


def test_another_grid_gets_the_captions_of_the_same_places(tmp_path: Path) -> None:
    small, large = phase(256), phase(512)
    write_captions(tmp_path / "a.json", small, "a fox")
    stored = read_captions(tmp_path / "a.json")
    assert [found.text for found in captions_for(small, stored).values()] == [f"words {i}" for i in range(9)]
    found = captions_for(large, stored)
    assert len(found) == len(large.patches)
    corners = [0, 4, 20, 24]
    assert [found[patch].text for patch in corners] == ["words 0", "words 2", "words 6", "words 8"]
    assert found[12].text == "words 4"


def test_captions_go_from_one_picture_to_another(open_window: OpenWindow, draw: Draw, tmp_path: Path) -> None:
    application = open_window()
    session, actions = application.session, application.window.patch_actions
    draw(session)
    session.edits.write([3], "a red kite")
    session.edits.lock([3], True)
    file = tmp_path / "fox.captions.json"
    actions.save_captions(str(file))
    assert application.window.bottom.status.text.text() == "Captions saved as fox.captions.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["captions"][3]["patch"] == "1·4"
    assert told["captions"][3]["caption"] == "a red kite"
    session.undo_stack.undo()
    session.undo_stack.undo()
    before = session.document.phases[3].captions
    session.edits.lock([4], True)
    steps = session.undo_stack.index()
    told["captions"][4]["caption"] = "something else"
    file.write_text(json.dumps(told), encoding="utf-8")
    actions.load_captions(str(file))
    after = session.document.phases[3].captions
    assert (after[3].text, after[3].locked, after[3].edited) == ("a red kite", True, True)
    assert after[4].text == before[4].text  # locked
    assert after[5] == before[5]  # the same words are no edit
    assert session.undo_stack.index() == steps + 1
    session.undo_stack.undo()
    assert session.document.phases[3].captions[3] == before[3]


@pytest.mark.parametrize(
    "content", ["", "{}", '{"captions": []}', '{"captions": [{"cell": [0, 0, 1], "caption": "a"}]}',
                '{"captions": [{"cell": [0, 0, 1, 1], "caption": 5}]}', "[1]"],
)  # fmt: skip
def test_a_file_without_captions_is_refused_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / "notes.json").write_text(content)
    with pytest.raises(InvalidRequest, match=r"notes\.json holds no captions.*Save captions"):
        read_captions(tmp_path / "notes.json")


def test_a_file_that_cannot_be_read_is_told(open_window: OpenWindow, tmp_path: Path) -> None:
    application = open_window()
    application.window.patch_actions.load_captions(str(tmp_path / "missing.json"))
    assert "missing.json cannot be read" in application.window.bottom.messages.text.text()
