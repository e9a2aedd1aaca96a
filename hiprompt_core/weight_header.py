"""The header of a safetensors file, checked against the file; whatever stands in its place is told in a sentence."""

from __future__ import annotations

import errno
import json
import math
import stat
import struct
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelCorrupt, ModelError, ModelNotFound, ModelUnsupported, UnsafeModel

AGAIN = "Copy or download it again."
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
"""Endings of files that can run code when they are read."""
METADATA = "__metadata__"
LONGEST = 100_000_000
"""Bytes of a header; the format allows no more, and a claim of more must not fill the memory."""
SETTLED = 3 * 10**9
"""Nanoseconds after which a file that changes shows another time; the coarsest file system counts two seconds."""
BITS = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}
"""Of one number, by the format's names of its types."""
WHOLE_NUMBERS = ("BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64")


def read_header(file: Path) -> dict[str, Any]:
    """What the file says about its tensors, each as large as its shape and where the one before it ends.

    It is not to be changed: the same answer is given again as long as the file is the same.

    Raises:
        ModelNotFound: there is nothing.
        UnsafeModel: it is pickled, whatever its name says.
        ModelCorrupt: it is damaged, cut short or cannot be read.
        ModelUnsupported: it is something else, or safetensors under another ending.
    """
    with reading(file):
        facts = file.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise ModelCorrupt(f"{file} is a folder where a file of weights should be.", "Check the path.")
        if not stat.S_ISREG(facts.st_mode):
            raise ModelCorrupt(f"{file} is no file that can be read.", "Check the path.")
        settled = time.time_ns() - max(facts.st_mtime_ns, facts.st_ctime_ns) > SETTLED
        parse = _parsed if settled else _parsed.__wrapped__
        return parse(file, facts.st_size, facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_ctime_ns)


@lru_cache(maxsize=16)  # files of a request; a header of thousands of tensors takes tens of milliseconds
def _parsed(file: Path, length: int, *_state: int) -> dict[str, Any]:
    """The header of a file of so many bytes, in a state that a change of the file changes."""
    with file.open("rb") as stream:
        start = stream.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        content = stream.read(size) if 2 <= size <= min(LONGEST, length - 8) else b""
    if content[:1] != b"{":
        raise _another(file, start, length)
    try:
        header = json.loads(content, object_pairs_hook=_once)
        end = _end(header)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelCorrupt(f"{file} has a damaged header.", AGAIN) from error
    if length != 8 + size + end:
        problem = f"{file} has {length} bytes in place of {8 + size + end}: it was not copied whole."
        raise ModelCorrupt(problem, AGAIN)
    if file.suffix != ".safetensors":
        raise ModelUnsupported(f"{file} is a safetensors file under another ending.", "Rename it to .safetensors.")
    return header  # type: ignore[no-any-return]


def _another(file: Path, start: bytes, length: int) -> ModelError:
    """What a file is whose beginning is no header."""
    # Pickles begin with their protocol, PyTorch's files are zip archives of them.
    pickled = start[:4] == b"PK\x03\x04" or start[:2] in {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"}
    convert = "Convert it to safetensors first."
    if file.suffix in PICKLES:
        return UnsafeModel(f"{file} is a pickled checkpoint, which can run code when it is read.", convert)
    if pickled:
        return UnsafeModel(f"{file} is pickled whatever its name says, and can run code when it is read.", convert)
    if file.suffix != ".safetensors":
        return ModelUnsupported(f"{file} is no model.", "Choose a .safetensors file or a model folder.")
    return ModelCorrupt(f"{file} is cut short or is no safetensors file ({length} bytes).", AGAIN)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name stands twice")
    return values


def _end(header: dict[str, Any]) -> int:
    """Bytes of all tensors, which follow one another."""
    if not all(isinstance(text, str) for text in header.get(METADATA, {}).values()):
        raise ValueError("marks that are no texts")
    end = 0
    for start, stop in sorted(_span(entry) for name, entry in header.items() if name != METADATA):
        if start != end:
            raise ValueError("a gap or an overlap")
        end = stop
    return end


def _span(entry: dict[str, Any]) -> tuple[int, int]:
    start, stop = entry["data_offsets"]
    shape = entry["shape"]
    if not all(isinstance(number, int) and number >= 0 for number in (start, stop, *shape)):
        raise ValueError("no size")
    if 8 * (stop - start) != math.prod(shape) * BITS[entry["dtype"]]:
        raise ValueError("a size that does not fit")
    return start, stop


def count_parameters(header: Mapping[str, Any], beginning: str = "") -> int:
    """Numbers in the tensors of a header whose names begin so."""
    return sum(
        math.prod(entry["shape"]) for name, entry in header.items() if name != METADATA and name.startswith(beginning)
    )


def require_plain(path: Path, *headers: Mapping[str, Any]) -> None:
    """Refuse weights that another program has squeezed into whole numbers, which nothing here undoes.

    Raises:
        ModelUnsupported: most of them are.
    """
    count: Counter[str] = Counter()
    for header in headers:
        for name, entry in header.items():
            if name != METADATA:
                count[entry["dtype"]] += math.prod(entry["shape"])
    if count and (most := count.most_common(1)[0][0]) in WHOLE_NUMBERS:
        raise ModelUnsupported(
            f"{path} holds whole numbers ({most}) in place of weights: another program has quantised it.",
            "Choose a version of it in fp16, bf16 or fp32.",
        )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system refuses while a model is read into a sentence."""
    try:
        yield
    except OSError as error:
        raise unreadable(Path(error.filename or path), error) from error


def unreadable(path: Path, error: OSError) -> ModelError:
    """Why a file or folder cannot be read, and what to do."""
    if error.errno == errno.ENOENT and not path.is_symlink():
        return ModelNotFound(f"There is nothing at {path}.", "Check the path.")
    if error.errno == errno.ENOENT:
        return ModelCorrupt(f"{path} is a link to {path.readlink()}, which is gone.", "Delete or mend it.")
    if error.errno == errno.ELOOP:
        return ModelCorrupt(f"{path} is a link that leads back to itself.", "Delete it.")
    return ModelCorrupt(f"{path} cannot be read ({error.strerror}).", "Check its permissions.")
