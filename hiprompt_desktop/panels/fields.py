"""Small fields of the request panel: size, seed, folders, and a fold; and how what is being written counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QT_TRANSLATE_NOOP, QObject, QRegularExpression, Qt, QTimer, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_core.geometry import Size, upscaled
from hiprompt_core.model_names import shown_name
from hiprompt_core.request import LARGEST_SEED
from hiprompt_desktop.icons import icon
from hiprompt_desktop.number_fields import indent

_SHAPES = (
    (QT_TRANSLATE_NOOP("SizeField", "Square"), 1, 1),
    (QT_TRANSLATE_NOOP("SizeField", "Landscape 4:3"), 4, 3),
    (QT_TRANSLATE_NOOP("SizeField", "Landscape 3:2"), 3, 2),
    (QT_TRANSLATE_NOOP("SizeField", "Wide 16:9"), 16, 9),
    (QT_TRANSLATE_NOOP("SizeField", "Portrait 3:4"), 3, 4),
    (QT_TRANSLATE_NOOP("SizeField", "Portrait 2:3"), 2, 3),
    (QT_TRANSLATE_NOOP("SizeField", "Tall 9:16"), 9, 16),
)
_SCALES = (1, 2, 4, 8)
_OWN_SCALES = (1, 2, 3, 4)


def preset_size(native: int, scale: int, across: int, down: int, step: int) -> Size:
    """A size of about (``scale`` x ``native``)² pixels in an aspect ratio."""
    side = native * scale
    width = side * (across / down) ** 0.5
    height = side * (down / across) ** 0.5
    return Size(max(step, round(height / step) * step), max(step, round(width / step) * step))


def take_writing() -> None:
    """Take what is being written in a field that tells of it when the focus leaves; a key leaves the focus there."""
    field = QApplication.focusWidget()
    if isinstance(field, QAbstractSpinBox):
        field.interpretText()
    elif isinstance(field, (QLineEdit, QComboBox)):
        field.clearFocus()
        field.setFocus()


class SizeField(QWidget):
    """Width and height, any or from a menu."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.width_box = self._box(self.tr("Width in pixels"))
        self.height_box = self._box(self.tr("Height in pixels"))
        self.menu_button = QToolButton()
        self.menu_button.setToolTip(self.tr("Usual sizes"))
        self.menu_button.setAccessibleName(self.tr("Usual sizes"))
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_button.setMenu(QMenu(self.menu_button))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.width_box, 1)
        layout.addWidget(QLabel("×"))
        layout.addWidget(self.height_box, 1)
        layout.addWidget(self.menu_button)
        self._offered: tuple[int, int, Size | None] | None = None
        self.tint()

    def tint(self) -> None:
        self.menu_button.setIcon(icon("sizes"))

    def _box(self, name: str) -> QSpinBox:
        box = QSpinBox()
        box.setRange(64, 32768)
        box.setSingleStep(64)
        box.setMinimumWidth(64)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setKeyboardTracking(False)
        indent(box)
        box.valueChanged.connect(self._on_value)
        return box

    def _on_value(self) -> None:
        self.changed.emit(self.size_value())

    def size_value(self) -> Size:
        return Size(self.height_box.value(), self.width_box.value())

    def set_size(self, size: Size) -> None:
        for box, value in ((self.width_box, size.width), (self.height_box, size.height)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def offer(self, native: int, step: int, own: Size | None = None) -> None:
        """Fill the menu with sizes that suit a model, and before them with those of a picture to start from."""
        if not native or self._offered == (native, step, own):
            return
        self._offered = (native, step, own)
        for box in (self.width_box, self.height_box):
            box.setSingleStep(max(step, native // 2))
        menu = self.menu_button.menu()
        menu.clear()
        if own is not None:
            menu.addSection(self.tr("Your picture"))
            for scale in _OWN_SCALES:
                size = upscaled(own, scale)
                self._add(menu, size, f"{size.width} × {size.height}    {self.tr('{0}× its sides').format(scale)}")
            menu.addSeparator()
        for title, across, down in _SHAPES:
            shape = menu.addMenu(self.tr(title))
            for scale in _SCALES:
                size = preset_size(native, scale, across, down, step)
                pixels = self.tr("{0} megapixels").format(f"{size.area / 1e6:.2g}")
                text = f"{size.width} × {size.height}    {pixels}"
                self._add(shape, size, f"{text}    {scale * scale}×" if scale > 1 else text)
        menu.addSeparator()
        menu.addAction(self.tr("Exchange width and height")).triggered.connect(self._on_exchange)

    def _on_exchange(self) -> None:
        size = Size(self.width_box.value(), self.height_box.value())
        self.set_size(size)
        self.changed.emit(size)

    def _add(self, menu: QMenu, size: Size, text: str) -> None:
        action = menu.addAction(text)
        action.setData(size)
        action.triggered.connect(self._on_preset)

    def _on_preset(self) -> None:
        size = Size(*self.sender().data())  # type: ignore[attr-defined]
        self.set_size(size)
        self.changed.emit(size)


class SeedField(QWidget):
    """A seed of up to 63 bits, with a dice and a lock."""

    changed = Signal(object)
    """An int, which Qt's own would cut to 32 bits."""
    rolled = Signal()
    lock_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(self.tr("Seed"))
        self.edit.setToolTip(self.tr("The same seed, settings and device give the same picture; empty: another seed"))
        self.edit.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]{0,19}"), self.edit))
        self.edit.setMinimumWidth(64)
        self.edit.editingFinished.connect(self._on_edited)
        self.dice = QToolButton()
        self.dice.setToolTip(self.tr("Another seed"))
        self.dice.setAccessibleName(self.tr("Another seed"))
        self.dice.clicked.connect(self.rolled)
        self.lock = QToolButton()
        self.lock.setCheckable(True)
        self.lock.setAccessibleName(self.tr("Keep this seed"))
        self.lock.toggled.connect(self._on_lock)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.dice)
        layout.addWidget(self.lock)
        self.tint()

    def tint(self) -> None:
        self.dice.setIcon(icon("dice"))
        self._show_lock(self.lock.isChecked())

    def set_seed(self, seed: int, locked: bool) -> None:
        if self.edit.text() != str(seed):
            self.edit.setText(str(seed))
        self.lock.blockSignals(True)
        self.lock.setChecked(locked)
        self.lock.blockSignals(False)
        self._show_lock(locked)

    def seed(self) -> int:
        """What is written, or the largest seed there is."""
        return min(int(self.edit.text() or 0), LARGEST_SEED)

    def _on_edited(self) -> None:
        if not self.edit.text():
            self.rolled.emit()
        elif self.edit.isModified():  # Qt says so whenever the focus leaves
            self.edit.setText(str(self.seed()))
            self.changed.emit(self.seed())

    def _on_lock(self, locked: bool) -> None:
        self._show_lock(locked)
        self.lock_changed.emit(locked)

    def _show_lock(self, locked: bool) -> None:
        self.lock.setIcon(icon("lock" if locked else "unlock"))
        self.lock.setToolTip(
            self.tr("The seed is kept for the next picture")
            if locked
            else self.tr("The next picture gets another seed")
        )


CHOOSE_FOLDER, CHOOSE_FILE, LIBRARY = "choose folder", "choose file", "library"


class ModelChooser(QComboBox):
    """A model: the one that comes along, recent ones, those of the library, or any folder, and where ``files`` is on
    any single file.

    ``others`` are the texts of what can be chosen in place of a model, by name.
    """

    chosen = Signal(object)
    """A Path, a name, or none."""
    library_asked = Signal()

    def __init__(
        self,
        demo: tuple[str, Path],
        dialog_title: str,
        none_text: str = "",
        files: bool = False,
        others: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self._demo = demo
        self._others = others
        self._files = files
        self._dialog_title = dialog_title
        self._none_text = none_text
        self._value: Path | str | None = demo[1]
        self._found: dict[Path, tuple[str, str]] = {}
        self._recent: tuple[str, ...] = ()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.activated.connect(self._on_activated)

    def offer(self, found: dict[Path, tuple[str, str]]) -> None:
        """List models of the library too, with their names and what they are."""
        if found != self._found:
            self._found = found
            self.show_value(self._value, self._recent)

    def show_value(self, value: Path | str | None, recent: tuple[str, ...]) -> None:
        """List what can be chosen and select the value."""
        self._value = value
        self._recent = recent
        self.clear()
        self.addItem(self._demo[0], self._demo[1])
        folders = [Path(text) for text in recent]
        if isinstance(value, Path) and value != self._demo[1] and value not in folders:
            folders.insert(0, value)
        for folder in dict.fromkeys([*folders, *self._found]):
            name, what = self._found.get(folder, (shown_name(folder) or str(folder), ""))
            self.addItem(name, folder)
            self.setItemData(self.count() - 1, "\n".join((what, str(folder))).strip(), Qt.ItemDataRole.ToolTipRole)
        if self._others:
            self.insertSeparator(self.count())
        for name, text in self._others.items():
            self.addItem(text, name)
        if self._none_text:
            self.addItem(self._none_text, None)
        self.insertSeparator(self.count())
        self.addItem(self.tr("Choose a folder…"), CHOOSE_FOLDER)
        if self._files:
            self.addItem(self.tr("Choose a file…"), CHOOSE_FILE)
        self.addItem(self.tr("Use your own model…"), LIBRARY)
        self.setCurrentIndex(next(i for i in range(self.count()) if self.itemData(i) == value))
        self.setToolTip(str(value) if isinstance(value, Path) else self.currentText())

    def _on_activated(self, index: int) -> None:
        data = self.itemData(index)
        if data not in {CHOOSE_FOLDER, CHOOSE_FILE, LIBRARY}:
            self.chosen.emit(data)
            return
        self.show_value(self._value, self._recent)
        if data == LIBRARY:
            self.library_asked.emit()
            return
        dialog = QFileDialog(self, self._dialog_title)
        if data == CHOOSE_FOLDER:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilter(self.tr("Checkpoints (*.safetensors)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.on_path)
        dialog.open()

    def on_path(self, path: str) -> None:
        self.chosen.emit(Path(path))


class Fold(QWidget):
    """A titled part that folds."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setObjectName("fold")
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.toggled.connect(self._on_toggled)
        self.button.clicked.connect(self._on_clicked)
        self._content = content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.button)
        layout.addWidget(content)
        self._on_toggled(False)

    def _on_toggled(self, open_: bool) -> None:
        self._content.setVisible(open_)
        self.button.setIcon(icon("chevron-down" if open_ else "chevron-right"))

    def _on_clicked(self, open_: bool) -> None:
        if open_:
            QTimer.singleShot(0, self, self._show_content)  # once it has its place

    def _show_content(self) -> None:
        """Scroll what was folded into view, its title above all."""
        column: QObject | None = self.parent()
        while column is not None and not isinstance(column, QScrollArea):
            column = column.parent()
        if column is not None:
            column.ensureWidgetVisible(self._content, 0, 0)
            column.ensureWidgetVisible(self.button, 0, 0)
