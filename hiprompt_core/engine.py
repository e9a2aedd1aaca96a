"""The loaded models, kept from one request to the next, and what a full memory looks like."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os.path import realpath  # unlike Path.resolve it knows an answer for links in a circle
from pathlib import Path
from typing import Any

import torch

from hiprompt_core import memory
from hiprompt_core.cancelling import stop_between_layers
from hiprompt_core.captioner import Captioner, TransformersCaptioner
from hiprompt_core.compilation import NOT_COMPILED, compile_network
from hiprompt_core.controlnet import LoadedControlNet, load_controlnet
from hiprompt_core.devices import choose_device, choose_dtype, is_on, keeps_float8, look
from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import ModelLoading, OnEvent, Warned
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.footprint import FEW_BITS, SHARE, Fit, Place
from hiprompt_core.model_files import inspect_captioner
from hiprompt_core.model_names import shown_name
from hiprompt_core.models import load_backbone, load_captioner
from hiprompt_core.request import NO_ADDITIONS, Additions, CaptionerPrecision, ControlNet, Precision
from hiprompt_core.upscaler import Upscaler, load_upscaler

Key = tuple[str, str, Precision, str, bool]
CaptionerKey = tuple[str, str, Precision, CaptionerPrecision]


@dataclass(kw_only=True)
class Engine:
    """Holds one diffusion model and one captioner at a time, or one of the two where both do not fit."""

    apart: bool = False
    """Whether the diffusion model and the captioner take turns in memory."""
    parted: bool = False
    """Whether a diffusion model is loaded into the computer's memory, and its parts go to the device in turn."""
    free: Callable[[torch.device], int] = memory.free
    _backbones: dict[Key, Backbone] = field(default_factory=dict)
    _captioners: dict[CaptionerKey, TransformersCaptioner] = field(default_factory=dict)
    _controlnets: dict[str, LoadedControlNet] = field(default_factory=dict)
    """For the one backbone."""
    _upscalers: dict[tuple[str, str], Upscaler] = field(default_factory=dict)

    def backbone(
        self,
        folder: Path,
        device: str,
        precision: Precision,
        on_event: OnEvent,
        additions: Additions = NO_ADDITIONS,
        compiled: bool = False,
    ) -> Backbone:
        """The diffusion model of a folder with its additions, loaded when it is not yet.

        Args:
            compiled: compile its network, unless parts of it take turns on the device.
        """
        key = (realpath(folder), device, precision, json.dumps(additions.to_dict(), sort_keys=True), compiled)
        if key not in self._backbones:
            on_event(ModelLoading(name=shown_name(folder)))
            self._backbones.clear()
            self._controlnets.clear()
            place = choose_device(device)
            if self.apart:
                self.drop_captioner(place)
            backbone = load_backbone(
                folder,
                place,
                choose_dtype(precision, place),
                additions,
                resident=not self.parted,
                eight_bits=keeps_float8(precision, place),
            )
            _watch(place, backbone.vae, *filter(None, backbone.text_encoders))
            if compiled and self.parted:
                on_event(Warned(message=NOT_COMPILED))
            elif compiled:
                on_event(
                    Warned(message="The model is being compiled, which may take a minute and cannot be cancelled.")
                )
                compiled = compile_network(backbone, on_event)
            if not compiled or self.parted:
                _watch(place, backbone.network)
            self._backbones[key] = backbone
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
        key = (realpath(folder), device, precision, bits)
        if key not in self._captioners:
            on_event(ModelLoading(name=shown_name(folder)))
            self._captioners.clear()
            place = choose_device(device)
            if self.apart or self._is_tight(folder, device, precision, bits):
                self.drop_backbone(place)
            captioner = load_captioner(folder, place, choose_dtype(precision, place), bits)
            _watch(place, captioner.model)
            self._captioners[key] = captioner
        return self._captioners[key]

    def _is_tight(self, folder: Path, device: str, precision: Precision, bits: CaptionerPrecision) -> bool:
        """Whether a captioner has too little room beside what is loaded."""
        weight = FEW_BITS.get(bits, look(device, precision, 0, self.free).weight)
        return inspect_captioner(folder).parameters * weight > SHARE * self.free(choose_device(device))

    def place(self, device: str, precision: Precision) -> Place:
        """Where requests for a device compute; models that are loaded make room for others, so they count as free."""
        # Copies, because a window asks while its worker loads. Parts that are not at work may be elsewhere.
        place = choose_device(device)
        parts = [
            part
            for backbone in list(self._backbones.values())
            for part in (*backbone.text_encoders, backbone.network, backbone.vae)
            if part is not None
        ]
        held = sum(own.nbytes for part in parts for own in part.parameters() if is_on(own, place))
        captioners = [loaded.model for loaded in list(self._captioners.values())]
        held += sum(model.get_memory_footprint() for model in captioners if is_on(next(model.parameters()), place))
        return look(device, precision, held, self.free)

    def follow(self, fit: Fit, device: str) -> None:
        """Keep models in memory from now on as a plan says."""
        self.apart = fit.apart
        if self.parted and not fit.parted:
            self.drop_backbone(choose_device(device))
        self.parted = fit.parted

    def drop_captioner(self, device: torch.device) -> None:
        """Give the captioner's memory back; the next use loads it again."""
        self._captioners.clear()
        memory.release(device)

    def drop_backbone(self, device: torch.device) -> None:
        """Give the diffusion model's memory back; the next use loads it again."""
        self._backbones.clear()
        self._controlnets.clear()
        memory.release(device)

    def controlnet(self, asked: ControlNet | None, backbone: Backbone, on_event: OnEvent) -> LoadedControlNet | None:
        """The ControlNet for a backbone, loaded when it is not yet; an old one goes, also when none is asked for."""
        key = realpath(asked.path) if asked else None
        if key not in self._controlnets:
            self._controlnets.clear()
        if asked and key and key not in self._controlnets:
            on_event(ModelLoading(name=shown_name(asked.path)))
            controlnet = load_controlnet(asked.path, backbone)
            _watch(backbone.device, controlnet.model)
            self._controlnets[key] = controlnet
        return self._controlnets[key] if key else None

    @property
    def controlnets(self) -> list[Any]:
        """Those that are loaded; one at most."""
        return [loaded.model for loaded in self._controlnets.values()]

    def upscaler(self, path: Path | None, device: torch.device, on_event: OnEvent) -> Upscaler | None:
        """The trained upscaler, loaded when it is not yet; an old one goes, also when none is asked for."""
        key = (realpath(path), str(device)) if path else None
        if key not in self._upscalers:
            self._upscalers.clear()
        if path and key and key not in self._upscalers:
            on_event(ModelLoading(name=shown_name(path)))
            upscaler = load_upscaler(path, device)
            _watch(device, upscaler.network)
            self._upscalers[key] = upscaler
        return self._upscalers[key] if key else None


def _watch(device: torch.device, *networks: Any) -> None:
    """Let networks be stopped between layers where these compute; elsewhere they are only queued, in a moment."""
    if device.type == "cpu":
        stop_between_layers(*networks)


@contextmanager
def computing() -> Iterator[None]:
    """Compute without gradients, and recognise a full memory by type and by text.

    Raises:
        OutOfMemory: the device has not enough; backends raise plain RuntimeErrors for it.
    """
    try:
        with torch.inference_mode():
            yield
    except (MemoryError, RuntimeError, OSError) as error:
        if memory.is_full(error):
            raise OutOfMemory(
                "There is not enough memory for this request.",
                "Choose a smaller view batch or VAE tile, a smaller size or another device.",
            ) from error
        raise
