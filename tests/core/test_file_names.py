"""Names that every system takes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.file_names import DEFAULT_NAME, FIELDS, free_path, name_values, safe_name
from tests.run_folders import make_record

NOW = datetime(2026, 2, 3, 4, 5, 6)


def name(template: str, **changes: object) -> str:
    values = name_values(make_record(Path("/run"), 2, 2, **changes), NOW)
    return free_path(Path("/nowhere"), template, values, ".png").name


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (DEFAULT_NAME, "a-fox-un-été-狐-3407-128x96.png"),
        ("{phase} of {phases} v{version}", "2 of 2 v1.png"),
        ("{date}_{time}", "2026-02-03_04-05-06.png"),
        ("{model}/{counter}", "sdxl-001.png"),
        ("con", "_con.png"),
        ("Lpt1.txt", "_Lpt1.txt.png"),
        (' .a<b>c:d"e/f\\g|h?i*j. ', "a-b-c-d-e-f-g-h-i-j.png"),
        ("a\nb\x00c\u202ed", "a-b-c-d.png"),
        ("", "picture.png"),
        ("...", "picture.png"),
        ("-rf", "rf.png"),
        ("a { b", "a { b.png"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert name(template) == expected


def test_long_prompts_end_with_a_word() -> None:
    assert name("{prompt}-{counter}", prompt="every good thing " * 20).endswith("-thing-every-good-001.png")
    assert len(name("{prompt}-{counter}", prompt="狐" * 500).encode()) < 100


def test_a_prompt_without_words_is_a_picture() -> None:
    assert name("{prompt}", prompt="!!!") == "picture.png"


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"\{sed\}.*\{seed\}"):
        name("{sed}")


def test_every_field_has_a_value() -> None:
    assert set(FIELDS) == {*name_values(make_record(Path("/run"), 2, 2), NOW), "counter"}


def test_no_file_is_ever_replaced(tmp_path: Path) -> None:
    values = name_values(make_record(Path("/run"), 2, 2), NOW)
    names = []
    for template in ("a", "a", "a", "b{counter}", "b{counter}"):
        path = free_path(tmp_path, template, values, ".png")
        path.touch()
        names.append(path.name)
    assert names == ["a.png", "a-2.png", "a-3.png", "b001.png", "b002.png"]


@given(st.text(max_size=400))
def test_any_text_becomes_a_good_name(text: str) -> None:
    result = safe_name(text)
    assert result
    assert len(result.encode()) <= 181
    assert not set(result) & set('<>:"/\\|?*\0\n')
    assert result == result.strip(" .")
    assert safe_name(result) == result
