"""A run folder made of one picture that says how it was made, wherever it comes from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.metadata import PhaseRecord, atomic_write, read_png, read_record, write_png
from hiprompt_core.own_picture import open_own_picture
from hiprompt_core.picture_files import picture_file, picture_name
from hiprompt_core.recall import OTHER, recall
from hiprompt_core.request import GenerationRequest
from hiprompt_core.run_folder import REQUEST, RunFolder


def in_run_folder(picture: Path) -> bool:
    """Whether a file is a phase beside what a run leaves with it."""
    folder = picture.parent
    run = (folder / REQUEST).is_file() or any(folder.glob("phase-*.safetensors"))
    return picture_file(picture) is not None and run


def restore(picture: Path, folder_for: Callable[[GenerationRequest], Path]) -> Path:
    """The picture in a run folder: with its patches and captions, but without latents and the phases before it.

    Args:
        folder_for: where it goes, unless another picture is there: then beside that, under the next free number.

    Raises:
        ResultCorrupt: it is damaged, or not one of ours.
        OutputError: the folder cannot be written.
    """
    record = recall(picture)
    if not isinstance(record, PhaseRecord):
        raise ResultCorrupt(f"{picture.name} was not made by HiPrompt.", OTHER)
    image = _other_image(picture, record)
    folder, number = folder_for(record.request), 1
    name = picture_name(record.phase, record.size, record.version)
    place = folder
    while place.exists():
        if _holds(place / name, record):
            return place / name
        number += 1
        place = folder.with_name(f"{folder.name}-{number}")
    RunFolder(place).prepare(replace(record.request, output=place))
    if image is None:
        with picture.open("rb") as source:
            atomic_write(place / name, lambda copy: shutil.copyfileobj(source, copy))
    else:
        write_png(place / name, image, record)
    return place / name


def _holds(file: Path, record: PhaseRecord) -> bool:
    try:
        return read_record(file) == record
    except ResultCorrupt:
        return False


def _other_image(picture: Path, record: PhaseRecord) -> Image.Image | None:
    """The pixels of another format; none of a PNG of ours, which can be taken as it is."""
    if picture.suffix.lower() == ".png":
        read_png(picture)
        return None
    image = open_own_picture(picture).image
    if (image.height, image.width) != record.size:
        raise ResultCorrupt(f"{picture} is not {record.size} as its record says.", "Upscale it instead.")
    return image
