"""The captions of a phase as a file that people can read, change and use for another picture (no Qt)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.metadata import atomic_write
from hiprompt_desktop.document import Phase

SUFFIX = ".captions.json"
REMEDY = "Choose a file that was saved with Save captions."


class Place(NamedTuple):
    """A cell in shares of the picture's height and width, 0 to 1, so that grids of other pictures can be met."""

    top: float
    left: float
    bottom: float
    right: float


class StoredCaption(NamedTuple):
    place: Place
    text: str
    locked: bool


def write_captions(path: Path, phase: Phase, prompt: str) -> None:
    """Write what the patches say now.

    Raises:
        OutputError: the file cannot be written.
    """
    height, width = phase.size
    rows = [
        {
            "patch": f"{patch.row + 1}·{patch.column + 1}",
            "cell": [
                round(side, 6)
                for side in (
                    patch.cell.top / height,
                    patch.cell.left / width,
                    patch.cell.bottom / height,
                    patch.cell.right / width,
                )
            ],
            "caption": caption.text or "",
            **({"locked": True} if caption.locked else {}),
        }
        for patch, caption in zip(phase.patches, phase.captions, strict=True)
    ]
    values = {"hiprompt_captions": 1, "prompt": prompt, "size": [width, height], "captions": rows}
    atomic_write(path, json.dumps(values, indent=1, ensure_ascii=False).encode())


def read_captions(path: Path) -> tuple[StoredCaption, ...]:
    """What a file says.

    Raises:
        InvalidRequest: it cannot be read, or holds something else.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig"))
        found = tuple(_stored(row) for row in values["captions"])
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidRequest(f"{path.name} holds no captions ({error}).", REMEDY) from error
    if not found:
        raise InvalidRequest(f"{path.name} holds no captions.", REMEDY)
    return found


def _stored(row: Any) -> StoredCaption:
    place, text, locked = Place(*map(float, row["cell"])), row["caption"], row.get("locked", False)
    if not isinstance(text, str) or not isinstance(locked, bool):
        raise TypeError(f"a caption is {text!r}")
    return StoredCaption(place, " ".join(text.split()), locked)


def captions_for(phase: Phase, stored: tuple[StoredCaption, ...]) -> Mapping[int, StoredCaption]:
    """By patch, the caption whose cell holds the middle of the patch's own; a patch that none holds stays as it is."""
    height, width = phase.size
    found = {}
    for patch in phase.patches:
        y = (patch.cell.top + patch.cell.bottom) / 2 / height
        x = (patch.cell.left + patch.cell.right) / 2 / width
        for caption in stored:
            if caption.place.top <= y < caption.place.bottom and caption.place.left <= x < caption.place.right:
                found[patch.index] = caption
                break
    return found
