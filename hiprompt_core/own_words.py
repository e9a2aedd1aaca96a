"""The user's own words of textual inversion (2208.01618), told from their files' headers: what CLIP reads for each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.weight_header import METADATA, read_header

NAMES = {"text_encoder": ("clip_l", "emb_params"), "text_encoder_2": ("clip_g",)}
"""Tensors of a file for each encoder, as trainers write them; a file with one tensor may call it what it likes."""
PRIVATE = 0xF0000
"""First of the characters that Unicode leaves to programs: no text holds them, so that each can be a token."""


def spelt(text: str, words: Mapping[str, str]) -> str:
    """A text with the tokens that stand for each of the ``words`` in its place."""
    for word, tokens in words.items():
        text = tokens.join(re.split(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE))
    return text


def count_vectors(file: Path) -> int:
    """Tokens that stand for the word of a file.

    Raises:
        ModelNotFound, UnsafeModel, ModelCorrupt: it is missing, pickled or damaged.
        ModelUnsupported: it holds no embedding.
    """
    shapes = {name: entry["shape"] for name, entry in read_header(file).items() if name != METADATA}
    shapes = {name: shape for name, shape in shapes.items() if len(shape) in (1, 2) and math.prod(shape)}
    known = [name for names in NAMES.values() for name in names if name in shapes]
    if not known and len(shapes) != 1:
        raise ModelUnsupported(f"{file} holds no embedding.", "Choose one made for this model's family.")
    return math.prod(shapes[next(iter(known or shapes))][:-1])
