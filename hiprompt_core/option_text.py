"""Options from text, as a user writes them on a command line."""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, get_args, get_origin, get_type_hints

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.options import Options

TRUE_WORDS = ("true", "yes", "on", "1")
FALSE_WORDS = ("false", "no", "off", "0")


def parse_bool(text: str) -> bool:
    """A truth value in words.

    Raises:
        ValueError: the word is none of them.
    """
    word = text.strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    raise ValueError(f"{text!r} is neither true nor false")


KINDS: dict[type, tuple[Callable[[str], object], str]] = {
    bool: (parse_bool, "true or false"),
    int: (int, "a whole number"),
    float: (float, "a number"),
}


def changed_options(options: Options, assignments: Sequence[str]) -> Options:
    """``options`` with some values replaced, each given as ``name=value``.

    Raises:
        InvalidRequest: a name is unknown or its value does not fit.
    """
    hints = get_type_hints(Options)
    values = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals:
            raise InvalidRequest(f"{assignment!r} sets nothing.", "Write NAME=VALUE.")
        if name not in hints:
            near = difflib.get_close_matches(name, hints, n=1, cutoff=0) or sorted(hints)
            raise InvalidRequest(f"There is no option {name!r}.", f"Did you mean {near[0]}? Known: {', '.join(hints)}.")
        values[name] = _value(name, hints[name], text.strip())
    return replace(options, **values)


def _value(name: str, hint: Any, text: str) -> Any:
    if get_origin(hint) is types.UnionType:
        if text.lower() == "none":
            return None
        hint = next(arm for arm in get_args(hint) if arm is not types.NoneType)
    if hint not in KINDS:
        return text  # one of a few words; Options knows which
    convert, wanted = KINDS[hint]
    try:
        return convert(text)
    except ValueError as error:
        raise InvalidRequest(f"{name} is {text!r}.", f"Use {wanted}.") from error
