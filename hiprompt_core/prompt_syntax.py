r"""The syntax of prompts and captions: weights in brackets and ``BREAK``, as A1111's web UI reads them.

``(words)`` weigh 1.1, ``((words))`` 1.1², ``(words:1.3)`` 1.3, ``[words]`` 1 / 1.1; ``\(``, ``\)``, ``\[``, ``\]`` and
``\\`` stand for the signs themselves. A bracket without its partner is taken literally. The word ``BREAK``, in
capitals, begins a new chunk for the text encoder. ``<lora:name:0.8>`` adds nothing to the model here: it is read as
words, which ``first_tag`` finds, so that a run can tell, as ``foreign_syntax`` finds the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

STEP = 1.1
"""What one pair of brackets multiplies a weight by."""
MAX_WEIGHT = 10.0
"""Weights are held between 0 and this: beyond it a text encoder's answer is noise."""

_SIGNS = re.compile(
    r"\\(?P<escaped>[\\()\[\]])"
    r"|(?P<open>[(\[])"
    r"|:\s*(?P<weight>[+-]?(?:\d{1,9}\.?\d{0,9}|\.\d{1,9}))\s*\)"
    r"|(?P<close>[)\]])"
    r"|(?P<cut>\bBREAK\b)"
)
_TAG = re.compile(r"<(?:lora|lyco|lycoris|hypernet):[^<>]*>", re.IGNORECASE)
_PARTNERS = {")": "(", "]": "["}


class Fragment(NamedTuple):
    """A part of a text and its weight, 0 to 10; 1 is that of plain text."""

    text: str
    weight: float = 1.0


class _Item:
    """A run of text while its brackets are still open; ``cut`` stands for ``BREAK``."""

    def __init__(self, text: str, cut: bool = False) -> None:
        self.text = text
        self.cut = cut
        self.weight = 1.0


def parse(prompt: str) -> list[list[Fragment]]:
    """The blocks of a text between ``BREAK``, each with its fragments in order; at least one block.

    Any text can be parsed. Fragments are never empty, and neighbours differ in weight.
    """
    blocks = [list(_merged(items)) for cut, items in groupby(_weighed(prompt), lambda item: item.cut) if not cut]
    return [block for block in blocks if any(fragment.text.strip() for fragment in block)] or [[]]


def plain_text(prompt: str) -> str:
    """What a text says, without brackets, weights and ``BREAK``."""
    return " ".join("".join(fragment.text for fragment in block).strip() for block in parse(prompt))


def first_tag(prompt: str) -> str | None:
    """The first of A1111's tags that load a network; none: there is none."""
    found = _TAG.search(prompt)
    return found[0] if found else None


def escape(text: str) -> str:
    """Plain text as a prompt that says just that: ``parse`` gives it back as one fragment of weight 1."""
    return re.sub(r"\bBREAK\b", "break", re.sub(r"[\\()\[\]]", r"\\\g<0>", text))


def _weighed(prompt: str) -> list[_Item]:
    items: list[_Item] = []
    unpaired: list[int] = []
    """Where brackets stand that are open so far."""
    end = 0
    for sign in _SIGNS.finditer(prompt):
        items.append(_Item(prompt[end : sign.start()]))
        end = sign.end()
        bracket = ")" if sign["weight"] else sign["close"]
        if sign["open"]:
            unpaired.append(len(items))
            items.append(_Item(sign["open"]))
        elif bracket:
            if not _close(items, unpaired, bracket, float(sign["weight"]) if sign["weight"] else None):
                items.append(_Item(sign.group()))
        else:
            items.append(_Item(sign["escaped"] or "", cut=bool(sign["cut"])))
    return [*items, _Item(prompt[end:])]


def _close(items: list[_Item], unpaired: list[int], bracket: str, weight: float | None) -> bool:
    """Weigh what lies behind the bracket's partner; open ones of the other kind in between stay literal."""
    place = next((place for place in reversed(unpaired) if items[place].text == _PARTNERS[bracket]), None)
    if place is None:
        return False
    del unpaired[unpaired.index(place) :]
    items[place].text = ""
    factor = weight if weight is not None else STEP if bracket == ")" else 1 / STEP
    for item in items[place:]:
        item.weight *= factor
    return True


def _merged(items: Iterator[_Item]) -> Iterator[Fragment]:
    written = (item for item in items if item.text)
    for weight, run in groupby(written, lambda item: min(max(round(item.weight, 6), 0.0), MAX_WEIGHT)):
        yield Fragment("".join(item.text for item in run), weight)
