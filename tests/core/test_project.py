"""A project keeps every version, and survives being killed, cut, copied and moved."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hiprompt_core.errors import HiPromptError, OutputError, ProjectCorrupt
from hiprompt_core.metadata import BACKUP
from hiprompt_core.project import AUTOSAVE, HEAD, Project
from hiprompt_core.project_archive import export, unpack


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "fox.hiprompt", {"prompt": "a fox"})


def edit(project: Project, number: int, content: bytes = b"") -> str:
    uses = (project.put(content),) if content else ()
    return project.commit(f"edit {number}", {"prompt": f"fox {number}"}, uses)


def test_every_edit_is_there_when_the_project_is_opened_again(project: Project) -> None:
    edit(project, 1, b"picture")
    again = Project.open(project.path)
    assert again.current.state == {"prompt": "fox 1"}
    assert again.read(again.current.uses[0]) == b"picture"
    assert [entry.state["prompt"] for _, entry in again.history()] == ["fox 1", "a fox"]


def test_equal_content_is_kept_once_and_a_file_without_a_copy(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "phase.png"
    source.write_bytes(b"pixels")
    name = project.put_file(source)
    assert project.put(b"pixels") == name
    assert project.object_file(name).samefile(source)
    source.unlink()
    assert project.read(name) == b"pixels"


def test_a_snapshot_is_reached_from_later_versions(project: Project) -> None:
    first = edit(project, 1)
    project.snapshot("good")
    edit(project, 2)
    again = Project.open(project.path)
    assert again.snapshots == {"good": first}
    assert again.entry(first).state == {"prompt": "fox 1"}


def test_a_zip_holds_everything(project: Project, tmp_path: Path) -> None:
    edit(project, 1, b"picture")
    project.snapshot("good")
    edit(project, 2)
    export(project, tmp_path / "fox.zip")
    copy = unpack(tmp_path / "fox.zip", tmp_path / "copy.hiprompt")
    assert copy.current == project.current
    assert copy.snapshots == project.snapshots
    assert copy.read(copy.entry(copy.snapshots["good"]).uses[0]) == b"picture"
    with pytest.raises(OutputError, match="exists already"):
        unpack(tmp_path / "fox.zip", tmp_path / "copy.hiprompt")


def test_a_head_that_is_cut_is_the_one_before(project: Project) -> None:
    edit(project, 1)
    edit(project, 2)
    cut_head(project)
    again = Project.open(project.path)
    assert again.current.state == {"prompt": "fox 1"}
    edit(again, 3)
    assert Project.open(project.path).current.state == {"prompt": "fox 3"}


def autosave(project: Project, number: int) -> str:
    return project.autosave(f"edit {number}", {"prompt": f"fox {number}"}, ())


def prompts(project: Project) -> tuple[str, str]:
    """What is current and what is saved, as another process reads them."""
    again = Project.open(project.path)
    return again.current.state["prompt"], again.saved.state["prompt"]


def test_an_autosave_lies_beside_what_was_saved_until_it_is_saved(project: Project) -> None:
    edit(project, 1)
    head = (project.path / HEAD).read_bytes()
    for number in (2, 3):
        autosave(project, number)
    assert (project.path / HEAD).read_bytes() == head
    assert prompts(project) == ("fox 3", "fox 1")
    project.save()
    assert prompts(project) == ("fox 3", "fox 3")
    assert [entry.what for _, entry in Project.open(project.path).history()] == ["edit 3", "edit 2", "edit 1", ""]
    edit(project, 4)
    assert prompts(project) == ("fox 4", "fox 4")


def test_reverting_keeps_what_was_current_as_a_snapshot(project: Project, tmp_path: Path) -> None:
    edit(project, 1)
    newest = autosave(project, 2)
    project.revert("before")
    project.revert("before")  # pressed twice
    assert prompts(project) == ("fox 1", "fox 1")
    assert project.snapshots == {"before": newest}
    autosave(project, 3)
    assert prompts(project) == ("fox 3", "fox 1")
    assert project.entry(project.newest).parent == project.entry(newest).parent
    assert newest in project.reachable()
    export(project, tmp_path / "fox.zip")
    copy = unpack(tmp_path / "fox.zip", tmp_path / "copy.hiprompt")
    assert prompts(copy) == ("fox 3", "fox 3")
    assert copy.entry(copy.snapshots["before"]).state == {"prompt": "fox 2"}


def test_a_damaged_head_loses_no_autosave_and_a_damaged_autosave_nothing_saved(project: Project) -> None:
    edit(project, 1)
    for number in (2, 3):
        autosave(project, number)
        project.save()
    cut_head(project)
    assert prompts(project) == ("fox 3", "fox 2")
    (project.path / AUTOSAVE).write_text("{")
    assert prompts(project) == ("fox 2", "fox 2")  # the autosave before, which was saved then
    assert Project.open(project.path).trouble == ""
    for name in (AUTOSAVE, AUTOSAVE + BACKUP):
        (project.path / name).write_text(json.dumps({"head": "0" * 64}))
    again = Project.open(project.path)
    assert again.current.state == {"prompt": "fox 2"}
    assert "autosave" in again.trouble
    autosave(again, 4)
    assert again.trouble == ""
    assert prompts(again) == ("fox 4", "fox 2")


def cut_head(project: Project) -> None:
    (project.path / HEAD).write_bytes((project.path / HEAD).read_bytes()[:20])


def newer_format(project: Project) -> None:
    head = json.loads((project.path / HEAD).read_text())
    (project.path / HEAD).write_text(json.dumps({**head, "format": 99}))


def no_head(project: Project) -> None:
    (project.path / HEAD).unlink()


def changed_version(project: Project) -> None:
    head = json.loads((project.path / HEAD).read_text())
    project.object_file(head["head"]).write_bytes(b"{}")


def lost_version(project: Project) -> None:
    head = json.loads((project.path / HEAD).read_text())
    project.object_file(head["head"]).unlink()


def head_of_a_list(project: Project) -> None:
    (project.path / HEAD).write_text("[]")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_head, "damaged"),
        (newer_format, "unknown format 99"),
        (no_head, "is no project"),
        (changed_version, "damaged"),
        (lost_version, "lacks the object"),
        (head_of_a_list, "damaged"),
    ],
)
def test_damage_is_told_in_words(project: Project, damage: Callable[[Project], None], said: str) -> None:
    edit(project, 1)
    (project.path / f"{HEAD}{BACKUP}").unlink()
    damage(project)
    with pytest.raises(ProjectCorrupt, match=said) as caught:
        Project.open(project.path)
    assert caught.value.remedy


def test_a_damaged_object_is_found(project: Project) -> None:
    edit(project, 1, b"picture")
    (name,) = project.current.uses
    project.object_file(name).write_bytes(b"other")
    assert project.damaged() == [name]
    with pytest.raises(ProjectCorrupt, match="damaged"):
        project.read(name)


@pytest.mark.parametrize("name", ["../evil", "objects/aa/../../evil", "/etc/evil", "objects/zz/short", "readme.txt"])
def test_an_archive_cannot_write_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as file:
        file.writestr(name, "x")
    with pytest.raises(ProjectCorrupt, match="no project has"):
        unpack(tmp_path / "evil.zip", tmp_path / "in" / "p.hiprompt")
    assert not list(tmp_path.rglob("evil"))


def test_a_cut_archive_leaves_nothing(project: Project, tmp_path: Path) -> None:
    edit(project, 1, b"picture" * 1000)
    export(project, tmp_path / "fox.zip")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "fox.zip").read_bytes()[:-300])
    with pytest.raises(ProjectCorrupt):
        unpack(tmp_path / "cut.zip", tmp_path / "copy.hiprompt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.zip", "fox.hiprompt", "fox.zip"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        Project.create(tmp_path, {})
    with pytest.raises(OutputError, match="exists already"):
        Project.create(tmp_path / "notes.txt", {})


WRITER = """
import sys
from pathlib import Path
from hiprompt_core.project import Project
project = Project.open(Path(sys.argv[1]))
number = project.current.state["number"]
print("ready", flush=True)
while True:
    number += 1
    project.autosave(f"edit {number}", {"number": number}, (project.put(str(number).encode() * 5000),))
    print(number, flush=True)
    if number % 3 == 0:
        project.save()
    if number % 7 == 0:
        project.revert(f"before {number}")
        print(project.current.state["number"], flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_writer_killed_at_any_moment_loses_at_most_the_edit_in_work(tmp_path: Path) -> None:
    path = tmp_path / "p.hiprompt"
    Project.create(path, {"number": 0})
    moment = random.Random(7)
    for _ in range(30):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(moment.uniform(0.0, 0.05))
            writer.send_signal(signal.SIGKILL)
            said = [int(line) for line in writer.stdout.read().splitlines()]
        project = Project.open(path)
        number = project.current.state["number"]
        if said:
            reverted = {project.saved.state["number"]} if said[-1] % 7 == 0 else set()
            assert number in {said[-1], max(said) + 1} | reverted
        assert project.damaged() == []
    assert project.current.state["number"] > 0


def test_errors_are_of_the_one_tree() -> None:
    assert issubclass(ProjectCorrupt, HiPromptError)
