"""The run folder of a project's picture, made anew where it is gone (no Qt)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ProjectCorrupt
from hiprompt_core.metadata import PART, write_error
from hiprompt_core.picture_files import picture_file
from hiprompt_core.project import Project, link_or_copy
from hiprompt_core.run_folder import CAPTIONS, REQUEST, RunFolder
from hiprompt_desktop.document import Phase

FILE = re.compile(rf"phase-\d+(-\d+x\d+)?(-v\d+)?\.(png|safetensors)|{re.escape(REQUEST)}|{re.escape(CAPTIONS)}")
"""Files of a run folder that are kept, and the only ones that a project may write there."""


def restored_folder(project: Project, state: dict[str, Any], pictures: Path) -> Path:
    """The run folder with all its files: the recorded one, or one made of the project's objects.

    Args:
        pictures: where that is made.

    Raises:
        ProjectCorrupt: a file is missing, or has a name that none has.
        OutputError: it cannot be made.
        KeyError, TypeError, ValueError, AttributeError: ``state`` is none.
    """
    folder, files = Path(state["folder"]), dict(state["files"])
    strange = [name for name in files if not FILE.fullmatch(name)]
    if strange:
        raise ProjectCorrupt(f"{project.path} holds {strange[0]!r}, which no picture has.", "Do not use this project.")
    needed = [name for name in files if picture_file(Path(name)) or name.endswith(".safetensors")]
    if all((folder / name).is_file() for name in needed) and needed:
        return folder
    target, number = pictures / folder.name, 2
    while target.exists() and (target != folder or not _holds(target, project, files)):
        target, number = pictures / f"{folder.name}-{number}", number + 1
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            if not (target / name).exists():
                part = target / f".{name}.{os.getpid()}{PART}"
                link_or_copy(project.object_file(content), part)
                part.replace(target / name)
    except FileNotFoundError as error:
        raise ProjectCorrupt(f"{project.path} lacks a picture.", "Restore the project from a copy.") from error
    except OSError as error:
        raise write_error(target, error) from error
    return target


def _holds(folder: Path, project: Project, files: dict[str, str]) -> bool:
    """Whether a folder holds the project's picture, perhaps not all of it."""
    try:
        return REQUEST in files and (folder / REQUEST).read_bytes() == project.read(files[REQUEST])
    except OSError:
        return False


def choose_versions(folder: Path, phases: dict[int, Phase]) -> None:
    """Let what is drawn next start from the versions that the project shows."""
    run = RunFolder(folder)
    for phase in phases.values():
        file = picture_file(phase.path) if phase.path is not None else None
        if file is not None and run.current(phase.number) != file:
            run.choose(phase.number, file.version)
