"""Words that a LoRA was trained on, as trainers note them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hiprompt_core.library import Known, find_models, places_in
from hiprompt_core.library.triggers import triggers_of
from tests.core.library.trees import LORA, SDXL, write_weights

TAGS = {"10_fox": {"foxface": 20, "1girl, ": 19, "smile": 3}, "5_more": {"foxface": 4, "ink style": 4}}
FOLDERS = {"10_fox": {"n_repeats": 10, "img_count": 20}, "5_more": {"n_repeats": 5, "img_count": 4}}


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ({"modelspec.trigger_phrase": "ohwx fox, in ink,, ohwx fox"}, ("ohwx fox", "in ink")),
        ({"ss_tag_frequency": json.dumps(TAGS), "ss_dataset_dirs": json.dumps(FOLDERS)},
         ("foxface", "1girl,", "ink style")),
        ({"ss_tag_frequency": json.dumps({"a": {"fox": 8, "tree": 2}})}, ("fox",)),
        ({"ss_tag_frequency": json.dumps({"a": {str(n): 1 for n in range(90)}})}, tuple("012345")),
        ({"ss_tag_frequency": "{"}, ()),
        ({"ss_tag_frequency": "[1]"}, ()),
        ({"ss_tag_frequency": json.dumps({"a": {"fox": "many"}})}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_trainers_notes(marks: dict[str, str], words: tuple[str, ...]) -> None:
    assert triggers_of({"__metadata__": marks}) == words


def test_the_library_tells_them_and_remembers(tmp_path: Path) -> None:
    marks = {"modelspec.trigger_phrase": "ohwx fox"}
    write_weights(tmp_path / "m/ink.safetensors", LORA, marks=marks)
    write_weights(tmp_path / "m/fox.safetensors", SDXL, marks=marks)
    for _ in range(2):
        found = find_models(places_in(tmp_path / "m"), Known(tmp_path / "cache"))
        assert {entry.name: entry.triggers for entry in found} == {"fox": (), "ink": ("ohwx fox",)}
