"""Who has a project open: a file in it that outlives a killed process, and tells of it (no Qt)."""

from __future__ import annotations

import json
import os
from enum import Enum, auto
from pathlib import Path

import psutil

from hiprompt_core.errors import HiPromptError, OutputError
from hiprompt_core.metadata import atomic_write

LOCK = "lock.json"


class Holder(Enum):
    NOBODY = auto()
    SELF = auto()
    OTHER = auto()
    DEAD = auto()
    """A process that ended without closing it."""


def holder(project: Path) -> Holder:
    """Who has it open."""
    try:
        values = json.loads((project / LOCK).read_bytes())
        pid, started = int(values["pid"]), float(values["started"])
    except FileNotFoundError:
        return Holder.NOBODY
    except (OSError, ValueError, KeyError, TypeError):
        return Holder.DEAD
    try:  # numbers of processes are used again, together with the start they are not
        alive = abs(psutil.Process(pid).create_time() - started) < 1
    except psutil.Error:
        alive = False
    if not alive:
        return Holder.DEAD
    return Holder.SELF if pid == os.getpid() else Holder.OTHER


def take(project: Path) -> None:
    """Open it for this process.

    Raises:
        OutputError: another process has it, or it cannot be written.
    """
    if holder(project) is Holder.OTHER:
        raise OutputError(f"{project.name} is open in another window of HiPrompt.", "Close it there first.")
    values = {"pid": os.getpid(), "started": psutil.Process().create_time()}
    atomic_write(project / LOCK, json.dumps(values).encode())


def release(project: Path) -> None:
    """Close it, if this process has it open."""
    if holder(project) in {Holder.SELF, Holder.DEAD}:
        try:
            (project / LOCK).unlink(missing_ok=True)
        except OSError as error:
            raise HiPromptError(f"{project / LOCK} cannot be removed.", "Remove it by hand.") from error
