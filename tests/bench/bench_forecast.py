"""How far the forecast of seconds is off: learn from one picture of the demo models, then foretell others.

python tests/bench/bench_forecast.py [--no-captions]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
GOAL = 0.25
PICTURES = (("balanced", 512), ("balanced", 512), ("fast", 512), ("fast", 768), ("balanced", 768), ("fast", 1024))


def main() -> None:
    from hiprompt_core.geometry import Size
    from hiprompt_core.model_files import demo_captioner, demo_model
    from hiprompt_core.rate_book import RateBook
    from hiprompt_desktop.document import Wish
    from hiprompt_desktop.job import Job
    from hiprompt_desktop.pipeline_engine import load_engine
    from hiprompt_desktop.planner import Planner
    from hiprompt_desktop.reporter import Report, Reporter

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-captions", action="store_true")
    captioner = None if parser.parse_args().no_captions else demo_captioner()
    engine, planner, book = load_engine(), Planner(), RateBook()
    engine.prepare(demo_model(), captioner)
    worst = 0.0
    print(f"{'picture':>14} {'foretold':>9} {'took':>7} {'off':>7}  by half time, from what is left")
    with tempfile.TemporaryDirectory() as folder:
        for number, (preset, side) in enumerate(PICTURES):
            wish = Wish(prompt="a fox and a tree, a green meadow", size=Size(side, side), preset=preset, seed=number,
                        model=demo_model(), captioner=captioner)  # fmt: skip
            request = replace(wish.request(Path(folder) / str(number)))
            plan = planner.plan(request)
            rates = book.rates(request.model, request.captioner, engine.device)
            times = rates.seconds_by_phase(plan)
            foretold = sum(times) if None not in times else None  # type: ignore[arg-type]
            said: list[tuple[float, float]] = []

            def note(report: Report, said: list[tuple[float, float]] = said) -> None:
                if report.progress.seconds_left is not None:
                    said.append((time.monotonic(), report.progress.seconds_left))

            begun = time.monotonic()
            engine.generate(request, Reporter(Job(request=request, plan=plan), rates, note))
            ended = time.monotonic()
            took = ended - begun
            halves = [abs(left - (ended - at)) / took for at, left in said if at - begun < took / 2]
            eta = f"{max(halves):7.0%} of the whole at most" if halves else "unknown"
            if foretold is None:
                print(f"{preset:>9} {side:4} {'unknown':>9} {took:6.1f}s {'':>7}  {eta}")
                continue
            off = foretold / took - 1
            worst = max(worst, abs(off))
            print(f"{preset:>9} {side:4} {foretold:8.1f}s {took:6.1f}s {off:+7.0%}  {eta}")
    print(f"worst forecast: {worst:.0%} off (goal: {GOAL:.0%})")


if __name__ == "__main__":
    main()
