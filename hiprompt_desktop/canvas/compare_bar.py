"""Over the canvas while two pictures are compared: which two, how, and the way back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from hiprompt_desktop.canvas.compare import GAINS, Compare, CompareMode
from hiprompt_desktop.comparison import Comparison, PictureRef, comparable
from hiprompt_desktop.document import Document
from hiprompt_desktop.icons import icon
from hiprompt_desktop.session import Session

_FILES = "PNG, JPEG, WebP, TIFF (*.png *.jpg *.jpeg *.webp *.tif *.tiff)"


def _translated(text: str) -> str:
    return QCoreApplication.translate("compare", text)


def picture_name(ref: PictureRef, document: Document | None = None) -> str:
    """What it is to its user; or phase, version and (with the document at hand) size; or the name of the file."""
    if ref.title:
        return ref.title
    if not ref.phase:
        return ref.path.name
    phase = document.phases.get(ref.phase) if document is not None else None
    name = _translated("Phase {0}").format(ref.phase)
    if phase is not None:
        name += f" · {phase.size.width} × {phase.size.height}"
    if ref.version > 1:
        name += " · " + _translated("version {0}").format(ref.version)
    return name


class CompareBar(QFrame):
    """Two menus of pictures, three ways to look, and how much a difference is amplified."""

    def __init__(self, session: Session, compare: Compare, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("floating")
        self._session = session
        self._compare = compare
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.a = self._menu_button(self.tr("Picture A"))
        self.b = self._menu_button(self.tr("Picture B"))
        self.swap = self._button("swap", self.tr("Swap A and B"))
        self.swap.clicked.connect(compare.swap)
        self.close_button = self._button("close", self.tr("Stop comparing"))
        self.close_button.clicked.connect(self._on_close)
        self.modes: dict[CompareMode, QToolButton] = {}
        for mode, file, text in (
            (CompareMode.SLIDER, "compare", self.tr("Slider")),
            (CompareMode.SIDE_BY_SIDE, "side-by-side", self.tr("Side by side")),
            (CompareMode.DIFFERENCE, "difference", self.tr("Difference")),
        ):
            button = self._button(file, text)
            button.setCheckable(True)
            button.clicked.connect(self._on_mode)
            self.modes[mode] = button
        self.gain = self._menu_button(self.tr("How much the difference is amplified"))
        for gain in GAINS:
            action = QAction(f"{gain} ×", self.gain)
            action.setData(gain)
            action.triggered.connect(self._on_gain)
            self.gain.menu().addAction(action)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(2)
        for widget in (self.a, self.swap, self.b):
            layout.addWidget(widget)
        layout.addSpacing(8)
        for widget in (*self.modes.values(), self.gain):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addWidget(self.close_button)
        for which, button in (("a", self.a), ("b", self.b)):
            button.setProperty("which", which)
            button.menu().aboutToShow.connect(self._fill_menu)
        compare.pictures_changed.connect(self.refresh)
        compare.look_changed.connect(self.refresh)
        self.refresh()

    def _button(self, file: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("file", file)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _menu_button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.setMenu(QMenu(button))
        return button

    def refresh(self) -> None:
        """Say what is compared; also after a change of theme."""
        pair = self._session.easel.comparison
        self.setVisible(pair is not None)
        for button in (self.swap, self.close_button, *self.modes.values()):
            button.setIcon(icon(button.property("file")))
        if pair is None:
            return
        for letter, button, ref, picture in zip(
            "AB", (self.a, self.b), (pair.a, pair.b), self._compare.pictures, strict=True
        ):
            button.setToolTip(f"{letter}: {picture_name(ref, self._session.document)}\n{ref.path}")
            name = button.fontMetrics().elidedText(picture_name(ref), Qt.TextElideMode.ElideMiddle, 180)
            button.setText(f"{letter}  {name}" if picture else self.tr("{0}  reading…").format(letter))
        for mode, button in self.modes.items():
            button.setChecked(mode is self._compare.mode)
        self.gain.setText(f"{self._compare.gain} ×")
        self.gain.setVisible(self._compare.mode is CompareMode.DIFFERENCE)
        self.place()

    def place(self) -> None:
        """In the middle of the upper edge."""
        parent = self.parentWidget()
        self.layout().activate()
        self.resize(self.sizeHint().boundedTo(parent.size()))
        self.move(max(0, (parent.width() - self.width()) // 2), 8)

    def _fill_menu(self) -> None:
        menu = self.sender()
        pair = self._session.easel.comparison
        if not isinstance(menu, QMenu) or pair is None:
            return
        which = menu.parent().property("which")
        menu.clear()
        group = QActionGroup(menu)
        for ref in self._choices(pair):
            action = menu.addAction(picture_name(ref, self._session.document))
            action.setCheckable(True)
            action.setChecked(ref == getattr(pair, which))
            action.setData((which, ref))
            action.triggered.connect(self._on_picture)
            group.addAction(action)
        menu.addSeparator()
        other = menu.addAction(self.tr("Another picture…"))
        other.setData((which, None))
        other.triggered.connect(self._on_picture)

    def _choices(self, pair: Comparison) -> list[PictureRef]:
        refs = comparable(self._session.document)
        return refs + [ref for ref in dict.fromkeys((pair.a, pair.b)) if ref not in refs]

    def _on_picture(self) -> None:
        which, ref = self.sender().data()  # type: ignore[attr-defined]
        if ref is not None:
            self.choose(which, ref)
            return
        dialog = QFileDialog(self.window(), self.tr("Picture to compare with"), "", _FILES)
        dialog.setObjectName(which)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    def _on_file(self, file: str) -> None:
        self.choose(self.sender().objectName(), PictureRef(path=Path(file)))

    def choose(self, which: str, ref: PictureRef) -> None:
        """Look at another picture as "a" or "b"."""
        pair = self._session.easel.comparison
        if pair is not None:
            a, b = (ref, pair.b) if which == "a" else (pair.a, ref)
            self._session.easel.compare(Comparison(a=a, b=b))

    def _on_mode(self) -> None:
        chosen = self.sender()
        self._compare.set_mode(next(mode for mode, button in self.modes.items() if button is chosen))

    def _on_gain(self) -> None:
        self._compare.set_gain(self.sender().data())  # type: ignore[attr-defined]

    def _on_close(self) -> None:
        self._session.easel.compare(None)
