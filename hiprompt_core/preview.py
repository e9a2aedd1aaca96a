"""Cheap previews: latents in work as small pictures, by one matrix fitted to the model's own VAE."""

from __future__ import annotations

import time
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hiprompt_core import vae as coder

INTERVAL = 0.5
"""Seconds between two previews at least."""
_CHART_BLOCKS = 8
"""Blocks of one colour along the side of the chart that the matrix is fitted to, each two latent cells wide."""
_matrices: WeakKeyDictionary[Any, Tensor] = WeakKeyDictionary()


class Preview:
    """Decides when a preview is worth its while, and paints it."""

    def __init__(self, vae: Any, vae_scale_factor: int) -> None:
        self._vae = vae
        self._factor = vae_scale_factor
        self._last = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() - self._last >= INTERVAL

    def paint(self, latents: Tensor) -> Image.Image:
        """Clean latents (1, c, h, w) as an RGB picture of one pixel a cell."""
        if self._vae not in _matrices:
            _matrices[self._vae] = fit_colours(self._vae, self._factor)
        colours = _with_one(latents[0].float().cpu().permute(1, 2, 0)) @ _matrices[self._vae]
        self._last = time.monotonic()
        return Image.fromarray(colours.mul(127.5).add(127.5).round().clamp(0, 255).to(torch.uint8).numpy())


def fit_colours(vae: Any, factor: int) -> Tensor:
    """The matrix (c + 1, 3) that maps a cell's channels and a one to its mean colour, -1 to 1, by least squares.

    It is fitted to a chart of random colours as the VAE encodes it, so that it suits every VAE.
    """
    colours = np.random.default_rng(0).integers(0, 256, (_CHART_BLOCKS, _CHART_BLOCKS, 3), dtype=np.uint8)
    cells = colours.repeat(2, axis=0).repeat(2, axis=1)
    chart = Image.fromarray(cells.repeat(factor, axis=0).repeat(factor, axis=1))
    latents = coder.encode(vae, chart, factor, chart.width, _on_tile)
    inputs = _with_one(latents[0].cpu().permute(1, 2, 0).flatten(0, 1))
    targets = torch.from_numpy(cells).reshape(-1, 3).float() / 127.5 - 1
    matrix: Tensor = torch.linalg.lstsq(inputs, targets).solution
    return matrix


def _on_tile(done: int, tiles: int) -> None:
    """Nobody waits for the chart."""


def _with_one(channels: Tensor) -> Tensor:
    return torch.cat((channels, torch.ones_like(channels[..., :1])), dim=-1)
