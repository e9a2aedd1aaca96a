"""The words that a LoRA was trained on, from the notes that its trainer left in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MOST = 6
"""More words than these are no triggers but a vocabulary."""
SHARE = 0.9
"""Of the pictures of a training set that a word must have stood beside."""


def triggers_of(header: Mapping[str, Any]) -> tuple[str, ...]:
    """What its maker calls its trigger (ModelSpec 1.0), else the tags that its pictures had (kohya's ``ss_`` keys)."""
    marks = header.get("__metadata__") or {}
    phrase = str(marks.get("modelspec.trigger_phrase", ""))
    words = [word.strip() for word in phrase.split(",")] if phrase else _common_tags(marks)
    return tuple(dict.fromkeys(word for word in words if word))[:MOST]


def _common_tags(marks: Mapping[str, str]) -> list[str]:
    try:
        sets = json.loads(marks.get("ss_tag_frequency") or "{}")
        folders = json.loads(marks.get("ss_dataset_dirs") or "{}")
        words: list[str] = []
        for name, counts in sets.items():
            pictures = folders.get(name, {}).get("img_count") or max(counts.values(), default=0)
            words += [tag.strip() for tag, count in counts.items() if count >= SHARE * pictures]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []  # notes in another form than that of kohya's trainer
    return words
