"""What every phase needs around its loop: noise, prompts, VAE tiles, and its place on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core import vae
from hiprompt_core.attention_words import Maps
from hiprompt_core.denoise import Denoiser
from hiprompt_core.errors import NumericalError
from hiprompt_core.events import OnEvent, PhaseFinished, TileDone, Warned
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.geometry import Box, Size
from hiprompt_core.ground import Ground
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.options import Options
from hiprompt_core.preview import Preview
from hiprompt_core.prompt_syntax import first_tag
from hiprompt_core.prompts import PromptHierarchy, embed_prompts, too_long
from hiprompt_core.request import GenerationRequest
from hiprompt_core.run_folder import RunFolder, StoredPhase
from hiprompt_core.schedule import draw_noise
from hiprompt_core.step_file import StepFile
from hiprompt_core.upscaler import Upscaler


@dataclass(frozen=True, kw_only=True)
class PhaseTools:
    """The model and the request, as one phase uses them."""

    backbone: Backbone
    request: GenerationRequest
    phase: int
    size: Size
    """Of the phase's picture, pixels."""
    on_event: OnEvent
    tile: int
    """Side of a VAE tile, pixels."""

    @property
    def cells(self) -> Size:
        """Of the phase's latents."""
        return self.size.over(self.backbone.facts.vae_scale_factor)

    def noise(self, seed: int, purpose: str) -> Tensor:
        """Standard normal noise (1, c, h, w), the same on every device."""
        channels = int(self.backbone.vae.config.latent_channels)
        return draw_noise((1, channels, *self.cells), seed, self.phase, purpose).to(self.backbone.device)

    def embed(self, captions: Sequence[str]) -> PromptHierarchy:
        """Every text of the phase, as the model reads it."""
        return embed_prompts(self.backbone, self.request.prompt, self.request.negative_prompt, captions)

    def denoiser(
        self,
        options: Options,
        prompts: PromptHierarchy,
        step_file: StepFile | None = None,
        seed: int | None = None,
        ground: Ground | None = None,
    ) -> Denoiser:
        """The loop over timesteps; ``seed``: none for that of the request."""
        return Denoiser(
            backbone=self.backbone,
            prompts=prompts,
            options=options,
            phase=self.phase,
            size=self.size,
            seed=self.request.seed if seed is None else seed,
            on_event=self.on_event,
            step_file=step_file,
            preview=Preview(self.backbone.vae, self.backbone.facts.vae_scale_factor),
            ground=ground,
        )

    def encode(self, picture: Image.Image) -> Tensor:
        """Latents of a picture of the phase's size; what its last cells lack is mirrored."""

        def on_tile(done: int, tiles: int) -> None:
            self.on_event(TileDone(phase=self.phase, work="encode", done=done, tiles=tiles))

        factor = self.backbone.facts.vae_scale_factor
        return vae.encode(self.backbone.vae, vae.whole_cells(picture, factor), factor, self.tile, on_tile)

    def enlarged(self, picture: Image.Image, upscaler: Upscaler) -> Image.Image:
        """A picture at the phase's size, by a trained upscaler."""

        def on_tile(done: int, tiles: int) -> None:
            self.on_event(TileDone(phase=self.phase, work="upscale", done=done, tiles=tiles))

        return upscaler.enlarge(picture, self.size, self.tile, on_tile)

    def grown(self, latents: np.ndarray[Any, Any]) -> Tensor:
        """Latents (1, c, h, w) of a smaller picture, brought to this size as they are."""
        return F.interpolate(torch.from_numpy(latents).to(self.backbone.device), size=tuple(self.cells), mode="bicubic")

    def decode(self, latents: Tensor, where: Tensor | None = None) -> Image.Image:
        """The picture of latents; given a map ``where`` (1, 1, h, w), only the tiles that meet it.

        Raises:
            NumericalError: the latents or the picture hold values that are not numbers.
        """
        if not torch.isfinite(latents).all():
            raise NumericalError("The diffusion model gave values that are not numbers.", "Use precision float32.")
        factor = self.backbone.facts.vae_scale_factor
        boxes = vae.tile_boxes(self.cells, self.tile // factor)

        piece: dict[str, Any] = {}

        def on_piece(box: Box, image: Image.Image) -> None:
            inside = box.within(self.size)
            piece.update(box=inside, image=image.crop((0, 0, inside.size.width, inside.size.height)))

        def on_tile(done: int, tiles: int) -> None:
            self.on_event(TileDone(phase=self.phase, work="decode", done=done, tiles=tiles, **piece))

        def wanted(box: Box) -> bool:
            return where is None or bool(where[..., *box.slices].any())

        chosen = [box for box in boxes if wanted(box)]
        # A part alone is laid over the old picture with a soft edge: until then it would show too much of itself.
        told = on_piece if where is None and len(chosen) > 1 else None
        picture = vae.decode_boxes(self.backbone.vae, latents, chosen, factor, self.tile, on_tile, told)
        if picture.size == (self.size.width, self.size.height):
            return picture
        # Pillow would refuse to cut one of its own that is larger than what it takes for an attack, 179 million pixels.
        return Image.fromarray(np.asarray(picture)[: self.size.height, : self.size.width])

    def warn_of_texts(self, texts: Sequence[str]) -> None:
        """Say which texts the encoder can only read in pieces, and what in them is not read as it was meant."""
        tag = next(filter(None, map(first_tag, texts)), None)
        if tag:
            self.on_event(Warned(message=f"“{tag}” is read as words: add LoRAs as add-ons of the model instead."))
        long = too_long(self.backbone, texts)
        limit = self.backbone.token_limit
        if len(long) == 1:
            message = (
                f"One text is longer than the encoder's {limit} tokens and is read in pieces; "
                f"it begins “{long[0][:40]}…”."
            )
            self.on_event(Warned(message=message, passing=True))
        elif long:
            message = (
                f"{len(long)} texts are longer than the encoder's {limit} tokens and are read in pieces; "
                f"the first begins “{long[0][:40]}…”."
            )
            self.on_event(Warned(message=message, passing=True))


def step_file(folder: RunFolder, record: PhaseRecord) -> StepFile:
    """Where a phase in work keeps its last step; it goes on only if all that shapes its latents is the same."""
    return StepFile(folder.path / f"phase-{record.phase}.steps", json.dumps(_shaped_by(record)))


def step_file_of_patches(folder: RunFolder, record: PhaseRecord, weights_hash: str, before: StoredPhase) -> StepFile:
    """Where patches in work keep their last step, one file for each seed: variations do not take each other's place.

    Files that patches of this phase left and nobody can go on from, because they were chosen or described otherwise or
    drawn into another picture, are removed.

    Args:
        record: of the version in work.
        weights_hash: of the model that draws now, which may have changed since the phase was drawn.
        before: what the patches are drawn into.
    """
    asked = record.regenerated
    assert asked is not None  # nobody else draws patches
    key = json.dumps((
        *_shaped_by(record), weights_hash, hashlib.sha256(before.latents.data).hexdigest(), sorted(asked.captions),
        asked.strength, asked.num_inference_steps,
    ))  # fmt: skip
    name = f"phase-{record.phase}-again-{{}}.steps"
    for path in folder.path.glob(name.format("*")):
        StepFile(path, key).remove_another()
    return StepFile(folder.path / name.format(asked.seed), key)


def _shaped_by(record: PhaseRecord) -> tuple[object, ...]:
    """What a phase's latents follow from."""
    return (
        record.request.digest(), record.model_hash, record.captioner_hash, record.base_hash, record.phase,
        record.captions, record.drawn_from, *record.guide_hashes,
    )  # fmt: skip


def store(
    folder: RunFolder, image: Image.Image, latents: Tensor, record: PhaseRecord, attention: Maps | None = None
) -> StoredPhase:
    """Write a finished phase to disk."""
    values = latents.float().cpu().numpy()
    record = folder.with_past(record)
    path = folder.save_phase(image, values, record, attention)
    return StoredPhase(path=path, image=image, record=record, latents=values, attention=attention)


def finished(stored: StoredPhase, resumed: bool = False) -> PhaseFinished:
    """The event that tells that a phase is on disk."""
    record = stored.record
    return PhaseFinished(
        phase=record.phase,
        phases=record.phases,
        size=record.size,
        patches=record.patches,
        captions=record.captions,
        image=stored.image,
        path=stored.path,
        evaluations=0 if resumed else record.evaluations,
        resumed=resumed,
        dropped=record.dropped,
    )
