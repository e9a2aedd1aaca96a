"""An earlier picture read back from its run folder, for the window."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from hiprompt_core.errors import OutputError, ResultCorrupt
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import AGAIN, PhaseRecord, read_record
from hiprompt_core.picture_files import PictureFile, picture_file
from hiprompt_core.request import GenerationRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.document import Caption, Phase
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.steps import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedPicture:
    """All finished phases in the versions that count."""

    request: GenerationRequest
    """Its ``output`` is the run folder."""
    phases: dict[int, Phase]
    pyramids: dict[int, Pyramid]
    phase_count: int
    steps: tuple[Step, ...] = ()
    """What can be undone and redone."""
    done: int = 0
    """How many of the steps are done."""
    waiting: int | None = None
    shown: int | None = None
    warning: str = ""
    """What could not be brought back."""


_NOTHING: Mapping[int, Phase] = {}


def read_picture(path: Path, known: Mapping[int, Phase] = _NOTHING) -> OpenedPicture:
    """Decode every phase of a run folder, named by itself or by a file in it; a damaged phase is left out.

    Args:
        known: phases of which only the pictures are to be read.

    Raises:
        ResultCorrupt: no phase can be read.
    """
    folder = RunFolder.open(path)
    files = {number: next(versions) for number, versions in groupby(folder.pictures(), key=lambda file: file.phase)}
    faults: list[ResultCorrupt] = []

    def read(number: int) -> _Read | None:
        try:
            return _read_phase(known.get(number), folder.current(number), files[number])
        except ResultCorrupt as error:
            faults.append(error)
            return None

    # The largest picture takes longest; the others are read beside it.
    with ThreadPoolExecutor(2) as threads:
        found = [one for one in threads.map(read, sorted(files, reverse=True)) if one is not None]
    if not found:
        raise next(iter(faults), ResultCorrupt(f"{folder.path} holds no finished picture yet.", "Generate it again."))
    request, newest = folder.request(), found[0]
    kept = request.trunk.phases if request.trunk is not None else 0
    return OpenedPicture(
        request=request,
        phases={one.phase.number: one.phase for one in reversed(found)},
        pyramids={one.phase.number: one.pyramid for one in reversed(found)},
        # A phase of the trunk knows how many phases its own picture has.
        phase_count=newest.phase_count if newest.phase.number > kept else kept + 1,
    )


def origin(path: Path, patch: int) -> tuple[int, int]:
    """The version in which a patch of a picture was drawn as it is now, and the seed; 1 and 0 where nobody knows."""
    file = picture_file(path)
    if file is None or file.version == 1:
        return 1, 0
    try:
        return _record(path, path.stat().st_mtime_ns).origin(patch)
    except (OSError, ResultCorrupt):
        return 1, 0


@lru_cache(maxsize=16)
def _record(path: Path, changed: int) -> PhaseRecord:  # noqa: ARG001
    return read_record(path)


class _Read(NamedTuple):
    phase: Phase
    pyramid: Pyramid
    phase_count: int


def _read_phase(known: Phase | None, file: PictureFile, oldest: PictureFile) -> _Read:
    """One version; what the captioner said is what the first one was drawn with."""
    path = known.path if known is not None and known.path is not None else file.path
    record = read_record(path)
    pyramid = _decoded(path, record.size)
    if known is not None and known.path is not None:
        return _Read(known, pyramid, record.phases)
    phase = Phase(
        number=record.phase,
        size=record.size,
        patches=record.patches,
        captions=_captions(record, oldest),
        path=path,
    )
    return _Read(phase, pyramid, record.phases)


def _decoded(path: Path, size: Size) -> Pyramid:
    try:
        pyramid = Pyramid.read(path)
    except OutputError as error:
        raise ResultCorrupt(error.problem, AGAIN) from error
    if pyramid.size != size:
        raise ResultCorrupt(f"{path} is not {size} as its record says.", AGAIN)
    return pyramid


def _captions(record: PhaseRecord, oldest: PictureFile) -> tuple[Caption, ...]:
    """One for each patch; where version 1 is gone, what it said is in the record, but not what the filter dropped."""
    if not record.captions:
        return (Caption(),) * len(record.patches)
    dropped: tuple[tuple[str, ...], ...] = ()
    said = record.first_captions or record.captions
    if record.version == 1 or oldest.version == 1:
        first = record if record.version == 1 else read_record(oldest.path)
        said, dropped = first.captions, first.dropped
    own = record.request.own_captions.get(record.phase, {})
    captions = []
    for index, text in enumerate(record.captions):
        caption = Caption.of_run(said[index], dropped[index] if dropped else (), index in own)
        captions.append(caption if text == caption.text else caption.said(text))
    return tuple(captions)
