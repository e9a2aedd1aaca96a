"""Whether a plan's memory is what a run takes: the demo model, each size in a process of its own.

Memory does not depend on the number of steps, so every phase has one. Measured is the peak of the process's own pages
(Linux: RssAnon), less what it held when torch was loaded and no model was; pages of files, which a system takes back
when it likes, do not count. Ends with 1 when an estimate is more than a quarter off.
Run: ``python -m tests.bench.bench_plan_memory [SIDE ...]``; the sides are in pixels.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hiprompt_core import GenerationRequest, Options, Size, make_plan
from hiprompt_core.model_files import demo_model, inspect_model

MOST = 0.25
SIDES = (512, 1024, 2048)


def request(side: int, output: Path) -> GenerationRequest:
    options = Options(
        captions=False, num_inference_steps=1, upscale_num_inference_steps=1, strength=1, guidance_scale_low=1
    )
    return GenerationRequest(prompt="a fox", size=Size(side, side), options=options, model=demo_model(), output=output)


def own_pages() -> int:
    """Bytes of this process that are no file's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise OSError("This system does not tell RssAnon.")


@contextmanager
def peak_of_own_pages() -> Iterator[list[int]]:
    """The largest number of bytes meanwhile, as the only element."""
    most, ended = [own_pages()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.005):
            most[0] = max(most[0], own_pages())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def measure(side: int) -> None:
    """Print planned and measured bytes, and seconds."""
    from hiprompt_core import Engine, generate

    with tempfile.TemporaryDirectory() as folder:
        generate(request(64, Path(folder) / "warm-up"))  # imports, and buffers that libraries keep
        gc.collect()
        asked = request(side, Path(folder) / "picture")
        engine = Engine()
        before = own_pages()
        planned = make_plan(asked, inspect_model(asked.model), place=engine.place(asked.device, asked.precision)).memory
        began = time.perf_counter()
        with peak_of_own_pages() as peak:
            generate(asked, engine=engine)
        print(planned, peak[0] - before, time.perf_counter() - began)


def main(sides: list[int]) -> int:
    worst = 0.0
    for side in sides:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.bench_plan_memory", "one", str(side)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        planned, measured, seconds = map(float, done.stdout.split())
        off = planned / measured - 1
        worst = max(worst, abs(off))
        print(f"{side}²: planned {planned / 1e6:.0f} MB, measured {measured / 1e6:.0f} MB, {off:+.0%}; {seconds:.0f} s")
    return int(worst > MOST)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        measure(int(sys.argv[2]))
    else:
        sys.exit(main([int(side) for side in sys.argv[1:]] or list(SIDES)))
