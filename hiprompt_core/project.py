"""A project on disk, ``NAME.hiprompt``: every version of the work, in one folder of content-addressed files.

    head.json            the entry that the user saved, and the named snapshots
    autosave.json        the newest entry, where that may be another one
    objects/ab/ab12…     pictures, latents, states and entries, each named by the SHA-256 of its content

Objects are written before the head that leads to them, and each write is atomic: a process that is killed at any
moment leaves the project at one entry or the next. Nothing is ever overwritten, so undo reaches back without limit.
``project_archive`` makes one zip file of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hiprompt_core.errors import OutputError, ProjectCorrupt
from hiprompt_core.metadata import PART, atomic_write, read_json, write_error

SUFFIX = ".hiprompt"
FORMAT = 1
HEAD, AUTOSAVE, OBJECTS = "head.json", "autosave.json", "objects"
REPAIR = "Restore the project from a copy, or go back to an earlier version."


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One version of the work."""

    parent: str | None
    """Id of the entry before; none: this is the first."""
    what: str
    """The edit that led here, in the user's words."""
    time: float
    """Seconds since 1970."""
    state: dict[str, Any]
    """All that the user made, as plain JSON; large parts are named by their objects' ids."""
    uses: tuple[str, ...]
    """Ids of the objects that ``state`` names."""


