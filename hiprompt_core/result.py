"""What a finished run gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from hiprompt_core.metadata import PhaseRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A finished picture; it is on disk at ``path``."""

    image: Image.Image
    path: Path
    record: PhaseRecord
    evaluations: int
    """UNet evaluations of this run; what was found on disk cost none."""
