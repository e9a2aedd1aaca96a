"""Frozen values that check themselves when they are made, and travel as JSON."""

from __future__ import annotations

import types
from dataclasses import fields
from pathlib import Path
from typing import Any, Self, get_args, get_origin, get_type_hints

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size


class Json:
    """Conversion of a frozen dataclass to and from plain JSON values."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build from what ``to_dict`` gave.

        Raises:
            InvalidRequest: a name or a value does not belong to this type.
        """
        hints = get_type_hints(cls)
        unknown = sorted(set(values) - set(hints))
        if unknown:
            raise InvalidRequest(f"Unknown value {unknown[0]!r}.", f"Known are: {', '.join(hints)}.")
        try:
            return cls(**{name: _typed(hints[name], value) for name, value in values.items()})
        except (TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InvalidRequest):
                raise
            raise InvalidRequest(f"The stored request cannot be read: {error}.", "Make a new one.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Json):
        return value.to_dict()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Size):
        return list(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _typed(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (types.UnionType,):
        hint = next(arm for arm in get_args(hint) if arm is not type(None))
        return None if value is None else _typed(hint, value)
    if hint is Path:
        return Path(value)
    if hint is Size:
        return Size(*value)
    if get_origin(hint) is dict:
        key_type, item_type = get_args(hint)
        return {key_type(key): _typed(item_type, item) for key, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, Json):
        return hint.from_dict(value)
    return value


def check(ok: bool, name: str, value: object, allowed: str) -> None:
    if not ok:
        raise InvalidRequest(f"{name} is {value!r}.", f"Use {allowed}.")


def check_range(owner: object, low: float, high: float, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if value is not None:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            check(number and low <= value <= high, name, value, f"a number from {low:g} to {high:g}")


def check_count(owner: object, low: int, high: int, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        check(whole and low <= value <= high, name, value, f"a whole number from {low} to {high}")


def check_choice(owner: object, choices: Any, name: str) -> None:
    check(getattr(owner, name) in get_args(choices), name, getattr(owner, name), " or ".join(get_args(choices)))


def check_prompt(name: str, value: object, may_be_empty: bool) -> None:
    check(isinstance(value, str), name, value, "text")
    if not may_be_empty and not str(value).strip():
        raise InvalidRequest("The prompt is empty.", "Say in a few words what the picture shows.")
    if "\0" in str(value):
        raise InvalidRequest(f"{name} holds a zero character.", "Remove it.")
    if any("\ud800" <= character <= "\udfff" for character in str(value)):
        raise InvalidRequest(f"{name} holds bytes that are not text.", "Use UTF-8.")
