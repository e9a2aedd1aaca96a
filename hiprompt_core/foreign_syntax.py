"""What A1111's web UI does with signs in a prompt and this program does not: they are taken for words, which is told.

Tags such as ``<lora:name:0.8>`` are ``prompt_syntax``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LONGEST = 40
"""Letters of what is quoted."""
_NUMBER = r"\s*(?:\d{1,9}\.?\d{0,9}|\.\d{1,9})\s*"
_EDITED = re.compile(rf"(?<!\\)\[[^\[\]]*:{_NUMBER}\]")
_ALTERNATING = re.compile(r"(?<!\\)\[[^\[\]|]*\|[^\[\]]*\]")
_JOINED = re.compile(r"(?<![A-Z]{2}\s)\bAND\b(?!\s[A-Z]{2})")
"""Not between other words in capitals, which shout."""
_BELOW_ZERO = re.compile(rf"(?<!\\)\([^()]*:\s*-{_NUMBER}\)")


class Foreign(NamedTuple):
    """Something that is not read as its writer may have meant it."""

    text: str
    note: str


def foreign_syntax(texts: Sequence[str]) -> Iterator[Foreign]:
    """What in prompts and captions A1111 reads otherwise: the first of each kind."""
    if found := _first(_EDITED, texts):
        problem = f"“{found}” is read as words: no prompt changes while its picture is drawn."
        yield Foreign(found, problem)
    if found := _first(_ALTERNATING, texts):
        problem = f"“{found}” is read as words, which do not take turns: {{a|b}} chooses one of them."
        yield Foreign(found, problem)
    if found := _first(_JOINED, texts):
        problem = f"“{found}” is read as a word: it does not join two prompts."
        yield Foreign(found, problem)
    if found := _first(_BELOW_ZERO, texts):
        problem = f"“{found}” weighs 0, which is the least: the negative prompt names what to avoid."
        yield Foreign(found, problem)


def _first(sign: re.Pattern[str], texts: Sequence[str]) -> str:
    found = next(filter(None, map(sign.search, texts)), None)
    text = " ".join(found[0].split()) if found else ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
