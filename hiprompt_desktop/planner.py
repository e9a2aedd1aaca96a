"""Plans of requests and what wishes would cost, from facts of model folders that are read once (no Qt)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hiprompt_core.addition_files import addition_files
from hiprompt_core.errors import HiPromptError
from hiprompt_core.footprint import Place
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.model_files import ModelFacts, inspect_captioner, inspect_model
from hiprompt_core.plan import Plan, make_plan
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.core_sentences import told
from hiprompt_desktop.document import Wish
from hiprompt_desktop.machine import Machine


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What a wish would cost, or why it cannot be drawn."""

    plan: Plan | None = None
    request: GenerationRequest | None = None
    """What is planned; none where ``plan`` is."""
    native_size: int = 0
    size_step: int = 8
    family: str = ""
    """Of the model, as its layout names it."""
    few_steps: int = 0
    """Steps that a distilled model or LoRA wants, without guidance; 0: those of the preset."""
    problem: str = ""
    remedy: str = ""


class Planner:
    """Keeps what it read of models and other files until it is told to forget it."""

    def __init__(self) -> None:
        self._facts: dict[object, Any] = {}

    def forget(self) -> None:
        """Read the folders again: they may have changed, or others are wished for."""
        self._facts.clear()

    def plan(self, request: GenerationRequest, place: Place | None = None) -> Plan:
        """What a request will do, and how it fits into a place; none: any memory is large enough.

        Raises:
            HiPromptError: a file or folder cannot be used, or does not fit the model.
        """
        model = self.facts(request.model)
        described_by = request.captioner
        captioner = self._known(described_by, lambda: inspect_captioner(described_by)) if described_by else None
        chosen = (request.model, request.controlnet and request.controlnet.path, request.upscaler)
        guides = self._known(chosen, lambda: inspect_guides(request, model))
        self._known(tuple(request.additions.files), lambda: addition_files(request.additions))
        return make_plan(request, model, captioner, guides, place)

    def request(self, wish: Wish) -> GenerationRequest:
        """What a wish asks for, with options that fit its model; its folder is still to be set.

        Raises:
            HiPromptError: there is no such model, or a value is outside of its range.
        """
        return wish.request(Path(), self.facts(wish.model))

    def forecast(self, wish: Wish, machine: Machine) -> Forecast:
        """What a wish would cost; faults are part of the answer."""
        if wish.untold:
            wish = replace(wish, prompt="a picture")
        try:
            model = self.facts(wish.model)
        except HiPromptError as error:
            return Forecast(problem=told(error.problem), remedy=told(error.remedy))
        facts = {"native_size": model.native_size, "size_step": model.size_multiple, "family": model.family}
        try:
            request = machine.computing.asked_of(self.request(wish))
            few = request.options.num_inference_steps if request.options.guidance_scale == 1 else 0
            return Forecast(plan=self.plan(request, machine.place(request)), request=request, few_steps=few, **facts)
        except HiPromptError as error:
            return Forecast(problem=told(error.problem), remedy=told(error.remedy), **facts)

    def facts(self, model: Path) -> ModelFacts:
        """What is known of a model.

        Raises:
            HiPromptError: it is none, or not there any more.
        """
        facts: ModelFacts = self._known(model, lambda: inspect_model(model))
        return facts

    def _known(self, key: object, read: Callable[[], Any]) -> Any:
        if key not in self._facts:
            self._facts[key] = read()
        return self._facts[key]
