"""A window that is killed while it is worked in: everything that was kept is there."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hiprompt_core.project import Project
from hiprompt_desktop.project_lock import Holder, holder
from hiprompt_desktop.project_places import ProjectPlaces
from hiprompt_desktop.project_store import OpenedProject, ProjectStore
from hiprompt_desktop.settings import Places

ROUNDS = 6


def saved_caption(path: Path, patch: int) -> str | None:
    project = Project.open(path)
    phase = json.loads(project.read(project.saved.state["phases"]["3"][0]))
    return str(phase["captions"][patch]["text"])


def number(caption: str | None) -> int:
    """Of the edit; 0: nobody edited it."""
    return int((caption or "").removeprefix("edit ")) if (caption or "").startswith("edit ") else 0


@pytest.mark.slow
def test_a_killed_window_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    chance = random.Random(11)
    for attempt in range(ROUNDS):
        places = Places.under(tmp_path / str(attempt))
        own = [tmp_path / f"{attempt}.hiprompt"] if attempt % 2 else []
        command = [sys.executable, "-m", "tests.desktop.editing_process", str(tmp_path / str(attempt)), *map(str, own)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            kept = 0
            for _ in range(chance.randint(1, 25)):
                kept = int(process.stdout.readline())
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            kept = max([kept, *map(int, process.stdout.read().split())])
        (path,) = own or places.projects.glob("*.hiprompt")
        assert holder(path) is Holder.DEAD
        assert Project.open(path).damaged() == []
        project_places = ProjectPlaces(places.projects)
        store = ProjectStore(project_places)
        abandoned = project_places.abandoned(*own)
        assert abandoned is not None
        assert abandoned.thumbnail is not None
        opened = store.open(abandoned.path, places.pictures)
        assert isinstance(opened, OpenedProject)
        newest, saved = number(opened.picture.phases[3].caption(3)), number(saved_caption(path, 3))
        assert newest >= kept
        assert (opened.unsaved is not None) == (saved != newest)
        # a window that was killed between two edits had perhaps not saved the former yet
        assert saved in {kept // 7 * 7, kept // 7 * 7 - 7} if own else saved == newest
        titles = [step.title for step in opened.picture.steps]
        assert titles.count("Edit a caption") >= kept
        assert titles.count("Draw patches again") >= kept // 5
        store.close()
