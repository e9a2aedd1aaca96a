"""Upscalers in single files: every architecture draws, known weights draw known pictures, others are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
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
from hiprompt_core.errors import ModelCorrupt, ModelError, ModelUnsupported
from hiprompt_core.events import Event, MemoryShort, TileDone
from hiprompt_core.footprint import UPSCALER_SHARE
from hiprompt_core.guide_files import inspect_guides, inspect_upscaler
from hiprompt_core.metadata import read_record
from hiprompt_core.model_files import inspect_model
from hiprompt_core.plan import make_plan
from hiprompt_core.upscaler import Upscaler, load_upscaler
from hiprompt_core.upscaler_files import recognise
from hiprompt_core.upscaler_networks import build_network, reader_of
from hiprompt_core.vae import tile_boxes
from hiprompt_core.weight_header import read_header
from tests.core.guide_models import ARCHITECTURES, make_network, save_network

Make = Callable[..., GenerationRequest]
Weights = dict[str, Tensor]
Sizes = dict[str, Any]
CPU = torch.device("cpu")
SMALL: Sizes = {"num_filters": 12, "num_blocks": 2, "scale": 4}
COMPACT: Sizes = {"num_feat": 8, "num_conv": 2, "upscale": 4}
SWIN: Sizes = {"embed_dim": 8, "depths": [2, 2], "num_heads": [2, 2], "window_size": 8, "upsampler": "pixelshuffle"}
NETWORKS: list[tuple[str, int, Sizes]] = [
    ("Compact", 4, COMPACT),
    ("SwiftSRGAN", 4, {"num_channels": 8, "num_blocks": 2}),
    ("HAT", 2, {**SWIN, "upscale": 2, "embed_dim": 60, "compress_ratio": 4}),
    ("Swin2SR", 2, {**SWIN, "upscale": 2}),
    ("SwinIR", 2, {**SWIN, "upscale": 2}),
    ("SwinIR", 4, {**SWIN, "upscale": 4, "upsampler": "nearest+conv"}),
    ("SwinIR", 2, {**SWIN, "upscale": 2, "upsampler": "pixelshuffledirect"}),
    ("OmniSR", 4, {"num_feat": 16}),
    ("RGT", 2, {"embed_dim": 16, "depth": [2, 2], "num_heads": [2, 2]}),
    ("DAT", 2, {"embed_dim": 16, "split_size": [8, 16], "depth": [2, 2], "num_heads": [2, 2]}),
    ("CRAFT", 4, {"embed_dim": 24, "depths": [2], "num_heads": [6]}),
    ("DITN", 4, {"dim": 12}),
    ("MMRealSR", 4, {"num_in_ch": 3, "num_out_ch": 3, "num_feat": 8, "num_block": 1}),
    ("SPAN", 4, {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 8}),
    ("UpCunet2x", 2, {}),
    ("UpCunet3x", 3, {}),
    ("UpCunet4x", 4, {}),
    ("SAFMN", 4, {"dim": 16, "n_blocks": 2}),
    ("DCTLSA", 4, {"nf": 15, "num_modules": 6}),
    ("ATD", 2, {"embed_dim": 12, "depths": [2, 2], "num_heads": [2, 2], "num_tokens": 8, "category_size": 64,
                "upscale": 2, "upsampler": "pixelshuffle"}),
    ("DRCT", 2, {**SWIN, "upscale": 2, "window_size": 16}),
    ("ESRGAN", 4, SMALL),
    ("ESRGAN", 4, {**SMALL, "plus": True}),
    ("PLKSR", 4, {"dim": 16, "n_blocks": 2}),
    ("RealPLKSR", 4, {"dim": 16, "n_blocks": 2, "dysample": True}),
    ("SeemoRe", 4, {"embedding_dim": 16, "num_layers": 2, "num_experts": 2}),
    ("MoSR", 4, {"dim": 16, "n_block": 2}),
    ("MoESR", 4, {"dim": 16, "n_blocks": 1, "n_block": 1}),
    ("RCAN", 4, {"n_resgroups": 2, "n_resblocks": 2, "n_feats": 16}),
    ("FDAT", 4, {"embed_dim": 16, "num_groups": 1, "depth_per_group": 1, "num_heads": 2}),
]  # fmt: skip
ESRGANS: list[tuple[int, int]] = [(2, 1), (1, 1), (0, 1), (3, 1), (2, 2), (2, 4)]
"""Doublings, and the sides of the squares of pixels that become channels first."""


def noise(height: int, width: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8))


def drawn(upscaler: Upscaler, picture: Image.Image, tile: int = 4096) -> np.ndarray[Any, Any]:
    size = Size(picture.height * upscaler.scale, picture.width * upscaler.scale)
    with torch.inference_mode():
        return np.asarray(upscaler.enlarge(picture, size, tile, lambda done, of: None)).astype(int)


def loaded(tmp_path: Path, weights: Weights, name: str = "x") -> Upscaler:
    save_file({name: value.clone() for name, value in weights.items()}, tmp_path / f"{name}.safetensors")
    return load_upscaler(tmp_path / f"{name}.safetensors", CPU)


def esrgan(doublings: int, shuffle: int = 1, **sizes: Any) -> Weights:
    """Under the names of ESRGAN's trainers' tools."""
    squares: Sizes = {"in_nc": 3 * shuffle**2, "shuffle_factor": shuffle} if shuffle > 1 else {}
    network = make_network("ESRGAN", **{**SMALL, **squares, "scale": 2**doublings, **sizes})
    return dict(network.state_dict())


@pytest.mark.parametrize(("name", "scale", "sizes"), NETWORKS)
def test_every_architecture_draws_what_its_own_network_does(
    tmp_path: Path, name: str, scale: int, sizes: Sizes
) -> None:
    network = make_network(name, **sizes)
    file = save_network(tmp_path / "x.safetensors", name, **sizes)
    kind = ARCHITECTURES.get(name, name)
    assert recognise(read_header(file)) == kind
    assert reader_of(kind).detect(network.state_dict())
    assert inspect_upscaler(file).parameters >= sum(values.numel() for values in network.parameters())
    upscaler = load_upscaler(file, CPU)
    assert upscaler.scale == scale
    values = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        expected = network(values.clone())  # some change what they are given
        made = upscaler.network(values)
    assert made.shape == (1, 3, 64 * scale, 64 * scale)
    if name != "MMRealSR":  # its own one also tells what it found spoilt in the picture
        torch.testing.assert_close(made, expected.clamp(0, 1), atol=2e-4, rtol=1e-3)
    assert made.std() > 1e-4
    assert drawn(upscaler, noise(37, 45), 32 * scale).shape == (37 * scale, 45 * scale, 3)


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


@pytest.mark.parametrize(("doublings", "shuffle"), ESRGANS)
def test_it_computes_what_the_paper_says(tmp_path: Path, doublings: int, shuffle: int) -> None:
    weights = {name: value + 0.02 * torch.randn(value.shape) for name, value in esrgan(doublings, shuffle).items()}
    upscaler = loaded(tmp_path, weights)
    assert upscaler.scale == 2**doublings / shuffle
    values = torch.rand(1, 3, 8, 12)
    with torch.inference_mode():
        made = upscaler.network(values)
    assert made.shape == (1, 3, 8 * upscaler.scale, 12 * upscaler.scale)
    expected = reference(weights, values, doublings, shuffle).clamp(0, 1)
    torch.testing.assert_close(made, expected, atol=1e-5, rtol=1e-4)
    assert made.std() > 0.1


def identity() -> Weights:
    """Blocks add nothing, and every other convolution hands the first three channels on."""
    weights = {name: torch.zeros_like(value) for name, value in esrgan(2).items()}
    for name, value in weights.items():
        if name.endswith("weight") and ".sub." not in name:
            for colour in range(3):
                value[colour, colour, 1, 1] = 1
    return weights


def test_weights_that_hand_colours_on_repeat_pixels(tmp_path: Path) -> None:
    """Exactly, also in tiles."""
    picture = noise(64, 72)
    upscaler = loaded(tmp_path, identity())
    assert np.array_equal(drawn(upscaler, picture), np.asarray(picture).repeat(4, 0).repeat(4, 1))
    odd = picture.crop((0, 0, 71, 61))
    assert drawn(upscaler, odd).shape == (61 * upscaler.scale, 71 * upscaler.scale, 3)


def test_a_compact_one_adds_to_repeated_pixels(tmp_path: Path) -> None:
    """Without weights it repeats pixels; a bias of its last convolution falls on one place of every square."""
    learnt = dict(make_network("Compact", num_feat=8, num_conv=1, upscale=2).state_dict())
    weights = {name: torch.zeros_like(value) for name, value in learnt.items()}
    weights["body.4.bias"][[1, 6]] = torch.tensor([12 / 255, -12 / 255])  # red above right, green below left
    picture = Image.fromarray(np.asarray(noise(12, 10)) // 2 + 60)
    expected = np.asarray(picture).astype(int).repeat(2, 0).repeat(2, 1)
    expected[0::2, 1::2, 0] += 12
    expected[1::2, 0::2, 1] -= 12
    expected += np.array([-3, 3, 0])  # so that the whole keeps its colour
    assert np.array_equal(drawn(loaded(tmp_path, weights), picture), expected)
    with torch.inference_mode():
        values = torch.rand(1, 3, 5, 6)
        seen = values
        for layer in (0, 2):
            seen = convolved(learnt, f"body.{layer}", seen)
            seen = torch.where(seen > 0, seen, seen * learnt[f"body.{layer + 1}.weight"].view(-1, 1, 1))
        squares = convolved(learnt, "body.4", seen).reshape(1, 3, 2, 2, 5, 6).permute(0, 1, 4, 2, 5, 3)
        wide = values.repeat_interleave(2, -1).repeat_interleave(2, -2)
        made = loaded(tmp_path, learnt, "learnt").network(values)
    torch.testing.assert_close(made, (squares.reshape(1, 3, 10, 12) + wide).clamp(0, 1))


def of_real_esrgan(weights: Weights) -> Weights:
    return renamed(weights, {"0": "conv_first", "3": "conv_up1", "6": "conv_up2", "8": "conv_hr", "10": "conv_last"},
                   "conv_body", r"body.\1.rdb\2.conv\3")  # fmt: skip


def of_first_release(weights: Weights) -> Weights:
    return renamed(weights, {"0": "conv_first", "3": "upconv1", "6": "upconv2", "8": "HRconv", "10": "conv_last"},
                   "trunk_conv", r"RRDB_trunk.\1.RDB\2.conv\3")  # fmt: skip


def renamed(weights: Weights, parts: dict[str, str], trunk: str, dense: str) -> Weights:
    found = {}
    for name, value in weights.items():
        part, kind = name.rsplit(".", 1)
        part = re.sub(r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\w+)\.0", dense, part)
        part = re.sub(r"model\.1\.sub\.\d+", trunk, part)
        found[f"{parts.get(part.removeprefix('model.'), part)}.{kind}"] = value
    return found


def of_a_whole_state(weights: Weights) -> Weights:
    return {
        **{f"params.{name}": torch.zeros_like(value) for name, value in of_real_esrgan(weights).items()},
        **{f"params_ema.{name}": value for name, value in of_real_esrgan(weights).items()},
    }


def test_every_layout_of_the_file_draws_the_same(tmp_path: Path) -> None:
    weights = esrgan(2)
    picture = noise(20, 24)
    expected = drawn(loaded(tmp_path, weights), picture)
    assert expected.std() > 10
    for layout in (of_real_esrgan, of_first_release, of_a_whole_state):
        assert np.array_equal(drawn(loaded(tmp_path, layout(weights), layout.__name__), picture), expected)
    halves = {name: value.half() for name, value in weights.items()}
    assert np.abs(drawn(loaded(tmp_path, halves, "halves"), picture) - expected).max() <= 4


@pytest.mark.parametrize("kind", ["ESRGAN", "sharpening", "Compact"])
def test_tiles_draw_what_the_whole_would(tmp_path: Path, kind: str) -> None:
    """The same where one tile alone draws, and everywhere by a network that sees no farther than tiles hide."""
    if kind == "Compact":
        upscaler = load_upscaler(save_network(tmp_path / "x.safetensors", kind, **COMPACT), CPU)
    else:
        upscaler = loaded(tmp_path, esrgan(2 if kind == "ESRGAN" else 0, num_blocks=1))
    picture = noise(150, 190)
    whole, tiled = drawn(upscaler, picture), drawn(upscaler, picture, 64 * max(UPSCALER_SHARE, upscaler.scale))
    scale, boxes = upscaler.scale, tile_boxes(Size(150, 190), 64)
    assert len(boxes) == 12
    tiles = np.zeros((150 * scale, 190 * scale), int)
    for box in boxes:
        tiles[box.times(scale).slices] += 1
    alone = tiles == 1
    assert 0.3 < alone.mean() < 0.6
    off = np.abs(tiled - whole)
    same = off if kind == "Compact" else off[alone]
    assert same.max() <= 1  # convolutions of another size add up in another order
    assert same.mean() < 1e-4
    assert off.mean() < 1
    assert whole.std() > 10


def test_spandrel_is_used_without_torchvision() -> None:
    """Which its own front door would import, and which must fit torch's build, or breaks transformers."""
    assert reader_of("ESRGAN")
    assert find_spec("torchvision") is None
    with pytest.raises(ModuleNotFoundError, match="torchvision"):
        import_module("spandrel.architectures.LaMa")


