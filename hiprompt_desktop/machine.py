"""What a picture would cost on this machine: seconds, and whether its memory fits (no Qt)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import psutil

from hiprompt_core.plan import Plan
from hiprompt_core.rate_book import RateBook


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Of a plan; what nobody knows is none."""

    seconds: tuple[float | None, ...]
    """By phase."""
    memory: int
    """Bytes that it needs at its peak."""
    free: int
    """Bytes that it could have."""

    @property
    def total(self) -> float | None:
        known = [value for value in self.seconds if value is not None]
        return sum(known) if len(known) == len(self.seconds) else None

    @property
    def fits(self) -> bool:
        return self.memory <= self.free


@dataclass(kw_only=True, slots=True)
class Machine:
    """As the worker told it."""

    device: str = ""
    """As users know it; empty until the engine is there."""
    memory: int | None = None
    """Bytes of the device's own memory; none: it uses the machine's."""
    book: RateBook = field(default_factory=RateBook)

    def cost(self, plan: Plan, model: Path, captioner: Path | None) -> Cost:
        rates = self.book.rates(model, captioner, self.device)
        return Cost(seconds=rates.seconds_by_phase(plan), memory=plan.memory, free=self._free())

    def _free(self) -> int:
        if self.memory is not None:
            return self.memory
        # The models that this program has loaded are part of the plan's memory.
        return psutil.virtual_memory().available + psutil.Process().memory_info().rss
