"""Chosen patches drawn again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hiprompt_core import Engine, GenerationRequest, RegenerateRequest, Size, generate, regenerate, step_file
from hiprompt_core.errors import Cancelled, DiskFull, InvalidRequest, ResultCorrupt
from hiprompt_core.events import Event, PhaseStarted, StepDone, ViewBatchDone, Warned
from hiprompt_core.geometry import patch_grid
from hiprompt_core.phase import step_file_of_patches
from hiprompt_core.regeneration import freedom_of
from hiprompt_core.run_folder import RunFolder, phase_space
from hiprompt_core.step_file import Step

STEPS = {"strength": 0.5, "num_inference_steps": 4}
SIZE = Size(64, 256)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "picture"


@pytest.fixture
def source(make_request: Callable[..., GenerationRequest], kept: Path, engine: Engine, tmp_path: Path) -> Path:
    """A finished picture of one row of patches, without captions and with windows that stand still."""
    if not kept.exists():
        generate(make_request(size=SIZE, output=kept, captions=False, jitter=False), engine=engine)
    return Path(shutil.copytree(kept, tmp_path / "copy"))


def test_only_the_windows_of_chosen_patches_change(source: Path, engine: Engine) -> None:
    before = RunFolder(source).latest()
    result = regenerate(RegenerateRequest(source=source, captions={0: "a yellow star"}, **STEPS), engine=engine)
    after = RunFolder(source).latest()
    cell, window = before.record.patches[0].cell, before.record.patches[0].window
    old, new = np.asarray(before.image), np.asarray(result.image)
    outside = np.ones(SIZE, bool)
    outside[window.slices] = False
    assert outside.any()
    assert np.array_equal(old[outside], new[outside])
    assert (old[cell.slices] != new[cell.slices]).mean() > 0.2
    changed = before.latents != after.latents
    assert changed[..., *cell.over(8).slices].all()
    changed[..., *window.over(8).slices] = False
    assert not changed.any()


def test_a_picture_of_another_machine_is_changed_here(source: Path, engine: Engine) -> None:
    stored = RunFolder(source).latest()
    elsewhere = replace(stored.record, request=replace(stored.record.request, device="cuda:7"))
    RunFolder(source).save_phase(stored.image, stored.latents, elsewhere)
    events: list[Event] = []
    request = RegenerateRequest(source=source, captions={0: "a yellow star"}, **STEPS)
    result = regenerate(request, events.append, engine=engine)
    assert result.record.version == 2
    assert any(isinstance(event, Warned) and "cuda:7" in event.message for event in events)


def test_what_may_change_fades_towards_what_stays() -> None:
    patches = patch_grid(Size(16, 40), Size(16, 16), 0.25)
    freedom = freedom_of(Size(16, 40), [patches[0]])[0, 0]
    assert (freedom[:, :16] > 0).all()
    assert (freedom[:, 16:] < 0).all()
    assert (freedom[:, :8] > 0.99).all()  # at the picture's own border there is nothing to fade towards
    across = freedom[8, 9:23]
    assert (across.diff() < 0).all()
    torch.testing.assert_close(across, -across.flip(0))  # 0 at the border between cells 15 and 16
    both = freedom_of(Size(16, 40), patches[:2])[0, 0]
    assert (both[:, :20] > 0.99).all()  # nor between two that are chosen


def test_the_result_is_a_new_version_beside_the_old_one(source: Path, engine: Engine) -> None:
    request = RegenerateRequest(source=source, captions={1: "a yellow star"}, **STEPS)
    old = RunFolder(source).latest()
    before = old.path.read_bytes()
    first = regenerate(request, engine=engine)
    second = regenerate(request, engine=engine)
    assert old.path.read_bytes() == before
    assert [result.record.version for result in (first, second)] == [2, 3]
    assert len({old.path, first.path, second.path}) == 3
    assert first.record.regenerated == replace(request, phase=2, version=1)
    prompt = old.record.request.prompt
    assert first.record.captions == (prompt, "a yellow star", *(prompt,) * (len(old.record.patches) - 2))


def test_it_starts_from_the_version_that_is_wanted_or_chosen(source: Path, engine: Engine) -> None:
    request = RegenerateRequest(source=source, captions={1: "a yellow star"}, **STEPS)
    first = regenerate(request, engine=engine)
    regenerate(replace(request, captions={2: "a red kite"}), engine=engine)
    again = regenerate(replace(request, version=1), engine=engine)
    assert np.array_equal(np.asarray(again.image), np.asarray(first.image))
    RunFolder(source).choose(2, 1)
    by_choice = regenerate(request, engine=engine)
    assert np.array_equal(np.asarray(by_choice.image), np.asarray(first.image))
    assert (by_choice.record.version, RunFolder(source).current(2).version) == (5, 5)


def test_the_cost_follows_the_touched_views(source: Path, engine: Engine) -> None:
    """Two steps of two predictions: the second draws all of the chosen windows, the first what lies deeper in them."""
    patches = RunFolder(source).latest().record.patches
    for chosen in ([0], [2], [0, 3], list(range(len(patches)))):
        events: list[Event] = []
        captions = dict.fromkeys(chosen, "a yellow star")
        result = regenerate(RegenerateRequest(source=source, captions=captions, **STEPS), events.append, engine)
        free = freedom_of(SIZE.over(8), [patches[index].over(8) for index in chosen])[0, 0]
        windows = [patch.window.over(8) for patch in patches]
        touched = sum(bool((free[window.slices] > least).any()) for least in (0.5, 0) for window in windows)
        counted = sum(event.evaluations for event in events if isinstance(event, ViewBatchDone))
        assert counted == result.evaluations == touched * 2
        assert [event.evaluations for event in events if isinstance(event, PhaseStarted)] == [counted]
    assert touched == 2 * len(patches)


def test_the_same_request_gives_the_same_patch(source: Path, engine: Engine, tmp_path: Path) -> None:
    twin = Path(shutil.copytree(source, tmp_path / "twin"))
    images = [
        np.asarray(regenerate(RegenerateRequest(source=folder, captions={2: "a star"}, **STEPS), engine=engine).image)
        for folder in (source, twin)
    ]
    assert np.array_equal(*images)


def test_seed_and_caption_have_a_say(source: Path, engine: Engine) -> None:
    changes: list[dict[str, Any]] = [{}, {"seed": 1}, {"captions": {1: "a green tree"}}]
    images = []
    for number, change in enumerate(changes):
        folder = Path(shutil.copytree(source, source.with_name(f"{number}")))
        values = {"source": folder, "captions": {1: "a yellow star"}, **STEPS, **change}
        regenerate(RegenerateRequest(**values), engine=engine)
        images.append(RunFolder(folder).latest().latents)
    assert not np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


# Steps that are kept.


class Steps:
    """Listens to a drawing, and cancels it after a step."""

    def __init__(self, last: int = 1000) -> None:
        self.last = last
        self.spent = 0

    def __call__(self, event: Event) -> None:
        self.spent += event.evaluations if isinstance(event, ViewBatchDone) else 0
        if isinstance(event, StepDone) and event.step == self.last:
            raise Cancelled


FOUR = {"strength": 1.0, "num_inference_steps": 4}
"""Four steps."""


def cancelled(request: RegenerateRequest, engine: Engine, after: int = 3) -> int:
    """What was spent until a step."""
    steps = Steps(after)
    with pytest.raises(Cancelled):
        regenerate(request, steps, engine)
    return steps.spent


def kept_steps(source: Path) -> list[str]:
    return sorted(path.name for path in source.glob("*.steps"))


def test_a_half_done_drawing_goes_on_from_its_last_step(source: Path, engine: Engine, tmp_path: Path) -> None:
    request = RegenerateRequest(source=source, captions={1: "a yellow star", 2: ""}, seed=8, **FOUR)
    twin = Path(shutil.copytree(source, tmp_path / "twin"))
    whole = regenerate(replace(request, source=twin), engine=engine)
    spent = cancelled(request, engine)
    assert kept_steps(source) == ["phase-2-again-8.steps"]
    rest = Steps()
    result = regenerate(request, rest, engine)
    assert 0 < result.evaluations == rest.spent == whole.evaluations - spent
    assert result.record == replace(whole.record, regenerated=result.record.regenerated)
    assert np.array_equal(np.asarray(result.image), np.asarray(whole.image))
    assert np.array_equal(RunFolder(source).latest().latents, RunFolder(twin).latest().latents)
    assert not kept_steps(source)


def test_a_crash_loses_no_step_that_was_written(
    source: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder as a kill after step 2 leaves it, with what was half-written then."""
    monkeypatch.setattr(step_file, "SECONDS", -1.0)
    left = tmp_path / "left"

    def on_event(event: Event) -> None:
        if isinstance(event, StepDone) and event.step == 2:
            shutil.copytree(source, left)

    request = RegenerateRequest(source=source, captions={1: "a yellow star"}, **FOUR)
    whole = regenerate(request, on_event, engine)
    part = left / f".phase-2-again-3407.steps.{2**22 + 1}.part"  # no process has this number
    part.write_bytes(b"half")
    result = regenerate(replace(request, source=left), engine=engine)
    assert 0 < result.evaluations < whole.evaluations
    assert np.array_equal(np.asarray(result.image), np.asarray(whole.image))
    assert not part.exists()


