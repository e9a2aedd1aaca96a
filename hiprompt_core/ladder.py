"""What a run does when memory runs out: it takes the next rung, tells it, and repeats the part that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from hiprompt_core.allocator import trim
from hiprompt_core.cancelling import answering, stop_between_layers
from hiprompt_core.compilation import NOT_COMPILED, leave_compiled
from hiprompt_core.devices import choose_device, has_own_memory
from hiprompt_core.engine import Engine, computing
from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import MemoryShort, OnEvent, Warned
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.footprint import SMALLEST_TILES, Fit
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.request import GenerationRequest

Part = Literal["pictures", "captions", "texts", "views", "tiles"]
"""``pictures``: work in the computer's memory, without any model."""
Rung = Literal["caches", "views", "tiles", "offload", "sequential"]
Done = TypeVar("Done")

SMALLER_CAPTIONER = "Close other programs, or choose a smaller captioner."
"""Where nothing is drawn, there is no view batch and no tile to choose."""
FREED = "Memory ran out: what was not at work has been removed from it."
_at_home: WeakKeyDictionary[nn.Module, dict[nn.Parameter, Tensor]] = WeakKeyDictionary()
"""What the weights of modules on a device are in the computer's memory; nothing changes them there."""


def warn_of_limits(limited: str, on_event: OnEvent, unlimited: str = "") -> None:
    """Say what little memory makes of a plan.

    Args:
        limited: the plan in words.
        unlimited: the same where any memory is large enough.
    """
    if limited != unlimited:
        on_event(Warned(message=f"Little memory is free: {limited}."))


