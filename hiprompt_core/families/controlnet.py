"""ControlNet (2302.05543): a copy of a UNet's encoder that looks at the guide, and what it adds to the UNet."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

TILE = 6
"""Place of the tile task among those of a ControlNet for many tasks (ControlNet++, "union")."""


class Grounding(NamedTuple):
    """What holds one batch of views to the guide."""

    controlnet: Any
    guide: Tensor
    """What the views show of the guide, (b, 3, height, width), 0 to 1."""
    weight: float

    def residuals(
        self, latents: Tensor, times: Tensor, prompt_embeds: Tensor, added: dict[str, Tensor] | None
    ) -> dict[str, Any]:
        """What the UNet's skip connections and its middle get, as its ``forward`` names it.

        Args:
            latents: (b, c, h, w) in the UNet's precision, as it sees them.
            times: (b,), the timestep of each.
            added: SDXL's conditioning, in the same precision.
        """
        guide = self.guide.to(latents)
        tasks = getattr(self.controlnet.config, "num_control_type", 0)
        task: dict[str, Any] = {"controlnet_cond": guide}
        if tasks:
            chosen = torch.zeros((len(latents), tasks), device=latents.device, dtype=latents.dtype)
            chosen[:, TILE] = 1
            task = {"controlnet_cond": [guide], "control_type": chosen, "control_type_idx": [TILE]}
        down, middle = self.controlnet(
            latents,
            times,
            encoder_hidden_states=prompt_embeds,
            conditioning_scale=float(self.weight),
            added_cond_kwargs=added,
            return_dict=False,
            **task,
        )
        return {"down_block_additional_residuals": tuple(down), "mid_block_additional_residual": middle}