def grey(weights: Weights) -> Weights:
    return {**weights, "model.0.weight": weights["model.0.weight"][:, :1].contiguous()}


def with_another_part(weights: Weights) -> Weights:
    return {**weights, "model.1.sub.0.RDB1.conv6.0.weight": torch.ones(4, 12, 1, 1)}


def with_a_part_that_is_dropped(weights: Weights) -> Weights:
    return {**of_real_esrgan(weights), "body.0.rdb1.conv1x1.weight": torch.ones(32, 12, 1, 1)}


def with_another_shape(weights: Weights) -> Weights:
    return {**weights, "model.8.weight": torch.ones(12, 12, 1, 1)}


def lacking(weights: Weights) -> Weights:
    return {name: value for name, value in weights.items() if name != "model.1.sub.1.RDB2.conv3.0.bias"}


def spoilt(weights: Weights) -> Weights:
    return {**weights, "model.8.bias": torch.full((12,), torch.nan)}


def of_something_else(weights: Weights) -> Weights:
    return {"layers.0.residual_group.blocks.0.norm1.weight": torch.ones(4)}


BAD: list[tuple[Callable[[Weights], Weights], type[ModelError], str]] = [
    (grey, ModelUnsupported, "not for pictures in colour"),
    (with_another_part, ModelUnsupported, "relative of ESRGAN with parts of its own"),
    (with_a_part_that_is_dropped, ModelUnsupported, "relative of ESRGAN with parts of its own"),
    (with_another_shape, ModelUnsupported, "relative of ESRGAN with parts of its own"),
    (lacking, ModelCorrupt, r"lack 'model\.1\.sub\.1\.RDB2\.conv3\.0\.bias'"),
    (spoilt, ModelCorrupt, "not all numbers"),
    (of_something_else, ModelUnsupported, "holds no upscaler"),
]


