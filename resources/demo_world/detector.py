"""A small detector that finds and counts the world's objects: neither maker of a picture judges it."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .vocabulary import NOUNS

DETECTOR_SIZE = 128
STRIDE = 8
CELLS = DETECTOR_SIZE // STRIDE
_MIN_SCORE = 0.35
_SAME_OBJECT = 0.45  # overlap above which two finds are one object


class Found(NamedTuple):
    """An object in a picture: noun, confidence 0–1, and its box in units of the picture (0–1)."""

    noun: str
    score: float
    box: tuple[float, float, float, float]  # top, left, bottom, right


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(8, width) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        inner = self.first(F.silu(self.norms[0](x)))
        return x + self.second(F.silu(self.norms[1](inner)))


class Detector(nn.Module):
    """Centres of objects as one heat map for each noun (CenterNet, 1904.07850), and the box around each centre."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 32, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(32, 48, 4, stride=2, padding=1),
            _Residual(48),
            nn.Conv2d(48, 96, 4, stride=2, padding=1),
            *(_Residual(96) for _ in range(4)),
            nn.GroupNorm(8, 96),
            nn.SiLU(),
        )
        self.context = nn.Linear(96, 96)
        self.head_heat = nn.Conv2d(96, len(NOUNS), 3, padding=1)
        self.head_box = nn.Conv2d(96, 4, 3, padding=1)
        nn.init.constant_(self.head_heat.bias, -4.0)  # nearly every cell is empty

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (b, nouns, 16, 16) and boxes (b, 4, 16, 16) of pixels (b, 3, 128, 128) in -1–1.

        A box is the centre's offset inside its cell (down, right; cells) and its size (logarithm of cells).
        """
        features = self.stem(pixels)
        features = features + self.context(features.mean((2, 3)))[..., None, None]
        return self.head_heat(features), self.head_box(features)


def save_detector(detector: Detector, file: Path) -> None:
    """Write the weights as float16."""
    save_file({name: weight.half().contiguous() for name, weight in detector.state_dict().items()}, file)


def load_detector(file: Path) -> Detector:
    """The detector with its trained weights."""
    detector = Detector()
    detector.load_state_dict({name: weight.float() for name, weight in load_file(file).items()})
    return detector.eval()


def to_pixels(images: Sequence[np.ndarray]) -> Tensor:
    """Images (h, w, 3) uint8 of any size as the detector's input (b, 3, 128, 128)."""
    rows = []
    for image in images:
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1
        if pixels.shape[-2:] != (DETECTOR_SIZE, DETECTOR_SIZE):
            size = (DETECTOR_SIZE, DETECTOR_SIZE)
            pixels = F.interpolate(pixels, size, mode="bilinear", antialias=True, align_corners=False)
        rows.append(pixels)
    return torch.cat(rows)


@torch.no_grad()
def find_objects(
    detector: Detector, images: Sequence[np.ndarray], min_score: float = _MIN_SCORE, batch: int = 32
) -> list[list[Found]]:
    """What each image (h, w, 3) uint8 shows, most certain first; one object is found once."""
    found: list[list[Found]] = []
    for start in range(0, len(images), batch):
        heat, boxes = detector(to_pixels(images[start : start + batch]))
        heat = heat.float().sigmoid()
        peaks = heat * (heat == F.max_pool2d(heat, 3, stride=1, padding=1)) * (heat > min_score)
        for scores, box in zip(peaks.numpy(), boxes.float().numpy(), strict=True):
            found.append(merged([_found(scores, box, *cell) for cell in np.argwhere(scores)]))
    return found


def _found(scores: np.ndarray, box: np.ndarray, noun: int, row: int, column: int) -> Found:
    down, right, height, width = box[:, row, column]
    middle = (row + down, column + right)
    half = (np.exp(np.clip(height, -3, 4)) / 2, np.exp(np.clip(width, -3, 4)) / 2)
    edges = (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
    top, left, bottom, right_edge = (float(np.clip(edge / CELLS, 0, 1)) for edge in edges)
    return Found(NOUNS[noun], float(scores[noun, row, column]), (top, left, bottom, right_edge))


def merged(found: list[Found]) -> list[Found]:
    """Without finds that lie on a more certain one: two names for one object count once."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda item: -item.score):
        if all(shared_area(one.box, other.box) < _SAME_OBJECT for other in kept):
            kept.append(one)
    return kept


def shared_area(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    """Area that two boxes (top, left, bottom, right) share, as a share of the smaller one, 0–1."""
    height = min(one[2], two[2]) - max(one[0], two[0])
    width = min(one[3], two[3]) - max(one[1], two[1])
    if height <= 0 or width <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, two)]
    return height * width / max(min(areas), 1e-9)
