"""The core's pipeline as the worker's engine; torch is imported when the worker calls ``load_engine``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hiprompt_core.events import OnEvent, ignore_events
from hiprompt_core.footprint import Place
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.options import Options
from hiprompt_core.rates import Rates
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest
from hiprompt_desktop.gentle_imports import gentle_imports
from hiprompt_desktop.job import PromptRequest

SMALL = 200_000_000
"""Parameters up to which a model is loaded before somebody asks for a picture."""


class PipelineEngine:
    """Keeps the loaded models between pictures."""

    def __init__(self) -> None:
        from hiprompt_core import Engine
        from hiprompt_core.devices import choose_device

        self._engine = Engine()
        kind = choose_device("auto").type
        self.device = {"mps": "Apple GPU"}.get(kind, kind.upper())

    def generate(self, request: GenerationRequest, on_event: OnEvent) -> Any:
        from hiprompt_core import generate

        return generate(request, on_event, self._engine)

    def share_phases(self, source: Path, output: Path, before: int) -> None:
        from hiprompt_core.run_folder import RunFolder

        RunFolder(output).adopt(RunFolder.open(source), before)

    def describe(self, request: CaptionRequest, on_event: OnEvent) -> Any:
        from hiprompt_core import recaption

        return recaption(request, on_event, self._engine)

    def tell_prompt(self, request: PromptRequest, on_event: OnEvent) -> str:
        from hiprompt_core.describe import describe_picture
        from hiprompt_core.own_picture import open_own_picture

        image = open_own_picture(request.picture).image
        return describe_picture(image, request.captioner, on_event=on_event, engine=self._engine)

    def regenerate(self, request: RegenerateRequest, on_event: OnEvent) -> Any:
        from hiprompt_core import regenerate

        return regenerate(request, on_event, self._engine)

    def place(self) -> Place:
        return self._engine.place("auto", "auto")

    def is_small(self, model: Path, captioner: Path | None) -> bool:
        described_by = inspect_captioner(captioner).parameters if captioner is not None else 0
        return max(inspect_model(model).parameters, described_by) <= SMALL

    def measure(self, request: GenerationRequest, on_event: OnEvent) -> Rates:
        from hiprompt_core.calibration import calibrate

        return calibrate(request, self._engine, on_event)

    def prepare(self, model: Path, captioner: Path | None) -> None:
        """Load small models and draw one step with them, so that every late import happens now.

        Imports hold up the window a little; while nothing else goes on, that is felt least.
        """
        with gentle_imports():
            self._prepare(model, captioner)

    def _prepare(self, model: Path, captioner: Path | None) -> None:
        facts = inspect_model(model)
        if captioner is not None:
            described_by = inspect_captioner(captioner)
            place = self._engine.place("auto", "auto")
            needed = (facts.parameters + described_by.parameters) * place.weight
            if described_by.parameters <= SMALL and (place.free is None or 2 * needed < place.free):
                self._engine.captioner(captioner, "auto", "auto", ignore_events)
        if facts.parameters > SMALL:
            return
        side = max(64, facts.size_multiple * round(facts.native_size / facts.size_multiple))
        with tempfile.TemporaryDirectory(prefix="hiprompt-") as folder:
            request = GenerationRequest(
                prompt="warm-up",
                size=Size(side, side),
                options=Options(num_inference_steps=1, captions=False),
                model=model,
                output=Path(folder) / "warm-up",
            )
            self.generate(request, ignore_events)


def load_engine() -> PipelineEngine:
    """Import torch and build the engine; called in the worker's thread."""
    with gentle_imports():
        return PipelineEngine()
