"""Trained upscalers for the guide: Swin2SR (2209.11345) as transformers loads it, tile by tile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hiprompt_core.errors import NumericalError
from hiprompt_core.geometry import Box, Size
from hiprompt_core.guide_files import inspect_upscaler
from hiprompt_core.models import hash_files, loading, require_complete, require_finite
from hiprompt_core.vae import TILE_OVERLAP, OnTile, feather, tile_boxes

SMALLEST = 32
"""Side of the part of a picture that the model sees at least, pixels."""


@dataclass(frozen=True, kw_only=True)
class Upscaler:
    """A loaded model, and how it is used."""

    model: Any
    scale: int
    """Its own; Lanczos brings what it draws to the size that is wanted."""
    weights_hash: str
    """SHA-256 over the weights."""

    def enlarge(self, picture: Image.Image, size: Size, tile: int, on_tile: OnTile) -> Image.Image:
        """The picture at another size, RGB; one that does not grow is only resampled.

        Args:
            tile: side of what the model may draw at once, pixels.
            on_tile: called with (tiles done, tiles) after each; may raise to stop.

        Raises:
            NumericalError: the model gives values that are not numbers.
        """
        picture = picture.convert("RGB")
        down, across = picture.height / size.height, picture.width / size.width
        if min(down, across) >= 1:
            return picture.resize((size.width, size.height), Image.Resampling.LANCZOS)
        side = max(SMALLEST, tile // self.scale) / max(down, across)
        boxes = tile_boxes(size, int(side))
        margin = max(1, int(side * TILE_OVERLAP))
        total, weight = torch.zeros((3, *size)), torch.zeros(size)
        for done, box in enumerate(boxes, start=1):
            drawn = self._part(picture, box, down, across)
            weights = feather(box, size, margin)
            total[:, *box.slices] += weights * torch.from_numpy(np.array(drawn)).permute(2, 0, 1)
            weight[box.slices] += weights
            on_tile(done, len(boxes))
        pixels = (total / weight).round_().clamp_(0, 255).to(torch.uint8)
        return Image.fromarray(pixels.permute(1, 2, 0).numpy())

    def _part(self, picture: Image.Image, box: Box, down: float, across: float) -> Image.Image:
        """A tile of the result; its edges may fall between the pixels of ``picture``, so the model sees a bit more."""
        top, left = int(box.top * down), int(box.left * across)
        bottom = min(picture.height, math.ceil(box.bottom * down))
        right = min(picture.width, math.ceil(box.right * across))
        drawn = Image.fromarray(self._draw(picture.crop((left, top, right, bottom))))
        edges = (
            (box.left * across - left) * self.scale,
            (box.top * down - top) * self.scale,
            min(drawn.width, (box.right * across - left) * self.scale),
            min(drawn.height, (box.bottom * down - top) * self.scale),
        )
        return drawn.resize((box.size.width, box.size.height), Image.Resampling.LANCZOS, box=edges)

    def _draw(self, picture: Image.Image) -> np.ndarray[Any, Any]:
        """What the model makes of a picture, (height x scale, width x scale, 3) bytes."""
        # Whole windows for the model, mirrored here: its own reflection refuses parts smaller than what they lack.
        window = self.model.config.window_size
        lacking = ((0, -picture.height % window), (0, -picture.width % window), (0, 0))
        values = torch.from_numpy(np.pad(np.array(picture), lacking, mode="symmetric")).permute(2, 0, 1).unsqueeze(0)
        drawn: Tensor = self.model(values.to(self.model.device, self.model.dtype) / 255).reconstruction[0].float()
        if not torch.isfinite(drawn).all():
            raise NumericalError("The upscaler gave values that are not numbers.", "Choose another one.")
        drawn = drawn[:, : picture.height * self.scale, : picture.width * self.scale]
        return (drawn * 255).round().clamp(0, 255).to("cpu", torch.uint8).permute(1, 2, 0).numpy()


def load_upscaler(path: Path, device: torch.device) -> Upscaler:
    """Load a trained upscaler, in full precision: it is small beside a diffusion model.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_upscaler``, or when loading fails.
    """
    from transformers import Swin2SRForImageSuperResolution

    facts = inspect_upscaler(path)
    with loading(path):
        model, found = Swin2SRForImageSuperResolution.from_pretrained(
            path, dtype=torch.float32, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        require_complete(path, found)
    require_finite(path, model)
    model.eval().requires_grad_(False).to(device)
    return Upscaler(model=model, scale=int(model.config.upscale), weights_hash=hash_files(facts.files))
