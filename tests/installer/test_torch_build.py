"""The build of torch follows from the hardware."""

from __future__ import annotations

import pytest

from installer.torch_build import GIBIBYTES, choose_torch, cuda_version


@pytest.mark.parametrize(
    ("system", "cuda", "rocm", "name", "requirement"),
    [
        ("Linux", None, False, "cpu", "torch==2.13.0+cpu"),
        ("Linux", 11.8, False, "cpu", "torch==2.13.0+cpu"),
        ("Linux", 12.4, False, "cu126", "torch==2.13.0+cu126"),
        ("Linux", 13.1, False, "cu130", "torch==2.13.0+cu130"),
        ("Linux", None, True, "rocm7.2", "torch==2.13.0+rocm7.2"),
        ("Windows", None, True, "default", "torch==2.13.0"),
        ("Windows", 13.0, False, "cu130", "torch==2.13.0+cu130"),
        ("Darwin", None, False, "default", "torch==2.13.0"),
    ],
)
def test_torch_build_fits_the_hardware(
    system: str, cuda: float | None, rocm: bool, name: str, requirement: str
) -> None:
    torch = choose_torch(system, cuda, rocm)
    assert (torch.name, torch.requirement) == (name, requirement)
    assert (torch.index is None) == (name == "default")
    assert torch.index is None or torch.index.endswith(f"/whl/{name}")
    assert torch.name in GIBIBYTES


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("| NVIDIA-SMI 580.65.06   Driver Version: 580.65.06   CUDA Version: 13.0     |", 13.0),
        ("CUDA Version: 12.4", 12.4),
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", None),
        ("", None),
    ],
)
def test_cuda_version_is_read_from_the_driver(text: str, version: float | None) -> None:
    assert cuda_version(text) == version
