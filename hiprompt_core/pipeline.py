"""Generate a picture phase by phase (HiPrompt, 2409.02919)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.denoise import Denoiser, match_statistics
from hiprompt_core.describe import Caption, LentCaptioner, caption_apart, caption_patches
from hiprompt_core.engine import Engine, computing
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import (
    CaptionsReady,
    Event,
    OnEvent,
    PhaseStarted,
    ViewBatchDone,
    Warned,
    ignore_events,
)
from hiprompt_core.geometry import Patch, Size
from hiprompt_core.ladder import Ladder
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.models import hash_files
from hiprompt_core.phase import PhaseTools, finished, step_file, store
from hiprompt_core.plan import PhasePlan, make_plan
from hiprompt_core.prompts import drive
from hiprompt_core.request import GenerationRequest
from hiprompt_core.result import Result
from hiprompt_core.run_folder import RunFolder, StoredPhase
from hiprompt_core.step_file import StepFile

RESAMPLING = {"lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC}


def generate(request: GenerationRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw a picture: the native phase, then each upscaling phase under the prompts of its patches.

    Finished phases of the same request in ``request.output`` are used as they are: a run that was cancelled or
    failed goes on with the phase it had reached. ``own_captions`` of phases that are not finished may change meanwhile,
    and patches of finished ones be drawn again.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    with computing():
        generation = _Generation(request, on_event, engine or Engine())
        try:
            return generation.run()
        finally:
            generation.ladder.close()


class _Generation:
    """One run of ``generate``: everything is checked when it is made, before any work is spent."""

    def __init__(self, request: GenerationRequest, on_event: OnEvent, engine: Engine) -> None:
        described_by = request.captioner if request.options.captions else None
        facts = inspect_captioner(described_by) if described_by else None
        self.request = request
        self.evaluations = 0
        self._on_event = on_event
        self.facts = inspect_model(request.model)
        self.plan = make_plan(request, self.facts, facts)
        self.folder = RunFolder(request.output)
        self.folder.prepare(request)
        self.engine = engine
        if facts:
            engine.settle(self.facts, facts, request.device, request.precision)
        self.ladder = Ladder(engine, request, self.facts, on_event)
        self.captioner = (
            self.ladder.run(
                "captions", lambda: LentCaptioner(engine, described_by, request.device, request.precision, on_event)
            )
            if described_by
            else None
        )
        self.weights_hash = self.ladder.run("texts", lambda: self.ladder.backbone().weights_hash)
        self.captioner_hash = self.captioner.weights_hash if self.captioner else ""
        self.base_hash = _hash_of_base(request.base_image)

    def on_event(self, event: Event) -> None:
        if isinstance(event, ViewBatchDone):
            self.evaluations += event.evaluations
        self._on_event(event)

    def run(self) -> Result:
        done: list[StoredPhase] = []
        on_disk = True
        for phase in self.plan.phases:
            stored = self._find(phase) if on_disk else None
            on_disk = stored is not None
            if stored is None:
                stored = self._compute(phase, done)
            self.on_event(finished(stored, resumed=on_disk))
            done.append(stored)
        last = done[-1]
        return Result(image=last.image, path=last.path, record=last.record, evaluations=self.evaluations)

    def _find(self, phase: PhasePlan) -> StoredPhase | None:
        """A finished phase, in its chosen version: patches drawn again are part of what the next phase starts from."""
        number = phase.number
        stored = self.folder.find_phase(number, self.weights_hash, self.captioner_hash, self.base_hash)
        drawn_again = stored is not None and self.folder.next_version(number) > 2
        return self.folder.latest(number) if drawn_again else stored

    def _compute(self, phase: PhasePlan, done: Sequence[StoredPhase]) -> StoredPhase:
        patches = phase.pixel_patches(self.facts.vae_scale_factor)
        self.on_event(
            PhaseStarted(
                phase=phase.number,
                phases=len(self.plan.phases),
                size=phase.size,
                patches=patches,
                steps=phase.steps,
                evaluations=phase.evaluations,
            )
        )
        captions = self._captions(phase, patches, done[-1].image) if done else ()
        record = self._record(phase, patches, captions, done)
        steps = step_file(self.folder, record)
        texts = [caption.text for caption in captions]
        latents = self._upscaled(phase, texts, done, steps) if done else self._native(phase, steps)
        image = self.ladder.run("tiles", lambda: self._tools(phase).decode(latents))
        stored = store(self.folder, image, latents, record)
        steps.remove()
        return stored

    def _tools(self, phase: PhasePlan) -> PhaseTools:
        """The model as the phase uses it, for one part of its work: who keeps it keeps the model in memory."""
        return PhaseTools(
            backbone=self.ladder.backbone(),
            request=self.request,
            phase=phase.number,
            size=phase.size,
            on_event=self.on_event,
            tile=self.ladder.tile,
        )

    def _denoised(
        self, phase: PhasePlan, captions: Sequence[str], steps: StepFile, loop: Callable[[Denoiser], Tensor]
    ) -> Tensor:
        """Latents of a phase; when memory runs out, its loop goes on from its last step."""
        options = self.request.options
        prompts = self.ladder.run("texts", lambda: self._tools(phase).embed(captions))

        def work() -> Tensor:
            fitting = replace(options, view_batch_size=self.ladder.view_batch_size)
            return loop(self._tools(phase).denoiser(fitting, prompts, steps))

        return self.ladder.run("views", work)

    def _native(self, phase: PhasePlan, steps: StepFile) -> Tensor:
        """Phase 1: plain sampling, or the user's own picture."""
        request = self.request
        if request.base_image:
            picture = _open_base_image(request.base_image, phase.size, self.on_event)
            return self.ladder.run("tiles", lambda: self._tools(phase).encode(picture))
        self._tools(phase).warn_of_long_texts([request.prompt, request.negative_prompt])
        noise = self._tools(phase).noise(request.seed, "start")
        return self._denoised(phase, (), steps, lambda denoiser: denoiser.native(noise))

    def _captions(self, phase: PhasePlan, patches: Sequence[Patch], picture: Image.Image) -> tuple[Caption, ...]:
        """A caption for each patch, from the previous phase's picture; none when captions are off."""
        if self.captioner is None:
            return ()
        known = self.folder.load_captions()
        own = self.request.own_captions.get(phase.number, {})
        captioner, question = self.captioner, self.request.question

        def work() -> list[Caption]:
            if self.engine.apart:
                asked = [patch for patch in patches if patch.index not in own]
                caption_apart(captioner, picture, asked, phase.size, question, known, phase.number, self.on_event)
            return caption_patches(
                captioner,
                picture,
                patches,
                phase.size,
                question,
                known,
                phase.number,
                self.on_event,
                polish=lambda captions: drive(self.ladder.backbone(), self.request, captions),
                own={index: text.strip() or self.request.prompt for index, text in own.items()},
            )

        try:
            captions = self.ladder.run("captions", work)
        finally:
            self.folder.save_captions(known)
        texts = tuple(caption.text for caption in captions)
        self._tools(phase).warn_of_long_texts(texts)
        self.on_event(CaptionsReady(phase=phase.number, captions=texts))
        return tuple(captions)

    def _upscaled(
        self,
        phase: PhasePlan,
        captions: Sequence[str],
        done: Sequence[StoredPhase],
        steps: StepFile,
    ) -> Tensor:
        request, options = self.request, self.request.options
        reference = self.ladder.run("tiles", lambda: self._guide(phase, done[-1]))
        noise = self._tools(phase).noise(request.seed, "start")

        def loop(denoiser: Denoiser) -> Tensor:
            return denoiser.upscaled(reference, noise, phase.patches, phase.dilation, request.seed)

        latents = self._denoised(phase, captions or [request.prompt] * len(phase.patches), steps, loop)
        if options.match_statistics:
            latents = match_statistics(latents, torch.from_numpy(done[0].latents).to(latents))
        return latents

    def _guide(self, phase: PhasePlan, previous: StoredPhase) -> Tensor:
        """The previous phase, brought to this size: z_ref."""
        upsampling, tools = self.request.options.upsampling, self._tools(phase)
        if upsampling == "latent":
            small = torch.from_numpy(previous.latents).to(tools.backbone.device)
            return F.interpolate(small, size=tuple(tools.cells), mode="bicubic")
        size = (phase.size.width, phase.size.height)
        return tools.encode(previous.image.resize(size, RESAMPLING[upsampling]))

    def _record(
        self, phase: PhasePlan, patches: tuple[Patch, ...], captions: tuple[Caption, ...], done: Sequence[StoredPhase]
    ) -> PhaseRecord:
        return PhaseRecord(
            request=self.request.up_to(phase.number),
            phase=phase.number,
            phases=len(self.plan.phases),
            size=phase.size,
            patches=patches,
            captions=tuple(caption.text for caption in captions),
            dropped=tuple(caption.dropped for caption in captions),
            model_name=self.facts.name,
            model_hash=self.weights_hash,
            captioner_name=self.captioner.name if self.captioner else "",
            captioner_hash=self.captioner_hash,
            evaluations=phase.evaluations,
            base_hash=self.base_hash,
            drawn_from=done[-1].record.version if done else 1,
        )


def _hash_of_base(path: Path | None) -> str:
    """The picture's content, not its name, decides whether finished phases still hold."""
    if path is None:
        return ""
    try:
        return hash_files([path])
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read ({error.strerror}).", "Choose another picture.") from error


def _open_base_image(path: Path, size: Size, on_event: OnEvent) -> Image.Image:
    """The user's own picture at the size of phase 1, its middle cut out when its shape is another."""
    try:
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise InvalidRequest(f"{path} cannot be read as a picture.", "Choose a PNG, JPEG or WebP file.") from error
    if abs(picture.width * size.height / (picture.height * size.width) - 1) > 0.02:
        on_event(Warned(message=f"{path.name} has another shape than {size}: its edges are cut off."))
    return ImageOps.fit(picture, (size.width, size.height), Image.Resampling.LANCZOS)
