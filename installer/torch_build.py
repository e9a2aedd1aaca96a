"""Which build of torch fits this machine's hardware."""

from __future__ import annotations

import platform
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from installer.environment import ask

TORCH = "2.13.0"
TORCH_INDEX = "https://download.pytorch.org/whl/"
GIBIBYTES = {"cpu": 3, "default": 3, "cu126": 12, "cu130": 12, "rocm7.2": 24}


class Torch(NamedTuple):
    """One build of torch: its name and how pip gets it."""

    name: str
    requirement: str
    index: str | None = None


def choose_torch(system: str, cuda: float | None, rocm: bool) -> Torch:
    """The build for this hardware; ``cuda`` is the newest CUDA version that the NVIDIA driver runs."""
    if system == "Darwin":
        return Torch("default", f"torch=={TORCH}")  # Apple's GPU is in the only build
    if cuda is not None and cuda >= 12:
        return _variant("cu130" if cuda >= 13 else "cu126")
    if rocm and system == "Linux":
        return _variant("rocm7.2")
    if system == "Linux":
        return _variant("cpu")  # by its full name: the default build brings gigabytes of CUDA
    return Torch("default", f"torch=={TORCH}")


def _variant(name: str) -> Torch:
    return Torch(name, f"torch=={TORCH}+{name}", TORCH_INDEX + name)


def cuda_version(nvidia_smi: str) -> float | None:
    """Read "CUDA Version: 12.4" out of what nvidia-smi prints."""
    found = re.search(r"CUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)", nvidia_smi)
    return float(found[1]) if found else None


def detect_torch() -> Torch:
    report = ask("nvidia-smi") if shutil.which("nvidia-smi") else None
    return choose_torch(platform.system(), cuda_version(report or ""), Path("/sys/module/amdgpu").exists())
