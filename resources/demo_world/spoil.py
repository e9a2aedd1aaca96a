"""Makes rendered images soft and noisy as generated ones are, for those who learn to see."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def spoil(pixels: Tensor, rng: np.random.Generator, side: int) -> Tensor:
    """Resize (b, 3, h, w) in 0–1 to `side`; half of the batch first loses detail and gains noise."""
    size = (side, side)
    clear = F.interpolate(pixels, size, mode="bilinear", antialias=True)
    chosen = torch.from_numpy(rng.permutation(len(pixels))[: len(pixels) // 2])
    small = F.interpolate(pixels[chosen], (int(rng.integers(28, 90)),) * 2, mode="bilinear", antialias=True)
    soft = F.interpolate(small, size, mode="bicubic").clamp(0, 1)
    clear[chosen] = (soft + rng.uniform(0, 0.04) * torch.randn_like(soft)).clamp(0, 1)
    return clear
