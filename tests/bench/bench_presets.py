"""Measure every preset beside direct sampling and plain upscaling, in one run, as one table.

    python tests/bench/bench_presets.py [--size 512x512] [--presets fast balanced] [--precision auto] [--json FILE]

Ends with 1 when a run fails, misses its bar, or spends other UNet evaluations than were planned.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import psutil
from PIL import Image

import hiprompt_core as core  # torch comes with the first use of its engine, in the children alone
from hiprompt_core import PRESETS, GenerationRequest, Options, RegenerateRequest, Size, make_plan
from hiprompt_core.events import CaptionerWorking, Event, PatchCaptioned, StepDone, TileDone, ViewBatchDone
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.plan import EVALUATIONS_PER_UNIT
from hiprompt_core.request import Precision

PROMPT = "a fox and a tree, a green meadow"
UNIT = Options(num_inference_steps=50, captions=False)
"""One base image: 50 guided steps."""
BASE, DIRECT, LANCZOS = "base image", "direct sampling", "lanczos of the base image"
LARGE, REGENERATE = "balanced to 1024x1024", "regenerate one patch"
BASE_RUNS = 3

BARS = {"balanced": ("units", 12), "paper": ("seconds", 360), LARGE: ("seconds", 60), REGENERATE: ("seconds", 5)}
"""What may be spent at most; those of presets hold at 16 times the native pixels."""

WORKS = {"captions": (PatchCaptioned, CaptionerWorking), "denoise": (ViewBatchDone, StepDone), "vae": (TileDone,)}
"""What the time before an event went into."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one run cost, as its own process measured it."""

    name: str
    size: str
    planned: int | None
    """UNet evaluations; none: nothing plans them."""
    evaluations: int
    """Rows of the batches that went through the UNet."""
    start: float
    """Seconds to import, load the models and warm up; not in ``seconds``."""
    work: dict[str, float]
    """Seconds by what they went into."""
    peak_memory: int
    """Bytes of main memory, of the whole process."""
    computed: str
    """Precision, threads and weights."""

    @property
    def seconds(self) -> float:
        return sum(self.work.values())

    @property
    def units(self) -> float:
        return self.evaluations / EVALUATIONS_PER_UNIT

    def verdict(self, at_16x: bool) -> str:
        """``pass: …``, ``FAIL: …`` or nothing; the start counts too, except where models are loaded already."""
        if self.planned not in (None, self.evaluations):
            return f"FAIL: {self.planned} evaluations were planned"
        if self.name not in BARS or (self.name in PRESETS and not at_16x):
            return ""
        what, most = BARS[self.name]
        spent = self.units if what == "units" else self.seconds + (0 if self.name == REGENERATE else self.start)
        return f"{'pass' if spent <= most else 'FAIL'}: {spent:.1f} of {most} {what}"


class Meter:
    """Listens to one run: seconds by what they went into, and what the UNet really computed."""

    def __init__(self, unet: Any) -> None:
        self.work: defaultdict[str, float] = defaultdict(float)
        self.evaluations = 0
        self._hook = unet.register_forward_pre_hook(self._count)
        self._last = time.perf_counter()

    def __call__(self, event: Event | None) -> None:
        now = time.perf_counter()
        work = next((work for work, kinds in WORKS.items() if isinstance(event, kinds)), "other")
        self.work[work] += now - self._last
        self._last = now

    def stop(self) -> None:
        self(None)
        self._hook.remove()

    def _count(self, unet: Any, inputs: tuple[Any, ...]) -> None:
        self.evaluations += len(inputs[0])


def request_for(name: str, said: argparse.Namespace, output: Path) -> GenerationRequest:
    """The request behind a row."""
    options = PRESETS["balanced"] if name == LARGE else PRESETS.get(name, UNIT)
    size = Size(1024, 1024) if name == LARGE else said.size
    captioner = demo_captioner() if options.captions else None
    where = {"output": output, "device": said.device, "precision": said.precision}
    request = GenerationRequest(
        prompt=PROMPT, size=size, options=options, model=demo_model(), captioner=captioner, **where
    )
    return _base_image(request) if name in (BASE, LANCZOS) else request


def _base_image(request: GenerationRequest) -> GenerationRequest:
    """The native phase of a request, alone."""
    return replace(request, size=make_plan(request, inspect_model(request.model)).phases[0].size)


