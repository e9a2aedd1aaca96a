"""Whole runs: the same picture every time, cancel and resume, and everything that can go wrong."""

from __future__ import annotations

import errno
import os
import pickle
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file

from hiprompt_core import (
    PRESETS,
    Cancelled,
    Engine,
    GenerationRequest,
    RegenerateRequest,
    Size,
    caption_image,
    generate,
    regenerate,
)
from hiprompt_core.errors import (
    DiskFull,
    HiPromptError,
    InvalidRequest,
    ModelCorrupt,
    ModelNotFound,
    NumericalError,
    OutOfMemory,
    OutputError,
    UnsafeModel,
)
from hiprompt_core.events import (
    CaptionerWorking,
    CaptionsReady,
    Event,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    StillWorking,
    TileDone,
    ViewBatchDone,
    Warned,
)
from hiprompt_core.model_files import demo_captioner

Make = Callable[..., GenerationRequest]
UNET = "unet/diffusion_pytorch_model.safetensors"


def files(folder: Path) -> dict[str, bytes]:
    """Pictures and latents without the record of where they were written."""
    return {
        path.name: (np.asarray(Image.open(path)) if path.suffix == ".png" else load_file(path)["latents"]).tobytes()
        for path in folder.iterdir()
        if path.suffix in {".png", ".safetensors"}
    }


@pytest.fixture(scope="module")
def finished_files() -> dict[str, bytes]:
    """What an uninterrupted run leaves; filled by the first test that needs it."""
    return {}


@pytest.fixture
def expected(
    finished_files: dict[str, bytes], make_request: Make, tmp_path_factory: pytest.TempPathFactory, engine: Engine
) -> dict[str, bytes]:
    if not finished_files:
        request = make_request(output=tmp_path_factory.mktemp("whole"))
        generate(request, engine=engine)
        finished_files.update(files(request.output))
    return finished_files


def test_the_same_request_gives_the_same_bits(make_request: Make, expected: dict[str, bytes]) -> None:
    """In another folder, with models loaded anew, whatever the global random state is."""
    torch.manual_seed(4)
    request = make_request()
    result = generate(request)
    assert files(request.output) == expected
    assert set(expected) == {
        "phase-1-96x48.png",
        "phase-1.safetensors",
        "phase-2-128x64.png",
        "phase-2.safetensors",
    }
    assert result.path == request.output / "phase-2-128x64.png"
    assert np.array_equal(np.asarray(result.image), np.asarray(Image.open(result.path)))


def test_global_random_streams_are_left_alone(make_request: Make, engine: Engine) -> None:
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    generate(make_request(size=Size(64, 64)), engine=engine)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert np.array_equal(np.random.get_state()[1], before[2])


@pytest.mark.parametrize("change", [{"seed": 1}, {"prompt": "a fox"}, {"negative_prompt": ""}], ids=str)
def test_another_request_gives_another_picture(
    make_request: Make, engine: Engine, expected: dict[str, bytes], change: dict[str, Any]
) -> None:
    request = make_request(**change)
    generate(request, engine=engine)
    assert files(request.output)["phase-2.safetensors"] != expected["phase-2.safetensors"]


CANCEL_AT = [
    (1, PhaseStarted, {}),
    (1, ViewBatchDone, {"step": 1}),
    (1, StepDone, {"step": 2}),
    (1, TileDone, {"work": "decode", "done": 1}),
    (1, PhaseFinished, {}),
    (2, PhaseStarted, {}),
    (2, CaptionerWorking, {}),
    (2, PatchCaptioned, {"patch": 1}),
    (2, CaptionsReady, {}),
    (2, TileDone, {"work": "encode", "done": 1}),
    (2, ViewBatchDone, {"step": 1, "done": 2}),
    (2, StepDone, {"step": 1}),
    (2, TileDone, {"work": "decode", "done": 1}),
]


