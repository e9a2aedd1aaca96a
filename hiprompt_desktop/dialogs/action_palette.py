"""Every action in one list: type, choose, Return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPalette
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from hiprompt_desktop.actions import TABLE, plain, translated
from hiprompt_desktop.key_bindings import key_text
from hiprompt_desktop.menu_table import menu_paths

WIDTH, ROWS = 560, 12
_NAME = Qt.ItemDataRole.UserRole
_WORDS = Qt.ItemDataRole.UserRole + 1
_MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


class ActionPalette(QDialog):
    """Lists the actions; those that mean nothing now are grey and stay where they are."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._actions = actions
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Find an action"))
        self.search = QLineEdit()
        self.search.setAccessibleName(self.tr("Find an action"))
        self.search.setPlaceholderText(self.tr("What do you want to do?"))
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._run)
        self.list = QTreeWidget()
        self.list.setAccessibleName(self.tr("Actions"))
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemClicked.connect(self._run)
        self.list.ensurePolished()
        self._fill()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.list.setFixedHeight(ROWS * self.list.sizeHintForRow(0) + 12)
        self.setFixedWidth(WIDTH)
        self._filter("")

    def show_over(self, window: QWidget) -> None:
        """Open under the menu bar of a window, where eyes are after typing."""
        self.move(window.mapToGlobal(QPoint((window.width() - WIDTH) // 2, 64)))
        self.show()
        self.search.setFocus()

    def _fill(self) -> None:
        paths = menu_paths()
        for entry in TABLE:
            action = self._actions[entry.name]
            if entry.name not in paths or entry.name == "palette":
                continue
            title, tip = plain(entry.text), translated(entry.tip) if entry.tip else ""
            tick = "✓ " if action.isChecked() else ""
            item = QTreeWidgetItem([f"{tick}{paths[entry.name]} › {title}", key_text(action.shortcuts()[:1])])
            item.setData(0, _NAME, entry.name)
            item.setData(0, _WORDS, f"{title} {paths[entry.name]} {tip} {entry.text}".casefold())
            item.setToolTip(0, tip)
            item.setForeground(1, self.palette().brush(QPalette.ColorRole.PlaceholderText))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setDisabled(not action.isEnabled())
            self.list.addTopLevelItem(item)

    def shown(self) -> Sequence[str]:
        """Names of the actions that the words leave."""
        return [item.data(0, _NAME) for item in self._items() if not item.isHidden()]

    def _items(self) -> list[QTreeWidgetItem]:
        return [item for row in range(self.list.topLevelItemCount()) if (item := self.list.topLevelItem(row))]

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        first: QTreeWidgetItem | None = None
        for item in self._items():
            item.setHidden(not all(word in item.data(0, _WORDS) for word in words))
            if first is None and not item.isHidden() and not item.isDisabled():
                first = item
        self.list.setCurrentItem(first)
        if first is not None:
            self.list.scrollToItem(first)

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isHidden() or item.isDisabled():
            return
        action = self._actions[item.data(0, _NAME)]
        self.close()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
