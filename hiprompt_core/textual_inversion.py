"""Textual inversion (2208.01618): words of the user's own, whose embeddings come from files."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.layouts import Layout
from hiprompt_core.loading import loading
from hiprompt_core.own_words import NAMES, PRIVATE
from hiprompt_core.weights import read_weights


def add_embeddings(layout: Layout, parts: Mapping[str, Any], embeddings: Mapping[str, Path]) -> dict[str, str]:
    """Teach the CLIP encoders among ``parts`` new words.

    Args:
        parts: models and tokenizers by part; encoders and tokenizers are changed.
        embeddings: file of each word.

    Returns:
        For each word the tokens that must stand in its place, as many as its file has vectors.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel: a file cannot be read.
        ModelUnsupported: a file holds no embedding, or one for other encoders.
    """
    encoders = [part for part in NAMES if part in layout.classes]
    tokens = {}
    free = itertools.count(PRIVATE)
    for word, file in embeddings.items():
        with loading(file):
            found = _vectors(file, encoders)
            widths = {part: parts[part].get_input_embeddings().weight.shape[1] for part in encoders}
            if any(found[part].shape[-1] != width for part, width in widths.items()):
                raise _misfit(file, layout)
            marks = [chr(next(free)) for _ in found[encoders[0]]]
            for part in encoders:
                _teach(parts[part], parts[part.replace("text_encoder", "tokenizer")], marks, found[part])
        tokens[word] = "".join(marks)
    return tokens


def _vectors(file: Path, encoders: list[str]) -> dict[str, Tensor]:
    """The vectors (n, d) for each encoder."""
    weights = {name: value for name, value in read_weights(file).items() if value.ndim in (1, 2) and value.numel()}
    found = {part: next((weights[name] for name in NAMES[part] if name in weights), None) for part in encoders}
    if len(encoders) == len(weights) == 1:
        found = {encoders[0]: next(iter(weights.values()))}
    vectors = {part: value.float().reshape(-1, value.shape[-1]) for part, value in found.items() if value is not None}
    if len(vectors) < len(encoders) or len({len(value) for value in vectors.values()}) > 1:
        raise ModelUnsupported(
            f"{file} holds no embedding for {len(encoders)} text encoders.", "Choose one made for this model's family."
        )
    return vectors


def _misfit(file: Path, layout: Layout) -> ModelUnsupported:
    return ModelUnsupported(
        f"{file} is an embedding for another kind of model than {layout.family}.",
        "Choose one that was made for this model's family.",
    )


def _teach(encoder: Any, tokenizer: Any, marks: list[str], vectors: Tensor) -> None:
    from tokenizers import AddedToken

    tokenizer.add_tokens([AddedToken(mark, normalized=False) for mark in marks])
    known = encoder.get_input_embeddings().weight
    ids = tokenizer.convert_tokens_to_ids(marks)
    rows = known.new_zeros(max(len(known), *(place + 1 for place in ids)), known.shape[1])
    rows[: len(known)] = known.detach()
    rows[ids] = vectors.to(rows)
    encoder.set_input_embeddings(torch.nn.Embedding(len(rows), rows.shape[1], _weight=rows))
    # Old configs name a wrong end mark, for which the encoder takes the highest token: that is a new word's now.
    getattr(encoder, "text_model", encoder).eos_token_id = tokenizer.eos_token_id
