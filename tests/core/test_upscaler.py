"""Trained upscalers: tiles join as one, any size comes out, and what cannot be used is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from hiprompt_core import Cancelled, Engine, GenerationRequest, Size, generate
from hiprompt_core.errors import ModelCorrupt, ModelError, ModelNotFound, ModelUnsupported, NumericalError, UnsafeModel
from hiprompt_core.events import Event, TileDone
from hiprompt_core.footprint import UPSCALER_SHARE
from hiprompt_core.metadata import read_record
from hiprompt_core.upscaler import Upscaler, load_upscaler
from tests.core.guide_models import save_upscaler

Make = Callable[..., GenerationRequest]
CPU = torch.device("cpu")


class Doubling(torch.nn.Module):
    """Enlarges by repeating pixels, so that the truth about every tile is known."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.largest = 0

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        self.largest = max(self.largest, *values.shape[-2:])
        return values.repeat_interleave(self.scale, -1).repeat_interleave(self.scale, -2)


def smooth(size: Size) -> Image.Image:
    rows, columns = np.mgrid[: size.height, : size.width]
    values = [128 + 100 * np.sin(rows / 9), 128 + 100 * np.cos(columns / 7), 2 * np.full(size, 60.0)]
    return Image.fromarray(np.stack(values, axis=-1).astype(np.uint8))


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("size", [Size(200, 260), Size(170, 150), Size(331, 517), Size(64, 48)], ids=str)
def test_tiles_lie_exactly_where_they_belong(size: Size, scale: int) -> None:
    """A picture of slow waves, enlarged in many tiles, is what Lanczos makes of it in one."""
    source = smooth(Size(100, 130))
    model = Doubling(scale)
    tiles: list[tuple[int, int]] = []
    upscaler = Upscaler(network=model, scale=scale, multiple=8, device=CPU, weights_hash="")
    made = upscaler.enlarge(source, size, 40 * max(UPSCALER_SHARE, scale), lambda done, of: tiles.append((done, of)))
    assert made.size == (size.width, size.height)
    whole = source.resize((size.width, size.height), Image.Resampling.LANCZOS)
    difference = np.abs(np.asarray(made, float) - np.asarray(whole, float))
    assert difference.mean() < 2
    assert difference.max() < 14
    assert tiles == [(number, len(tiles)) for number in range(1, len(tiles) + 1)]
    assert (len(tiles) > 4) == (min(size) >= 150)
    assert model.largest <= 48  # of forty pixels and the rest of a window


def test_a_picture_in_one_tile_is_what_the_model_draws(tmp_path: Path) -> None:
    upscaler = load_upscaler(save_upscaler(tmp_path / "swin"), CPU)
    assert upscaler.scale == 2
    source = smooth(Size(20, 24))
    with torch.inference_mode():
        values = torch.from_numpy(np.array(source)).permute(2, 0, 1).unsqueeze(0) / 255
        drawn = upscaler.network(values)[0].mul(255).clamp(0, 255).permute(1, 2, 0).numpy()
        made = np.asarray(upscaler.enlarge(source, Size(40, 48), 256, lambda done, of: None), float)
        assert np.corrcoef(detail(made).ravel(), detail(drawn).ravel())[0, 1] > 0.95
        smaller = upscaler.enlarge(source, Size(10, 12), 256, lambda done, of: pytest.fail("nothing grows"))
    assert smaller.size == (12, 10)


