"""Between pictures and latents, in tiles with feathered borders."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hiprompt_core.errors import NumericalError
from hiprompt_core.footprint import TILE_OVERLAP as TILE_OVERLAP
from hiprompt_core.geometry import Box, Size, patch_grid

logger = logging.getLogger(__name__)

STRIP = 256
"""Rows of a picture that become bytes at a time."""
OnTile = Callable[[int, int], None]
"""Called with (tiles done, tiles) after each tile; may raise to stop."""
OnPiece = Callable[[Box, Image.Image], None]
"""Called before it with where a tile lies, in pixels, and what the picture shows there so far."""


def tile_boxes(cells: Size, tile: int) -> list[Box]:
    """Tiles of ``tile`` x ``tile`` latent cells that cover ``cells``."""
    return [patch.window for patch in patch_grid(cells, Size(tile, tile), TILE_OVERLAP)]


def feather(box: Box, inside: Size, margin: int, blind: int = 0) -> Tensor:
    """Weights of a tile (h, w): they fall linearly to its edges, except where the picture ends.

    Args:
        margin: over so many places they fall.
        blind: so many at the edges count nothing.
    """

    def axis(start: int, end: int, length: int) -> Tensor:
        place = torch.arange(end - start, dtype=torch.float32) - blind + 0.5
        weight = (place / margin).clamp(0, 1)
        whole = torch.ones_like(place)
        return (whole if start == 0 else weight) * (whole if end == length else weight.flip(0))

    return torch.outer(axis(box.top, box.bottom, inside.height), axis(box.left, box.right, inside.width))


def whole_cells(image: Image.Image, factor: int) -> Image.Image:
    """The RGB picture over a whole number of latent cells; what the last ones lack is mirrored."""
    covered = Size(image.height, image.width).over(factor).times(factor)
    lacking = ((0, covered.height - image.height), (0, covered.width - image.width), (0, 0))
    image = image.convert("RGB")
    return image if lacking == ((0, 0),) * 3 else Image.fromarray(np.pad(np.asarray(image), lacking, mode="symmetric"))


def encode(vae: Any, image: Image.Image, factor: int, tile: int, on_tile: OnTile) -> Tensor:
    """Latents (1, c, h, w) of an RGB picture, float32 on the VAE's device.

    Args:
        factor: pixels a latent cell.
        tile: side of a tile, pixels.
    """
    pixels = torch.from_numpy(np.asarray(image.convert("RGB")).copy()).permute(2, 0, 1)
    cells = Size(image.height, image.width).over(factor)
    boxes = tile_boxes(cells, tile // factor)
    margin = max(1, int(tile // factor * TILE_OVERLAP))
    total = weight = torch.zeros(1)
    for done, box in enumerate(boxes, start=1):
        # Bytes become -1..1 tile by tile, so that no float copy of the whole picture exists.
        part = pixels[:, *box.times(factor).slices].unsqueeze(0).to(vae.device, vae.dtype) / 127.5 - 1
        latents = vae.encode(part).latent_dist.mode().float()
        _require_finite(latents, "while encoding")
        if done == 1:
            total = torch.zeros((1, latents.shape[1], *cells), device=latents.device)
            weight = torch.zeros((1, 1, *cells), device=latents.device)
        weights = feather(box, cells, margin).to(latents)
        total[..., *box.slices] += weights * latents
        weight[..., *box.slices] += weights
        on_tile(done, len(boxes))
    return _normalised(vae, total / weight)


def decode(vae: Any, latents: Tensor, factor: int, tile: int, on_tile: OnTile) -> Image.Image:
    """The RGB picture of latents (1, c, h, w).

    Raises:
        NumericalError: the decoder gives values that are not numbers, even in full precision.
    """
    cells = Size(*latents.shape[-2:])
    return decode_boxes(vae, latents, tile_boxes(cells, tile // factor), factor, tile, on_tile)


def decode_boxes(
    vae: Any,
    latents: Tensor,
    boxes: Sequence[Box],
    factor: int,
    tile: int,
    on_tile: OnTile,
    on_piece: OnPiece | None = None,
) -> Image.Image:
    """As ``decode``, but only the given tiles; elsewhere the picture is black."""
    cells = Size(*latents.shape[-2:])
    pixels = cells.times(factor)
    total = torch.zeros((3, *pixels))
    weight = torch.zeros(pixels)
    margin = max(1, int(tile * TILE_OVERLAP))
    latents = _denormalised(vae, latents)
    for done, box in enumerate(boxes, start=1):
        part = _decode_tile(vae, latents[..., *box.slices]).cpu()
        place = box.times(factor)
        weights = feather(place, pixels, margin)
        total[:, *place.slices] += weights * part
        weight[place.slices] += weights
        if on_piece is not None:
            on_piece(place, _picture(total[:, *place.slices], weight[place.slices]))
        on_tile(done, len(boxes))
    return _picture(total, weight)


def _picture(total: Tensor, weight: Tensor) -> Image.Image:
    """Weighted sums (3, h, w) of -1..1 and their weights (h, w) as pixels; black where nothing was added."""
    pixels = torch.empty((*weight.shape, 3), dtype=torch.uint8)
    # In strips: the whole picture in floats once more would be most of what a large one needs.
    for top in range(0, len(weight), STRIP):
        strip = slice(top, top + STRIP)
        mean = (total[:, strip] / weight[strip].clamp(min=1e-6)).mul_(127.5).add_(127.5).round_().clamp_(0, 255)
        pixels[strip] = mean.mul_(weight[strip] > 0).permute(1, 2, 0)
    return Image.fromarray(pixels.numpy())


def _decode_tile(vae: Any, latents: Tensor) -> Tensor:
    """(3, h, w), float32; a half-precision decoder that overflows is asked again in full precision."""
    dtype = vae.dtype
    pixels = vae.decode(latents.to(dtype)).sample[0].float()
    if not torch.isfinite(pixels).all() and dtype != torch.float32:
        logger.warning("The VAE overflowed in %s; decoding in float32 from now on.", dtype)
        pixels = vae.to(torch.float32).decode(latents.float()).sample[0]
    _require_finite(pixels, "while decoding")
    return pixels  # type: ignore[no-any-return]


def _require_finite(values: Tensor, work: str) -> None:
    if not torch.isfinite(values).all():
        raise NumericalError(f"The VAE gave values that are not numbers {work}.", "Use precision float32.")


def _statistics(vae: Any) -> tuple[Tensor | float, Tensor | float]:
    """Mean and factor between the VAE's own latents and the diffusion model's."""
    config = vae.config
    mean, deviation = getattr(config, "latents_mean", None), getattr(config, "latents_std", None)
    if mean is None or deviation is None:
        return float(getattr(config, "shift_factor", None) or 0.0), float(config.scaling_factor)
    shape = (1, -1, 1, 1)
    scale = config.scaling_factor / torch.tensor(deviation, device=vae.device).view(shape)
    return torch.tensor(mean, device=vae.device).view(shape), scale


def _normalised(vae: Any, latents: Tensor) -> Tensor:
    mean, scale = _statistics(vae)
    return (latents - mean) * scale


def _denormalised(vae: Any, latents: Tensor) -> Tensor:
    mean, scale = _statistics(vae)
    return latents / scale + mean
