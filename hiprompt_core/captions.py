"""Captions as text: clean-up, word filter, cache keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from PIL import Image

from hiprompt_core.prompt_syntax import plain_text

_PREAMBLE = re.compile(
    r"^\s*(?:(?:in|on) )?(?:this|the|an|a)\s+(?:close-?up\s+)?(?:part of the\s+)?"
    r"(?:image|picture|photo|photograph|patch|crop|part|section|illustration)(?:\s+of the (?:image|picture))?"
    r"(?:\s+(?:shows|features|depicts|displays|captures|contains|is of|is|you can see))?(?:\s+of)?\s*[,:]?\s+",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'-]+")
FUNCTION_WORDS = frozenset(
    {"a", "an", "the", "and", "or", "of", "in", "on", "at", "to", "with", "by", "from", "for", "into", "over", "under"}
    | {"near", "is", "are", "was", "it", "its", "this", "that", "there"}
)


def clean_caption(text: str) -> str:
    """One line without quotes, repeated sentences and openings like "The image shows"; words are never cut."""
    text = re.sub(r"\s+", " ", text).strip().strip("\"'").strip()
    text = _PREAMBLE.sub("", text, count=1)
    sentences = [sentence.strip() for sentence in re.split(r"(?<=[.!?])\s+", text)]
    return " ".join(dict.fromkeys(sentence for sentence in sentences if sentence)).rstrip(".").strip()


def content_words(caption: str) -> list[str]:
    """Distinct words that carry meaning, in order; weights and other syntax are no words."""
    words = (word.lower() for word in _WORD.findall(plain_text(caption)))
    return list(dict.fromkeys(word for word in words if word not in FUNCTION_WORDS))


def drop_words(caption: str, similarities: Sequence[float], share: float) -> str:
    """The caption without words that have little to do with the prompt (HiPrompt's word filter).

    Args:
        similarities: of each of ``content_words(caption)`` to the prompt.
        share: a word goes when its similarity is under this share of the best word's.
    """
    words = content_words(caption)
    if not words:
        return caption
    floor = share * max(similarities)
    dropped = {word for word, similarity in zip(words, similarities, strict=True) if similarity < floor}
    kept = _WORD.sub(lambda match: "" if match.group().lower() in dropped else match.group(), caption)
    return without_loose_ends(kept)


def without_loose_ends(text: str) -> str:
    """Remove articles, conjunctions and commas that lost the word they belong to."""
    tokens = re.findall(r"[\w'-]+|[^\w\s]", text)
    kept: list[str] = []
    for token in reversed(tokens):
        loose = not kept or kept[-1] in {",", ".", ";", "and", "or"}
        if loose and (token.lower() in FUNCTION_WORDS or token in {",", ";"}):
            continue
        kept.append(token)
    while kept and (kept[-1].lower() in {"and", "or", "of", "with"} or not _WORD.fullmatch(kept[-1])):
        kept.pop()
    return re.sub(r"\s+([^\w\s])", r"\1", " ".join(reversed(kept)))


def dropped_words(before: str, after: str) -> tuple[str, ...]:
    """Words that carry meaning and were lost from one wording to the next."""
    kept = set(content_words(after))
    return tuple(word for word in content_words(before) if word not in kept)


def word_overlap(text: str, other: str) -> float:
    """Share of a text's distinct content words that the other text has too, 0 to 1; 1 for a text without any.

    A plain measure that needs no model: other forms of a word and synonyms count as other words.
    """
    words = content_words(text)
    return 1 - len(dropped_words(text, other)) / len(words) if words else 1.0


def cache_key(crop: Image.Image, question: str, captioner_hash: str) -> str:
    """Names the answer to one question about one crop by one captioner."""
    digest = hashlib.sha256(f"{crop.size}\n{question}\n{captioner_hash}\n".encode())
    digest.update(crop.tobytes())
    return digest.hexdigest()
