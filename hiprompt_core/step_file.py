"""The last finished step of a phase or of patches in work, so that what ended early goes on from there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from hiprompt_core.metadata import atomic_write

SECONDS = 10.0
"""How much work may be lost when the process is killed; a cancelled run loses none."""
LATENTS, MEMORY = "latents", "memory"


class Step(NamedTuple):
    """The state of the loop after a step."""

    done: int
    """Finished steps."""
    latents: Tensor
    """(1, c, h, w)."""
    memory: Tensor | None
    """What a multistep scheduler remembers of the step before; none: nothing."""


class StepFile:
    """One drawing's file; ``key`` names everything that shapes its latents, and a file with another key is ignored."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key
        self._unwritten: Step | None = None
        self._written = time.monotonic()

    def load(self, device: torch.device) -> Step | None:
        """The step to go on from; none when there is none, or it is damaged or of another request."""
        try:
            with safe_open(self.path, framework="pt", device=str(device)) as file:
                marks = file.metadata() or {}
                if marks.get("key") != self._key:
                    return None
                memory = file.get_tensor(MEMORY) if MEMORY in file.keys() else None  # noqa: SIM118
                return Step(int(marks["done"]), file.get_tensor(LATENTS), memory)
        except (OSError, SafetensorError, ValueError, KeyError):
            return None

    def remove_another(self) -> None:
        """Make room where the file is damaged or has another key."""
        try:
            with safe_open(self.path, framework="pt") as file:
                key = (file.metadata() or {}).get("key")
        except SafetensorError:
            key = None
        except OSError:
            return
        if key != self._key:
            with suppress(OSError):
                self.path.unlink()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """While the loop runs: whatever ends it early, its last finished step is on disk."""
        try:
            yield
        except BaseException:
            self._write()
            raise

    def keep(self, step: Step) -> None:
        """Remember a finished step; it is written when the last write is long ago.

        Raises:
            OutputError: it cannot be written.
        """
        self._unwritten = step
        if time.monotonic() - self._written > SECONDS:
            self._write()

    def remove(self) -> None:
        """The drawing is finished: its picture replaces its steps."""
        self._unwritten = None
        self.path.unlink(missing_ok=True)

    def _write(self) -> None:
        if self._unwritten is None or not torch.isfinite(self._unwritten.latents).all():
            return
        done, latents, memory = self._unwritten
        tensors = {LATENTS: latents} | ({} if memory is None else {MEMORY: memory})
        content = save({name: value.cpu().contiguous() for name, value in tensors.items()}, self._marks(done))
        atomic_write(self.path, content)
        self._unwritten, self._written = None, time.monotonic()

    def _marks(self, done: int) -> dict[str, str]:
        return {"key": self._key, "done": str(done)}
