"""The choices of an export in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from hiprompt_core.export_request import Metadata
from hiprompt_core.formats import Format
from hiprompt_core.picture_files import PictureFile


def _tr(text: str) -> str:
    return QCoreApplication.translate("export", text)


def picture_name(file: PictureFile) -> str:
    """A phase or a version of it."""
    text = _tr("Phase {0} · {1}").format(file.phase, str(file.size).replace("x", " × "))
    return text if file.version == 1 else _tr("{0} · version {1}").format(text, file.version)


def format_note(kind: Format, big: bool) -> str:
    """What a format is good for and what it can hold; ``big``: this picture becomes a BigTIFF."""
    most = f"{kind.longest:,}".replace(",", "\u202f")
    return {
        "png": _tr("Keeps every pixel and opens everywhere."),
        "jpeg": _tr("Small files for sharing; up to {0} pixels a side.").format(most),
        "webp": _tr("Smaller than JPEG; 100 keeps every pixel; up to {0} pixels a side.").format(most),
        "avif": _tr("The smallest files, slow to write; up to {0} pixels a side.").format(most),
        "tiff": _tr("Keeps every pixel; beyond 4 GiB a BigTIFF, which some programs refuse.")
        if big
        else _tr("Keeps every pixel, for print and archives."),
        "ora": _tr("Phases and versions as layers of one size, for Krita and GIMP."),
    }[kind.name]


def metadata_name(metadata: Metadata) -> str:
    return {
        "all": _tr("Prompt, settings and AI mark"),
        "origin": _tr("AI mark only"),
        "none": _tr("Nothing"),
    }[metadata]


def metadata_note(metadata: Metadata) -> str:
    return {
        "all": _tr("With the prompt map; it names folders of this computer."),
        "origin": _tr("Says that a model made the picture, nothing else."),
        "none": _tr("Pixels and colour profile only."),
    }[metadata]
