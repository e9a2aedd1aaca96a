"""Facts that were read before, kept by path, size and time in a JSON file; a changed file is read again."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from os.path import lexists  # unlike Path.exists it has an answer for what may not be looked at
from pathlib import Path
from typing import Any

from hiprompt_core.errors import OutputError
from hiprompt_core.library.entry import Entry
from hiprompt_core.metadata import atomic_write, program_version

SCHEMA_VERSION = 4
_VERSIONS = {"schema_version": SCHEMA_VERSION, "program": program_version()}
"""Another program may be able to use other models."""
Stamp = tuple[int, int, int]
"""Files, their bytes, and the latest time of change in ns."""


class Known:
    """What earlier searches found out.

    Args:
        folder: where ``models.json`` is kept; none: nothing is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / "models.json" if folder else None
        self._entries: dict[str, dict[str, Any]] = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            values = json.loads(self._file.read_text(encoding="utf-8")) if self._file else {}
            return dict(values["entries"]) if values.items() >= _VERSIONS.items() else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # a lost or damaged file only costs time

    def get(self, path: Path, stamp: Stamp) -> Entry | None:
        """The entry of an unchanged path; its name and owner are those of the place where it was found then."""
        values = self._entries.get(str(path))
        try:
            if values is None or tuple(values["stamp"]) != stamp:
                return None
            kept = {field.name: values[field.name] for field in fields(Entry)}
            return Entry(**kept | {"path": path, "triggers": tuple(kept["triggers"])})
        except (KeyError, TypeError):
            return None

    def put(self, entry: Entry, stamp: Stamp) -> None:
        self._entries[str(entry.path)] = {**asdict(entry), "path": str(entry.path), "stamp": stamp}

    def put_hash(self, entry: Entry, stamp: Stamp, sha256: str) -> None:
        self.put(replace(entry, sha256=sha256), stamp)

    def save(self) -> None:
        """Write what is known; a disk that refuses costs the next search its time and nothing else."""
        if self._file is None:
            return
        self._entries = {path: values for path, values in self._entries.items() if lexists(path)}
        # In ASCII, because a file may have a name that is no text.
        content = json.dumps(_VERSIONS | {"entries": self._entries})
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(self._file, content.encode())
        except (OSError, OutputError):
            return
