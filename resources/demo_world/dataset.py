"""Rendered training images with their truth, kept on disk in shards so that training never waits for drawing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from .scene import WHOLE, View, Visible, random_crop, random_scene, size_conditioning

SHARD_SIZE = 1000
_WHOLE_SHARE = 0.55


@dataclass(frozen=True, slots=True)
class Renders:
    """Images (n, size, size, 3) uint8, what each shows, and its six size numbers (n, 6)."""

    images: np.ndarray
    views: list[View]
    conditioning: np.ndarray

    def __len__(self) -> int:
        return len(self.views)

    def chances(self, crops: float, by_count: Mapping[int, float]) -> np.ndarray:
        """How often each image is drawn (n,), so that every kind of image gets its share.

        Args:
            crops: share of all crops together.
            by_count: shares of whole scenes by their number of objects.
        """
        is_crop = self.conditioning[:, 0] > self.conditioning[:, 4]
        kinds = np.where(is_crop, -1, [len(view.objects) for view in self.views])
        shares = {-1: crops, **by_count}
        return np.array([shares[kind] for kind in kinds]) / np.bincount(kinds + 1)[kinds + 1]

    def drawing(self, crops: float, by_count: Mapping[int, float]) -> Callable[[np.random.Generator, int], np.ndarray]:
        """A function that draws so many rows by their ``chances``."""
        cumulative = np.cumsum(self.chances(crops, by_count))
        return lambda rng, count: np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right")


def render_shards(folder: Path, shards: int, native_size: int, processes: int = 1) -> None:
    """Draw the shards that `folder` does not have yet. Shard k holds the same images whenever it is drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [index for index in range(shards) if not _shard_file(folder, index).exists()]
    # Qt must not be forked once it runs.
    with get_context("spawn").Pool(processes) as pool:
        for _ in pool.imap_unordered(partial(_render_shard, folder, native_size), missing):
            pass


def load_renders(folder: Path, most: int | None = None) -> Renders:
    """All finished shards, or the first `most`, as one set."""
    files = sorted(folder.glob("*.npy"))[:most]
    if not files:
        raise FileNotFoundError(f"No rendered images in {folder}. Run the step 'render' first.")
    records = [json.loads(line) for file in files for line in file.with_suffix(".jsonl").read_text().splitlines()]
    views = [View(tuple(Visible(*item) for item in record["objects"]), record["background"]) for record in records]
    conditioning = np.array([record["conditioning"] for record in records], np.float32)
    return Renders(np.concatenate([np.load(file) for file in files]), views, conditioning)


def _shard_file(folder: Path, index: int) -> Path:
    return folder / f"{index:05d}.npy"


def _render_shard(folder: Path, native_size: int, index: int) -> None:
    images = np.empty((SHARD_SIZE, native_size, native_size, 3), np.uint8)
    lines = []
    for row in range(SHARD_SIZE):
        rng = np.random.default_rng((index, row))
        scene = random_scene(rng)
        crop = WHOLE if rng.random() < _WHOLE_SHARE else random_crop(scene, rng)
        images[row] = scene.render(native_size, crop)
        view = scene.view(crop)
        record = {
            "objects": view.objects,
            "background": view.background,
            "conditioning": size_conditioning(crop, native_size),
        }
        lines.append(json.dumps(record))
    file = _shard_file(folder, index)
    file.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
    # The images come last and appear at once: a shard that is there is complete.
    partial_file = file.with_suffix(".partial")
    with partial_file.open("wb") as stream:
        np.save(stream, images)
    partial_file.replace(file)
