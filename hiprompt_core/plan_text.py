"""A plan as a table for people and as values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hiprompt_core.plan import Plan


def plan_values(plan: Plan) -> dict[str, Any]:
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
        }
        for phase in plan.phases
    ]
    totals = {
        name: getattr(plan, name) for name in ("captions", "evaluations", "controlnet_evaluations", "units", "memory")
    }
    fit = {"view_batch_size": plan.fit.view_batch_size, "vae_tile_size": plan.fit.tile}
    taken = {"apart": plan.fit.apart, "offload": plan.fit.parted}
    return {"phases": phases, **totals, **fit, **taken}


def _grid(patches: Sequence[Any]) -> tuple[int, int]:
    """Rows and columns."""
    return (patches[-1].row + 1, patches[-1].column + 1) if patches else (0, 0)


def plan_lines(plan: Plan) -> Iterator[str]:
    yield f"{'phase':>5}  {'size':>11}  {'patches':>12}  {'captions':>8}  {'steps':>5}  {'evaluations':>11}"
    for phase in plan.phases:
        rows, columns = _grid(phase.patches)
        patches = f"{len(phase.patches)} ({columns}x{rows})" if phase.patches else "-"
        captions = len(phase.patches) if plan.captions else 0
        yield (
            f"{phase.number:>5}  {phase.size!s:>11}  {patches:>12}  {captions:>8}"
            f"  {phase.steps:>5}  {phase.evaluations:>11}"
        )
    grounded = f" and {plan.controlnet_evaluations} of the ControlNet" if plan.controlnet_evaluations else ""
    yield (
        f"{plan.evaluations} UNet evaluations{grounded} = {plan.units:.1f} base images of 50 guided steps; "
        f"{plan.captions} captions; about {plan.memory / 1e9:.1f} GB of memory, "
        f"{plan.fit.text}"
    )
