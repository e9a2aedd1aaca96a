"""What a user asks for: requests, validated when they are made, serialisable as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from hiprompt_core.checked import Json, check, check_choice, check_count, check_prompt, check_range
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import LARGEST_SIDE, SMALLEST_SIDE, Size
from hiprompt_core.options import DEFAULT_PRESET, PRESETS, Options

Precision = Literal["auto", "float32", "bfloat16", "float16", "float8"]
CaptionerPrecision = Literal["auto", "8bit", "4bit"]
CaptionSource = Literal["captioner", "own", "attention"]

DEFAULT_NEGATIVE_PROMPT = "blurry, ugly, duplicate, poorly drawn, deformed, mosaic"
DEFAULT_QUESTION = "Describe this part of the picture in one short sentence."
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Additions(Json):
    """Files that change a model without being one.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    loras: dict[Path, float] = field(default_factory=dict)
    """Weight of each LoRA file; 1 is what its maker meant, negative ones turn it around."""
    embeddings: dict[str, Path] = field(default_factory=dict)
    """File of each word of a textual inversion, as it stands in prompts and captions."""
    vae: Path | None = None
    """In place of the model's own: a folder in the diffusers layout or a .safetensors file."""

    def __post_init__(self) -> None:
        for path, weight in self.loras.items():
            number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
            check(number and -10 <= weight <= 10, f"the weight of {path.name}", weight, "a number from -10 to 10")
        for word in self.embeddings:
            check(word.isprintable() and bool(word) and not set(word) & set(" <>"), "the word", word, "one word")

    @property
    def files(self) -> list[Path]:
        """Everything that is read, in an order that does not depend on that of the user's choices."""
        embeddings = [self.embeddings[word] for word in sorted(self.embeddings)]
        return [*sorted(self.loras), *embeddings, *([self.vae] if self.vae else [])]


