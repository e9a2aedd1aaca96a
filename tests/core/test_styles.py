"""Styles around prompts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.prompt_syntax import parse
from hiprompt_core.styles import PLACE, STYLES, Style, find_style, read_styles


@pytest.mark.parametrize(
    ("style", "prompt", "expected"),
    [
        (Style("a", "{prompt}, oil", "photo"), "a fox", ("a fox, oil", "ugly, photo")),
        (Style("a", "oil of {prompt}"), " a fox ", ("oil of a fox", "ugly")),
        (Style("a", "oil", "bad {prompt}"), "a fox", ("a fox, oil", "bad ugly")),
        (Style("a", "{prompt}, oil"), "", ("oil", "ugly")),
        (Style("a"), "a fox", ("a fox", "ugly")),
    ],
)
def test_styles_stand_around_a_prompt(style: Style, prompt: str, expected: tuple[str, str]) -> None:
    assert style.apply(prompt, "ugly") == expected


def test_those_that_come_along() -> None:
    assert 8 <= len(STYLES) <= 12
    assert len({style.name.lower() for style in STYLES}) == len(STYLES)
    for style in STYLES:
        assert style.prompt.count(PLACE) == 1
        assert "  " not in style.prompt
        assert all(fragment.weight == 1 for fragment in parse(style.prompt)[0])


def test_names_are_found_and_near_ones_told() -> None:
    own = Style("Watercolor", "own")
    assert find_style("WATERCOLOR", [*STYLES, own]) == own
    with pytest.raises(InvalidRequest, match="watercolour") as caught:
        find_style("watercolour", STYLES)
    assert caught.value.remedy == "There is watercolor."


def test_files_of_styles(tmp_path: Path) -> None:
    own, theirs = tmp_path / "own.json", tmp_path / "styles.csv"
    own.write_text('{"mine": {"prompt": "{prompt}, été"}, "dark": {"negative_prompt": "light"}}', encoding="utf-8")
    assert read_styles(own) == (Style("mine", "{prompt}, été"), Style("dark", "", "light"))
    theirs.write_text(
        'name,prompt,negative_prompt\n--- Heading ---,,\nink,"{prompt}, ink, ""lines""",colour\n', encoding="utf-8-sig"
    )
    assert read_styles(theirs) == (Style("ink", '{prompt}, ink, "lines"', "colour"),)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"a": 1}', b'{"a": {"prompt": 1}}', b'{"a": {"x": ""}}', b"\xff"]
)
@pytest.mark.parametrize("name", ["own.json", "styles.csv"])
def test_bad_files_of_styles(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidRequest, match=r"styles|style"):
        read_styles(tmp_path / name)
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_styles(tmp_path / "nowhere")
