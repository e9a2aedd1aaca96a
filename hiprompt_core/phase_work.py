"""The work of one phase, part by part: each part is repeated on the ladder's next rung when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from PIL import Image
from torch import Tensor

from hiprompt_core.attention_words import Maps
from hiprompt_core.events import OnEvent, Warned
from hiprompt_core.foreign_syntax import foreign_syntax
from hiprompt_core.geometry import Size
from hiprompt_core.ladder import Ladder
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools
from hiprompt_core.plan import negative_prompt_note
from hiprompt_core.prompts import PromptHierarchy
from hiprompt_core.request import GenerationRequest

Given = TypeVar("Given")


class Drawn(NamedTuple):
    """What the drawing of a phase gives."""

    latents: Tensor
    """(1, c, h, w)."""
    image: Image.Image | None = None
    """Its picture; none: it is still to be decoded."""
    attention: Maps | None = None
    """Where the prompt's phrases are, when that was watched."""


@dataclass(frozen=True, kw_only=True)
class PhaseWork:
    """What one phase asks of the model; between two parts of the work nothing here keeps the model in memory."""

    ladder: Ladder
    request: GenerationRequest
    phase: int
    size: Size
    """Of the phase's picture, pixels."""
    on_event: OnEvent

    def tools(self) -> PhaseTools:
        """The model as the phase uses it, for one part of its work: who keeps it keeps the model in memory."""
        return PhaseTools(
            backbone=self.ladder.backbone(),
            request=self.request,
            phase=self.phase,
            size=self.size,
            on_event=self.on_event,
            tile=self.ladder.tile,
        )

    def noise(self, purpose: str = "start", seed: int | None = None) -> Tensor:
        """Standard normal noise (1, c, h, w) of the phase; ``seed``: none for that of the request."""
        chosen = self.request.seed if seed is None else seed
        return self.ladder.run("texts", lambda: self.tools().noise(chosen, purpose))

    def embed(self, captions: Sequence[str], first: bool = False) -> PromptHierarchy:
        """Every text of the phase.

        Args:
            first: no phase of the run was drawn under its prompt yet: what is to be told of that is told.
        """
        if first:
            note = negative_prompt_note(self.request)
            if note:
                self.on_event(Warned(message=note))
            self.warn_of_texts([self.request.prompt, self.request.negative_prompt])
        return self.ladder.run("texts", lambda: self.tools().embed(captions))

    def warn_of_texts(self, texts: Sequence[str]) -> None:
        """Say which texts are not read as they were meant."""
        for foreign in foreign_syntax(texts):
            self.on_event(Warned(message=foreign.note))
        self.ladder.run("texts", lambda: self.tools().warn_of_texts(texts))

    def encode(self, picture: Image.Image) -> Tensor:
        """Latents (1, c, h, w) of a picture of the phase's size."""
        return self.ladder.run("tiles", lambda: self.tools().encode(picture))

    def decode(self, latents: Tensor, where: Tensor | None = None) -> Image.Image:
        """The picture of latents (1, c, h, w); given a map ``where`` (1, 1, h, w), only the tiles that meet it."""
        return self.ladder.run("tiles", lambda: self.tools().decode(latents, where))

    def predict(self, loop: Callable[[PhaseTools, Options], Given]) -> Given:
        """What a loop over timesteps gives; it must go on from its last step when repeated."""
        options = self.request.options
        return self.ladder.run(
            "views",
            lambda: loop(self.tools(), replace(options, view_batch_size=self.ladder.view_batch_size)),
        )
