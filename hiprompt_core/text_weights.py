"""Text encoders under prompt weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from hiprompt_core.prompt_chunks import Chunk

EMPTY = Chunk((), ())
ROWS = 16
"""Encoded in one go: more gain no speed, and the states of all layers of hundreds of texts would fill a card."""


class Encoded(NamedTuple):
    """What an encoder makes of chunks."""

    hidden: Tensor
    """(chunks, tokens, d), float32."""
    pooled: Tensor
    """(chunks, p), float32; p = 0 when the encoder has no projection."""


def encode_chunks(encoder: Any, tokenizer: Any, chunks: Sequence[Chunk], layer: int, device: torch.device) -> Encoded:
    """Encode chunks under the weights of their tokens; those whose weights are all 1 as they are, bit by bit.

    The method is that of compel's defaults (github.com/damian0815/compel), because embeddings keep a length that the
    model knows, and a word of weight 0 is gone from what every other token says, too:

    - a token moves on the line from the embedding z_0 that the empty text has in its place: ``z_0 + w (z - z_0)``;
    - weights under 1 also mix the chunk with what it is when no token attends to those words, in the ratio
      ``1 : tan((1 - w) pi / 2)``; the pooled embedding, which has no tokens, is mixed only.

    Args:
        layer: of the hidden states; -1: the last one, after the final norm.
    """
    ids, weights = _rows(tokenizer, chunks)
    return encode_rows(encoder, ids, weights, _rows(tokenizer, [EMPTY])[0], layer, device)


def encode_rows(
    encoder: Any, ids: Tensor, weights: Tensor, empty_ids: Tensor, layer: int, device: torch.device
) -> Encoded:
    """The same for token ids and their weights, both (rows, tokens).

    Args:
        empty_ids: of the empty text, (1, tokens).
    """
    ids, weights = ids.to(device), weights.to(device)
    plain = _encode(encoder, ids, layer)
    changed = (weights != 1).any(dim=1).nonzero().flatten().tolist()
    if not changed:
        return plain
    empty = _encode(encoder, empty_ids.to(device), layer).hidden[0]
    hidden, pooled = plain.hidden.clone(), plain.pooled.clone()
    for row in changed:
        here = slice(row, row + 1)
        mixed = _mixed(encoder, ids[here], weights[row], layer, Encoded(plain.hidden[here], plain.pooled[here]))
        weight = weights[row, :, None]
        hidden[row] = torch.where(weight == 1, mixed.hidden[0], empty + weight * (mixed.hidden[0] - empty))
        pooled[row] = mixed.pooled[0]
    return Encoded(hidden, pooled)


def _mixed(encoder: Any, ids: Tensor, weights: Tensor, layer: int, plain: Encoded) -> Encoded:
    """One chunk (1, tokens), mixed with itself without the words of small weights."""
    parts, shares = [plain], [1.0]
    for low in sorted({value for value in weights.tolist() if value < 1}):
        parts.append(_encode(encoder, ids, layer, attended=(weights > low)[None].long()))
        shares.append(math.tan((1 - low) * math.pi / 2))
    total = sum(shares)

    def mean(values: Sequence[Tensor]) -> Tensor:
        return torch.stack([value * (share / total) for value, share in zip(values, shares, strict=True)]).sum(dim=0)

    return Encoded(mean([part.hidden for part in parts]), mean([part.pooled for part in parts]))


def _encode(encoder: Any, ids: Tensor, layer: int, attended: Tensor | None = None) -> Encoded:
    """Rows of token ids (n, tokens); ``attended`` is 0 where no token may look."""
    parts = []
    for some in torch.split(ids, ROWS):
        output = encoder(some, attention_mask=attended, output_hidden_states=True)
        hidden = (output.last_hidden_state if layer == -1 else output.hidden_states[layer]).float()
        parts.append((hidden, output[0].float() if output[0].ndim == 2 else hidden.new_zeros(len(some), 0)))
    return Encoded(*map(torch.cat, zip(*parts, strict=True)))


def _rows(tokenizer: Any, chunks: Sequence[Chunk]) -> tuple[Tensor, Tensor]:
    """Token ids with marks at start and end, and their weights, both (chunks, tokens)."""
    blank = tokenizer("", padding="max_length", max_length=tokenizer.model_max_length, return_tensors="pt").input_ids
    ids = blank.repeat(len(chunks), 1)
    weights = torch.ones(ids.shape)
    for row, chunk in enumerate(chunks):
        end = 1 + len(chunk.ids)
        ids[row, 1:end] = torch.tensor(chunk.ids, dtype=ids.dtype)
        ids[row, end] = tokenizer.eos_token_id
        weights[row, 1:end] = torch.tensor(chunk.weights)
    return ids, weights
