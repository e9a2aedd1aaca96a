"""What models are called, by their files and folders; a name that says nothing gives way to that of what it lies in."""

from __future__ import annotations

import os
from pathlib import Path

CACHED = "models--"
"""Begins the folder of a repository in the Hugging Face cache."""
_EVERYBODYS = {"pytorch_lora_weights", "adapter_model", "model", "diffusion_pytorch_model"}
"""Stems that libraries give to every file."""


def repository_name(folder: Path) -> str:
    """``organisation/name`` of a repository's folder in the Hugging Face cache."""
    return folder.name.removeprefix(CACHED).replace("--", "/")


def folder_name(folder: Path) -> str:
    """The name of a folder that a path leads to; of a snapshot, which is called by a hash, its repository's."""
    return shown_name(Path(os.path.realpath(folder)))


def shown_name(path: Path) -> str:
    """What the user is told of a file or folder, links not followed: nothing is asked of a disk."""
    repository = path.parent.parent
    is_snapshot = path.parent.name == "snapshots" and repository.name.startswith(CACHED)
    return repository_name(repository) if is_snapshot else path.name


def file_name(file: Path) -> str:
    """A file's stem, or the name of its folder where the stem is everybody's."""
    return folder_name(file.parent) if file.stem.removesuffix(".fp16") in _EVERYBODYS else file.stem


def without_organisation(name: str) -> str:
    """``organisation/name`` without its beginning, which tells nothing about a model."""
    return name.rpartition("/")[2]
