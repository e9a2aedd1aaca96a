"""What is written on a patch is what appears in it, not the picture's subject once more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hiprompt_core import PRESETS, Engine, GenerationRequest, RegenerateRequest, Size, generate, regenerate
from hiprompt_core.model_files import demo_captioner, demo_model

pytestmark = pytest.mark.slow


def test_the_caption_of_a_patch_decides_what_is_drawn(tmp_path: Path) -> None:
    engine = Engine()
    request = GenerationRequest(
        prompt="a fox, a green meadow",
        size=Size(512, 512),
        options=PRESETS["fast"],
        model=demo_model(),
        captioner=demo_captioner(),
        output=tmp_path / "picture",
    )
    before = np.asarray(generate(request, engine=engine).image, float)

    def is_red(seed: int) -> bool:
        change = RegenerateRequest(
            source=request.output, captions={4: "a strawberry, a blue sky"}, strength=0.9, seed=seed
        )
        result = regenerate(change, engine=engine)
        cell = result.record.patches[4].cell
        return redness(np.asarray(result.image, float)[cell.slices]) > redness(before[cell.slices]) + 0.03

    assert any(map(is_red, range(2)))


def redness(pixels: np.ndarray) -> float:
    """Share of pixels that are red, as a strawberry is and neither sky nor fox are."""
    red, green, _ = np.moveaxis(pixels, -1, 0)
    return float(((red > 150) & (green < 90)).mean())
