"""What a download would bring: files, bytes, licence and gate of a repository on the hub, told before it begins."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from hiprompt_core.errors import DownloadFailed, InvalidRequest, UnsafeModel
from hiprompt_core.library.wire import TICK, Dropped, Tick, address, endpoint, fetch
from hiprompt_core.weight_header import PICKLES

PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try after a dropped connection that brought nothing new."""
_WANTED = {".safetensors", ".json", ".txt", ".model", ".jinja", ".md"}
_FP16 = re.compile(r"\.fp16[.-]|\.fp16$")
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteFile:
    """A file of a repository."""

    path: str
    """Relative, with slashes."""
    size: int
    """Bytes."""
    sha256: str = ""
    """Of big files."""
    git: str = ""
    """Git's blob hash (SHA-1), of small ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A repository at one revision, with the files that are wanted of it."""

    repository: str
    revision: str
    """The commit, so that all files are of the same one."""
    files: tuple[RemoteFile, ...]
    licence: str
    """Empty: its authors do not say."""
    gated: bool
    """Its authors ask to accept their terms first."""

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(file.size for file in self.files)


def no_tick() -> None:
    """The ``Tick`` of a caller who does not cancel."""


def look_up(repository: str, *, revision: str = "main", fp16: bool = False, tick: Tick = no_tick) -> Listing:
    """Ask the hub about a repository; opens a connection.

    Only safetensors, configs, tokenizers and the model card are wanted, never pickles or code; of a diffusers
    repository only the parts that its index names.

    Args:
        repository: ``organisation/name``.
        fp16: take weights in half precision where there are such, in place of the others.
        tick: called every 0.1 s; may raise ``Cancelled``.

    Raises:
        InvalidRequest: that is no name of a repository.
        UnsafeModel: it has pickled weights only.
        DownloadFailed: it is missing or private, or the hub cannot be reached.
    """
    if not _NAME.fullmatch(repository) or ".." in repository or "--" in repository:
        raise InvalidRequest(f"'{repository}' is no repository.", "Write ORGANISATION/NAME as in its address.")
    url = f"{endpoint()}/api/models/{repository}/revision/{quote(revision, safe='')}?blobs=true"
    info = _json(url, tick)
    try:
        commit = str(info["sha"])
        files = [_remote_file(one) for one in info["siblings"]]
        card = info.get("cardData") or {}
        licence = str(card.get("license_name") or card.get("license") or "")
        gated = bool(info.get("gated"))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"{endpoint()} answers in an unknown way about {repository}."
        raise DownloadFailed(problem, "Try again later.") from error
    names = {file.path for file in files}
    parts = _parts(repository, commit, gated, tick) if "model_index.json" in names else None
    wanted = choose(files, parts, fp16)
    if not any(file.path.endswith(".safetensors") for file in wanted):
        if any(name.endswith(PICKLES) for name in names):
            problem = f"{repository} has only pickled weights, which can run code when they are read."
            raise UnsafeModel(problem, "Choose a repository with safetensors files.")
        raise DownloadFailed(f"{repository} holds no weights.", "Choose the repository of a model.")
    return Listing(repository=repository, revision=commit, files=tuple(wanted), licence=licence, gated=gated)


def _parts(repository: str, commit: str, gated: bool, tick: Tick) -> set[str] | None:
    """The folders that a diffusers index names; none when a gate is before it, which is told later."""
    try:
        index = _json(address(repository, commit, "model_index.json"), tick)
    except DownloadFailed:
        if gated:
            return None
        raise
    return {part for part, value in index.items() if isinstance(value, list) and value and value[0]}


def _remote_file(values: dict[str, Any]) -> RemoteFile:
    path = PurePosixPath(values["rfilename"])
    if path.is_absolute() or ".." in path.parts or "\\" in str(path) or ":" in str(path):
        raise ValueError(path)
    lfs = values.get("lfs") or {}
    return RemoteFile(
        path=str(path),
        size=int(values["size"]),
        sha256=str(lfs.get("sha256", "")),
        git="" if lfs else str(values.get("blobId", "")),
    )


def choose(files: list[RemoteFile], parts: set[str] | None, fp16: bool) -> list[RemoteFile]:
    """Those files of a repository that its model needs.

    Args:
        parts: folders that a diffusers index names; none: it is no diffusers repository, take all folders.
    """
    kept = [file for file in files if PurePosixPath(file.path).suffix in _WANTED]
    if parts is not None:
        kept = [file for file in kept if _belongs(PurePosixPath(file.path), parts)]
    chosen = []
    for file in kept:
        path = PurePosixPath(file.path)
        # either precision is left out where the other one, which is wanted, is in the same folder
        if ".safetensors" in path.name and any(
            _is_half(other) == fp16 and other.parent == path.parent
            for other in (PurePosixPath(one.path) for one in kept)
            if other.suffix == ".safetensors"
        ):
            if _is_half(path) == fp16:
                chosen.append(file)
        else:
            chosen.append(file)
    return chosen


def _is_half(path: PurePosixPath) -> bool:
    return bool(_FP16.search(path.name))


def _belongs(path: PurePosixPath, parts: set[str]) -> bool:
    """A single-file checkpoint at the top would double the download."""
    return path.parts[0] in parts if len(path.parts) > 1 else path.suffix != ".safetensors"


def _json(url: str, tick: Tick) -> dict[str, Any]:
    content = retrying(lambda: b"".join(fetch(url, tick)), tick)
    try:
        values = json.loads(content)
    except ValueError as error:
        raise DownloadFailed(f"{url} does not answer as the hub does.", "Check HF_ENDPOINT and the proxy.") from error
    return values if isinstance(values, dict) else {}


def retrying(attempt: Callable[[], bytes], tick: Tick) -> bytes:
    """Try again after dropped connections, a few times, a little later each time."""
    for pause in PAUSES:
        try:
            return attempt()
        except Dropped:
            wait(pause, tick)
    try:
        return attempt()
    except Dropped as error:
        raise dropped_for_good(error) from error


def dropped_for_good(error: Dropped) -> DownloadFailed:
    problem = f"The connection to {endpoint()} breaks again and again ({error})."
    return DownloadFailed(problem, "Try again later; what has arrived is kept.")


def wait(seconds: float, tick: Tick) -> None:
    """Wait, but answer to a cancel."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        tick()
        time.sleep(min(left, TICK))
