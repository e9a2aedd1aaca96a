"""What this machine has and lacks for the program to work."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from hiprompt_core.errors import HiPromptError
from hiprompt_core.model_cache import cache_folder, cached_models
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_captioner, inspect_model
from hiprompt_core.upscaler_files import SPANDREL

NEEDED = ("torch", "diffusers", "transformers", "safetensors", "numpy", "pillow")
WINDOW = ("PySide6-Essentials", "PySide6")
INSTALL = "Run `python3 installer/bootstrap.py run`, which installs it."
LITTLE_DISK = 2e9
LITTLE_MEMORY = 2e9


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True
    """Whether nothing can be generated without it."""


def examine(model: Path | None, captioner: Path | None, output: Path) -> Iterator[Finding]:
    """Look at everything, slowest last.

    Args:
        model: a diffusion model to check beside the one that comes along.
        captioner: likewise.
        output: where results will be written.
    """
    yield _python()
    for name in NEEDED:
        yield _package(name)
    yield _window()
    yield _upscalers()
    yield _memory()
    yield _disk(output)
    yield from _models(model, captioner)
    yield _cache()
    yield _devices()


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.platform()}"
    return Finding(name="Python", ok=sys.version_info >= (3, 11), detail=detail, remedy="Install Python 3.11 or newer.")


def _package(name: str) -> Finding:
    version = _version(name)
    return Finding(name=name, ok=version is not None, detail=version or "not installed", remedy=INSTALL)


def _window() -> Finding:
    version = next(filter(None, map(_version, WINDOW)), None)
    detail = version or "not installed; the command line works without it"
    return Finding(name="PySide6 (window)", ok=version is not None, detail=detail, remedy=INSTALL, needed=False)


def _upscalers() -> Finding:
    version = _version("spandrel")
    detail = version or "not installed; no upscaler in a single file can be used"
    remedy = f"pip install --no-deps {SPANDREL}"
    return Finding(name="spandrel (upscalers)", ok=version is not None, detail=detail, remedy=remedy, needed=False)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _memory() -> Finding:
    memory = psutil.virtual_memory()
    return Finding(
        name="Memory",
        ok=memory.available >= LITTLE_MEMORY,
        detail=f"{_gigabytes(memory.available)} free of {_gigabytes(memory.total)}",
        remedy="Close other programs, or choose smaller pictures.",
        needed=False,
    )


def _disk(output: Path) -> Finding:
    folder = next(path for path in (output.absolute(), *output.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    return Finding(
        name="Disk",
        ok=free >= LITTLE_DISK,
        detail=f"{_gigabytes(free)} free at {folder}",
        remedy="Free some space, or choose another folder with --out.",
        needed=False,
    )


def _models(model: Path | None, captioner: Path | None) -> Iterator[Finding]:
    for folder, title in ((demo_model(), "Demo model"), (model, "Model")):
        if folder:
            yield _model(title, folder)
    for folder, title in ((demo_captioner(), "Demo captioner"), (captioner, "Captioner")):
        if folder:
            yield _captioner(title, folder)


def _model(title: str, folder: Path) -> Finding:
    try:
        facts = inspect_model(folder)
    except HiPromptError as error:
        return Finding(name=title, ok=False, detail=error.problem, remedy=error.remedy)
    kind = f"native {facts.native_size} px, {facts.parameters / 1e6:.0f} M parameters, {facts.prediction_type}"
    return Finding(name=title, ok=True, detail=f"{folder} ({kind})")


def _captioner(title: str, folder: Path) -> Finding:
    try:
        facts = inspect_captioner(folder)
    except HiPromptError as error:
        return Finding(name=title, ok=False, detail=error.problem, remedy=error.remedy)
    return Finding(name=title, ok=True, detail=f"{folder} ({facts.parameters / 1e6:.1f} M parameters)")


def _cache() -> Finding:
    names = ", ".join(sorted(cached_models()))
    return Finding(
        name="Hugging Face cache",
        ok=bool(names),
        detail=names or f"no models in {cache_folder()}",
        remedy="Not needed. To use SDXL or LLaVA, download them there or anywhere and name the folder with --model.",
        needed=False,
    )


def _devices() -> Finding:
    """Devices that torch sees; a broken installation can fail in any way when it is imported."""
    try:
        from hiprompt_core.devices import known_devices

        names = [f"{name} ({_power(name, known)})" for name, known in known_devices().items()]
    except Exception as error:
        return Finding(name="Devices", ok=False, detail=f"torch does not start: {error}", remedy=INSTALL)
    return Finding(name="Devices", ok=True, detail=", ".join(names))


def _power(name: str, known: str) -> str:
    """What a device can do: threads of a processor; else what its maker calls it, and how large its memory is."""
    import torch

    device = torch.device(name)
    if device.type == "cpu":
        return f"{torch.get_num_threads()} threads"
    if device.type == "mps":  # it has no memory of its own
        return "Apple GPU"
    return f"{known}, {_gigabytes(torch.get_device_module(device).get_device_properties(device).total_memory)}"


def _gigabytes(count: float) -> str:
    return f"{count / 1e9:.1f} GB"
