"""A later phase: the picture of the phase before, brought to a larger size and drawn on under captions of patches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from hiprompt_core.denoise import match_statistics
from hiprompt_core.lent_guides import LentGuides
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools
from hiprompt_core.phase_work import Drawn, PhaseWork
from hiprompt_core.plan import PhasePlan
from hiprompt_core.run_folder import StoredPhase
from hiprompt_core.step_file import StepFile

RESAMPLING = {"lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC}


def draw_upscaled(
    work: PhaseWork,
    phase: PhasePlan,
    guides: LentGuides,
    captions: Sequence[str],
    done: Sequence[StoredPhase],
    steps: StepFile,
) -> Drawn:
    """A phase after the first, from noise over the phase before, or from where an earlier run ended.

    Args:
        captions: of the patches; none: the prompt stands for every patch.
        done: the phases before, at least one.
    """
    request = work.request
    guide = guide_of(work, guides, done[-1])
    reference = _reference(work, guide, done[-1])
    own = request.base_image is not None and len(done) == 1  # no phase 1 was drawn
    prompts = work.embed(captions or [request.prompt] * len(phase.patches), first=own)
    noise = work.noise()

    def loop(tools: PhaseTools, options: Options) -> Tensor:
        denoiser = tools.denoiser(options, prompts, steps, ground=guides.ground(tools.backbone, guide))
        return denoiser.upscaled(reference, noise, phase.patches, phase.dilation)

    latents = work.predict(loop)
    if request.options.match_statistics:
        first = torch.from_numpy(done[0].latents)
        latents = work.ladder.run("tiles", lambda: match_statistics(latents, first.to(latents)))
    return Drawn(latents)


def guide_of(work: PhaseWork, guides: LentGuides, previous: StoredPhase) -> Image.Image:
    """The previous phase's picture at this size."""

    def enlarged() -> Image.Image:
        tools = work.tools()
        return tools.enlarged(previous.image, guides.upscaler(tools.backbone))

    if work.request.upscaler:
        return work.ladder.run("tiles", enlarged)
    size = (work.size.width, work.size.height)
    way = RESAMPLING.get(work.request.options.upsampling, Image.Resampling.LANCZOS)
    return work.ladder.run("tiles", lambda: previous.image.resize(size, way))


def _reference(work: PhaseWork, guide: Image.Image, previous: StoredPhase) -> Tensor:
    """What denoising starts from: z_ref."""
    if work.request.options.upsampling == "latent" and not work.request.upscaler:
        return work.ladder.run("tiles", lambda: work.tools().grown(previous.latents))
    return work.encode(guide)
