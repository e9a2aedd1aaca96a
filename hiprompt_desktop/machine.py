"""Where this machine computes, and what a picture would cost there: seconds, and whether its memory fits (no Qt)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.footprint import Fit, Place
from hiprompt_core.plan import Plan
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rates
from hiprompt_core.request import GenerationRequest, Precision
from hiprompt_desktop.computing import AUTOMATIC, Computing

Look = Callable[[str, Precision], Place]
"""Tells the place of a device and a precision, and what is free there at the moment."""


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

    devices: Mapping[str, str] = field(default_factory=dict)
    """What its makers call them, by their names in torch, the best first; none until the engine is there."""
    look: Look | None = None
    computing: Computing = AUTOMATIC
    book: RateBook = field(default_factory=RateBook)

    @property
    def device(self) -> str:
        """The one that computes, by its name in torch; empty until the engine is there."""
        best = next(iter(self.devices), "")
        return self.computing.device if best and self.computing.device != "auto" else best

    def place(self, request: GenerationRequest) -> Place | None:
        """Where a request is computed; none until the engine is there.

        Raises:
            InvalidRequest: there is no such device, or it cannot compute so.
        """
        return self.look(request.device, request.precision) if self.look is not None else None

    def rates(self, request: GenerationRequest) -> Rates:
        """How fast it draws pictures such as this; empty while the engine is not there, or cannot."""
        place = self._known_place(request)
        return self.book.rates_of(request, place) if place is not None else Rates()

    def cost(self, plan: Plan, request: GenerationRequest) -> Cost:
        place, seconds = self._known_place(request), self.rates(request).seconds_by_phase(plan)
        return Cost(seconds=seconds, fit=plan.fit, free=place.free if place is not None else None)

    def _known_place(self, request: GenerationRequest) -> Place | None:
        try:
            return self.place(request)
        except InvalidRequest:
            return None
