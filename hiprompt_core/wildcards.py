r"""Prompts with choices: ``{a|b|c}`` and ``__name__``, made before a request is.

``{red|2::blue|green}`` takes one of its parts, ``blue`` twice as often; ``__animals/cats__`` takes a line of the file
``animals/cats.txt`` in a folder: one choice a line, ``2::`` before it for a weight, ``#`` before a comment.
``{2$$red|blue|green}`` takes two different parts, ``{1-2$$red|blue|green}`` one or two, with commas between them, and
``{2$$ and $$red|blue|green}`` with "and"; ``{2$$__animals/cats__}`` takes two lines of a file. Choices may hold further
choices. ``\{``, ``\|``, ``\}`` and ``\_`` stand for the signs themselves, and other braces without ``|`` are taken
literally. It is the syntax of A1111's extension sd-dynamic-prompts.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import accumulate
from pathlib import Path
from random import Random

from hiprompt_core.errors import InvalidRequest

_NAME = r"[^\W_](?:(?:(?!__|\.\.)[\w/. -])*?[^\W_])?"
"""Of a wildcard: it begins and ends with a letter or a digit, and leads out of no folder."""
_WEIGHT = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)::")
_NUMBER = r"\s*(?P<least>\d{1,4})(?:-(?P<most>\d{1,4}))?\$\$"
_COUNT = re.compile(_NUMBER + r"(?:(?P<joint>[^$]*)\$\$)?")
"""How many parts, and what joins them."""
_SIGNS = re.compile(
    r"(?P<kept>\\\\)|\\(?P<escaped>[{}|_])|__(?P<name>" + _NAME + r")__"
    r"|\{" + _NUMBER + r"(?:(?P<joint>[^${|}]*)\$\$)?\s*__(?P<lines>" + _NAME + r")__\s*\}|(?P<sign>[{}|])"
)
JOINT = ", "


class Wildcards:
    """Makes the choices in prompts: those with the same seed make the same ones.

    Args:
        seed: of the request.
        folder: of text files by name; none: prompts may hold only ``{a|b}``.
    """

    def __init__(self, seed: int, folder: Path | None = None) -> None:
        self._random = Random(seed)
        self._folder = folder
        self._faults: dict[str, InvalidRequest] = {}
        """What cannot be read, by the sign that stands for it: in a part that is not chosen it does no harm."""

    def resolve(self, prompt: str) -> str:
        """A prompt without choices.

        Raises:
            InvalidRequest: a file is unknown, empty or not readable, or leads back to itself.
        """
        self._faults.clear()
        text = self._resolved(prompt, ())
        fault = next((fault for sign, fault in self._faults.items() if sign in text), None)
        if fault is not None:
            raise fault
        return text

    def _resolved(self, prompt: str, inside: tuple[str, ...]) -> str:
        """``inside`` names the files that led to this text."""
        levels: list[list[str]] = [[""]]
        """The parts of each brace that is open; the first level is the prompt itself."""
        end = 0
        for found in _SIGNS.finditer(prompt):
            levels[-1][-1] += prompt[end : found.start()] + (found["kept"] or found["escaped"] or "")
            end = found.end()
            if found["name"]:
                levels[-1][-1] += self._line_or_fault(found["name"], None, inside)
            elif found["lines"]:
                levels[-1][-1] += self._line_or_fault(found["lines"], found, inside)
            elif found["sign"] == "{":
                levels.append([""])
            elif found["sign"] == "|" and len(levels) > 1:
                levels[-1].append("")
            elif found["sign"] == "}" and len(levels) > 1:
                parts = levels.pop()
                levels[-1][-1] += self._choices(parts) if len(parts) > 1 else f"{{{parts[0]}}}"
            else:
                levels[-1][-1] += found["sign"] or ""
        levels[-1][-1] += prompt[end:]
        return "{".join("|".join(parts) for parts in levels)

    def _line_or_fault(self, name: str, count: re.Match[str] | None, inside: tuple[str, ...]) -> str:
        # Every part is made before one is chosen, so that seeds keep their choices: only then is a fault one.
        try:
            return self._line(name, count, inside)
        except InvalidRequest as fault:
            sign = f"\0{len(self._faults)}\0"
            self._faults[sign] = fault
            return sign

    def _line(self, name: str, count: re.Match[str] | None, inside: tuple[str, ...]) -> str:
        """A line of a file; ``count``: or as many as it says."""
        if name in inside:
            way = " → ".join(f"__{step}__" for step in (*inside, name))
            raise InvalidRequest(f"The wildcard __{name}__ leads back to itself: {way}.", "Change one of these files.")
        lines = self._lines(name)
        chosen = self._several(count, lines) if count else self._choice(lines)
        return self._resolved(chosen, (*inside, name)).strip()

    def _lines(self, name: str) -> list[str]:
        if self._folder is None:
            raise InvalidRequest(
                f"The prompt has the wildcard __{name}__, but no folder of wildcards is given.",
                f"Name the folder with {name}.txt, or write \\__{name}__ if you mean these very signs.",
            )
        file = self._folder / f"{name}.txt"
        try:
            lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
        except FileNotFoundError as error:
            raise InvalidRequest(f"There is no wildcard __{name}__ in {self._folder}.", self._remedy(name)) from error
        except OSError as error:
            raise InvalidRequest(f"{file} cannot be read: {error.strerror}.", "Check the file.") from error
        except ValueError as error:
            raise InvalidRequest(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from error
        choices = [line for line in lines if line and not line.startswith("#")]
        if not choices:
            raise InvalidRequest(f"{file} holds no choice.", "Write one choice a line.")
        return choices

    def _remedy(self, name: str) -> str:
        known = wildcard_names(self._folder) if self._folder else []
        if not known:
            return "Name a folder with text files, one choice a line."
        near = get_close_matches(name, known, cutoff=0.5) or known[:5]
        return f"There is {', '.join(f'__{other}__' for other in near)}."

    def _choices(self, parts: Sequence[str]) -> str:
        """What becomes of a brace: one of its parts, or as many as it says."""
        count = _COUNT.match(parts[0])
        return self._several(count, [parts[0][count.end() :], *parts[1:]]) if count else self._choice(parts)

    def _several(self, count: re.Match[str], left: list[str]) -> str:
        """As many of the parts as ``count`` says, which leave them."""
        number = self._number(int(count["least"]), int(count["most"] or count["least"]))
        chosen = [self._taken(left) for _ in range(min(number, len(left)))]
        return (JOINT if count["joint"] is None else count["joint"]).join(chosen)

    def _number(self, least: int, most: int) -> int:
        return least + int(self._random.random() * (most - least + 1)) if most > least else least

    def _taken(self, parts: list[str]) -> str:
        """One of the parts, which leaves them."""
        place, text = self._place(parts)
        del parts[place]
        return text

    def _choice(self, parts: Sequence[str]) -> str:
        return self._place(parts)[1]

    def _place(self, parts: Sequence[str]) -> tuple[int, str]:
        """Which of the parts is chosen, and what it says."""
        found = [_WEIGHT.match(part) for part in parts]
        weights = list(accumulate(float(weight[1]) if weight else 1.0 for weight in found))
        # Only random() itself is promised to give the same numbers in every version of Python.
        place = bisect(weights, self._random.random() * weights[-1], hi=len(parts) - 1)
        weight = found[place]
        return place, parts[place][weight.end() :] if weight else parts[place]


def literal(prompt: str) -> str:
    """A prompt that makes no choices: resolved, it is ``prompt`` again, but for a backslash before one of the signs."""
    holds_choices = re.search(r"\{.*\||__[^\W_]", prompt, re.DOTALL)
    return re.sub(r"[{}|]|_(?=_)", r"\\\g<0>", prompt) if holds_choices else prompt


def wildcard_names(folder: Path) -> list[str]:
    """The wildcards that a folder holds, subfolders included, sorted; files whose names no prompt can hold are none."""
    names = (file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.txt"))
    return sorted(name for name in names if re.fullmatch(_NAME, name))
