"""Everything that shapes a picture besides prompt, size and seed; presets are named values of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from hiprompt_core.checked import Json, check_choice, check_count, check_range

SchedulerName = Literal["euler", "ddim", "dpmpp_2m", "euler_trailing", "euler_a", "lcm", "tcd"]
Reduction = Literal["sum", "mean", "low", "high"]
Fusion = Literal["cosine", "gaussian", "flat"]
Upsampling = Literal["lanczos", "bicubic", "latent"]
PhaseScales = Literal["doubling", "integer"]
NativeFit = Literal["area", "long_side"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options(Json):
    """Everything that shapes the picture besides prompt, size and seed; a preset is one value of this type.

    Raises:
        InvalidRequest: a value is outside of its range.
    """

    num_inference_steps: int = 30
    """Steps of the schedule in phase 1."""
    upscale_num_inference_steps: int = 18
    """Steps of the whole schedule in the later phases, of which only the last ``strength`` share runs."""
    strength: float = 0.25
    """Share of the schedule that runs in the later phases: 1 starts from noise alone, 0.1 only sharpens. In a preset
    0.25 stands for what the model wants, where it says so (``fitting_options``)."""
    scheduler: SchedulerName = "euler_a"
    """``euler_a``, ``lcm`` and ``tcd`` draw noise at every step; ``euler_trailing``, ``lcm`` and ``tcd`` are for models
    distilled to a few steps."""
    guidance_scale: float = 5.0
    """Classifier-free guidance of phase 1 and of the dilated path (2207.12598); more of it repeats objects. In a
    preset 5 stands for what the model wants (``fitting_options``)."""
    guidance_scale_low: float = 1.0
    """Guidance of the low band towards the prompt; pushed further, it adds objects (docs/quality.md)."""
    guidance_scale_high: float = 3.0
    """Guidance of the high band towards the patch's caption; more of it invents specks (docs/quality.md)."""
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
        check_count(self, 1, 1000, "num_inference_steps", "upscale_num_inference_steps")
        if self.view_batch_size is not None:
            check_count(self, 1, 4096, "view_batch_size")
        check_range(self, 0, 100, "guidance_scale", "guidance_scale_low", "guidance_scale_high")
        check_range(self, 0, 10, "beta", "skip_residual", "dilated_sampling", "gaussian_exponent")
        check_range(self, 0, 1, "word_filter", "dilated_min_weight")
        check_range(self, 0.01, 1, "strength")
        check_range(self, 0.05, 32, "blur_sigma", "gaussian_sigma")
        check_range(self, 0, 0.9, "overlap")
        if self.vae_tile_size is not None:
            check_count(self, 64, 16384, "vae_tile_size")
        for name, choices in (
            ("scheduler", SchedulerName),
            ("reduction", Reduction),
            ("fusion", Fusion),
            ("upsampling", Upsampling),
            ("phase_scales", PhaseScales),
            ("native_fit", NativeFit),
        ):
            check_choice(self, choices, name)

    def for_redrawing(self, strength: float, num_inference_steps: int) -> Options:
        """These, for patches that are drawn again.

        Both bands follow the caption: led by the prompt, the low band paints the picture's subject into the patch. They
        follow it as the first phase follows the prompt, at least: unguided, nothing new appears.
        """
        return replace(
            self,
            captions=True,
            decompose=False,
            guidance_scale_high=max(self.guidance_scale_high, self.guidance_scale),
            strength=strength,
            upscale_num_inference_steps=num_inference_steps,
        )

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
    "balanced": Options(),  # 34 windows x 3 predictions x 4 steps + 60 = 468: 4.7 units
    "fast": Options(  # 34 x 2 x 3 + 60 = 264: 2.6 units, the first phase as in `balanced`
        upscale_num_inference_steps=12,
        guidance_scale_high=1.0,
    ),
    "paper": _PAPER,  # 83 windows x 3 x 39 + 29 interleaved grids x 2 x 39 + 100 = 12 073: 121 units
    "demofusion": replace(  # 83 x 2 x 39 + 29 x 2 x 39 + 100 = 8 836: 88 units
        _PAPER, guidance_scale_low=7.5, guidance_scale_high=7.5, decompose=False, captions=False, word_filter=None
    ),
}
DEFAULT_PRESET = "balanced"
