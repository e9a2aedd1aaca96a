"""Generate a picture phase by phase (HiPrompt, 2409.02919)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.attention_maps import AttentionMaps, require_unet
from hiprompt_core.attention_words import Maps, words_in
from hiprompt_core.denoise import match_statistics
from hiprompt_core.describe import Caption, caption_patches
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
from hiprompt_core.ground import Ground
from hiprompt_core.guide_files import inspect_controlnet, inspect_upscaler
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.models import hash_files
from hiprompt_core.own_picture import OwnPicture, open_own_picture
from hiprompt_core.phase import PhaseTools, finished, step_file, store
from hiprompt_core.plan import PhasePlan, make_plan
from hiprompt_core.prompt_syntax import escape, plain_text
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
        return _Generation(request, on_event, engine or Engine()).run()


class _Generation:
    """One run of ``generate``: everything is checked when it is made, before any work is spent."""

    def __init__(self, request: GenerationRequest, on_event: OnEvent, engine: Engine) -> None:
        described_by = request.captioner if request.options.captions else None
        facts = inspect_captioner(described_by) if described_by else None
        self.request = request
        self.evaluations = 0
        self._on_event = on_event
        model = inspect_model(request.model)
        controlnet = inspect_controlnet(request.controlnet.path, model) if request.controlnet else None
        self.plan = make_plan(request, model, facts, controlnet)
        if request.upscaler:
            inspect_upscaler(request.upscaler)
        self.base = _open_base(request)
        self.folder = RunFolder(request.output)
        self.folder.prepare(request)
        self.backbone = engine.backbone(request.model, request.device, request.precision, on_event, request.additions)
        self.captioner = (
            engine.captioner(described_by, request.device, request.precision, on_event, request.captioner_precision)
            if described_by
            else None
        )
        if request.caption_source == "attention":
            require_unet(self.backbone)
        self.captioner_hash = self.captioner.weights_hash if self.captioner else ""
        self.controlnet = engine.controlnet(request.controlnet, self.backbone, on_event)
        self.upscaler = engine.upscaler(request.upscaler, self.backbone.device, on_event)
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
        stored = self.folder.find_phase(
            number,
            self.backbone.weights_hash,
            self.captioner_hash,
            self.base_hash,
            self._guide_hashes(number),
        )
        drawn_again = stored is not None and self.folder.next_version(number) > 2
        return self.folder.latest(number) if drawn_again else stored

    def _guide_hashes(self, phase: int) -> tuple[str, str]:
        """As the record of a phase has them."""
        if phase == 1:
            return "", ""
        return (
            self.controlnet.weights_hash if self.controlnet else "",
            self.upscaler.weights_hash if self.upscaler else "",
        )

    def _compute(self, phase: PhasePlan, done: Sequence[StoredPhase]) -> StoredPhase:
        tools = PhaseTools(
            backbone=self.backbone,
            request=self.request,
            phase=phase.number,
            size=phase.size,
            on_event=self.on_event,
        )
        patches = phase.pixel_patches(self.backbone.facts.vae_scale_factor)
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
        captions = self._captions(tools, patches, done) if done else ()
        record = self._record(phase, patches, captions, done)
        steps = step_file(self.folder, record)
        texts = [caption.text for caption in captions]
        attention: Maps | None = None
        own = self._own_picture(tools) if not done else None
        if own is not None:
            latents = tools.encode(own)
        elif done:
            latents = self._upscaled(tools, phase, texts, done, steps)
        elif self.request.caption_source == "attention":
            latents, attention = self._native_watched(tools)
        else:
            latents = tools.native(self.request.options, steps)
        stored = store(self.folder, own or tools.decode(latents), latents, record, attention)
        steps.remove()
        return stored

    def _own_picture(self, tools: PhaseTools) -> Image.Image | None:
        """Phase 1 of a user's own picture: its middle, when its shape is another."""
        if self.base is None:
            return None
        for note in self.base.notes:
            self.on_event(Warned(message=note))
        picture, size = self.base.image, tools.size
        if abs(picture.width * size.height / (picture.height * size.width) - 1) > 0.02:
            self.on_event(Warned(message=f"The picture has another shape than {size}: its edges are cut off."))
        return ImageOps.fit(picture, (size.width, size.height), Image.Resampling.LANCZOS)

    def _native_watched(self, tools: PhaseTools) -> tuple[Tensor, Maps | None]:
        """Phase 1 and where its words are; from the first step, for steps of an earlier run were not watched."""
        request = self.request
        maps = AttentionMaps.of_prompt(
            self.backbone, plain_text(request.prompt), tools.cells, request.options.num_inference_steps
        )

        def on_event(event: Event) -> None:
            maps.on_event(event)
            self.on_event(event)

        with maps.watching(self.backbone):
            latents = replace(tools, on_event=on_event).native(request.options)
        return latents, maps.result()

    def _captions(
        self, tools: PhaseTools, patches: Sequence[Patch], done: Sequence[StoredPhase]
    ) -> tuple[Caption, ...]:
        """A caption for each patch, most from the previous phase's picture; none when captions are off."""
        if not self.request.options.captions:
            return ()
        known = self.folder.load_captions()
        own = self.request.own_captions.get(tools.phase, {})
        if self.captioner is None:
            own = {**self._words_of_prompt(patches, tools.size, done[0]), **own}
        captions = caption_patches(
            self.captioner,
            done[-1].image,
            patches,
            tools.size,
            self.request.question,
            known,
            tools.phase,
            self.on_event,
            polish=lambda captions: drive(self.backbone, self.request, captions),
            own={index: text.strip() or self.request.prompt for index, text in own.items()},
        )
        self.folder.save_captions(known)
        texts = tuple(caption.text for caption in captions)
        tools.warn_of_long_texts(texts)
        self.on_event(CaptionsReady(phase=tools.phase, captions=texts))
        return tuple(captions)

    def _words_of_prompt(self, patches: Sequence[Patch], size: Size, first: StoredPhase) -> dict[int, str]:
        """What drives patches without a captioner: words by attention, or nothing but the prompt."""
        if first.attention is None:
            return dict.fromkeys([patch.index for patch in patches], "")
        texts = words_in(plain_text(self.request.prompt), first.attention, [patch.window for patch in patches], size)
        return {patch.index: escape(text) for patch, text in zip(patches, texts, strict=True)}

    def _upscaled(
        self,
        tools: PhaseTools,
        phase: PhasePlan,
        captions: Sequence[str],
        done: Sequence[StoredPhase],
        steps: StepFile,
    ) -> Tensor:
        request, options = self.request, self.request.options
        reference, ground = self._guide(tools, done[-1])
        texts = captions or [request.prompt] * len(phase.patches)
        denoiser = tools.denoiser(options, texts, steps, ground=ground)
        noise = tools.noise(request.seed, "start")
        latents = denoiser.upscaled(reference, noise, phase.patches, phase.dilation)
        if options.match_statistics:
            latents = match_statistics(latents, torch.from_numpy(done[0].latents).to(latents))
        return latents

    def _guide(self, tools: PhaseTools, previous: StoredPhase) -> tuple[Tensor, Ground | None]:
        """The previous phase, brought to this size: z_ref, and its picture for the ControlNet."""
        upsampling = self.request.options.upsampling
        ground = None
        if self.upscaler:
            picture = tools.enlarged(previous.image, self.upscaler)
        else:
            size = (tools.size.width, tools.size.height)
            picture = previous.image.resize(size, RESAMPLING.get(upsampling, Image.Resampling.LANCZOS))
        if self.controlnet and self.request.controlnet:
            factor = self.backbone.facts.vae_scale_factor
            ground = Ground.of(self.controlnet.model, self.request.controlnet, picture, factor)
        if self.upscaler or upsampling != "latent":
            return tools.encode(picture), ground
        small = torch.from_numpy(previous.latents).to(self.backbone.device)
        return F.interpolate(small, size=tuple(tools.cells), mode="bicubic"), ground

    def _record(
        self, phase: PhasePlan, patches: tuple[Patch, ...], captions: tuple[Caption, ...], done: Sequence[StoredPhase]
    ) -> PhaseRecord:
        controlnet_hash, upscaler_hash = self._guide_hashes(phase.number)
        return PhaseRecord(
            request=self.request.up_to(phase.number),
            phase=phase.number,
            phases=len(self.plan.phases),
            size=phase.size,
            patches=patches,
            captions=tuple(caption.text for caption in captions),
            dropped=tuple(caption.dropped for caption in captions),
            model_name=self.backbone.facts.name,
            model_hash=self.backbone.weights_hash,
            captioner_name=self.captioner.name if self.captioner else "",
            captioner_hash=self.captioner_hash,
            evaluations=phase.evaluations,
            base_hash=self.base_hash,
            controlnet_hash=controlnet_hash,
            upscaler_hash=upscaler_hash,
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


def _open_base(request: GenerationRequest) -> OwnPicture | None:
    if request.base_image is None:
        return None
    picture = open_own_picture(request.base_image)
    if request.base_size not in (None, picture.size):
        problem = f"{request.base_image} is {picture.size} now, and was {request.base_size} when it was chosen."
        raise InvalidRequest(problem, "Choose it again.")
    return picture
