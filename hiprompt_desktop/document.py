"""What the window shows and edits: the wish of the left panel, phases, captions and the selection (no Qt)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from hiprompt_core.geometry import Patch, Size
from hiprompt_core.request import DEFAULT_NEGATIVE_PROMPT, DEFAULT_PRESET, PRESETS, GenerationRequest

SAMPLE_PROMPTS = (
    "a fox and a tree, a green meadow",
    "a sailboat and the moon, a night sea",
    "an astronaut and a rocket, a night sky",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the left panel says; becomes a request when the user presses Generate."""

    prompt: str
    negative_prompt: str = DEFAULT_NEGATIVE_PROMPT
    size: Size
    preset: str = DEFAULT_PRESET
    seed: int = 3407
    seed_locked: bool = False
    model: Path
    captioner: Path | None

    def request(self, output: Path) -> GenerationRequest:
        """The request as the core wants it.

        Raises:
            InvalidRequest: a value is outside of its range.
        """
        options = PRESETS.get(self.preset, PRESETS[DEFAULT_PRESET])
        if self.captioner is None:
            options = replace(options, captions=False)
        return GenerationRequest(
            prompt=self.prompt.strip(),
            negative_prompt=self.negative_prompt.strip(),
            size=self.size,
            seed=self.seed,
            options=options,
            model=self.model,
            captioner=self.captioner if options.captions else None,
            output=output,
        )


def picture_folder(pictures: Path, request: GenerationRequest) -> Path:
    """A readable folder of the request's own; the same request always has the same."""
    words = re.findall(r"[^\W_]+", request.prompt.lower())
    slug = "-".join(words)[:40].rstrip("-") or "picture"
    return pictures / f"{slug}-{request.seed}-{request.digest()[:8]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One round of the picture; ``path`` is none until it is finished."""

    number: int
    size: Size
    patches: tuple[Patch, ...] = ()
    captions: tuple[str | None, ...] = ()
    """What each patch says now; none: not described yet."""
    described: tuple[str | None, ...] = ()
    """What the captioner said."""
    path: Path | None = None

    @property
    def finished(self) -> bool:
        return self.path is not None

    def caption(self, index: int) -> str | None:
        return self.captions[index] if index < len(self.captions) else None

    def edited(self, index: int) -> bool:
        """Whether somebody changed what the captioner said."""
        return bool(self.captions) and self.captions[index] != self.described[index]

    def with_caption(self, index: int, text: str | None) -> Phase:
        return replace(self, captions=_replaced(self.captions, index, text))

    def with_description(self, index: int, text: str) -> Phase:
        """The captioner described a patch."""
        return replace(
            self,
            captions=_replaced(self.captions, index, text),
            described=_replaced(self.described, index, text),
        )


def _replaced(values: tuple[str | None, ...], index: int, value: str | None) -> tuple[str | None, ...]:
    return (*values[:index], value, *values[index + 1 :])


@dataclass(kw_only=True, slots=True)
class Document:
    """The picture in the making or at hand."""

    folder: Path | None = None
    phases: dict[int, Phase] = field(default_factory=dict)
    """Finished phases and the one in work, by number."""
    phase_count: int = 0
    shown: int | None = None
    """The phase whose grid and captions lie over the picture."""
    selected: int | None = None
    """The selected patch of the shown phase."""

    @property
    def shown_phase(self) -> Phase | None:
        return self.phases.get(self.shown) if self.shown is not None else None

    def last_finished(self, at_most: int | None = None) -> int | None:
        """The newest finished phase, not beyond ``at_most``."""
        numbers = [n for n, phase in self.phases.items() if phase.finished and (at_most is None or n <= at_most)]
        return max(numbers, default=None)
