"""What a request will do before it is done: phases, patches, steps, UNet evaluations and memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hiprompt_core.errors import InvalidRequest, ModelUnsupported
from hiprompt_core.footprint import Fit, Place, fit, seen_pixels, unknown_place
from hiprompt_core.geometry import Patch, Size, native_phase_size, own_phase_size, patch_grid
from hiprompt_core.guide_files import NO_GUIDES, GuideFacts
from hiprompt_core.model_files import CaptionerFacts, ModelFacts
from hiprompt_core.options import Options
from hiprompt_core.request import DEFAULT_NEGATIVE_PROMPT, GenerationRequest

EVALUATIONS_PER_UNIT = 100
"""A base image of 50 steps under classifier-free guidance."""
CONTROLNET_COST = 0.45
"""Of an evaluation of a ControlNet, in UNet evaluations: by its operations with SDXL; 0.35 with Stable Diffusion 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PhasePlan:
    """One phase; ``patches`` are in latent cells, none in phase 1."""

    number: int
    size: Size
    patches: tuple[Patch, ...]
    steps: int
    dilation: int
    """k of the k x k interleaved grids of the dilated path; 0: no dilated path."""
    evaluations: int
    """Of the UNet."""
    controlnet_evaluations: int = 0
    seen: int = 0
    """Pixels that a trained upscaler sees for its guide; 0: none makes it."""

    @property
    def upscaled(self) -> bool:
        """Whether a trained upscaler makes its guide."""
        return self.seen > 0

    @property
    def work(self) -> float:
        """All evaluations, in those of the UNet."""
        return work(self.evaluations, self.controlnet_evaluations)

    def pixel_patches(self, vae_scale_factor: int) -> tuple[Patch, ...]:
        return tuple(patch.times(vae_scale_factor, self.size) for patch in self.patches)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """All phases of a request."""

    phases: tuple[PhasePlan, ...]
    captions: int
    """That a captioner writes."""
    fit: Fit
    """How it uses memory."""

    @property
    def memory(self) -> int:
        """Estimated peak, bytes: weights, the largest batch and, in the computer's memory, the pictures."""
        return self.fit.memory

    @property
    def evaluations(self) -> int:
        return sum(phase.evaluations for phase in self.phases)

    @property
    def controlnet_evaluations(self) -> int:
        return sum(phase.controlnet_evaluations for phase in self.phases)

    @property
    def units(self) -> float:
        """Cost in base images of 50 guided steps."""
        return work(self.evaluations, self.controlnet_evaluations) / EVALUATIONS_PER_UNIT


def work(evaluations: int, controlnet_evaluations: int) -> float:
    """Evaluations of the UNet that cost as much as some of it and some of a ControlNet."""
    return evaluations + CONTROLNET_COST * controlnet_evaluations


def make_plan(
    request: GenerationRequest,
    model: ModelFacts,
    captioner: CaptionerFacts | None = None,
    guides: GuideFacts = NO_GUIDES,
    place: Place | None = None,
) -> Plan:
    """The phases of a request; the run executes exactly these.

    Args:
        place: where it computes; none: any memory is large enough.

    Raises:
        InvalidRequest: a caption is for a patch that is not there.
        ModelUnsupported: captions come from attention, and the model has none that can be looked at.
    """
    _check_attention(request, model)
    options = request.options
    native = native_phase_size(request.size, model.native_size, model.size_multiple, options.native_fit)
    sizes = phase_sizes(request, model)
    first = 0 if request.base_image else options.num_inference_steps * len(options.plain_conditions())
    phases = [
        PhasePlan(
            number=1,
            size=sizes[0],
            patches=(),
            steps=0 if request.base_image else options.num_inference_steps,
            dilation=0,
            evaluations=first,
        )
    ]
    fitted = fit(request, sizes[-1], model, captioner, place or unknown_place(request), guides, request.base_size)
    for number, (before, size) in enumerate(pairwise(sizes), start=2):
        phase = _upscaling_phase(number, size, native, model, request)
        phases.append(replace(phase, seen=seen_pixels(before, fitted.tile)) if request.upscaler else phase)
    _check_captions(request, phases)
    described = options.captions and request.caption_source == "captioner"
    captions = sum(len(phase.patches) for phase in phases) if described else 0
    return Plan(
        phases=tuple(phases),
        captions=captions,
        fit=fitted,
    )


def _check_attention(request: GenerationRequest, model: ModelFacts) -> None:
    if request.caption_source == "attention" and model.network != "unet":
        raise ModelUnsupported(
            f"Where {model.name} places its words cannot be seen: it has no cross-attention.",
            "Use a captioner or your own captions.",
        )


