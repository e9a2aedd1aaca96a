"""A picture of the user's own in place of the native phase: as it is, told what was done to it, and never stale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hiprompt_core import Engine, GenerationRequest, Size, generate, make_plan
from hiprompt_core.base_picture import at_size
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import Event, ViewBatchDone, Warned
from hiprompt_core.model_files import inspect_model
from hiprompt_core.own_picture import OwnPicture

Make = Callable[..., GenerationRequest]


def test_a_picture_of_the_right_size_stays_bit_for_bit() -> None:
    picture = Image.effect_noise((80, 48), 60).convert("RGB")
    image, notes = at_size(OwnPicture(picture), Size(48, 80))
    assert np.array_equal(image, picture)
    assert notes == ()


def test_a_picture_of_the_users_own_takes_the_place_of_phase_1(
    make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "own.png"
    Image.new("RGB", (300, 300), "teal").save(path)
    events: list[Event] = []
    result = generate(make_request(base_image=path, captions=False), events.append, engine)
    assert result.image.size == (128, 64)
    assert not any(isinstance(event, ViewBatchDone) and event.phase == 1 for event in events)
    assert any(isinstance(event, Warned) and "another shape" in event.message for event in events)


def test_what_is_to_be_told_of_a_prompt_is_told_without_a_phase_1(
    make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    """Once, with the first phase that is drawn under it."""
    path = tmp_path / "own.png"
    Image.new("RGB", (64, 64), "teal").save(path)
    events: list[Event] = []
    prompt = "a [red|blue] circle " * 30
    request = make_request(
        base_image=path, base_size=Size(64, 64), size=Size(256, 256), captions=False, prompt=prompt,
        negative_prompt="a wall", guidance_scale=1.0, guidance_scale_low=1.0, guidance_scale_high=1.0,
    )  # fmt: skip
    assert len(make_plan(request, inspect_model(request.model)).phases) == 3
    generate(request, events.append, engine)
    told = [event.message for event in events if isinstance(event, Warned)]
    for words in ("“[red|blue]” is read as words", "One text is longer", "The negative prompt is not used"):
        assert len([message for message in told if message.startswith(words)]) == 1, words


def test_a_changed_base_image_is_computed_anew(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "own.png"
    Image.new("RGB", (64, 64), "red").save(path)
    request = make_request(base_image=path, captions=False)
    red = generate(request, engine=engine)
    assert generate(request, engine=engine).evaluations == 0
    Image.new("RGB", (64, 64), "blue").save(path)
    blue = generate(request, engine=engine)
    assert blue.evaluations == red.evaluations > 0
    assert blue.image.tobytes() != red.image.tobytes()


def test_a_base_image_that_is_none(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "own.png").write_bytes(b"no picture")
    with pytest.raises(InvalidRequest, match=r"own\.png"):
        generate(make_request(base_image=tmp_path / "own.png"), engine=engine)


def test_what_was_done_to_it_is_told(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    Image.new("RGBA", (64, 64), (255, 0, 0, 99)).save(tmp_path / "own.png")
    events: list[Event] = []
    request = make_request(base_image=tmp_path / "own.png", base_size=Size(64, 64), size=Size(64, 128), captions=False)
    generate(request, events.append, engine)
    told = [event.message for event in events if isinstance(event, Warned)]
    assert "laid over white" in told[0]
    assert "another shape" in told[1]


def test_a_picture_that_changed_since_or_is_none(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "own.png"
    Image.new("RGB", (64, 64), "teal").save(path)
    request = make_request(base_image=path, base_size=Size(64, 64), size=Size(128, 128))
    with pytest.raises(InvalidRequest, match="64x64 now, and was 64x70"):
        generate(replace(request, base_size=Size(70, 64)), engine=engine)
    path.write_bytes(b"")
    with pytest.raises(InvalidRequest, match="is empty"):
        generate(request, engine=engine)
    assert not request.output.exists()
    with pytest.raises(InvalidRequest, match="base_size"):
        replace(request, base_image=None)
