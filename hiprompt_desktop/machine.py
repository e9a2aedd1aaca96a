"""What a picture would cost on this machine: seconds, and whether its memory fits (no Qt)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hiprompt_core.footprint import Fit, Place
from hiprompt_core.plan import Plan
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rates
from hiprompt_core.request import GenerationRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Of a plan; what nobody knows is none."""

    seconds: tuple[float | None, ...]
    """By phase."""
    fit: Fit
    """How it uses memory."""
    free: int | None
    """Bytes that it could have."""

    @property
    def total(self) -> float | None:
        known = [value for value in self.seconds if value is not None]
        return sum(known) if len(known) == len(self.seconds) else None


@dataclass(kw_only=True, slots=True)
class Machine:
    """As the worker told it."""

    device: str = ""
    """As users know it; empty until the engine is there."""
    look: Callable[[], Place] | None = None
    """Where the engine computes and what is free there at the moment; none until it is there."""
    book: RateBook = field(default_factory=RateBook)

    def place(self) -> Place | None:
        return self.look() if self.look is not None else None

    def rates(self, request: GenerationRequest) -> Rates:
        """How fast it draws pictures such as this; empty while the engine is not there."""
        place = self.place()
        return self.book.rates_of(request, place) if place is not None else Rates()

    def cost(self, plan: Plan, request: GenerationRequest) -> Cost:
        place, seconds = self.place(), self.rates(request).seconds_by_phase(plan)
        return Cost(seconds=seconds, fit=plan.fit, free=place.free if place is not None else None)