@pytest.mark.parametrize(
    ("phase", "kind", "values"), CANCEL_AT, ids=[f"{p}-{k.__name__}-{v.get('work', '')}" for p, k, v in CANCEL_AT]
)
def test_a_cancelled_run_stops_at_once_and_goes_on_later(
    make_request: Make, engine: Engine, expected: dict[str, bytes], phase: int, kind: type, values: dict[str, Any]
) -> None:
    request = make_request()
    backbone = engine.backbone(request.model, "cpu", "float32", lambda event: None)
    stopped = False
    late: list[object] = []

    def on_event(event: Event) -> None:
        nonlocal stopped
        if stopped:
            late.append(event)
        matches = isinstance(event, kind) and getattr(event, "phase", None) == phase
        if matches and all(getattr(event, name) == value for name, value in values.items()):
            stopped = True
            raise Cancelled

    def watch(module: torch.nn.Module, arguments: object) -> None:
        if stopped:
            late.append(module)

    hooks = [part.register_forward_pre_hook(watch) for part in (backbone.unet, backbone.vae.decoder)]
    try:
        with pytest.raises(Cancelled):
            generate(request, on_event, engine)
    finally:
        for hook in hooks:
            hook.remove()
    assert not late
    done = {name for name in files(request.output) if name.endswith(".png")}
    whole_phases = phase if kind is PhaseFinished else phase - 1
    assert done == {name for name in expected if name.endswith(".png") and int(name[6]) <= whole_phases}
    events: list[Event] = []
    generate(request, events.append, engine)
    assert files(request.output) == expected
    resumed = [event.resumed for event in events if isinstance(event, PhaseFinished)]
    assert resumed == [number <= whole_phases for number in (1, 2)]


@pytest.mark.parametrize("phase", [1, 2])
@pytest.mark.parametrize("scheduler", ["euler", "ddim", "dpmpp_2m", "lcm"])
def test_a_half_done_phase_goes_on_from_its_last_step(
    make_request: Make, engine: Engine, tmp_path: Path, scheduler: str, phase: int
) -> None:
    options = {"scheduler": scheduler, "num_inference_steps": 6, "upscale_num_inference_steps": 6, "strength": 1.0}
    whole = make_request(output=tmp_path / "whole", **options)
    whole_cost = generate(whole, engine=engine).evaluations
    request = make_request(output=tmp_path / "parts", **options)
    spent = 0

    def on_event(event: Event) -> None:
        nonlocal spent
        if isinstance(event, ViewBatchDone):
            spent += event.evaluations
        if isinstance(event, StepDone) and (event.phase, event.step) == (phase, 4):
            raise Cancelled

    with pytest.raises(Cancelled):
        generate(request, on_event, engine)
    steps = request.output / f"phase-{phase}.steps"
    assert steps.exists()
    assert spent + generate(request, engine=engine).evaluations == whole_cost
    assert files(request.output) == files(whole.output)
    assert not steps.exists()


@pytest.mark.parametrize("spoil", ["cut", "other request", "no tensors"])
def test_steps_that_cannot_be_gone_on_from_are_done_again(
    make_request: Make, engine: Engine, tmp_path: Path, expected: dict[str, bytes], spoil: str
) -> None:
    other = make_request(output=tmp_path / "other", seed=9 if spoil == "other request" else 3407)

    def on_event(event: Event) -> None:
        if isinstance(event, StepDone):
            raise Cancelled

    with pytest.raises(Cancelled):
        generate(other, on_event, engine)
    content = (other.output / "phase-1.steps").read_bytes()
    request = make_request(output=tmp_path / "spoilt")
    request.output.mkdir()
    content = {"cut": content[:-50], "no tensors": b"{}"}.get(spoil, content)
    (request.output / "phase-1.steps").write_bytes(content)
    generate(request, engine=engine)
    assert files(request.output) == expected


