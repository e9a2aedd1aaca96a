"""Stable Diffusion 1 and 2 (2112.10752)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from hiprompt_core.families.backbone import Embeddings
from hiprompt_core.families.clip_text import ClipBackbone
from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.families.unet import predict_with_unet


@dataclass(frozen=True, kw_only=True)
class StableDiffusionBackbone(ClipBackbone):
    """A UNet under one CLIP encoder; it knows nothing of pictures larger than its window."""

    unet: Any
    clip_encoders: ClassVar[int] = 1

    def encode_prompts(self, texts: Sequence[str]) -> Embeddings:
        (only,) = self._read(texts, layer=-1)
        return Embeddings(only.hidden, only.pooled)

    def predict(
        self,
        latents: Tensor,
        timestep: float,
        embeddings: Embeddings,
        time_ids: Tensor,  # noqa: ARG002
        grounding: Grounding | None = None,
    ) -> Tensor:
        return predict_with_unet(self.unet, latents, timestep, embeddings.prompt_embeds, grounding)
