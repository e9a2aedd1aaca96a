"""Every test runs without a screen, without the network and without switches that forbid the network."""

from __future__ import annotations

import os

from tests.offline import block_network

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in (
    "QT_QPA_PLATFORMTHEME",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "HF_DATASETS_OFFLINE",
    "DIFFUSERS_OFFLINE",
):
    os.environ.pop(name, None)

block_network()
