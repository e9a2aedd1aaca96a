"""Records where a UNet's cross-attention places the phrases of a prompt while it draws a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.attention_words import Maps, Phrase, phrases
from hiprompt_core.events import Event, StepDone
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.geometry import Size

LAST_SHARE = 3
"""The last one of so many parts of the steps is recorded: earlier the picture is still undecided."""


def tokens_of(tokenizer: Any, prompt: str, places: Sequence[Phrase]) -> list[list[int]]:
    """Places of each phrase among the first encoded tokens, start mark included; phrases beyond them are left out."""
    read = tokenizer(prompt, truncation=True, return_offsets_mapping=True, verbose=False)
    spans = read["offset_mapping"]
    found = [
        [token for token, (start, end) in enumerate(spans) if start < phrase.end and phrase.start < end]
        for phrase in places
    ]
    return found[: found.index([])] if [] in found else found


class AttentionMaps:
    """Averages cross-attention over the last steps, the layers and their heads (DAAM, 2210.04885).

    It looks on while the conditional prediction is made anyway: no UNet evaluation is added.
    """

    def __init__(self, cells: Size, steps: int, places: Sequence[Sequence[int]]) -> None:
        """
        Args:
            cells: size of the latents.
            steps: of the whole phase.
            places: the tokens of each phrase.
        """
        self._cells = cells
        self._places = places
        self._first = steps - max(1, steps // LAST_SHARE)
        self._step = 0
        self._sum: Tensor | None = None
        self._count = 0

    @staticmethod
    def of_prompt(backbone: Backbone, prompt: str, cells: Size, steps: int) -> AttentionMaps:
        """For the phrases of a prompt, as far as they are among the first tokens that are read together."""
        tokenizer = cast(Any, backbone).tokenizers[0]
        return AttentionMaps(cells, steps, tokens_of(tokenizer, prompt, phrases(prompt)))

    def on_event(self, event: Event) -> None:
        """Follow the steps of the phase."""
        if isinstance(event, StepDone):
            self._step = event.step

    @contextmanager
    def watching(self, backbone: Backbone) -> Iterator[None]:
        """Record while the model predicts batches whose last row is the prompt's."""
        unet = cast(Any, backbone).unet  # plans refuse models without one
        before = unet.attn_processors
        watched = {name: _Watch(kept, self) if "attn2" in name else kept for name, kept in before.items()}
        unet.set_attn_processor(watched)
        try:
            yield
        finally:
            unet.set_attn_processor(dict(before))

    def result(self) -> Maps | None:
        """What was recorded; none: nothing."""
        return None if self._sum is None else (self._sum / self._count).cpu().numpy()

    def add(self, attn: Any, hidden: Tensor, texts: Tensor) -> None:
        """Record one layer: ``hidden`` (b, h w, c) looks at ``texts`` (b, tokens, d); the last row counts."""
        if self._step < self._first or not self._places:
            return
        query, key = attn.to_q(hidden[-1:]), attn.to_k(texts[-1:])
        query, key = (part.unflatten(-1, (attn.heads, -1)).transpose(1, 2).float() for part in (query, key))
        attention = (query @ key.transpose(-1, -2) * attn.scale).softmax(dim=-1).mean(dim=1)[0]  # (h w, tokens)
        maps = torch.stack([attention[:, list(tokens)].mean(dim=1) for tokens in self._places])
        scale = (hidden.shape[1] / self._cells.area) ** 0.5
        height = round(self._cells.height * scale)
        maps = maps.reshape(1, len(maps), height, hidden.shape[1] // height)
        maps = F.interpolate(maps, size=tuple(self._cells), mode="bilinear")[0]
        self._sum = maps if self._sum is None else self._sum + maps
        self._count += 1


class _Watch:
    """A processor of diffusers that shows its inputs to the maps before the usual one computes."""

    def __init__(self, usual: Any, maps: AttentionMaps) -> None:
        self._usual = usual
        self._maps = maps

    def __call__(
        self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Tensor, *rest: Any, **named: Any
    ) -> Any:
        self._maps.add(attn, hidden_states, encoder_hidden_states)
        return self._usual(attn, hidden_states, encoder_hidden_states, *rest, **named)
