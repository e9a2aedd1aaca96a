"""Chosen patches drawn again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hiprompt_core import Engine, GenerationRequest, RegenerateRequest, Size, generate, regenerate
from hiprompt_core.errors import DiskFull, InvalidRequest, ResultCorrupt
from hiprompt_core.events import Event, PhaseStarted, ViewBatchDone
from hiprompt_core.geometry import Box
from hiprompt_core.run_folder import RunFolder, phase_space

STEPS = {"strength": 0.5, "num_inference_steps": 4}
SIZE = Size(64, 256)
HALO = 64
"""One native window."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "picture"


@pytest.fixture
def source(make_request: Callable[..., GenerationRequest], kept: Path, engine: Engine, tmp_path: Path) -> Path:
    """A finished picture of one row of patches, without captions and with windows that stand still."""
    if not kept.exists():
        generate(make_request(size=SIZE, output=kept, captions=False, jitter=False), engine=engine)
    return Path(shutil.copytree(kept, tmp_path / "copy"))


def grown(box: Box, margin: int) -> Box:
    """Every edge moved outwards, but not beyond the picture."""
    top, left = max(box.top - margin, 0), max(box.left - margin, 0)
    return Box(top, left, min(box.bottom + margin, SIZE.height), min(box.right + margin, SIZE.width))


def test_only_the_chosen_patch_and_its_halo_change(source: Path, engine: Engine) -> None:
    before = RunFolder(source).latest()
    result = regenerate(RegenerateRequest(source=source, captions={0: "a yellow star"}, **STEPS), engine=engine)
    after = RunFolder(source).latest()
    cell = before.record.patches[0].cell
    reach = grown(cell, HALO)
    old, new = np.asarray(before.image), np.asarray(result.image)
    outside = np.ones(SIZE, bool)
    outside[reach.slices] = False
    assert outside.any()
    assert np.array_equal(old[outside], new[outside])
    assert (old[cell.slices] != new[cell.slices]).mean() > 0.2
    cells = reach.over(8)
    changed = before.latents != after.latents
    assert changed[..., *cell.over(8).slices].all()
    changed[..., *cells.slices] = False
    assert not changed.any()


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
    """Windows that meet the chosen cell and its soft edge of two latent cells, two predictions each."""
    patches = RunFolder(source).latest().record.patches
    for chosen in ([0], [2], [0, 3], list(range(len(patches)))):
        events: list[Event] = []
        captions = dict.fromkeys(chosen, "a yellow star")
        result = regenerate(RegenerateRequest(source=source, captions=captions, **STEPS), events.append, engine)
        edges: list[Box] = [grown(patches[index].cell, 16) for index in chosen]
        touched = sum(any(patch.window.meets(edge) for edge in edges) for patch in patches)
        counted = sum(event.evaluations for event in events if isinstance(event, ViewBatchDone))
        assert counted == result.evaluations == touched * 2 * 2
        assert [event.evaluations for event in events if isinstance(event, PhaseStarted)] == [counted]


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
