"""Projects behind the window, without it: strange files, old ones, and work that goes through JSON unchanged."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hiprompt_core.errors import OutputError, ProjectCorrupt
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_model
from hiprompt_core.project import HEAD, Project
from hiprompt_core.request import Additions
from hiprompt_desktop.document import Wish
from hiprompt_desktop.opened_picture import read_picture
from hiprompt_desktop.project_places import FORGET_AFTER, ProjectPlaces
from hiprompt_desktop.project_state import Work, wish_from_dict, wish_to_dict
from hiprompt_desktop.project_store import OpenedProject, ProjectStore
from hiprompt_desktop.steps import Change, Step
from tests.run_folders import make_run

WISH = Wish(prompt="a fox, 狐", size=Size(96, 128), model=demo_model(), captioner=None)


@pytest.fixture
def store(tmp_path: Path) -> ProjectStore:
    return ProjectStore(ProjectPlaces(tmp_path / "untitled"))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """Two phases, the second in two versions, one edit done and one undone."""
    folder = tmp_path / "pictures" / "fox"
    make_run(folder, phases=2, versions=2)
    found = read_picture(folder)
    phase = found.phases[2]
    assert phase.path is not None
    old, new = phase.captions[1], replace(phase.captions[1].said("a kite"), locked=True, seen="a bird", dropped=("b",))
    pictures = {2: folder / "phase-2-128x96.png"}, {2: phase.path}
    edit = Step(title="Edit", before=Change(captions={2: {1: old}}), after=Change(captions={2: {1: new}}))
    draw = Step(title="Draw", before=Change(pictures=pictures[0]), after=Change(pictures=pictures[1]))
    return Work(
        wish=WISH, folder=folder, request=found.request, phases={**found.phases, 2: phase.with_captions({1: new})},
        phase_count=3, waiting=None, shown=1, steps=(edit, draw), done=1,
    )  # fmt: skip


def test_work_comes_back_as_it_was(store: ProjectStore, work: Work, tmp_path: Path) -> None:
    facts = store.keep(work)
    assert not facts.titled
    count = len(list(Project.open(facts.path).history()))
    assert store.keep(work) == facts
    assert len(list(Project.open(facts.path).history())) == count  # nothing changed
    opened = ProjectStore(ProjectPlaces(tmp_path / "untitled")).open_picture(work.folder, tmp_path / "pictures")
    assert isinstance(opened, OpenedProject)
    picture = opened.picture
    assert (opened.wish, picture.phases, picture.request) == (WISH, work.phases, work.request)
    assert (picture.steps, picture.done, picture.shown, picture.phase_count) == (work.steps, 1, 1, 3)


def test_loras_stand_as_they_were_chosen(store: ProjectStore, work: Work, tmp_path: Path) -> None:
    chosen = Additions(loras={tmp_path / "b": 1.0, tmp_path / "a": 0.5})
    path = store.keep(replace(work, wish=replace(WISH, additions=chosen))).path
    assert list(store.open(path, tmp_path).wish.additions.loras.items()) == list(chosen.loras.items())


def test_steps_that_were_cut_off_make_room_for_others(store: ProjectStore, work: Work, tmp_path: Path) -> None:
    path = store.keep(work).path
    other = Step(title="Other", before=Change(), after=Change())
    store.keep(replace(work, steps=(work.steps[0], other), done=2))
    opened = store.open(path, tmp_path)
    assert opened.picture.steps == (work.steps[0], other)
    assert Project.open(path).damaged() == []


def test_a_wish_of_a_newer_program_is_read_as_far_as_it_is_known() -> None:
    assert wish_from_dict({**wish_to_dict(WISH), "mood": "blue"}) == WISH
    described = replace(WISH, captioner=Path("/llava"))
    assert wish_from_dict(wish_to_dict(described)) == described
    own = replace(
        WISH,
        caption_source="attention",
        question="What is it?",
        style="gouache",
        wildcards=Path("/words"),
        base_image=Path("/photo.jpg"),
        base_size=Size(60, 80),
    )
    assert wish_from_dict(json.loads(json.dumps(wish_to_dict(own)))) == own
    early = {name: value for name, value in wish_to_dict(WISH).items() if name not in {"question", "base_image"}}
    assert wish_from_dict(early) == WISH


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"files": {"../x.png": "0" * 64}}, "which no picture has"),
        ({"phases": 3}, "cannot be read"),
        ({"wish": {}}, "cannot be read"),
        ({"folder": "/nowhere/fox", "files": {"phase-1-64x48.png": "0" * 64}}, "lacks a picture"),
    ],
)
def test_a_strange_project_is_refused(
    store: ProjectStore, work: Work, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    project = Project.open(store.keep(work).path)
    store.close()
    project.commit("", {**project.current.state, **changes}, ())
    with pytest.raises(ProjectCorrupt, match=told):
        store.open(project.path, tmp_path / "elsewhere")


def test_there_must_be_something_to_save(store: ProjectStore, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no picture to save"):
        store.save_as(tmp_path / "fox.hiprompt")


def test_only_old_projects_of_pictures_that_are_gone_are_forgotten(
    store: ProjectStore, work: Work, tmp_path: Path
) -> None:
    places = ProjectPlaces(tmp_path / "untitled")
    path = store.keep(work).path
    store.close()
    old = time.time() - FORGET_AFTER - 60
    os.utime(path / HEAD, (old, old))
    places.forget_old()
    assert path.exists()
    work.folder.rename(work.folder.with_name("gone"))
    os.utime(path / HEAD)
    places.forget_old()
    assert path.exists()
    os.utime(path / HEAD, (old, old))
    places.forget_old()
    assert not path.exists()


@pytest.mark.parametrize("where", ["stat", "put_file"])
def test_a_drawing_that_is_removed_while_it_is_kept_is_left_out(
    store: ProjectStore, work: Work, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    picture = next(work.folder.glob("phase-*.png"))
    rejected = picture.with_name(picture.stem + "-v9.png")
    rejected.write_bytes(picture.read_bytes())
    owner = Path if where == "stat" else Project
    usual = getattr(owner, where)

    def removed_before(*arguments: Any, **more: Any) -> Any:
        if rejected in arguments:
            rejected.unlink(missing_ok=True)
        return usual(*arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(owner, where, removed_before)
        facts = store.keep(work)
    assert rejected.name not in Project.open(facts.path).current.state["files"]
