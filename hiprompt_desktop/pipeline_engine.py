"""The core's pipeline as the worker's engine; torch is imported when the worker calls ``load_engine``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hiprompt_core.events import OnEvent, ignore_events
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.request import GenerationRequest, RegenerateRequest

SMALL = 200_000_000
"""Parameters up to which a model is loaded before somebody asks for a picture."""


class PipelineEngine:
    """Keeps the loaded models between pictures."""

    def __init__(self) -> None:
        from hiprompt_core import Engine
        from hiprompt_core.models import choose_device

        self._engine = Engine()
        kind = choose_device("auto").type
        self.device = {"mps": "Apple GPU"}.get(kind, kind.upper())

    def generate(self, request: GenerationRequest, on_event: OnEvent) -> Any:
        from hiprompt_core import generate

        return generate(request, on_event, self._engine)

    def regenerate(self, request: RegenerateRequest, on_event: OnEvent) -> Any:
        from hiprompt_core import regenerate

        return regenerate(request, on_event, self._engine)

    def prepare(self, model: Path, captioner: Path | None) -> None:
        """Load small models now: what they import holds up the window least while nothing else goes on."""
        if inspect_model(model).parameters <= SMALL:
            self._engine.backbone(model, "auto", "auto", ignore_events)
        if captioner is not None and inspect_captioner(captioner).parameters <= SMALL:
            self._engine.captioner(captioner, "auto", "auto", ignore_events)


def load_engine() -> PipelineEngine:
    """Import torch and build the engine; called in the worker's thread."""
    return PipelineEngine()
