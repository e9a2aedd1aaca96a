"""The ControlNet and the trained upscaler of a run, fetched for each use, so that nobody keeps them in memory."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from hiprompt_core.engine import Engine
from hiprompt_core.events import OnEvent
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.ground import Ground
from hiprompt_core.request import GenerationRequest
from hiprompt_core.upscaler import Upscaler


@dataclass(frozen=True, kw_only=True)
class LentGuides:
    """The engine's, as a request asks for them."""

    engine: Engine
    request: GenerationRequest
    on_event: OnEvent

    def hashes(self, backbone: Backbone) -> tuple[str, str]:
        """Of the ControlNet and of the upscaler, as records have them; "" where none is asked for."""
        controlnet = self.engine.controlnet(self.request.controlnet, backbone, self.on_event)
        upscaler = self.upscaler(backbone) if self.request.upscaler else None
        return controlnet.weights_hash if controlnet else "", upscaler.weights_hash if upscaler else ""

    def upscaler(self, backbone: Backbone) -> Upscaler:
        """The trained upscaler, where the backbone computes; only for requests that ask for one."""
        upscaler = self.engine.upscaler(self.request.upscaler, backbone.device, self.on_event)
        assert upscaler is not None  # nobody calls this without one
        return upscaler

    def ground(self, backbone: Backbone, guide: Image.Image) -> Ground | None:
        """What a ControlNet holds the views to; loaded for the backbone of now."""
        asked = self.request.controlnet
        loaded = self.engine.controlnet(asked, backbone, self.on_event)
        if asked is None or loaded is None:
            return None
        return Ground.of(loaded.model, asked, guide, backbone.facts.vae_scale_factor)