@pytest.mark.parametrize(
    "change",
    [{"captions": {1: "a green tree"}}, {"captions": {2: "a yellow star"}}, {"captions": {1: "a yellow star", 2: ""}},
     {"strength": 0.9}, {"num_inference_steps": 5}, {"version": 2}],
    ids=str,
)  # fmt: skip
def test_steps_of_another_drawing_are_not_taken_up(source: Path, engine: Engine, change: dict[str, Any]) -> None:
    request = RegenerateRequest(source=source, version=1, captions={1: "a yellow star"}, **FOUR)
    if "version" in change:
        regenerate(replace(request, captions={3: "a kite"}), engine=engine)
    cancelled(request, engine)
    events: list[Event] = []
    other = regenerate(replace(request, **change), events.append, engine)
    assert [event.evaluations for event in events if isinstance(event, PhaseStarted)] == [other.evaluations]
    assert other.evaluations == other.record.evaluations > 0
    assert not kept_steps(source)


def test_variations_do_not_take_each_others_place(source: Path, engine: Engine) -> None:
    request = RegenerateRequest(source=source, version=1, captions={1: "a yellow star"}, seed=8, **FOUR)
    spent = cancelled(request, engine)
    whole = regenerate(replace(request, seed=7), engine=engine)
    assert kept_steps(source) == ["phase-2-again-8.steps"]
    assert regenerate(request, engine=engine).evaluations == whole.evaluations - spent
    assert not kept_steps(source)


