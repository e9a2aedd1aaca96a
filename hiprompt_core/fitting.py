"""The options of a preset as they suit a model."""

from __future__ import annotations

import math
from dataclasses import replace

from hiprompt_core.few_step import few_step_of
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.options import Options
from hiprompt_core.request import Additions

_USUAL = Options()
"""A preset that has its guidance of phase 1, or its strength, leaves that to the model."""


def fitting_options(options: Options, facts: ModelFacts | None, additions: Additions) -> Options:
    """Options that suit a model, from those of a preset.

    Phase 1 is guided as the model wants it, and later phases draw as much anew, unless the preset says otherwise; a
    model distilled to a few steps is sampled in these, and nothing is guided.

    Args:
        facts: of the model; without them the names of its LoRA files tell whether it is distilled.
    """
    few = few_step_of(facts.few_step if facts else None, additions)
    if few is None:
        if facts is None:
            return options
        guidance_scale, strength = options.guidance_scale, options.strength
        if guidance_scale == _USUAL.guidance_scale:
            guidance_scale = facts.guidance_scale
        if strength == _USUAL.strength and facts.strength is not None:
            strength = facts.strength
        return replace(options, guidance_scale=guidance_scale, strength=strength)
    # A later phase runs half of the steps, two at least: it starts from a picture.
    later = min(options.upscale_steps, max(2, few.steps // 2))
    return replace(
        options,
        scheduler=few.scheduler,
        num_inference_steps=few.steps,
        upscale_num_inference_steps=math.ceil(later / options.strength),
        guidance_scale=1.0,
        guidance_scale_low=1.0,
        guidance_scale_high=1.0,
    )
