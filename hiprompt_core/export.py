"""Write a finished picture into a file for other programs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from hiprompt_core.encoders import Marks, Watched, encode
from hiprompt_core.errors import OutputError
from hiprompt_core.events import FileAdvanced, OnEvent, ignore_events
from hiprompt_core.export_request import ExportRequest, Metadata
from hiprompt_core.file_names import free_path, name_values
from hiprompt_core.formats import FORMATS, check_fits
from hiprompt_core.metadata import (
    PhaseRecord,
    atomic_write,
    parameters_text,
    read_png,
    read_record,
    record_text,
    source_type,
    write_error,
)
from hiprompt_core.open_raster import Layer, write_open_raster
from hiprompt_core.picture_files import PictureFile, picture_file, picture_files
from hiprompt_core.run_folder import RunFolder

READ_SHARE = 0.3
"""About this part of the time goes into reading the picture."""
SHARE_STEP = 0.01


def export(request: ExportRequest, on_event: OnEvent = ignore_events, now: datetime | None = None) -> Path:
    """Write the file and return its path; a file that exists is never replaced, nor a picture made smaller.

    Args:
        request: what to write where.
        on_event: hears ``FileAdvanced``; may raise ``Cancelled``, and then nothing is left.
        now: the time in the name; none: the present.

    Raises:
        InvalidRequest: the format cannot hold the picture, or the name has an unknown field.
        OutputError: the picture cannot be read or the file not written.
    """
    record = read_record(request.picture)
    kind = FORMATS[request.format]
    check_fits(kind, record.size)
    path = free_path(request.folder, request.name, name_values(record, now or datetime.now()), kind.suffix)
    try:
        request.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(request.folder, error) from error
    progress = _Progress(path, on_event)
    image, record = read_png(request.picture, progress.watching(request.picture.stat().st_size))
    marks = marks_of(record, request.metadata)

    def write(stream: BinaryIO) -> None:
        if request.format == "ora":
            below = [_layer(file) for file in files_below(request.picture, record)]
            write_open_raster(stream, image, _title(record), below, marks, progress.writing)
        else:
            encode(image, stream, request.format, request.quality, marks, progress.writing)
        progress.writing(1.0)

    try:
        atomic_write(path, write)
    except ValueError as error:  # Pillow's word for metadata beyond what a format takes
        raise OutputError(f"{kind.title} cannot hold this picture: {error}.", "Leave the metadata out.") from error
    return path


def marks_of(record: PhaseRecord, metadata: Metadata) -> Marks:
    """What to write beside the pixels."""
    if metadata == "none":
        return Marks()
    if metadata == "origin":
        return Marks(source_type=source_type(record))
    text = parameters_text(record).encode("utf-8", "replace").decode()
    return Marks(record=record_text(record), parameters=text, source_type=source_type(record))


def files_below(picture: Path, record: PhaseRecord) -> list[PictureFile]:
    """The other versions of the phase and all phases before it, newest first."""
    files = [file for file in picture_files(picture.parent) if file.path != picture and file.phase <= record.phase]
    return files[::-1]


def _layer(file: PictureFile) -> Layer:
    return Layer(name=_title(read_record(file.path)), open=lambda: read_png(file.path)[0])


def _title(record: PhaseRecord) -> str:
    version = f", version {record.version}" if record.version > 1 else ""
    return f"Phase {record.phase}{version} ({record.size})"


class _Progress:
    """Turns bytes and shares into events, one a percent."""

    def __init__(self, path: Path, on_event: OnEvent) -> None:
        self._path = path
        self._on_event = on_event
        self._told: float | None = -1.0

    def watching(self, size: int):  # type: ignore[no-untyped-def]
        """Reports the reading of a file of that size."""
        return lambda stream: cast(BinaryIO, Watched(stream, lambda count: self._tell(READ_SHARE * count / size)))

    def writing(self, share: float | None) -> None:
        self._tell(None if share is None else READ_SHARE + (1 - READ_SHARE) * share)

    def _tell(self, share: float | None) -> None:
        if share is not None and self._told is not None and share < min(1.0, self._told + SHARE_STEP):
            return
        self._told = share
        self._on_event(FileAdvanced(path=self._path, share=share))


def picture_of(result: Path, phase: int | None = None) -> Path:
    """The file that a user means by a run folder or a file in it: itself, or the chosen version of a phase.

    Raises:
        ResultCorrupt: there is no such picture.
    """
    if result.is_file() and picture_file(result) and phase is None:
        return result
    return RunFolder.open(result).current(phase).path
