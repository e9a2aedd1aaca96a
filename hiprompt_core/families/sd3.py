"""Stable Diffusion 3 and 3.5 (2403.03206): flow matching with a transformer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.families.backbone import Embeddings
from hiprompt_core.families.clip_text import ClipBackbone
from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.families.flow import FlowSampler
from hiprompt_core.options import SchedulerName
from hiprompt_core.prompt_syntax import plain_text
from hiprompt_core.schedule import Sampler

T5_TOKENS = 256
"""What T5 reads of a text, without weights; its end is cut off."""


@dataclass(frozen=True, kw_only=True)
class SD3Backbone(ClipBackbone):
    """A transformer under two CLIP encoders and T5, which may be left out."""

    transformer: Any
    clip_encoders: ClassVar[int] = 2

    def encode_prompts(self, texts: Sequence[str]) -> Embeddings:
        """CLIP's tokens side by side, padded to T5's width, then T5's tokens; zeros in place of T5."""
        one, two = self._read(texts, layer=-2)
        clip, t5 = torch.cat([one.hidden, two.hidden], dim=-1), self._read_t5(texts)
        padded = F.pad(clip, (0, t5.shape[-1] - clip.shape[-1]))
        return Embeddings(torch.cat([padded, t5], dim=-2), torch.cat([one.pooled, two.pooled], dim=-1))

    def _read_t5(self, texts: Sequence[str]) -> Tensor:
        encoder, tokenizer = self.text_encoders[-1], self.tokenizers[-1]
        if encoder is None or tokenizer is None:
            width = self.transformer.config.joint_attention_dim
            return torch.zeros((len(texts), T5_TOKENS, width), device=self.device)
        ids = tokenizer(
            [plain_text(text) for text in texts],
            padding="max_length",
            max_length=T5_TOKENS,
            truncation=True,
            return_tensors="pt",
        ).input_ids
        return encoder(ids.to(self.device))[0].float()  # type: ignore[no-any-return]

    def sampler(self, name: SchedulerName, num_inference_steps: int, steps: int) -> Sampler:
        return FlowSampler(name, self.scheduler_config, num_inference_steps, steps)

    def predict(
        self,
        latents: Tensor,
        timestep: float,
        embeddings: Embeddings,
        time_ids: Tensor,  # noqa: ARG002
        grounding: Grounding | None = None,  # noqa: ARG002
    ) -> Tensor:
        dtype, patch = self.transformer.dtype, self.transformer.config.patch_size
        height, width = latents.shape[-2:]
        # The transformer reads squares of cells; the grids of the dilated path may end within one.
        whole = F.pad(latents, (0, -width % patch, 0, -height % patch), mode="replicate")
        output = self.transformer(
            hidden_states=whole.to(dtype),
            timestep=torch.full((len(latents),), timestep, device=latents.device),
            encoder_hidden_states=embeddings.prompt_embeds.to(dtype),
            pooled_projections=embeddings.pooled_prompt_embeds.to(dtype),
            return_dict=False,
        )
        return output[0][..., :height, :width].float()  # type: ignore[no-any-return]
