"""The words of a prompt that cross-attention places in a part of the picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiprompt_core.captions import FUNCTION_WORDS, without_loose_ends
from hiprompt_core.geometry import Box, Size

_WORD = re.compile(r"[\w'-]+")
Maps = NDArray[np.float32]
"""(phrases, h, w), 0 or more: how much each place of a picture attends to each phrase."""


class Phrase(NamedTuple):
    """Words of a prompt that stand side by side and carry meaning, such as "green meadow": characters start..end-1."""

    start: int
    end: int


def phrases(prompt: str) -> list[Phrase]:
    """The runs of words between commas, articles, "and", "on" and their like, in order."""
    found: list[Phrase] = []
    for word in _WORD.finditer(prompt):
        if word.group().lower() in FUNCTION_WORDS:
            continue
        if found and not prompt[found[-1].end : word.start()].strip():
            found[-1] = Phrase(found[-1].start, word.end())
        else:
            found.append(Phrase(word.start(), word.end()))
    return found


def words_in(prompt: str, maps: Maps, windows: Sequence[Box], size: Size) -> list[str]:
    """For each window of a picture of ``size``, the prompt without the phrases that are drawn elsewhere.

    A phrase is in a window when its share of attention there is above its mean over the picture:
    ``mean(m in window) > mean(m)``. Each phrase is compared with itself alone, for some words draw more attention than
    others wherever they are. Phrases without a map stay; a window in which no phrase is gets an empty text.
    """
    places = phrases(prompt)
    source = Size(*maps.shape[1:])
    result = []
    for window in windows:
        part = maps[:, *window.scaled(size, source).slices].mean(axis=(1, 2))
        here = part > maps.mean(axis=(1, 2))
        elsewhere = [phrase for phrase, inside in zip(places, here, strict=False) if not inside]
        result.append(_without(prompt, elsewhere) if here.any() else "")
    return result


def _without(prompt: str, dropped: Sequence[Phrase]) -> str:
    for start, end in reversed(dropped):
        prompt = prompt[:start] + prompt[end:]
    return without_loose_ends(prompt)
