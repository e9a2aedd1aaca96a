"""Weights, escapes and BREAK in prompts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core.captions import content_words, word_overlap
from hiprompt_core.prompt_chunks import chunks, count_tokens
from hiprompt_core.prompt_syntax import Fragment, escape, parse, plain_text

WORDS = st.text("ab ,:1.()[]\\", min_size=1)
WEIGHTS = st.integers(0, 1000).map(lambda hundredths: hundredths / 100)


@pytest.mark.parametrize(
    ("prompt", "fragments"),
    [
        ("", []),
        ("a fox", [("a fox", 1)]),
        ("a (red) fox", [("a ", 1), ("red", 1.1), (" fox", 1)]),
        ("((red))", [("red", 1.21)]),
        ("[red]", [("red", 0.909091)]),
        ("[[red]]", [("red", 0.826446)]),
        ("(red:1.3)", [("red", 1.3)]),
        ("(red: .5 )", [("red", 0.5)]),
        ("((red:1.3) fox)", [("red", 1.43), (" fox", 1.1)]),
        ("(a (b:2) c:0.5)", [("a ", 0.5), ("b", 1), (" c", 0.5)]),
        ("[(red)]", [("red", 1)]),
        ("(red:0)", [("red", 0)]),
        ("(red:-2)", [("red", 0)]),
        ("(red:99)", [("red", 10)]),
        ("(at 10:30)", [("at 10", 30)]),
        ("(16:9 format)", [("16:9 format", 1.1)]),
        (r"\(red\)", [("(red)", 1)]),
        (r"(a \(b\):1.5)", [("a (b)", 1.5)]),
        (r"a\b \\(c)", [("a\\b \\", 1), ("c", 1.1)]),
        ("(red", [("(red", 1)]),
        ("red)", [("red)", 1)]),
        ("((red)", [("(", 1), ("red", 1.1)]),
        ("red:1.3)", [("red:1.3)", 1)]),
        ("[red:1.3)", [("[red:1.3)", 1)]),
        ("(a [b) c]", [("a [b", 1.1), (" c]", 1)]),
        ("()", []),
        ("(((((" * 40, [("(" * 200, 1)]),
    ],
)
def test_prompts_and_their_fragments(prompt: str, fragments: list[tuple[str, float]]) -> None:
    expected = [Fragment(text, pytest.approx(min(weight, 10))) for text, weight in fragments]
    assert parse(prompt) == [expected]


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("a BREAK b", [["a "], [" b"]]),
        ("BREAK a BREAK  BREAK b BREAK", [[" a "], [" b "]]),
        ("BREAK", [[]]),
        ("BREAKFAST, a break", [["BREAKFAST, a break"]]),
        ("(a BREAK b) c", [["a "], [" b", " c"]]),
    ],
)
def test_break_parts_blocks(prompt: str, texts: list[list[str]]) -> None:
    assert [[fragment.text for fragment in block] for block in parse(prompt)] == texts


@given(st.text())
def test_any_text_has_a_meaning(prompt: str) -> None:
    for block in parse(prompt):
        assert all(fragment.text and 0 <= fragment.weight <= 10 for fragment in block)
        assert all(one.weight != other.weight for one, other in pairwise(block))


@given(WORDS)
def test_escaped_text_says_just_that(text: str) -> None:
    assert plain_text(escape(text)) == text.strip()
    assert all(fragment.weight == 1 for fragment in parse(escape(text))[0])
    assert parse(escape("a BREAK")) == [[Fragment("a break")]]


@given(st.lists(st.tuples(WORDS, WEIGHTS), min_size=1))
def test_written_fragments_are_read_back(fragments: list[tuple[str, float]]) -> None:
    prompt = "".join(f"({escape(text)}:{weight})" for text, weight in fragments)
    read = [(sign, part.weight) for part in parse(prompt)[0] for sign in part.text]
    if any(text.strip() for text, _ in fragments):
        assert read == [(sign, weight) for text, weight in fragments for sign in text]


def test_words_are_those_of_the_text() -> None:
    assert content_words("a (red fox:1.3) on [snow]") == ["red", "fox", "snow"]
    assert word_overlap("(red:1.3) fox", "a red fox") == 1


def letters(text: str) -> list[int]:
    """A tokenizer with a token for each letter."""
    return [ord(sign) for sign in text if not sign.isspace()]


def read(prompt: str, limit: int) -> list[str]:
    return ["".join(map(chr, chunk.ids)) for chunk in chunks(prompt, letters, limit)]


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("", [""]),
        ("abc def", ["abcdef"]),
        ("a BREAK b", ["a", "b"]),
        ("abcd efgh ijkl mnop", ["abcdefgh", "ijklmnop"]),
        ("abcd, efg hij", ["abcd,", "efghij"]),
        ("abc (defg:2) hi jklm", ["abcdefghi", "jklm"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghij", "klmnopqrst", "uvwxyz"]),
    ],
)
def test_pieces_end_where_words_do(prompt: str, parts: list[str]) -> None:
    assert read(prompt, 10) == parts


def test_a_far_comma_is_no_place_to_cut() -> None:
    words = " ".join(["word"] * 20)
    assert len(read(f"one, {words}", 75)[0]) == 72  # the comma lies more than 20 tokens before the end
    assert read(f"{words[:74]}, {words}", 75)[0].endswith(",")


@given(st.text("abc ,.()[]:1 ", max_size=300), st.integers(1, 30))
def test_nothing_is_lost_between_pieces(prompt: str, limit: int) -> None:
    cut = chunks(prompt, letters, limit)
    assert all(len(chunk.ids) == len(chunk.weights) <= limit for chunk in cut)
    assert [token for chunk in cut for token in chunk.ids] == letters(plain_text(prompt))
    assert sum(len(chunk.ids) for chunk in cut) == count_tokens(prompt, letters)
