"""Where the seconds of a picture go on a card, and what an evaluation costs by the number of views at once."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity

from hiprompt_core import Engine, GenerationRequest, denoise, generate, pipeline, upscaling, vae
from hiprompt_core.denoise import Denoiser
from hiprompt_core.families import sdxl
from hiprompt_core.families.backbone import Backbone, Embeddings
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.geometry import Box, Size
from hiprompt_core.phase import PhaseTools
from hiprompt_core.preview import Preview
from hiprompt_core.run_folder import RunFolder
from hiprompt_core.schedule import Sampler
from hiprompt_core.step_file import StepFile
from hiprompt_core.views import Fuser
from tests.bench.card_report import Card, Clock, Report

BATCHES = (1, 2, 4, 8, 16)
ROUNDS = 3
PARTS: tuple[tuple[Any, str, str], ...] = (
    (sdxl, "predict_with_unet", "UNet"),
    (SDXLBackbone, "encode_prompts", "text encoders"),
    (SDXLBackbone, "time_ids", "time ids"),
    (Embeddings, "take", "embeddings of a batch"),
    (vae, "encode", "VAE encode"),
    (vae, "_decode_tile", "VAE decode: the network, and its check"),
    (vae, "decode_boxes", "VAE decode: joining tiles on the processor"),
    (vae, "feather", "VAE: weights of tiles"),
    (vae, "_picture", "VAE decode: sums to pixels"),
    (PhaseTools, "noise", "noise of the start"),
    (denoise, "crop", "crops"),
    (denoise, "guide_view", "guidance and bands"),
    (denoise, "guide", "plain guidance"),
    (denoise, "window_weights", "window weights"),
    (Fuser, "add", "fusion: add"),
    (Fuser, "result", "fusion: result"),
    (Sampler, "step", "scheduler step (its noise is drawn on the processor)"),
    (Sampler, "scale_input", "scheduler: scaling"),
    (Preview, "paint", "preview"),
    (StepFile, "keep", "step file"),
    (RunFolder, "save_phase", "PNG and latents to disk"),
    (pipeline, "store", "latents to the processor"),
    (upscaling, "guide_of", "guide: resizing"),
    (upscaling, "match_statistics", "statistics of latents"),
    (Denoiser, "_views", "places of views"),
)


class Stopwatch:
    """Seconds of functions, each without those of the others in it; the card finishes before each reading."""

    def __init__(self, card: Card) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: defaultdict[str, int] = defaultdict(int)
        self._card = card
        self._open: list[str] = []
        self._last = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, title in PARTS:
                stack.enter_context(mock.patch.object(owner, name, self._timed(getattr(owner, name), title)))
            self._card.synchronize()
            self._last = time.perf_counter()
            self._open = ["everything else"]
            yield
            self._turn()

    def _turn(self) -> None:
        """The time since the last turn is that of what is at work."""
        self._card.synchronize()
        now = time.perf_counter()
        self.seconds[self._open[-1]] += now - self._last
        self._last = now

    def _timed(self, function: Callable[..., Any], title: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*values: Any, **named: Any) -> Any:
            self._turn()
            self._open.append(title)
            self.calls[title] += 1
            try:
                return function(*values, **named)
            finally:
                self._turn()
                self._open.pop()

        return timed


def profile(
    request: GenerationRequest, engine: Engine, card: Card, report: Report, clock: Clock, compiled: bool
) -> None:
    """Every table of the profile that there is time for; what fails is told, and the next one follows."""

    def backbone() -> Backbone:
        return engine.backbone(request.model, request.device, request.precision, clock.stop_late_work)

    def whole() -> None:
        _where_time_goes(request, engine, card, report, clock)

    def batches() -> None:
        for views in BATCHES:
            _batch(backbone(), card, report, clock, "plain", views)

    def variants() -> None:
        _variants(backbone(), card, report, clock)

    def profiler() -> None:
        _profiler(backbone(), card, report)

    def compilation() -> None:
        made = engine.backbone(
            request.model, request.device, request.precision, lambda event: report.say(f"  {event}"), compiled=True
        )
        if all(layer._compiled_call_impl is None for layer in made.network.modules()):
            return  # why has been told
        for views in (2, 8):
            _batch(made, card, report, clock, "torch.compile", views)

    def tiles() -> None:
        _tiles(backbone(), card, report)

    for work in (batches, tiles, variants, whole, profiler, *([compilation] if compiled else [])):
        if clock.left < 5:
            report.say(f"profile: no time is left for {work.__name__}")
            continue
        try:
            with torch.inference_mode():
                work()
        except Exception as error:
            report.failed(f"profile, {work.__name__}", error)


def _where_time_goes(request: GenerationRequest, engine: Engine, card: Card, report: Report, clock: Clock) -> None:
    """A picture as it is, and once more with every part on its own."""
    engine.backbone(request.model, request.device, request.precision, clock.stop_late_work)
    case = f"balanced {request.size}, {request.options.upscale_steps} steps a phase"
    card.synchronize()
    began = time.perf_counter()
    generate(replace(request, output=request.output / "plain"), clock.stop_late_work, engine)
    card.synchronize()
    plain = time.perf_counter() - began
    report.add("time", case=case, what="whole picture, as it is", seconds=plain)
    watch = Stopwatch(card)
    began = time.perf_counter()
    with watch.watching():
        generate(replace(request, output=request.output / "watched"), clock.stop_late_work, engine)
    whole = time.perf_counter() - began
    report.add("time", case=case, what="whole picture, the card finishing after each part", seconds=whole)
    for what, seconds in sorted(watch.seconds.items(), key=lambda found: -found[1]):
        report.add("time", **{
            "case": case, "what": what, "seconds": seconds, "calls": watch.calls[what],
            "share %": 100 * seconds / whole,
        })  # fmt: skip


def _prediction(backbone: Backbone, views: int) -> Callable[[], Any]:
    """One call as the loop makes it: a batch of views under two conditions."""
    facts = backbone.facts
    cells, size = facts.native_size // facts.vae_scale_factor, Size(facts.native_size, facts.native_size)
    rows = 2 * views
    latents = torch.randn(rows, 4, cells, cells, device=backbone.device)
    embeddings = backbone.encode_prompts(["", "a picture"])
    time_ids = backbone.time_ids(size, Box(0, 0, *size)).repeat(rows, 1)
    wanted = [0] * views + [1] * views
    return lambda: backbone.predict(latents, 500.0, embeddings.take(wanted), time_ids)


def _batch(backbone: Backbone, card: Card, report: Report, clock: Clock, case: str, views: int) -> None:
    """Milliseconds of a batch, the quickest of some rounds."""
    if clock.left < 5:
        report.say(f"profile: no time is left for {views} views, {case}")
        return
    predict = _prediction(backbone, views)
    note = "" if torch.isfinite(predict()).all() else "not all numbers"
    card.reset()
    taken = _quickest(predict, card)
    report.add("batches", **{
        "case": case, "views": views, "ms/evaluation": 1000 * taken / (2 * views),
        "ms/batch": 1000 * taken, "allocated GB": card.peak()[0], "note": note,
    })  # fmt: skip


def _quickest(work: Callable[[], Any], card: Card) -> float:
    """Seconds of the quickest of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        card.synchronize()
        began = time.perf_counter()
        work()
        card.synchronize()
        taken.append(time.perf_counter() - began)
    return min(taken)


