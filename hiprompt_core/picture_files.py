"""Finished phases on disk, as the names of their files tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from hiprompt_core.geometry import Size

PICTURE_NAME = re.compile(r"phase-(?P<phase>\d+)-(?P<width>\d+)x(?P<height>\d+)(-v(?P<version>\d+))?\.png")


class PictureFile(NamedTuple):
    """A finished phase; in order, a phase's versions follow each other."""

    phase: int
    version: int
    path: Path
    size: Size


def picture_name(phase: int, size: Size, version: int) -> str:
    """The name of a finished phase's file."""
    return f"phase-{phase}-{size}.png" if version == 1 else f"phase-{phase}-{size}-v{version}.png"


def picture_file(path: Path) -> PictureFile | None:
    """What the name of a picture tells; none when it is not one of ours."""
    name = PICTURE_NAME.fullmatch(path.name)
    if name is None:
        return None
    size = Size(int(name["height"]), int(name["width"]))
    return PictureFile(int(name["phase"]), int(name["version"] or 1), path, size)


def picture_files(folder: Path) -> list[PictureFile]:
    """Finished phases in a run folder, oldest first within a phase; nothing is opened."""
    files = map(picture_file, folder.glob("phase-*.png"))
    return sorted(file for file in files if file is not None)
