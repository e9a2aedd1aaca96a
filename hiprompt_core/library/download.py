"""Fetches a model from the hub: resumable, each file compared with its hash, visible only when it is whole."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hiprompt_core.errors import DiskFull, DownloadFailed, ModelCorrupt, OutputError
from hiprompt_core.library.entry import Advanced, OnAdvance, ignore_advance
from hiprompt_core.library.hub import PAUSES, Listing, RemoteFile, dropped_for_good, wait
from hiprompt_core.library.places import own_models
from hiprompt_core.library.wire import CHUNK, Dropped, address, fetch
from hiprompt_core.metadata import write_error

RESERVE = 64 * 2**20
"""Bytes of the disk that a download leaves free."""


def download(listing: Listing, folder: Path | None = None, on_advance: OnAdvance = ignore_advance) -> Path:
    """Fetch what ``look_up`` told of, into ``FOLDER/ORGANISATION/NAME``; opens connections.

    Until all files are there and right, they lie in a folder beside it whose name begins with a dot. An interrupted
    download goes on from there when it is called again.

    Args:
        folder: none: our own folder of models.
        on_advance: bytes of the whole download, every 0.1 s at least; may raise ``Cancelled``.

    Returns:
        The model's folder.

    Raises:
        DownloadFailed: it is gated or gone, or the hub cannot be reached.
        ModelCorrupt: what arrives has another hash, twice.
        DiskFull: there is no room, known before the first byte or met on the way.
        OutputError: the folder cannot be written, or holds something else.
        Cancelled: by ``on_advance``; answered within 0.2 s.
    """
    place = (folder or own_models()) / listing.repository
    if place.exists():
        if all(_length(place / file.path) == file.size for file in listing.files):
            return place
        raise OutputError(f"{place} is there already and is not this model.", "Remove it first.")
    staging = place.with_name(f".{place.name}.download")
    work = _Download(listing, staging, on_advance)
    try:
        staging.mkdir(parents=True, exist_ok=True)
        work.require_room()
        for file in listing.files:
            work.complete(file)
        staging.rename(place)
    except OSError as error:
        raise write_error(place, error) from error
    return place


class _Download:
    def __init__(self, listing: Listing, staging: Path, on_advance: OnAdvance) -> None:
        self._listing = listing
        self._staging = staging
        self._on_advance = on_advance
        self._now = staging
        self._done = 0
        """Bytes of all files that are here."""

    def require_room(self) -> None:
        here = sum(min(max(0, _length(self._staging / file.path)), file.size) for file in self._listing.files)
        missing, free = self._listing.size - here, shutil.disk_usage(self._staging).free
        if missing + RESERVE > free:
            problem = f"{self._listing.repository} needs {missing / 1e9:.1f} GB more, {free / 1e9:.1f} GB are free."
            raise DiskFull(problem, "Free some room or choose another disk.")

    def complete(self, file: RemoteFile) -> None:
        """Make sure that a file is here and right; what is here already is read, not trusted."""
        path = self._now = self._staging / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        before = self._done
        for _ in range(2):
            if self._fetch_rest(file, path):
                self._keep_hash(file, path)
                return
            path.unlink()
            self._done = before
        problem = f"{file.path} of {self._listing.repository} arrives damaged: its hash is not the published one."
        raise ModelCorrupt(problem, "Try again later, perhaps over another connection.")

    def _keep_hash(self, file: RemoteFile, path: Path) -> None:
        """For ``verify``, which opens no connection, as other programs keep it beside a file."""
        if file.sha256:
            path.with_name(f"{path.name}.sha256").write_text(f"{file.sha256}  {path.name}\n", encoding="ascii")

    def _fetch_rest(self, file: RemoteFile, path: Path) -> bool:
        """Append what is missing; whether the hash of the whole is right."""
        before, tries = self._done, 0
        with path.open("a+b") as stream:
            if path.stat().st_size > file.size:
                stream.truncate(0)
            digest = _new_digest(file)
            stream.seek(0)
            for part in iter(lambda: stream.read(CHUNK), b""):
                digest.update(part)
                self._advance(len(part))
            while (length := self._done - before) < file.size:
                try:
                    for part in self._parts(file, length):
                        if not part:  # the server does not go on but begins again
                            stream.truncate(0)
                            digest, self._done = _new_digest(file), before
                            continue
                        _write(stream, part)
                        digest.update(part)
                        self._advance(len(part))
                        tries = 0
                    if self._done - before < file.size:
                        raise Dropped("the answer is too short")
                except Dropped as error:
                    if tries == len(PAUSES):
                        raise dropped_for_good(error) from error
                    wait(PAUSES[tries], self._tick)
                    tries += 1
        return digest.hexdigest() == (file.sha256 or file.git) and self._done - before == file.size

    def _parts(self, file: RemoteFile, start: int) -> Iterator[bytes]:
        return fetch(address(self._listing.repository, self._listing.revision, file.path), self._tick, start)

    def _tick(self) -> None:
        self._on_advance(Advanced(path=self._now, done=self._done, total=self._listing.size))

    def _advance(self, count: int) -> None:
        self._done += count
        self._tick()


def _length(path: Path) -> int:
    """Bytes of a file, -1 when there is none."""
    return path.stat().st_size if path.is_file() else -1


def _new_digest(file: RemoteFile) -> hashlib._Hash:
    """SHA-256 of big files; small ones have Git's hash, which begins with their length."""
    if file.sha256:
        return hashlib.sha256()
    if not file.git:
        raise DownloadFailed(f"The hub tells no hash of {file.path}.", "Try again later.")
    return hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)


def _write(stream: BinaryIO, part: bytes) -> None:
    stream.write(part)
    stream.flush()  # so that a full disk is met here, and what a killed program leaves can be gone on from
