"""The diffusion model behind one small interface; SDXL is the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from hiprompt_core.geometry import Box, Size
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.prompt_chunks import chunks, count_tokens
from hiprompt_core.text_weights import EMPTY, encode_chunks


class Embeddings(NamedTuple):
    """What texts become: ``prompt_embeds`` (texts, tokens, d) and ``pooled_prompt_embeds`` (texts, p)."""

    prompt_embeds: Tensor
    pooled_prompt_embeds: Tensor

    def take(self, rows: Sequence[int]) -> Embeddings:
        return Embeddings(*(part[list(rows)] for part in self))


class Backbone(Protocol):
    """What the denoising loop needs of a diffusion model."""

    @property
    def facts(self) -> ModelFacts:
        """What its files say."""

    @property
    def weights_hash(self) -> str:
        """SHA-256 over the weights."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""

    @property
    def vae(self) -> Any:
        """Its AutoencoderKL."""

    @property
    def scheduler_config(self) -> dict[str, Any]:
        """Noise schedule and prediction type, as diffusers' schedulers take them."""

    def token_count(self, text: str) -> int:
        """Tokens of a prompt without its syntax and without the marks at its start and end."""

    @property
    def token_limit(self) -> int:
        """Tokens that one chunk of text may have."""

    def encode_prompts(self, texts: Sequence[str]) -> Embeddings:
        """Embed prompts of any length, with the weights that their syntax gives to words."""

    def text_features(self, texts: Sequence[str]) -> Tensor:
        """One direction for each text (texts, p), of length 1: their dot product is their similarity."""

    def time_ids(self, picture: Size, window: Box) -> Tensor:
        """Micro-conditioning of a window in a picture, both in pixels."""

    def predict(self, latents: Tensor, timestep: float, embeddings: Embeddings, time_ids: Tensor) -> Tensor:
        """The model's raw prediction for (b, c, h, w), float32."""


@dataclass(frozen=True, kw_only=True)
class SDXLBackbone:
    """Stable Diffusion XL and models of its layout (2307.01952)."""

    facts: ModelFacts
    weights_hash: str
    device: torch.device
    unet: Any
    vae: Any
    text_encoders: tuple[Any, Any]
    tokenizers: tuple[Any, Any]
    scheduler_config: dict[str, Any]

    @property
    def token_limit(self) -> int:
        return min(int(tokenizer.model_max_length) for tokenizer in self.tokenizers) - 2

    def token_count(self, text: str) -> int:
        return max(count_tokens(text, partial(_tokens, tokenizer)) for tokenizer in self.tokenizers)

    def encode_prompts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts in the syntax of ``prompt_syntax``; longer ones than the encoder takes are embedded in chunks.

        All texts get the same number of chunks, empty ones at the end. The pooled embedding is the first chunk's.
        """
        cut = [
            [chunks(text, partial(_tokens, tokenizer), self.token_limit) for text in texts]
            for tokenizer in self.tokenizers
        ]
        count = max(len(of_text) for of_tokenizer in cut for of_text in of_tokenizer)
        parts, pooled = [], torch.empty(0)
        for encoder, tokenizer, found in zip(self.text_encoders, self.tokenizers, cut, strict=True):
            rows = [chunk for of_text in found for chunk in (of_text + [EMPTY] * count)[:count]]
            encoded = encode_chunks(encoder, tokenizer, rows, self.device)
            parts.append(encoded.hidden.reshape(len(texts), count * encoded.hidden.shape[1], -1))
            if encoded.pooled is not None:
                pooled = encoded.pooled.reshape(len(texts), count, -1)[:, 0]
        return Embeddings(torch.cat(parts, dim=-1), pooled)

    @staticmethod
    def _padded(tokenizer: Any, text: str) -> Tensor:
        length = tokenizer.model_max_length
        ids = tokenizer(text, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
        return ids[0]  # type: ignore[no-any-return]

    def text_features(self, texts: Sequence[str]) -> Tensor:
        encoder, tokenizer = self.text_encoders[1], self.tokenizers[1]
        ids = torch.stack([self._padded(tokenizer, text) for text in texts])
        return torch.nn.functional.normalize(encoder(ids.to(self.device))[0].float(), dim=-1)

    def time_ids(self, picture: Size, window: Box) -> Tensor:
        """``add_time_ids``: original size, crop's top left, target size; (6,)."""
        return torch.tensor([*picture, window.top, window.left, *window.size], dtype=torch.float32)

    def predict(self, latents: Tensor, timestep: float, embeddings: Embeddings, time_ids: Tensor) -> Tensor:
        dtype = self.unet.dtype
        if self.device.type == "cpu":
            latents = latents.contiguous(memory_format=torch.channels_last)
        added = {
            "text_embeds": embeddings.pooled_prompt_embeds.to(dtype),
            "time_ids": time_ids.to(self.device, dtype),
        }
        output = self.unet(
            latents.to(dtype),
            timestep,
            encoder_hidden_states=embeddings.prompt_embeds.to(dtype),
            added_cond_kwargs=added,
            return_dict=False,
        )
        return output[0].float()  # type: ignore[no-any-return]


def _tokens(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False, verbose=False).input_ids  # type: ignore[no-any-return]
