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
    listed = '[{"name": "ink ", "prompt": "{prompt}, ink", "negative_prompt": null, "base": 1}, {"name": "a"}]'
    own.write_text(listed, encoding="utf-8")
    assert read_styles(own) == (Style("ink", "{prompt}, ink"), Style("a")), "as Fooocus and SDXL Styler write them"
    theirs.write_text(
        'name,prompt,negative_prompt\n--- Heading ---,,\nink,"{prompt}, ink, ""lines""",colour\n', encoding="utf-8-sig"
    )
    assert read_styles(theirs) == (Style("ink", '{prompt}, ink, "lines"', "colour"),)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"1", b'{"a": 1}', b'{"a": {"prompt": 1}}', b'{"a": {"x": ""}}', b"\xff", b"\0"],
)
@pytest.mark.parametrize("name", ["own.json", "styles.csv"])
def test_bad_files_of_styles(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidRequest, match=r"styles|style"):
        read_styles(tmp_path / name)
    with pytest.raises(InvalidRequest, match="cannot be read"):
        read_styles(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("own.json", '{\n"a" 1}', "it is no JSON from line 2 on"),
        ("own.json", "[" * 100_000, "it is too deep"),
        ("own.json", '"a"', "it holds no names"),
        ("own.json", '[{"name": "a"}, {"prompt": "x"}]', "style 2 has no name"),
        ("own.json", "[[]]", "style 1 has no name"),
        ("own.json", '[{"name": "a", "prompt": 5}]', "the prompt of style 'a' is no text"),
        ("own.json", '{"a": 1}', "nothing is said of style 'a'"),
        ("own.json", '{"a": {"promt": ""}}', "style 'a' has a 'promt', which is unknown"),
        ("styles.csv", "name,text\na,b\n", "it has no column 'prompt'"),
        ("styles.csv", "", "it has no column 'name'"),
        ("styles.csv", 'name,prompt,negative_prompt\na,"' + "x" * 200_000 + '"\n', "it is no table"),
    ],
)
def test_what_is_wrong_with_a_file_of_styles(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRequest) as caught:
        read_styles(tmp_path / name)
    assert caught.value.problem == f"{tmp_path / name} is no file of styles: {reason}."
