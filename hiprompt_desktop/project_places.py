"""Where the projects of pictures are on this machine, and which of them somebody left without closing (no Qt).

Every picture has a project: an untitled one in a folder of the program's, until the user saves it elsewhere. A text
file ``….link`` in its place then says where.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from hiprompt_core.errors import HiPromptError
from hiprompt_core.metadata import atomic_write
from hiprompt_core.picture_files import picture_file
from hiprompt_core.project import HEAD, SUFFIX, Project
from hiprompt_desktop.project_lock import Holder, holder, release

LINK = ".link"
FORGET_AFTER = 30 * 86_400
"""Seconds that an untitled project stays after its picture was thrown away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Abandoned:
    """An untitled project whose process died."""

    path: Path
    time: float
    """Of its last change; seconds since 1970."""
    thumbnail: Path | None
    """A picture file, whatever its name ends in."""


class ProjectPlaces:
    """The folder of untitled projects and of the links to titled ones."""

    def __init__(self, untitled: Path) -> None:
        self._untitled = untitled

    def path_for(self, folder: Path) -> Path:
        """The project of a picture, which need not exist."""
        slot = self.slot(folder)
        try:
            linked = Path(slot.with_suffix(LINK).read_text(encoding="utf-8"))
        except OSError:
            return slot
        return linked if (linked / HEAD).exists() else slot

    def slot(self, folder: Path) -> Path:
        """Where the untitled project of a picture is kept."""
        key = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:8]
        return self._untitled / f"{folder.name}-{key}{SUFFIX}"

    def set_aside(self, folder: Path) -> None:
        """Begin a picture's project anew; the damaged one is kept, for somebody who can repair it."""
        slot = self.slot(folder)
        slot.with_suffix(LINK).unlink(missing_ok=True)
        if slot.exists():
            slot.rename(slot.with_name(f"{slot.stem}-damaged-{int(time.time())}"))

    def is_untitled(self, path: Path) -> bool:
        """Whether the user saved it nowhere yet."""
        return path.parent == self._untitled

    def link(self, folder: Path, path: Path) -> None:
        """Remember where the project of a picture is."""
        if self.path_for(folder) != path:
            self._untitled.mkdir(parents=True, exist_ok=True)
            atomic_write(self.slot(folder).with_suffix(LINK), str(path).encode())

    def abandoned(self, *others: Path) -> Abandoned | None:
        """The newest project that a process left open when it died; it is not told again."""
        found: list[Abandoned] = []
        for path in {*self._untitled.glob(f"*{SUFFIX}"), *others}:
            if holder(path) is Holder.DEAD:
                try:
                    release(path)
                    found += _abandoned(path)
                except HiPromptError:
                    continue
        return max(found, key=lambda project: project.time, default=None)

    def forget_old(self) -> None:
        """Remove untitled projects whose pictures were thrown away long ago."""
        for path in self._untitled.glob(f"*{SUFFIX}"):
            try:
                if time.time() - (path / HEAD).stat().st_mtime > FORGET_AFTER and holder(path) is Holder.NOBODY:
                    folder = Project.open(path).current.state.get("folder")
                    if folder is None or not Path(folder).exists():
                        shutil.rmtree(path, ignore_errors=True)
            except (OSError, HiPromptError):
                continue


def _abandoned(path: Path) -> list[Abandoned]:
    """None when it was killed before anything was kept."""
    project = Project.open(path)
    entry = project.current
    if not entry.state:
        return []
    pictures = [file for name in entry.state.get("files", {}) if (file := picture_file(Path(name)))]
    thumbnail = None
    if pictures:
        newest = max(pictures)
        thumbnail = project.object_file(entry.state["files"][newest.path.name])
    return [Abandoned(path=path, time=entry.time, thumbnail=thumbnail)]