def _variants(backbone: Backbone, card: Card, report: Report, clock: Clock) -> None:
    """The same network in other ways, each left again."""
    network = backbone.network
    hooks = {layer: dict(layer._forward_pre_hooks) for layer in network.modules() if layer._forward_pre_hooks}
    for layer in hooks:
        layer._forward_pre_hooks.clear()
    for views in (1, 8):
        _batch(backbone, card, report, clock, "no moments to stop between layers", views)
    for layer, own in hooks.items():
        layer._forward_pre_hooks.update(own)
    network.to(memory_format=torch.channels_last)
    for views in (1, 8):
        _batch(backbone, card, report, clock, "channels_last", views)
    network.to(memory_format=torch.contiguous_format)
    torch.backends.cudnn.benchmark = True
    _batch(backbone, card, report, clock, "cudnn.benchmark", 8)
    torch.backends.cudnn.benchmark = False
    with sdpa_kernel([SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.MATH], set_priority=True):
        for views in (1, 8):
            _batch(backbone, card, report, clock, "cuDNN's attention", views)
    _batch(backbone, card, report, clock, "plain again", 8)


def _tiles(backbone: Backbone, card: Card, report: Report) -> None:
    """Milliseconds of a VAE tile, there and back."""
    coder, side = backbone.vae, backbone.facts.default_tile_size
    pixels = torch.randn(1, 3, side, side, device=backbone.device, dtype=coder.dtype)
    latents = coder.encode(pixels).latent_dist.mode()
    for case in ("plain", "channels_last", "cudnn.benchmark"):
        coder.to(memory_format=torch.channels_last if case == "channels_last" else torch.contiguous_format)
        torch.backends.cudnn.benchmark = case == "cudnn.benchmark"
        for what, work in (("decode", lambda: coder.decode(latents)), ("encode", lambda: coder.encode(pixels))):
            work()
            card.reset()
            report.add("tiles", **{
                "case": case, "what": f"{what} {side}", "ms": 1000 * _quickest(work, card),
                "allocated GB": card.peak()[0],
            })  # fmt: skip
    torch.backends.cudnn.benchmark = False


def _profiler(backbone: Backbone, card: Card, report: Report) -> None:
    """The kernels of one batch of eight views, and of one view."""
    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if card.is_cuda else [])]
    order = "self_cuda_time_total" if card.is_cuda else "self_cpu_time_total"
    for views in (8, 1):
        predict = _prediction(backbone, views)
        predict()
        card.synchronize()
        with torch.profiler.profile(activities=kinds) as found:
            predict()
            card.synchronize()
        table = found.key_averages().table(sort_by=order, row_limit=25, max_name_column_width=70)
        with (report.folder / "profiler.txt").open("a", encoding="utf-8") as file:
            file.write(f"== {views} views under 2 conditions\n{table}\n")
        report.say(f"profiler.txt has the kernels of {views} views")
