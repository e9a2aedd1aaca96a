"""What an export asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.file_names import DEFAULT_NAME
from hiprompt_core.formats import FORMATS

Metadata = Literal["all", "origin", "none"]
"""``all``: our record, A1111's text and the mark that a model made it; ``origin``: that mark alone."""

DEFAULT_QUALITY = 92


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRequest:
    """One file to write.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    picture: Path
    """A finished phase, as it lies in its run folder."""
    folder: Path
    """Where to write; made when it does not exist."""
    format: str = "png"
    quality: int = DEFAULT_QUALITY
    """1 to 100, for JPEG, WebP and AVIF; 100 keeps every pixel in WebP."""
    metadata: Metadata = "all"
    name: str = DEFAULT_NAME
    """Template of the file's name."""

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise InvalidRequest(f"There is no format {self.format!r}.", f"Use {', '.join(FORMATS)}.")
        if not 1 <= self.quality <= 100:
            raise InvalidRequest(f"quality is {self.quality}.", "Use a whole number from 1 to 100.")
        if self.metadata not in get_args(Metadata):
            raise InvalidRequest(f"metadata is {self.metadata!r}.", f"Use {' or '.join(get_args(Metadata))}.")
