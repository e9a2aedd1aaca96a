"""What is known of the files in the add-ons, and the dialogs that ask for others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.model_use import fits


def _tr(text: str) -> str:
    return QCoreApplication.translate("addons", text)


def name_of(path: Path, library: ModelLibrary) -> str:
    """As the library calls it, or the file's own name."""
    return next((entry.name for entry in library.entries if entry.path == path), path.stem)


def misfit_of(path: Path, library: ModelLibrary, model_family: str) -> str:
    """Why a file cannot be used with a model, as far as the library knows; empty: nothing is known against it.

    Args:
        model_family: as the model's layout names it; empty: any.
    """
    entry = next((entry for entry in library.entries if entry.path == path), None)
    if entry is None:
        return "" if path.exists() else _tr("{0} is gone").format(path)
    if not entry.usable:
        return entry.trouble or entry.unusable
    return "" if fits(entry.family, model_family) else _tr("made for {0}, not for this model").format(entry.family)


def ask_file(parent: QWidget, use: Callable[[Path], object]) -> None:
    """Let the user choose a file that the library does not know."""
    dialog = _dialog(parent, _tr("Choose a file"), use)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilter(_tr("Models ({0})").format("*.safetensors"))
    dialog.open()


def ask_folder(parent: QWidget, use: Callable[[Path], object]) -> None:
    """The same for a model that is a folder."""
    dialog = _dialog(parent, _tr("Choose a folder"), use)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
    dialog.open()


def _dialog(parent: QWidget, title: str, use: Callable[[Path], object]) -> QFileDialog:
    dialog = QFileDialog(parent, title)
    dialog.fileSelected.connect(lambda path: use(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    return dialog