def measure(name: str, said: argparse.Namespace) -> Row:
    """Run one row in this process."""
    began = time.perf_counter()
    engine, folder = core.Engine(), said.folder / name
    request = request_for(name, said, folder)
    backbone: Any = engine.backbone(request.model, request.device, request.precision, lambda event: None)
    if request.captioner:
        engine.captioner(request.captioner, request.device, request.precision, lambda event: None)
    one_step = replace(request, options=replace(UNIT, num_inference_steps=1), output=said.folder / f"{name}, warm-up")
    core.generate(_base_image(one_step), engine=engine)
    start = time.perf_counter() - began

    runs = []
    for number in range(BASE_RUNS if name == BASE else 1):
        meter = Meter(backbone.unet)
        planned = _work(name, said, replace(request, output=folder / str(number)), engine, meter)
        meter.stop()
        runs.append(meter)
    middle = sorted(runs, key=lambda run: sum(run.work.values()))[len(runs) // 2]

    threads = import_module("torch").get_num_threads()
    return Row(
        name=name,
        size=str(request.size),
        planned=planned,
        evaluations=middle.evaluations,
        start=start,
        work=dict(middle.work),
        peak_memory=peak_memory(),
        computed=f"{backbone.unet.dtype}, {threads} threads, weights {backbone.weights_hash[:8]}",
    )


def _work(name: str, said: argparse.Namespace, request: GenerationRequest, engine: Any, meter: Meter) -> int | None:
    """What is measured; gives the UNet evaluations that were planned."""
    from hiprompt_core.engine import computing
    from hiprompt_core.phase import PhaseTools
    from hiprompt_core.run_folder import RunFolder

    if name == REGENERATE:
        drawn = next(said.folder / preset / "0" for preset in ("balanced", *PRESETS) if (said.folder / preset).is_dir())
        middle = len(RunFolder(drawn).latest().record.patches) // 2
        core.regenerate(RegenerateRequest(source=drawn, captions={middle: "a red kite"}), meter, engine)
        return None
    if name == DIRECT:
        backbone = engine.backbone(request.model, request.device, request.precision, meter)
        tile = backbone.facts.default_tile_size
        tools = PhaseTools(backbone=backbone, request=request, phase=1, size=request.size, on_event=meter, tile=tile)
        with computing():
            tools.decode(tools.denoiser(request.options, tools.embed(())).native(tools.noise(request.seed, "start")))
        return request.options.num_inference_steps * len(request.options.plain_conditions())
    picture = core.generate(request, meter, engine).image
    if name == LANCZOS:
        width_height = (said.size.width, said.size.height)
        picture.resize(width_height, Image.Resampling.LANCZOS).save(request.output / "lanczos.png")
    return make_plan(request, inspect_model(request.model)).evaluations


def peak_memory() -> int:
    """Most main memory that this process ever held, bytes."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    resource = import_module("resource")  # not there on Windows
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def processor() -> str:
    """Its name, as the system tells it."""
    info = Path("/proc/cpuinfo")
    name = re.search(r"^model name\s*: (.+)$", info.read_text(encoding="utf-8") if info.is_file() else "", re.MULTILINE)
    return name[1] if name else platform.processor() or platform.machine()


def in_child(name: str, folder: Path) -> Row | None:
    """Measure a row in a fresh process, so that its memory is its own; none when it fails."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    command = [sys.executable, __file__, *sys.argv[1:], "--row", name, "--folder", str(folder)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return Row(**json.loads(run.stdout.splitlines()[-1])) if run.returncode == 0 else None


def table(rows: list[Row], at_16x: bool) -> str:
    """The rows, and each with its bar."""
    base = next((row.seconds for row in rows if row.name == BASE), float("nan"))
    works = (*WORKS, "other")
    head = ("", "size", "evals", "units", "seconds", *works, "start", "x base", "peak MiB")
    lines = ["{:26} {:>9} {:>6} {:>6} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>7} {:>8}  bar".format(*head)]
    for row in rows:
        cells = "".join(f" {row.work.get(work, 0.0):8.1f}" for work in works)
        lines.append(
            f"{row.name:26} {row.size:>9} {row.evaluations:6} {row.units:6.2f} {row.seconds:8.1f}{cells} "
            f"{row.start:6.1f} {row.seconds / base:7.1f} {row.peak_memory / 2**20:8.0f}  {row.verdict(at_16x)}"
        )
    return "\n".join(lines)


def parse() -> argparse.Namespace:
    native = inspect_model(demo_model()).native_size
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=_size, default=Size(4 * native, 4 * native), metavar="WIDTHxHEIGHT")
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=list(PRESETS))
    parser.add_argument("--precision", choices=get_args(Precision), default="auto")
    parser.add_argument("--device", default="cpu", help="the bars are meant for two cores (default: cpu)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.set_defaults(native=native)
    return parser.parse_args()


def _size(text: str) -> Size:
    return Size(*(int(side) for side in reversed(text.split("x"))))


def main() -> int:
    said = parse()
    if said.row:
        print(json.dumps(asdict(measure(said.row, said))))
        return 0
    load = psutil.getloadavg()[0]
    names = [BASE, DIRECT, LANCZOS, *said.presets, *([LARGE] if "balanced" in said.presets else []), REGENERATE]
    with tempfile.TemporaryDirectory() as folder:
        measured = {name: in_child(name, Path(folder)) for name in names}
    rows = [row for row in measured.values() if row]
    at_16x = said.size.area == 16 * said.native**2
    print(table(rows, at_16x))
    machine = {"processor": processor(), "cores": os.cpu_count(), "load": round(load, 2), "system": platform.platform()}
    computed = rows[0].computed if rows else "nothing was computed"
    print(*(f"{name} {value}," for name, value in machine.items()), computed)
    if load > 0.5:
        print(f"WARNING: the load was {load:.2f} at the start; other work shares the cores, the seconds are too long.")
    failed = [name for name in names if not measured[name]]
    if failed:
        print(f"FAIL: {', '.join(failed)} did not end well, see above.")
    if said.json:
        values = [asdict(row) | {"seconds": row.seconds, "bar": row.verdict(at_16x)} for row in rows]
        said.json.write_text(json.dumps({"machine": machine, "rows": values}, indent=2), encoding="utf-8")
    return int(bool(failed) or any(row.verdict(at_16x).startswith("FAIL") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
