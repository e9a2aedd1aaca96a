"""What the worker needs from the core, and the one place that imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from hiprompt_core.events import OnEvent
from hiprompt_core.footprint import Place
from hiprompt_core.rates import Rates
from hiprompt_core.request import CaptionRequest, GenerationRequest, Precision, RegenerateRequest
from hiprompt_desktop.job import PromptRequest


class DrawingEngine(Protocol):
    """Draws pictures; lives in the worker's thread."""

    devices: Mapping[str, str]
    """What it can compute on by names in torch, the best first: what its maker calls it."""

    def generate(self, request: GenerationRequest, on_event: OnEvent) -> Any:
        """Draw a picture; returns the core's result."""

    def share_phases(self, source: Path, output: Path, before: int) -> None:
        """Give a picture's folder the phases of another one before a phase; ``generate`` goes on from them."""

    def describe(self, request: CaptionRequest, on_event: OnEvent) -> Any:
        """Describe chosen patches again; returns the core's captions by patch."""

    def tell_prompt(self, request: PromptRequest, on_event: OnEvent) -> str:
        """Say what a picture shows."""

    def regenerate(self, request: RegenerateRequest, on_event: OnEvent) -> Any:
        """Draw chosen patches again; returns the core's result."""

    def place(self, device: str, precision: Precision) -> Place:
        """A device as it computes then, and what is free there at the moment; other threads ask, too.

        Raises:
            InvalidRequest: there is no such device, or it cannot compute so.
        """

    def is_small(self, model: Path, captioner: Path | None) -> bool:
        """Whether models may be loaded before somebody asks for a picture."""

    def measure(self, request: GenerationRequest, on_event: OnEvent) -> Rates:
        """How fast it is with a request's models; ``on_event`` may raise ``Cancelled``."""

    def prepare(self, request: GenerationRequest) -> None:
        """Do what a picture like this would otherwise wait for; faults are left to that picture to report."""


EngineFactory = Callable[[], DrawingEngine]
