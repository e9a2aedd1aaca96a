"""What the families that read texts with CLIP (2103.00020) have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.geometry import Box, Size
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.options import SchedulerName
from hiprompt_core.own_words import spelt
from hiprompt_core.prompt_chunks import chunks, count_tokens
from hiprompt_core.schedule import Sampler
from hiprompt_core.text_weights import EMPTY, ROWS, Encoded, encode_chunks


@dataclass(frozen=True, kw_only=True)
class ClipBackbone:
    """A model whose prompts go through one or more CLIP text encoders."""

    facts: ModelFacts
    weights_hash: str
    device: torch.device
    vae: Any
    text_encoders: tuple[Any, ...]
    tokenizers: tuple[Any, ...]
    scheduler_config: dict[str, Any]
    words: Mapping[str, str]
    """The user's own words: the tokens that CLIP reads in place of each."""

    clip_encoders: ClassVar[int]
    """How many of the text encoders are CLIP's; they come first."""

    @property
    def network(self) -> Any:
        return getattr(self, self.facts.network)

    @property
    def token_limit(self) -> int:
        return min(int(tokenizer.model_max_length) for tokenizer in self.tokenizers[: self.clip_encoders]) - 2

    def token_count(self, text: str) -> int:
        text = self._spelt(text)
        return max(
            count_tokens(text, partial(tokens_of, tokenizer)) for tokenizer in self.tokenizers[: self.clip_encoders]
        )

    def text_features(self, texts: Sequence[str]) -> Tensor:
        """By the last of the CLIP encoders; without a projection, the direction of its end mark."""
        last = self.clip_encoders - 1
        encoder, tokenizer = self.text_encoders[last], self.tokenizers[last]
        ids = torch.stack([_padded(tokenizer, self._spelt(text)) for text in texts]).to(self.device)
        outputs = [encoder(some) for some in torch.split(ids, ROWS)]
        found = [output[0] if output[0].ndim == 2 else output.pooler_output for output in outputs]
        return F.normalize(torch.cat(found).float(), dim=-1)

    def time_ids(self, picture: Size, window: Box) -> Tensor:  # noqa: ARG002
        return torch.empty(0)

    def sampler(self, name: SchedulerName, num_inference_steps: int, steps: int) -> Sampler:
        return Sampler(name, self.scheduler_config, num_inference_steps, steps)

    def _read(self, texts: Sequence[str], layer: int) -> list[Encoded]:
        """What each CLIP encoder makes of prompts; longer ones than it takes are read in chunks that follow each other.

        All texts get the same number of chunks, empty ones at the end; the pooled embedding is that of the first.

        Args:
            layer: of the hidden states; -1: the last one, after the final norm.
        """
        cut = [
            [chunks(self._spelt(text), partial(tokens_of, tokenizer), self.token_limit) for text in texts]
            for tokenizer in self.tokenizers[: self.clip_encoders]
        ]
        count = max(len(of_text) for of_tokenizer in cut for of_text in of_tokenizer)
        outputs = []
        for encoder, tokenizer, found in zip(self.text_encoders, self.tokenizers, cut, strict=False):
            rows = [chunk for of_text in found for chunk in (of_text + [EMPTY] * count)[:count]]
            hidden, pooled = encode_chunks(encoder, tokenizer, rows, layer, self.device)
            outputs.append(
                Encoded(
                    hidden.reshape(len(texts), count * hidden.shape[1], -1),
                    pooled.reshape(len(texts), count, pooled.shape[-1])[:, 0],
                )
            )
        return outputs

    def _spelt(self, text: str) -> str:
        return spelt(text, self.words)


def tokens_of(tokenizer: Any, text: str) -> list[int]:
    """Ids without the marks at start and end."""
    return tokenizer(text, add_special_tokens=False, verbose=False).input_ids  # type: ignore[no-any-return]


def _padded(tokenizer: Any, text: str) -> Tensor:
    length = tokenizer.model_max_length
    ids = tokenizer(text, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
    return ids[0]  # type: ignore[no-any-return]
