"""Compiling the network: an option that tells whether it pays back, and never stops a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from hiprompt_core import Engine, GenerationRequest, compilation, generate
from hiprompt_core.compilation import compile_network
from hiprompt_core.events import Event, Warned
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.models import load_backbone


@pytest.fixture
def own_backbone(model: Path) -> SDXLBackbone:
    return load_backbone(model, torch.device("cpu"), torch.float32)  # type: ignore[return-value]


def compiled_layers(network: torch.nn.Module) -> set[str]:
    return {type(layer).__name__ for layer in network.modules() if layer._compiled_call_impl is not None}


def said(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


def compiling(monkeypatch: pytest.MonkeyPatch, compiled: Callable[..., object] | None = None) -> None:
    """Stand for the compiler, which takes a minute: its code is that of the module itself, or ``compiled``."""

    def stand_in(module: torch.nn.Module, **_: object) -> None:
        monkeypatch.setattr(module, "_compiled_call_impl", compiled or module._call_impl, raising=False)

    monkeypatch.setattr(torch.nn.Module, "compile", stand_in)


def test_a_network_that_names_no_blocks_is_compiled_as_one(
    own_backbone: SDXLBackbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([1.0, 0.5])
    monkeypatch.setattr(compilation, "_seconds", lambda predict: next(seconds))
    monkeypatch.setattr(own_backbone.unet, "_repeated_blocks", [], raising=False)
    compiling(monkeypatch)
    with torch.inference_mode():
        assert compile_network(own_backbone, lambda event: None)
    assert compiled_layers(own_backbone.unet) == {"UNet2DConditionModel"}


@pytest.mark.parametrize(("after", "kept"), [(0.5, True), (1.5, False)])
def test_compiled_code_is_kept_when_it_is_faster(
    own_backbone: SDXLBackbone, monkeypatch: pytest.MonkeyPatch, after: float, kept: bool
) -> None:
    seconds = iter([1.0, after])
    monkeypatch.setattr(compilation, "_seconds", lambda predict: next(seconds))
    compiling(monkeypatch)
    events: list[Event] = []
    with torch.inference_mode():
        compile_network(own_backbone, events.append)
    assert compiled_layers(own_backbone.unet) == ({"BasicTransformerBlock"} if kept else set())
    text = said(events)[-1]
    assert ("2.00 times as fast: that pays back after" in text) == kept
    assert ("no faster here" in text) != kept


def test_a_run_goes_on_without_a_compiler(
    make_request: Callable[..., GenerationRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells why, and draws the same picture."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Failed to find a working C compiler\nand more")

    compiling(monkeypatch, broken)
    events: list[Event] = []
    request = make_request(captions=False, compiled=True)
    result = generate(request, events.append, Engine())
    assert said(events) == [
        "The model is being compiled, which may take a minute and cannot be cancelled.",
        "The model cannot be compiled here and runs as it is: Failed to find a working C compiler",
    ]
    assert result.path.exists()


def test_a_model_whose_parts_take_turns_says_that_it_is_not_compiled(model: Path) -> None:
    events: list[Event] = []
    Engine(parted=True).backbone(model, "cpu", "float32", events.append, compiled=True)
    assert said(events) == ["The model runs without being compiled, because its parts take turns on the device."]


def test_pictures_from_before_there_was_a_compiler_keep_their_names(
    make_request: Callable[..., GenerationRequest],
) -> None:
    assert make_request().digest() != make_request(compiled=True).digest()
