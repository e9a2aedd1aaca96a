"""The guide of a later phase."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hiprompt_core import Engine, GenerationRequest, make_plan
from hiprompt_core.events import ignore_events
from hiprompt_core.ladder import Ladder
from hiprompt_core.lent_guides import LentGuides
from hiprompt_core.model_files import inspect_model
from hiprompt_core.phase_work import PhaseWork
from hiprompt_core.run_folder import StoredPhase
from hiprompt_core.upscaling import guide_of
from tests.core.guide_models import save_upscaler
from tests.run_folders import make_record, noise

Make = Callable[..., GenerationRequest]


def guide(request: GenerationRequest, engine: Engine) -> tuple[Image.Image, Image.Image]:
    """The picture of phase 1, and what guides phase 2."""
    facts = inspect_model(request.model)
    plan = make_plan(request, facts)
    first, second = plan.phases
    ladder = Ladder(engine, request, facts, plan.fit, ignore_events)
    before = StoredPhase(
        path=request.output,
        image=noise(first.size),
        record=make_record(request.output, 1, 2),
        latents=np.zeros((1, 4, *first.size.over(8)), np.float32),
    )
    work = PhaseWork(ladder=ladder, request=request, phase=2, size=second.size, on_event=ignore_events)
    guides = LentGuides(engine=engine, request=request, on_event=ignore_events)
    return before.image, guide_of(work, guides, before)


@pytest.mark.parametrize(
    ("upsampling", "way"),
    [
        ("lanczos", Image.Resampling.LANCZOS),
        ("bicubic", Image.Resampling.BICUBIC),
        ("latent", Image.Resampling.LANCZOS),  # for a ControlNet: denoising itself starts from latents
    ],
)
def test_a_guide_is_the_picture_before_made_larger(
    make_request: Make, engine: Engine, upsampling: str, way: Image.Resampling
) -> None:
    before, after = guide(make_request(upsampling=upsampling), engine)
    assert np.array_equal(after, before.resize((128, 64), way))


def test_a_trained_upscaler_makes_another_guide_of_the_same_size(
    make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    before, after = guide(make_request(upscaler=save_upscaler(tmp_path / "swin")), engine)
    assert after.size == (128, 64)
    assert not np.array_equal(after, before.resize((128, 64), Image.Resampling.LANCZOS))
