"""Pictures to latents and back, in tiles."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from hiprompt_core import vae
from hiprompt_core.errors import NumericalError
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.geometry import Box, Size

pytestmark = pytest.mark.usefixtures("_without_gradients")


@pytest.fixture
def _without_gradients() -> Any:
    with torch.inference_mode():
        yield


@pytest.fixture
def model(backbone: SDXLBackbone) -> Any:
    return copy.deepcopy(backbone.vae)


def quiet(done: int, tiles: int) -> None:
    pass


def draw(*cells: int) -> torch.Tensor:
    return torch.randn((1, 4, *cells), generator=torch.Generator().manual_seed(0))


@pytest.fixture
def local(model: Any) -> Any:
    """A real VAE whose kernels look at their centre alone: padding at the edge of a tile means nothing to it."""
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size == (3, 3):
            centre = module.weight[..., 1, 1].clone()
            module.weight.zero_()
            module.weight[..., 1, 1] = centre
    return model


def test_a_constant_is_the_same_in_tiles(local: Any) -> None:
    latents = torch.tensor([0.5, -1, 0.2, 0]).view(1, 4, 1, 1).expand(1, 4, 20, 28)
    whole, tiled = (np.asarray(vae.decode(local, latents, 8, tile, quiet), int) for tile in (512, 64))
    assert np.abs(whole - tiled).max() <= 1  # weights that sum to 1 up to rounding
    picture = Image.new("RGB", (224, 160), (200, 30, 90))
    whole, tiled = (vae.encode(local, picture, 8, tile, quiet) for tile in (512, 64))
    torch.testing.assert_close(whole, tiled, atol=1e-4, rtol=0)  # convolutions round by the size of their input


def test_tiles_hardly_differ_from_the_whole(model: Any) -> None:
    """Away from the feathered borders a tile only differs by what its normalisation sees."""
    whole, tiled = (np.asarray(vae.decode(model, draw(24, 24), 8, tile, quiet), float) for tile in (512, 128))
    assert np.abs(whole - tiled).mean() < 8
    assert np.abs(whole - tiled).max() > 0


def test_one_tile_equals_the_vae_itself(model: Any) -> None:
    latents = draw(8, 12)
    expected = model.decode(latents / model.config.scaling_factor).sample[0].permute(1, 2, 0)
    pixels = ((expected * 127.5 + 127.5).round().clamp(0, 255)).to(torch.uint8).numpy()
    assert np.array_equal(np.asarray(vae.decode(model, latents, 8, 512, quiet)), pixels)
    picture = Image.fromarray(pixels)
    values = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 127.5 - 1
    expected = model.encode(values).latent_dist.mode() * model.config.scaling_factor
    torch.testing.assert_close(vae.encode(model, picture, 8, 512, quiet), expected)


def test_latents_with_statistics_of_their_own(model: Any) -> None:
    """As SDXL variants that name a mean and deviation of each channel."""
    plain = vae.encode(model, Image.new("RGB", (64, 64), "red"), 8, 512, quiet)
    mean, deviation = [0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 3.0, 4.0]
    model.register_to_config(latents_mean=mean, latents_std=deviation)
    latents = vae.encode(model, Image.new("RGB", (64, 64), "red"), 8, 512, quiet)
    shift, scale = (torch.tensor(values).view(1, 4, 1, 1) for values in (mean, deviation))
    torch.testing.assert_close(latents, (plain / 0.5 - shift) * 0.5 / scale)


def test_weights_of_tiles() -> None:
    """They fall to inner edges and stay 1 where the picture ends."""
    weights = vae.feather(Box(0, 8, 8, 16), Size(8, 24), 2)
    assert torch.equal(weights[0], torch.tensor([0.25, 0.75, 1, 1, 1, 1, 0.75, 0.25]))
    assert torch.equal(weights, weights[:1].expand(8, 8))


def test_only_chosen_tiles_are_decoded(model: Any) -> None:
    boxes = vae.tile_boxes(Size(8, 20), 8)
    calls: list[tuple[int, int]] = []
    picture = vae.decode_boxes(model, draw(8, 20), boxes[:1], 8, 64, lambda *call: calls.append(call))
    assert calls == [(1, 1)]
    assert not np.asarray(picture)[:, 64:].any()


def test_tiles_are_told_as_pictures_while_they_are_decoded(model: Any) -> None:
    boxes = vae.tile_boxes(Size(8, 20), 8)
    pieces: list[tuple[Box, np.ndarray]] = []
    whole = vae.decode_boxes(
        model, draw(8, 20), boxes, 8, 64, lambda *call: None, lambda box, image: pieces.append((box, np.asarray(image)))
    )
    assert [box for box, _ in pieces] == [box.times(8) for box in boxes]
    # Laid over each other in that order they are the picture.
    seen = np.zeros((64, 160, 3), np.uint8)
    for box, image in pieces:
        seen[box.slices] = image
    assert np.array_equal(seen, np.asarray(whole))


@pytest.mark.parametrize("work", ["encode", "decode"])
def test_tiles_stop_at_once(model: Any, work: str) -> None:
    calls: list[int] = []

    def stop(done: int, tiles: int) -> None:
        calls.append(tiles)
        if done == 2:
            raise KeyboardInterrupt

    given = Image.new("RGB", (128, 128)) if work == "encode" else draw(16, 16)
    with pytest.raises(KeyboardInterrupt):
        getattr(vae, work)(model, given, 8, 64, stop)
    assert calls == [9, 9]


def test_half_precision_that_overflows_is_decoded_in_full(model: Any, caplog: pytest.LogCaptureFixture) -> None:
    model.post_quant_conv.weight.mul_(60000 / model.post_quant_conv.weight.abs().max())
    expected = vae.decode(model, draw(8, 8), 8, 64, quiet)
    picture = vae.decode(model.to(torch.float16), draw(8, 8), 8, 64, quiet)
    assert "overflowed" in caplog.text
    difference = np.abs(np.asarray(picture, float) - np.asarray(expected, float))
    assert difference.max() <= 2
    assert np.asarray(picture).any()


def test_a_vae_that_never_gives_numbers(model: Any) -> None:
    model.decoder.conv_out.bias.fill_(float("nan"))
    model.encoder.conv_out.bias.fill_(float("nan"))
    for precision in (torch.float32, torch.float16):
        with pytest.raises(NumericalError, match="decoding"):
            vae.decode(model.to(precision), draw(8, 8), 8, 64, quiet)
    with pytest.raises(NumericalError, match="encoding"):
        vae.encode(model, Image.new("RGB", (64, 64)), 8, 64, quiet)
