"""How far a trained upscaler moves colours over two phases, and what that costs: as it draws, and as it is used here.

Scenes of the demo world are drawn at 128 pixels, enlarged to 512 in one go, and to 512 in two phases of two times each;
the truth is the scene drawn at 512. Run: ``python -m tests.bench.bench_upscaler_colours FILE...``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from PySide6.QtGui import QGuiApplication
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.geometry import Size
from hiprompt_core.upscaler import Upscaler, load_upscaler
from resources.demo_world.scene import random_scene

SCENES = 12
NATIVE, LARGE = 128, 512
AREA = 32
"""Side of what counts as one area, pixels of the large picture."""

Enlarge = Callable[[Image.Image, int], Image.Image]


def plainly(upscaler: Upscaler) -> Enlarge:
    """What the network draws, brought to the size by Lanczos."""

    def enlarge(picture: Image.Image, side: int) -> Image.Image:
        drawn = upscaler.network(tensor(picture)[None])[0].mul(255).round().clamp(0, 255).to(torch.uint8)
        return lanczos(Image.fromarray(drawn.permute(1, 2, 0).numpy()), side)

    return enlarge


def as_used(upscaler: Upscaler) -> Enlarge:
    return lambda picture, side: upscaler.enlarge(picture, Size(side, side), 4 * LARGE, lambda done, of: None)


def lanczos(picture: Image.Image, side: int) -> Image.Image:
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def tensor(picture: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def moved(picture: Tensor, truth: Tensor) -> float:
    """Mean distance of areas, levels of 255."""
    return float(F.avg_pool2d(picture - truth, AREA).abs().mean() * 255)


def psnr(picture: Tensor, truth: Tensor) -> float:
    return float(-10 * torch.log10(((picture - truth) ** 2).mean()))


def detail(picture: Tensor, truth: Tensor) -> float:
    """Correlation of what lies beyond the small picture."""
    scale = LARGE // NATIVE
    beyond = [p - F.interpolate(F.avg_pool2d(p, scale)[None], scale_factor=scale)[0] for p in (picture, truth)]
    return float(torch.corrcoef(torch.stack([values.flatten() for values in beyond]))[0, 1])


def main(files: list[str]) -> None:
    application = QGuiApplication.instance() or QGuiApplication([])  # sprites are drawn by Qt
    scenes = [random_scene(np.random.default_rng(seed)) for seed in range(SCENES)]
    pairs = [(Image.fromarray(scene.render(NATIVE)), tensor(Image.fromarray(scene.render(LARGE)))) for scene in scenes]
    ways: dict[str, Enlarge] = {"Lanczos": lanczos}
    for file in files:
        upscaler = load_upscaler(Path(file), torch.device("cpu"))
        ways |= {f"{Path(file).stem}, plainly": plainly(upscaler), f"{Path(file).stem}, as used": as_used(upscaler)}
    print("| | moved in one phase, in two (of 255) | PSNR | detail of the truth |\n|---|---|---|---|")
    with torch.inference_mode():
        for name, enlarge in ways.items():
            found = []
            for small, truth in pairs:
                once = tensor(enlarge(small, LARGE))
                twice = tensor(enlarge(enlarge(small, 2 * NATIVE), LARGE))
                found.append((moved(once, truth), moved(twice, truth), psnr(once, truth), detail(once, truth)))
            one, two, decibels, correlation = np.mean(found, 0)
            print(f"| {name} | {one:.1f}, {two:.1f} | {decibels:.1f} dB | {correlation:.2f} |")
    del application


if __name__ == "__main__":
    main(sys.argv[1:])
