"""Weights in a prompt as an editor changes them, and brackets that lack their partner (no Qt)."""

from __future__ import annotations

import re
from typing import NamedTuple

from hiprompt_core.prompt_syntax import MAX_WEIGHT, STEP

NUDGE = 0.1
_PARTNERS = {")": "(", "]": "["}
_WORD = re.compile(r"[^\s.,\\/!?%^*;:{}=`~()\[\]|<>，。；：、！？]+")  # noqa: RUF001
_WEIGHTED = re.compile(r":\s*(?P<weight>[+-]?(?:\d{1,9}\.?\d{0,9}|\.\d{1,9}))\s*\)")


class Edit(NamedTuple):
    """``text`` in place of what lies from ``start`` to ``end``; of it, ``chosen`` letters from ``first`` are chosen."""

    start: int
    end: int
    text: str
    first: int
    chosen: int


class Brackets(NamedTuple):
    """Where the brackets of a prompt stand; escaped ones are none."""

    pairs: list[tuple[int, int]]
    """Of round and square ones, by where they close."""
    single: list[int]
    """Those that are taken literally, for they have no partner."""


def brackets(prompt: str) -> Brackets:
    """Paired as ``hiprompt_core.prompt_syntax`` does."""
    pairs: list[tuple[int, int]] = []
    waiting: list[int] = []
    single: list[int] = []
    for sign in re.finditer(r"\\.|[()\[\]]", prompt, re.DOTALL):
        place, letter = sign.start(), sign.group()
        if letter in "([":
            waiting.append(place)
        elif letter in ")]":
            depth = next((i for i in reversed(range(len(waiting))) if prompt[waiting[i]] == _PARTNERS[letter]), None)
            if depth is None:
                single.append(place)
            else:
                pairs.append((waiting[depth], place))
                single += waiting[depth + 1 :]
                del waiting[depth:]
    return Brackets(pairs, sorted(single + waiting))


def reweigh(prompt: str, start: int, end: int, change: float) -> Edit | None:
    """Weigh the chosen words, or those at the cursor, more or less; brackets of weight 1 go.

    Args:
        start, end: what is chosen; of nothing, the round brackets around the cursor are meant, or else its word.

    Returns:
        None: there is no word, or half a pair of brackets is chosen.
    """
    found = brackets(prompt)
    if start == end:
        start, end = _at_cursor(prompt, start, found)
    while start < end and prompt[start].isspace():
        start += 1
    while end > start and prompt[end - 1].isspace():
        end -= 1
    for begin, close in found.pairs:
        if prompt[begin] == "(" and (begin, close + 1) == (start, end):  # chosen with its brackets
            start, end = _inside(prompt, begin, close)
            break
    halved = any((start <= begin < end) != (start <= close < end) for begin, close in found.pairs)
    if start == end or halved or any(start <= place < end for place in found.single):
        return None
    words = prompt[start:end]
    around = next(
        ((b, c) for b, c in found.pairs if prompt[b] == "(" and _inside(prompt, b, c) == (start, end)), (start, end - 1)
    )
    begin, close = around
    weight = 1.0
    if begin < start:
        written = _WEIGHTED.match(prompt, end)
        weight = float(written["weight"]) if written else STEP
    weight = round(min(max(weight + change, 0.0), MAX_WEIGHT), 2)
    if weight == 1:
        return Edit(begin, close + 1, words, 0, len(words))
    return Edit(begin, close + 1, f"({words}:{weight:g})", 1, len(words))


def _inside(prompt: str, begin: int, close: int) -> tuple[int, int]:
    """The words of a pair of brackets, without their weight."""
    weighted = next((sign for sign in _WEIGHTED.finditer(prompt, begin) if sign.end() == close + 1), None)
    return begin + 1, weighted.start() if weighted else close


def _at_cursor(prompt: str, cursor: int, found: Brackets) -> tuple[int, int]:
    around = [(b, c) for b, c in found.pairs if prompt[b] == "(" and b < cursor <= c]
    if around:
        return _inside(prompt, *max(around))
    word = next((word for word in _WORD.finditer(prompt) if word.start() <= cursor <= word.end()), None)
    return word.span() if word else (cursor, cursor)
