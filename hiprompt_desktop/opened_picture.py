"""An earlier picture read back from its run folder, for the window."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.metadata import PhaseRecord, read_png, read_record
from hiprompt_core.picture_files import PictureFile
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.document import Caption, Phase
from hiprompt_desktop.pyramid import Pyramid


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedPicture:
    """All finished phases in the versions that count."""

    request: GenerationRequest
    """Its ``output`` is the run folder."""
    phases: dict[int, Phase]
    pyramids: dict[int, Pyramid]
    phase_count: int


def read_picture(path: Path) -> OpenedPicture:
    """Decode every phase of a run folder, named by itself or by a file in it; a damaged phase is left out.

    Raises:
        ResultCorrupt: no phase can be read.
    """
    from hiprompt_core.run_folder import RunFolder  # numpy comes with it, which the window need not wait for

    folder = RunFolder.open(path)
    phases: dict[int, Phase] = {}
    pyramids: dict[int, Pyramid] = {}
    count = 0
    fault: ResultCorrupt | None = None
    for number, files in groupby(folder.pictures(), key=lambda file: file.phase):
        try:
            phase, pyramids[number], phases_planned = _read_phase(folder.current(number), next(files))
        except ResultCorrupt as error:
            fault = error
            continue
        phases[number] = phase
        count = max(count, phases_planned)
    if not phases:
        raise fault or ResultCorrupt(f"{folder.path} holds no finished picture yet.", "Generate it again.")
    return OpenedPicture(request=folder.request(), phases=phases, pyramids=pyramids, phase_count=count)


def _read_phase(file: PictureFile, oldest: PictureFile) -> tuple[Phase, Pyramid, int]:
    """One version; what the captioner said is what the first one was drawn with."""
    image, record = read_png(file.path)
    first = record if file == oldest else read_record(oldest.path)
    phase = Phase(
        number=record.phase,
        size=record.size,
        patches=record.patches,
        captions=tuple(_caption(index, record, first) for index in range(len(record.patches))),
        path=file.path,
    )
    return phase, Pyramid.of(image), record.phases


def _caption(index: int, record: PhaseRecord, first: PhaseRecord) -> Caption:
    if not record.captions:
        return Caption()
    own = index in first.request.own_captions.get(first.phase, {})
    caption = Caption.of_run(first.captions[index], first.dropped[index] if first.dropped else (), own)
    return caption if record.captions[index] == caption.text else caption.said(record.captions[index])
