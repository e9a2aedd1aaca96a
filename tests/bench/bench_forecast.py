"""How far the forecast of seconds is off, on the demo models: from the one short measurement alone, and after pictures.

OMP_NUM_THREADS=1 python tests/bench/bench_forecast.py [--no-captions] [--processor]

Every picture is foretold twice: by the measurement that was made before any of them, and by rates that learn from all
of them. With ``--processor`` forecast and run count the seconds of one processor core in place of those of the clock,
which other programs stretch from one minute to the next. Ends with 1 when a forecast of the measurement is off by more
than a quarter.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
GOAL = 0.25
PICTURES = (
    ("balanced", 512),
    ("fast", 512),
    ("demofusion", 256),
    ("fast", 768),
    ("balanced", 768),
    ("paper", 256),
    ("fast", 1024),
)


def main() -> int:
    from hiprompt_core.calibration import calibrate
    from hiprompt_core.geometry import Size
    from hiprompt_core.model_files import demo_captioner, demo_model
    from hiprompt_core.rate_book import RateBook
    from hiprompt_desktop.computing import AUTOMATIC
    from hiprompt_desktop.document import Wish
    from hiprompt_desktop.job import Job
    from hiprompt_desktop.pipeline_engine import load_engine
    from hiprompt_desktop.planner import Planner
    from hiprompt_desktop.reporter import Report, Reporter

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-captions", action="store_true")
    parser.add_argument("--processor", action="store_true")
    said = parser.parse_args()
    clock = time.process_time if said.processor else time.monotonic
    captioner = None if said.no_captions else demo_captioner()
    engine, planner, book = load_engine(), Planner(), RateBook()
    engine.prepare(AUTOMATIC.any_picture(demo_model(), captioner))
    begun = clock()
    facts = planner.facts(demo_model())
    first = Wish(prompt="a fox", size=Size(512, 512), model=demo_model(), captioner=captioner).request(Path(), facts)
    measured = calibrate(first, engine._engine, clock=clock)
    print(f"the measurement took {clock() - begun:.1f} s")
    book.put(deepcopy(measured), first, engine.place("auto", "auto"))
    worst = {"measurement": 0.0, "learnt": 0.0}
    print(f"{'picture':>15} {'took':>7} {'measurement':>16}{'learnt':>16}  by half time, from what is left")
    with tempfile.TemporaryDirectory() as folder:
        for number, (preset, side) in enumerate(PICTURES):
            wish = Wish(prompt="a fox and a tree, a green meadow", size=Size(side, side), preset=preset, seed=number,
                        model=demo_model(), captioner=captioner)  # fmt: skip
            request = wish.request(Path(folder) / str(number), facts)
            plan = planner.plan(request, engine.place("auto", "auto"))
            rates = book.rates_of(request, engine.place("auto", "auto"))
            foretold = {
                name: sum(known.seconds_by_phase(plan))  # type: ignore[arg-type]
                for name, known in (("measurement", measured), ("learnt", rates))
            }
            left: list[tuple[float, float]] = []

            def note(report: Report, left: list[tuple[float, float]] = left) -> None:
                if report.progress.seconds_left is not None:
                    left.append((clock(), report.progress.seconds_left))

            begun = clock()
            engine.generate(request, Reporter(Job(request=request, plan=plan), rates, note, clock))
            ended = clock()
            took = ended - begun
            off = {name: seconds / took - 1 for name, seconds in foretold.items()}
            worst = {name: max(value, abs(off[name])) for name, value in worst.items()}
            halves = [abs(rest - (ended - at)) / took for at, rest in left if at - begun < took / 2]
            columns = "".join(f"{seconds:9.1f}s {off[name]:+5.0%}" for name, seconds in foretold.items())
            print(
                f"{preset:>10} {side:4} {took:6.1f}s {columns}  "
                + (f"{max(halves):.0%} of the whole at most" if halves else "unknown"),
                flush=True,
            )
    print(", ".join(f"worst by {name}: {value:.0%}" for name, value in worst.items()), f"(goal: {GOAL:.0%})")
    return int(worst["measurement"] > GOAL)


if __name__ == "__main__":
    sys.exit(main())
