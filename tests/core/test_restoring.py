"""One picture, anywhere, becomes a run folder again with all that it says about its patches."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.export import export
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.metadata import PhaseRecord, read_png, read_record, write_png
from hiprompt_core.request import RegenerateRequest
from hiprompt_core.restoring import in_run_folder, restore
from hiprompt_core.run_folder import RunFolder
from tests.run_folders import make_record, make_run, noise


def redrawn(folder: RunFolder, before: PhaseRecord, patch: int, seed: int) -> PhaseRecord:
    """What ``store`` writes when a patch of the newest version is drawn again."""
    version = folder.next_version(before.phase)
    captions = tuple(f"again {version}" if n == patch else text for n, text in enumerate(before.captions))
    how = RegenerateRequest(
        source=folder.path, phase=before.phase, version=before.version, captions={patch: captions[patch]}, seed=seed
    )
    record = folder.with_past(replace(before, captions=captions, version=version, regenerated=how))
    write_png(folder.path / f"phase-2-{record.size}-v{version}.png", noise(record.size, version), record)
    return record


def test_one_file_tells_the_past_of_every_patch(tmp_path: Path) -> None:
    make_run(tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    first = read_record(folder.current(2).path)
    second = redrawn(folder, first, patch=3, seed=7)
    third = redrawn(folder, second, patch=0, seed=8)
    fourth = redrawn(folder, third, patch=3, seed=9)
    alone = PhaseRecord.from_dict(fourth.to_dict())
    assert alone == fourth
    assert alone.first_captions == first.captions
    assert [alone.origin(patch) for patch in (0, 1, 3)] == [(3, 8), (1, first.request.seed), (4, 9)]
    assert first.origin(3) == (1, first.request.seed)


@pytest.mark.parametrize(("form", "quality"), [("png", 92), ("webp", 100), ("tiff", 92)])
def test_a_picture_from_elsewhere_is_a_run_folder_again(tmp_path: Path, form: str, quality: int) -> None:
    source = make_run(tmp_path / "run", versions=2)
    record = read_record(source)
    wanted = ExportRequest(picture=source, folder=tmp_path / "out", format=form, quality=quality)
    alone = export(wanted)
    assert in_run_folder(source)
    assert not in_run_folder(alone)
    file = restore(alone, lambda request: tmp_path / "pictures" / f"fox-{request.seed}")
    assert file == tmp_path / "pictures" / "fox-3407" / "phase-2-128x96-v2.png"
    image, again = read_png(file)
    assert again == record
    assert np.array_equal(np.asarray(image), np.asarray(read_png(source)[0]))
    folder = RunFolder.open(file)
    assert replace(folder.request(), output=record.request.output) == record.request
    assert folder.next_version(2) == 3
    assert restore(alone, lambda request: tmp_path / "pictures" / "fox-3407") == file  # it is there already
    other = restore(source.with_name("phase-2-128x96.png"), lambda request: tmp_path / "pictures" / "fox-3407")
    assert other.parent.name == "fox-3407-2"  # another version is no longer version 2's folder


def test_a_phase_that_was_copied_alone_is_not_in_a_run_folder(tmp_path: Path) -> None:
    source = make_run(tmp_path / "run")
    (tmp_path / "desk").mkdir()
    assert not in_run_folder(Path(shutil.copy(source, tmp_path / "desk")))


def test_what_says_nothing_of_itself_is_refused_in_words(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    with pytest.raises(ResultCorrupt, match=r"plain\.png does not say"):
        restore(tmp_path / "plain.png", lambda request: tmp_path / "fox")
    record = make_record(tmp_path, 2, 2)
    write_png(tmp_path / "cut.png", noise(record.size).crop((0, 0, 20, 20)), record)
    with pytest.raises(ResultCorrupt, match="as its record says"):
        restore(tmp_path / "cut.png", lambda request: tmp_path / "fox")
    assert not (tmp_path / "fox").exists()
