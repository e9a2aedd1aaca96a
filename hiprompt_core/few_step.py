"""Models distilled to a few steps: how they are recognised, and how they want to be sampled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hiprompt_core.options import SchedulerName
from hiprompt_core.request import Additions

MOST_STEPS = 16
"""More are no few-step model's: the number in a name means something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FewStep:
    """How a distilled model wants to be sampled: without guidance, in so many steps."""

    kind: str
    steps: int
    scheduler: SchedulerName


_SIGNS = (
    # Adversarial distillation, 2311.17042
    (r"turbo", FewStep(kind="Turbo", steps=4, scheduler="euler_trailing")),
    # Progressive adversarial distillation, 2402.13929
    (r"lightning", FewStep(kind="Lightning", steps=4, scheduler="euler_trailing")),
    # Trajectory-segmented consistency distillation, 2404.13686; "hyperrealism" is another thing
    (r"hyper(?=[-_ ]?(?:sd|xl|\d)|[-_. ]|$)", FewStep(kind="Hyper", steps=8, scheduler="tcd")),
    # Distribution matching distillation, 2405.14867
    (r"(?<![a-z])dmd2?(?![a-z])", FewStep(kind="DMD", steps=4, scheduler="lcm")),
    # Latent consistency models, 2310.04378
    (r"(?<![a-z])lcm(?![a-z])", FewStep(kind="LCM", steps=6, scheduler="lcm")),
)
"""The first sign that is found in a name decides."""


def named_few_step(names: Sequence[str]) -> FewStep | None:
    """What the names of a model or of a LoRA say: ``sdxl_lightning_8step`` is Lightning in eight steps."""
    text = " ".join(names).lower()
    known = next((few for sign, few in _SIGNS if re.search(sign, text)), None)
    found = re.search(r"(\d+)[-_ ]?steps?(?![a-z])", text)
    steps = int(found[1]) if found else 0
    return replace(known, steps=steps) if known and 0 < steps <= MOST_STEPS else known


def configured_few_step(network: dict[str, Any], scheduler: dict[str, Any]) -> FewStep | None:
    """What the configs of a model folder say."""
    kind = scheduler.get("_class_name")
    if network.get("time_cond_proj_dim") or kind == "LCMScheduler":
        return named_few_step(["lcm"])
    if kind == "TCDScheduler":
        return named_few_step(["hyper"])
    trailing = scheduler.get("timestep_spacing") == "trailing"
    return named_few_step(["turbo"]) if trailing and kind == "EulerAncestralDiscreteScheduler" else None


def few_step_of(few_step: FewStep | None, additions: Additions) -> FewStep | None:
    """How a model with its LoRAs wants to be sampled; none: as any other."""
    loras = [path.stem for path, weight in additions.loras.items() if weight > 0]
    return few_step or next(filter(None, (named_few_step([name]) for name in loras)), None)
