"""What a user asks for: requests, options and presets, validated when they are made, serialisable as JSON."""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size

SchedulerName = Literal["euler", "ddim", "dpmpp_2m", "euler_trailing", "lcm", "tcd"]
Reduction = Literal["sum", "mean", "low", "high"]
Fusion = Literal["cosine", "gaussian", "flat"]
Upsampling = Literal["lanczos", "bicubic", "latent"]
PhaseScales = Literal["doubling", "integer"]
NativeFit = Literal["area", "long_side"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
CaptionerPrecision = Literal["auto", "8bit", "4bit"]
CaptionSource = Literal["captioner", "own", "attention"]

DEFAULT_NEGATIVE_PROMPT = "blurry, ugly, duplicate, poorly drawn, deformed, mosaic"
DEFAULT_QUESTION = "Describe this part of the picture in one short sentence."


class _Json:
    """Conversion of a frozen dataclass to and from plain JSON values."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build from what ``to_dict`` gave.

        Raises:
            InvalidRequest: a name or a value does not belong to this type.
        """
        hints = get_type_hints(cls)
        unknown = sorted(set(values) - set(hints))
        if unknown:
            raise InvalidRequest(f"Unknown value {unknown[0]!r}.", f"Known are: {', '.join(hints)}.")
        try:
            return cls(**{name: _typed(hints[name], value) for name, value in values.items()})
        except (TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InvalidRequest):
                raise
            raise InvalidRequest(f"The stored request cannot be read: {error}.", "Make a new one.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, _Json):
        return value.to_dict()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Size):
        return list(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _typed(hint: Any, value: Any) -> Any:
    if get_origin(hint) in (types.UnionType,):
        hint = next(arm for arm in get_args(hint) if arm is not type(None))
        return None if value is None else _typed(hint, value)
    if hint is Path:
        return Path(value)
    if hint is Size:
        return Size(*value)
    if get_origin(hint) is dict:
        key_type, item_type = get_args(hint)
        return {key_type(key): _typed(item_type, item) for key, item in value.items()}
    if isinstance(hint, type) and issubclass(hint, _Json):
        return hint.from_dict(value)
    return value


def _check(ok: bool, name: str, value: object, allowed: str) -> None:
    if not ok:
        raise InvalidRequest(f"{name} is {value!r}.", f"Use {allowed}.")


def _check_range(owner: object, low: float, high: float, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        if value is not None:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            _check(number and low <= value <= high, name, value, f"a number from {low:g} to {high:g}")


def _check_count(owner: object, low: int, high: int, *names: str) -> None:
    for name in names:
        value = getattr(owner, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        _check(whole and low <= value <= high, name, value, f"a whole number from {low} to {high}")


def _check_choice(owner: object, choices: Any, name: str) -> None:
    _check(getattr(owner, name) in get_args(choices), name, getattr(owner, name), " or ".join(get_args(choices)))


def _check_prompt(name: str, value: object, may_be_empty: bool) -> None:
    _check(isinstance(value, str), name, value, "text")
    if not may_be_empty and not str(value).strip():
        raise InvalidRequest("The prompt is empty.", "Say in a few words what the picture shows.")
    if "\0" in str(value):
        raise InvalidRequest(f"{name} holds a zero character.", "Remove it.")
    if any("\ud800" <= character <= "\udfff" for character in str(value)):
        raise InvalidRequest(f"{name} holds bytes that are not text.", "Use UTF-8.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Options(_Json):
    """Everything that shapes the picture besides prompt, size and seed; a preset is one value of this type.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    num_inference_steps: int = 30
    """Steps of the schedule in phase 1."""
    upscale_num_inference_steps: int = 18
    """Steps of the whole schedule in the later phases, of which only the last ``strength`` share runs."""
    strength: float = 0.35
    """Share of the schedule that runs in the later phases: 1 starts from noise alone, 0.1 only sharpens."""
    scheduler: SchedulerName = "dpmpp_2m"
    """The last three are for models distilled to a few steps; ``lcm`` and ``tcd`` draw noise at every step."""
    guidance_scale: float = 7.5
    """Classifier-free guidance of phase 1 and of the dilated path (2207.12598)."""
    guidance_scale_low: float = 1.0
    """Guidance of the low band towards the prompt; pushed further, it adds objects (docs/quality.md)."""
    guidance_scale_high: float = 7.5
    """Guidance of the high band towards the patch's caption."""
    decompose: bool = True
    """Split the noise prediction into bands; without it the patch's caption conditions all of it."""
    reduction: Reduction = "sum"
    """How the bands are joined (HiPrompt): ``sum``, their ``mean``, or one of them alone."""
    beta: float = 1.0
    """Weight of the high band."""
    blur_sigma: float = 2.0
    """Width of the low-pass, latent cells for each 64 cells of window height."""
    captions: bool = True
    """Describe each patch; off: the prompt stands for every patch."""
    word_filter: float | None = None
    """Drop words of a caption whose similarity to the prompt is under this share of its best word's (0 to 1)."""
    phase_scales: PhaseScales = "doubling"
    native_fit: NativeFit = "area"
    overlap: float = 0.25
    """Share of a window that its neighbour covers too."""
    jitter: bool = True
    """Move the windows at every step, so that no seam stays in one place."""
    fusion: Fusion = "cosine"
    """Weight of a window's cells when windows are fused."""
    upsampling: Upsampling = "lanczos"
    """How the previous phase becomes the guide of the next: on the picture, or on its latents."""
    crop_conditioning: bool = True
    """Tell the model where in the picture a window lies (SDXL's crop micro-conditioning)."""
    skip_residual: float | None = None
    """Exponent of the skip residual (DemoFusion's cosine_scale_1); none: no skip residual."""
    dilated_sampling: float | None = None
    """Exponent of the dilated path (DemoFusion's cosine_scale_2); none: no dilated path."""
    dilated_min_weight: float = 0.0
    """Leave the dilated path out in steps in which its weight is smaller."""
    gaussian_exponent: float = 1.0
    """Exponent of the dilated path's smoothing (DemoFusion's cosine_scale_3)."""
    gaussian_sigma: float = 0.8
    """Width of the dilated path's smoothing at its start, latent cells."""
    match_statistics: bool = True
    """Give the latents of each phase the mean and deviation of phase 1, channel by channel."""
    view_batch_size: int | None = None
    """Windows predicted in one go; changes memory and speed, not the picture. None: 8, or as many as memory takes."""
    vae_tile_size: int | None = None
    """Side of a VAE tile, pixels; none: four native sizes, 1024 at most."""

    def __post_init__(self) -> None:
        _check_count(self, 1, 1000, "num_inference_steps", "upscale_num_inference_steps")
        if self.view_batch_size is not None:
            _check_count(self, 1, 4096, "view_batch_size")
        _check_range(self, 0, 100, "guidance_scale", "guidance_scale_low", "guidance_scale_high")
        _check_range(self, 0, 10, "beta", "skip_residual", "dilated_sampling", "gaussian_exponent")
        _check_range(self, 0, 1, "word_filter", "dilated_min_weight")
        _check_range(self, 0.01, 1, "strength")
        _check_range(self, 0.05, 32, "blur_sigma", "gaussian_sigma")
        _check_range(self, 0, 0.9, "overlap")
        if self.vae_tile_size is not None:
            _check_count(self, 64, 16384, "vae_tile_size")
        for name, choices in (
            ("scheduler", SchedulerName),
            ("reduction", Reduction),
            ("fusion", Fusion),
            ("upsampling", Upsampling),
            ("phase_scales", PhaseScales),
            ("native_fit", NativeFit),
        ):
            _check_choice(self, choices, name)

    @property
    def upscale_steps(self) -> int:
        """Steps that run in each later phase."""
        return max(1, int(self.upscale_num_inference_steps * self.strength + 1e-6))

    def low_conditions(self) -> set[str]:
        """Which predictions the low band is made of."""
        return _guided("global", self.guidance_scale_low)

    def high_conditions(self) -> set[str]:
        """Which predictions the high band is made of."""
        return _guided("patch" if self.captions else "global", self.guidance_scale_high)

    def view_conditions(self) -> tuple[str, ...]:
        """The predictions every view needs; their number is its cost in UNet evaluations."""
        if not self.decompose:
            needed = self.high_conditions()
        elif self.reduction == "low":
            needed = self.low_conditions()
        elif self.reduction == "high":
            needed = self.high_conditions()
        else:
            needed = self.low_conditions() | self.high_conditions()
        return tuple(name for name in ("uncond", "global", "patch") if name in needed)

    def plain_conditions(self) -> tuple[str, ...]:
        """The predictions of plain classifier-free guidance: phase 1 and the dilated path."""
        needed = _guided("global", self.guidance_scale)
        return tuple(name for name in ("uncond", "global") if name in needed)


def _guided(text: str, guidance_scale: float) -> set[str]:
    """What ``u + s (t - u)`` needs: at s = 1 the text alone, at s = 0 the unconditional alone."""
    if guidance_scale == 1:
        return {text}
    return {"uncond"} if guidance_scale == 0 else {"uncond", text}


_PAPER = Options(
    num_inference_steps=50,
    upscale_num_inference_steps=50,
    strength=0.78,  # the first 11 of 50 steps are skipped
    scheduler="ddim",
    guidance_scale=7.5,
    guidance_scale_low=10.0,
    guidance_scale_high=10.0,
    beta=0.95,
    blur_sigma=1.0,
    word_filter=0.6,
    phase_scales="integer",
    native_fit="long_side",
    overlap=0.5,
    fusion="flat",
    upsampling="latent",
    crop_conditioning=False,
    skip_residual=3.0,
    dilated_sampling=1.0,
    gaussian_exponent=0.8,
)

PRESETS: dict[str, Options] = {
    # Cost to 16x the native pixels, unit = one base image of 50 guided steps = 100 UNet evaluations.
    "balanced": Options(),  # 34 windows x 3 predictions x 6 steps + 60 = 672: 6.7 units
    "fast": Options(  # 34 x 2 x 3 + 50 = 254: 2.5 units
        num_inference_steps=25,
        upscale_num_inference_steps=12,
        strength=0.25,
        guidance_scale_high=1.0,
    ),
    "paper": _PAPER,  # 83 windows x 3 x 39 + 29 interleaved grids x 2 x 39 + 100 = 12 073: 121 units
    "demofusion": replace(  # 83 x 2 x 39 + 29 x 2 x 39 + 100 = 8 836: 88 units
        _PAPER, guidance_scale_low=7.5, guidance_scale_high=7.5, decompose=False, captions=False, word_filter=None
    ),
}
DEFAULT_PRESET = "balanced"


@dataclass(frozen=True, kw_only=True, slots=True)
class Additions(_Json):
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
            _check(number and -10 <= weight <= 10, f"the weight of {path.name}", weight, "a number from -10 to 10")
        for word in self.embeddings:
            _check(word.isprintable() and bool(word) and not set(word) & set(" <>"), "the word", word, "one word")

    @property
    def files(self) -> list[Path]:
        """Everything that is read, in a fixed order."""
        return [*sorted(self.loras), *self.embeddings.values(), *([self.vae] if self.vae else [])]


NO_ADDITIONS = Additions()


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlNet(_Json):
    """A ControlNet for tiles, which holds the views of later phases to the guide (2302.05543).

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    path: Path
    """A folder in the diffusers layout or a .safetensors file."""
    weight: float = 1.0
    """How strongly it holds; at 0 it is left out."""
    end: float = 1.0
    """Share of a phase's steps after which it lets go."""

    def __post_init__(self) -> None:
        _check_range(self, 0, 2, "weight")
        _check_range(self, 0, 1, "end")

    def holds(self, step: int, steps: int) -> bool:
        """Whether it works in a step, counted from 0, of the ``steps`` that run."""
        return self.weight > 0 and (step + 1) / steps <= self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationRequest(_Json):
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
    """Folder of a trained upscaler (Swin2SR), which makes the guide in place of ``options.upsampling``."""
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
    output: Path
    """Folder of this picture alone; finished phases of the same request found in it are not computed again."""
    device: str = "auto"
    """A torch device; ``auto``: the best there is."""
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        _check_prompt("prompt", self.prompt, may_be_empty=False)
        _check_prompt("negative_prompt", self.negative_prompt, may_be_empty=True)
        _check_prompt("question", self.question, may_be_empty=False)
        _check(isinstance(self.size, Size), "size", self.size, "a Size(height, width)")
        _check(self.base_size is None or self.base_image is not None, "base_size", self.base_size, "it with base_image")
        for side in self.size:
            _check(isinstance(side, int) and 64 <= side <= 32768, "size", str(self.size), "sides from 64 to 32768")
        _check_count(self, 0, 2**63 - 1, "seed")
        _check_choice(self, Precision, "precision")
        _check_choice(self, CaptionerPrecision, "captioner_precision")
        _check_choice(self, CaptionSource, "caption_source")
        self._check_captions()

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
            _check(isinstance(phase, int) and phase >= 2, "phase", phase, "the number of a phase, 2 or more")
            for index, text in texts.items():
                _check(isinstance(index, int) and index >= 0, "patch", index, "the number of a patch, 0 or more")
                _check_prompt(f"the caption of patch {index}", text, may_be_empty=True)

    def up_to(self, phase: int) -> Self:
        """The same without what only later phases depend on: words for them, and in phase 1 all that needs a guide."""
        words = {n: texts for n, texts in self.own_captions.items() if texts and n <= phase}
        if phase == 1:
            return replace(self, own_captions=words, controlnet=None, upscaler=None)
        return replace(self, own_captions=words)

    def digest(self) -> str:
        """Sixteen hexadecimal digits that differ when the picture may differ."""
        values = self.to_dict()
        del values["output"]
        if self.options.view_batch_size is None:
            values["options"]["view_batch_size"] = 8  # pictures from before it could be none keep their digest
        for name, default in _DEFAULTS.items():
            if getattr(self, name) == default:
                del values[name]  # pictures from before there were any keep their digest
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


_DEFAULTS: dict[str, object] = {
    "own_captions": {},
    "base_size": None,
    "additions": NO_ADDITIONS,
    "controlnet": None,
    "upscaler": None,
    "caption_source": "captioner",
    "captioner_precision": "auto",
}
"""Fields that came later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegenerateRequest(_Json):
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
        _check_range(self, 0.01, 1, "strength")
        _check_count(self, 0, 2**63 - 1, "seed")
        _check_count(self, 1, 1000, "num_inference_steps")
        if self.version is not None:
            _check_count(self, 1, 2**31, "version")
        if not self.captions:
            raise InvalidRequest("No patch is chosen.", "Choose at least one patch to draw again.")
        for index, caption in self.captions.items():
            _check(isinstance(index, int) and index >= 0, "patch", index, "the number of a patch, 0 or more")
            _check_prompt(f"the caption of patch {index}", caption, may_be_empty=True)


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
        _check_count(self, 2, 1000, "phase")
        _check_prompt("question", self.question, may_be_empty=False)
        if not self.patches:
            raise InvalidRequest("No patch is chosen.", "Choose at least one patch to describe.")
