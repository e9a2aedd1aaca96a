"""Generate a picture phase by phase (HiPrompt, 2409.02919)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image, ImageOps
from torch import Tensor

from hiprompt_core.addition_files import addition_files
from hiprompt_core.attention_maps import AttentionMaps, require_unet
from hiprompt_core.attention_words import Maps, words_in
from hiprompt_core.cancelling import answering
from hiprompt_core.checkpoint import PART_NAMES
from hiprompt_core.denoise import match_statistics
from hiprompt_core.describe import Caption, LentCaptioner, caption_patches
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
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.geometry import Patch, Size
from hiprompt_core.ground import Ground
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.ladder import Ladder
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.models import hash_files
from hiprompt_core.options import Options
from hiprompt_core.own_picture import OwnPicture, open_own_picture
from hiprompt_core.phase import PhaseTools, finished, step_file, store
from hiprompt_core.plan import PhasePlan, check_branch, make_plan
from hiprompt_core.prompt_syntax import escape, plain_text
from hiprompt_core.prompts import PromptHierarchy, drive
from hiprompt_core.request import GenerationRequest
from hiprompt_core.result import Result
from hiprompt_core.run_folder import RunFolder, StoredPhase
from hiprompt_core.step_file import StepFile
from hiprompt_core.upscaler import Upscaler

RESAMPLING = {"lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC}


def generate(request: GenerationRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw a picture: the native phase, then each upscaling phase under the prompts of its patches.

    Finished phases of the same request in ``request.output`` are used as they are: a run that was cancelled or
    failed goes on with the phase it had reached. ``own_captions`` of phases that are not finished may change meanwhile,
    and patches of finished ones be drawn again. Phases of a ``trunk`` are used as they are, too, whatever their models
    have become since.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    with answering(on_event), computing():
        generation = _Generation(request, on_event, engine or Engine())
        with closing(generation.ladder):
            return generation.run()


class _Generation:
    """One run of ``generate``: everything is checked when it is made, before any work is spent."""

    def __init__(
        self, request: GenerationRequest, on_event: OnEvent, engine: Engine, branch: RunFolder | None = None
    ) -> None:
        """Args:
        branch: folder of a picture that branches off this one; none: this picture is what is asked for.
        """
        described_by = request.captioner if request.options.captions else None
        facts = inspect_captioner(described_by) if described_by else None
        self.request = request
        self.evaluations = 0
        self._on_event = on_event
        self.facts = inspect_model(request.model)
        guides = inspect_guides(request, self.facts)
        addition_files(request.additions)
        place = engine.place(request.device, request.precision)
        self.plan = make_plan(request, self.facts, facts, guides, place)
        self.base = _open_base(request)
        self.folder = branch or RunFolder(request.output)
        if branch is None:
            self.folder.prepare(request)
        self.engine = engine
        for part in self.facts.left_out:
            on_event(
                Warned(message=f"{self.facts.name} runs without its {PART_NAMES[part]}: it reads texts less closely.")
            )
        if self.plan.fit.text != make_plan(request, self.facts, facts, guides, replace(place, free=None)).fit.text:
            on_event(Warned(message=f"Little memory is free: {self.plan.fit.text}."))
        self.ladder = Ladder(engine, request, self.facts, self.plan.fit, on_event)
        self.captioner = (
            self.ladder.run(
                "captions",
                lambda: LentCaptioner(
                    engine, described_by, request.device, request.precision, on_event, request.captioner_precision
                ),
            )
            if described_by
            else None
        )
        self.weights_hash = self.ladder.run("texts", self._model_hash)
        self.captioner_hash = self.captioner.weights_hash if self.captioner else ""
        self._guide_hashes = self.ladder.run("texts", self._hash_guides)
        self.base_hash = _hash_of_base(request.base_image)

    def on_event(self, event: Event) -> None:
        if isinstance(event, ViewBatchDone):
            self.evaluations += event.evaluations
        self._on_event(event)

    def run(self) -> Result:
        last = self.draw(len(self.plan.phases))[-1]
        return Result(image=last.image, path=last.path, record=last.record, evaluations=self.evaluations)

    def draw(self, count: int) -> list[StoredPhase]:
        """The first ``count`` phases."""
        done, on_disk = self._kept(), True
        for phase in self.plan.phases[len(done) : count]:
            stored = self._find(phase) if on_disk else None
            on_disk = stored is not None
            if stored is None:
                stored = self._compute(phase, done)
            self.on_event(finished(stored, resumed=on_disk))
            done.append(stored)
        return done

    def _kept(self) -> list[StoredPhase]:
        """The phases of the trunk, as they are on disk, or else drawn as they were."""
        trunk = self.request.trunk
        if trunk is None:
            return []
        numbers = range(1, trunk.phases + 1)
        kept = [stored for number in numbers if (stored := self.folder.kept_phase(number)) is not None]
        if len(kept) == trunk.phases:
            check_branch([stored.record.size for stored in kept], self.plan)
            for stored in kept:
                self.on_event(replace(finished(stored, resumed=True), phases=len(self.plan.phases)))
        else:
            source = _Generation(
                replace(trunk.request, output=self.folder.path), self.on_event, self.engine, self.folder
            )
            check_branch([phase.size for phase in source.plan.phases[: trunk.phases]], self.plan)
            with closing(source.ladder):
                kept = source.draw(trunk.phases)
        return [self._readable(stored) for stored in kept]

    def _readable(self, stored: StoredPhase) -> StoredPhase:
        """A phase with latents of this request's model: another one's mean something else."""
        if stored.record.model_hash == self.weights_hash:
            return stored
        phase = self.plan.phases[stored.record.phase - 1]
        return replace(stored, latents=self._encode(phase, stored.image).float().cpu().numpy())

    def _find(self, phase: PhasePlan) -> StoredPhase | None:
        """A finished phase, in its chosen version: patches drawn again are part of what the next phase starts from."""
        number = phase.number
        guide_hashes = self._guides_of(number)
        stored = self.folder.find_phase(number, self.weights_hash, self.captioner_hash, self.base_hash, guide_hashes)
        drawn_again = stored is not None and self.folder.next_version(number) > 2
        return self.folder.latest(number) if drawn_again else stored

    def _guides_of(self, phase: int) -> tuple[str, str]:
        """Hashes of the ControlNet and the upscaler that a phase depends on."""
        return self._guide_hashes if phase > 1 else ("", "")

    def _hash_guides(self) -> tuple[str, str]:
        """Of the ControlNet and the trained upscaler, as the records of later phases have them."""
        controlnet = self.engine.controlnet(self.request.controlnet, self.ladder.backbone(), self._on_event)
        upscaler = self._upscaler() if self.request.upscaler else None
        return controlnet.weights_hash if controlnet else "", upscaler.weights_hash if upscaler else ""

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
        captions = self._captions(phase, patches, done) if done else ()
        record = self._record(phase, patches, captions, done)
        steps = step_file(self.folder, record)
        texts = [caption.text for caption in captions]
        attention: Maps | None = None
        own = self.ladder.run("tiles", lambda: self._own_picture(phase.size)) if not done else None
        if own is not None:
            latents = self._encode(phase, own)
        elif done:
            latents = self._upscaled(phase, texts, done, steps)
        elif self.request.caption_source == "attention":
            latents, attention = self._native_watched(phase)
        else:
            latents = self._native(phase, steps)
        with steps.kept():  # a picture that cannot be decoded or written is not drawn again
            image = own or self.ladder.run("tiles", lambda: self._tools(phase).decode(latents))
            stored = self.ladder.run("tiles", lambda: store(self.folder, image, latents, record, attention))
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

    def _model_hash(self) -> str:
        backbone = self.ladder.backbone()
        if self.request.caption_source == "attention":
            require_unet(backbone)
        return backbone.weights_hash

    def _own_picture(self, size: Size) -> Image.Image | None:
        """Phase 1 of a user's own picture: its middle, when its shape is another."""
        if self.base is None:
            return None
        for note in self.base.notes:
            self.on_event(Warned(message=note))
        picture = self.base.image
        if abs(picture.width * size.height / (picture.height * size.width) - 1) > 0.02:
            self.on_event(Warned(message=f"The picture has another shape than {size}: its edges are cut off."))
        return ImageOps.fit(picture, (size.width, size.height), Image.Resampling.LANCZOS)

    def _encode(self, phase: PhasePlan, picture: Image.Image) -> Tensor:
        return self.ladder.run("tiles", lambda: self._tools(phase).encode(picture))

    def _noise(self, phase: PhasePlan) -> Tensor:
        return self.ladder.run("texts", lambda: self._tools(phase).noise(self.request.seed, "start"))

    def _embed(self, phase: PhasePlan, texts: Sequence[str], captions: Sequence[str]) -> PromptHierarchy:
        """Every text of the phase; ``texts``: those whose length is new to the user."""

        def work() -> PromptHierarchy:
            tools = self._tools(phase)
            tools.warn_of_texts(texts)
            return tools.embed(captions)

        return self.ladder.run("texts", work)

    def _denoised(self, phase: PhasePlan, loop: Callable[[PhaseTools, Options], Tensor]) -> Tensor:
        """Latents of a phase; when memory runs out, its loop goes on from its last step."""
        options = self.request.options
        return self.ladder.run(
            "views",
            lambda: loop(self._tools(phase), replace(options, view_batch_size=self.ladder.view_batch_size)),
        )

    def _native(self, phase: PhasePlan, steps: StepFile) -> Tensor:
        request = self.request
        prompts = self._embed(phase, [request.prompt, request.negative_prompt], ())
        noise = self._noise(phase)
        return self._denoised(phase, lambda tools, options: tools.denoiser(options, prompts, steps).native(noise))

    def _native_watched(self, phase: PhasePlan) -> tuple[Tensor, Maps | None]:
        """Phase 1 and where its words are; from the first step, for steps of an earlier run were not watched."""
        request = self.request
        prompts = self._embed(phase, [request.prompt, request.negative_prompt], ())
        noise, found = self._noise(phase), None

        def loop(tools: PhaseTools, options: Options) -> Tensor:
            nonlocal found
            maps = AttentionMaps.of_prompt(
                tools.backbone, plain_text(request.prompt), tools.cells, options.num_inference_steps
            )

            def on_event(event: Event) -> None:
                maps.on_event(event)
                self.on_event(event)

            with maps.watching(tools.backbone):
                latents = replace(tools, on_event=on_event).denoiser(options, prompts).native(noise)
            found = maps.result()
            return latents

        return self._denoised(phase, loop), found

    def _captions(self, phase: PhasePlan, patches: Sequence[Patch], done: Sequence[StoredPhase]) -> tuple[Caption, ...]:
        """A caption for each patch, most from the previous phase's picture; none when captions are off."""
        request = self.request
        if not request.options.captions:
            return ()
        known = self.folder.load_captions()
        own = request.own_captions.get(phase.number, {})
        if self.captioner is None:
            own = {**self._words_of_prompt(patches, phase.size, done[0]), **own}

        def polish(captions: list[str]) -> list[str]:
            return self.ladder.run("texts", lambda: drive(self.ladder.backbone(), request, captions))

        def work() -> list[Caption]:
            return caption_patches(
                self.captioner,
                done[-1].image,
                patches,
                phase.size,
                request.question,
                known,
                phase.number,
                self.on_event,
                polish=polish,
                own={index: text.strip() or request.prompt for index, text in own.items()},
                apart=self.engine.apart,
            )

        try:
            captions = self.ladder.run("captions", work)
        finally:
            self.folder.save_captions(known)
        texts = tuple(caption.text for caption in captions)
        self.ladder.run("texts", lambda: self._tools(phase).warn_of_texts(texts))
        self.on_event(CaptionsReady(phase=phase.number, captions=texts))
        return tuple(captions)

    def _words_of_prompt(self, patches: Sequence[Patch], size: Size, first: StoredPhase) -> dict[int, str]:
        """What drives patches without a captioner: words by attention, or nothing but the prompt."""
        if first.attention is None:
            return dict.fromkeys([patch.index for patch in patches], "")
        texts = words_in(plain_text(self.request.prompt), first.attention, [patch.window for patch in patches], size)
        return {patch.index: escape(text) for patch, text in zip(patches, texts, strict=True)}

    def _upscaled(
        self,
        phase: PhasePlan,
        captions: Sequence[str],
        done: Sequence[StoredPhase],
        steps: StepFile,
    ) -> Tensor:
        request = self.request
        guide = self._guide(phase, done[-1])
        reference = self._reference(phase, done[-1], guide)
        driven = captions or [request.prompt] * len(phase.patches)
        prompts, noise = self._embed(phase, (), driven), self._noise(phase)

        def loop(tools: PhaseTools, options: Options) -> Tensor:
            denoiser = tools.denoiser(options, prompts, steps, ground=self._ground(tools.backbone, guide))
            return denoiser.upscaled(reference, noise, phase.patches, phase.dilation)

        latents = self._denoised(phase, loop)
        if request.options.match_statistics:
            first = torch.from_numpy(done[0].latents)
            return self.ladder.run("tiles", lambda: match_statistics(latents, first.to(latents)))
        return latents

    def _guide(self, phase: PhasePlan, previous: StoredPhase) -> Image.Image:
        """The previous phase's picture at this size."""
        if self.request.upscaler:
            return self.ladder.run("tiles", lambda: self._tools(phase).enlarged(previous.image, self._upscaler()))
        size = (phase.size.width, phase.size.height)
        way = RESAMPLING.get(self.request.options.upsampling, Image.Resampling.LANCZOS)
        return self.ladder.run("tiles", lambda: previous.image.resize(size, way))

    def _reference(self, phase: PhasePlan, previous: StoredPhase, guide: Image.Image) -> Tensor:
        """What denoising starts from: z_ref."""
        if self.request.options.upsampling == "latent" and not self.request.upscaler:
            return self.ladder.run("tiles", lambda: self._tools(phase).grown(previous.latents))
        return self._encode(phase, guide)

    def _ground(self, backbone: Backbone, guide: Image.Image) -> Ground | None:
        """What a ControlNet holds the views to; loaded for the backbone of now."""
        asked = self.request.controlnet
        loaded = self.engine.controlnet(asked, backbone, self.on_event)
        if asked is None or loaded is None:
            return None
        return Ground.of(loaded.model, asked, guide, self.facts.vae_scale_factor)

    def _upscaler(self) -> Upscaler:
        upscaler = self.engine.upscaler(self.request.upscaler, self.ladder.backbone().device, self.on_event)
        assert upscaler is not None  # nobody calls this without one
        return upscaler

    def _record(
        self, phase: PhasePlan, patches: tuple[Patch, ...], captions: tuple[Caption, ...], done: Sequence[StoredPhase]
    ) -> PhaseRecord:
        controlnet_hash, upscaler_hash = self._guides_of(phase.number)
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
