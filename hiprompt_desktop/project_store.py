"""The projects on disk behind the window's work; used in one thread at a time (no Qt)."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from hiprompt_core.errors import OutputError, ProjectCorrupt
from hiprompt_core.metadata import PART, write_error
from hiprompt_core.project import HEAD, Project, link_or_copy
from hiprompt_core.project_archive import export, unpack
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.document import Phase, Wish, picture_folder
from hiprompt_desktop.opened_picture import OpenedPicture, read_picture
from hiprompt_desktop.project_folder import FILE, choose_versions, restored_folder
from hiprompt_desktop.project_lock import LOCK, release, take
from hiprompt_desktop.project_places import ProjectPlaces
from hiprompt_desktop.project_state import (
    Work,
    patches_to_list,
    phase_from_dict,
    phase_to_dict,
    step_from_dict,
    step_to_dict,
    wish_from_dict,
    wish_to_dict,
)
from hiprompt_desktop.steps import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsaved:
    """When a process that ended without closing a project changed it last, and when the user had saved it."""

    changed: float
    """Seconds since 1970."""
    saved: float


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedProject:
    """What a project holds, ready to be shown."""

    path: Path
    picture: OpenedPicture
    wish: Wish
    unsaved: Unsaved | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectFacts:
    """What the window says about the open project."""

    path: Path
    titled: bool
    """Whether the user chose its place."""
    changed: bool
    """Whether the picture is another one than the user saved there."""
    snapshots: tuple[str, ...]


_PICTURE = ("request", "phases", "phase_count", "waiting")
"""What the picture is; the rest of a state is the wish for the next one, what is looked at, and drawings not chosen."""


class ProjectStore:
    """Writes work to the project of its picture, and brings it back.

    What is kept in a project at a place of the user's lies beside what the user saved there, until it is saved, too.
    """

    def __init__(self, places: ProjectPlaces) -> None:
        self._places = places
        self._project: Project | None = None
        self._folder: Path | None = None
        """Run folder of the open project's picture."""
        self._chain: list[tuple[Step, str]] = []
        """Steps with their objects' ids."""
        self._kept: dict[tuple[Path, int, int], str] = {}
        """Ids of files that were kept already, by path, time of change and size."""

    # Keeping

    def keep(self, work: Work) -> ProjectFacts:
        """Make the work a new version, unless it is the last one's.

        Raises:
            OutputError: it cannot be written.
            ProjectCorrupt: the project is damaged.
        """
        project = self._project if self._folder == work.folder else None
        if project is None:
            project = self._open_for(work.folder)
        state, uses, chain = self._state(project, work)
        if state != project.current.state:
            self._add(project, work.what, state, uses)
        self._chain = chain
        return self._facts(project)

    def _add(self, project: Project, what: str, state: dict[str, Any], uses: tuple[str, ...]) -> None:
        add = project.commit if self._places.is_untitled(project.path) else project.autosave
        add(what, state, uses)

    def _open_for(self, folder: Path) -> Project:
        self.close()
        path = self._places.path_for(folder)
        try:
            project = Project.open(path) if (path / HEAD).exists() else Project.create(path, {})
        except ProjectCorrupt:
            self._begin_anew(folder)
            path = self._places.slot(folder)
            project = Project.create(path, {})
        take(path)
        self._project, self._folder = project, folder
        self._chain = _read_chain(project, folder)
        return project

    def _state(self, project: Project, work: Work) -> tuple[dict[str, Any], tuple[str, ...], list[tuple[Step, str]]]:
        files = self._keep_files(project, work.folder)
        uses = list(files.values())
        phases = {}
        for number, phase in work.phases.items():
            ids = (_put(project, phase_to_dict(phase)), _put(project, patches_to_list(phase)))
            phases[str(number)] = list(ids)
            uses += ids
        chain = list(self._chain)
        same = 0
        while same < min(len(chain), len(work.steps)) and chain[same][0] == work.steps[same]:
            same += 1
        del chain[same:]
        for step in work.steps[same:]:
            before = chain[-1][1] if chain else None
            chain.append((step, _put(project, {"before": before, **step_to_dict(step)})))
            uses.append(chain[-1][1])
        if chain:
            uses.append(chain[-1][1])
        state = {
            "wish": wish_to_dict(work.wish),
            "folder": str(work.folder),
            "request": work.request.to_dict() if work.request is not None else None,
            "phases": phases,
            "phase_count": work.phase_count,
            "waiting": work.waiting,
            "shown": work.shown,
            "files": files,
            "last_step": chain[-1][1] if chain else None,
            "done": work.done,
        }
        return json.loads(json.dumps(state)), tuple(dict.fromkeys(uses)), chain

    def _keep_files(self, project: Project, folder: Path) -> dict[str, str]:
        """Ids of the run folder's files by their names."""
        files = {}
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if FILE.fullmatch(file.name):
                try:
                    files[file.name] = self._keep_file(project, file)
                except (OSError, OutputError):
                    if file.exists():
                        raise
                    # a drawing that nobody chose was removed meanwhile
        return files

    def _keep_file(self, project: Project, file: Path) -> str:
        facts = file.stat()
        key = (file, facts.st_mtime_ns, facts.st_size)
        if key not in self._kept or not project.object_file(self._kept[key]).exists():
            self._kept[key] = project.put_file(file)
        return self._kept[key]

    # Opening

    def open(self, path: Path, pictures: Path) -> OpenedProject:
        """Read a project; its run folder is made anew under ``pictures`` where it is missing.

        Raises:
            ProjectCorrupt: it is none, or damaged.
            OutputError: it is open elsewhere, or its files cannot be written.
        """
        same = self._project is not None and self._project.path == path
        project = self._project if same and self._project is not None else Project.open(path)
        opened = self._read(project, project.current.state, pictures)
        if not same:
            take(path)
            self.close()
            opened = replace(opened, unsaved=_unsaved(project))
        self._project, self._folder = project, opened.picture.request.output
        self._chain = _read_chain(project, self._folder)
        self._places.link(self._folder, path)
        return opened

    def open_picture(self, folder: Path, pictures: Path) -> OpenedProject | OpenedPicture:
        """A picture with everything that its project knows, or what its run folder holds, or else what it says itself.

        Raises:
            HiPromptError: it cannot be read.
        """
        if folder.is_file():
            # numpy comes with it, which the window need not wait for at its start
            from hiprompt_core.restoring import in_run_folder, restore

            folder = folder if in_run_folder(folder) else restore(folder, partial(picture_folder, pictures))
        folder = folder.parent if folder.is_file() else folder
        if (folder / HEAD).exists():
            return self.open(folder, pictures)
        path = self._places.path_for(folder)
        try:
            if (path / HEAD).exists() and Project.open(path).current.state:
                return self.open(path, pictures)
        except ProjectCorrupt as error:
            self._begin_anew(folder)
            return replace(read_picture(folder), warning=error.problem)
        return read_picture(folder)

    def _begin_anew(self, folder: Path) -> None:
        if self._folder == folder:
            self._project, self._folder, self._chain = None, None, []
        self._places.set_aside(folder)

    def _read(self, project: Project, state: dict[str, Any], pictures: Path) -> OpenedProject:
        try:
            folder = restored_folder(project, state, pictures)
            phases: dict[int, Phase] = {}
            for number, (values, patches) in state["phases"].items():
                phases[int(number)] = phase_from_dict(_get(project, values), _get(project, patches), folder)
            request = GenerationRequest.from_dict(state["request"]) if state["request"] else None
            steps = tuple(step for step, _ in _read_chain(project, folder))
            done, waiting, shown = state["done"], state["waiting"], state["shown"]
            wish, count = wish_from_dict(state["wish"]), state["phase_count"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            remedy = "Go back to a snapshot, or restore the project from a copy."
            raise ProjectCorrupt(f"{project.path} holds work that cannot be read.", remedy) from error
        choose_versions(folder, phases)
        found = read_picture(folder, phases)
        known = {n: phase for n, phase in phases.items() if n in found.phases or n == waiting}
        picture = replace(
            found,
            request=replace(request, output=folder) if request is not None else found.request,
            phases={**found.phases, **known},
            phase_count=max(found.phase_count, count),
            steps=steps,
            done=done,
            waiting=waiting,
            shown=shown,
            warning=project.trouble,
        )
        return OpenedProject(path=project.path, picture=picture, wish=wish)

    def close(self) -> None:
        """Let go of the open project; what is kept is saved."""
        project, self._project, self._folder, self._chain = self._project, None, None, []
        if project is not None:
            with suppress(OutputError):  # it stays beside, and the next opening tells of it
                project.save()
            release(project.path)

    def leave(self, folder: Path) -> None:
        """Let go of a picture's project, unless another one is open by now."""
        if self._folder == folder:
            self.close()

    # The user's own projects

    def save(self) -> ProjectFacts:
        """Make what is kept what the user saved.

        Raises:
            OutputError: it cannot be written; it stays kept.
        """
        project, _ = self._opened()
        project.save()
        return self._facts(project)

    def save_as(self, path: Path) -> ProjectFacts:
        """Move the open project, if it is untitled, or copy it; work goes on there.

        One of the user's is left as it was saved there; the copy knows what became of it.

        Raises:
            OutputError: something is there, or it cannot be written.
        """
        project, folder = self._opened()
        if path.exists():
            raise OutputError(f"{path} exists already.", "Choose another name.")
        source = project.path
        part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
        try:
            shutil.copytree(source, part, copy_function=link_or_copy, ignore=shutil.ignore_patterns(LOCK))
            Project.open(part).save()
            part.replace(path)
        except OSError as error:  # shutil.Error is one
            raise write_error(path, error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        take(path)
        release(source)
        self._project = Project.open(path)
        self._places.link(folder, path)
        if self._places.is_untitled(source):
            shutil.rmtree(source, ignore_errors=True)
        else:
            with suppress(OutputError):  # as above
                project.forget_autosave()
        return self._facts(self._project)

    def snapshot(self, name: str) -> ProjectFacts:
        """Give the present version a name."""
        project, _ = self._opened()
        project.snapshot(name)
        return self._facts(project)

    def go_back(self, name: str, pictures: Path) -> OpenedProject:
        """Make a snapshot's work the newest version; nothing in between is lost.

        Raises:
            ProjectCorrupt: there is no such snapshot, or it is damaged.
        """
        project, _ = self._opened()
        if name not in project.snapshots:
            raise ProjectCorrupt(f"{project.path} has no snapshot “{name}”.", "Choose another one.")
        entry = project.entry(project.snapshots[name])
        self._add(project, name, entry.state, entry.uses)
        return self.open(project.path, pictures)

    def revert(self, name: str, pictures: Path) -> OpenedProject:
        """Go back to what the user saved; the work of now becomes a snapshot.

        Raises:
            ProjectCorrupt: what was saved is damaged.
            OutputError: it cannot be written.
        """
        project, _ = self._opened()
        project.revert(name)
        return self.open(project.path, pictures)

    def export(self, archive: Path) -> None:
        """Write the open project as one zip file."""
        export(self._opened()[0], archive)

    def unpack(self, archive: Path, path: Path, pictures: Path) -> OpenedProject:
        """Make a project of a zip file, and open it."""
        unpack(archive, path)
        return self.open(path, pictures)

    def facts(self) -> ProjectFacts | None:
        return self._facts(self._project) if self._project is not None else None

    def _opened(self) -> tuple[Project, Path]:
        if self._project is None or self._folder is None:
            raise OutputError("There is no picture to save.", "Generate one first.")
        return self._project, self._folder

    def _facts(self, project: Project) -> ProjectFacts:
        return ProjectFacts(
            path=project.path,
            titled=not self._places.is_untitled(project.path),
            changed=_changed(project),
            snapshots=tuple(project.snapshots),
        )


def _changed(project: Project) -> bool:
    saved, current = project.saved.state, project.current.state
    return any(saved.get(name) != current.get(name) for name in _PICTURE)


def _unsaved(project: Project) -> Unsaved | None:
    saved, current = project.saved, project.current
    return Unsaved(changed=current.time, saved=saved.time) if _changed(project) else None


def _put(project: Project, values: object) -> str:
    return project.put(json.dumps(values).encode())


def _get(project: Project, name: str) -> Any:
    return json.loads(project.read(name))


def _read_chain(project: Project, folder: Path) -> list[tuple[Step, str]]:
    chain = []
    name = project.current.state.get("last_step")
    while name is not None:
        values = _get(project, name)
        chain.append((step_from_dict(values, folder), name))
        name = values["before"]
    return chain[::-1]
