"""One line for each file among the add-ons."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from hiprompt_desktop.elided_label import ElidedLabel
from hiprompt_desktop.icons import icon
from hiprompt_desktop.number_fields import indent
from hiprompt_desktop.panels.addon_files import ask_file, ask_folder
from hiprompt_desktop.panels.wheel import scroll_past
from hiprompt_desktop.theme import tokens

STRONGEST = 2.0
_FILE, _FOLDER, _LIBRARY = "choose file", "choose folder", "library"


class _Row(QWidget):
    """A name, what belongs to it, and a button that takes it away."""

    removed = Signal()

    def __init__(self, path: Path, *fields: QWidget) -> None:
        super().__init__()
        self.path = path
        self.sign = QLabel()
        self.name = ElidedLabel()
        self.name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.remove = QToolButton()
        self.remove.clicked.connect(self.removed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.sign)
        layout.addWidget(self.name, 1)
        for field in fields:
            layout.addWidget(field)
        layout.addWidget(self.remove)
        scroll_past(self)
        self.tint()

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.remove.setIcon(icon("close"))
        self.sign.setPixmap(icon("warning", tokens().warning).pixmap(16, 16))

    def _show(self, name: str, misfit: str) -> None:
        self.name.setText(name)
        self.name.setToolTip("\n".join((misfit, str(self.path))).strip())
        self.sign.setVisible(bool(misfit))
        self.sign.setToolTip(misfit)
        self.remove.setToolTip(self.tr("Take {0} away").format(name))
        self.remove.setAccessibleName(self.remove.toolTip())


class LoraRow(_Row):
    """A LoRA and how strongly it counts."""

    weighed = Signal(float)
    said = Signal(str)
    """One of its trigger words, for the prompt."""

    def __init__(self, path: Path) -> None:
        self.words = QToolButton()
        self.words.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.words.setMenu(QMenu(self.words))
        self.words.hide()
        self._triggers: tuple[str, ...] = ()
        self.weight = QDoubleSpinBox()
        self.weight.setRange(-STRONGEST, STRONGEST)
        self.weight.setSingleStep(0.05)
        self.weight.setKeyboardTracking(False)
        self.weight.setFixedWidth(76)
        indent(self.weight)
        super().__init__(path, self.words, self.weight)
        self.weight.setToolTip(self.tr("Weight: 1 as its maker meant it, 0 nothing, less turns it around"))
        self.weight.valueChanged.connect(self.weighed)

    def tint(self) -> None:
        super().tint()
        self.words.setIcon(icon("captions"))

    def show_value(self, name: str, weight: float, misfit: str, triggers: tuple[str, ...]) -> None:
        self._show(name, misfit)
        self._offer(name, triggers)
        self.weight.setAccessibleName(self.tr("Weight of {0}").format(name))
        self.weight.blockSignals(True)
        self.weight.setRange(min(-STRONGEST, weight), max(STRONGEST, weight))  # requests may hold stronger ones
        self.weight.setValue(weight)
        self.weight.blockSignals(False)

    def _offer(self, name: str, triggers: tuple[str, ...]) -> None:
        if triggers != self._triggers:
            self._triggers = triggers
            menu = self.words.menu()
            menu.clear()
            for words in triggers:
                menu.addAction(words.replace("&", "&&")).triggered.connect(partial(self._say, words))
        self.words.setVisible(bool(triggers))
        self.words.setToolTip(self.tr("Put a trigger word into the prompt: {0}").format(", ".join(triggers)))
        self.words.setAccessibleName(self.tr("Trigger words of {0}").format(name))

    def _say(self, words: str) -> None:
        self.said.emit(words)


class EmbeddingRow(_Row):
    """An embedding and the word that stands for it in prompts."""

    renamed = Signal(str)

    def __init__(self, path: Path) -> None:
        self.word = QLineEdit()
        self.word.setFixedWidth(112)
        super().__init__(path, self.word)
        self.word.setToolTip(self.tr("Write this word in a prompt or a caption"))
        self.word.editingFinished.connect(self._on_edited)
        self._word = ""

    def show_value(self, name: str, word: str, misfit: str) -> None:
        self._show(name, misfit)
        self._word = word
        self.word.setAccessibleName(self.tr("Word for {0}").format(name))
        if self.word.text() != word:
            self.word.setText(word)

    def _on_edited(self) -> None:
        if self.word.text() != self._word:
            self.renamed.emit(self.word.text().strip())


class FileChoice(QWidget):
    """One file or folder of a kind, or none; a sign says what is wrong with it."""

    chosen = Signal(object)
    """A Path, or none."""
    library_asked = Signal()

    def __init__(self, title: str, none_text: str) -> None:
        super().__init__()
        self.title = title
        self._none_text = none_text
        self._tip = ""
        self.sign = QLabel()
        self.box = QComboBox()
        self.box.setAccessibleName(title)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        self.box.activated.connect(self._on_activated)
        self._value: Path | None = None
        self._names: dict[Path, str] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.sign)
        layout.addWidget(self.box, 1)
        self.tint()
        self._fill()

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.sign.setPixmap(icon("warning", tokens().warning).pixmap(16, 16))

    def teach(self, tip: str) -> None:
        """Say what it is good for."""
        self._tip = tip
        self._dress("")

    def show_value(self, value: Path | None, names: dict[Path, str], misfit: str) -> None:
        """List what can be chosen by its names, the value among them.

        Args:
            misfit: why the value cannot be used; empty: it can.
        """
        if (value, names) != (self._value, self._names):
            self._value, self._names = value, names
            self._fill()
        self._dress(misfit)

    def _dress(self, misfit: str) -> None:
        self.sign.setVisible(bool(misfit))
        self.sign.setToolTip(misfit)
        self.box.setToolTip("\n".join(filter(None, (misfit, self._tip, str(self._value or "")))))

    def _fill(self) -> None:
        self.box.clear()
        self.box.addItem(self._none_text, None)
        for path, name in self._names.items():
            self.box.addItem(name, path)
            self.box.setItemData(self.box.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)
        self.box.insertSeparator(self.box.count())
        self.box.addItem(self.tr("Choose a file…"), _FILE)
        self.box.addItem(self.tr("Choose a folder…"), _FOLDER)
        self.box.addItem(self.tr("Models…"), _LIBRARY)
        self.box.setCurrentIndex(1 + [*self._names].index(self._value) if self._value else 0)

    def _on_activated(self, index: int) -> None:
        data = self.box.itemData(index)
        if data not in (_FILE, _FOLDER, _LIBRARY):
            self.chosen.emit(data)
            return
        self._fill()
        if data == _FILE:
            ask_file(self, self.chosen.emit)
        elif data == _FOLDER:
            ask_folder(self, self.chosen.emit)
        else:
            self.library_asked.emit()
