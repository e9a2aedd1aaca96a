"""File names from templates such as ``{prompt}-{seed}-{counter}``, good for every system."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hiprompt_core.errors import InvalidRequest

if TYPE_CHECKING:
    from hiprompt_core.metadata import PhaseRecord

DEFAULT_NAME = "{prompt}-{seed}-{width}x{height}"
FIELDS = ("prompt", "seed", "width", "height", "phase", "phases", "version", "model", "date", "time", "counter")

LONGEST_VALUE = 80
"""Bytes of the prompt or of the model's name in a file name."""
LONGEST = 180
"""Bytes of a name without its ending; systems allow 255 for all of it, and a file in the making has a longer name."""
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}
"""Names that belong to devices on Windows, with any ending."""


def name_values(record: PhaseRecord, now: datetime) -> dict[str, str]:
    """What the fields of a template stand for, all but the counter."""
    words = re.findall(r"[^\W_]+", record.request.prompt.lower())
    prompt = _cut("-".join(words), LONGEST_VALUE)
    return {
        "prompt": prompt or "picture",
        "seed": str(record.request.seed),
        "width": str(record.size.width),
        "height": str(record.size.height),
        "phase": str(record.phase),
        "phases": str(record.phases),
        "version": str(record.version),
        "model": _cut(record.model_name, LONGEST_VALUE),
        "date": now.strftime("%Y-%m-%d"),
        "time": now.strftime("%H-%M-%S"),
    }


def free_path(folder: Path, template: str, values: dict[str, str], suffix: str) -> Path:
    """The first path of a template that no file has yet; without a counter in it, "-2" and so on is added.

    Raises:
        InvalidRequest: the template has a field that does not exist.
    """
    numbers = range(1, 10_000)
    if "{counter}" in template:
        names = (safe_name(_filled(template, {**values, "counter": f"{n:03}"})) for n in numbers)
    else:
        name = safe_name(_filled(template, values))
        names = (name if n == 1 else f"{name}-{n}" for n in numbers)
    paths = (folder / f"{name}{suffix}" for name in names)
    for path in paths:
        if not path.exists():
            return path
    raise InvalidRequest(f"{folder} is full of files with this name.", "Choose another name or folder.")


def _filled(template: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise InvalidRequest(f"The name has the unknown field {match[0]}.", f"Known are: {known}.")
        return values[match[1]]

    return re.sub(r"\{([^{}]*)\}", value, template)


def safe_name(text: str) -> str:
    """A name without an ending that Windows, macOS and Linux all take; "picture" when nothing is left."""
    text = unicodedata.normalize("NFC", text)
    text = "".join("-" if sign in '<>:"/\\|?*' or unicodedata.category(sign)[0] == "C" else sign for sign in text)
    text = " ".join(text.split())
    text = _cut(text, LONGEST).lstrip(" .-~").rstrip(" .")
    if text.partition(".")[0].rstrip().lower() in RESERVED:
        text = f"_{text}"
    return text or "picture"


def _cut(text: str, most: int) -> str:
    """The beginning of a text, ``most`` bytes at most, up to a word's end where there is one not too far back."""
    whole = text.encode(errors="replace")
    if len(whole) <= most:
        return text
    begin = whole[:most].decode(errors="ignore")
    word_end = begin.rfind("-")
    return begin[:word_end] if word_end > len(begin) // 2 else begin
