"""Generate a picture phase by phase, or draw chosen patches of one again (HiPrompt, 2409.02919)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core import vae
from hiprompt_core.backbone import Backbone
from hiprompt_core.captioner import Captioner
from hiprompt_core.captions import cache_key, clean_caption
from hiprompt_core.denoise import Denoiser, batches, match_statistics
from hiprompt_core.errors import InvalidRequest, NumericalError, OutOfMemory
from hiprompt_core.events import (
    CaptionerWorking,
    ModelLoading,
    OnEvent,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    TileDone,
    Warned,
    ignore_events,
)
from hiprompt_core.frequency import low_pass
from hiprompt_core.geometry import Patch, Size, patch_grid
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.model_files import ModelFacts, inspect_captioner, inspect_model
from hiprompt_core.models import choose_device, choose_dtype, load_backbone, load_captioner
from hiprompt_core.plan import PhasePlan, Plan, make_plan
from hiprompt_core.prompts import embed_prompts, filter_words, too_long
from hiprompt_core.request import GenerationRequest, Precision, RegenerateRequest
from hiprompt_core.run_folder import RunFolder, StoredPhase
from hiprompt_core.schedule import draw_noise

logger = logging.getLogger(__name__)

CAPTION_BATCH_SIZE = 8
RESAMPLING = {"lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC}


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished picture; it is on disk at ``path``."""

    image: Image.Image
    path: Path
    record: PhaseRecord
    evaluations: int
    """UNet evaluations of this run; phases found on disk cost none."""


@dataclass(kw_only=True)
class Engine:
    """The loaded models, kept from one request to the next."""

    _backbones: dict[tuple[Path, str, Precision], Backbone] = field(default_factory=dict)
    _captioners: dict[tuple[Path, str, Precision], Captioner] = field(default_factory=dict)

    def backbone(self, folder: Path, device: str, precision: Precision, on_event: OnEvent) -> Backbone:
        """The diffusion model of a folder, loaded when it is not yet."""
        key = (folder.resolve(), device, precision)
        if key not in self._backbones:
            on_event(ModelLoading(name=folder.resolve().name))
            self._backbones.clear()  # one model at a time fits
            place = choose_device(device)
            self._backbones[key] = load_backbone(folder, place, choose_dtype(precision, place))
        return self._backbones[key]

    def captioner(self, folder: Path, device: str, precision: Precision, on_event: OnEvent) -> Captioner:
        """The captioner of a folder, loaded when it is not yet."""
        key = (folder.resolve(), device, precision)
        if key not in self._captioners:
            on_event(ModelLoading(name=folder.resolve().name))
            self._captioners.clear()
            place = choose_device(device)
            self._captioners[key] = load_captioner(folder, place, choose_dtype(precision, place))
        return self._captioners[key]


