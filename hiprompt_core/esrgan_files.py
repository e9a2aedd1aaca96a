"""Files of ESRGAN and its relatives: which network they hold, by the names and shapes of their tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Shapes = dict[str, tuple[int, ...]]

_BLOCK = re.compile(r"(?:body|RRDB_trunk|model\.1\.sub)\.(\d+)\.(?:rdb|RDB)([123])\.conv([1-5])(?:\.0)?")
"""A convolution of a block: as Real-ESRGAN names it, as ESRGAN's first release does, and as its trainers' tools do."""
_FIRST_RELEASE = {
    "trunk_conv": "conv_body",
    "HRconv": "conv_hr",
    **{f"upconv{number}": f"conv_up{number}" for number in (1, 2, 3)},
}
_WRAPPERS = ("params_ema.", "params.")
"""What files begin all names with that were made of a training's whole state; averaged weights first."""
_SHUFFLES = {3: 1, 12: 2, 48: 4}
"""Side of the squares of pixels that become channels before anything else, by the channels that come of three."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rrdb:
    """Dense residual blocks, then enlargement (ESRGAN 1809.00219, Real-ESRGAN 2107.10833)."""

    width: int
    """Channels between blocks."""
    growth: int
    """Channels that each convolution of a block adds."""
    blocks: int
    doublings: int
    shuffle: int
    """Side of the squares of pixels that become channels first, so that the blocks work on fewer."""

    @property
    def scale(self) -> int:
        return (1 << self.doublings) // self.shuffle

    def shapes(self) -> Shapes:
        """Every tensor, under Real-ESRGAN's names."""
        width, growth = self.width, self.growth
        found = _convolution("conv_first", 3 * self.shuffle**2, width)
        for block in range(self.blocks):
            for dense in (1, 2, 3):
                for number in range(1, 6):
                    name = f"body.{block}.rdb{dense}.conv{number}"
                    found |= _convolution(name, width + (number - 1) * growth, width if number == 5 else growth)
        for name in ("conv_body", *(f"conv_up{number + 1}" for number in range(self.doublings)), "conv_hr"):
            found |= _convolution(name, width, width)
        return found | _convolution("conv_last", width, 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Compact:
    """A row of convolutions whose last one draws squares of pixels (SRVGGNetCompact of Real-ESRGAN)."""

    width: int
    layers: int
    """Convolutions before the last one."""
    scale: int

    shuffle = 1

    def shapes(self) -> Shapes:
        """Every tensor, under its trainers' names."""
        found: Shapes = {}
        for layer in range(self.layers):
            found |= _convolution(f"body.{2 * layer}", 3 if layer == 0 else self.width, self.width)
            found[f"body.{2 * layer + 1}.weight"] = (self.width,)  # of a PReLU
        return found | _convolution(f"body.{2 * self.layers}", self.width, 3 * self.scale**2)


class Found(NamedTuple):
    """What a file holds."""

    network: Rrdb | Compact
    names: dict[str, str]
    """The file's name of each tensor, by ours."""

    @property
    def family(self) -> str:
        """As its users call it."""
        return "ESRGAN" if isinstance(self.network, Rrdb) else "Compact"

    def lacking(self) -> str | None:
        """The first tensor that should be there and is not, under our name."""
        return min(self.network.shapes().keys() - self.names.keys(), default=None)

    def fits(self, header: Mapping[str, Any]) -> bool:
        """Whether every tensor has its place and its shape; relatives with parts of their own do not."""
        shapes = {name: tuple(header[theirs]["shape"]) for name, theirs in self.names.items()}
        return shapes == self.network.shapes()


def recognise(header: Mapping[str, Any]) -> Found | None:
    """The network of a safetensors file, as its tensors say; none: it is nothing like one of these."""
    names = _our_names([name for name in header if name != "__metadata__"])
    shapes = {name: tuple(header[theirs]["shape"]) for name, theirs in names.items()}
    network = _rrdb(shapes) or _compact(shapes)
    return Found(network, names) if network else None


def _rrdb(shapes: Shapes) -> Rrdb | None:
    first, dense = shapes.get("conv_first.weight", ()), shapes.get("body.0.rdb1.conv1.weight", ())
    shuffle = _SHUFFLES.get(first[1]) if len(first) == 4 else None
    if shuffle is None or len(dense) != 4:
        return None
    network = Rrdb(
        width=first[0],
        growth=dense[0],
        blocks=len({name.split(".")[1] for name in shapes if name.startswith("body.")}),
        doublings=sum(name.startswith("conv_up") and name.endswith(".weight") for name in shapes),
        shuffle=shuffle,
    )
    return network if network.scale >= 1 else None


def _compact(shapes: Shapes) -> Compact | None:
    first, slope = shapes.get("body.0.weight", ()), shapes.get("body.1.weight", ())
    if len(first) != 4 or slope != first[:1] or first[1] != 3:
        return None
    layers = sum(len(shape) == 4 for shape in shapes.values()) - 1
    last = shapes.get(f"body.{2 * layers}.weight", (0,))
    return Compact(width=first[0], layers=layers, scale=max(1, math.isqrt(last[0] // 3)))


def _our_names(theirs: list[str]) -> dict[str, str]:
    wrapper = next((wrapper for wrapper in _WRAPPERS if any(name.startswith(wrapper) for name in theirs)), "")
    inside = [name.removeprefix(wrapper) for name in theirs if name.startswith(wrapper)]
    known = _FIRST_RELEASE | _numbered(inside)
    return {_our_name(name, known): wrapper + name for name in inside}


def _our_name(name: str, known: Mapping[str, str]) -> str:
    part, _, kind = name.rpartition(".")
    block = _BLOCK.fullmatch(part)
    if block:
        number, dense, convolution = block.groups()
        return f"body.{number}.rdb{dense}.conv{convolution}.{kind}"
    return f"{known.get(part, part)}.{kind}"


def _numbered(names: Iterable[str]) -> dict[str, str]:
    """Parts outside of the blocks where they have numbers, as ESRGAN's trainers' tools write them.

    Each doubling is three layers, of which the middle one has weights; activations lie between the others.
    """
    parts = {name.rpartition(".")[0] for name in names}
    numbers = sorted(int(part[6:]) for part in parts if re.fullmatch(r"model\.\d+", part))
    doublings = len(numbers) - 3
    up = range(3, 3 * doublings + 1, 3)
    if doublings < 0 or numbers != [0, *up, 3 * doublings + 2, 3 * doublings + 4]:
        return {}
    ours = ["conv_first", *(f"conv_up{number + 1}" for number in range(doublings)), "conv_hr", "conv_last"]
    body = {part: "conv_body" for part in parts if re.fullmatch(r"model\.1\.sub\.\d+", part)}
    return {f"model.{number}": name for number, name in zip(numbers, ours, strict=True)} | body


def _convolution(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs, 3, 3), f"{name}.bias": (outputs,)}
