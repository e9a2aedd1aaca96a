"""A window that is killed while it is worked in: everything that was kept is there."""

from __future__ import annotations

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


@pytest.mark.slow
def test_a_killed_window_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    chance = random.Random(11)
    for attempt in range(ROUNDS):
        places = Places.under(tmp_path / str(attempt))
        command = [sys.executable, "-m", "tests.desktop.editing_process", str(tmp_path / str(attempt))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            kept = 0
            for _ in range(chance.randint(1, 25)):
                kept = int(process.stdout.readline())
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            kept = max([kept, *map(int, process.stdout.read().split())])
        (path,) = places.projects.glob("*.hiprompt")
        assert holder(path) is Holder.DEAD
        assert Project.open(path).damaged() == []
        project_places = ProjectPlaces(places.projects)
        store = ProjectStore(project_places)
        abandoned = project_places.abandoned()
        assert abandoned is not None
        assert abandoned.thumbnail is not None
        opened = store.open(abandoned.path, places.pictures)
        assert isinstance(opened, OpenedProject)
        text = opened.picture.phases[3].caption(3)
        assert text is not None
        assert int(text.removeprefix("edit ")) >= kept
        titles = [step.title for step in opened.picture.steps]
        assert titles.count("Edit a caption") >= kept
        assert titles.count("Draw patches again") >= kept // 5
        store.close()
