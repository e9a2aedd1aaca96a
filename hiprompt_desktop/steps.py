"""Steps of undo as plain values (no Qt)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hiprompt_desktop.document import Caption


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What some patches say and which pictures their phases have: one side of a step."""

    captions: Mapping[int, Mapping[int, Caption]] = field(default_factory=dict)
    """By phase and patch."""
    pictures: Mapping[int, Path] = field(default_factory=dict)
    """Files by phase; they are never overwritten, so that a step holds none of their pixels."""

    def touches_same(self, other: Change) -> bool:
        """Whether it is about the same patches and pictures."""
        mine = {phase: captions.keys() for phase, captions in self.captions.items()}
        return mine == {phase: captions.keys() for phase, captions in other.captions.items()} and (
            self.pictures.keys() == other.pictures.keys()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of undo."""

    title: str
    before: Change
    after: Change


@dataclass(frozen=True, kw_only=True, slots=True)
class WishStep:
    """One step of undo in the left panel: the fields of the wish that it changes, with their values."""

    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
