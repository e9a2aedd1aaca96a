"""Trains the detector on rendered images, sharp and spoilt."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .dataset import Renders
from .detector import CELLS, Detector
from .scene import View
from .spoil import spoil
from .training import Budget, Trainer, mixed_precision, parameter_groups, processes
from .vocabulary import NOUNS

_BOX_WEIGHT = 0.5


def detector_trainer(detector: Detector, renders: Renders, folder: Path, budget: Budget, batch: int = 64) -> Trainer:
    """A trainer of image to centres and boxes."""
    detector.to(memory_format=torch.channels_last)
    return Trainer(
        name="detector",
        model=detector,
        groups=parameter_groups(detector, muon_rate=2e-3, adam_rate=2e-3, adam_names=("stem.0", "head_")),
        loss=_loss(detector, renders, batch // processes()),
        folder=folder,
        budget=budget,
    )


def _loss(
    detector: Detector, renders: Renders, batch: int
) -> Callable[[np.random.Generator], tuple[Tensor, dict[str, float]]]:
    device = next(detector.parameters()).device

    def loss(rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        rows = np.sort(rng.integers(len(renders), size=batch))
        pixels = torch.from_numpy(renders.images[rows]).to(device).permute(0, 3, 1, 2).float() / 255
        pixels = spoil(pixels, rng, pixels.shape[-1]) * 2 - 1
        heat, boxes, is_centre = (part.to(device) for part in targets([renders.views[row] for row in rows]))
        with mixed_precision(device):
            named, placed = detector(pixels.contiguous(memory_format=torch.channels_last))
        focal = _focal_loss(named.float(), heat)
        distance = (F.smooth_l1_loss(placed.float(), boxes, reduction="none") * is_centre).sum()
        distance = distance / is_centre.sum().clamp(min=1)
        return focal + _BOX_WEIGHT * distance, {"heat": focal.item(), "box": distance.item()}

    return loss


def _focal_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """CenterNet's penalty-reduced focal loss, a mean over objects."""
    chance = logits.sigmoid()
    is_centre = heat == 1
    right = F.logsigmoid(logits) * (1 - chance) ** 2 * is_centre
    wrong = F.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * ~is_centre
    return -(right + wrong).sum() / is_centre.sum().clamp(min=1)


def targets(views: list[View]) -> tuple[Tensor, Tensor, Tensor]:
    """Heat maps (b, nouns, 16, 16), 1 at centres; boxes (b, 4, 16, 16); where boxes are known (b, 1, 16, 16)."""
    heat = np.zeros((len(views), len(NOUNS), CELLS, CELLS), np.float32)
    boxes = np.zeros((len(views), 4, CELLS, CELLS), np.float32)
    known = np.zeros((len(views), 1, CELLS, CELLS), np.float32)
    rows, columns = np.mgrid[:CELLS, :CELLS]
    for index, view in enumerate(views):
        for item in view.objects:
            top, left, bottom, right = np.clip(item.box, 0, 1) * CELLS
            middle = ((top + bottom) / 2, (left + right) / 2)
            row, column = (min(int(place), CELLS - 1) for place in middle)
            spread = max(0.6, 0.08 * min(bottom - top, right - left))
            glow = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * spread**2))
            layer = heat[index, NOUNS.index(item.noun)]
            np.maximum(layer, glow, out=layer)
            size = np.log(np.maximum((bottom - top, right - left), 0.1))
            boxes[index, :, row, column] = (middle[0] - row, middle[1] - column, *size)
            known[index, 0, row, column] = 1
    return torch.from_numpy(heat), torch.from_numpy(boxes), torch.from_numpy(known)
