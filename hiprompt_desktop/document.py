"""What the window shows and edits: the wish of the left panel, phases, captions and the selection (no Qt)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count
from pathlib import Path

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.fitting import fitting_options
from hiprompt_core.geometry import Patch, Size
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.options import DEFAULT_PRESET, PRESETS
from hiprompt_core.request import (
    DEFAULT_NEGATIVE_PROMPT,
    DEFAULT_QUESTION,
    NO_ADDITIONS,
    Additions,
    CaptionerPrecision,
    CaptionSource,
    ControlNet,
    GenerationRequest,
)
from hiprompt_core.styles import STYLES, Style, read_styles
from hiprompt_core.wildcards import Wildcards

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
    strength: float | None = None
    """Of the later phases; none: as the preset has it, or the model wants it."""
    seed: int = 3407
    seed_locked: bool = False
    review_captions: bool = False
    """Let each phase wait until its captions are reviewed."""
    model: Path
    captioner: Path | None
    """None when ``caption_source`` is another one."""
    additions: Additions = NO_ADDITIONS
    controlnet: ControlNet | None = None
    upscaler: Path | None = None
    captioner_precision: CaptionerPrecision = "auto"
    caption_source: CaptionSource = "captioner"
    question: str = DEFAULT_QUESTION
    style: str = ""
    """Name of one of ``styles``; empty, or a name that is not known: none."""
    styles_file: Path | None = None
    """Where the user's own styles are, as JSON or A1111's ``styles.csv``."""
    wildcards: Path | None = None
    """Folder of the files that ``__name__`` in a prompt is taken from."""
    base_image: Path | None = None
    """A picture of the user's own to start from."""
    base_size: Size | None = None
    """How large that is."""

    @property
    def describes(self) -> bool:
        """Whether patches get captions."""
        spoken_for = self.captioner is not None or self.caption_source != "captioner"
        return spoken_for and PRESETS.get(self.preset, PRESETS[DEFAULT_PRESET]).captions

    @property
    def untold(self) -> bool:
        """Whether the captioner has to say first what the own picture shows."""
        return self.base_image is not None and self.captioner is not None and not self.prompt.strip()

    @property
    def styles(self) -> tuple[Style, ...]:
        """All that can be wished for; a file that cannot be read now offers none."""
        try:
            return (*STYLES, *own_styles(self.styles_file))
        except InvalidRequest:
            return STYLES

    def styled(self) -> tuple[str, str]:
        """The prompt and the negative prompt in the wished style, choices not made yet."""
        texts = self.prompt.strip(), self.negative_prompt.strip()
        style = next((style for style in reversed(self.styles) if style.name == self.style), None)
        return style.apply(*texts) if style and texts[0] else texts

    def texts(self) -> tuple[str, str]:
        """The prompt and the negative prompt that a model is told: styled, every choice made by the seed.

        Raises:
            InvalidRequest: a wildcard cannot be resolved, or the file of styles cannot be read.
        """
        if self.style:
            own_styles(self.styles_file)
        wildcards = Wildcards(self.seed, self.wildcards)
        prompt, negative_prompt = (wildcards.resolve(text) for text in self.styled())
        return prompt, negative_prompt

    def request(self, output: Path, facts: ModelFacts | None = None) -> GenerationRequest:
        """The request as the core wants it.

        Args:
            facts: of the model; the options of the preset follow it.

        Raises:
            InvalidRequest: a value is outside of its range, or a wildcard cannot be resolved.
        """
        if self.untold:
            raise InvalidRequest("Nobody has said yet what the picture shows.", "Say it, or generate one at a time.")
        options = PRESETS.get(self.preset, PRESETS[DEFAULT_PRESET])
        if not self.describes:
            options = replace(options, captions=False)
        options = fitting_options(options, facts, self.additions)
        if self.strength is not None:
            options = replace(options, strength=self.strength)
        prompt, negative_prompt = self.texts()
        return GenerationRequest(
            prompt=prompt,
            negative_prompt=negative_prompt,
            size=self.size,
            seed=self.seed,
            options=options,
            model=self.model,
            additions=self.additions,
            controlnet=self.controlnet,
            upscaler=self.upscaler,
            captioner=self.captioner if options.captions else None,
            captioner_precision=self.captioner_precision if options.captions and self.captioner else "auto",
            caption_source=self.caption_source if options.captions else "captioner",
            question=self.question.strip() or DEFAULT_QUESTION,
            base_image=self.base_image,
            base_size=self.base_size,
            output=output,
        )


def own_styles(file: Path | None) -> tuple[Style, ...]:
    """The styles of a file, read again when it was changed; of none: none.

    Raises:
        InvalidRequest: it cannot be read, or holds none.
    """
    if file is None:
        return ()
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        changed = 0
    return _styles_of(file, changed)


@lru_cache(maxsize=4)
def _styles_of(file: Path, changed: int) -> tuple[Style, ...]:  # noqa: ARG001
    return read_styles(file)


def picture_folder(pictures: Path, request: GenerationRequest) -> Path:
    """A readable folder of the request's own: the same request has the same, so that it goes on from what is there.

    A picture whose captions were corrected on the way stands in the folder of the request that it began with; that
    request, made once more, gets another one.
    """
    words = re.findall(r"[^\W_]+", request.prompt.lower())
    slug = "-".join(words)[:40].rstrip("-") or "picture"
    name = f"{slug}-{request.seed}-{request.digest()[:8]}"
    own = request.to_dict()["own_captions"]
    candidates = (pictures / (f"{name}-{number}" if number > 1 else name) for number in count(1))
    return next(folder for folder in candidates if _stored_captions(folder) in (None, own))


