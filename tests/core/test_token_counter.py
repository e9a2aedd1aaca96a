"""Tokens, counted without torch; beside the models themselves in test_prompts and test_additions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hiprompt_core.errors import ModelCorrupt, ModelUnsupported
from hiprompt_core.model_files import demo_model
from hiprompt_core.own_words import count_vectors
from hiprompt_core.token_counter import load_token_counter
from tests.core.library.trees import write_weights


@pytest.mark.parametrize("text", ["a fox and a tree, a green meadow", "A Fox's  den no. 12", "", "wörd — ok 😀"])
def test_tokens_are_counted_alike_from_both_layouts_of_a_tokenizer(tmp_path: Path, text: str) -> None:
    shutil.copytree(demo_model() / "tokenizer", tmp_path / "tokenizer")
    (tmp_path / "tokenizer/tokenizer.json").unlink()
    one, two = load_token_counter(demo_model()), load_token_counter(tmp_path)
    assert one.limit == two.limit == 75
    assert one.count(text) == two.count(text)
    assert (one.count(text) > 0) == bool(text)


def test_a_damaged_tokenizer_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="tokenizer"):
        load_token_counter(tmp_path)


def test_a_single_file_counts_as_sdxl_does(tmp_path: Path) -> None:
    (tmp_path / "painter.safetensors").write_bytes(b"")
    counter = load_token_counter(tmp_path / "painter.safetensors")
    assert (counter.limit, counter.count("a photo of a cat")) == (75, 5)


@pytest.mark.parametrize(
    ("shapes", "vectors"),
    [({"clip_l": (8, 768), "clip_g": (8, 1280)}, 8), ({"emb_params": (3, 768)}, 3), ({"<word>": (768,)}, 1)],
)
def test_the_vectors_of_a_word(tmp_path: Path, shapes: dict[str, tuple[int, ...]], vectors: int) -> None:
    assert count_vectors(write_weights(tmp_path / "word.safetensors", shapes)) == vectors


def test_a_file_without_an_embedding_has_no_vectors(tmp_path: Path) -> None:
    with pytest.raises(ModelUnsupported, match="no embedding"):
        count_vectors(write_weights(tmp_path / "lora.safetensors", {"a": (2, 3), "b": (2, 3)}))
