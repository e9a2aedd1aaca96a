"""Puts sentences of the core, which are English, into the language of the window (no Qt).

A sentence is recognised by its template and its values are put back in. The file of a language maps templates to
translations; ``installer/translations.py`` writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from hiprompt_core.model_files import resources

PLACE = re.compile(r"\{(\d)\}")


class Template:
    """A sentence with numbered places for values, and its translation."""

    def __init__(self, source: str, words: str) -> None:
        self.words = words
        self._parts = PLACE.split(source)[::2]
        self.weight = sum(map(len, self._parts))
        """Signs that are no values: the more of them fit, the surer it is the right one."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("(.*?)".join(map(re.escape, self._parts)), re.DOTALL)

    def translate(self, sentence: str) -> str | None:
        """None: it is another sentence."""
        if not all(part in sentence for part in self._parts):
            return None
        found = self._pattern.fullmatch(sentence)
        return PLACE.sub(lambda place: found[int(place[1]) + 1], self.words) if found else None


class _Translation(NamedTuple):
    weight: int
    words: str


class CoreSentences:
    """The sentences of the core in one language."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Args:
        words: translations by templates such as ``{0} is missing.``; none: all stays English.
        """
        templates = [Template(source, translation) for source, translation in words.items()]
        self._templates = sorted(templates, key=lambda template: template.weight, reverse=True)

    def translate(self, text: str) -> str:
        """One sentence, or a problem and its remedy side by side; what nobody knows stays as it is."""
        found = self._translate(text)
        return found.words if found else text

    def _translate(self, text: str) -> _Translation | None:
        found = [one for one in (self._sentence(text), *self._halves(text)) if one is not None]
        return max(found, key=lambda one: one.weight, default=None)

    def _sentence(self, text: str) -> _Translation | None:
        for template in self._templates:
            words = template.translate(text)
            if words is not None:
                return _Translation(template.weight, words)
        return None

    def _halves(self, text: str) -> Iterable[_Translation]:
        for end in re.finditer(r"\. ", text):
            first, rest = self._sentence(text[: end.start() + 1]), None
            if first is not None:
                rest = self._translate(text[end.end() :])
            if first is not None and rest is not None:
                yield _Translation(first.weight + rest.weight, side_by_side(first.words, rest.words))


_spoken = CoreSentences({})


def speak(language: str) -> None:
    """The language from now on; one without translations is English."""
    global _spoken
    file = resources() / "translations" / f"core_{language}.json"
    _spoken = CoreSentences(json.loads(file.read_text(encoding="utf-8")) if file.exists() else {})


def told(sentence: str) -> str:
    """A sentence of the core, or a problem and its remedy, as the user reads it."""
    return _spoken.translate(sentence)


def side_by_side(*sentences: str) -> str:
    """Sentences one after the other; a full stop of Chinese brings its own room along."""
    return " ".join(filter(None, sentences)).replace("。 ", "。")
