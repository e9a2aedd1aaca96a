"""A plan as a table for people and as values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hiprompt_core.footprint import Place
from hiprompt_core.plan import Plan
from hiprompt_core.rates import summed

Seconds = Sequence[float | None]
"""By phase; none: not known on this machine."""
COMPILING, GAIN = 8, 0.3
"""Seconds that compiling takes at least, and the share of a picture's time that it saves at most, as measured on a card
and on a processor (docs/performance.md)."""


def plan_values(plan: Plan, place: Place, seconds: Seconds) -> dict[str, Any]:
    phases = [
        {
            "phase": phase.number,
            "size": phase.size,
            "grid": _grid(phase.patches),
            "patches": len(phase.patches),
            "steps": phase.steps,
            "dilation": phase.dilation,
            "evaluations": phase.evaluations,
            "controlnet_evaluations": phase.controlnet_evaluations,
            "seconds": needed,
        }
        for phase, needed in zip(plan.phases, seconds, strict=True)
    ]
    totals = {
        name: getattr(plan, name) for name in ("captions", "evaluations", "controlnet_evaluations", "units", "memory")
    }
    fit = {"view_batch_size": plan.fit.view_batch_size, "vae_tile_size": plan.fit.tile}
    taken = {"apart": plan.fit.apart, "offload": plan.fit.parted, "fits": plan.fit.fits}
    where = {"device": place.name, "free": place.free, "seconds": summed(*seconds)}
    return {"phases": phases, **totals, **fit, **taken, **where}


def _grid(patches: Sequence[Any]) -> tuple[int, int]:
    """Rows and columns."""
    return (patches[-1].row + 1, patches[-1].column + 1) if patches else (0, 0)


def plan_lines(plan: Plan, place: Place, seconds: Seconds) -> Iterator[str]:
    heads = f"{'phase':>5}  {'size':>11}  {'patches':>12}  {'captions':>8}  {'steps':>5}  {'evaluations':>11}"
    yield f"{heads}  {'seconds':>8}"
    for phase, needed in zip(plan.phases, seconds, strict=True):
        rows, columns = _grid(phase.patches)
        patches = f"{len(phase.patches)} ({columns}x{rows})" if phase.patches else "-"
        captions = len(phase.patches) if plan.captions else 0
        yield (
            f"{phase.number:>5}  {phase.size!s:>11}  {patches:>12}  {captions:>8}"
            f"  {phase.steps:>5}  {phase.evaluations:>11}  {_amount(needed):>8}"
        )
    grounded = f" and {plan.controlnet_evaluations} of the ControlNet" if plan.controlnet_evaluations else ""
    yield (
        f"{plan.evaluations} UNet evaluations{grounded} = {plan.units:.1f} base images of 50 guided steps; "
        f"{plan.captions} captions"
    )
    yield f"memory on {place.name}: {_memory(plan, place)}; {plan.fit.text}"
    whole = summed(*seconds)
    if whole is None:
        yield "time: not known on this machine; --measure draws a small picture to know it"
    else:
        yield f"time: about {_amount(whole)} seconds; starting and loading models come on top"


def tokens_text(count: int, limit: int, parts: int) -> str:
    """How long a prompt is: more than ``limit`` tokens are read in parts."""
    return f"{count} of {parts * limit}, {parts} {'part' if parts == 1 else 'parts'}"


def compiling(without: Seconds) -> str:
    """Whether compiling the network pays back for one picture, which takes so long ``without``."""
    whole = summed(*without)
    takes = f"takes {COMPILING} s or more and saves {GAIN:.0%} of the time at most"
    if whole is None:
        return f"{takes}; --measure without --compile tells how long the picture takes"
    pays = "may pay" if GAIN * whole > COMPILING else "does not pay"
    return f"{takes}: it {pays} back for this picture, which takes about {_amount(whole)} seconds without"


def _memory(plan: Plan, place: Place) -> str:
    """Whether it is enough."""
    needed = f"about {plan.memory / 1e9:.1f} GB"
    if place.free is None:
        return needed
    free = f"{place.free / 1e9:.1f} GB"
    if not plan.fit.fits:
        return f"{needed} are needed and only {free} are free: it does not fit"
    return f"{needed} of the {free} that are free: it fits"


def _amount(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"
