"""Phase 1: the whole picture at the model's native size, under the prompt alone."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from hiprompt_core.attention_maps import AttentionMaps
from hiprompt_core.attention_words import Maps
from hiprompt_core.events import Event
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools
from hiprompt_core.phase_work import Drawn, PhaseWork
from hiprompt_core.prompt_syntax import plain_text
from hiprompt_core.step_file import StepFile


def draw_native(work: PhaseWork, steps: StepFile) -> Drawn:
    """Phase 1 from noise, or from where an earlier run ended."""
    prompts = work.embed((), first=True)
    noise = work.noise()
    return Drawn(work.predict(lambda tools, options: tools.denoiser(options, prompts, steps).native(noise)))


def draw_native_watched(work: PhaseWork) -> Drawn:
    """Phase 1 and where its words are; from the first step, for steps of an earlier run were not watched."""
    prompts = work.embed((), first=True)
    noise = work.noise()
    found: Maps | None = None

    def loop(tools: PhaseTools, options: Options) -> Tensor:
        nonlocal found
        maps = AttentionMaps.of_prompt(
            tools.backbone, plain_text(work.request.prompt), tools.cells, options.num_inference_steps
        )

        def on_event(event: Event) -> None:
            maps.on_event(event)
            work.on_event(event)

        with maps.watching(tools.backbone):
            latents = replace(tools, on_event=on_event).denoiser(options, prompts).native(noise)
        found = maps.result()
        return latents

    latents = work.predict(loop)
    return Drawn(latents, attention=found)