def _stored_captions(folder: Path) -> object:
    """The own captions of the request that a folder holds; none when it holds no request."""
    try:
        return json.loads((folder / "request.json").read_bytes()).get("own_captions", {})
    except (OSError, ValueError, AttributeError):
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Caption:
    """What one patch says, and how it came to it."""

    text: str | None = None
    """None: not described yet."""
    described: str | None = None
    """What the captioner said last; none: it was not asked."""
    original: str | None = None
    """What a run gets from its captioner by itself; another text is part of the request."""
    dropped: tuple[str, ...] = ()
    """Words of the captioner's that the word filter took out."""
    locked: bool = False
    """Nothing changes it until it is unlocked."""
    stale: bool = False
    """The picture that it describes has changed since."""
    seen: str | None = None
    """What the captioner sees in the drawn patch; none: not checked, or drawn again since."""

    @property
    def edited(self) -> bool:
        """Whether somebody changed what the captioner said."""
        return self.text != self.described

    def said(self, text: str) -> Caption:
        """In a person's words."""
        return replace(self, text=text, stale=False)

    def heard(self, text: str, dropped: tuple[str, ...] = ()) -> Caption:
        """In the captioner's words."""
        return replace(self, text=text, described=text, dropped=dropped, stale=False)

    @classmethod
    def of_run(cls, text: str, dropped: tuple[str, ...] = (), own: bool = False) -> Caption:
        """As a run tells it, whether in the captioner's words or in the request's own."""
        return cls(text=text) if own else cls(text=text, described=text, original=text, dropped=dropped)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phase:
    """One round of the picture; ``path`` is none until it is finished."""

    number: int
    size: Size
    patches: tuple[Patch, ...] = ()
    captions: tuple[Caption, ...] = ()
    """One for each patch."""
    path: Path | None = None

    @property
    def finished(self) -> bool:
        return self.path is not None

    @property
    def described(self) -> bool:
        """Whether every patch says something."""
        return bool(self.captions) and all(caption.text is not None for caption in self.captions)

    @property
    def editable(self) -> bool:
        """Whether its captions are complete, so that changing one means something."""
        return bool(self.patches) and (self.finished or self.described)

    def caption(self, index: int) -> str | None:
        return self.captions[index].text if index < len(self.captions) else None

    def with_captions(self, changes: Mapping[int, Caption]) -> Phase:
        return replace(self, captions=tuple(changes.get(i, caption) for i, caption in enumerate(self.captions)))

    def own_words(self) -> dict[int, str]:
        """Captions that a run would not get by itself, as a request takes them."""
        return {
            i: (caption.text or "").strip()
            for i, caption in enumerate(self.captions)
            if caption.text != caption.original or caption.stale  # of a stale one a run would say something else
        }

    def written_words(self) -> dict[int, str]:
        """Captions that somebody wrote, or locked."""
        return {
            i: (caption.text or "").strip()
            for i, caption in enumerate(self.captions)
            if caption.text is not None and (caption.edited or caption.locked)
        }

    def neighbours(self, index: int) -> list[int]:
        """Patches whose cells touch this one's, corners included."""
        here = self.patches[index]
        return [
            patch.index
            for patch in self.patches
            if patch.index != index and abs(patch.row - here.row) <= 1 and abs(patch.column - here.column) <= 1
        ]


@dataclass(kw_only=True, slots=True)
class Document:
    """The picture in the making or at hand."""

    folder: Path | None = None
    request: GenerationRequest | None = None
    """What the picture was asked to be."""
    phases: dict[int, Phase] = field(default_factory=dict)
    """Finished phases and the one in work, by number."""
    phase_count: int = 0
    waiting: int | None = None
    """The phase that is described but not drawn, until its captions are reviewed."""
    shown: int | None = None
    """The phase whose grid and captions lie over the picture."""
    current: int | None = None
    """The patch of the shown phase that keys act on; mostly one of the selection."""
    selection: frozenset[int] = frozenset()
    """The selected patches of the shown phase."""

    @property
    def shown_phase(self) -> Phase | None:
        return self.phases.get(self.shown) if self.shown is not None else None

    @property
    def complete(self) -> bool:
        return 0 < self.phase_count == self.last_finished()

    def last_finished(self, at_most: int | None = None) -> int | None:
        """The newest finished phase, not beyond ``at_most``."""
        numbers = [n for n, phase in self.phases.items() if phase.finished and (at_most is None or n <= at_most)]
        return max(numbers, default=None)

    def redrawn(self, number: int, patches: Iterable[int]) -> dict[int, dict[int, Caption]]:
        """Captions by phase and patch once patches are drawn again: checks of them are void, and captions of the
        next phase describe the past."""
        phase = self.phases[number]
        redrawn = [phase.patches[index] for index in patches]
        fresh = {patch.index: replace(phase.captions[patch.index], stale=False, seen=None) for patch in redrawn}
        after = {number: fresh}
        later = self.phases.get(number + 1)
        if later is not None and later.captions:
            cells = [patch.cell.scaled(phase.size, later.size) for patch in redrawn]
            after[number + 1] = {
                patch.index: replace(later.captions[patch.index], stale=True)
                for patch in later.patches
                if any(patch.window.meets(cell) for cell in cells)
            }
        return after