def detail(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What lies beyond a picture of half the size."""
    means = pixels.reshape(pixels.shape[0] // 2, 2, -1, 2, 3).mean((1, 3))
    return pixels - means.repeat(2, 0).repeat(2, 1)


class Bleaching(torch.nn.Module):
    """Draws dots, and everything lighter."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        dots = torch.tensor([[0.0, 0.1], [0.1, 0.0]]).tile(values.shape[-2:])
        return values.repeat_interleave(2, -1).repeat_interleave(2, -2) + 0.15 + dots


def test_areas_keep_their_colours_and_detail_stays() -> None:
    """However often they are enlarged."""
    upscaler = Upscaler(network=Bleaching(), scale=2, multiple=1, device=CPU, weights_hash="")
    made = source = smooth(Size(40, 48))
    with torch.inference_mode():
        for size in (Size(80, 96), Size(160, 192)):
            made = upscaler.enlarge(made, size, 128, lambda done, of: None)
    off = np.asarray(made.resize(source.size, Image.Resampling.BOX), float) - np.asarray(source, float)
    assert np.abs(off).max() < 3
    pixels = np.asarray(made, float)
    assert np.allclose(pixels[::2, 1::2] - pixels[::2, ::2], 25.5, atol=1)


@pytest.mark.parametrize(("upsampler", "upscale"), [("pixelshuffle", 2), ("pixelshuffle_aux", 2), ("nearest+conv", 4)])
def test_every_kind_of_it(tmp_path: Path, upsampler: str, upscale: int) -> None:
    upscaler = load_upscaler(save_upscaler(tmp_path / "swin", upsampler=upsampler, upscale=upscale), CPU)
    with torch.inference_mode():
        assert upscaler.enlarge(smooth(Size(9, 13)), Size(30, 41), 64, lambda done, of: None).size == (41, 30)


def test_a_whole_run(make_request: Make, tmp_path: Path) -> None:
    """The guide changes, tiles are told, the record names it, and phase 1 stays as it is."""
    engine, events = Engine(), list[Event]()
    plain = make_request(captions=False, vae_tile_size=64)
    folder = save_upscaler(tmp_path / "swin")
    request = replace(plain, upscaler=folder)
    result = generate(request, events.append, engine)
    tiles = [event for event in events if isinstance(event, TileDone) and event.work == "upscale"]
    assert [event.done for event in tiles] == list(range(1, tiles[0].tiles + 1))
    assert {event.phase for event in tiles} == {2}
    record = read_record(result.path)
    assert record.request.upscaler == folder
    assert len(record.upscaler_hash) == 64
    without = generate(replace(plain, output=tmp_path / "without"), engine=engine)
    first, second = (next(place.glob("phase-1-*.png")) for place in (request.output, tmp_path / "without"))
    assert np.array_equal(np.asarray(Image.open(first)), np.asarray(Image.open(second)))
    assert not np.array_equal(np.asarray(result.image), np.asarray(without.image))
    assert generate(request, engine=engine).evaluations == 0
    weights = load_file(folder / "model.safetensors")
    save_file({name: value * 1.01 for name, value in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    assert generate(request, engine=Engine()).evaluations == without.record.evaluations


def test_cancelled_between_tiles(make_request: Make, tmp_path: Path) -> None:
    request = make_request(captions=False, upscaler=save_upscaler(tmp_path / "swin"), size=Size(160, 160))
    done = 0

    def stop(event: Event) -> None:
        nonlocal done
        if isinstance(event, TileDone) and event.work == "upscale":
            done += 1
            raise Cancelled

    with pytest.raises(Cancelled):
        generate(request, stop)
    assert done == 1


BAD: list[tuple[str, type[ModelError], str]] = [
    ("missing", ModelNotFound, "nothing at"),
    ("4x.pth", UnsafeModel, "pickled"),
    ("4x.safetensors", ModelCorrupt, "cut short"),
    ("pickles", UnsafeModel, "pickled"),
    ("cut", ModelCorrupt, "not copied whole"),
    ("nan", ModelCorrupt, "not all numbers"),
    ("lacking", ModelCorrupt, "lack"),
    ("repairing", ModelUnsupported, "makes nothing larger"),
    ("other", ModelUnsupported, "is a llava"),
]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad upscalers")
    whole = save_upscaler(folder / "whole")
    for name in ("4x.pth", "4x.safetensors"):
        (folder / name).touch()
    for name in ("pickles", "cut", "nan", "lacking", "other"):
        shutil.copytree(whole, folder / name)
    (folder / "pickles/model.safetensors").rename(folder / "pickles/pytorch_model.bin")
    (folder / "cut/model.safetensors").write_bytes((whole / "model.safetensors").read_bytes()[:-3])
    weights = load_file(whole / "model.safetensors")
    first = min(weights)
    save_file({**weights, first: weights[first] * float("nan")}, folder / "nan/model.safetensors", {"format": "pt"})
    save_file({n: v for n, v in weights.items() if n != first}, folder / "lacking/model.safetensors", {"format": "pt"})
    (folder / "other/config.json").write_text(json.dumps({"model_type": "llava"}))
    save_upscaler(folder / "repairing", upsampler="")
    return folder


@pytest.mark.parametrize(("name", "kind", "words"), BAD, ids=[row[0] for row in BAD])
def test_bad_files_are_told_in_words(bad: Path, name: str, kind: type[ModelError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        load_upscaler(bad / name, CPU)
    assert str(bad / name) in str(caught.value)
    assert caught.value.remedy


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    upscaler = load_upscaler(save_upscaler(tmp_path / "swin"), CPU)
    with torch.no_grad():
        next(upscaler.network.parameters()).fill_(float("nan"))
        with pytest.raises(NumericalError, match="upscaler"):
            upscaler.enlarge(smooth(Size(16, 16)), Size(32, 32), 64, lambda done, of: None)
