"""Views: the moving windows through which the model sees a large latent (MultiDiffusion, 2302.08113)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from hiprompt_core.geometry import Box, Patch, Size
from hiprompt_core.options import Fusion


class View(NamedTuple):
    """A window of one step: its place in latent cells and the patch whose caption it follows."""

    patch: int
    box: Box


def max_jitter(starts: Sequence[int], window: int) -> int:
    """How far windows along one axis may move so that neighbours still overlap, cells (DemoFusion's quarter)."""
    if len(starts) < 2:
        return 0
    stride = max(b - a for a, b in pairwise(starts))
    return max(0, (window - stride) // 4)


def place_views(patches: Sequence[Patch], size: Size, shifts: Tensor | None) -> list[View]:
    """The views of one step.

    Windows at the border of the picture stay there: the picture is covered, and the model sees no padding.

    Args:
        size: of the latents, cells.
        shifts: (patches, 2), each from -1 to 1, down and right as a share of the largest jitter; none: no jitter.
    """
    if shifts is None:
        return [View(patch.index, patch.window) for patch in patches]
    window = patches[0].window.size
    reach_down = max_jitter(sorted({patch.window.top for patch in patches}), window.height)
    reach_right = max_jitter(sorted({patch.window.left for patch in patches}), window.width)
    views = []
    for patch, (down, right) in zip(patches, shifts.tolist(), strict=True):
        box = patch.window
        inner_row = box.top > 0 and box.bottom < size.height
        inner_column = box.left > 0 and box.right < size.width
        moved = box.moved(
            round(down * reach_down) if inner_row else 0, round(right * reach_right) if inner_column else 0
        )
        views.append(View(patch.index, moved))
    return views


def crop(latents: Tensor, views: Sequence[View]) -> Tensor:
    """The views' windows of ``latents`` (1, c, h, w) as one batch (views, c, window h, window w)."""
    return torch.cat([latents[..., *view.box.slices] for view in views])


def window_weights(window: Size, fusion: Fusion) -> Tensor:
    """Weight of each cell of a window (h, w): falls towards the edges, because flat averages leave seams."""

    def axis(length: int) -> Tensor:
        place = (torch.arange(length, dtype=torch.float32) + 0.5) / length
        if fusion == "cosine":
            return torch.sin(math.pi * place) ** 2
        if fusion == "gaussian":
            return torch.exp(-0.5 * ((place - 0.5) / 0.2) ** 2)
        return torch.ones(length)

    return torch.outer(axis(window.height), axis(window.width)).clamp(min=1e-4)


class Fuser:
    """Fuses the predictions of views into one: ``sum w_i e_i / sum w_i``; cells without a view are 0."""

    def __init__(self, shape: torch.Size, weights: Tensor) -> None:
        self._weights = weights
        self._sum = torch.zeros(shape, device=weights.device)
        self._weight = torch.zeros((1, 1, *shape[-2:]), device=weights.device)

    def add(self, views: Sequence[View], predictions: Tensor) -> None:
        """Add predictions (views, c, h, w); always in the same order, so that batches do not change rounding."""
        for view, prediction in zip(views, predictions, strict=True):
            self._sum[..., *view.box.slices] += self._weights * prediction
            self._weight[..., *view.box.slices] += self._weights

    def result(self) -> Tensor:
        return self._sum / self._weight.clamp(min=1e-12)
