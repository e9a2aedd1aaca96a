"""What the menu File does with pictures: opened, started from, exported, found in their folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from hiprompt_core.export_request import ExportRequest
from hiprompt_core.picture_files import picture_file
from hiprompt_desktop.dialogs.export_dialog import ExportDialog
from hiprompt_desktop.drop_target import SUFFIXES
from hiprompt_desktop.library import Library
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Settings


class PictureActions(QObject):
    """Asks which picture or where, and calls the library."""

    chosen = Signal(str, object)
    """(Name, value) A setting that is kept for the next time."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        session: Session,
        library: Library,
        settings: Callable[[], Settings],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._session = session
        self._library = library
        self._settings = settings
        self._window = window
        self.export_dialog: ExportDialog | None = None
        """While it is open."""
        for name, slot in (
            ("open", self._ask_open),
            ("upscale", self._ask_upscale),
            ("export", self.show_export),
            ("show_folder", self.show_folder),
            ("choose_pictures", self._ask_folder),
        ):
            actions[name].triggered.connect(slot)
        session.phases_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        finished = self._session.document.last_finished() is not None
        self._actions["show_folder"].setEnabled(finished)
        self._actions["export"].setEnabled(finished)

    def _ask_open(self) -> None:
        self._ask_for_picture(self.tr("Open a picture")).fileSelected.connect(self.open_file)

    def _ask_upscale(self) -> None:
        self._ask_for_picture(self.tr("Upscale a picture")).fileSelected.connect(self.upscale_file)

    def _ask_for_picture(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, str(self._session.next.folder))
        endings = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
        dialog.setNameFilter(self.tr("Pictures ({0})").format(endings))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def open_file(self, path: str) -> None:
        """Open one of our pictures, or use what any picture says about itself."""
        file = Path(path)
        if picture_file(file):
            self._library.recaller.open(file)
        else:
            self._library.recaller.receive(file)

    def upscale_file(self, path: str) -> None:
        """Start from a picture, whatever it says about itself."""
        self._library.own_pictures.start_from(Path(path))

    def show_folder(self) -> None:
        """Let the system show where the picture at hand lies."""
        if self._session.document.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.document.folder)))

    def show_export(self) -> None:
        """Ask how to write the picture for other programs."""
        if self.export_dialog is None:
            self.export_dialog = ExportDialog(self._session, self._library, self._settings(), self._window)
            self.export_dialog.chosen.connect(self._on_export)
            self.export_dialog.finished.connect(self._on_export_closed)
        self.export_dialog.show()
        self.export_dialog.activateWindow()

    def _on_export(self, request: ExportRequest) -> None:
        for name, value in {
            "export_format": request.format,
            "export_quality": request.quality,
            "export_metadata": request.metadata,
            "export_name": request.name,
            "export_folder": str(request.folder),
        }.items():
            self.chosen.emit(name, value)

    def _on_export_closed(self) -> None:
        self.export_dialog = None

    def close(self) -> None:
        """Nothing is exported any more."""
        if self.export_dialog is not None:
            self._library.exporter.cancel()
            self.export_dialog.hide()

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self._window, self.tr("Folder for pictures"), str(self._session.next.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.set_folder)
        dialog.open()

    def set_folder(self, folder: str) -> None:
        """Where new pictures go from now on."""
        self._session.next.set_folder(Path(folder))
        self.chosen.emit("pictures", folder)
