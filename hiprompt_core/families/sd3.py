"""Stable Diffusion 3 and 3.5 (2403.03206): flow matching with a transformer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.families.backbone import Embeddings
from hiprompt_core.families.clip_text import ClipBackbone, tokens_of
from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.families.flow import FlowSampler
from hiprompt_core.options import SchedulerName
from hiprompt_core.prompt_chunks import Chunk
from hiprompt_core.prompt_syntax import parse
from hiprompt_core.schedule import Sampler
from hiprompt_core.text_weights import encode_rows

T5_TOKENS = 256
"""What T5 reads at least; longer texts are read whole, for it knows no positions but those between words."""


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
        rows = [_whole(text, tokenizer) for text in texts]
        length = max(T5_TOKENS, *(len(row.ids) for row in rows))
        ids = torch.full((len(rows), length), tokenizer.pad_token_id)
        weights = torch.ones(ids.shape)
        for place, row in enumerate(rows):
            ids[place, : len(row.ids)] = torch.tensor(row.ids)
            weights[place, : len(row.ids)] = torch.tensor(row.weights)
        empty = torch.full((1, length), tokenizer.pad_token_id)
        empty[0, 0] = tokenizer.eos_token_id
        return encode_rows(encoder, ids, weights, empty, -1, self.device).hidden

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


def _whole(text: str, tokenizer: Any) -> Chunk:
    """A text of any length with its weights, and the mark of its end."""
    ids: list[int] = []
    weights: list[float] = []
    for fragment in chain.from_iterable(parse(text)):
        tokens = tokens_of(tokenizer, fragment.text.strip())
        ids += tokens
        weights += [fragment.weight] * len(tokens)
    return Chunk((*ids, tokenizer.eos_token_id), (*weights, 1.0))
