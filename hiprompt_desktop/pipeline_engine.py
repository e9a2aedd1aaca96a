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
from hiprompt_core.request import CaptionRequest, GenerationRequest, Precision, RegenerateRequest
from hiprompt_desktop.gentle_imports import gentle_imports
from hiprompt_desktop.job import PromptRequest

SMALL = 200_000_000
"""Parameters up to which a model is loaded before somebody asks for a picture."""


class PipelineEngine:
    """Keeps the loaded models between pictures."""

    def __init__(self) -> None:
        from hiprompt_core import Engine
        from hiprompt_core.devices import known_devices

        self._engine = Engine()
        self.devices = known_devices()

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
        where = request.computing
        return describe_picture(image, request.captioner, where.device, where.precision, on_event, self._engine)

    def regenerate(self, request: RegenerateRequest, on_event: OnEvent) -> Any:
        from hiprompt_core import regenerate

        return regenerate(request, on_event, self._engine)

    def place(self, device: str, precision: Precision) -> Place:
        return self._engine.place(device, precision)

    def is_small(self, model: Path, captioner: Path | None) -> bool:
        described_by = inspect_captioner(captioner).parameters if captioner is not None else 0
        return max(inspect_model(model).parameters, described_by) <= SMALL

    def measure(self, request: GenerationRequest, on_event: OnEvent) -> Rates:
        from hiprompt_core.calibration import calibrate

        return calibrate(request, self._engine, on_event)

    def prepare(self, request: GenerationRequest) -> None:
        """Load small models and draw one step with them, so that every late import happens now.

        Imports hold up the window a little; while nothing else goes on, that is felt least. Nothing is compiled: that
        takes longer than the rest, and the first picture tells of it.
        """
        with gentle_imports():
            self._prepare(request)

    def _prepare(self, request: GenerationRequest) -> None:
        facts = inspect_model(request.model)
        if request.captioner is not None:
            described_by = inspect_captioner(request.captioner)
            place = self._engine.place(request.device, request.precision)
            needed = (facts.parameters + described_by.parameters) * place.weight
            if described_by.parameters <= SMALL and (place.free is None or 2 * needed < place.free):
                self._engine.captioner(request.captioner, request.device, request.precision, ignore_events)
        if facts.parameters > SMALL:
            return
        side = max(64, facts.size_multiple * round(facts.native_size / facts.size_multiple))
        with tempfile.TemporaryDirectory(prefix="hiprompt-") as folder:
            small = GenerationRequest(
                prompt="warm-up",
                size=Size(side, side),
                options=Options(num_inference_steps=1, captions=False),
                model=request.model,
                device=request.device,
                precision=request.precision,
                output=Path(folder) / "warm-up",
            )
            self.generate(small, ignore_events)


def load_engine() -> PipelineEngine:
    """Import torch and build the engine; called in the worker's thread."""
    with gentle_imports():
        return PipelineEngine()
