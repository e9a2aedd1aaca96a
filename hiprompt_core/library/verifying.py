"""Reads every byte of a model: headers, values that are not numbers, and hashes where they are known."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike

from hiprompt_core.errors import ModelError
from hiprompt_core.library.describing import WEIGHTS, describe, files_of, stamp_of
from hiprompt_core.library.entry import Advanced, Entry, OnAdvance, ignore_advance
from hiprompt_core.library.known import Known
from hiprompt_core.library.places import Place
from hiprompt_core.weight_header import AGAIN, read_header, unreadable

CHUNK = 8 * 2**20
_NOT_FINITE: dict[str, tuple[DTypeLike, int]] = {
    "F64": (np.uint64, 0x7FF0000000000000),
    "F32": (np.uint32, 0x7F800000),
    "F16": (np.uint16, 0x7C00),
    "BF16": (np.uint16, 0x7F80),
    "F8_E5M2": (np.uint8, 0x7C),
    "F8_E4M3": (np.uint8, 0x7F),
}
"""By a dtype's name in safetensors: its bits as a whole number, and those that are all set in NaN and infinity
(IEEE 754; Micikevicius et al. 2022 for the two of 8 bits)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What reading a whole model showed."""

    problems: tuple[str, ...]
    """A sentence or two for each thing that is wrong."""
    sha256: str
    """Of the file; of a folder, of the lines ``HASH  FILE`` of its weight files in order, as sha256sum writes them."""
    hashes_compared: int
    """Files whose right hash was known from the Hugging Face cache or a file ``NAME.sha256`` beside them."""


def verify(entry: Entry, known: Known | None = None, on_advance: OnAdvance = ignore_advance) -> Verdict:
    """Read a model whole and compare it with all that is known of it.

    Args:
        known: remembers the hash for later searches.

    Raises:
        Cancelled: by ``on_advance``.
    """
    try:
        stamp = stamp_of(entry.path)
        files = [file for file in files_of(entry.path) if file.suffix in {*WEIGHTS, ".json"}]
        total = sum(file.stat().st_size for file in files)
    except OSError as error:
        return Verdict(problems=(str(unreadable(entry.path, error)),), sha256="", hashes_compared=0)
    problems, lines, compared, done = [], [], 0, 0
    now = describe(Place(entry.path))  # shards that an index names, parts that a folder lacks
    if now.trouble:
        problems.append(now.trouble)
    for file in files:
        right = _right_hash(file)
        try:
            found = _Found(git_sized=right is not None and len(right) == 40)
            for count in found.read(file):
                done += count
                on_advance(Advanced(path=file, done=done, total=total))
        except ModelError as error:
            problems += [str(error)] * (str(error) not in problems)
            continue
        except OSError as error:
            problems.append(f"{file} cannot be read ({error.strerror}). Check the disk and the file's permissions.")
            continue
        if found.trouble:
            problems.append(found.trouble)
        if file.suffix in WEIGHTS:
            name = file.relative_to(entry.path).as_posix() if file != entry.path else ""
            lines.append((found.sha256, name))
        if right is not None:
            compared += 1
            if right not in {found.sha256, found.git}:
                problems.append(f"{file} is not what its authors published: its hash is another. {AGAIN}")
    whole = lines[0][0] if entry.path.is_file() and lines else _hash_of_lines(lines)
    if known and not problems:
        known.put_hash(entry, stamp, whole)
        known.save()
    return Verdict(problems=tuple(problems), sha256=whole, hashes_compared=compared)


def _hash_of_lines(lines: list[tuple[str, str]]) -> str:
    text = "".join(f"{value}  {name}\n" for value, name in lines)
    return hashlib.sha256(text.encode()).hexdigest() if lines else ""


def _right_hash(file: Path) -> str | None:
    """SHA-256, or Git's blob hash, that a file must have: the Hugging Face cache names its blobs so."""
    target = file.resolve()
    if target.parent.name == "blobs" and re.fullmatch("[0-9a-f]{64}|[0-9a-f]{40}", target.name):
        return target.name
    try:
        beside = file.with_name(f"{file.name}.sha256").read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    found = re.search(r"\b[0-9a-fA-F]{64}\b", beside)
    return found[0].lower() if found else None


class _Found:
    """What one file shows while it is read."""

    def __init__(self, git_sized: bool) -> None:
        self._git_sized = git_sized
        self.sha256 = self.git = self.trouble = ""

    def read(self, file: Path) -> Iterator[int]:
        """Go through the file and give the bytes read in each step; what was found is complete after the last."""
        sha256, git = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
        git.update(b"blob %d\0" % file.stat().st_size)
        tensors = _tensors(file)
        with file.open("rb") as stream:
            for name, dtype, size in tensors:
                for part in _parts(stream, size):
                    sha256.update(part)
                    if self._git_sized:
                        git.update(part)
                    if not self.trouble and dtype in _NOT_FINITE and _has_no_number(part, dtype):
                        self.trouble = f"{file} holds values that are not numbers, in {name}. {AGAIN}"
                    yield len(part)
        if file.suffix == ".json":
            try:
                json.loads(file.read_bytes())
            except ValueError:
                self.trouble = f"{file} is not valid JSON. {AGAIN}"
        self.sha256, self.git = sha256.hexdigest(), git.hexdigest()


def _tensors(file: Path) -> list[tuple[str, str, int]]:
    """Name, dtype and bytes of what follows one another in a file."""
    if file.suffix not in WEIGHTS:
        return [("", "", file.stat().st_size)]
    header: dict[str, Any] = read_header(file)
    held = [(entry["data_offsets"], name, entry["dtype"]) for name, entry in header.items() if name != "__metadata__"]
    held.sort()
    tensors = [(name, dtype, end - start) for (start, end), name, dtype in held]
    return [("", "", file.stat().st_size - sum(size for _, _, size in tensors)), *tensors]


def _parts(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0:
        part = stream.read(min(CHUNK, size))
        if not part:
            return
        size -= len(part)
        yield part


def _has_no_number(part: bytes, dtype: str) -> bool:
    kind, bits = _NOT_FINITE[dtype]
    if len(part) % np.dtype(kind).itemsize:
        return False  # shapes and offsets disagree; the library that loads it says so
    values = np.frombuffer(part, kind)
    return bool(((values & values.dtype.type(bits)) == bits).any())
