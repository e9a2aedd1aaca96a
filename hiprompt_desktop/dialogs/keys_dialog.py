"""All keys, to look up and to change, and what the mouse does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.actions import TABLE, plain, translated
from hiprompt_desktop.key_bindings import KeyBindings, key_text
from hiprompt_desktop.menu_table import menu_paths
from hiprompt_desktop.mouse_table import MOUSE

_NAME = Qt.ItemDataRole.UserRole


class KeysDialog(QDialog):
    """One row for each action; the field below gives the chosen one another key."""

    def __init__(self, bindings: KeyBindings, parent: QWidget) -> None:
        super().__init__(parent)
        self._bindings = bindings
        self._entries = {entry.name: entry for entry in TABLE}
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard and mouse"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search actions and keys"))
        self.search.setAccessibleName(self.tr("Search actions and keys"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.list = QTreeWidget()
        self.list.setAccessibleName(self.tr("Actions and their keys"))
        self.list.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.list.setUniformRowHeights(True)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        self.list.currentItemChanged.connect(self._show_chosen)
        self.chosen = QLabel()
        self.field = QKeySequenceEdit()
        self.field.setMaximumSequenceLength(1)
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName(self.tr("New key"))
        self.field.setToolTip(self.tr("Click here, then press the key; without one the action has no key"))
        self.field.keySequenceChanged.connect(self._show_conflict)
        self.use = QPushButton(self.tr("Use this key"))
        self.use.clicked.connect(self._assign)
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setToolTip(self.tr("Back to the key that the action came with"))
        self.reset.clicked.connect(self._reset)
        self.reset_all = QPushButton(self.tr("Reset all"))
        self.reset_all.setToolTip(self.tr("Every action gets the keys that it came with"))
        self.reset_all.clicked.connect(bindings.reset_all)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setMinimumHeight(20)
        self._lay_out()
        self.list.ensurePolished()
        self._fill()
        bindings.changed.connect(self._refresh)
        self.list.setCurrentItem(self._rows()[0])
        self.resize(640, 640)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.chosen, 1)
        row.addWidget(self.field)
        row.addWidget(self.use)
        row.addWidget(self.reset)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        last = QHBoxLayout()
        last.addWidget(self.reset_all)
        last.addStretch(1)
        last.addWidget(close)
        for button in (self.use, self.reset, self.reset_all):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addLayout(last)

    def _fill(self) -> None:
        paths, groups = menu_paths(), dict[str, QTreeWidgetItem]()
        for entry in TABLE:
            path = paths.get(entry.name, self.tr("Elsewhere"))
            if path not in groups:
                groups[path] = self._group(path)
            item = QTreeWidgetItem([plain(entry.text), ""])
            item.setData(0, _NAME, entry.name)
            item.setToolTip(0, translated(entry.tip) if entry.tip else "")
            groups[path].addChild(item)
        mouse = self._group(self.tr("Mouse, and keys on the picture"))
        for keys, what in MOUSE:
            mouse.addChild(QTreeWidgetItem([translated(what), translated(keys)]))
        self.list.expandAll()
        self._refresh()

    def _group(self, title: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([title])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = self.font()
        font.setBold(True)
        item.setFont(0, font)
        self.list.addTopLevelItem(item)
        return item

    def _rows(self) -> list[QTreeWidgetItem]:
        groups = [self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount())]
        return [child for group in groups if group for i in range(group.childCount()) if (child := group.child(i))]

    def row(self, name: str) -> QTreeWidgetItem:
        """The row of an action."""
        return next(item for item in self._rows() if item.data(0, _NAME) == name)

    def _refresh(self) -> None:
        for item in self._rows():
            name = item.data(0, _NAME)
            if name is None:
                item.setForeground(0, self.palette().brush(QPalette.ColorRole.Text))
                continue
            item.setText(1, key_text(self._bindings.keys(name)))
            font = self.font()
            font.setBold(self._bindings.is_own(name))  # the user's own keys stand out
            item.setFont(1, font)
        self.reset_all.setEnabled(bool(self._bindings.overrides()))
        self._show_chosen()

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for item in self._rows():
            said = f"{item.text(0)} {item.toolTip(0)} {item.text(1)}".casefold()
            item.setHidden(not all(word in said for word in words))
        for row in range(self.list.topLevelItemCount()):
            group = self.list.topLevelItem(row)
            if group is not None:
                group.setHidden(all(group.child(i).isHidden() for i in range(group.childCount())))

    def _name(self) -> str | None:
        item = self.list.currentItem()
        return item.data(0, _NAME) if item is not None else None

    def _show_chosen(self) -> None:
        name = self._name()
        for widget in (self.field, self.use, self.reset):
            widget.setEnabled(name is not None)
        self.chosen.setText(plain(self._entries[name].text) if name else "")
        self.field.blockSignals(True)
        keys = self._bindings.keys(name) if name else []
        self.field.setKeySequence(keys[0] if keys else QKeySequence())
        self.field.blockSignals(False)
        self.reset.setEnabled(name is not None and self._bindings.is_own(name))
        self._show_conflict()

    def _show_conflict(self) -> None:
        name, key = self._name(), self.field.keySequence()
        keys = self._bindings.keys(name) if name else []
        self.use.setEnabled(name is not None and key != (keys[0] if keys else QKeySequence()))
        other = self._bindings.user(key, besides=name) if name and not key.isEmpty() and self.use.isEnabled() else None
        if other is None:
            self.note.setText(self._entries[name].tip and translated(self._entries[name].tip) if name else "")
        else:
            taken = self.tr("{0} belongs to “{1}”, which would lose it.")
            self.note.setText(taken.format(key_text([key]), plain(self._entries[other].text)))

    def _assign(self) -> None:
        name, key = self._name(), self.field.keySequence()
        if name is not None:
            self._bindings.assign(name, [] if key.isEmpty() else [key])

    def _reset(self) -> None:
        name = self._name()
        if name is not None:
            self._bindings.reset(name)
