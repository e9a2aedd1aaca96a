"""Models distilled to a few steps: how they are recognised, and how they want to be sampled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hiprompt_core.model_names import file_name, without_organisation
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
_PICTURABLE = {"Turbo", "Lightning", "Hyper"}
"""Kinds whose names a LoRA may also have because of what it draws: cars, storms, hyperrealism."""
_WORD = re.compile(r"LoRA|[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+[a-z]*")
"""Of a name: between its separators, and where capitals begin another one."""
_FOR = r"sd(xl)?v?\d*|ssd|xl|lora"
_MORE = rf"{_FOR}|v?\d+[a-z]?|steps?|fp16|bf16|cfg|unet|rank\d*|dim|\d+dim|weights"
"""Words of a name that tells nothing but how a LoRA was made and what for (``_FOR``)."""


def named_few_step(names: Sequence[str]) -> FewStep | None:
    """What the names of a model say: ``sdxl_lightning_8step`` is Lightning in eight steps."""
    text = " ".join(names).lower()
    return _in_steps(next((few for sign, few in _SIGNS if re.search(sign, text)), None), text)


def lora_few_step(file: Path) -> FewStep | None:
    """What the name of a LoRA says, or that of its folder where every LoRA is called so.

    LoRAs are called by what they draw: ``porsche_911_turbo_xl`` is a car, ``sd_xl_turbo_lora_v1`` names nothing else.
    """
    words = [word.lower() for word in _WORD.findall(without_organisation(file_name(file)))]
    text = " ".join(words)
    known = next((few for sign, few in _SIGNS if any(re.fullmatch(sign, word) for word in words)), None)
    if known is None or known.kind not in _PICTURABLE or _steps(text):
        return _in_steps(known, text)
    others = [word for word in words if not any(re.fullmatch(sign, word) for sign, _ in _SIGNS)]
    technical = all(re.fullmatch(_MORE, word) for word in others)
    return known if technical and any(re.fullmatch(_FOR, word) for word in others) else None


def _steps(text: str) -> int:
    """The number of steps that a name tells; 0: none."""
    found = re.search(r"(\d+)[-_ ]?steps?(?![a-z])", text)
    steps = int(found[1]) if found else 0
    return steps if steps <= MOST_STEPS else 0


def _in_steps(few: FewStep | None, text: str) -> FewStep | None:
    steps = _steps(text)
    return replace(few, steps=steps) if few and steps else few


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
    loras = [path for path, weight in additions.loras.items() if weight > 0]
    return few_step or next(filter(None, map(lora_few_step, loras)), None)
