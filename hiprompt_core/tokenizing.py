"""Whether a tokenizer that was loaded is the one of its model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelCorrupt
from hiprompt_core.weight_header import AGAIN

FEWEST = 0.1
"""Of the words that a model reads; tokenizers without a vocabulary know a hundred marks at most."""
MARKS = 2
"""Start and end of a text, which CLIP's tokenizers write around it."""


def require_words(place: Path, tokenizer: Any, model: Any) -> None:
    """Refuse a tokenizer that knows next to nothing of what its model reads.

    Args:
        place: of the tokenizer, for the error.

    Raises:
        ModelCorrupt: it has lost its vocabulary.
    """
    known, read = len(tokenizer), getattr(model.config.get_text_config(), "vocab_size", 0)
    if known < FEWEST * read:
        raise ModelCorrupt(f"The tokenizer in {place} knows {known} words of {read}.", AGAIN)


def fit_tokenizer(place: Path, tokenizer: Any, encoder: Any) -> None:
    """Let a tokenizer write what its text encoder reads at once, whatever its config says or leaves out.

    Args:
        place: of the tokenizer, for the error.
        tokenizer: is changed.

    Raises:
        ModelCorrupt: it has lost its vocabulary.
    """
    require_words(place, tokenizer, encoder)
    most = getattr(encoder.config, "max_position_embeddings", None)  # none: T5, which knows no positions
    length = tokenizer.model_max_length
    if most and not (isinstance(length, int) and MARKS < length <= most):
        tokenizer.model_max_length = most
