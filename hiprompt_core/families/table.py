"""Which class stands behind which family."""

from __future__ import annotations

from typing import Any

from hiprompt_core.families.sdxl import SDXLBackbone

BACKBONES: dict[str, Any] = {"SDXL": SDXLBackbone}
"""By ``Layout.family``; each takes its parts by the names that the layout gives them."""
