"""What the library tells about a model on disk, and how far a long piece of its work is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Role = Literal[
    "model",
    "refiner",
    "diffusion network",
    "captioner",
    "LoRA",
    "embedding",
    "VAE",
    "ControlNet",
    "upscaler",
    "text encoder",
    "unknown",
]
"""What a file or folder is for; an embedding is a textual inversion, a model is whole with its text encoders."""

HUGGING_FACE = "Hugging Face"
OURS = "HiPrompt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A model, or what stands where a model should be."""

    path: Path
    """A single file, a folder in the layout of diffusers or transformers, or a folder that cannot be read."""
    name: str
    role: Role = "unknown"
    family: str = ""
    """Such as ``SDXL`` or, of a captioner, ``llava``; empty: the files do not tell."""
    size: int = 0
    """Bytes on disk."""
    precision: str = ""
    """Of most of the weights: ``fp32``, ``fp16``, ``bf16``, ``fp8``, …"""
    parameters: int = 0
    licence: str = ""
    """As its authors wrote it; empty: not told by its files, which does not mean that it is free."""
    owner: str = ""
    """The program whose folder it lies in; empty: a folder of the user's own."""
    triggers: tuple[str, ...] = ()
    """Of a LoRA: words for the prompt that it was trained on, where its file tells."""
    trouble: str = ""
    """One or two sentences: what is missing or damaged, and what to do; empty: nothing that headers show."""
    unusable: str = ""
    """Why this program cannot use it, a sentence; empty: it can."""
    sha256: str | None = None
    """Where it was computed before and the file is as it was then; of a folder, see ``verify``."""

    @property
    def usable(self) -> bool:
        return not self.trouble and not self.unusable


@dataclass(frozen=True, kw_only=True, slots=True)
class Advanced:
    """How far the work is; also sent while it waits, so that it can be cancelled then."""

    path: Path
    """What is being read or written."""
    done: int
    """Bytes, or entries while folders are searched."""
    total: int
    """0: not known."""


OnAdvance = Callable[[Advanced], None]
"""Called at least every 100 ms of a download and after each part of other work; may raise ``Cancelled``."""


def ignore_advance(advanced: Advanced) -> None:
    """The ``OnAdvance`` of a caller who only wants the result."""
