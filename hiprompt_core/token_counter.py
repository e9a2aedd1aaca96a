"""Counts the tokens of a text as a model's text encoder does, without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiprompt_core.errors import HiPromptError, ModelCorrupt
from hiprompt_core.model_files import sdxl_configs
from hiprompt_core.own_words import PRIVATE, count_vectors, spelt
from hiprompt_core.prompt_chunks import chunks, count_tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL = 2
"""Start and end, which take two places."""
_MARK = chr(PRIVATE)
"""Stands for any vector of the user's own words: to be counted, they need not be told apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenCounter:
    """The tokenizer of one model."""

    model: Path
    limit: int
    """Tokens that the encoder reads at once."""
    tokenizer: Tokenizer
    embeddings: Mapping[str, Path] = field(default_factory=dict)
    """File of each word of the user's own."""
    words: Mapping[str, str] = field(default_factory=dict)
    """As many marks for each of them as its file has vectors."""

    def with_embeddings(self, embeddings: Mapping[str, Path]) -> TokenCounter:
        """The same with other words; one whose file cannot be used, which a plan tells, is read as letters."""
        words = {}
        for word, file in embeddings.items():
            with suppress(HiPromptError):
                words[word] = _MARK * count_vectors(file)
        return replace(self, embeddings=dict(embeddings), words=words)

    def count(self, text: str) -> int:
        """Of a prompt or caption without its syntax, as the backbone counts them."""
        return _count(self.tokenizer, spelt(text, self.words))

    def chunks(self, text: str) -> int:
        """How many times the encoder reads, at least once."""
        return len(chunks(spelt(text, self.words), lambda part: _ids(self.tokenizer, part), self.limit))


@lru_cache(maxsize=4096)
def _count(tokenizer: Tokenizer, text: str) -> int:
    return count_tokens(text, lambda part: _ids(tokenizer, part))


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def load_token_counter(model: Path) -> TokenCounter:
    """Read the tokenizer of a model, a single file's from what comes along; meant for a worker thread.

    Raises:
        ModelCorrupt: it cannot be read.
    """
    folder = (sdxl_configs() if model.is_file() else model) / "tokenizer"
    try:
        config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        limit = int(config["model_max_length"]) - SPECIAL
        tokenizer = _load(folder)
        tokenizer.add_tokens([_mark()])
        return TokenCounter(model=model, limit=limit, tokenizer=tokenizer)
    except Exception as error:  # the library raises plain Exception for a file that it cannot read
        raise ModelCorrupt(f"The tokenizer in {folder} cannot be read ({error}).", "Get the model again.") from error


def _mark() -> Any:
    from tokenizers import AddedToken

    return AddedToken(_MARK, normalized=False)


def _load(folder: Path) -> Tokenizer:
    """From one file, or from the two files of CLIP's original layout, which SDXL comes with."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    if (folder / "tokenizer.json").is_file():
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = models.BPE.from_file(
        str(folder / "vocab.json"),
        str(folder / "merges.txt"),
        unk_token="<|endoftext|>",
        continuing_subword_prefix="",
        end_of_word_suffix="</w>",
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False),
        ]
    )
    return tokenizer
