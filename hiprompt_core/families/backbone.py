"""The interface that every family of diffusion models has for the denoising loop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.geometry import Box, Size
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.options import SchedulerName
from hiprompt_core.schedule import Sampler


class Embeddings(NamedTuple):
    """What texts become: ``prompt_embeds`` (texts, tokens, d) and ``pooled_prompt_embeds`` (texts, p).

    Families without a pooled embedding have p = 0.
    """

    prompt_embeds: Tensor
    pooled_prompt_embeds: Tensor

    def take(self, rows: Sequence[int] | Tensor) -> Embeddings:
        wanted = torch.as_tensor(rows, device=self.prompt_embeds.device)
        return Embeddings(*(part[wanted] for part in self))


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
    def text_encoders(self) -> tuple[Any, ...]:
        """What reads texts; none in place of one that the files lack."""

    @property
    def network(self) -> Any:
        """What predicts: a UNet or a transformer."""

    @property
    def vae(self) -> Any:
        """Its AutoencoderKL."""

    def sampler(self, name: SchedulerName, num_inference_steps: int, steps: int) -> Sampler:
        """The last ``steps`` steps of a schedule of ``num_inference_steps``."""

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
        """Micro-conditioning of a window in a picture, both in pixels; (n,), empty in families without one."""

    def predict(
        self,
        latents: Tensor,
        timestep: float,
        embeddings: Embeddings,
        time_ids: Tensor,
        grounding: Grounding | None = None,
    ) -> Tensor:
        """The model's raw prediction for (b, c, h, w), float32.

        Args:
            grounding: given to models with a UNet alone.
        """
