"""Requests: validated when made, the same after JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hiprompt_core import PRESETS, GenerationRequest, Options, RegenerateRequest, Size
from hiprompt_core.errors import InvalidRequest

REQUEST = GenerationRequest(prompt="a fox", size=Size(128, 256), model=Path("m"), captioner=Path("c"), output=Path("o"))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_request_survives_json(preset: str) -> None:
    request = replace(REQUEST, options=PRESETS[preset], base_image=Path("own.png"))
    assert GenerationRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request
    own = replace(REQUEST, own_captions={2: {0: "a hat", 3: ""}, 3: {24: "a scarf"}})
    assert GenerationRequest.from_dict(json.loads(json.dumps(own.to_dict()))) == own
    again = RegenerateRequest(source=Path("s"), captions={3: "a hat", 0: ""})
    assert RegenerateRequest.from_dict(json.loads(json.dumps(again.to_dict()))) == again


@pytest.mark.parametrize(
    "values", [{"prompt": 3}, {"size": [1]}, {"size": "ab"}, {"wings": 2}, {"options": 3}], ids=str
)
def test_stored_values_that_are_none(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        GenerationRequest.from_dict({**REQUEST.to_dict(), **values})


CHANGES: list[dict[str, Any]] = [
    {"prompt": "a hat"},
    {"negative_prompt": ""},
    {"size": Size(256, 128)},
    {"seed": 1},
    {"options": Options(beta=0.5)},
    {"model": Path("n")},
    {"captioner": Path("d")},
    {"question": "Who?"},
    {"base_image": Path("own.png")},
    {"device": "cpu"},
    {"precision": "float32"},
    {"own_captions": {2: {0: "a hat"}}},
    {"own_captions": {2: {1: "a hat"}}},
    {"own_captions": {3: {0: "a hat"}}},
]


def test_the_digest_tells_pictures_apart() -> None:
    digests = {replace(REQUEST, **change).digest() for change in CHANGES}
    assert len(digests | {REQUEST.digest()}) == len(CHANGES) + 1
    assert replace(REQUEST, output=Path("elsewhere")).digest() == REQUEST.digest()


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": " "},
        {"prompt": "a\0"},
        {"prompt": "\ud800"},
        {"size": Size(63, 128)},
        {"size": Size(128, 40000)},
        {"size": (128, 128)},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 1.5},
        {"precision": "int8"},
        {"captioner": None},
        {"question": ""},
    ],
    ids=repr,
)
def test_values_that_no_picture_can_have(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        replace(REQUEST, **values)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "values",
    [
        {"num_inference_steps": 0},
        {"num_inference_steps": 2.0},
        {"view_batch_size": 0},
        {"guidance_scale": -1},
        {"guidance_scale": float("nan")},
        {"beta": "much"},
        {"strength": 0},
        {"overlap": 0.95},
        {"blur_sigma": 0},
        {"word_filter": 2},
        {"vae_tile_size": 8},
        {"scheduler": "pndm"},
        {"reduction": "max"},
        {"fusion": "hard"},
        {"upsampling": "nearest"},
    ],
    ids=str,
)
def test_options_out_of_range(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=next(iter(values))):
        Options(**values)


@pytest.mark.parametrize(("steps", "strength", "run"), [(50, 0.78, 39), (24, 0.35, 8), (1, 0.01, 1), (10, 1.0, 10)])
def test_steps_that_run(steps: int, strength: float, run: int) -> None:
    """The paper skips 11 of 50."""
    assert Options(upscale_num_inference_steps=steps, strength=strength).upscale_steps == run


def test_a_phase_does_not_depend_on_the_words_for_later_ones() -> None:
    own = replace(REQUEST, own_captions={2: {0: "a hat"}, 3: {1: "a scarf"}})
    assert own.up_to(1).digest() == REQUEST.digest()
    assert own.up_to(2).digest() == replace(REQUEST, own_captions={2: {0: "a hat"}}).digest()
    assert own.up_to(3) == own
