"""What is free on each backend, from what its driver tells."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest
import torch

from hiprompt_core import memory

GB = 10**9


@pytest.fixture
def drivers(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with 20 GB free, and a card with 6 GB free of which torch keeps 2 GB, one of them in use."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=20 * GB))
    monkeypatch.setattr(torch.accelerator, "get_memory_info", lambda device: (6 * GB, 8 * GB))
    monkeypatch.setattr(torch.accelerator, "memory_reserved", lambda device: 2 * GB)
    monkeypatch.setattr(torch.accelerator, "memory_allocated", lambda device: GB)
    return monkeypatch


@pytest.mark.parametrize("kind", ["cuda", "xpu"])
def test_a_card_counts_what_torch_caches_as_free(drivers: pytest.MonkeyPatch, kind: str) -> None:
    assert memory.free(torch.device(kind)) == 7 * GB


def test_a_card_of_intel_may_tell_only_its_size(drivers: pytest.MonkeyPatch) -> None:
    def silent(device: torch.device) -> tuple[int, int]:
        raise RuntimeError("The device does not support querying the available free memory.")

    drivers.setattr(torch.accelerator, "get_memory_info", silent)
    drivers.setattr(torch.xpu, "get_device_properties", lambda device: SimpleNamespace(total_memory=8 * GB))
    assert memory.free(torch.device("xpu")) == 7 * GB


def test_the_processor_has_what_the_machine_has(drivers: pytest.MonkeyPatch) -> None:
    assert memory.free(torch.device("cpu")) == 20 * GB


@pytest.mark.parametrize(("share", "free"), [(16, 13), (40, 20)])
def test_metal_gives_a_share_of_the_machine(drivers: pytest.MonkeyPatch, share: int, free: int) -> None:
    drivers.setattr(torch.mps, "recommended_max_memory", lambda: share * GB)
    drivers.setattr(torch.mps, "current_allocated_memory", lambda: 3 * GB)
    assert memory.free(torch.device("mps")) == free * GB