def test_damaged_steps_are_drawn_again(source: Path, engine: Engine) -> None:
    request = RegenerateRequest(source=source, captions={1: "a yellow star"}, **FOUR)
    cancelled(request, engine)
    (path,) = source.glob("*.steps")
    path.write_bytes(path.read_bytes()[:-50])
    result = regenerate(request, engine=engine)
    assert result.evaluations == result.record.evaluations
    assert not kept_steps(source)


@pytest.mark.parametrize("other", ["weights", "latents"])
def test_steps_belong_to_a_model_and_to_the_picture_before(
    source: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    folder = RunFolder(source)
    before = folder.latest()
    asked = RegenerateRequest(source=source, captions={1: "a yellow star"}, seed=8)
    record = replace(before.record, version=2, regenerated=asked)
    steps = step_file_of_patches(folder, record, "ab", before)
    monkeypatch.setattr(step_file, "SECONDS", -1.0)
    steps.keep(Step(1, torch.ones(1, 4, 8, 8), None))
    assert step_file_of_patches(folder, record, "ab", before).load(torch.device("cpu")) is not None
    if other == "weights":
        found = step_file_of_patches(folder, record, "cd", before)
    else:
        found = step_file_of_patches(folder, record, "ab", replace(before, latents=before.latents + 1))
    assert found.load(torch.device("cpu")) is None
    assert not kept_steps(source)


def test_a_full_disk_is_told_before_anything_is_drawn(
    source: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(source)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=phase_space(SIZE) - 1))
    events: list[Event] = []
    with pytest.raises(DiskFull, match="MB left"):
        regenerate(RegenerateRequest(source=source, captions={0: "a star"}, **STEPS), events.append, engine)
    assert events == []


def test_unknown_patches_and_phases(source: Path, engine: Engine) -> None:
    with pytest.raises(InvalidRequest, match="no patch 99"):
        regenerate(RegenerateRequest(source=source, captions={0: "", 99: ""}), engine=engine)
    with pytest.raises(InvalidRequest, match="no patches"):
        regenerate(RegenerateRequest(source=source, phase=1, captions={0: ""}), engine=engine)
    with pytest.raises(ResultCorrupt, match="phase 9"):
        regenerate(RegenerateRequest(source=source, phase=9, captions={0: ""}), engine=engine)
    with pytest.raises(ResultCorrupt, match="nothing"):
        regenerate(RegenerateRequest(source=source / "nowhere", captions={0: ""}), engine=engine)


@pytest.mark.parametrize(
    "values",
    [{"strength": 0.0}, {"strength": 1.01}, {"strength": True}, {"seed": -1}, {"num_inference_steps": 0}],
    ids=str,
)
def test_values_out_of_bounds(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=next(iter(values))):
        RegenerateRequest(source=Path("x"), captions={0: "a"}, **values)


@pytest.mark.parametrize("captions", [{}, {-1: "a"}, {0: "a\0"}, {0: 3}], ids=str)
def test_captions_that_are_none(captions: dict[int, Any]) -> None:
    with pytest.raises(InvalidRequest):
        RegenerateRequest(source=Path("x"), captions=captions)