def test_a_finished_run_costs_nothing_again(make_request: Make, engine: Engine) -> None:
    request = make_request(captions=False)
    first = generate(request, engine=engine)
    events: list[Event] = []
    again = generate(request, events.append, engine)
    assert (first.evaluations > 0, again.evaluations) == (True, 0)
    events = [event for event in events if not isinstance(event, StillWorking)]
    assert [type(event) for event in events] == [PhaseFinished, PhaseFinished]
    assert all(event.resumed and event.evaluations == 0 for event in events)
    assert np.array_equal(np.asarray(first.image), np.asarray(again.image))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_counts_what_was_planned(make_request: Make, engine: Engine, preset: str) -> None:
    """Three phases in the doubling presets as in the others, of a size that is no multiple of the native one."""
    options = replace(
        PRESETS[preset], num_inference_steps=2, upscale_num_inference_steps=3, captions=False, vae_tile_size=128
    )
    events: list[Event] = []
    result = generate(replace(make_request(size=Size(64, 136)), options=options), events.append, engine)
    counted = sum(event.evaluations for event in events if isinstance(event, ViewBatchDone))
    planned = sum(event.evaluations for event in events if isinstance(event, PhaseStarted))
    assert counted == planned == result.evaluations
    assert result.image.size == (136, 64)


def test_three_phases_follow_each_other(make_request: Make, engine: Engine) -> None:
    events: list[Event] = []
    generate(make_request(size=Size(192, 64), captions=False), events.append, engine)
    finished = [event for event in events if isinstance(event, PhaseFinished)]
    assert [event.phase for event in finished] == list(range(1, finished[0].phases + 1))
    assert finished[-1].size == Size(192, 64)
    assert all(event.image.size == (event.size.width, event.size.height) for event in finished)


def test_long_prompts_and_tags_of_loras_are_pointed_out(make_request: Make, engine: Engine) -> None:
    events: list[Event] = []
    generate(make_request(prompt="a red circle <lora:fur:1> " * 60, size=Size(64, 64)), events.append, engine)
    messages = [event.message for event in events if isinstance(event, Warned)]
    assert any("75" in message for message in messages)
    assert "“<lora:fur:1>” is read as words: add LoRAs as add-ons of the model instead." in messages


def assert_refused(kind: type[HiPromptError], request: GenerationRequest, match: str | None = None) -> None:
    """Before any work, with a remedy."""
    with pytest.raises(kind, match=match) as caught:
        generate(request, lambda event: pytest.fail(f"{event}") if isinstance(event, PhaseStarted) else None)
    assert caught.value.remedy


def test_a_size_off_the_grid_is_exact(make_request: Make, engine: Engine) -> None:
    """Also in phase 1 alone, in each piece that is told, and when patches are drawn again."""
    events: list[Event] = []
    result = generate(make_request(size=Size(97, 203)), events.append, engine)
    assert result.image.size == (203, 97)
    for event in events:
        if isinstance(event, TileDone) and event.box and event.image:
            assert (event.image.height, event.image.width) == event.box.size
            assert event.box.right <= 203
            assert event.box.bottom <= 97
    assert np.asarray(result.image)[-1].any()
    other = RegenerateRequest(source=result.path, captions={0: "a hat"}, num_inference_steps=2)
    again = regenerate(other, engine=engine)
    assert again.image.size == (203, 97)
    before, after = np.asarray(result.image), np.asarray(again.image)
    assert np.array_equal(before[:, 150:], after[:, 150:])
    assert not np.array_equal(before, after)
    native = make_request(size=Size(64, 65), output=result.path.parent.with_name("native"))
    assert generate(native, engine=engine).image.size == (65, 64)


def test_missing_folders(make_request: Make, tmp_path: Path) -> None:
    assert_refused(ModelNotFound, make_request(model=tmp_path / "nowhere"), "nowhere")
    assert_refused(ModelNotFound, make_request(captioner=tmp_path / "nobody"), "nobody")


def test_a_device_that_is_not_there(make_request: Make) -> None:
    assert_refused(InvalidRequest, make_request(device="abacus"), "abacus")


@pytest.fixture
def damaged(model: Path, tmp_path: Path) -> Path:
    """A copy of the model that a test may damage."""
    return Path(shutil.copytree(model, tmp_path / "damaged"))


def test_weights_that_are_no_numbers(make_request: Make, damaged: Path) -> None:
    weights = load_file(damaged / UNET)
    weights["conv_in.weight"][0, 0, 0, 0] = float("nan")
    save_file(weights, damaged / UNET, {"format": "pt"})
    assert_refused(ModelCorrupt, make_request(model=damaged), "conv_in")