NO_ADDITIONS = Additions()


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlNet(Json):
    """A ControlNet for tiles, which holds the views of later phases to the guide (2302.05543).

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    path: Path
    """A folder in the diffusers layout or a .safetensors file."""
    weight: float = 1.0
    """How strongly it holds; at 0 it is left out."""
    end: float = 1.0
    """Share of a phase's steps after which it lets go; above 0, it holds the first step at least."""

    def __post_init__(self) -> None:
        check_range(self, 0, 2, "weight")
        check_range(self, 0, 1, "end")

    def holds(self, step: int, steps: int) -> bool:
        """Whether it works in a step, counted from 0, of the ``steps`` that run."""
        if self.weight == 0 or self.end == 0:
            return False
        # In diffusers an early end leaves it out of a phase of one or two steps altogether.
        return step == 0 or (step + 1) / steps <= self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class Trunk(Json):
    """What a picture branches off: the first phases of another one.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    request: GenerationRequest
    """How they were drawn; its ``output`` means nothing."""
    phases: int
    """How many of them there are."""

    def __post_init__(self) -> None:
        check_count(self, 1, 1000, "phases")


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationRequest(Json):
    """One picture: the same request gives the same picture.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    prompt: str
    negative_prompt: str = DEFAULT_NEGATIVE_PROMPT
    size: Size
    """Pixels, (height, width); both multiples of the model's VAE factor."""
    seed: int = 3407
    options: Options = PRESETS[DEFAULT_PRESET]
    model: Path
    """Folder of the diffusion model, or its file."""
    additions: Additions = NO_ADDITIONS
    controlnet: ControlNet | None = None
    """What holds the views of later phases to the guide, in models with a UNet."""
    upscaler: Path | None = None
    """A trained upscaler, which makes the guide in place of ``options.upsampling``: a .safetensors file
    of one of spandrel's architectures (ESRGAN, DAT, …), or the folder of a Swin2SR."""
    captioner: Path | None = None
    """Folder of the captioner; given when ``options.captions`` is on and ``caption_source`` is it, and only then."""
    caption_source: CaptionSource = "captioner"
    """Where captions come from: a captioner; ``own``: the user alone, and elsewhere the prompt; ``attention``: the
    prompt's words that the first phase drew in the patch. ``own_captions`` go first in all of them."""
    captioner_precision: CaptionerPrecision = "auto"
    """Bits of the captioner's weights, fewer only on cards that can; ``auto``: as ``precision`` says."""
    question: str = DEFAULT_QUESTION
    """What the captioner is asked about each patch."""
    base_image: Path | None = None
    """A picture to start from in place of phase 1."""
    base_size: Size | None = None
    """How large that is, upright; the phases begin at its own size. None: it is brought to the model's native size."""
    own_captions: dict[int, dict[int, str]] = field(default_factory=dict)
    """The user's own words by phase and patch, in place of the captioner's; empty text: the prompt."""
    trunk: Trunk | None = None
    """The first phases, when they are those of another request; this one says what follows them."""
    output: Path
    """Folder of this picture alone; finished phases of the same request found in it are not computed again."""
    device: str = "auto"
    """A torch device; ``auto``: the best there is."""
    precision: Precision = "auto"
    compiled: bool = False
    """Compile the network first, which may take a minute, and tell after how many evaluations it pays back."""

    def __post_init__(self) -> None:
        check_prompt("prompt", self.prompt, may_be_empty=False)
        check_prompt("negative_prompt", self.negative_prompt, may_be_empty=True)
        check_prompt("question", self.question, may_be_empty=False)
        check(isinstance(self.size, Size), "size", self.size, "a Size(height, width)")
        check(self.base_size is None or self.base_image is not None, "base_size", self.base_size, "it with base_image")
        for side in self.size:
            possible = isinstance(side, int) and SMALLEST_SIDE <= side <= LARGEST_SIDE
            check(possible, "size", str(self.size), f"sides from {SMALLEST_SIDE} to {LARGEST_SIDE}")
        check_count(self, 0, LARGEST_SEED, "seed")
        check_choice(self, Precision, "precision")
        check_choice(self, CaptionerPrecision, "captioner_precision")
        check(isinstance(self.compiled, bool), "compiled", self.compiled, "true or false")
        check_choice(self, CaptionSource, "caption_source")
        self._check_captions()
        self._check_trunk()

    def _check_trunk(self) -> None:
        if self.trunk is None:
            return
        kept = self.trunk.request
        check(
            self.base_image == kept.base_image,
            "base_image",
            self.base_image,
            f"{kept.base_image}, as the kept phases do",
        )
        early = min((phase for phase in self.own_captions if phase <= self.trunk.phases), default=None)
        if early is not None:
            raise InvalidRequest(f"Captions are given for phase {early}, which is kept.", "Leave them out.")
        if self.caption_source == "attention" and kept.caption_source != "attention":
            raise InvalidRequest(
                "Where the prompt's words are was not looked at while the kept phase 1 was drawn.",
                "Use a captioner or your own captions.",
            )

    def _check_captions(self) -> None:
        if self.options.captions and self.caption_source == "captioner" and self.captioner is None:
            raise InvalidRequest(
                "Captions are on, but no captioner is given.", "Name a captioner folder or turn captions off."
            )
        if self.caption_source != "captioner" and (self.captioner or not self.options.captions):
            what = "a captioner is given" if self.captioner else "captions are off"
            raise InvalidRequest(f"Captions come from {self.caption_source!r}, but {what}.", "Choose one of the two.")
        if self.caption_source == "attention" and self.options.guidance_scale == 0:
            raise InvalidRequest("With guidance_scale 0 the prompt is not looked at.", "Use 1 or more.")
        if self.caption_source == "attention" and self.base_image:
            raise InvalidRequest(
                "Where the prompt's words are is seen while phase 1 is drawn, and a picture is given in its place.",
                "Use a captioner or your own captions.",
            )
        if self.own_captions and not self.options.captions:
            raise InvalidRequest("Captions are given, but captions are off.", "Turn captions on.")
        for phase, texts in self.own_captions.items():
            check(isinstance(phase, int) and phase >= 2, "phase", phase, "the number of a phase, 2 or more")
            for index, text in texts.items():
                check(isinstance(index, int) and index >= 0, "patch", index, "the number of a patch, 0 or more")
                check_prompt(f"the caption of patch {index}", text, may_be_empty=True)

    def up_to(self, phase: int) -> GenerationRequest:
        """What a phase and those before it depend on: the trunk's request for its phases, no words for later ones, and
        in phase 1 nothing that needs a guide."""
        if self.trunk is not None and phase <= self.trunk.phases:
            return self.trunk.request.up_to(phase)
        words = {n: texts for n, texts in self.own_captions.items() if texts and n <= phase}
        if phase == 1:
            return replace(self, own_captions=words, controlnet=None, upscaler=None)
        return replace(self, own_captions=words)

    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ when the picture may differ."""
        values = self.to_dict()
        del values["output"]
        if self.trunk is not None:
            values["trunk"] = [self.trunk.request.digest(), self.trunk.phases]
        if self.options.view_batch_size is None:
            values["options"]["view_batch_size"] = 8  # pictures from before it could be none keep their digest
        for name, default in _DEFAULTS.items():
            if getattr(self, name) == default:
                del values[name]  # pictures from before there were any keep their digest
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


_DEFAULTS: dict[str, object] = {
    "own_captions": {},
    "trunk": None,
    "base_size": None,
    "additions": NO_ADDITIONS,
    "controlnet": None,
    "upscaler": None,
    "caption_source": "captioner",
    "captioner_precision": "auto",
    "compiled": False,
}
"""Fields that came later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegenerateRequest(Json):
    """Chosen patches of a finished phase, drawn again with new captions while everything else stays.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    source: Path
    """Folder of the picture."""
    phase: int | None = None
    """Which phase; none: the last one."""
    version: int | None = None
    """Which version of it to start from; none: the chosen one."""
    captions: dict[int, str] = field(default_factory=dict)
    """New caption of each patch to draw again, by its index in reading order; empty text keeps the old caption."""
    strength: float = 0.6
    seed: int = 3407
    num_inference_steps: int = 24
    """Steps of the whole schedule, of which the last ``strength`` share runs."""

    def __post_init__(self) -> None:
        check_range(self, 0.01, 1, "strength")
        check_count(self, 0, LARGEST_SEED, "seed")
        check_count(self, 1, 1000, "num_inference_steps")
        if self.version is not None:
            check_count(self, 1, 2**31, "version")
        if not self.captions:
            raise InvalidRequest("No patch is chosen.", "Choose at least one patch to draw again.")
        for index, caption in self.captions.items():
            check(isinstance(index, int) and index >= 0, "patch", index, "the number of a patch, 0 or more")
            check_prompt(f"the caption of patch {index}", caption, may_be_empty=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionRequest:
    """Chosen patches of a picture's phase, described once more.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    source: Path
    """Folder of the picture."""
    phase: int
    """Its picture need not be drawn yet, that of the phase before must be."""
    patches: tuple[int, ...]
    """By their index in reading order."""
    captioner: Path
    """Folder of the captioner."""
    question: str = DEFAULT_QUESTION
    of_result: bool = False
    """Describe the phase's own picture, to see whether captions came true, not the one that it is drawn from."""

    def __post_init__(self) -> None:
        check_count(self, 2, 1000, "phase")
        check_prompt("question", self.question, may_be_empty=False)
        if not self.patches:
            raise InvalidRequest("No patch is chosen.", "Choose at least one patch to describe.")