def generate(request: GenerationRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw a picture: the native phase, then each upscaling phase under the prompts of its patches.

    Finished phases of the same request in ``request.output`` are used as they are: a run that was cancelled or
    failed goes on with the phase it had reached.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    engine = engine or Engine()
    with _readable_errors(), torch.inference_mode():
        return _Generation(request, on_event, engine).run()


class _Generation:
    """One run of ``generate``."""

    def __init__(self, request: GenerationRequest, on_event: OnEvent, engine: Engine) -> None:
        model = inspect_model(request.model)
        captions = request.options.captions and request.captioner is not None
        facts = inspect_captioner(request.captioner) if captions and request.captioner else None
        self.request = request
        self.on_event = on_event
        self.plan: Plan = make_plan(request, model, facts)
        self.folder = RunFolder(request.output)
        self.folder.prepare(request)
        place = (request.device, request.precision, on_event)
        self.backbone = engine.backbone(request.model, *place)
        self.captioner = engine.captioner(request.captioner, *place) if captions and request.captioner else None
        _warn_of_long_texts(self.backbone, [request.prompt, request.negative_prompt], on_event)

    def run(self) -> Result:
        finished: list[StoredPhase] = []
        evaluations = 0
        on_disk = True
        for phase in self.plan.phases:
            stored = self._find(phase) if on_disk else None
            on_disk = stored is not None
            if stored is None:
                stored = self._compute(phase, finished)
                evaluations += phase.evaluations
            self.on_event(self._finished_event(stored, resumed=on_disk))
            finished.append(stored)
        last = finished[-1]
        return Result(image=last.image, path=last.path, record=last.record, evaluations=evaluations)

    def _find(self, phase: PhasePlan) -> StoredPhase | None:
        captioner_hash = self.captioner.weights_hash if self.captioner else ""
        return self.folder.find_phase(phase.number, self.backbone.weights_hash, captioner_hash)

    def _compute(self, phase: PhasePlan, finished: list[StoredPhase]) -> StoredPhase:
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
        if phase.number == 1:
            captions: tuple[str, ...] = ()
            latents = self._native(phase)
        else:
            captions = self._captions(phase, patches, finished[-1].image)
            latents = self._upscaled(phase, captions, finished)
        _require_finite(latents)
        image = self._decode(latents, phase.number)
        return self._save(phase, patches, captions, image, latents)

    def _native(self, phase: PhasePlan) -> Tensor:
        if self.request.base_image:
            picture = _open_base_image(self.request.base_image, phase.size, self.on_event)
            return self._encode(picture, phase.number)
        request, cells = self.request, phase.size.over(self.backbone.facts.vae_scale_factor)
        noise = self._noise(cells, request.seed, phase.number, "start")
        return self._denoiser(phase, ()).native(noise)

    def _captions(self, phase: PhasePlan, patches: Sequence[Patch], picture: Image.Image) -> tuple[str, ...]:
        """A caption for each patch, from the previous phase's picture; none when captions are off."""
        if self.captioner is None:
            return ()
        request = self.request
        known = self.folder.load_captions()
        captions = caption_patches(
            self.captioner, picture, patches, phase.size, request.question, known, phase.number, self.on_event
        )
        self.folder.save_captions(known)
        if request.options.word_filter is not None:
            captions = filter_words(self.backbone, request.prompt, captions, request.options.word_filter)
        # A patch of which nothing is left follows the prompt.
        captions = [caption or request.prompt for caption in captions]
        _warn_of_long_texts(self.backbone, captions, self.on_event)
        for done, caption in enumerate(captions, start=1):
            self.on_event(
                PatchCaptioned(phase=phase.number, patch=done - 1, caption=caption, done=done, patches=len(captions))
            )
        return tuple(captions)

    def _upscaled(self, phase: PhasePlan, captions: Sequence[str], finished: list[StoredPhase]) -> Tensor:
        request, options = self.request, self.request.options
        previous, first = finished[-1], finished[0]
        cells = phase.size.over(self.backbone.facts.vae_scale_factor)
        if options.upsampling == "latent":
            small = torch.from_numpy(previous.latents).to(self.backbone.device)
            reference = F.interpolate(small, size=tuple(cells), mode="bicubic")
        else:
            guide = previous.image.resize((phase.size.width, phase.size.height), RESAMPLING[options.upsampling])
            reference = self._encode(guide, phase.number)
        noise = self._noise(cells, request.seed, phase.number, "start")
        denoiser = self._denoiser(phase, captions or [request.prompt] * len(phase.patches))
        latents = denoiser.upscaled(reference, noise, phase.patches, phase.dilation, request.seed)
        if options.match_statistics:
            latents = match_statistics(latents, torch.from_numpy(first.latents).to(latents))
        return latents

    def _denoiser(self, phase: PhasePlan, captions: Sequence[str]) -> Denoiser:
        request = self.request
        return Denoiser(
            backbone=self.backbone,
            prompts=embed_prompts(self.backbone, request.prompt, request.negative_prompt, captions),
            options=request.options,
            phase=phase.number,
            size=phase.size,
            on_event=self.on_event,
        )

    def _noise(self, cells: Size, seed: int, phase: int, purpose: str) -> Tensor:
        return latent_noise(self.backbone, cells, seed, phase, purpose)

    def _encode(self, picture: Image.Image, phase: int) -> Tensor:
        def on_tile(done: int, tiles: int) -> None:
            self.on_event(TileDone(phase=phase, work="encode", done=done, tiles=tiles))

        facts = self.backbone.facts
        tile = _tile_size(self.request, facts)
        return vae.encode(self.backbone.vae, picture, facts.vae_scale_factor, tile, on_tile)

    def _decode(self, latents: Tensor, phase: int) -> Image.Image:
        def on_tile(done: int, tiles: int) -> None:
            self.on_event(TileDone(phase=phase, work="decode", done=done, tiles=tiles))

        facts = self.backbone.facts
        return vae.decode(self.backbone.vae, latents, facts.vae_scale_factor, _tile_size(self.request, facts), on_tile)

    def _save(
        self,
        phase: PhasePlan,
        patches: tuple[Patch, ...],
        captions: tuple[str, ...],
        image: Image.Image,
        latents: Tensor,
    ) -> StoredPhase:
        record = PhaseRecord(
            request=self.request,
            phase=phase.number,
            phases=len(self.plan.phases),
            size=phase.size,
            patches=patches,
            captions=captions,
            model_name=self.backbone.facts.name,
            model_hash=self.backbone.weights_hash,
            captioner_name=self.captioner.name if self.captioner else "",
            captioner_hash=self.captioner.weights_hash if self.captioner else "",
            evaluations=phase.evaluations,
        )
        return _store(self.folder, image, latents, record)

    def _finished_event(self, stored: StoredPhase, resumed: bool) -> PhaseFinished:
        return finished_event(stored, 0 if resumed else stored.record.evaluations, resumed)


def regenerate(request: RegenerateRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw chosen patches of a finished phase again; the picture outside of their halo stays bit for bit.

    The result is a new version of the phase beside the old one.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    engine = engine or Engine()
    with _readable_errors(), torch.inference_mode():
        folder = RunFolder.open(request.source)
        stored = folder.latest(request.phase)
        _check_patches(request, stored.record)
        return _regenerate(request, folder, stored, on_event, engine)


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
    backbone = engine.backbone(made.model, made.device, made.precision, on_event)
    factor = backbone.facts.vae_scale_factor
    captions = list(record.captions or [made.prompt] * len(record.patches))
    for index, caption in request.captions.items():
        captions[index] = caption or captions[index]
    options = replace(
        made.options,
        captions=True,
        strength=request.strength,
        upscale_num_inference_steps=request.num_inference_steps,
    )
    patches = [_in_cells(patch, factor) for patch in record.patches]
    evaluations = 0

    def count(event: object) -> None:
        nonlocal evaluations
        evaluations += getattr(event, "evaluations", 0)

    def counted(event) -> None:  # type: ignore[no-untyped-def]
        count(event)
        on_event(event)

    on_event(
        PhaseStarted(
            phase=record.phase,
            phases=record.phases,
            size=record.size,
            patches=record.patches,
            steps=options.upscale_steps,
            evaluations=0,
        )
    )
    _warn_of_long_texts(backbone, captions, on_event)
    denoiser = Denoiser(
        backbone=backbone,
        prompts=embed_prompts(backbone, made.prompt, made.negative_prompt, captions),
        options=options,
        phase=record.phase,
        size=record.size,
        on_event=counted,
    )
    finished = torch.from_numpy(stored.latents).to(backbone.device)
    cells = Size(*finished.shape[-2:])
    mask = patch_mask(cells, [patches[index] for index in request.captions]).to(finished)
    noise = latent_noise(backbone, cells, request.seed, record.phase, "regenerate")
    latents = denoiser.redrawn(finished, noise, patches, mask, request.seed)
    _require_finite(latents)
    image = _blend(backbone, made, stored.image, latents, mask, record.phase, on_event)
    new = replace(
        record,
        captions=tuple(captions),
        evaluations=evaluations,
        version=folder.next_version(record.phase),
        regenerated=request,
    )
    result = _store(folder, image, latents, new)
    on_event(finished_event(result, evaluations, resumed=False))
    return Result(image=result.image, path=result.path, record=new, evaluations=evaluations)


def _in_cells(patch: Patch, factor: int) -> Patch:
    def shrink(box):  # type: ignore[no-untyped-def]
        return type(box)(*(edge // factor for edge in box))

    return patch._replace(cell=shrink(patch.cell), window=shrink(patch.window))


def patch_mask(cells: Size, chosen: Sequence[Patch]) -> Tensor:
    """M of section 3, (1, 1, h, w): 1 inside of the chosen cells, falling to 0 over an eighth of a window."""
    mask = torch.zeros((1, 1, *cells))
    for patch in chosen:
        mask[..., *patch.cell.slices] = 1
    sigma = max(0.5, max(chosen[0].window.size) / 32)
    return torch.where(mask > 0, 1.0, low_pass(mask, sigma) * 2).clamp(max=1)


def _blend(
    backbone: Backbone,
    made: GenerationRequest,
    old: Image.Image,
    latents: Tensor,
    mask: Tensor,
    phase: int,
    on_event: OnEvent,
) -> Image.Image:
    """Decode only the tiles that meet the mask, and lay them over the old picture with a soft edge."""
    facts = backbone.facts
    factor, tile = facts.vae_scale_factor, _tile_size(made, facts)
    cells = Size(*latents.shape[-2:])
    # The decoder carries a change two cells far; beyond that the edge fades out over three cells more.
    reach = F.max_pool2d((mask > 0).float(), 5, stride=1, padding=2).cpu()
    opacity = low_pass(reach, 1.0)
    opacity = F.interpolate(opacity, scale_factor=factor, mode="bilinear")[0, 0]
    near = F.max_pool2d(reach, 9, stride=1, padding=4) > 0
    boxes = [box for box in vae.tile_boxes(cells, tile // factor) if near[..., *box.slices].any()]

    def on_tile(done: int, tiles: int) -> None:
        on_event(TileDone(phase=phase, work="decode", done=done, tiles=tiles))

    new = np.asarray(vae.decode_boxes(backbone.vae, latents, boxes, factor, tile, on_tile), dtype=np.float32)
    share = opacity.numpy()[..., None]
    before = np.asarray(old.convert("RGB"))
    mixed = np.rint(before + share * (new - before)).astype(np.uint8)
    return Image.fromarray(np.where(share > 0, mixed, before))


def caption_image(
    image: Image.Image,
    window: int,
    overlap: float,
    captioner: Path,
    question: str,
    on_event: OnEvent = ignore_events,
    engine: Engine | None = None,
) -> list[tuple[Patch, str]]:
    """Describe the patches of any picture; ``window`` is their side in pixels."""
    engine = engine or Engine()
    with _readable_errors(), torch.inference_mode():
        model = engine.captioner(captioner, "auto", "auto", on_event)
        size = Size(image.height, image.width)
        patches = patch_grid(size, Size(window, window), overlap)
        captions = caption_patches(model, image, patches, size, question, {}, 1, on_event)
        return list(zip(patches, captions, strict=True))


def caption_patches(
    captioner: Captioner,
    picture: Image.Image,
    patches: Sequence[Patch],
    size: Size,
    question: str,
    known: dict[str, str],
    phase: int,
    on_event: OnEvent,
) -> list[str]:
    """Clean captions of all patches, each distinct crop asked about once.

    Args:
        picture: RGB, of any size: patches of ``size`` are cut from the same place in it.
        known: raw answers by ``cache_key``; new ones are added.
    """
    source = Size(picture.height, picture.width)
    picture = picture.convert("RGB")
    crops = []
    for patch in patches:
        top, left, bottom, right = patch.window.scaled(size, source)
        crops.append(picture.crop((left, top, right, bottom)))
    keys = [cache_key(crop, question, captioner.weights_hash) for crop in crops]
    unknown = [key for key in dict.fromkeys(keys) if key not in known]
    crop_of = dict(zip(keys, crops, strict=True))

    def on_word() -> None:
        on_event(CaptionerWorking(phase=phase))

    for batch in batches(unknown, CAPTION_BATCH_SIZE):
        answers = captioner.describe([crop_of[key] for key in batch], question, on_word)
        known.update(zip(batch, answers, strict=True))
        on_word()
    return [clean_caption(known[key]) for key in keys]


def latent_noise(backbone: Backbone, cells: Size, seed: int, phase: int, purpose: str) -> Tensor:
    """Standard normal noise (1, c, h, w) on the model's device, the same on every device."""
    channels = int(backbone.vae.config.latent_channels)
    return draw_noise((1, channels, *cells), seed, phase, purpose).to(backbone.device)


def finished_event(stored: StoredPhase, evaluations: int, resumed: bool) -> PhaseFinished:
    """Tell that a phase is on disk."""
    record = stored.record
    return PhaseFinished(
        phase=record.phase,
        phases=record.phases,
        size=record.size,
        patches=record.patches,
        captions=record.captions,
        image=stored.image,
        path=stored.path,
        evaluations=evaluations,
        resumed=resumed,
    )


def _store(folder: RunFolder, image: Image.Image, latents: Tensor, record: PhaseRecord) -> StoredPhase:
    values = latents.float().cpu().numpy()
    path = folder.save_phase(image, values, record)
    return StoredPhase(path=path, image=image, record=record, latents=values)


def _tile_size(request: GenerationRequest, facts: ModelFacts) -> int:
    return request.options.vae_tile_size or facts.default_tile_size


def _warn_of_long_texts(backbone: Backbone, texts: Sequence[str], on_event: OnEvent) -> None:
    long = too_long(backbone, [text for text in texts if text])
    if long:
        on_event(
            Warned(
                message=f"{len(long)} text(s) are longer than the encoder's {backbone.token_limit} tokens and are "
                f"read in pieces, the first beginning “{long[0][:40]}…”."
            )
        )


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


def _require_finite(latents: Tensor) -> None:
    if not torch.isfinite(latents).all():
        raise NumericalError("The diffusion model gave values that are not numbers.", "Use precision float32.")


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Recognise a full memory by type and by text: backends raise plain RuntimeErrors for it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        text = str(error).lower()
        signs = ("out of memory", "can't allocate memory", "alloc_failed", "out_of_device_memory")
        if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(sign in text for sign in signs):
            raise OutOfMemory(
                "There is not enough memory for this request.",
                "Choose a smaller view batch or VAE tile, a smaller size or another device.",
            ) from error
        raise