@pytest.mark.parametrize(("make", "kind", "words"), BAD, ids=[row[0].__name__ for row in BAD])
def test_files_that_cannot_be_used_say_why(
    tmp_path: Path, make: Callable[[Weights], Weights], kind: type[ModelError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        loaded(tmp_path, make(esrgan(2)))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.remedy


@pytest.mark.skipif(torch.accelerator.is_available(), reason="a card's memory can be pinned, which this network wants")
def test_a_network_that_the_device_does_not_compute_says_so_before_it_is_needed(tmp_path: Path) -> None:
    sizes = {"embed_dim": 16, "num_groups": 1, "depth_per_group": 1, "num_heads": 2, "upsampler_type": "dysample"}
    file = save_network(tmp_path / "x.safetensors", "FDAT", **sizes)
    with pytest.raises(ModelUnsupported, match=r"does not compute on cpu: .*pin"):
        load_upscaler(file, CPU)


def test_a_network_of_another_scale_than_its_file_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save_network(tmp_path / "x.safetensors", "Compact", **COMPACT)
    monkeypatch.setattr("hiprompt_core.upscaler.build_network", Wrong)
    with pytest.raises(ModelUnsupported, match="does not draw 2 times the sides"):
        load_upscaler(file, CPU)


class Wrong:
    """What is said of a network, with another scale than its own."""

    scale = 2

    def __init__(self, file: Path) -> None:
        self._found = build_network(file)
        self.model = self._found.model

    def __call__(self, values: Tensor) -> Tensor:
        return self._found(values)


def test_a_run_is_planned_drawn_recorded_and_stopped(make_request: Make, tmp_path: Path) -> None:
    file = save_network(tmp_path / "4x.safetensors", "Compact", 0.2, num_feat=8, num_conv=0, upscale=4)
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
    file = save_network(tmp_path / "2x.safetensors", "Compact", 0.2, num_feat=4, num_conv=0, upscale=2)
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
