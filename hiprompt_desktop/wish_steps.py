"""The steps of undo in the left panel on disk, from one start to the next (no Qt)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from hiprompt_core.errors import HiPromptError
from hiprompt_core.metadata import atomic_write, read_json
from hiprompt_desktop.document import Wish
from hiprompt_desktop.project_state import wish_from_dict, wish_to_dict
from hiprompt_desktop.steps import WishStep

MOST = 200
"""The newest are kept."""

log = logging.getLogger(__name__)


def write_wish_steps(file: Path, steps: Sequence[WishStep], done: int, wish: Wish) -> None:
    """Args:
        done: how many of the steps are done.
        wish: any, for what the steps do not say.

    Raises:
        OutputError: it cannot be written.
    """
    left_out = max(0, min(len(steps) - MOST, done))
    rows = [
        {"title": step.title, "before": _to_dict(step.before, wish), "after": _to_dict(step.after, wish)}
        for step in steps[left_out:]
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(file, json.dumps({"steps": rows, "done": done - left_out}).encode(), keep_old=True)


def read_wish_steps(file: Path, wish: Wish) -> tuple[tuple[WishStep, ...], int]:
    """The steps, and how many of them are done; none where they cannot be read."""

    def parse(values: Any) -> tuple[tuple[WishStep, ...], int]:
        steps = tuple(_step(row, wish) for row in values["steps"])
        return steps, max(0, min(int(values["done"]), len(steps)))

    try:
        return read_json(file, parse)
    except FileNotFoundError:
        return (), 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError, HiPromptError) as error:
        log.warning("Steps in %s cannot be read: %s", file, error)
        return (), 0


def _step(row: Mapping[str, Any], wish: Wish) -> WishStep:
    before, after = (_from_dict(row[side], wish) for side in ("before", "after"))
    return WishStep(title=str(row["title"]), before=before, after=after)


def _to_dict(values: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    whole = wish_to_dict(replace(wish, **values))
    return {name: whole[name] for name in values}


def _from_dict(values: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    whole = wish_from_dict({**wish_to_dict(wish), **values})
    return {f.name: getattr(whole, f.name) for f in fields(Wish) if f.name in values}
