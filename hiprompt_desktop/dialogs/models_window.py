"""The model library: what is on this computer, and what can be downloaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.dialogs.download_page import DownloadPage
from hiprompt_desktop.dialogs.model_details import ModelDetails
from hiprompt_desktop.dialogs.model_list import ModelList
from hiprompt_desktop.job import Failure
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.session import Session

SIZE = (1080, 640)


class ModelsWindow(QDialog):
    """Not modal: a picture is drawn beside it."""

    closing = Signal()

    def __init__(self, session: Session, library: ModelLibrary, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._fault = ""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Models"))
        self.list = ModelList()
        self.details = ModelDetails(session, library)
        self.downloads = DownloadPage(library)
        self._make_fields()
        self._lay_out()
        self.search.textChanged.connect(self.list.filter)
        self.list.chosen.connect(self.details.show_entry)
        self.add_folder.clicked.connect(self._ask_folder)
        self.again.clicked.connect(self._on_again)
        self.downloads.show_asked.connect(self.show_model)
        library.changed.connect(self._show)
        library.failed.connect(self._on_failed)
        library.errand.changed.connect(self._show_work)
        self.resize(*SIZE)
        self._show()
        self._show_work()
        self.search.setFocus()

    def _make_fields(self) -> None:
        self.here = self._page_button(self.tr("On this computer"))
        self.remote = self._page_button(self.tr("Download"))
        self.pages = QStackedWidget()
        group = QButtonGroup(self)
        for number, button in enumerate((self.here, self.remote)):
            group.addButton(button, number)
        group.idClicked.connect(self.pages.setCurrentIndex)
        self.remote.clicked.connect(lambda: self.downloads.repository.setFocus())
        self.here.setChecked(True)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search names, kinds and folders"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.add_folder = QPushButton(self.tr("Add a folder…"))
        self.add_folder.setToolTip(
            self.tr("Of models, or of A1111, Forge, ComfyUI or InvokeAI; they are used in place")
        )
        self.folders = QToolButton()
        self.folders.setText(self.tr("Folders"))
        self.folders.setToolTip(self.tr("The folders that you added"))
        self.folders.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.folders.setMenu(QMenu(self.folders))
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setMaximumWidth(120)
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a search widens no window
        self.bar.setAccessibleName(self.tr("Progress"))
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.again = QPushButton()
        for plain in (self.add_folder, self.again):
            plain.setAutoDefault(False)

    def _page_button(self, text: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        return button

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.here)
        top.addWidget(self.remote)
        top.addStretch(1)
        under = QHBoxLayout()
        under.setSpacing(8)
        for widget in (self.add_folder, self.folders):
            under.addWidget(widget)
        under.addWidget(self.note, 1)
        under.addWidget(self.bar, 1)
        under.addWidget(self.again)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        left.addLayout(under)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self.details)
        self.pages.addWidget(page)
        self.pages.addWidget(self.downloads)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(self.pages, 1)

    def show_model(self, path: Path) -> None:
        """Go to one model of the list."""
        self.here.setChecked(True)
        self.pages.setCurrentIndex(0)
        self.search.clear()
        self.list.select(path)
        self.list.setFocus()

    def _show(self) -> None:
        self.list.show_entries(self._library.entries)
        self.folders.setVisible(bool(self._library.folders))
        menu = self.folders.menu()
        menu.clear()
        for folder in self._library.folders:
            text = self.tr("Leave out {0}").format(folder).replace("&", "&&")
            menu.addAction(text).triggered.connect(partial(self._leave_out, folder))
        self._show_work()

    def _show_work(self) -> None:
        library = self._library
        searching = library.errand.busy and library.verifying is None
        self.bar.setVisible(searching)
        self.note.setVisible(not searching)
        self.again.setText(self.tr("Stop") if searching else self.tr("Search again"))
        self.again.setEnabled(not library.errand.cancelling if searching else not library.errand.busy)
        if searching:
            self._fault = ""
            return
        unusable = sum(not entry.usable for entry in library.entries)
        parts = [self.tr("{0} found").format(len(library.entries))]
        if unusable:
            parts.append(self.tr("{0} of them cannot be used").format(unusable))
        self.note.setText(self._fault or ", ".join(parts))

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of models"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take_folder)
        dialog.open()

    def take_folder(self, folder: str) -> None:
        """Search one more place of the user's."""
        self._library.set_folders((*self._library.folders, folder))

    def _leave_out(self, folder: str) -> None:
        self._library.set_folders(tuple(other for other in self._library.folders if other != folder))

    def _on_again(self) -> None:
        if self._library.errand.busy:
            self._library.errand.cancel()
        else:
            self._library.refresh()

    def _on_failed(self, failure: Failure) -> None:
        self._fault = failure.words
        self._show_work()

    def done(self, result: int) -> None:
        self.closing.emit()
        super().done(result)
