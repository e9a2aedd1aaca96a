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
from hiprompt_core.devices import present_device
from hiprompt_core.engine import Engine, computing
from hiprompt_core.errors import InvalidRequest, OutOfMemory
from hiprompt_core.events import Event, OnEvent, PhaseStarted, ViewBatchDone, ignore_events
from hiprompt_core.footprint import fit
from hiprompt_core.frequency import low_pass
from hiprompt_core.geometry import Patch, Size
from hiprompt_core.ladder import Ladder, warn_of_limits
from hiprompt_core.metadata import PhaseRecord, read_record
from hiprompt_core.model_files import inspect_model
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools, finished, step_file_of_patches, store
from hiprompt_core.phase_work import PhaseWork
from hiprompt_core.prompts import PromptHierarchy
from hiprompt_core.request import RegenerateRequest
from hiprompt_core.result import Result
from hiprompt_core.run_folder import RunFolder, phase_space
from hiprompt_core.step_file import StepFile

RIM = 1 / 8
"""Sigma, in windows, of the fall from what is drawn anew to what stays."""


def regenerate(request: RegenerateRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw chosen patches of a finished phase again; the picture outside of their windows stays bit for bit.

    The result is a new version of the phase beside the old one. Only views that touch the patches are predicted. What
    was cancelled or failed goes on from its last step, when the same patches of the same version are asked for again.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    with answering(on_event):
        try:
            with computing():
                return _regenerate(request, on_event, engine or Engine())
        except OutOfMemory as error:  # batch, tile, size and device are those of the picture: there is none to choose
            raise OutOfMemory(
                error.problem, "Close other programs, then draw the same patches again: finished steps are kept."
            ) from error


def _regenerate(request: RegenerateRequest, on_event: OnEvent, engine: Engine) -> Result:
    folder = RunFolder.open(request.source)
    folder.remove_abandoned_parts()
    record = read_record(folder.current(request.phase, request.version).path)
    _check_patches(request, record)
    folder.check_room(phase_space(record.size))
    regeneration = _Regeneration(request, folder, record, engine, on_event)
    with closing(regeneration.ladder):
        return regeneration.run()


def _check_patches(request: RegenerateRequest, record: PhaseRecord) -> None:
    if not record.patches:
        raise InvalidRequest(f"Phase {record.phase} has no patches.", "Choose a later phase.")
    unknown = [index for index in request.captions if index >= len(record.patches)]
    if unknown:
        raise InvalidRequest(
            f"Phase {record.phase} has no patch {unknown[0]}.", f"Its patches are 0 to {len(record.patches) - 1}."
        )


class _Regeneration:
    """One run of ``regenerate``."""

    def __init__(
        self, request: RegenerateRequest, folder: RunFolder, record: PhaseRecord, engine: Engine, on_event: OnEvent
    ) -> None:
        self.request, self.folder, self.record = request, folder, record
        made = replace(self.record.request, device=present_device(self.record.request.device, on_event))
        self.options = made.options.for_redrawing(request.strength, request.num_inference_steps)
        self.captions = _captions(request, self.record)
        facts = inspect_model(made.model)
        self.factor = facts.vae_scale_factor
        self.patches = [patch.over(self.factor) for patch in self.record.patches]
        redrawing = replace(made, options=self.options)
        place = engine.place(made.device, made.precision)
        usage, unlimited = (
            fit(redrawing, self.record.size, facts, None, where) for where in (place, replace(place, free=None))
        )
        warn_of_limits(usage.text, on_event, unlimited.text)
        self.ladder = Ladder(engine, made, facts, usage, on_event)
        self.stored = self.ladder.run("pictures", lambda: folder.latest(request.phase, request.version))
        self.freedom = self.ladder.run("pictures", self._freedom)
        self.work = PhaseWork(
            ladder=self.ladder,
            request=redrawing,
            phase=self.record.phase,
            size=self.record.size,
            on_event=self.on_event,
        )
        self.evaluations = 0
        self._on_event = on_event

    def on_event(self, event: Event) -> None:
        if isinstance(event, ViewBatchDone):
            self.evaluations += event.evaluations
        self._on_event(event)

    def _freedom(self) -> Tensor:
        return freedom_of(self.record.size.over(self.factor), [self.patches[index] for index in self.request.captions])

    def run(self) -> Result:
        prompts = self.work.embed(self.captions)
        cost = self.work.predict(
            lambda tools, options: tools.denoiser(options, prompts).cost_of_redrawing(self.patches, self.freedom)
        )
        self._tell_start(cost)
        record = self._record(cost)
        steps = self.ladder.run("texts", lambda: self._step_file(record))
        latents = self._redrawn(prompts, steps)
        with steps.kept():  # a picture that cannot be decoded or written is not drawn again
            decoded = self.work.decode(latents, self.freedom > 0)
            image = self.ladder.run("tiles", lambda: _blend(self.stored.image, decoded, self.freedom, self.factor))
            stored = self.ladder.run("tiles", lambda: store(self.folder, image, latents, record))
        steps.remove()
        self.on_event(finished(stored))
        return Result(image=image, path=stored.path, record=record, evaluations=self.evaluations)

    def _record(self, cost: int) -> PhaseRecord:
        return replace(
            self.record,
            captions=self.captions,
            dropped=_dropped(self.record, self.captions),
            evaluations=cost,
            version=self.folder.next_version(self.record.phase),
            regenerated=replace(self.request, phase=self.record.phase, version=self.record.version),
        )

    def _step_file(self, record: PhaseRecord) -> StepFile:
        return step_file_of_patches(self.folder, record, self.ladder.backbone().weights_hash, self.stored)

    def _redrawn(self, prompts: PromptHierarchy, steps: StepFile) -> Tensor:
        """Latents of the phase, drawn again where they are free; a full memory costs no finished step."""
        noise = self.work.noise("regenerate", self.request.seed)
        latents, place = torch.from_numpy(self.stored.latents), noise.device

        def loop(tools: PhaseTools, options: Options) -> Tensor:
            denoiser = tools.denoiser(options, prompts, steps, seed=self.request.seed)
            return denoiser.redrawn(latents.to(place), noise, self.patches, self.freedom.to(place))

        return self.work.predict(loop)

    def _tell_start(self, cost: int) -> None:
        self.on_event(
            PhaseStarted(
                phase=self.record.phase,
                phases=self.record.phases,
                size=self.record.size,
                patches=self.record.patches,
                steps=self.options.upscale_steps,
                evaluations=cost,
            )
        )
        self.work.warn_of_texts(list(self.request.captions.values()))


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


def _blend(old: Image.Image, new: Image.Image, freedom: Tensor, factor: int) -> Image.Image:
    """Lay the chosen windows of the new picture over the old one, as opaque as they were free.

    Args:
        factor: pixels of a cell's side.
    """
    # The first factor fades to 0 at a window's border, the second keeps all pixels beyond it, in corners too.
    fading = F.interpolate(freedom, scale_factor=factor, mode="bilinear").clamp(min=0)
    opacity = fading * F.interpolate((freedom > 0).float(), scale_factor=factor)
    shown = opacity[0, 0, : old.height, : old.width, None].numpy()
    before = np.asarray(old.convert("RGB"))
    mixed = np.rint(before + shown * (np.asarray(new, dtype=np.float32) - before)).astype(np.uint8)
    return Image.fromarray(np.where(shown > 0, mixed, before))
