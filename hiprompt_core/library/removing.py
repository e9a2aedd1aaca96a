"""Moves a model to the system's trash; what the Hugging Face cache shares between revisions stays."""

from __future__ import annotations

from pathlib import Path

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.library.entry import OURS, Entry
from hiprompt_core.model_names import CACHED
from hiprompt_core.trash import Trash, move_to_trash


def remove(entry: Entry, *, shared: bool = False, trash: Trash = move_to_trash) -> tuple[Path, ...]:
    """Move a model to the trash: its file with the hash beside it, its folder, or what the cache has of it alone.

    Args:
        shared: the user knows that another program uses it too (``entry.owner``).

    Returns:
        What was moved.

    Raises:
        InvalidRequest: it lies in another program's folder and ``shared`` is false.
        OutputError: the system's trash refuses.
    """
    if entry.owner not in {"", OURS} and not shared:
        problem = f"{entry.path} lies in a folder of {entry.owner}, which uses it too."
        raise InvalidRequest(problem, "Say that you want to remove it there as well.")
    moved = tuple(_of_cache(entry.path) or _with_side_file(entry.path))
    for path in moved:
        trash(path)
    return moved


def _with_side_file(path: Path) -> list[Path]:
    beside = path.with_name(f"{path.name}.sha256")
    return [path, beside] if path.is_file() and beside.is_file() else [path]


def _of_cache(path: Path) -> list[Path]:
    """A revision in the Hugging Face cache, or a part of one, with the blobs and refs that nothing else uses."""
    repository = next((folder for folder in (path, *path.parents) if folder.name.startswith(CACHED)), None)
    snapshots = repository / "snapshots" if repository else path
    if repository is None or not path.is_relative_to(snapshots) or path == snapshots:
        return []
    revision = snapshots / path.relative_to(snapshots).parts[0]
    if path != revision:
        return [path, *sorted(_blobs(path) - _blobs(snapshots, without=path))]
    others = [folder for folder in snapshots.glob("*/") if folder != revision]
    if not others:
        return [repository]
    kept = {blob for folder in others for blob in _blobs(folder)}
    refs = [file for file in (repository / "refs").rglob("*") if file.is_file()]
    own_refs = [ref for ref in refs if ref.read_text(encoding="ascii", errors="replace").strip() == revision.name]
    return [revision, *sorted(_blobs(revision) - kept), *own_refs]


def _blobs(place: Path, without: Path | None = None) -> set[Path]:
    """What the links of a folder, or a link, lead to; those of a part of it left out."""
    files = (file for file in (place, *place.rglob("*")) if without is None or not file.is_relative_to(without))
    return {file.resolve() for file in files if file.is_symlink() and file.exists()}
