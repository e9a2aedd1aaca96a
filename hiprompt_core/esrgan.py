"""The networks of ESRGAN (1809.00219), Real-ESRGAN (2107.10833) and its compact relative, written from the papers."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hiprompt_core.esrgan_files import Compact, Found, Rrdb
from hiprompt_core.weights import read_weights

SLOPE = 0.2
"""Of the leaky ReLU, below 0."""
RESIDUAL = 0.2
"""What a block adds is weakened by this, which keeps a deep network stable."""


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees what all before it made."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        for number in range(1, 6):
            inputs = width + (number - 1) * growth
            self.add_module(f"conv{number}", nn.Conv2d(inputs, width if number == 5 else growth, 3, padding=1))

    def forward(self, values: Tensor) -> Tensor:
        *growing, last = self.children()
        seen = values
        for convolution in growing:
            seen = torch.cat((seen, _leaky(convolution(seen))), 1)
        return values + RESIDUAL * last(seen)  # type: ignore[no-any-return]


class Block(nn.Module):
    """Three dense blocks and a way around them: a "residual in residual dense block"."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        for number in (1, 2, 3):
            self.add_module(f"rdb{number}", DenseBlock(width, growth))

    def forward(self, values: Tensor) -> Tensor:
        seen = values
        for dense in self.children():
            seen = dense(seen)
        return values + RESIDUAL * seen


class RrdbNetwork(nn.Module):
    """Draws (1, 3, h, w) of 0..1 at ``facts.scale`` times the sides, which are multiples of ``facts.shuffle``."""

    def __init__(self, facts: Rrdb) -> None:
        super().__init__()
        width = facts.width
        self.shuffle = facts.shuffle
        self.conv_first = nn.Conv2d(3 * facts.shuffle**2, width, 3, padding=1)
        self.body = nn.Sequential(*(Block(width, facts.growth) for _ in range(facts.blocks)))
        self.conv_body = nn.Conv2d(width, width, 3, padding=1)
        self.doublings = [f"conv_up{number + 1}" for number in range(facts.doublings)]
        for name in self.doublings:
            self.add_module(name, nn.Conv2d(width, width, 3, padding=1))
        self.conv_hr = nn.Conv2d(width, width, 3, padding=1)
        self.conv_last = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, values: Tensor) -> Tensor:
        values = self.conv_first(F.pixel_unshuffle(values, self.shuffle))
        values = values + self.conv_body(self.body(values))
        for name in self.doublings:
            values = _leaky(self.get_submodule(name)(F.interpolate(values, scale_factor=2, mode="nearest")))
        return self.conv_last(_leaky(self.conv_hr(values)))  # type: ignore[no-any-return]


class CompactNetwork(nn.Module):
    """Draws (1, 3, h, w) of 0..1 at ``facts.scale`` times the sides: what it learnt is added to repeated pixels."""

    def __init__(self, facts: Compact) -> None:
        super().__init__()
        self.scale = facts.scale
        layers: list[nn.Module] = []
        for layer in range(facts.layers):
            layers += [nn.Conv2d(3 if layer == 0 else facts.width, facts.width, 3, padding=1), nn.PReLU(facts.width)]
        self.body = nn.Sequential(*layers, nn.Conv2d(facts.width, 3 * facts.scale**2, 3, padding=1))

    def forward(self, values: Tensor) -> Tensor:
        return F.pixel_shuffle(self.body(values), self.scale) + F.interpolate(values, scale_factor=self.scale)


def load_network(file: Path, found: Found) -> nn.Module:
    """The network of a file, in full precision on the processor.

    Args:
        found: what its header says, checked to fit.

    Raises:
        ModelCorrupt: weights are damaged, or not numbers.
    """
    weights = read_weights(file)
    with torch.device("meta"):
        facts = found.network
        network = RrdbNetwork(facts) if isinstance(facts, Rrdb) else CompactNetwork(facts)
    network.load_state_dict({ours: weights[theirs].float() for ours, theirs in found.names.items()}, assign=True)
    return network


def _leaky(values: Tensor) -> Tensor:
    return F.leaky_relu(values, SLOPE, inplace=True)
