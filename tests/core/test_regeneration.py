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

from hiprompt_core import Engine, GenerationRequest, RegenerateRequest, Size, generate, regenerate
from hiprompt_core.errors import DiskFull, InvalidRequest, ResultCorrupt
from hiprompt_core.events import Event, PhaseStarted, ViewBatchDone
from hiprompt_core.geometry import patch_grid
from hiprompt_core.regeneration import freedom_of
from hiprompt_core.run_folder import RunFolder, phase_space

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
