"""Asks how to write a picture for other programs, says what comes out, and shows how far it is."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import get_args

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_core.errors import HiPromptError
from hiprompt_core.export_request import DEFAULT_QUALITY, ExportRequest, Metadata
from hiprompt_core.file_names import DEFAULT_NAME, FIELDS, free_path, name_values
from hiprompt_core.formats import FORMATS, check_fits, is_big_tiff
from hiprompt_core.metadata import PhaseRecord, read_record
from hiprompt_core.picture_files import PictureFile, picture_files
from hiprompt_desktop.dialogs.export_phrases import format_note, metadata_name, metadata_note, picture_name
from hiprompt_desktop.elided_label import ElidedLabel
from hiprompt_desktop.export_estimate import estimate
from hiprompt_desktop.job import Failure
from hiprompt_desktop.library import Library
from hiprompt_desktop.number_fields import indent
from hiprompt_desktop.phrases import file_size_text
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Settings

ESTIMATE_DELAY_MS = 200
WIDTH = 592
EXPORTS = "exports"
"""Folder beside the pictures that exports go to at first."""


class ExportDialog(QDialog):
    """Lives while it is open; not modal, so that work goes on beside a long export."""

    chosen = Signal(object)
    """(ExportRequest) that was started, to be remembered."""

    def __init__(self, session: Session, library: Library, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._library = library
        self._record: PhaseRecord | None = None
        self._fault = ""
        self._estimated: tuple[object, ...] = ()
        self.setWindowTitle(self.tr("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._make_fields(settings)
        self._lay_out()
        self._timer = QTimer(self, singleShot=True, interval=ESTIMATE_DELAY_MS)
        self._timer.timeout.connect(self._estimate)
        self._connect()
        self._fill_pictures()

    def _make_fields(self, settings: Settings) -> None:
        self.picture = QComboBox()
        self.format = QComboBox()
        for kind in FORMATS.values():
            self.format.addItem(kind.title, kind.name)
        self.format.setCurrentIndex(max(0, self.format.findData(settings.export_format)))
        self.format_note = _note()
        self.quality = QSlider(Qt.Orientation.Horizontal)
        self.quality_box = QSpinBox()
        for field in (self.quality, self.quality_box):
            field.setRange(1, 100)
            field.setValue(settings.export_quality or DEFAULT_QUALITY)
            field.setAccessibleName(self.tr("Quality"))
        self.quality_box.setFixedWidth(64)
        indent(self.quality_box)
        self.metadata = QComboBox()
        for value in get_args(Metadata):
            self.metadata.addItem(metadata_name(value), value)
        self.metadata.setCurrentIndex(max(0, self.metadata.findData(settings.export_metadata)))
        self.metadata_note = _note()
        self.name = QLineEdit(settings.export_name or DEFAULT_NAME)
        self.fields = QToolButton()
        self.fields.setText("{ }")
        self.fields.setToolTip(self.tr("Put a field into the name"))
        self.fields.setAccessibleName(self.fields.toolTip())
        self.fields.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.fields)
        for name in FIELDS:
            menu.addAction(f"{{{name}}}").triggered.connect(partial(self._insert, f"{{{name}}}"))
        self.fields.setMenu(menu)
        self.preview = _as_note(ElidedLabel(Qt.TextElideMode.ElideMiddle))  # seed, size and type are at its end
        self.folder = QLineEdit(settings.export_folder or str(self._session.next.folder / EXPORTS))
        self.choose = QPushButton(self.tr("Choose…"))
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setAlignment(Qt.AlignmentFlag.AlignBottom)
        self.problem.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self.estimate = QLabel()
        self.estimate.setObjectName("muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.close_button = QPushButton(self.tr("Close"))
        self.export_button = QPushButton(self.tr("Export"))
        self.export_button.setObjectName("primary")
        self.export_button.setDefault(True)
        self.close_button.setAutoDefault(False)
        self.choose.setAutoDefault(False)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        for text, parts, note in (
            (self.tr("&Picture"), (self.picture,), None),
            (self.tr("&Format"), (self.format,), self.format_note),
            (self.tr("&Quality"), (self.quality, self.quality_box), None),
            (self.tr("&Metadata"), (self.metadata,), self.metadata_note),
            (self.tr("&Name"), (self.name, self.fields), self.preview),
            (self.tr("F&older"), (self.folder, self.choose), None),
        ):
            label = QLabel(text)
            label.setBuddy(parts[0])
            parts[0].setAccessibleName(label.text().partition("(&")[0].replace("&", ""))
            form.addRow(label, _row(parts, note))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.estimate, 1)
        buttons.addWidget(self.bar, 1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.export_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setFixedWidth(WIDTH)
        self.setFixedHeight(self.sizeHint().height())  # whatever is said, nothing moves

    def _connect(self) -> None:
        exporter = self._library.exporter
        self.picture.currentIndexChanged.connect(self._on_picture)
        self.quality.valueChanged.connect(self.quality_box.setValue)
        self.quality_box.valueChanged.connect(self.quality.setValue)
        for signal in (
            self.format.currentIndexChanged,
            self.quality.valueChanged,
            self.metadata.currentIndexChanged,
            self.name.textChanged,
            self.folder.textChanged,
        ):
            signal.connect(self._on_change)
        self.choose.clicked.connect(self._on_choose)
        self.close_button.clicked.connect(self.reject)
        self.export_button.clicked.connect(self.start)
        exporter.changed.connect(self.refresh)
        exporter.advanced.connect(self._on_advanced)
        exporter.finished.connect(self.accept)
        exporter.failed.connect(self._on_failed)

    def _fill_pictures(self) -> None:
        """All versions of all phases, the shown one chosen."""
        folder = self._session.document.folder
        files = picture_files(folder)[::-1] if folder is not None else []
        self.picture.blockSignals(True)
        for file in files:
            self.picture.addItem(picture_name(file), file)
        shown = next((n for n, file in enumerate(files) if file.phase == self._session.easel.phase), 0)
        self.picture.setCurrentIndex(shown)
        self.picture.blockSignals(False)
        self._on_picture()

    # What is chosen

    def request(self) -> ExportRequest | None:
        """The choices; none while they are not valid."""
        file = self.picture.currentData()
        if not isinstance(file, PictureFile) or not self.folder.text().strip():
            return None
        return ExportRequest(
            picture=file.path,
            folder=Path(self.folder.text().strip()).expanduser(),
            format=self.format.currentData(),
            quality=self.quality.value(),
            metadata=self.metadata.currentData(),
            name=self.name.text().strip() or DEFAULT_NAME,
        )

    def start(self) -> None:
        """Export, or stop the export that runs."""
        exporter = self._library.exporter
        request = self.request()
        if exporter.busy:
            exporter.cancel()
        elif request is not None and self.export_button.isEnabled():
            self._fault = ""
            self.chosen.emit(request)
            exporter.start(request)

    def reject(self) -> None:
        """Escape stops an export first; only then it closes the dialog."""
        if self._library.exporter.busy:
            self._library.exporter.cancel()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Nobody is there any more for what is still being read and estimated."""
        for name in ("export record", "export estimate"):
            self._library.background.forget(name)
        super().done(result)

    def _insert(self, field: str) -> None:
        self.name.insert(field)
        self.name.setFocus()

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for exports"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _on_picture(self) -> None:
        file = self.picture.currentData()
        self._record = None
        if isinstance(file, PictureFile):
            answer = partial(self._on_record, file.path)
            self._library.background.run(lambda: read_record(file.path), answer, self._on_failed, name="export record")
        self._on_change()

    def _on_record(self, path: Path, record: PhaseRecord) -> None:
        file = self.picture.currentData()
        if isinstance(file, PictureFile) and file.path == path:
            self._record = record
            self._on_change()

    # What comes out

    def _on_change(self) -> None:
        self._fault = ""
        self._timer.start()
        self.refresh()

    def refresh(self) -> None:
        exporter, kind = self._library.exporter, FORMATS[self.format.currentData()]
        busy = exporter.busy
        for field in (self.picture, self.format, self.metadata, self.name, self.fields, self.folder, self.choose):
            field.setEnabled(not busy)
        self.quality.setEnabled(kind.lossy and not busy)
        self.quality_box.setEnabled(kind.lossy and not busy)
        self.format_note.setText(format_note(kind, big=self._record is not None and is_big_tiff(self._record.size)))
        self.metadata_note.setText(metadata_note(self.metadata.currentData()))
        name, problem = self._outcome()
        self.preview.setText(name)
        self.problem.setText(problem)
        self.export_button.setText(self.tr("Stop") if busy else self.tr("Export"))
        self.export_button.setEnabled(not exporter.cancelling if busy else bool(name) and not self._blocked)
        self.close_button.setVisible(not busy)
        self.bar.setVisible(busy)
        self.estimate.setVisible(not busy)
        if not busy:
            self.bar.setRange(0, 0)

    def _outcome(self) -> tuple[str, str]:
        """Name of the file, and what is wrong."""
        request, record = self.request(), self._record
        self._blocked = True
        if request is None or record is None:
            return "", self._fault
        try:
            kind = FORMATS[request.format]
            values = name_values(record, datetime.now())
            name = free_path(request.folder, request.name, values, kind.suffix).name
            check_fits(kind, record.size)
        except HiPromptError as error:
            return "", Failure.of(error).words
        self._blocked = False
        return name, self._fault

    def _estimate(self) -> None:
        """Judge the size by a sample, off the GUI thread."""
        file = self.picture.currentData()
        pyramid = self._session.easel.pyramid_of(file.phase) if isinstance(file, PictureFile) else None
        request, record = self.request(), self._record
        if pyramid is None or request is None or record is None:
            self.estimate.setText("")
            return
        wanted = (file, request.format, request.quality, request.metadata)
        if wanted == self._estimated:
            return
        self._estimated = wanted
        image = pyramid.levels[0]
        self._library.background.run(
            lambda: estimate(image, request, record),
            partial(self._on_estimate, wanted),
            lambda failure: self.estimate.setText(""),  # noqa: ARG005
            name="export estimate",
        )

    def _on_estimate(self, wanted: tuple[object, ...], size: int) -> None:
        if wanted == self._estimated:
            self.estimate.setText(self.tr("about {0}").format(file_size_text(size)))

    # How far it is

    def _on_advanced(self, share: float | None) -> None:
        self.bar.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self.bar.setValue(round(1000 * share))

    def _on_failed(self, failure: Failure) -> None:
        self._fault = failure.words
        self.refresh()


def _note() -> QLabel:
    return _as_note(QLabel())


def _as_note(label: QLabel) -> QLabel:
    label.setObjectName("muted")
    label.setMinimumHeight(label.fontMetrics().lineSpacing())
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return label


def _row(parts: tuple[QWidget, ...], note: QLabel | None) -> QWidget:
    """Fields side by side, the first one as wide as there is room, over their note."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for number, part in enumerate(parts):
        row.addWidget(part, 0 if number else 1)
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addLayout(row)
    if note is not None:
        column.addWidget(note)
    widget = QWidget()
    widget.setLayout(column)
    return widget
