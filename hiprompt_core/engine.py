"""The loaded models, kept from one request to the next, and what a full memory looks like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch

from hiprompt_core.captioner import Captioner
from hiprompt_core.controlnet import LoadedControlNet, load_controlnet
from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import ModelLoading, OnEvent
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.models import choose_device, choose_dtype, load_backbone, load_captioner
from hiprompt_core.request import NO_ADDITIONS, Additions, CaptionerPrecision, ControlNet, Precision
from hiprompt_core.upscaler import Upscaler, load_upscaler

Key = tuple[Path, str, Precision, str]
MEMORY_SIGNS = ("out of memory", "can't allocate memory", "alloc_failed", "out_of_device_memory")


@dataclass(kw_only=True)
class Engine:
    """Holds one diffusion model and one captioner at a time."""

    _backbones: dict[Key, Backbone] = field(default_factory=dict)
    _captioners: dict[Key, Captioner] = field(default_factory=dict)
    _controlnets: dict[Path, LoadedControlNet] = field(default_factory=dict)
    """For the one backbone."""
    _upscalers: dict[tuple[Path, str], Upscaler] = field(default_factory=dict)

    def backbone(
        self, folder: Path, device: str, precision: Precision, on_event: OnEvent, additions: Additions = NO_ADDITIONS
    ) -> Backbone:
        """The diffusion model of a folder with its additions, loaded when it is not yet."""
        key = (folder.resolve(), device, precision, json.dumps(additions.to_dict(), sort_keys=True))
        if key not in self._backbones:
            on_event(ModelLoading(name=folder.resolve().name))
            self._backbones.clear()
            self._controlnets.clear()
            place = choose_device(device)
            self._backbones[key] = load_backbone(folder, place, choose_dtype(precision, place), additions)
        return self._backbones[key]

    def captioner(
        self,
        folder: Path,
        device: str,
        precision: Precision,
        on_event: OnEvent,
        bits: CaptionerPrecision = "auto",
    ) -> Captioner:
        """The captioner of a folder, loaded when it is not yet."""
        key = (folder.resolve(), device, precision, bits)
        if key not in self._captioners:
            on_event(ModelLoading(name=folder.resolve().name))
            self._captioners.clear()
            place = choose_device(device)
            self._captioners[key] = load_captioner(folder, place, choose_dtype(precision, place), bits)
        return self._captioners[key]

    def controlnet(self, asked: ControlNet | None, backbone: Backbone, on_event: OnEvent) -> LoadedControlNet | None:
        """The ControlNet for a backbone, loaded when it is not yet; an old one goes, also when none is asked for."""
        key = asked.path.resolve() if asked else None
        if key not in self._controlnets:
            self._controlnets.clear()
        if asked and key and key not in self._controlnets:
            on_event(ModelLoading(name=asked.path.name))
            self._controlnets[key] = load_controlnet(asked.path, backbone)
        return self._controlnets[key] if key else None

    def upscaler(self, path: Path | None, device: torch.device, on_event: OnEvent) -> Upscaler | None:
        """The trained upscaler, loaded when it is not yet; an old one goes, also when none is asked for."""
        key = (path.resolve(), str(device)) if path else None
        if key not in self._upscalers:
            self._upscalers.clear()
        if path and key and key not in self._upscalers:
            on_event(ModelLoading(name=path.name))
            self._upscalers[key] = load_upscaler(path, device)
        return self._upscalers[key] if key else None


@contextmanager
def computing() -> Iterator[None]:
    """Compute without gradients, and recognise a full memory by type and by text.

    Raises:
        OutOfMemory: the device has not enough; backends raise plain RuntimeErrors for it.
    """
    try:
        with torch.inference_mode():
            yield
    except (MemoryError, RuntimeError) as error:
        if ran_out_of_memory(error):
            raise OutOfMemory(
                "There is not enough memory for this request.",
                "Choose a smaller view batch or VAE tile, a smaller size or another device.",
            ) from error
        raise


def ran_out_of_memory(error: Exception) -> bool:
    """By type and by text: backends raise plain RuntimeErrors for it."""
    text = str(error).lower()
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(sign in text for sign in MEMORY_SIGNS)