def test_weights_cut_short(make_request: Make, damaged: Path) -> None:
    (damaged / UNET).write_bytes((damaged / UNET).read_bytes()[:-100])
    assert_refused(ModelCorrupt, make_request(model=damaged), "not copied whole")


def test_weights_of_another_shape(make_request: Make, damaged: Path) -> None:
    weights = load_file(damaged / UNET)
    weights["conv_in.weight"] = weights["conv_in.weight"][:4].copy()
    save_file(weights, damaged / UNET, {"format": "pt"})
    assert_refused(ModelCorrupt, make_request(model=damaged), "cannot be loaded")


def test_pickled_weights(make_request: Make, damaged: Path) -> None:
    (damaged / UNET).with_suffix(".bin").write_bytes(pickle.dumps({}))
    (damaged / UNET).unlink()
    assert_refused(UnsafeModel, make_request(model=damaged))


def test_an_output_that_is_a_file(make_request: Make, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_refused(OutputError, make_request(output=tmp_path / "file" / "picture"))
    assert_refused(OutputError, make_request(output=tmp_path / "file"))


def test_an_output_that_holds_another_picture(make_request: Make, engine: Engine) -> None:
    request = make_request(size=Size(64, 64))
    generate(request, engine=engine)
    assert_refused(OutputError, replace(request, seed=2), "another picture")


def run_into(
    trouble: Callable[[], None], kind: type[HiPromptError], request: GenerationRequest, engine: Engine
) -> None:
    """Trouble begins when phase 1 is finished; phase 1 stays."""

    def on_event(event: Event) -> None:
        if isinstance(event, PhaseFinished):
            trouble()

    with pytest.raises(kind) as caught:
        generate(request, on_event, engine)
    assert caught.value.remedy
    assert {name for name in files(request.output) if name.endswith(".png")} == {"phase-1-96x48.png"}
    assert not list(request.output.glob("*.part"))


def test_a_disk_that_fills_up(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch, expected: dict[str, bytes]
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    request = make_request()
    run_into(lambda: monkeypatch.setattr(os, "fsync", full), DiskFull, request, engine)
    monkeypatch.undo()
    generate(request, engine=engine)
    assert files(request.output) == expected


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), OutOfMemory),
        (RuntimeError("HIP error: Out of memory"), OutOfMemory),
        (MemoryError(), OutOfMemory),
        (torch.OutOfMemoryError("CUDA"), OutOfMemory),
    ],
    ids=["cpu", "hip", "python", "cuda"],
)
def test_a_full_memory(make_request: Make, engine: Engine, error: Exception, kind: type[HiPromptError]) -> None:
    request = make_request(captions=False)
    unet = engine.backbone(request.model, "cpu", "float32", lambda event: None).unet

    def fail(*arguments: object) -> None:
        raise error

    hooks: list[Any] = []
    try:
        run_into(lambda: hooks.append(unet.register_forward_pre_hook(fail)), kind, request, engine)
    finally:
        for hook in hooks:
            hook.remove()
    assert generate(request, engine=engine).record.phase == 2


def test_a_model_that_gives_no_numbers(make_request: Make, engine: Engine) -> None:
    request = make_request(captions=False)
    unet = engine.backbone(request.model, "cpu", "float32", lambda event: None).unet
    hooks: list[Any] = []

    def spoil(module: object, arguments: object, output: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (output[0] * float("nan"),)

    try:
        run_into(lambda: hooks.append(unet.register_forward_hook(spoil)), NumericalError, request, engine)
    finally:
        for hook in hooks:
            hook.remove()


def test_other_errors_keep_their_kind(make_request: Make, engine: Engine) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        generate(make_request(), fail, engine)


def test_describing_any_picture(engine: Engine) -> None:
    events: list[Event] = []
    picture = Image.new("RGB", (100, 60), "navy")
    described = caption_image(picture, 60, 0.25, demo_captioner(), "What is it?", events.append, engine)
    assert [patch.window.size for patch, _ in described] == [Size(60, 60)] * 2
    # Both crops look the same, so the captioner is asked once.
    assert len({caption for _, caption in described}) == 1
    assert [event.patch for event in events if isinstance(event, PatchCaptioned)] == [0, 1]
