"""What the pictures folder holds: the pictures, which of them are starred, and small copies (no widgets)."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from PySide6.QtGui import QImage

from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import atomic_write, read_json, read_png
from hiprompt_core.picture_files import PictureFile, picture_files
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.qimage import to_qimage

STARS = "stars.json"
THUMBNAIL = 144
"""Longer side of a small copy, pixels: enough for a screen at 200 %."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """One picture in the pictures folder."""

    folder: Path
    prompt: str
    seed: int
    size: Size
    """As it was asked for; maybe not reached yet."""
    picture: Path
    """Its newest version of its last finished phase."""
    small: Path
    """Its smallest phase that still makes a good small copy: phases look alike, and this one is read in no time."""
    changed: float
    """When it was last worked on, seconds since 1970."""


def read_history(pictures: Path) -> tuple[HistoryEntry, ...]:
    """Every picture with a finished phase, the one last worked on first; what cannot be read is left out."""
    try:
        folders = [path for path in pictures.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return ()
    entries = [entry for entry in map(_read_entry, folders) if entry is not None]
    return tuple(sorted(entries, key=lambda entry: entry.changed, reverse=True))


def _read_entry(path: Path) -> HistoryEntry | None:
    try:
        files = picture_files(path)
        if not files:
            return None
        request = RunFolder(path).request()
        return HistoryEntry(
            folder=path,
            prompt=request.prompt,
            seed=request.seed,
            size=request.size,
            picture=files[-1].path,
            small=_smallest(files).path,
            changed=max(file.path.stat().st_mtime for file in files),
        )
    except (OSError, ResultCorrupt) as error:
        log.warning("%s is left out of the history: %s", path, error)
        return None


def _smallest(files: list[PictureFile]) -> PictureFile:
    newest = {file.phase: file for file in files}  # versions come in order
    large_enough = (file for file in newest.values() if max(file.size) >= THUMBNAIL)
    return next(large_enough, files[-1])


def read_thumbnail(picture: Path) -> QImage:
    """A small copy.

    Raises:
        ResultCorrupt: the picture cannot be read.
    """
    image, _ = read_png(picture)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, reducing_gap=2)
    return to_qimage(image)


def read_stars(pictures: Path) -> frozenset[str]:
    """Names of the starred folders; none when there is no readable list."""
    try:
        return read_json(pictures / STARS, _starred)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def _starred(values: Any) -> frozenset[str]:
    return frozenset(name for name in values["starred"] if isinstance(name, str))


def write_stars(pictures: Path, names: frozenset[str]) -> None:
    """Keep the names of the starred folders.

    Raises:
        OutputError: the list cannot be written.
    """
    atomic_write(pictures / STARS, json.dumps({"starred": sorted(names)}, indent=1).encode(), keep_old=True)
