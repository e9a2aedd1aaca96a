"""How much memory a run needs, by sizes alone, and how it is made to fit into what is free."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hiprompt_core.geometry import Size, spread
from hiprompt_core.guide_files import NO_GUIDES, GuideFacts
from hiprompt_core.model_files import CaptionerFacts, ModelFacts
from hiprompt_core.request import GenerationRequest

MOST_VIEWS = 8
"""Views predicted in one go when the request names no number; more gain hardly any speed."""
HEAVY = 10**11
"""Parameters of a network times the cells of a view; from here on a processor takes views one by one: two at once were
a tenth faster, but make a cancel wait for layers twice as long (docs/performance.md)."""
SMALLEST_TILES = 4
"""A tile is never made smaller than the default one's side over this: its borders would show."""
TILE_OVERLAP = 0.25
"""Share of a VAE tile that its neighbour covers too."""
UPSCALER_SHARE = 4
"""An upscaler's part has this share of a VAE tile's side at most. Networks that attend need most for what they see: HAT
2.6 GB for 256 x 256 pixels (bench_memory), about as much as the VAE for its tile of 1024 x 1024.
"""
TAKE_TURNS = "captioner and diffusion model take turns"
SHARE = 0.85
"""Of the free memory; the rest is for an allocator's fragments and a backend's workspaces."""
FEW_BITS = {"8bit": 1.0, "4bit": 0.5}
"""Bytes of a captioner's parameter."""
UNET_VALUES, TRANSFORMER_VALUES = 16, 4
"""Values alive at the peak of a prediction, by cell and channel of the first level (docs/performance.md)."""
VAE_VALUES = 6
"""The same of the VAE, by pixel and channel at full resolution."""
ATTENTION_BYTES = 9
"""Of the VAE's attention where it is not fused, by pair of cells: scores, and their softmax in float32."""
UPSCALER_WEIGHT = 4
"""Bytes of a trained upscaler's parameter; its tile needs no more than the VAE's."""
PICTURE_BYTES = 20
"""By pixel, in the computer's memory: guide and result as bytes, float sums and weights of the tiles; as measured."""
OPENING_BYTES = 8
"""By pixel of a picture of the user's own while it is being opened, in the computer's memory: decoded, and its copy in
other colours; as measured."""
DEAR_TO_OPEN = {"WEBP": 17, "AVIF": 12, **dict.fromkeys(("JPEG2000", "JP2", "J2K", "JPC", "JPX", "JPF"), 20)}
"""The same of decoders that need more, by formats and endings of names."""
KEPT_SHARE, MOST_KEPT = 2, 90_000_000
"""What the computer's allocator keeps of pieces that a part of the work has freed: a share of what that part needs, and
bytes at most; as measured (docs/performance.md)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a run computes, as far as its memory goes."""

    name: str = ""
    """Device and precision, such as "cpu float32": what rates hold for."""
    free: int | None
    """Bytes that it can give, models that are loaded already not counted; none: not known."""
    weight: int
    """Bytes of a value that is computed with, and of a weight of text encoders and captioner."""
    network_weight: int
    """Bytes of a weight of the network that predicts."""
    vae_weight: int
    """Bytes of a weight of its VAE."""
    own_memory: bool
    """Whether models can leave it for the computer's memory."""

    @property
    def is_processor(self) -> bool:
        return self.name.startswith("cpu ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fit:
    """How a run uses memory; what the request names is kept."""

    view_batch_size: int
    tile: int
    """Side of a VAE tile, pixels."""
    apart: bool
    """Captioner and diffusion model take turns."""
    parted: bool
    """Only the part of the diffusion model that is at work is on the device."""
    memory: int
    """Estimated peak, bytes."""
    fits: bool
    """Whether that is within what is free, with some room to spare; so it is where nobody knows what is free."""

    @property
    def text(self) -> str:
        """For people."""
        views = "1 view" if self.view_batch_size == 1 else f"{self.view_batch_size} views"
        parts = [f"{views} at once, VAE tiles of {self.tile} pixels"]
        if self.apart:
            parts.append(TAKE_TURNS)
        if self.parted:
            parts.append("only the part of the model at work is on the device, which is slower")
        return "; ".join(parts)


def unknown_place(request: GenerationRequest) -> Place:
    """The place of a request before anybody has looked at the device."""
    weight = 4 if request.precision == "float32" else 2
    network = 1 if request.precision == "float8" else weight
    return Place(free=None, weight=weight, network_weight=network, vae_weight=weight, own_memory=False)


def fit(
    request: GenerationRequest,
    size: Size,
    model: ModelFacts,
    captioner: CaptionerFacts | None,
    place: Place,
    guides: GuideFacts = NO_GUIDES,
    base: Size | None = None,
) -> Fit:
    """The largest view batch and VAE tile that fit; the model is taken apart only if it must be.

    Args:
        size: of the last phase.
        base: of a picture that the run opens to start from; none: it opens none.
    """
    weight = FEW_BITS.get(request.captioner_precision, place.weight)
    described = int(captioner.parameters * weight) if captioner else None
    throughout = _throughout(size, place, guides)
    opening = base.area * opening_bytes(_ending(request.base_image)) if base and not place.own_memory else 0
    room = None if place.free is None else int(SHARE * place.free) - throughout - _kept(MOST_KEPT, place)
    for way in _ways(model, place, guides, described):
        views, views_fit = _view_batch(request, model, place, _less(room, way.drawing))
        tile, tile_fits = _tile(request, size, model, place, _less(room, way.decoding))
        if views_fit and tile_fits:
            break
    drawn = views * view_memory(model, len(request.options.view_conditions()), place.weight)
    decoded = tile_memory(model, tile, size, place)
    drawing, decoding = (part + _kept(part, place) for part in (drawn, decoded))
    peak = throughout + max(way.drawing + drawing, way.decoding + decoding, way.describing)
    # What is alone in memory and yet too large there is helped by nothing.
    alone_fits = place.free is None or max(throughout + (described or 0), opening) <= place.free
    return Fit(
        view_batch_size=views,
        tile=tile,
        apart=way.apart,
        parted=way.parted,
        memory=max(peak, opening),
        fits=views_fit and tile_fits and alone_fits,
    )


class _Way(NamedTuple):
    """A way for models to share a device: bytes of the weights on it during each part of the work."""

    drawing: int
    decoding: int
    describing: int = 0
    """Of a captioner that is alone."""
    apart: bool = False
    parted: bool = False


def _ways(model: ModelFacts, place: Place, guides: GuideFacts, described: int | None) -> Iterator[_Way]:
    """From the fastest to the one that needs the least; ``described``: bytes of the captioner, none: there is none."""
    vae = model.vae_parameters * place.vae_weight
    grounding = guides.controlnet.parameters * place.weight if guides.controlnet else 0
    network = model.network_parameters * place.network_weight + grounding
    whole = (model.parameters - model.vae_parameters - model.network_parameters) * place.weight + network + vae
    captioner = described or 0
    yield _Way(drawing=whole + captioner, decoding=whole + captioner)
    if described is not None:
        yield _Way(drawing=whole, decoding=whole, describing=captioner, apart=True)
    if place.own_memory:
        yield _Way(drawing=network, decoding=vae, describing=captioner, apart=described is not None, parted=True)


def _throughout(size: Size, place: Place, guides: GuideFacts) -> int:
    """Bytes that are taken during every part of the work."""
    upscaler = guides.upscaler.parameters * UPSCALER_WEIGHT if guides.upscaler else 0
    return upscaler + (0 if place.own_memory else size.area * PICTURE_BYTES)


def _kept(part: int, place: Place) -> int:
    """Bytes that an allocator keeps of a part of the work that needs ``part``; a card's are within ``SHARE``."""
    return 0 if place.own_memory else min(part * KEPT_SHARE, MOST_KEPT)


def _view_batch(request: GenerationRequest, model: ModelFacts, place: Place, room: int | None) -> tuple[int, bool]:
    """Views at once, and whether they fit into ``room`` bytes; none: nobody knows how many there are."""
    options = request.options
    views = options.view_batch_size or most_views(model, place)
    if room is None:
        return views, True
    most = room // view_memory(model, len(options.view_conditions()), place.weight)
    return options.view_batch_size or max(1, min(views, most)), most >= (options.view_batch_size or 1)


def _tile(
    request: GenerationRequest, size: Size, model: ModelFacts, place: Place, room: int | None
) -> tuple[int, bool]:
    """Side of a VAE tile, and whether it fits into ``room`` bytes; none: nobody knows how many there are."""
    wished = request.options.vae_tile_size
    sides = [wished] if wished else _tiles(model.default_tile_size)
    if room is None:
        return sides[0], True
    fitting = [side for side in sides if tile_memory(model, side, size, place) <= room]
    return (fitting[0], True) if fitting else (sides[-1], False)


def _ending(path: Path | None) -> str:
    return path.suffix.removeprefix(".") if path else ""


def _less(room: int | None, taken: int) -> int | None:
    return None if room is None else room - taken


def most_views(model: ModelFacts, place: Place) -> int:
    """Views that are predicted in one go where memory allows and nobody asks for another number."""
    return 1 if place.is_processor and model.network_parameters * _cells(model) > HEAVY else MOST_VIEWS


def view_memory(model: ModelFacts, conditions: int, weight: int) -> int:
    """Bytes that a view needs beside the weights while it is predicted under all conditions."""
    values = TRANSFORMER_VALUES if model.network == "transformer" else UNET_VALUES
    return conditions * _cells(model) * model.unet_width * values * weight


def tile_memory(model: ModelFacts, tile: int, size: Size, place: Place) -> int:
    """Bytes that a VAE tile needs beside the weights while it is decoded; pictures may be smaller than a tile."""
    area = min(tile, size.height) * min(tile, size.width)
    attention = ATTENTION_BYTES * (area // model.vae_scale_factor**2) ** 2 if place.own_memory else 0
    return max(area * model.vae_width * VAE_VALUES * place.vae_weight, attention)


def opening_bytes(kind: str) -> int:
    """By pixel of a picture of the user's own while it is opened; ``kind``: its format, or the ending of its name."""
    return DEAR_TO_OPEN.get(kind.upper(), OPENING_BYTES)


def coded_pixels(size: Size, tile: int) -> int:
    """Pixels of all VAE tiles of a picture together; they overlap."""
    across = [(len(spread(side, tile, TILE_OVERLAP)), min(side, tile)) for side in size]
    return math.prod(count * side for count, side in across)


def seen_pixels(before: Size, tile: int) -> int:
    """Pixels that a trained upscaler sees of the picture that it enlarges, in overlapping parts."""
    return coded_pixels(before, tile // UPSCALER_SHARE)


def _cells(model: ModelFacts) -> int:
    """Of a view."""
    return (model.native_size // model.vae_scale_factor) ** 2


def _tiles(default: int) -> list[int]:
    """Sides from the default one down, halved."""
    smallest = max(64, default // SMALLEST_TILES)
    sides = [default]
    while sides[-1] // 2 >= smallest:
        sides.append(sides[-1] // 2)
    return sides