class Project:
    """A project that is open; every method leaves it whole on disk."""

    def __init__(self, path: Path, head: dict[str, Any]) -> None:
        self.path = path
        self.trouble = ""
        """What could not be read though the project is whole without it."""
        self._head = head
        self._autosave: str | None = None

    @staticmethod
    def create(path: Path, state: dict[str, Any]) -> Project:
        """A new project whose first entry is ``state``.

        Raises:
            OutputError: something is there already, or nothing may be written there.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise OutputError(f"{path} exists already.", "Choose another name.")
        try:
            (path / OBJECTS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(path, error) from error
        project = Project(path, {"format": FORMAT, "head": None, "snapshots": {}})
        project.commit("", state, ())
        return project

    @staticmethod
    def open(path: Path) -> Project:
        """A project that was made earlier.

        Raises:
            ProjectCorrupt: it is no project, is damaged, or was made by a newer program.
        """
        try:
            head = read_json(path / HEAD, _head)
        except FileNotFoundError as error:
            raise ProjectCorrupt(f"{path} is no project.", f"Choose a folder that ends in {SUFFIX}.") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProjectCorrupt(f"{path / HEAD} is damaged.", REPAIR) from error
        if head["format"] != FORMAT:
            raise ProjectCorrupt(f"{path} has the unknown format {head['format']!r}.", "Update this program.")
        project = Project(path, head)
        project.entry(head["head"])
        project._autosave = project._read_autosave()
        return project

    def _read_autosave(self) -> str | None:
        try:
            return read_json(self.path / AUTOSAVE, self._autosaved)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            self.trouble = f"The autosave beside {self.path} is damaged."
            return None

    def _autosaved(self, values: Any) -> str:
        """Raises:
        ValueError, KeyError, TypeError: it leads nowhere.
        """
        try:
            self.entry(str(values["head"]))
        except ProjectCorrupt as error:
            raise ValueError(values) from error
        return str(values["head"])

    # Objects

    def put(self, content: bytes) -> str:
        """Keep bytes; their id. Equal content is kept once.

        Raises:
            OutputError: they cannot be written.
        """
        name = hashlib.sha256(content).hexdigest()
        file = self.object_file(name)
        if not file.exists():
            self._make_folder(file.parent)
            atomic_write(file, content)
        return name

    def put_file(self, source: Path) -> str:
        """Keep a finished file, which is never changed later; its id. On the same disk it takes no room twice.

        Raises:
            OutputError: it cannot be read or kept.
        """
        try:
            name = _hash_of(source)
            file = self.object_file(name)
            if file.exists():
                return name
            self._make_folder(file.parent)
            part = file.with_name(f".{name}.{os.getpid()}{PART}")
            link_or_copy(source, part)
            part.replace(file)
        except OSError as error:
            raise write_error(source, error) from error
        return name

    def object_file(self, name: str) -> Path:
        """Where an object lies; it is not to be changed."""
        return self.path / OBJECTS / name[:2] / name

    def read(self, name: str) -> bytes:
        """The content of an object.

        Raises:
            ProjectCorrupt: it is missing or damaged.
        """
        try:
            content = self.object_file(name).read_bytes()
        except OSError as error:
            raise ProjectCorrupt(f"{self.path} lacks the object {name}.", REPAIR) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise ProjectCorrupt(f"The object {name} of {self.path} is damaged.", REPAIR)
        return content

    # Versions

    @property
    def newest(self) -> str:
        """Id of the current version."""
        return str(self._autosave or self._head["head"])

    @property
    def current(self) -> Entry:
        """The version that the user sees."""
        return self.entry(self.newest)

    @property
    def saved(self) -> Entry:
        """The version that the user saved; the current one, unless that is an autosave."""
        return self.entry(self._head["head"])

    def entry(self, name: str) -> Entry:
        """A version by its id.

        Raises:
            ProjectCorrupt: it is missing or damaged.
        """
        try:
            values = json.loads(self.read(name))
            return Entry(**{**values, "uses": tuple(values["uses"])})
        except (ValueError, TypeError, KeyError) as error:
            raise ProjectCorrupt(f"The version {name} of {self.path} is damaged.", REPAIR) from error

    def commit(self, what: str, state: dict[str, Any], uses: tuple[str, ...]) -> str:
        """Make a new version the current one and the saved one; its id.

        Raises:
            OutputError: it cannot be written; the project is as it was.
        """
        name = self._put_entry(what, state, uses)
        if self._autosave is not None:
            self._move_autosave(name)
        self._move(head=name)
        return name

    def autosave(self, what: str, state: dict[str, Any], uses: tuple[str, ...]) -> str:
        """Make a new version the current one, beside the one that the user saved; its id.

        Raises:
            OutputError: it cannot be written; the project is as it was.
        """
        name = self._put_entry(what, state, uses)
        self._move_autosave(name)
        return name

    def _put_entry(self, what: str, state: dict[str, Any], uses: tuple[str, ...]) -> str:
        parent = self.newest if self._head["head"] is not None else None
        entry = Entry(parent=parent, what=what, time=time.time(), state=state, uses=uses)
        return self.put(json.dumps(asdict(entry)).encode())

    def save(self) -> None:
        """Make the current version the saved one.

        Raises:
            OutputError: it cannot be written; what is current stays an autosave.
        """
        if self.newest != self._head["head"]:
            self._move(head=self.newest)

    def revert(self, name: str) -> None:
        """Make the saved version the current one, unless it is; what was current becomes a snapshot.

        Raises:
            OutputError: it cannot be written; the project is as it was, perhaps with the snapshot.
        """
        if self.newest != self._head["head"]:
            self.snapshot(name)
            self.forget_autosave()

    def forget_autosave(self) -> None:
        """Make the saved version the current one; what came after it is in another project.

        Raises:
            OutputError: it cannot be written; the project is as it was.
        """
        self._move_autosave(self._head["head"])

    def history(self) -> Iterator[tuple[str, Entry]]:
        """Ids and versions from the current one back to the first."""
        name: str | None = self.newest
        while name is not None:
            entry = self.entry(name)
            yield name, entry
            name = entry.parent

    @property
    def snapshots(self) -> dict[str, str]:
        """Ids of versions by the name that the user gave them."""
        return dict(self._head["snapshots"])

    def snapshot(self, name: str) -> None:
        """Give the current version a name."""
        self._move(snapshots={**self._head["snapshots"], name: self.newest})

    def _move_autosave(self, name: str) -> None:
        atomic_write(self.path / AUTOSAVE, json.dumps({"head": name}).encode(), keep_old=True)
        self._autosave, self.trouble = name, ""

    def _move(self, **changes: Any) -> None:
        head = {**self._head, **changes}
        atomic_write(self.path / HEAD, json.dumps(head, indent=1).encode(), keep_old=True)
        self._head = head

    # The whole

    def damaged(self) -> list[str]:
        """Ids of objects that the history needs and that are missing or changed."""
        return [name for name in sorted(self.reachable()) if not self._is_sound(name)]

    def _is_sound(self, name: str) -> bool:
        try:
            return _hash_of(self.object_file(name)) == name
        except OSError:
            return False

    def reachable(self) -> set[str]:
        """Ids of all objects that the history and the snapshots need.

        Raises:
            ProjectCorrupt: a version is missing or damaged.
        """
        names: set[str] = set()
        todo = [self._head["head"], self.newest, *self._head["snapshots"].values()]
        while todo:
            name = todo.pop()
            if name is not None and name not in names:
                entry = self.entry(name)
                names |= {name, *entry.uses}
                todo.append(entry.parent)
        return names

    @staticmethod
    def _make_folder(path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(path, error) from error


def _head(values: Any) -> dict[str, Any]:
    """Raises:
    ValueError, KeyError, TypeError: it is none.
    """
    if values["format"] == FORMAT and not (isinstance(values["head"], str) and isinstance(values["snapshots"], dict)):
        raise ValueError("head and snapshots are not what they should be")
    return dict(values)


def link_or_copy(source: Path | str, target: Path | str) -> None:
    """The same content at another place: without taking room twice where the disk can, since it is never changed.

    Raises:
        OSError: it cannot be read or written.
    """
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one without links
        shutil.copyfile(source, target)


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