class Ladder:
    """The memory of one run: what it still may give up.

    The rungs in their order: give back caches and the model that is not at work; fewer views at once, halved down to
    one; smaller VAE tiles; keep only the part of the model on the device that is at work; stream the network's layers;
    none left: the error, with everything finished on disk. A part takes only rungs that help it.

    The latents stay the same but for rounding. Smaller tiles change the decoded picture slightly, because the VAE sees
    less around each place: a tile size that the request names is therefore kept, and the run stops instead. The view
    batch changes no picture: a smaller one is told, and lasts until the run ends.
    """

    def __init__(
        self, engine: Engine, request: GenerationRequest, facts: ModelFacts, fit: Fit, on_event: OnEvent
    ) -> None:
        self.view_batch_size = fit.view_batch_size
        self.tile = fit.tile
        self.offloaded: Literal["offload", "sequential"] | None = "offload" if fit.parted else None
        engine.follow(fit, request.device)
        self._tile_is_wished = request.options.vae_tile_size is not None
        self._smallest_tile = max(64, facts.default_tile_size // SMALLEST_TILES)
        self._device = choose_device(request.device)
        self._freed: set[Part] = set()
        self._engine = engine
        self._request = request
        self._on_event = on_event

    def run(self, part: Part, work: Callable[[], Done]) -> Done:
        """What ``work`` gives; it is called again after each rung, and must fetch models and sizes anew.

        Raises:
            OutOfMemory: no rung is left that helps this part.
        """
        while True:
            try:
                with computing():
                    self._make_resident(part)
                    return work()
            except OutOfMemory:
                rung = next(self._rungs(part), None)
                if rung is None:
                    raise
            # Only here, after the error is gone, does nothing refer to the tensors of the failed attempt.
            message = self._take(rung, part)
            self._on_event(MemoryShort(rung=rung, message=message))

    def _rungs(self, part: Part) -> Iterator[Rung]:
        if part not in self._freed:
            yield "caches"
        if part == "views" and self.view_batch_size > 1:
            yield "views"
        if part == "tiles" and not self._tile_is_wished and self.tile // 2 >= self._smallest_tile:
            yield "tiles"
        if self._device.type == "cpu" or part in {"pictures", "captions"}:  # a captioner is alone by now
            return
        if self.offloaded is None:
            yield "offload"
        if part == "views" and self.offloaded == "offload":
            yield "sequential"

    def _take(self, rung: Rung, part: Part) -> str:
        self._freed.add(part)
        if part in {"pictures", "captions"}:
            self._engine.drop_backbone(self._device)
        if part != "captions":
            self._engine.drop_captioner(self._device)
        match rung:
            case "caches":
                self._engine.apart = True
                return FREED
            case "views":
                before, self.view_batch_size = self.view_batch_size, self.view_batch_size // 2
                if self.view_batch_size == 1:
                    return f"Memory ran out: views are drawn one by one instead of {before} at once."
                return f"Memory ran out: {self.view_batch_size} views are drawn at once instead of {before}."
            case "tiles":
                before, self.tile = self.tile, self.tile // 2
                return f"Memory ran out: tiles are {self.tile} pixels wide instead of {before}."
            case "offload":
                self.offloaded = rung
                self._engine.parted = True
                return "Memory ran out: only the part of the model at work stays on the device. This is slower."
            case "sequential":
                self.offloaded = rung
                if self._request.compiled:
                    self._on_event(Warned(message=NOT_COMPILED))
                return "Memory ran out: the model is sent to the device layer by layer. This is much slower."

    def _make_resident(self, part: Part) -> None:
        # A captioner takes turns with the whole model.
        if self.offloaded is None or part in {"pictures", "captions"}:
            return
        backbone = self.backbone()
        reside(backbone, part, self._device, self.offloaded == "sequential", self._engine.controlnets)

    def backbone(self) -> Backbone:
        """The request's diffusion model, for now: who keeps it keeps its memory."""
        request = self._request
        return self._engine.backbone(
            request.model, request.device, request.precision, self._on_event, request.additions, request.compiled
        )

    @property
    def apart(self) -> bool:
        """Whether captioner and diffusion model take turns in memory by now."""
        return self._engine.apart

    def close(self) -> None:
        """The run is over: what nothing needs is given back, and a model whose layers were streamed is loaded anew."""
        if self.offloaded == "sequential":
            self._engine.drop_backbone(self._device)
        trim()


def alone_if_needed(engine: Engine, device: str, work: Callable[[], Done], on_event: OnEvent) -> Done:
    """What a captioner's ``work`` gives; when memory runs out, once more without the diffusion model in it.

    Raises:
        OutOfMemory: the captioner alone is too large.
    """
    with answering(on_event):
        try:
            with computing():
                return work()
        except OutOfMemory:
            pass
        engine.drop_backbone(choose_device(device))
        on_event(MemoryShort(rung="caches", message=FREED))
        try:
            with computing():
                return work()
        except OutOfMemory as error:
            raise OutOfMemory(error.problem, SMALLER_CAPTIONER) from error


def reside(
    backbone: Backbone, part: Part, device: torch.device, streamed: bool = False, controlnets: Sequence[Any] = ()
) -> None:
    """Keep of a diffusion model only what a part of the work needs on the device; the rest waits in RAM.

    Args:
        streamed: send the network's layers one by one, each for its own computation.
        controlnets: what works with the network.
    """
    modules = {
        "texts": tuple(encoder for encoder in backbone.text_encoders if encoder is not None),
        "views": (backbone.network, *controlnets),
        "tiles": (backbone.vae,),
    }
    for name in sorted(modules, key=lambda name: name == part):  # what leaves goes first
        for module in modules[name]:
            if name == "views" and streamed:
                _stream(module, device)
            elif name == part:
                _send(module, device)
            else:
                _bring_home(module)


def _send(module: nn.Module, device: torch.device) -> None:
    """Bring a module to a device; a copy stays in the computer's memory, so that coming back copies nothing."""
    if has_own_memory(device):
        weights = {own: own.data for own in module.parameters() if own.device.type == "cpu"}
        _at_home.setdefault(module, {}).update(weights)
    module.to(device)


def _bring_home(module: nn.Module) -> None:
    for weights, copy in _at_home.pop(module, {}).items():
        if weights.dtype == copy.dtype:  # a VAE that overflowed has become another one
            weights.data = copy
    module.to("cpu")  # the rest: buffers, and what was loaded on the device


def _stream(module: Any, device: torch.device) -> None:
    from accelerate import cpu_offload

    leave_compiled(module)
    if not hasattr(module, "_hf_hook"):
        _bring_home(module)
        cpu_offload(module, device)
        stop_between_layers(module)  # each of which waits for its weights
