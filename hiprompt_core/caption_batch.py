"""How many pictures a captioner can look at together in the memory that is free."""

from __future__ import annotations

from typing import Any

import torch

from hiprompt_core import memory

LARGEST = 32
LARGEST_ON_CPU = 8
"""A processor gains nothing from more, and the first captions would come later."""
SHARE = 0.5
"""Of the free memory; the rest is for what is counted too small here, and for other programs."""


def bytes_of_one(config: Any, tokens: int, values: int, width: int) -> int:
    """Memory that one picture takes while it is described, beside the weights; an estimate by sizes alone.

    Args:
        config: of the model, as transformers keeps it.
        tokens: of question, picture and answer together.
        values: numbers that the picture becomes, over all its tiles and channels.
        width: bytes of one number.
    """
    text = config.get_text_config()
    layers, hidden = _first(text, 1, "num_hidden_layers", "decoder_layers"), _first(text, 1024, "hidden_size")
    inner = _first(text, 4 * hidden, "intermediate_size", "ffn_dim", "decoder_ffn_dim")
    heads = _first(text, 1, "num_attention_heads", "decoder_attention_heads")
    head = _first(text, hidden // heads, "head_dim")
    kept = 2 * layers * tokens * _first(text, heads, "num_key_value_heads") * head  # keys and values of every layer
    layer = tokens * (4 * hidden + 3 * inner) + heads * tokens**2  # what lives while one layer is computed
    vision = getattr(config, "vision_config", None)
    seen = _first(vision, 1024, "hidden_size", "embed_dim")
    side = _first(vision, 14, "patch_size")
    looked = values // (3 * side**2) * 12 * seen  # the same of the vision part, whose layers keep nothing
    logits = 4 * 2 * _first(text, 32_000, "vocab_size")
    return int((kept + max(layer, looked) + 4 * values) * width + logits)


def _first(config: Any, otherwise: int, *names: str) -> int:
    """The first of these values that a config has; the largest, where a value is a list by level."""
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, (list, tuple)):
            value = max(value, default=None)
        if value:
            return int(value)
    return otherwise


def batch_size(device: torch.device, one: int) -> int:
    """Pictures at a time for a picture's memory in bytes; at least one."""
    largest = LARGEST_ON_CPU if device.type == "cpu" else LARGEST
    return max(1, min(largest, int(SHARE * memory.free(device)) // max(1, one)))
