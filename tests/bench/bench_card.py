"""Seconds, evaluations and memory of every preset on a card, with a model of SDXL's full size and random weights.

    python -m tests.bench.bench_card --out DIR --limit-s 180 [--parts speed memory profile]
    python -m tests.bench.bench_card --out DIR --limit-s 120 --device cpu --tiny     # every path of it, without a card

All results are in DIR after each row (card.json, card.md, log.txt, errors.txt, profiler.txt): it may be killed at any
moment. No row begins that does not fit in the time that is left; what it would take is reckoned instead.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import diffusers.utils.logging

from hiprompt_core import PRESETS, Engine, GenerationRequest, Options, Size, generate, make_plan
from hiprompt_core.calibration import calibrate
from hiprompt_core.devices import choose_dtype
from hiprompt_core.errors import Cancelled
from hiprompt_core.events import Event, MemoryShort, Warned
from hiprompt_core.layouts import SDXL
from hiprompt_core.model_files import inspect_model
from hiprompt_core.plan import EVALUATIONS_PER_UNIT, Plan
from hiprompt_core.rates import Rates
from tests.bench.bench_plan_memory import own_pages, peak_of_own_pages
from tests.bench.card_profile import profile
from tests.bench.card_report import Card, Clock, Report
from tests.bench.random_sdxl import RandomSDXL

PROMPT = "a fox and a tree in a green meadow, in the style of an old master"
CASES = ("fast", "balanced", "paper", "demofusion")
TIMES = (1, 2, 4, 8)
"""Sides of the pictures, in native ones: 1024 to 8192 pixels with SDXL."""
BASE_STEPS = 50
SHARES = {"speed": 0.45, "memory": 0.8, "profile": 1.0}
"""The parts, and until which share of the time each may begin a row."""
GIGABYTE = 1e9
LIMITS = (12, 8, 6)
"""GB of a card that the ladder has to live with."""


@dataclass
class Bench:
    """What the parts share."""

    said: argparse.Namespace
    report: Report
    clock: Clock
    card: Card
    model: RandomSDXL
    work: Path
    engine: Engine = field(default_factory=Engine)
    rates: Rates = field(default_factory=Rates)
    measured: dict[tuple[str, int], tuple[float, int]] = field(default_factory=dict)
    """Seconds and evaluations of the finished rows by preset and side."""
    pictures: int = 0

    def __post_init__(self) -> None:
        self.facts = inspect_model(self.model.folder)
        self.middle = min(4 * self.facts.native_size, self.said.sizes[-1])
        """Side of the picture that memory and profile are about: 4096 pixels with SDXL."""

    def request(self, options: Options, side: int) -> GenerationRequest:
        """A picture in a folder of its own, with a text of its own for each patch, so that no captioner is needed."""
        self.pictures += 1
        asked = GenerationRequest(
            prompt=PROMPT,
            size=Size(side, side),
            options=options,
            model=self.model.folder,
            caption_source="own" if options.captions else "captioner",
            output=self.work / str(self.pictures),
            device=self.said.device,
            precision=self.said.precision,
        )
        if not options.captions:
            return asked
        phases = make_plan(asked, self.facts).phases
        own = {
            phase.number: {patch.index: f"part {patch.index} of {PROMPT}" for patch in phase.patches}
            for phase in phases
            if phase.patches
        }
        return replace(asked, own_captions=own)

    def plan(self, request: GenerationRequest, engine: Engine) -> Plan:
        return make_plan(request, self.facts, place=engine.place(request.device, request.precision))

    def drop(self, engine: Engine) -> None:
        engine.drop_backbone(self.card.device)


def base_image(bench: Bench) -> None:
    """diffusers' own pipeline, as anybody would call it: the second row is the unit."""
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    card, report = bench.card, bench.report
    dtype = choose_dtype(bench.said.precision, card.device)
    began = time.perf_counter()
    parts, scheduler = bench.model.parts(None, SDXL, dtype, dtype)
    for part in SDXL.classes:
        parts[part] = parts[part].eval().requires_grad_(False).to(card.device)
    pipeline = StableDiffusionXLPipeline(
        **parts, scheduler=EulerDiscreteScheduler.from_config(scheduler), add_watermarker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    card.synchronize()
    report.say(f"diffusers' pipeline is on {card.name} after {time.perf_counter() - began:.1f} s")
    side = bench.facts.native_size
    pipeline(PROMPT, height=side, width=side, num_inference_steps=3)
    for number in (1, 2):
        card.reset()
        card.synchronize()
        began = time.perf_counter()
        pipeline(PROMPT, height=side, width=side, num_inference_steps=bench.said.base_steps)
        card.synchronize()
        seconds = time.perf_counter() - began
        allocated, reserved = card.peak()
        evaluations = 2 * bench.said.base_steps
        report.add(
            "speed",
            **{
                "case": f"diffusers base image, run {number}", "size": side, "how": "measured", "seconds": seconds,
                "evaluations": evaluations, "units": evaluations / EVALUATIONS_PER_UNIT,
                "ms/evaluation": 1000 * seconds / evaluations, "allocated GB": allocated, "reserved GB": reserved,
            },
        )  # fmt: skip


def begin_speed(bench: Bench) -> list[tuple[str, int]]:
    """Base image and calibration; gives the rows that follow, the cheap ones first."""
    try:
        base_image(bench)
    except Exception as error:
        bench.report.failed("diffusers' base image", error)
    bench.card.reset()
    began = time.perf_counter()
    asked = bench.request(PRESETS["balanced"], bench.facts.native_size)
    load(bench, asked)
    bench.report.say(f"the engine has loaded after {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    bench.rates = calibrate(asked, bench.engine, bench.clock.stop_late_work)
    bench.report.say(f"calibrated in {time.perf_counter() - began:.1f} s: {bench.rates}")
    plans = {
        (case, side): make_plan(bench.request(PRESETS[case], side), bench.facts).evaluations
        for case in bench.said.presets
        for side in bench.said.sizes
    }
    return sorted(plans, key=lambda row: plans[row])


def load(bench: Bench, request: GenerationRequest) -> None:
    """The model is there before a row's clock starts."""
    bench.engine.backbone(request.model, request.device, request.precision, bench.clock.stop_late_work)


def speed(bench: Bench, rows: list[tuple[str, int]], time_for: Callable[[], float]) -> list[tuple[str, int]]:
    """Rows that fit in the time for them; gives back those that do not."""
    later = []
    for case, side in rows:
        try:
            if not _speed_row(bench, case, side, time_for()):
                later.append((case, side))
        except Exception as error:
            bench.report.failed(f"{case} {side}", error)
            bench.card.reset()
    return later


def _speed_row(bench: Bench, case: str, side: int, seconds: float) -> bool:
    """Measure a picture, unless it is expected to take longer than so many seconds."""
    request = bench.request(PRESETS[case], side)
    plan = bench.plan(request, bench.engine)
    expected, known = _expected(bench, plan, case)
    if 1.1 * expected + 2 > seconds:
        return False
    load(bench, request)
    bench.card.reset()
    before = own_pages()
    note = "" if known is not None else "the calibration does not know all of it"
    how = "measured"
    bench.card.synchronize()
    began = time.perf_counter()
    with peak_of_own_pages() as pages:
        try:
            result = generate(request, bench.clock.stop_late_work, bench.engine)
        except Cancelled:
            result, how = None, "cut short"
        bench.card.synchronize()
    taken = time.perf_counter() - began
    if result:
        bench.measured[case, side] = taken, result.evaluations
        if result.evaluations != plan.evaluations:
            note += f" {plan.evaluations} evaluations were planned"
    add_row(bench, "speed", plan, pages[0] - before, {
        "case": case, "size": side, "how": how, "seconds": taken, "planned s": known,
        "s off %": 100 * (known / taken - 1) if known and result else None,
        "evaluations": result.evaluations if result else None,
        "units": result.evaluations / EVALUATIONS_PER_UNIT if result else None,
        "ms/evaluation": 1000 * taken / result.evaluations if result else None,
        "PNG MB": result.path.stat().st_size / 1e6 if result else None, "note": note,
    })  # fmt: skip
    shutil.rmtree(request.output, ignore_errors=True)
    return True


def add_row(bench: Bench, table: str, plan: Plan, pages: int, row: dict[str, Any]) -> None:
    """A row with what its plan said about memory, and what it was."""
    allocated, reserved = bench.card.peak()
    off = 100 * (plan.memory / GIGABYTE / allocated - 1) if allocated else None
    row |= {"allocated GB": allocated, "reserved GB": reserved, "planned GB": plan.memory / GIGABYTE, "GB off %": off}
    row |= {"RAM GB": pages / GIGABYTE, "views": plan.fit.view_batch_size, "tile": plan.fit.tile}
    bench.report.add(table, **row)


def _expected(bench: Bench, plan: Plan, case: str) -> tuple[float, float | None]:
    """Seconds by what was measured, and those of the plan; none where calibration does not know enough."""
    by_phase = bench.rates.seconds_by_phase(plan)
    known = sum(seconds for seconds in by_phase if seconds is not None) if None not in by_phase else None
    return max(known or 0.0, plan.evaluations * _seconds_per_evaluation(bench, case)), known


def _seconds_per_evaluation(bench: Bench, case: str) -> float:
    """Of the largest picture so far, of the same preset if there is one."""
    own = {row: found for row, found in bench.measured.items() if row[0] == case} or bench.measured
    if not own:
        return bench.rates.seconds_for_views(2, 1.0) or 0.0
    seconds, evaluations = max(own.values(), key=lambda found: found[1])
    return seconds / evaluations


def reckon(bench: Bench, rows: list[tuple[str, int]]) -> None:
    """What rows would take that were not run."""
    for case, side in rows:
        plan = bench.plan(bench.request(PRESETS[case], side), bench.engine)
        rate = _seconds_per_evaluation(bench, case)
        known = _expected(bench, plan, case)[1]
        bench.report.add("speed", **{
            "case": case, "size": side, "how": "reckoned", "seconds": plan.evaluations * rate, "planned s": known,
            "evaluations": plan.evaluations, "units": plan.evaluations / EVALUATIONS_PER_UNIT,
            "ms/evaluation": 1000 * rate, "planned GB": plan.memory / GIGABYTE, "note": "not run: evaluations x rate",
        })  # fmt: skip


SHORT = replace(PRESETS["balanced"], num_inference_steps=2, upscale_num_inference_steps=1, strength=1.0)
"""``balanced`` with every phase and as few steps as there are: memory does not depend on them."""


def memory(bench: Bench, time_for: Callable[[], float]) -> None:
    """Cards of less memory: one that the program knows of, and some that it believes to be larger."""
    bench.drop(bench.engine)
    for name, size, known in (("known", 8, True), *(("unknown", size, False) for size in LIMITS)):
        if time_for() < bench.said.least_s:
            bench.report.say(f"memory: no time is left for {size} GB, {name}")
            continue
        engine = Engine(free=partial(bench.card.free_within, size * GIGABYTE)) if known else Engine()
        try:
            bench.card.limit(size * GIGABYTE)
            _memory_row(bench, engine, f"limit {name} to the program", bench.middle, size)
        except Exception as error:
            bench.report.failed(f"{size} GB, {name}", error)
        finally:
            bench.drop(engine)
            bench.card.limit(None)


def _memory_row(bench: Bench, engine: Engine, case: str, side: int, size: int) -> None:
    request = bench.request(SHORT, side)
    bench.card.reset()
    plan = bench.plan(request, engine)
    bench.report.say(f"{case}, {size} GB: the plan is {plan.fit.text}")
    told: list[str] = []

    def on_event(event: Event) -> None:
        if isinstance(event, MemoryShort):
            told.append(f"{event.rung} ({event.message})")
        elif isinstance(event, Warned):
            told.append(event.message)
        if isinstance(event, Warned):
            bench.report.say(f"  told: {event.message}")
        bench.clock.stop_late_work(event)

    before, how, evaluations = own_pages(), "finished", None
    began = time.perf_counter()
    with peak_of_own_pages() as pages:
        try:
            evaluations = generate(request, on_event, engine).evaluations
        except Exception as error:
            how = type(error).__name__
            bench.report.failed(f"{case}, {size} GB", error)
        bench.card.synchronize()
    saved = sorted(file.name for file in request.output.glob("*") if file.suffix != ".json")
    beside = bench.card.beside()
    add_row(bench, "memory", plan, pages[0] - before, {
        "case": case, "size": side, "limit GB": size, "how": how, "seconds": time.perf_counter() - began,
        "evaluations": evaluations, "rungs": "; ".join(told) or "none", "saved": ", ".join(saved),
        "note": f"{plan.fit.text}" + (f"; {beside:.2f} GB of the card beside torch's" if beside is not None else ""),
    })  # fmt: skip
    shutil.rmtree(request.output, ignore_errors=True)


def run(bench: Bench) -> None:
    """The parts in their order; dear pictures take what time is left in the end."""
    limit, clock, parts = bench.said.limit_s, bench.clock, bench.said.parts

    def time_for(part: str) -> Callable[[], float]:
        """The seconds in which a part may begin a row; the last one may always."""
        share = 1.0 if part == parts[-1] else SHARES[part]
        return lambda: clock.left - (1 - share) * limit

    later: list[tuple[str, int]] = []
    for part in parts:
        try:
            if part == "speed":
                later = speed(bench, begin_speed(bench), time_for(part))
            elif part == "memory":
                memory(bench, time_for(part))
            else:
                few = replace(SHORT, num_inference_steps=4, upscale_num_inference_steps=2)
                asked = bench.request(few, bench.middle)
                profile(asked, bench.engine, bench.card, bench.report, clock, compiled=bench.said.compile)
        except Exception as error:
            bench.report.failed(part, error)
    if later:
        later = speed(bench, later, lambda: clock.left)
        reckon(bench, later)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--limit-s", type=float, default=180, help="seconds, from the start (default: 180)")
    parser.add_argument("--parts", choices=SHARES, nargs="+", default=list(SHARES), help="what is done, in this order")
    parser.add_argument("--presets", choices=CASES, nargs="+", default=list(CASES), help="of which speed is measured")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--sizes", type=int, nargs="+", help="sides in pixels")
    parser.add_argument("--base-steps", type=int, default=BASE_STEPS, help="of diffusers' image")
    parser.add_argument("--tiny", action="store_true", help="a tiny model, to try the bench itself")
    parser.add_argument("--compile", action="store_true", help="measure torch.compile, too; that takes a minute")
    parser.add_argument("--least-s", type=float, default=20, help=argparse.SUPPRESS)
    said = parser.parse_args()
    native = 128 if said.tiny else 1024
    said.sizes = sorted(said.sizes or [native * times for times in (TIMES[:2] if said.tiny else TIMES)])
    return said


def main() -> int:
    said = parse()
    clock = Clock(said.limit_s)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    card = Card(said.device)
    versions = {name: version(name) for name in ("torch", "diffusers", "transformers")}
    report = Report(said.out, card=card.name, device=str(card.device), tiny=said.tiny, **versions)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        model = RandomSDXL(Path(folder) / "random", card.device, said.tiny)
        report.say(f"weights are drawn after {time.perf_counter() - began:.1f} s")
        with model.in_place_of_files():
            bench = Bench(said, report, clock, card, model, Path(folder))
            report.say(f"{bench.facts.parameters / 1e9:.2f} billion parameters")
            run(bench)
    report.say(f"{clock.left:.0f} s are left")
    return int((said.out / "errors.txt").exists())


if __name__ == "__main__":
    sys.exit(main())
