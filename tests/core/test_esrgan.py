"""ESRGAN and its relatives: known weights draw known pictures, every layout of the file the same one, others none."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core import Cancelled, Engine, GenerationRequest, Size, generate
from hiprompt_core.errors import ModelCorrupt, ModelError, ModelUnsupported, UnsafeModel
from hiprompt_core.esrgan_files import Compact, Rrdb, recognise
from hiprompt_core.events import Event, MemoryShort, TileDone
from hiprompt_core.guide_files import inspect_guides, inspect_upscaler
from hiprompt_core.metadata import read_record
from hiprompt_core.model_files import inspect_model, read_header
from hiprompt_core.plan import make_plan
from hiprompt_core.upscaler import Upscaler, load_upscaler
from hiprompt_core.vae import tile_boxes
from tests.core.guide_models import make_esrgan, save_esrgan

Make = Callable[..., GenerationRequest]
Weights = dict[str, Tensor]
CPU = torch.device("cpu")
SMALL = Rrdb(width=12, growth=4, blocks=2, doublings=2, shuffle=1)
KINDS = [
    *(replace(SMALL, doublings=doublings, shuffle=shuffle) for doublings, shuffle in
      ((2, 1), (1, 1), (0, 1), (3, 1), (2, 2), (2, 4))),
    Compact(width=8, layers=3, scale=4),
    Compact(width=8, layers=1, scale=1),
]  # fmt: skip


def noise(height: int, width: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8))


def drawn(upscaler: Upscaler, picture: Image.Image, tile: int = 4096) -> np.ndarray[Any, Any]:
    size = Size(picture.height * upscaler.scale, picture.width * upscaler.scale)
    with torch.inference_mode():
        return np.asarray(upscaler.enlarge(picture, size, tile, lambda done, of: None)).astype(int)


def loaded(tmp_path: Path, weights: Weights, name: str = "x") -> Upscaler:
    save_file(weights, tmp_path / f"{name}.safetensors")
    return load_upscaler(tmp_path / f"{name}.safetensors", CPU)


# What the papers say, once more and without modules: from the names of a file as ESRGAN's own tools write them.


def convolved(weights: Weights, name: str, values: Tensor) -> Tensor:
    return F.conv2d(values, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1)


def reference(weights: Weights, values: Tensor, doublings: int, shuffle: int) -> Tensor:
    height, width = (side // shuffle for side in values.shape[-2:])
    squares = values.reshape(1, 3, height, shuffle, width, shuffle).permute(0, 1, 3, 5, 2, 4)
    first = convolved(weights, "model.0", squares.reshape(1, 3 * shuffle**2, height, width))
    blocks = len({name for name in weights if re.fullmatch(r"model\.1\.sub\.\d+\.RDB1\.conv1\.0\.bias", name)})
    body = first
    for block in range(blocks):
        inside = body
        for dense in ("RDB1", "RDB2", "RDB3"):
            x = [inside]
            for number in range(1, 5):
                made = convolved(weights, f"model.1.sub.{block}.{dense}.conv{number}.0", torch.cat(x, 1))
                x.append(torch.where(made > 0, made, 0.2 * made))
            inside = inside + 0.2 * convolved(weights, f"model.1.sub.{block}.{dense}.conv5.0", torch.cat(x, 1))
        body = body + 0.2 * inside
    seen = first + convolved(weights, f"model.1.sub.{blocks}", body)
    for doubling in range(doublings):
        wide = seen.repeat_interleave(2, -1).repeat_interleave(2, -2)
        seen = F.leaky_relu(convolved(weights, f"model.{3 * doubling + 3}", wide), 0.2)
    seen = F.leaky_relu(convolved(weights, f"model.{3 * doublings + 2}", seen), 0.2)
    return convolved(weights, f"model.{3 * doublings + 4}", seen)


def numbered(weights: Weights, facts: Rrdb) -> Weights:
    """Under the names of ESRGAN's trainers' tools."""
    last = 3 * facts.doublings
    names = {"conv_first": "model.0", "conv_body": f"model.1.sub.{facts.blocks}", "conv_hr": f"model.{last + 2}",
             "conv_last": f"model.{last + 4}"}  # fmt: skip
    names |= {f"conv_up{number}": f"model.{3 * number}" for number in range(1, facts.doublings + 1)}
    found = {}
    for name, value in weights.items():
        part, kind = name.rsplit(".", 1)
        block = re.sub(r"body\.(\d+)\.rdb(\d)\.conv(\d)", r"model.1.sub.\1.RDB\2.conv\3.0", part)
        found[f"{names.get(part, block)}.{kind}"] = value
    return found


def of_first_release(weights: Weights) -> Weights:
    names = {"conv_body": "trunk_conv", "conv_up1": "upconv1", "conv_up2": "upconv2", "conv_hr": "HRconv"}
    found = {}
    for name, value in weights.items():
        part, kind = name.rsplit(".", 1)
        found[f"{names.get(part, part.replace('body', 'RRDB_trunk').replace('rdb', 'RDB'))}.{kind}"] = value
    return found


@pytest.mark.parametrize("facts", [kind for kind in KINDS if isinstance(kind, Rrdb)], ids=str)
def test_it_computes_what_the_paper_says(tmp_path: Path, facts: Rrdb) -> None:
    weights = {name: value + 0.1 * torch.randn(value.shape) for name, value in make_esrgan(facts).items()}
    weights = numbered(weights, facts)
    upscaler = loaded(tmp_path, weights)
    assert upscaler.scale == 2**facts.doublings / facts.shuffle
    values = torch.rand(1, 3, 8, 12)
    with torch.inference_mode():
        made = upscaler.network(values)
    assert made.shape == (1, 3, 8 * upscaler.scale, 12 * upscaler.scale)
    torch.testing.assert_close(made, reference(weights, values, facts.doublings, facts.shuffle), atol=1e-5, rtol=1e-4)
    assert made.std() > 0.1


def identity(facts: Rrdb) -> Weights:
    """Blocks add nothing, and every other convolution hands the first three channels on."""
    weights = {name: torch.zeros(shape) for name, shape in facts.shapes().items()}
    for name, value in weights.items():
        if name.startswith("conv") and name.endswith("weight") and "body" not in name:
            for colour in range(3):
                value[colour, colour * (facts.shuffle**2 if name.startswith("conv_first") else 1), 1, 1] = 1
    return weights


@pytest.mark.parametrize("facts", [replace(SMALL, width=48), replace(SMALL, width=48, shuffle=2)], ids=str)
def test_weights_that_hand_colours_on_repeat_pixels(tmp_path: Path, facts: Rrdb) -> None:
    """Exactly, also in tiles; of each square of pixels that becomes channels the first one is handed on."""
    picture = noise(64 // facts.shuffle * facts.shuffle, 72)
    upscaler = loaded(tmp_path, identity(facts))
    pixels = np.asarray(picture)[:: facts.shuffle, :: facts.shuffle]
    assert np.array_equal(drawn(upscaler, picture), pixels.repeat(4, 0).repeat(4, 1))
    odd = picture.crop((0, 0, 71, 61))
    assert drawn(upscaler, odd).shape == (61 * upscaler.scale, 71 * upscaler.scale, 3)


def test_a_compact_one_adds_to_repeated_pixels(tmp_path: Path) -> None:
    """Without weights it repeats pixels; a bias of its last convolution falls on one place of every square."""
    facts = Compact(width=8, layers=2, scale=2)
    weights = {name: torch.zeros(shape) for name, shape in facts.shapes().items()}
    weights["body.4.bias"][[1, 6]] = torch.tensor([10 / 255, -10 / 255])  # red above right, green below left
    picture = Image.fromarray(np.asarray(noise(12, 10)) // 2 + 60)
    expected = np.asarray(picture).astype(int).repeat(2, 0).repeat(2, 1)
    expected[0::2, 1::2, 0] += 10
    expected[1::2, 0::2, 1] -= 10
    assert np.array_equal(drawn(loaded(tmp_path, weights), picture), expected)
    learnt = make_esrgan(facts)
    with torch.inference_mode():
        values = torch.rand(1, 3, 5, 6)
        seen = values
        for layer in (0, 2):
            seen = convolved(learnt, f"body.{layer}", seen)
            seen = torch.where(seen > 0, seen, seen * learnt[f"body.{layer + 1}.weight"].view(-1, 1, 1))
        squares = convolved(learnt, "body.4", seen).reshape(1, 3, 2, 2, 5, 6).permute(0, 1, 4, 2, 5, 3)
        wide = values.repeat_interleave(2, -1).repeat_interleave(2, -2)
        made = loaded(tmp_path, learnt, "learnt").network(values)
    torch.testing.assert_close(made, squares.reshape(1, 3, 10, 12) + wide)


def test_every_layout_of_the_file_draws_the_same(tmp_path: Path) -> None:
    weights = make_esrgan(SMALL)
    picture = noise(20, 24)
    layouts = {
        "numbered": numbered(weights, SMALL),
        "first release": of_first_release(weights),
        "whole state": {
            **{f"params.{name}": torch.zeros_like(value) for name, value in weights.items()},
            **{f"params_ema.{name}": value for name, value in weights.items()},
        },
    }
    expected = drawn(loaded(tmp_path, weights), picture)
    assert expected.std() > 10
    for name, layout in layouts.items():
        assert np.array_equal(drawn(loaded(tmp_path, layout, name), picture), expected), name
    halves = {name: value.half() for name, value in weights.items()}
    assert np.abs(drawn(loaded(tmp_path, halves, "halves"), picture) - expected).max() <= 4


@pytest.mark.parametrize("facts", [replace(KINDS[0], blocks=1), replace(KINDS[2], blocks=1), KINDS[6]], ids=str)
def test_tiles_draw_what_the_whole_would(tmp_path: Path, facts: Rrdb | Compact) -> None:
    """The same where one tile alone draws, and everywhere by a network that sees no farther than tiles hide."""
    upscaler = load_upscaler(save_esrgan(tmp_path / "x.safetensors", facts), CPU)
    picture = noise(150, 190)
    whole, tiled = drawn(upscaler, picture), drawn(upscaler, picture, 64 * max(2, upscaler.scale))
    scale, boxes = upscaler.scale, tile_boxes(Size(150, 190), 64)
    assert len(boxes) == 12
    tiles = np.zeros((150 * scale, 190 * scale), int)
    for box in boxes:
        tiles[box.times(scale).slices] += 1
    alone = tiles == 1
    assert 0.3 < alone.mean() < 0.6
    off = np.abs(tiled - whole)
    same = off if isinstance(facts, Compact) else off[alone]
    assert same.max() <= 1  # convolutions of another size add up in another order
    assert same.mean() < 1e-4
    assert off.mean() < 1
    assert whole.std() > 20


def test_names_and_shapes_tell_the_network(tmp_path: Path) -> None:
    for number, facts in enumerate(KINDS):
        header = read_header(save_esrgan(tmp_path / f"{number}.safetensors", facts))
        found = recognise(header)
        assert found is not None
        assert found.network == facts
        assert found.family == ("ESRGAN" if isinstance(facts, Rrdb) else "Compact")
    assert inspect_upscaler(tmp_path / "7.safetensors").parameters == 8 * 27 + 8 + 8 + 3 * 72 + 3
    assert recognise({}) is None


def grey(weights: Weights) -> Weights:
    return {**weights, "conv_first.weight": weights["conv_first.weight"][:, :1].contiguous()}


def with_another_part(weights: Weights) -> Weights:
    return {**weights, "body.0.rdb1.conv1x1.weight": torch.ones(4, 12, 1, 1)}


def with_another_shape(weights: Weights) -> Weights:
    return {**weights, "conv_hr.weight": torch.ones(12, 12, 1, 1)}


def of_another_enlargement(weights: Weights) -> Weights:
    """Numbered as the ones that draw squares of pixels before each doubling."""
    return {re.sub(r"^model\.3\.", "model.2.", name): value for name, value in numbered(weights, SMALL).items()}


def lacking(weights: Weights) -> Weights:
    return {name: value for name, value in weights.items() if name != "body.1.rdb2.conv3.bias"}


def spoilt(weights: Weights) -> Weights:
    return {**weights, "conv_hr.bias": torch.full((12,), torch.nan)}


def of_something_else(weights: Weights) -> Weights:
    return {"layers.0.residual_group.blocks.0.norm1.weight": torch.ones(4)}


BAD: list[tuple[Callable[[Weights], Weights], type[ModelError], str]] = [
    (grey, ModelUnsupported, "holds no upscaler that this program can run"),
    (with_another_part, ModelUnsupported, "relative of ESRGAN with parts of its own"),
    (with_another_shape, ModelUnsupported, "relative of ESRGAN with parts of its own"),
    (of_another_enlargement, ModelUnsupported, "holds no upscaler"),
    (lacking, ModelCorrupt, r"lack 'body\.1\.rdb2\.conv3\.bias'"),
    (spoilt, ModelCorrupt, "not all numbers"),
    (of_something_else, ModelUnsupported, "holds no upscaler"),
]


@pytest.mark.parametrize(("make", "kind", "words"), BAD, ids=[row[0].__name__ for row in BAD])
def test_files_that_cannot_be_used_say_why(
    tmp_path: Path, make: Callable[[Weights], Weights], kind: type[ModelError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        loaded(tmp_path, make(make_esrgan(SMALL)))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.remedy


def test_a_pickle_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "4x.pth").write_bytes(b"PK\x03\x04")
    with pytest.raises(UnsafeModel, match="can run code") as caught:
        inspect_upscaler(tmp_path / "4x.pth")
    assert ".safetensors" in caught.value.remedy


def test_a_run_is_planned_drawn_recorded_and_stopped(make_request: Make, tmp_path: Path) -> None:
    file = save_esrgan(tmp_path / "4x.safetensors", Compact(width=8, layers=1, scale=4), 0.2)
    engine, events = Engine(), list[Event]()
    plain = make_request(captions=False)
    request = replace(plain, upscaler=file)
    facts = inspect_model(request.model)
    guides = inspect_guides(request, facts)
    assert guides.upscaler
    plan = make_plan(request, facts, None, guides)
    assert plan.memory - make_plan(plain, facts).memory == 4 * guides.upscaler.parameters
    assert [phase.upscaled for phase in plan.phases] == [False, True]

    def stop(event: Event) -> None:
        if isinstance(event, TileDone) and event.work == "upscale":
            events.append(event)
            raise Cancelled

    with pytest.raises(Cancelled):
        generate(request, stop, engine)
    assert len(events) == 1
    result = generate(request, events.append, engine)
    record = read_record(result.path)
    assert record.request.upscaler == file
    assert len(record.upscaler_hash) == 64
    without = generate(replace(plain, output=tmp_path / "without"), engine=engine)
    assert not np.array_equal(np.asarray(result.image), np.asarray(without.image))


def test_memory_that_runs_out_makes_its_tiles_smaller(make_request: Make, tmp_path: Path) -> None:
    file = save_esrgan(tmp_path / "2x.safetensors", Compact(width=4, layers=1, scale=2), 0.2)
    request = make_request(captions=False, upscaler=file, vae_tile_size=None, size=Size(128, 128))
    engine, events = Engine(), list[Event]()

    def short(module: object, arguments: tuple[Tensor, ...]) -> None:
        if max(arguments[0].shape[-2:]) > 40:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    upscaler = engine.upscaler(file, CPU, lambda event: None)
    assert upscaler is not None
    upscaler.network.register_forward_pre_hook(short)
    generate(request, events.append, engine)
    rungs = [event.rung for event in events if isinstance(event, MemoryShort)]
    assert rungs[:2] == ["caches", "tiles"]
