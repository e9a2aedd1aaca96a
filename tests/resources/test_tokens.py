"""Nothing that a user types is lost, and the world's words are whole."""

from pathlib import Path

import pytest

from resources.demo_world.tokens import (
    PROMPT_LENGTH,
    build_chat_tokenizer,
    build_prompt_tokenizer,
    save_prompt_tokenizer,
)
from resources.demo_world.vocabulary import NOUNS


def test_each_word_of_the_world_is_one_token() -> None:
    tokenizer = build_prompt_tokenizer()
    for noun in NOUNS:
        assert len(tokenizer(noun)["input_ids"]) == 2 + len(noun.split())


@pytest.mark.parametrize("text", ["Zürich", "🦊", "日本", "q#%&", "supercalifragilistic"])
def test_any_text_has_tokens(text: str) -> None:
    ids = build_prompt_tokenizer()(text)["input_ids"]
    assert len(ids) > 2
    assert build_chat_tokenizer().decode(build_chat_tokenizer()(text)["input_ids"]) == text


def test_the_end_token_is_the_highest(tmp_path: Path) -> None:
    tokenizer = build_prompt_tokenizer()
    assert tokenizer.eos_token_id == len(tokenizer) - 1
    assert tokenizer.model_max_length == PROMPT_LENGTH
    save_prompt_tokenizer(tokenizer, tmp_path)
    assert {"vocab.json", "merges.txt", "tokenizer.json"} <= {file.name for file in tmp_path.iterdir()}
