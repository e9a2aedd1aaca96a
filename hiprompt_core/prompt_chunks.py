"""Prompts as chunks of tokens that a text encoder takes, each token with its weight."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hiprompt_core.prompt_syntax import Fragment, parse

Tokenize = Callable[[str], Sequence[int]]
"""Token ids of a text, without the marks at its start and end."""
COMMA_REACH = 20
"""Tokens before the end of a full chunk in which a comma is the better place to cut (A1111's default)."""

_WORD = re.compile(r"\s*\S+")
_STOPS = tuple(",.;:!?，。；、！？")  # noqa: RUF001


class Chunk(NamedTuple):
    """Tokens that are encoded together."""

    ids: tuple[int, ...]
    weights: tuple[float, ...]
    """One for each token; 1 is that of plain text."""


def chunks(prompt: str, tokenize: Tokenize, limit: int) -> list[Chunk]:
    """A prompt, syntax included, as chunks of at most ``limit`` tokens; at least one.

    Pieces end at ``BREAK``, else behind a comma, else between words; a word is cut only when it is longer than a chunk.
    """
    return [chunk for block in parse(prompt) for chunk in _cut(block, tokenize, limit)]


def count_tokens(prompt: str, tokenize: Tokenize) -> int:
    """Tokens of a prompt without its syntax."""
    return sum(len(tokenize(fragment.text)) for block in parse(prompt) for fragment in block)


def _cut(block: Sequence[Fragment], tokenize: Tokenize, limit: int) -> list[Chunk]:
    ids = [tokenize(fragment.text) for fragment in block]
    if sum(map(len, ids)) <= limit:
        return [_chunk([(token, part.weight) for part, tokens in zip(block, ids, strict=True) for token in tokens])]
    tokens: list[tuple[int, float]] = []
    words: list[int] = []
    """Where words end."""
    stops: list[int] = []
    """Where commas and their like end."""
    for fragment in block:
        for word in _WORD.findall(fragment.text):
            tokens += [(token, fragment.weight) for token in tokenize(word)]
            words.append(len(tokens))
            if word.endswith(_STOPS):
                stops.append(len(tokens))
    result, start = [], 0
    while len(tokens) - start > limit:
        end = start + limit
        cut = _last(stops, end - COMMA_REACH, end) or _last(words, start, end) or end
        result.append(_chunk(tokens[start:cut]))
        start = cut
    return [*result, _chunk(tokens[start:])]


def _last(places: Sequence[int], after: int, end: int) -> int | None:
    """The last of the rising ``places`` that lies behind ``after`` and not behind ``end``."""
    index = bisect_right(places, end) - 1
    return places[index] if index >= 0 and places[index] > after else None


def _chunk(tokens: Sequence[tuple[int, float]]) -> Chunk:
    return Chunk(tuple(token for token, _ in tokens), tuple(weight for _, weight in tokens))