def negative_prompt_note(request: GenerationRequest) -> str:
    """Where a negative prompt is not read, for guidance 1 leads away from nothing; empty: nowhere, or none is given."""
    options = request.options
    if request.negative_prompt.strip() in ("", DEFAULT_NEGATIVE_PROMPT):
        return ""
    first = "uncond" in options.plain_conditions()
    later = "uncond" in options.view_conditions()
    if not first and not later:
        problem = "The negative prompt is not used: at guidance 1 nothing leads away from it."
    elif not first and request.base_image is None:
        problem = "The negative prompt is not used in the first phase, whose guidance is 1."
    else:
        problem = ""
    return problem


def _check_captions(request: GenerationRequest, phases: list[PhasePlan]) -> None:
    for number, texts in request.own_captions.items():
        count = len(phases[number - 1].patches) if number <= len(phases) else 0
        wrong = next((index for index in texts if index >= count), None)
        if wrong is not None:
            raise InvalidRequest(
                f"A caption is given for patch {wrong} of phase {number}, which there is not.",
                f"Phase {number} has {count} patches." if count else f"There are {len(phases)} phases.",
            )


def check_branch(kept: Sequence[Size], plan: Plan) -> None:
    """Whether the first phases of another picture can be those of a plan.

    Args:
        kept: their sizes in pixels.

    Raises:
        InvalidRequest: they have other sizes than the plan's, or nothing follows them.
    """
    for phase, size in zip(plan.phases, kept, strict=False):
        if phase.size != size:
            problem = f"Phase {phase.number} is {size}, and would be {phase.size} now."
            raise InvalidRequest(problem, "Choose a size of the same shape.")
    if len(kept) >= len(plan.phases):
        problem = f"Nothing follows phase {len(kept)} of a picture of {plan.phases[-1].size}."
        raise InvalidRequest(problem, "Choose a larger size, or keep fewer phases.")


def phase_sizes(request: GenerationRequest, model: ModelFacts) -> list[Size]:
    """Sizes from that of phase 1 to the request's (method, section 1).

    A picture of the user's own is phase 1 as large as it is; a native phase follows where it is much smaller than that.
    """
    size, options = request.size, request.options
    native = native_phase_size(size, model.native_size, model.size_multiple, options.native_fit)
    first = []
    if request.base_size:
        own = own_phase_size(request.base_size, size)
        if 2 * own.area > native.area:
            return [own, *_growing(own, size, model, options)]
        first = [own]
    return [*first, native, *([] if native == size else _growing(native, size, model, options))]


def _growing(begin: Size, size: Size, model: ModelFacts, options: Options) -> list[Size]:
    """Sizes of the phases after one; the last is ``size`` itself."""
    ratio = math.sqrt(size.area / begin.area)
    sizes: list[Size] = []
    scale = 1
    while True:
        scale = scale * 2 if options.phase_scales == "doubling" else scale + 1
        if scale >= ratio - 1e-3:
            return [*sizes, size]
        sizes.append(Size(*(_multiple(side * scale / ratio, model.vae_scale_factor) for side in size)))


def _multiple(length: float, factor: int) -> int:
    return max(factor, round(length / factor) * factor)


def _upscaling_phase(
    number: int, size: Size, native_phase: Size, model: ModelFacts, request: GenerationRequest
) -> PhasePlan:
    options = request.options
    cells = size.over(model.vae_scale_factor)
    native = model.native_size // model.vae_scale_factor
    patches = patch_grid(cells, Size(native, native), options.overlap)
    dilation = max(2, math.ceil(max(size) / max(native_phase) - 1e-3)) if options.dilated_sampling is not None else 0
    steps = options.upscale_steps
    of_step = len(patches) * len(options.view_conditions())
    held = request.controlnet.holds if request.controlnet else None
    grounded = sum(held(step, steps) for step in range(steps)) if held else 0
    dilated_steps = sum(runs_dilated(step, options) for step in range(steps)) if dilation else 0
    return PhasePlan(
        number=number,
        size=size,
        patches=patches,
        steps=steps,
        dilation=dilation,
        evaluations=steps * of_step + dilated_steps * dilation**2 * len(options.plain_conditions()),
        controlnet_evaluations=grounded * of_step,
    )


def cosine_decay(noise_share: float) -> float:
    """c = 1/2 (1 + cos(pi (T - t) / T)) of t/T: 1 at pure noise, 0 at the picture (DemoFusion, 2311.16973)."""
    return 0.5 * (1 + math.cos(math.pi * (1 - noise_share)))


def runs_dilated(step: int, options: Options) -> bool:
    """Whether the dilated path still has a say in a step (counted from 0) of an upscaling phase.

    Decided from the step alone, not from the scheduler's own timesteps, so that the plan needs no scheduler.
    """
    assert options.dilated_sampling is not None
    noise_share = options.strength * (1 - step / options.upscale_steps)
    return float(cosine_decay(noise_share) ** options.dilated_sampling) >= options.dilated_min_weight
