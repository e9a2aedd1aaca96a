"""What can be downloaded: a short list, or any repository by its name; told before, and only when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.dialogs.model_phrases import (
    download_text,
    files_text,
    licence_text,
    role_text,
    translated_purpose,
)
from hiprompt_desktop.downloads import Traffic
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.phrases import file_size_text

if TYPE_CHECKING:
    from hiprompt_core.library import Listing


class DownloadPage(QWidget):
    """Look up first, then download; cancel keeps what has arrived."""

    show_asked = Signal(object)
    """(Path) The user wants to see what was downloaded."""

    def __init__(self, library: ModelLibrary) -> None:
        super().__init__()
        self._downloads = library.downloads
        self._make_fields()
        self._lay_out()
        self.curated.itemSelectionChanged.connect(self._on_curated)
        self.curated.itemActivated.connect(self.ask)
        self.repository.textChanged.connect(self.refresh)
        self.repository.returnPressed.connect(self.ask)
        self.look_up.clicked.connect(self.ask)
        self.go.clicked.connect(self._on_go)
        self.stop.clicked.connect(self._downloads.cancel)
        self.show_it.clicked.connect(self._on_show)
        self._downloads.changed.connect(self.refresh)
        self.refresh()

    def _make_fields(self) -> None:
        from hiprompt_core.library import CURATED

        self.curated = QTreeWidget()
        self.curated.setAccessibleName(self.tr("Models to begin with"))
        self.curated.setHeaderLabels([self.tr("Models to begin with"), self.tr("Kind"), self.tr("Licence"), ""])
        self.curated.setRootIsDecorated(False)
        self.curated.setUniformRowHeights(True)
        self.curated.setAllColumnsShowFocus(True)
        for one in CURATED:
            texts = [one.repository, role_text(one.role), one.licence, translated_purpose(one.purpose)]
            self.curated.addTopLevelItem(QTreeWidgetItem(texts))
        for column in range(3):
            self.curated.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.repository = QLineEdit()
        self.repository.setPlaceholderText(self.tr("organisation/name, as in its address on the hub"))
        self.repository.setAccessibleName(self.tr("Repository"))
        self.repository.setClearButtonEnabled(True)
        self.half = QCheckBox(self.tr("half precision where there is one"))
        self.half.setToolTip(self.tr("Half the bytes, and as good on a graphics card"))
        self.half.setChecked(True)
        self.look_up = QPushButton(self.tr("Look up"))
        self.look_up.setToolTip(self.tr("Asks the hub for files, size and licence; nothing is downloaded yet"))
        self.facts = {name: QLabel() for name in ("repository", "files", "licence", "free", "gate")}
        self.facts["gate"].setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.progress = QLabel()
        self.progress.setObjectName("muted")
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.go = QPushButton(self.tr("Download"))
        self.go.setObjectName("primary")
        self.stop = QPushButton(self.tr("Cancel"))
        self.show_it = QPushButton(self.tr("Show it"))
        self.show_it.setObjectName("primary")
        for button in (self.look_up, self.go, self.stop, self.show_it):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        asked = QHBoxLayout()
        asked.setSpacing(8)
        asked.addWidget(self.repository, 1)
        asked.addWidget(self.half)
        asked.addWidget(self.look_up)
        form = QFormLayout()
        form.setContentsMargins(0, 8, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(6)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.told = QWidget()
        self.told.setLayout(form)
        for name, title in (
            ("repository", self.tr("Repository")),
            ("files", self.tr("Download")),
            ("licence", self.tr("Licence")),
            ("free", self.tr("Free on the disk")),
            ("gate", ""),
        ):
            label = QLabel(title)
            label.setObjectName("muted")
            form.addRow(label, self.facts[name])
        work = QHBoxLayout()
        work.setSpacing(12)
        work.addWidget(self.progress)
        work.addWidget(self.bar, 1)
        work.addStretch(0)
        for button in (self.stop, self.go, self.show_it):
            work.addWidget(button)
        note = QLabel(self.tr("Nothing is connected before you press Look up or Download."))
        note.setObjectName("muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.curated, 1)
        layout.addLayout(asked)
        layout.addWidget(note)
        layout.addWidget(self.told)
        layout.addWidget(self.problem)
        layout.addLayout(work)

    def ask(self) -> None:
        """Let the hub tell about the repository in the field."""
        if self.look_up.isEnabled():
            self._downloads.look_up(self._name(), fp16=self.half.isChecked())

    def refresh(self) -> None:
        downloads, listing = self._downloads, self._downloads.listing
        busy, loading = downloads.errand.busy, downloads.traffic is Traffic.DOWNLOADING
        for field in (self.curated, self.repository, self.half):
            field.setEnabled(not busy)
        self.look_up.setEnabled(not busy and bool(self._name()))
        self.told.setVisible(listing is not None)
        if listing is not None:
            self._tell(listing, downloads.free)
        failure = downloads.failure
        self.problem.setText(failure.words if failure else "")
        self.problem.setVisible(failure is not None)
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        self.stop.setEnabled(not downloads.errand.cancelling)
        self.go.setVisible(not busy and (listing is not None or failure is not None) and downloads.place is None)
        begun = downloads.advanced is not None
        self.go.setText(
            self.tr("Retry") if failure is not None else self.tr("Resume") if begun else self.tr("Download")
        )
        self.show_it.setVisible(downloads.place is not None)
        self.progress.setText(self._progress(loading))
        advanced = downloads.advanced
        if loading and advanced is not None and advanced.total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(1000 * advanced.done // advanced.total)
        else:
            self.bar.setRange(0, 0)

    def _progress(self, loading: bool) -> str:
        downloads = self._downloads
        if downloads.errand.cancelling:
            return self.tr("Stopping…")
        if loading:
            return download_text(downloads.advanced, downloads.seconds_left)
        if downloads.traffic is Traffic.ASKING:
            return self.tr("Asking the hub…")
        if downloads.place is not None:
            return self.tr("It is here, whole and compared with its hashes.")
        if downloads.advanced is not None and downloads.failure is None:
            return self.tr("Stopped; what has arrived is kept.")
        return ""

    def _tell(self, listing: Listing, free: int) -> None:
        self.facts["repository"].setText(listing.repository)
        self.facts["files"].setText(files_text(listing))
        self.facts["files"].setToolTip("\n".join(f"{one.path}  {file_size_text(one.size)}" for one in listing.files))
        self.facts["licence"].setText(licence_text(listing.licence))
        self.facts["free"].setText(file_size_text(free))
        self.facts["gate"].setText(
            self.tr("Its authors ask you to accept their terms on its page first.") if listing.gated else ""
        )
        self.facts["gate"].setVisible(listing.gated)

    def _name(self) -> str:
        return self.repository.text().strip().removeprefix("https://huggingface.co/").strip("/")

    def _on_curated(self) -> None:
        for item in self.curated.selectedItems():
            self.repository.setText(item.text(0))

    def _on_go(self) -> None:
        if self._downloads.listing is None:
            self.ask()
        else:
            self._downloads.start()

    def _on_show(self) -> None:
        self.show_asked.emit(self._downloads.place)
