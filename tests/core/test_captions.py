"""Captions as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hiprompt_core.captions import cache_key, clean_caption, content_words, drop_words, dropped_words, word_overlap

words = st.sampled_from(
    ["butterfly", "but", "the", "image", "shows", "a", "red", "and", "picture", ",", ".", "rooftop"]
)
sentences = st.lists(words, max_size=12).map(" ".join)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("The image shows a red circle.", "a red circle"),
        ("In this picture, a fox sleeps.", "a fox sleeps"),
        ("This part of the picture features a butterfly", "a butterfly"),
        ("The picture depicts imagery of a pictureframe.", "imagery of a pictureframe"),
        ('  "A photograph of a house"  ', "a house"),
        ("A butterfly and a button. A butterfly and a button.", "A butterfly and a button"),
        ("a\n red   circle", "a red circle"),
        ("A picture of the sea", "the sea"),
        ("The imagegod stands", "The imagegod stands"),
        ("", ""),
        ("...", ""),
    ],
)
def test_clean_up(raw: str, clean: str) -> None:
    assert clean_caption(raw) == clean


@given(st.text(max_size=80) | sentences)
def test_clean_up_never_fails_and_never_cuts_a_word(text: str) -> None:
    known = set(re.findall(r"\w+", text))
    assert set(re.findall(r"\w+", clean_caption(text))) <= known
    assert "\n" not in clean_caption(text)


@given(st.text(max_size=80) | sentences, st.lists(st.floats(-1, 1), min_size=80, max_size=80), st.floats(0, 1))
def test_dropping_never_fails_and_never_cuts_a_word(text: str, similarities: list[float], share: float) -> None:
    wanted = content_words(text)
    kept = drop_words(text, similarities[: len(wanted)], share)
    pattern = r"[\w'-]+"
    assert set(re.findall(pattern, kept)) <= set(re.findall(pattern, text))


@pytest.mark.parametrize(
    ("caption", "dropped", "expected"),
    [
        ("a butterfly, but no rooftop", {"but", "no"}, "a butterfly, rooftop"),
        ("a red circle and a blue square", {"blue", "square"}, "a red circle"),
        ("a tree, a lamp, a dog", {"lamp"}, "a tree, a dog"),
        ("a tree, a lamp", {"tree"}, "a lamp"),
        ("a fox with a hat", {"hat"}, "a fox"),
    ],
)
def test_dropping_leaves_no_loose_ends(caption: str, dropped: set[str], expected: str) -> None:
    similarities = [0.0 if word in dropped else 1.0 for word in content_words(caption)]
    assert drop_words(caption, similarities, 0.5) == expected


def test_the_best_word_always_stays() -> None:
    assert drop_words("a fox and a hat", [0.3, 0.1], 1.0) == "a fox"


def test_content_words_are_distinct_and_lower_case() -> None:
    assert content_words("The Fox and the fox's den, a fox") == ["fox", "fox's", "den"]


def test_dropped_words_are_those_that_carry_meaning() -> None:
    assert dropped_words("a Fox and a hat, a red hat", "a fox") == ("hat", "red")
    assert dropped_words("a fox", "the fox") == ()


@pytest.mark.parametrize(
    ("text", "other", "share"),
    [("a fox, a hat", "the hat", 0.5), ("a fox", "a fox and a hat", 1), ("the", "a fox", 1), ("a fox", "", 0)],
)
def test_overlap_is_a_share_of_words(text: str, other: str, share: float) -> None:
    assert word_overlap(text, other) == share


def test_cache_keys_tell_everything_apart_that_matters() -> None:
    picture = Image.new("RGB", (8, 6), "red")
    other = picture.copy()
    other.putpixel((7, 5), (254, 0, 0))
    keys = [
        cache_key(picture, "What?", "m"),
        cache_key(other, "What?", "m"),
        cache_key(picture, "Who?", "m"),
        cache_key(picture, "What?", "n"),
        cache_key(Image.new("RGB", (6, 8), "red"), "What?", "m"),
    ]
    assert len(set(keys)) == len(keys)
    assert cache_key(picture.copy(), "What?", "m") == keys[0]
