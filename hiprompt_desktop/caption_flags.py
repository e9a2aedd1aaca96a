"""What may be wrong with a caption, and how near it is to the prompt (no Qt)."""

from __future__ import annotations

from enum import Enum, auto

from hiprompt_core.captions import content_words, word_overlap
from hiprompt_core.token_counter import TokenCounter
from hiprompt_desktop.document import Phase

SCENERY = 2
"""Content words up to which neighbours may share a caption: "a pale sky" goes on, "a cat, green grass" is two cats."""
AGREEMENT = 0.34
"""Share of a caption's words that must be seen in the drawn patch: a third, for captioners choose other words."""


class Flag(Enum):
    EMPTY = auto()
    TOO_LONG = auto()
    LIKE_PROMPT = auto()
    LIKE_NEIGHBOUR = auto()
    UNSEEN = auto()


def flags(phase: Phase, index: int, prompt: str, tokens: int | None = None, limit: int | None = None) -> list[Flag]:
    """Reasons to look at a caption again; none for a patch that is not described yet.

    Args:
        tokens: of the caption, none while nobody has counted them.
        limit: tokens that the encoder reads at once.
    """
    caption = phase.captions[index]
    if caption.text is None:
        return []
    text = plain(caption.text)
    found = []
    if not text:
        found.append(Flag.EMPTY)
    if tokens is not None and limit is not None and tokens > limit:
        found.append(Flag.TOO_LONG)
    if text and text == plain(prompt):
        found.append(Flag.LIKE_PROMPT)
    repeated = any(plain(phase.caption(other) or "") == text for other in _before(phase, index))
    if repeated and len(content_words(text)) > SCENERY:
        found.append(Flag.LIKE_NEIGHBOUR)
    if text and caption.seen is not None and word_overlap(text, caption.seen) < AGREEMENT:
        found.append(Flag.UNSEEN)
    return found


def plain(text: str) -> str:
    """Without what does not change the meaning: capitals, spaces, a full stop."""
    return " ".join(text.lower().split()).rstrip(".")


def shared_with_prompt(caption: str, prompt: str) -> tuple[int, int]:
    """How many of a caption's distinct content words the prompt has too, and how many there are."""
    words = content_words(caption)
    known = set(content_words(prompt))
    return sum(word in known for word in words), len(words)


def shared_words(texts: list[str]) -> list[str]:
    """Content words that all texts have, in the order of the first."""
    first, *others = texts
    known = [set(content_words(text)) for text in others]
    return [word for word in content_words(first) if all(word in words for words in known)]


def _before(phase: Phase, index: int) -> list[int]:
    """The patches on the left and above: of equal neighbours only the later one is flagged."""
    here, columns = phase.patches[index], phase.patches[-1].column + 1
    left = [index - 1] if here.column else []
    return [*left, index - columns] if here.row else left


class Review:
    """Flags of a phase's captions, found once for each state that they are in."""

    def __init__(self) -> None:
        self._state: tuple[Phase, str, TokenCounter | None] | None = None
        self._flags: tuple[tuple[Flag, ...], ...] = ()

    def flags(self, phase: Phase, prompt: str, counter: TokenCounter | None) -> tuple[tuple[Flag, ...], ...]:
        """For each patch."""
        state = (phase, prompt, counter)
        if self._state is None or any(a is not b for a, b in zip(state, self._state, strict=True)):
            self._state = state
            self._flags = tuple(self._of(phase, index, prompt, counter) for index in range(len(phase.captions)))
        return self._flags

    def _of(self, phase: Phase, index: int, prompt: str, counter: TokenCounter | None) -> tuple[Flag, ...]:
        text = phase.caption(index)
        tokens = counter.count(text) if counter is not None and text is not None else None
        return tuple(flags(phase, index, prompt, tokens, counter.limit if counter is not None else None))
