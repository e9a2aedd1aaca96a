"""Low and high frequency bands of a noise prediction (Factorized Diffusion, 2404.11615)."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F


def gaussian_kernel(sigma: float) -> Tensor:
    """Weights of a Gaussian of ``sigma`` cells, cut at three sigma; they sum to 1."""
    radius = max(1, math.ceil(3 * sigma))
    distance = torch.arange(-radius, radius + 1, dtype=torch.float32)
    weights = torch.exp(-0.5 * (distance / sigma) ** 2)
    return weights / weights.sum()


@lru_cache(maxsize=16)
def _kernel(sigma: float, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Those weights where they are used; sent once, for each sending waits for the device."""
    return gaussian_kernel(sigma).to(device, dtype)


def low_pass(latents: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of every channel of ``latents`` (b, c, h, w) with ``sigma`` cells; the edge cells are repeated."""
    channels = latents.shape[1]
    kernel = _kernel(sigma, latents.dtype, latents.device)
    radius = len(kernel) // 2
    rows = kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    columns = kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    blurred = F.conv2d(F.pad(latents, (0, 0, radius, radius), mode="replicate"), rows, groups=channels)
    return F.conv2d(F.pad(blurred, (radius, radius, 0, 0), mode="replicate"), columns, groups=channels)


def high_pass(latents: Tensor, sigma: float) -> Tensor:
    """What ``low_pass`` leaves out: low + high = identity."""
    return latents - low_pass(latents, sigma)
