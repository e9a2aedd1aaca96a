"""Choices in prompts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.wildcards import Wildcards, literal, wildcard_names

FILES = {
    "colour": "\ufeff# of a fox\nred\n\n  white \n",
    "animals/cats": "a {__colour__|black} cat",
    "heavy": "9::a\nb\n0::c",
    "empty": "# nothing\n",
    "snake": "__tail__",
    "tail": "__snake__",
    "two words": "red",
    "a.b": "blue",
    "loop": "{__loop__|out|__colours__}",
    "drawers": "{2$$a|b}\nc",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / f"{name}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def all_of(prompt: str, folder: Path | None = None) -> Counter[str]:
    return Counter(Wildcards(seed, folder).resolve(prompt) for seed in range(200))


@pytest.mark.parametrize(
    ("prompt", "choices"),
    [
        ("a fox", {"a fox"}),
        ("a {red|white} fox", {"a red fox", "a white fox"}),
        ("{a|b}{c|d}", {"ac", "ad", "bc", "bd"}),
        ("{a|{b|c} d|}", {"a", "b d", "c d", ""}),
        ("{a}, {prompt}", {"{a}, {prompt}"}),
        ("{a|b", {"{a|b"}),
        ("a|b}", {"a|b}"}),
        ("{a|{b|c}", {"{a|b", "{a|c"}),
        (r"\{a|b\} \__colour__", {"{a|b} __colour__"}),
        (r"(a\) {x|x}", {r"(a\) x"}),
        ("a __ b ____ c_____d", {"a __ b ____ c_____d"}),
        ("a __colour__ fox", {"a red fox", "a white fox"}),
        ("__animals/cats__", {"a red cat", "a white cat", "a black cat"}),
        ("a __two words__ fox", {"a red fox"}),
        ("a __a.b__ fox", {"a blue fox"}),
        ("__two words and __colour__", {"__two words and red", "__two words and white"}),
        ("__animals/../colour__", {"__animals/../colour__"}),
        ("{2$$a|b|c} cat", {f"{one}, {two} cat" for one in "abc" for two in "abc" if one != two}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{1-2$$a|b}", {"a", "b", "a, b", "b, a"}),
        ("{5$$$$a|0::b}", {"ab"}),
        ("{2$$x $5|{y|z}}", {"x $5, y", "y, x $5", "x $5, z", "z, x $5"}),
        ("{2$$a}", {"{2$$a}"}),
        ("{2$$__colour__} fox", {"red, white fox", "white, red fox"}),
        ("{ 1-2$$ or $$ __colour__ }", {"red", "white", "red or white", "white or red"}),
        ("{9$$__drawers__}", {f"{one}, {other}" for ab in ("a, b", "b, a") for one, other in ((ab, "c"), ("c", ab))}),
        ("{2$$__colour__ cat}", {"{2$$red cat}", "{2$$white cat}"}),
    ],
)
def test_every_choice_is_made(prompt: str, choices: set[str], folder: Path) -> None:
    assert set(all_of(prompt, folder)) == choices


def test_the_same_seed_makes_the_same_choices(folder: Path) -> None:
    prompt = "{a|b|c|d} __colour__ {e|f|g|h}"
    assert [Wildcards(seed, folder).resolve(prompt) for seed in range(4)] == [
        Wildcards(seed, folder).resolve(prompt) for seed in range(4)
    ]
    assert Wildcards(3407).resolve("{a|b|c|d|e|f|g|h}") == "a"  # a result can be made again years later
    both = Wildcards(1, folder)
    assert {both.resolve("{a|b}") for _ in range(50)} == {"a", "b"}  # prompt and negative prompt choose on their own


@pytest.mark.parametrize(("prompt", "folder_given"), [("{9::a|b|0::c}", False), ("__heavy__", True)])
def test_weights(prompt: str, folder_given: bool, folder: Path) -> None:
    found = all_of(prompt, folder if folder_given else None)
    assert set(found) == {"a", "b"}
    assert found["a"] > 4 * found["b"]


@pytest.mark.parametrize(
    ("prompt", "problem", "remedy"),
    [
        ("__colours__", "no wildcard __colours__", "__colour__"),
        ("__cats__", "no wildcard __cats__", "__animals/cats__"),
        ("__empty__", "holds no choice", "one choice a line"),
        ("__snake__", r"__snake__ → __tail__ → __snake__", "Change"),
    ],
)
def test_what_cannot_be_chosen_is_said(prompt: str, problem: str, remedy: str, folder: Path) -> None:
    with pytest.raises(InvalidRequest, match=problem) as caught:
        Wildcards(1, folder).resolve(prompt)
    assert remedy in caught.value.remedy


def test_what_is_not_chosen_may_be_missing(folder: Path) -> None:
    """And seeds choose as they would if it were there."""
    there = all_of("a {0::x|fox} __colour__", folder)
    assert all_of("a {0::__colours__|fox} __colour__", folder) == there
    assert set(all_of("{0::__snake__|{a|b}}", folder)) == {"a", "b"}
    with pytest.raises(InvalidRequest, match="no wildcard __colours__"):
        all_of("{__colours__|fox}", folder)
    chosen = Wildcards(3, folder)
    with pytest.raises(InvalidRequest):
        chosen.resolve("__colours__")
    assert chosen.resolve("a fox") == "a fox"
    ways = []
    for seed in range(60):
        try:
            ways.append(Wildcards(seed, folder).resolve("__loop__"))
        except InvalidRequest as error:
            ways.append(error.problem.split(" in ")[0])
    assert set(ways) == {
        "out", "There is no wildcard __colours__", "The wildcard __loop__ leads back to itself: __loop__ → __loop__.",
    }  # fmt: skip


def test_seeds_keep_their_choices(folder: Path) -> None:
    """Pictures can be made again that were drawn before choices of several parts were known."""
    prompt = "{a|{b|c}|__colour__} {2::d|e} __animals/cats__ {__heavy__|f}"
    assert [Wildcards(seed, folder).resolve(prompt) for seed in (1, 2, 3407)] == [
        "white d a black cat a",
        "a d a black cat f",
        "a d a black cat a",
    ]


def test_wildcards_without_a_folder_or_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no folder of wildcards"):
        Wildcards(1).resolve("__colour__")
    with pytest.raises(InvalidRequest, match="no wildcard"):
        Wildcards(1, tmp_path / "nowhere").resolve("__colour__")
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(InvalidRequest, match="UTF-8"):
        Wildcards(1, tmp_path).resolve("__bad__")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(InvalidRequest, match="cannot be read"):
        Wildcards(1, tmp_path).resolve("__folder__")


def test_names_are_listed(folder: Path) -> None:
    for name in ("_lead", "trail_", "x__y", "what!", ".hidden"):
        (folder / f"{name}.txt").write_text("a", encoding="utf-8")
    assert wildcard_names(folder) == sorted(FILES), "those that a prompt can hold"


@given(st.text("{}|\\_a:0$ ", max_size=60))
def test_any_prompt_without_names_can_be_resolved(prompt: str) -> None:
    if "__a" not in prompt and "__0" not in prompt:
        Wildcards(1).resolve(prompt)


@given(st.text(alphabet="{}|_ab :2$", max_size=20))
def test_a_literal_prompt_says_what_it_says(prompt: str) -> None:
    assert Wildcards(1).resolve(literal(prompt)) == prompt


@pytest.mark.parametrize("prompt", ["a {cozy} room", r"a cat \(animal\)", "snake_case", "a | b"])
def test_a_prompt_without_choices_is_left_alone(prompt: str) -> None:
    assert literal(prompt) == prompt
