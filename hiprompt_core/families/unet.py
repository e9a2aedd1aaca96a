"""One call of a conditional UNet."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from hiprompt_core.devices import memory_format
from hiprompt_core.families.controlnet import Grounding

DISTILLED_GUIDANCE = 8.0
"""Guidance that a UNet with guidance as an input is asked for (latent consistency models, 2310.04378)."""


def predict_with_unet(
    unet: Any,
    latents: Tensor,
    timestep: float,
    prompt_embeds: Tensor,
    grounding: Grounding | None,
    added: dict[str, Tensor] | None = None,
) -> Tensor:
    """The raw prediction for (b, c, h, w), float32."""
    dtype, device = unet.dtype, latents.device
    latents = latents.to(dtype).contiguous(memory_format=memory_format(dtype, device))
    prompt_embeds = prompt_embeds.to(dtype)
    added = added and {name: value.to(device, dtype) for name, value in added.items()}
    # Made on the device: what is sent there waits for it.
    times = torch.full((len(latents),), timestep, dtype=torch.float32, device=device)
    width = unet.config.time_cond_proj_dim
    output = unet(
        latents,
        times,
        encoder_hidden_states=prompt_embeds,
        timestep_cond=_guidance_embedding(width, dtype, device).expand(len(latents), -1) if width else None,
        added_cond_kwargs=added,
        return_dict=False,
        **(grounding.residuals(latents, times, prompt_embeds, added) if grounding else {}),
    )
    return output[0].float()  # type: ignore[no-any-return]


@lru_cache(maxsize=2)
def _guidance_embedding(width: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Sines and cosines of 1000 (guidance - 1), (1, width)."""
    rates = torch.exp(-torch.arange(width // 2) * torch.log(torch.tensor(10000.0)) / (width // 2 - 1))
    angles = 1000 * (DISTILLED_GUIDANCE - 1) * rates
    return torch.cat([angles.sin(), angles.cos()])[None].to(device, dtype)
