"""The work of a phase, part by part, with the memory that the run still has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from PIL import Image

from hiprompt_core import Engine, GenerationRequest, Size, make_plan
from hiprompt_core.events import Event, Warned
from hiprompt_core.ladder import Ladder
from hiprompt_core.model_files import inspect_model
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools
from hiprompt_core.phase_work import PhaseWork

Make = Callable[..., GenerationRequest]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def work(make_request: Make, engine: Engine, events: list[Event]) -> PhaseWork:
    request = make_request()
    facts = inspect_model(request.model)
    plan = make_plan(request, facts)
    ladder = Ladder(engine, request, facts, plan.fit, events.append)
    return PhaseWork(ladder=ladder, request=request, phase=2, size=plan.phases[1].size, on_event=events.append)


def test_a_loop_takes_the_views_that_memory_still_allows(work: PhaseWork) -> None:
    asked: list[int | None] = []

    def loop(tools: PhaseTools, options: Options) -> torch.Tensor:
        asked.append(options.view_batch_size)
        if len(asked) < 3:
            raise MemoryError
        return torch.zeros(1, 4, *tools.cells)

    assert work.predict(loop).shape == (1, 4, 8, 16)
    assert asked == [2, 2, 1]


def test_only_new_texts_are_pointed_out(work: PhaseWork, events: list[Event]) -> None:
    long = "a red circle " * 60
    assert work.embed([long, "a star"]).patch_rows == (2, 3)
    assert not any(isinstance(event, Warned) for event in events)
    work.warn_of_texts([long])
    work.warn_of_texts([long, "a blue star " * 60])
    warned = [event for event in events if isinstance(event, Warned)]
    assert [event.message.partition(" than ")[0] for event in warned] == ["One text is longer", "2 texts are longer"]
    assert all(event.passing for event in warned)


def test_what_is_not_read_as_it_was_meant_is_pointed_out_once(work: PhaseWork, events: list[Event]) -> None:
    text = "a [red|blue] circle"
    work.warn_of_texts([text, text])
    work.warn_of_texts([text])
    assert [event.message[:14] for event in events if isinstance(event, Warned)] == ["“[red|blue]” i"] * 2


def test_latents_and_pictures_have_the_size_of_the_phase(work: PhaseWork) -> None:
    noise = work.noise()
    picture = work.decode(noise)
    assert (noise.shape, picture.size) == ((1, 4, 8, 16), (128, 64))
    assert work.encode(picture).shape == noise.shape


def test_a_large_picture_is_cut_to_its_size_whatever_pillow_thinks_of_it(
    work: PhaseWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sides of no whole number of cells, and more pixels than Pillow takes for an attack: 179 million as it comes."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4000)  # a tile has less
    picture = replace(work, size=Size(61, 125)).decode(torch.zeros(1, 4, 8, 16))
    assert picture.size == (125, 61)
