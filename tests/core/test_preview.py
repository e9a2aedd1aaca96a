"""Previews: near enough to the picture, and never in the way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image

from hiprompt_core import Engine, GenerationRequest, generate, preview, vae
from hiprompt_core.events import Event, StepPreview
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_model
from hiprompt_core.preview import Preview


@pytest.fixture(scope="module")
def coder() -> object:
    return Engine().backbone(demo_model(), "cpu", "float32", lambda event: None).vae


def picture() -> Image.Image:
    """A sun over a slope, as a person would draw it."""
    rows, columns = np.mgrid[:128, :128] / 127
    sky = np.stack([0.5 + 0.3 * rows, 0.7 + 0.1 * rows, np.ones_like(rows)], axis=-1)
    ground = np.stack([0.2 + 0.2 * columns, 0.6 - 0.2 * rows, 0.2 * columns], axis=-1)
    image = np.where((rows > 0.6 + 0.2 * columns)[..., None], ground, sky)
    image[(rows - 0.3) ** 2 + (columns - 0.7) ** 2 < 0.03] = (1, 0.85, 0.2)
    return Image.fromarray((255 * image).round().astype(np.uint8))


def test_a_preview_has_the_colours_of_the_picture(coder: object) -> None:
    with torch.inference_mode():
        latents = vae.encode(coder, picture(), 8, 128, lambda done, tiles: None)
        painted = Preview(coder, 8).paint(latents)
    assert painted.size == (16, 16)
    wanted = np.asarray(picture().reduce(8), float)
    assert np.abs(np.asarray(painted, float) - wanted).mean() < 12  # of 255


@pytest.mark.parametrize(("interval", "seen"), [(0.0, True), (1e9, False)])
def test_a_run_tells_previews_when_they_are_due(
    make_request: Callable[..., GenerationRequest],
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    interval: float,
    seen: bool,
) -> None:
    monkeypatch.setattr(preview, "INTERVAL", interval)
    events: list[Event] = []
    generate(make_request(), events.append, engine)
    told = [event for event in events if isinstance(event, StepPreview)]
    assert {event.phase for event in told} == ({1, 2} if seen else set())
    for event in told:
        assert Size(event.image.height, event.image.width) == (Size(6, 12) if event.phase == 1 else Size(8, 16))
