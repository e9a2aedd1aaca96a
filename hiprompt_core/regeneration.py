"""Draw chosen patches of a finished picture again (method, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.cancelling import answering
from hiprompt_core.denoise import Denoiser
from hiprompt_core.engine import Engine, computing
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import Event, OnEvent, PhaseStarted, ViewBatchDone, ignore_events
from hiprompt_core.footprint import fit
from hiprompt_core.frequency import low_pass
from hiprompt_core.geometry import Patch, Size
from hiprompt_core.ladder import Ladder
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import inspect_model
from hiprompt_core.phase import PhaseTools, finished, store
from hiprompt_core.request import RegenerateRequest
from hiprompt_core.result import Result
from hiprompt_core.run_folder import RunFolder, StoredPhase, phase_space

RIM = 1 / 8
"""Sigma, in windows, of the fall from what is drawn anew to what stays."""


def regenerate(request: RegenerateRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw chosen patches of a finished phase again; the picture outside of their windows stays bit for bit.

    The result is a new version of the phase beside the old one. Only views that touch the patches are predicted.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    with answering(on_event), computing():
        folder = RunFolder.open(request.source)
        stored = folder.latest(request.phase, request.version)
        _check_patches(request, stored.record)
        folder.check_room(phase_space(stored.record.size))
        return _regenerate(request, folder, stored, on_event, engine or Engine())


def _check_patches(request: RegenerateRequest, record: PhaseRecord) -> None:
    if not record.patches:
        raise InvalidRequest(f"Phase {record.phase} has no patches.", "Choose a later phase.")
    unknown = [index for index in request.captions if index >= len(record.patches)]
    if unknown:
        raise InvalidRequest(
            f"Phase {record.phase} has no patch {unknown[0]}.", f"Its patches are 0 to {len(record.patches) - 1}."
        )


def _regenerate(
    request: RegenerateRequest, folder: RunFolder, stored: StoredPhase, on_event: OnEvent, engine: Engine
) -> Result:
    record, made = stored.record, stored.record.request
    options = made.options.for_redrawing(request.strength, request.num_inference_steps)
    evaluations = 0

    def counting(event: Event) -> None:
        nonlocal evaluations
        if isinstance(event, ViewBatchDone):
            evaluations += event.evaluations
        on_event(event)

    facts = inspect_model(made.model)
    patches = [patch.over(facts.vae_scale_factor) for patch in record.patches]
    freedom = freedom_of(record.size.over(facts.vae_scale_factor), [patches[index] for index in request.captions])
    captions = _captions(request, record)

    usage = fit(replace(made, options=options), record.size, facts, None, engine.place(made.device, made.precision))
    with closing(Ladder(engine, made, facts, usage, on_event)) as ladder:

        def tools() -> PhaseTools:
            return PhaseTools(
                backbone=ladder.backbone(),
                request=made,
                phase=record.phase,
                size=record.size,
                on_event=counting,
                tile=ladder.tile,
            )

        def denoiser() -> Denoiser:
            fitting = replace(options, view_batch_size=ladder.view_batch_size)
            return tools().denoiser(fitting, prompts, seed=request.seed)

        def redraw() -> Tensor:
            nonlocal evaluations
            evaluations = 0
            device = noise.device
            return denoiser().redrawn(torch.from_numpy(stored.latents).to(device), noise, patches, freedom.to(device))

        prompts = ladder.run("texts", lambda: tools().embed(captions))
        noise = ladder.run("texts", lambda: tools().noise(request.seed, "regenerate"))
        on_event(
            PhaseStarted(
                phase=record.phase,
                phases=record.phases,
                size=record.size,
                patches=record.patches,
                steps=options.upscale_steps,
                evaluations=ladder.run("views", lambda: denoiser().cost_of_redrawing(patches, freedom)),
            )
        )
        ladder.run("texts", lambda: tools().warn_of_long_texts(list(request.captions.values())))
        latents = ladder.run("views", redraw)
        image = ladder.run("tiles", lambda: _blend(tools(), stored.image, latents, freedom))
        new = replace(
            record,
            captions=captions,
            dropped=_dropped(record, captions),
            evaluations=evaluations,
            version=folder.next_version(record.phase),
            regenerated=replace(request, phase=record.phase, version=record.version),
        )
        result = ladder.run("tiles", lambda: store(folder, image, latents, new))
    on_event(finished(result))
    return Result(image=image, path=result.path, record=new, evaluations=evaluations)


def _captions(request: RegenerateRequest, record: PhaseRecord) -> tuple[str, ...]:
    old = record.captions or (record.request.prompt,) * len(record.patches)
    return tuple(request.captions.get(index) or caption for index, caption in enumerate(old))


def _dropped(record: PhaseRecord, captions: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The filter's words of captions that stayed; new ones are the user's own."""
    return tuple(
        words if captions[index] == record.captions[index] else () for index, words in enumerate(record.dropped)
    )


def freedom_of(cells: Size, chosen: Sequence[Patch]) -> Tensor:
    """How free each cell is to change (1, 1, h, w): 1 deep in the chosen windows, 0 at their border, less outside."""
    inside = torch.zeros((1, 1, *cells))
    for patch in chosen:
        inside[..., *patch.window.slices] = 1
    freedom = 2 * low_pass(inside, max(chosen[0].window.size) * RIM) - 1
    return torch.where(inside > 0, freedom, freedom.clamp(max=0))


def _blend(tools: PhaseTools, old: Image.Image, latents: Tensor, freedom: Tensor) -> Image.Image:
    """Decode the tiles that meet the chosen windows; lay these over the old picture, as opaque as they were free."""
    factor, freedom = tools.backbone.facts.vae_scale_factor, freedom.cpu()
    # The first factor fades to 0 at a window's border, the second keeps all pixels beyond it, in corners too.
    fading = F.interpolate(freedom, scale_factor=factor, mode="bilinear").clamp(min=0)
    opacity = fading * F.interpolate((freedom > 0).float(), scale_factor=factor)
    shown = opacity[0, 0, : old.height, : old.width, None].numpy()
    new = np.asarray(tools.decode(latents, freedom > 0), dtype=np.float32)
    before = np.asarray(old.convert("RGB"))
    mixed = np.rint(before + shown * (new - before)).astype(np.uint8)
    return Image.fromarray(np.where(shown > 0, mixed, before))
