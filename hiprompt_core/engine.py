"""The loaded models, kept from one request to the next, and what a full memory looks like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch

from hiprompt_core.captioner import Captioner
from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import ModelLoading, OnEvent
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.models import choose_device, choose_dtype, load_backbone, load_captioner
from hiprompt_core.request import NO_ADDITIONS, Additions, Precision

Key = tuple[Path, str, Precision, str]
MEMORY_SIGNS = ("out of memory", "can't allocate memory", "alloc_failed", "out_of_device_memory")


@dataclass(kw_only=True)
class Engine:
    """Holds one diffusion model and one captioner at a time."""

    _backbones: dict[Key, Backbone] = field(default_factory=dict)
    _captioners: dict[Key, Captioner] = field(default_factory=dict)

    def backbone(
        self, folder: Path, device: str, precision: Precision, on_event: OnEvent, additions: Additions = NO_ADDITIONS
    ) -> Backbone:
        """The diffusion model of a folder with its additions, loaded when it is not yet."""
        key = (folder.resolve(), device, precision, json.dumps(additions.to_dict(), sort_keys=True))
        if key not in self._backbones:
            on_event(ModelLoading(name=folder.resolve().name))
            self._backbones.clear()
            place = choose_device(device)
            self._backbones[key] = load_backbone(folder, place, choose_dtype(precision, place), additions)
        return self._backbones[key]

    def captioner(self, folder: Path, device: str, precision: Precision, on_event: OnEvent) -> Captioner:
        """The captioner of a folder, loaded when it is not yet."""
        key = (folder.resolve(), device, precision, "")
        if key not in self._captioners:
            on_event(ModelLoading(name=folder.resolve().name))
            self._captioners.clear()
            place = choose_device(device)
            self._captioners[key] = load_captioner(folder, place, choose_dtype(precision, place))
        return self._captioners[key]


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
        text = str(error).lower()
        if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(sign in text for sign in MEMORY_SIGNS):
            raise OutOfMemory(
                "There is not enough memory for this request.",
                "Choose a smaller view batch or VAE tile, a smaller size or another device.",
            ) from error
        raise
