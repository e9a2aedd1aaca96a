"""From the prompt and the patches' captions to embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hiprompt_core.captions import content_words, drop_words
from hiprompt_core.families.backbone import Backbone, Embeddings
from hiprompt_core.prompt_syntax import escape, plain_text
from hiprompt_core.request import GenerationRequest


@dataclass(frozen=True, kw_only=True)
class PromptHierarchy:
    """Embeddings of every text of a phase, each distinct text once.

    Row 0 is the negative prompt, row 1 the prompt; ``patch_rows`` gives the row of each patch's caption.
    """

    embeddings: Embeddings
    patch_rows: tuple[int, ...]

    def rows(self, condition: str, patches: Sequence[int]) -> list[int]:
        """Rows for one condition (``uncond``, ``global`` or ``patch``) of views that belong to ``patches``."""
        if condition == "patch":
            return [self.patch_rows[patch] for patch in patches]
        return [0 if condition == "uncond" else 1] * len(patches)


def embed_prompts(backbone: Backbone, prompt: str, negative_prompt: str, captions: Sequence[str]) -> PromptHierarchy:
    """Embed all texts of a phase; without captions the prompt stands for every patch."""
    distinct = [text for text in dict.fromkeys(captions) if text != prompt]
    row = {prompt: 1, **{text: 2 + place for place, text in enumerate(distinct)}}
    embeddings = backbone.encode_prompts([negative_prompt, prompt, *distinct])
    return PromptHierarchy(embeddings=embeddings, patch_rows=tuple(row[caption] for caption in captions))


def filter_words(backbone: Backbone, prompt: str, captions: Sequence[str], share: float) -> list[str]:
    """Captions without words that have little to do with the prompt, by the second text encoder's similarity."""
    words = list(dict.fromkeys(word for caption in captions for word in content_words(caption)))
    if not words:
        return list(captions)
    features = backbone.text_features([plain_text(prompt), *words])
    similarity = dict(zip(words, (features[1:] @ features[0]).tolist(), strict=True))
    return [drop_words(text, [similarity[word] for word in content_words(text)], share) for text in captions]


def drive(backbone: Backbone, request: GenerationRequest, captions: Sequence[str]) -> list[str]:
    """What drives the patches: their captions without filtered words; the prompt where nothing is left.

    A captioner writes plain text: its brackets are escaped, so that they weigh nothing.
    """
    share = request.options.word_filter
    if share is not None:
        captions = filter_words(backbone, request.prompt, captions, share)
    return [escape(caption) or request.prompt for caption in captions]


def too_long(backbone: Backbone, texts: Sequence[str]) -> list[str]:
    """Texts that the encoder takes only in pieces."""
    return [text for text in dict.fromkeys(texts) if backbone.token_count(text) > backbone.token_limit]
