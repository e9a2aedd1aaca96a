"""Which class stands behind which family."""

from __future__ import annotations

from typing import Any

from hiprompt_core.families.sd3 import SD3Backbone
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.families.stable_diffusion import StableDiffusionBackbone
from hiprompt_core.layouts import SD3, SDXL, STABLE_DIFFUSION

BACKBONES: dict[str, Any] = {
    SDXL.family: SDXLBackbone,
    STABLE_DIFFUSION.family: StableDiffusionBackbone,
    SD3.family: SD3Backbone,
}
"""By ``Layout.family``; each takes its parts by the names that the layout gives them."""
