"""Texts to embeddings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from hiprompt_core import GenerationRequest
from hiprompt_core.families.backbone import Embeddings
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.geometry import Box, Size
from hiprompt_core.prompt_syntax import plain_text
from hiprompt_core.prompts import drive, embed_prompts, filter_words, too_long
from hiprompt_core.token_counter import load_token_counter

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


def embed(backbone: SDXLBackbone, *texts: str) -> Embeddings:
    with torch.inference_mode():
        return backbone.encode_prompts(texts)


@pytest.mark.parametrize("text", ["a (fox:1) in snow", "[(a fox)] in snow", r"a fox (in snow:1.0)"])
def test_a_weight_of_1_changes_no_bit(backbone: SDXLBackbone, text: str) -> None:
    """Not even beside a text with weights."""
    plain, weighted = embed(backbone, "a fox in snow", "a (hat:1.5)"), embed(backbone, text, "a (hat:1.5)")
    assert all(torch.equal(one, other) for one, other in zip(plain, weighted, strict=True))
    alone = embed(backbone, "a fox in snow", "a hat").take([0])
    assert all(torch.equal(one, other) for one, other in zip(plain.take([0]), alone, strict=True))


def test_a_weight_over_1_moves_its_tokens_away_from_the_empty_text(backbone: SDXLBackbone) -> None:
    empty, plain, weighted = embed(backbone, "", "a fox in snow", "a (fox:1.5) in snow").prompt_embeds
    expected = plain.clone()
    expected[2] = empty[2] + 1.5 * (plain[2] - empty[2])
    torch.testing.assert_close(weighted, expected)


def test_a_word_of_weight_0_is_gone_from_all_tokens(backbone: SDXLBackbone) -> None:
    fox, blue = embed(backbone, "a (fox:0) in snow", "a (blue:0) in snow").prompt_embeds
    torch.testing.assert_close(fox, blue, rtol=1e-4, atol=1e-5)
    pooled = embed(backbone, "a (fox:0) in snow", "a (blue:0) in snow", "a fox in snow").pooled_prompt_embeds
    torch.testing.assert_close(pooled[0], pooled[1], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(pooled[0], pooled[2], rtol=1e-3, atol=1e-4)


def test_smaller_weights_lead_further_away(backbone: SDXLBackbone) -> None:
    plain, *weaker = embed(backbone, "a fox", "a (fox:0.9)", "a (fox:0.6)", "a (fox:0.3)", "a (fox:0)").prompt_embeds
    distances = [float((text - plain).norm()) for text in weaker]
    assert distances == sorted(distances)
    assert distances[0] > 0


def test_weights_reach_every_chunk(backbone: SDXLBackbone) -> None:
    long, weighted = embed(backbone, LONG, LONG.removesuffix("square") + "(square:1.4)").prompt_embeds
    assert torch.equal(long[:77], weighted[:77])
    assert not torch.equal(long[-77:], weighted[-77:])


def test_break_begins_a_chunk(backbone: SDXLBackbone) -> None:
    fox, hat = embed(backbone, "a fox", "a hat").prompt_embeds
    both = embed(backbone, "a fox BREAK a hat")
    torch.testing.assert_close(both.prompt_embeds[0], torch.cat([fox, hat]), rtol=1e-4, atol=1e-5)
    first = embed(backbone, "a fox", "a hat").take([0]).pooled_prompt_embeds
    torch.testing.assert_close(both.pooled_prompt_embeds, first, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("text", ["a ((red:1.3) fox)", r"\(a fox\)", "a fox BREAK a hat", "(a", LONG, ""])
def test_the_windows_counter_agrees(backbone: SDXLBackbone, model: Path, text: str) -> None:
    tokens = backbone.tokenizers[0](plain_text(text), add_special_tokens=False, verbose=False).input_ids
    assert load_token_counter(model).count(text) == backbone.token_count(text) == len(tokens)


def test_brackets_of_a_captioner_weigh_nothing(
    backbone: SDXLBackbone, make_request: Callable[..., GenerationRequest]
) -> None:
    request = make_request(prompt="a (red:1.3) fox")
    assert drive(backbone, request, ["a sign (old)", "", "[x] BREAK"]) == [
        r"a sign \(old\)",
        "a (red:1.3) fox",
        r"\[x\] break",
    ]


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
