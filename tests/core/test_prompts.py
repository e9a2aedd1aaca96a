"""Texts to embeddings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.geometry import Box, Size
from hiprompt_core.prompts import embed_prompts, filter_words, too_long

LONG = " ".join(["red", "circle", "blue", "square"] * 45)


def test_long_texts_are_read_in_pieces_and_nothing_is_lost(backbone: SDXLBackbone) -> None:
    tokens = backbone.token_count(LONG)
    pieces = -(-tokens // backbone.token_limit)
    assert pieces > 2
    with torch.inference_mode():
        embeds = backbone.encode_prompts([LONG, "a fox"]).prompt_embeds
        other_end = backbone.encode_prompts([LONG.removesuffix("square") + "fox", "a fox"]).prompt_embeds
    assert embeds.shape[1] == pieces * 77
    assert not torch.equal(embeds[0], other_end[0])
    assert torch.equal(embeds[0, :77], other_end[0, :77])
    rows = backbone._pieces(backbone.tokenizers[0], LONG, pieces)
    marks = {backbone.tokenizers[0].bos_token_id, backbone.tokenizers[0].eos_token_id}
    read = [int(token) for row in rows for token in row if int(token) not in marks]
    assert read == backbone.tokenizers[0](LONG, add_special_tokens=False, verbose=False).input_ids


def test_short_texts_beside_long_ones_begin_as_they_would_alone(backbone: SDXLBackbone) -> None:
    with torch.inference_mode():
        alone = backbone.encode_prompts(["a fox"])
        beside = backbone.encode_prompts([LONG, "a fox"]).take([1])
    torch.testing.assert_close(beside.prompt_embeds[:, :77], alone.prompt_embeds, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(beside.pooled_prompt_embeds, alone.pooled_prompt_embeds, rtol=1e-4, atol=1e-5)


def test_distinct_texts_are_embedded_once(backbone: SDXLBackbone) -> None:
    captions = ["a hat", "a fox", "a hat", "a tree"]
    with torch.inference_mode():
        prompts = embed_prompts(backbone, "a fox", "blurry", captions)
    assert prompts.embeddings.prompt_embeds.shape[0] == 4
    assert prompts.patch_rows == (2, 1, 2, 3)
    assert prompts.rows("patch", [3, 0]) == [3, 2]
    assert prompts.rows("global", [3, 0]) == [1, 1]
    assert prompts.rows("uncond", [3, 0]) == [0, 0]


def test_only_texts_over_the_limit_are_too_long(backbone: SDXLBackbone) -> None:
    assert backbone.token_limit == 75
    assert too_long(backbone, ["a fox", LONG, LONG]) == [LONG]


def test_unrelated_words_are_filtered() -> None:
    features = {"a fox in snow": [1.0, 0.0], "fox": [1.0, 0.0], "snowy": [0.8, 0.6], "toaster": [0.1, 0.99]}
    crafted: Any = SimpleNamespace(text_features=lambda texts: torch.tensor([features[text] for text in texts]))
    captions = ["a fox and a toaster", "a snowy fox", "a toaster", "the"]
    expected = ["a fox", "a snowy fox", "a toaster", "the"]
    assert filter_words(crafted, "a fox in snow", captions, 0.5) == expected


def test_features_have_length_one(backbone: SDXLBackbone) -> None:
    with torch.inference_mode():
        features = backbone.text_features(["a fox", "a hat"])
    torch.testing.assert_close(features.norm(dim=-1), torch.ones(2))


def test_micro_conditioning(backbone: SDXLBackbone) -> None:
    """Original size, top left of the crop, size of the target: heights first."""
    ids = backbone.time_ids(Size(128, 192), Box(8, 16, 72, 80))
    assert ids.tolist() == pytest.approx([128, 192, 8, 16, 64, 64])
