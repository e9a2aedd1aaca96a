"""A project as one zip file, to carry it to another machine."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

from hiprompt_core.errors import OutputError, ProjectCorrupt
from hiprompt_core.metadata import PART, atomic_write, write_error
from hiprompt_core.project import FORMAT, HEAD, OBJECTS, REPAIR, Project

_CHUNK = 1 << 20


def export(project: Project, archive: Path) -> None:
    """Write everything as one zip file; in it, what is current is what is saved.

    Raises:
        ProjectCorrupt: an object is missing.
        OutputError: the file cannot be written.
    """
    head = {"format": FORMAT, "head": project.newest, "snapshots": project.snapshots}

    def write(stream: Any) -> None:
        # pictures and latents do not get smaller
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as file:
            file.writestr(HEAD, json.dumps(head, indent=1))
            for name in sorted(project.reachable()):
                source = project.object_file(name)
                if not source.is_file():
                    raise ProjectCorrupt(f"{project.path} lacks the object {name}.", REPAIR)
                file.write(source, f"{OBJECTS}/{name[:2]}/{name}")

    atomic_write(archive, write)


def unpack(archive: Path, path: Path) -> Project:
    """Open what ``export`` wrote as a new project at ``path``, which appears when it is whole.

    Raises:
        ProjectCorrupt: the file is no project, or damaged.
        OutputError: something is at ``path``, or nothing may be written there.
    """
    if path.exists():
        raise OutputError(f"{path} exists already.", "Choose another name.")
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        with zipfile.ZipFile(archive) as file:
            for member in file.infolist():
                _unpack_member(file, member, part, archive)
        project = Project.open(part)
        damaged = project.damaged()
        if damaged:
            raise ProjectCorrupt(f"{archive} is damaged: {len(damaged)} objects are not whole.", REPAIR)
        part.replace(path)
    except zipfile.BadZipFile as error:
        raise ProjectCorrupt(f"{archive} is no zip file or damaged.", REPAIR) from error
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Project.open(path)


def _unpack_member(file: zipfile.ZipFile, member: zipfile.ZipInfo, part: Path, archive: Path) -> None:
    """Only names that a project has are written, so that an archive cannot reach outside of its folder."""
    *folders, name = member.filename.split("/")
    is_object = folders == [OBJECTS, name[:2]] and len(name) == 64 and name.isalnum()
    if not is_object and member.filename != HEAD:
        raise ProjectCorrupt(f"{archive} holds {member.filename!r}, which no project has.", "Choose another file.")
    target = part.joinpath(*folders, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.open(member) as source, target.open("wb") as stream:
        shutil.copyfileobj(source, stream, _CHUNK)
