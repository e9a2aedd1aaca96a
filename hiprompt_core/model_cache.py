"""Models that the Hugging Face libraries have downloaded before, found by their names; nothing is fetched."""

from __future__ import annotations

import os
from pathlib import Path

from hiprompt_core.model_names import CACHED, repository_name


def cache_folder() -> Path:
    """Where huggingface_hub keeps models, by its own environment variables."""
    home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def cached_models() -> dict[str, Path]:
    """Folder of the current snapshot of each model, by its name ``organisation/model``."""
    try:
        folders = sorted(cache_folder().glob(f"{CACHED}*"))
    except OSError:
        return {}
    found = {repository_name(folder): _snapshot(folder) for folder in folders}
    return {name: snapshot for name, snapshot in found.items() if snapshot}


def _snapshot(folder: Path) -> Path | None:
    try:
        current = folder / "snapshots" / (folder / "refs" / "main").read_text(encoding="ascii").strip()
        return current if current.is_dir() else None
    except (OSError, ValueError):
        return max((folder / "snapshots").glob("*/"), default=None)


def model_folder(text: str) -> Path:
    """The folder or file that a user means: a path, or the name of a model in the cache."""
    path = Path(text).expanduser()
    there = Path(os.path.realpath(path))  # of links in a circle, too
    if path.suffix == ".safetensors" != there.suffix:
        there = Path(os.path.realpath(path.parent)) / path.name  # the cache keeps files under hashes, without endings
    return there if os.path.lexists(path) else cached_models().get(text, there)
