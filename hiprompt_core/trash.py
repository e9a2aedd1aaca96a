"""The system's trash, which takes what the user removes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hiprompt_core.errors import OutputError

Trash = Callable[[Path], None]


def move_to_trash(path: Path) -> None:
    """Give a file or folder to the system's trash, from where it can be taken back.

    Raises:
        OutputError: the system refuses.
    """
    from send2trash import send2trash

    try:
        send2trash(path)
    except OSError as error:
        problem = f"{path} cannot be moved to the trash: {error.strerror or error}."
        raise OutputError(problem, "Delete it in your file manager.") from error
