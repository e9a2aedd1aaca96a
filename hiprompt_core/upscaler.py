"""Trained upscalers for the guide, tile by tile: files by spandrel, Swin2SR's folders (2209.11345) by transformers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from hiprompt_core.errors import ModelUnsupported, NumericalError
from hiprompt_core.footprint import UPSCALER_SHARE
from hiprompt_core.frequency import low_pass
from hiprompt_core.geometry import Box, Size
from hiprompt_core.guide_files import inspect_upscaler
from hiprompt_core.loading import loading, require_complete, require_finite
from hiprompt_core.memory import is_full
from hiprompt_core.models import hash_files
from hiprompt_core.upscaler_files import REMEDY
from hiprompt_core.upscaler_networks import build_network
from hiprompt_core.vae import TILE_OVERLAP, OnTile, feather, tile_boxes
from hiprompt_core.weight_header import reading

SMALLEST = 32
"""Side of the part of a picture that the model sees at least, pixels."""
AREA = 2.0
"""Of what is too large to be detail: sigma of a Gaussian, in the picture's own pixels."""


@dataclass(frozen=True, kw_only=True)
class Upscaler:
    """A loaded network, and how it is used."""

    network: nn.Module
    """Draws (1, 3, h, w) of 0..1, float32, at ``scale`` times the sides."""
    scale: int
    """Its own, from 1; Lanczos brings what it draws to the size that is wanted."""
    multiple: int
    """Sides of what it is given are multiples of this."""
    device: torch.device
    weights_hash: str
    """SHA-256 over the weights."""

    def enlarge(self, picture: Image.Image, size: Size, tile: int, on_tile: OnTile) -> Image.Image:
        """The picture at another size, RGB; one that does not grow is only resampled.

        Args:
            tile: side of what the model may draw at once, pixels.
            on_tile: called with (tiles done, tiles) after each; may raise to stop.

        Raises:
            NumericalError: the model gives values that are not numbers.
        """
        picture = picture.convert("RGB")
        down, across = picture.height / size.height, picture.width / size.width
        if min(down, across) >= 1:
            return picture.resize((size.width, size.height), Image.Resampling.LANCZOS)
        side = int(max(SMALLEST, tile // max(UPSCALER_SHARE, self.scale)) / max(down, across))
        boxes = tile_boxes(size, side)
        overlap = int(side * TILE_OVERLAP)
        total, weight = torch.zeros((3, *size)), torch.zeros(size)
        for done, box in enumerate(boxes, start=1):
            drawn = self._part(picture, box, down, across)
            # The outer quarters of an overlap do not count: there the network saw too little around.
            weights = feather(box, size, max(1, overlap // 2), blind=overlap // 4)
            total[:, *box.slices] += weights * torch.from_numpy(np.array(drawn)).permute(2, 0, 1)
            weight[box.slices] += weights
            on_tile(done, len(boxes))
        pixels = total.div_(weight).round_().clamp_(0, 255).to(torch.uint8)
        return Image.fromarray(pixels.permute(1, 2, 0).numpy())

    def _part(self, picture: Image.Image, box: Box, down: float, across: float) -> Image.Image:
        """A tile of the result; its edges may fall between the pixels of ``picture``, so the model sees a bit more."""
        top, left = int(box.top * down), int(box.left * across)
        bottom = min(picture.height, math.ceil(box.bottom * down))
        right = min(picture.width, math.ceil(box.right * across))
        drawn = Image.fromarray(self._draw(picture.crop((left, top, right, bottom))))
        edges = (
            (box.left * across - left) * self.scale,
            (box.top * down - top) * self.scale,
            min(drawn.width, (box.right * across - left) * self.scale),
            min(drawn.height, (box.bottom * down - top) * self.scale),
        )
        return drawn.resize((box.size.width, box.size.height), Image.Resampling.LANCZOS, box=edges)

    def _draw(self, picture: Image.Image) -> np.ndarray[Any, Any]:
        """What the network makes of a picture, (height x scale, width x scale, 3) bytes."""
        # Whole multiples for the network, mirrored here: Swin2SR's own reflection refuses parts smaller than that.
        lacking = ((0, -picture.height % self.multiple), (0, -picture.width % self.multiple), (0, 0))
        pixels = torch.from_numpy(np.pad(np.array(picture), lacking, mode="symmetric")).permute(2, 0, 1).unsqueeze(0)
        values = pixels.to(self.device, torch.float32) / 255
        drawn = self._in_the_colours_of(values, self.network(values.clone()))[0]  # some change what they are given
        if not torch.isfinite(drawn).all():
            raise NumericalError("The upscaler gave values that are not numbers.", "Choose another one.")
        drawn = drawn[:, : picture.height * self.scale, : picture.width * self.scale]
        return (drawn * 255).round().clamp(0, 255).to("cpu", torch.uint8).permute(1, 2, 0).numpy()

    def _in_the_colours_of(self, values: Tensor, drawn: Tensor) -> Tensor:
        """Take back how far areas have moved: phase after phase they would go on, a light grey to white in two."""
        moved = values - F.avg_pool2d(drawn, self.scale)
        return drawn + F.interpolate(low_pass(moved, AREA), scale_factor=self.scale, mode="bilinear")


def load_upscaler(path: Path, device: torch.device) -> Upscaler:
    """Load a trained upscaler, in full precision: it is small beside a diffusion model.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_upscaler`` and
            ``build_network``, or the device cannot compute it.
    """
    with reading(path):
        is_folder = path.is_dir()
    with loading(path):
        files, network, scale, multiple = _of_folder(path) if is_folder else _of_file(path)
    require_finite(path, network)
    network.eval().requires_grad_(False).to(device)
    if device.type == "cpu":
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    _require_drawing(path, network, scale, device)
    return Upscaler(network=network, scale=scale, multiple=multiple, device=device, weights_hash=hash_files(files))


def _require_drawing(path: Path, network: nn.Module, scale: int, device: torch.device) -> None:
    """Draw a small piece: a network that a device cannot compute is told now, not when a picture waits for it."""
    try:
        with torch.inference_mode():
            drawn: Tensor = network(torch.zeros(1, 3, SMALLEST, SMALLEST, device=device))
    except (RuntimeError, TypeError) as error:
        if is_full(error):
            raise
        raise ModelUnsupported(f"The upscaler {path} does not compute on {device.type}: {error}", REMEDY) from error
    if drawn.shape[1:] != (3, SMALLEST * scale, SMALLEST * scale):
        raise ModelUnsupported(f"The upscaler {path} does not draw {scale} times the sides, as its file says.", REMEDY)


def _of_file(file: Path) -> tuple[tuple[Path, ...], nn.Module, int, int]:
    found = build_network(file)
    return (file,), _FromFile(found), found.scale, 1


def _of_folder(folder: Path) -> tuple[tuple[Path, ...], nn.Module, int, int]:
    facts = inspect_upscaler(folder)
    from transformers import Swin2SRForImageSuperResolution

    model, loaded = Swin2SRForImageSuperResolution.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    require_complete(folder, loaded)
    return facts.files, _Swin2SR(model), int(model.config.upscale), int(model.config.window_size)


class _Swin2SR(nn.Module):
    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, values: Tensor) -> Tensor:
        return self.model(values).reconstruction  # type: ignore[no-any-return]


class _FromFile(nn.Module):
    def __init__(self, found: Any) -> None:
        super().__init__()
        self.model = found.model
        self._draw = found  # gives the network the sizes that it wants

    def forward(self, values: Tensor) -> Tensor:
        return self._draw(values)  # type: ignore[no-any-return]
