"""The work of one phase, part by part: each part is repeated on the ladder's next rung when memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from hiprompt_core.attention_words import Maps
from hiprompt_core.events import OnEvent
from hiprompt_core.ladder import Ladder
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools
from hiprompt_core.plan import PhasePlan
from hiprompt_core.prompts import PromptHierarchy
from hiprompt_core.request import GenerationRequest


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
    phase: PhasePlan
    on_event: OnEvent

    def tools(self) -> PhaseTools:
        """The model as the phase uses it, for one part of its work: who keeps it keeps the model in memory."""
        return PhaseTools(
            backbone=self.ladder.backbone(),
            request=self.request,
            phase=self.phase.number,
            size=self.phase.size,
            on_event=self.on_event,
            tile=self.ladder.tile,
        )

    def noise(self) -> Tensor:
        """What the phase's own noise is, (1, c, h, w)."""
        return self.ladder.run("texts", lambda: self.tools().noise(self.request.seed, "start"))

    def embed(self, captions: Sequence[str], new: Sequence[str] = ()) -> PromptHierarchy:
        """Every text of the phase.

        Args:
            new: texts whose length the user was not told of yet.
        """

        def embedded() -> PromptHierarchy:
            tools = self.tools()
            tools.warn_of_texts(new)
            return tools.embed(captions)

        return self.ladder.run("texts", embedded)

    def warn_of_texts(self, texts: Sequence[str]) -> None:
        """Say which texts are not read as they were meant."""
        self.ladder.run("texts", lambda: self.tools().warn_of_texts(texts))

    def encode(self, picture: Image.Image) -> Tensor:
        """Latents (1, c, h, w) of a picture of the phase's size."""
        return self.ladder.run("tiles", lambda: self.tools().encode(picture))

    def decode(self, latents: Tensor) -> Image.Image:
        """The picture of latents (1, c, h, w)."""
        return self.ladder.run("tiles", lambda: self.tools().decode(latents))

    def denoise(self, loop: Callable[[PhaseTools, Options], Tensor]) -> Tensor:
        """Latents (1, c, h, w) that a loop over timesteps gives; it must go on from its last step when repeated."""
        options = self.request.options
        return self.ladder.run(
            "views",
            lambda: loop(self.tools(), replace(options, view_batch_size=self.ladder.view_batch_size)),
        )
