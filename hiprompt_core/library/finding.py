"""Finds models in folders, in place, by their headers; links that lead in circles are followed once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hiprompt_core.errors import ModelError
from hiprompt_core.library.describing import WEIGHTS, describe, folder_config, stamp_of, unreachable
from hiprompt_core.library.entry import HUGGING_FACE, Advanced, Entry, OnAdvance, ignore_advance
from hiprompt_core.library.known import Known
from hiprompt_core.library.places import Place
from hiprompt_core.model_names import CACHED, repository_name


def find_models(
    places: Iterable[Place], known: Known | None = None, on_advance: OnAdvance = ignore_advance
) -> list[Entry]:
    """Every model at the places, by name, with what is wrong with it; nothing is copied or changed.

    Folders that begin with a dot are passed over. What cannot be read is an entry with its trouble.

    Args:
        known: what earlier searches found; brought up to date and saved.
        on_advance: called for each folder and model; may raise ``Cancelled``.
    """
    search = _Search(known or Known(), on_advance)
    try:
        for place in places:
            search.visit(place)
    finally:
        search.known.save()
    return sorted(search.entries, key=lambda entry: (entry.name.lower(), str(entry.path)))


class _Search:
    def __init__(self, known: Known, on_advance: OnAdvance) -> None:
        self.known = known
        self.entries: list[Entry] = []
        self._on_advance = on_advance
        self._seen: set[tuple[int, int]] = set()
        """Device and number of each file and folder, which a link shares with what it leads to."""

    def visit(self, place: Place) -> None:
        pending = [place]
        while pending:
            here = pending.pop()
            self._on_advance(Advanced(path=here.path, done=len(self.entries), total=0))
            try:
                if here.trouble:
                    entry = Entry(path=here.path, name=here.path.name, owner=here.owner, trouble=here.trouble)
                    self.entries.append(entry)
                    continue
                facts = here.path.stat()
                if (facts.st_dev, facts.st_ino) in self._seen:
                    continue
                self._seen.add((facts.st_dev, facts.st_ino))
                pending += self._visit_one(here)
            except OSError as error:
                self.entries.append(unreachable(here, error))

    def _visit_one(self, place: Place) -> list[Place]:
        """Take a model in, or tell where to look on."""
        path = place.path
        if not path.is_dir() or _is_model(path):
            self._add(place)
            return []
        if path.name.startswith(CACHED):
            return _snapshots(place)
        with os.scandir(path) as found:
            children = sorted(found, key=lambda child: child.name)
        return [
            Place(path / child.name, place.owner, place.name)
            for child in children
            if not child.name.startswith(".") and (_is_folder(child) or child.name.lower().endswith(WEIGHTS))
        ]

    def _add(self, place: Place) -> None:
        stamp = stamp_of(place.path)
        entry = self.known.get(place.path, stamp)
        if entry is None:
            entry = describe(place)
            self.known.put(entry, stamp)
        name = place.name or entry.name
        if place.owner == HUGGING_FACE and place.name and place.path.is_file():
            name = f"{place.name}/{place.path.stem}"  # a repository may hold many
        self.entries.append(replace(entry, name=name, owner=place.owner))


def _is_folder(child: os.DirEntry[str]) -> bool:
    """Also says yes to a link in a circle, so that it is looked at and told."""
    try:
        return child.is_dir()
    except OSError:
        return True


def _is_model(path: Path) -> bool:
    """Whether a folder is one model, in the layout of diffusers or transformers."""
    if (path / "model_index.json").is_file():
        return True
    if not (path / "config.json").is_file() or not _has_weights(path):
        return False
    try:
        config = folder_config(path)
    except ModelError:
        return True
    return "model_type" in config or "_class_name" in config


def _has_weights(path: Path) -> bool:
    """Whether a folder has weights of any kind, or names those that it should have."""
    return any(file.suffix in {*WEIGHTS, ".bin"} or ".index." in file.name for file in path.iterdir())


def _snapshots(place: Place) -> list[Place]:
    """The revisions of one model in the Hugging Face cache, under the model's name."""
    name = repository_name(place.path)
    folders = sorted((place.path / "snapshots").glob("*/"))
    return [Place(folder, place.owner, name) for folder in folders]
