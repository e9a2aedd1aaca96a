"""A phase's guide as a ControlNet looks at it: each view sees its own part, wherever jitter has moved it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.request import ControlNet
from hiprompt_core.vae import whole_cells
from hiprompt_core.views import View


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The guide of one phase under its ControlNet."""

    model: Any
    asked: ControlNet
    pixels: Tensor
    """Of the guide, (3, height, width), bytes on the CPU; a whole number of latent cells."""
    factor: int
    """Pixels a latent cell."""

    @classmethod
    def of(cls, model: Any, asked: ControlNet, picture: Image.Image, factor: int) -> Ground:
        """Of a picture of the phase's size; what its last cells lack is mirrored."""
        values = torch.from_numpy(np.array(whole_cells(picture, factor)))
        return cls(model=model, asked=asked, pixels=values.permute(2, 0, 1), factor=factor)

    def holds(self, step: int, steps: int) -> bool:
        """Whether it works in a step, counted from 0."""
        return self.asked.holds(step, steps)

    def seen_by(self, views: Sequence[View], copies: int, device: torch.device) -> Grounding:
        """What a batch of views is held to.

        Args:
            copies: predictions for each view; the batch is [all views, all views, …].
        """
        crops = torch.stack([self.pixels[:, *view.box.times(self.factor).slices] for view in views])
        return Grounding(self.model, (crops.to(device).float() / 255).repeat(copies, 1, 1, 1), self.asked.weight)
