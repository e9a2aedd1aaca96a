"""Every test runs without a screen, without the network and without switches that forbid the network."""

from __future__ import annotations

import gc
import os
import tempfile

import pytest
from PySide6.QtWidgets import QApplication

from tests.offline import block_network

gc.disable()  # until everything is imported, none of which is garbage

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in (
    "QT_QPA_PLATFORMTHEME",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "HF_DATASETS_OFFLINE",
    "DIFFUSERS_OFFLINE",
):
    os.environ.pop(name, None)

# What runs learn about speed is not the user's who runs the tests.
STATE = tempfile.TemporaryDirectory(prefix="hiprompt-state-")
os.environ["XDG_STATE_HOME"] = STATE.name

block_network()


@pytest.fixture(scope="session", autouse=True)
def _first_application(qapp: QApplication) -> None:
    """Drawing the demo world makes an application without widgets, unless there is one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process waits for another one's at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What was imported is not looked through by every collection of garbage, which takes 0.3 s."""
    gc.freeze()
    gc.enable()
