"""Stable Diffusion XL (2307.01952) and models of its layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from hiprompt_core.families.backbone import Embeddings
from hiprompt_core.families.clip_text import ClipBackbone
from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.families.unet import predict_with_unet
from hiprompt_core.geometry import Box, Size


@dataclass(frozen=True, kw_only=True)
class SDXLBackbone(ClipBackbone):
    """A UNet under two CLIP encoders, and where in its picture a window lies."""

    unet: Any
    clip_encoders: ClassVar[int] = 2

    def encode_prompts(self, texts: Sequence[str]) -> Embeddings:
        one, two = self._read(texts, layer=-2)
        return Embeddings(torch.cat([one.hidden, two.hidden], dim=-1), two.pooled)

    def time_ids(self, picture: Size, window: Box) -> Tensor:
        """``add_time_ids``: original size, crop's top left, target size; (6,)."""
        return torch.tensor([*picture, window.top, window.left, *window.size], dtype=torch.float32)

    def predict(
        self,
        latents: Tensor,
        timestep: float,
        embeddings: Embeddings,
        time_ids: Tensor,
        grounding: Grounding | None = None,
    ) -> Tensor:
        added = {"text_embeds": embeddings.pooled_prompt_embeds, "time_ids": time_ids}
        return predict_with_unet(self.unet, latents, timestep, embeddings.prompt_embeds, grounding, added)
