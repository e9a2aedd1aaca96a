"""Every action in one list: type, choose, Return."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.actions import TABLE, plain, translated
from hiprompt_desktop.key_bindings import key_text
from hiprompt_desktop.menu_table import menu_paths

WIDTH, ROWS = 560, 12
_NAME = Qt.ItemDataRole.UserRole
_TITLES = Qt.ItemDataRole.UserRole + 1
_WORDS = Qt.ItemDataRole.UserRole + 2
_MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


def rank_of(asked: str, titles: Iterable[str], words: str) -> int | None:
    """How well an action answers, 0 best; none: not at all.

    Args:
        asked: what was typed, in small letters, as the others are.
        titles: what the action is called, in the user's language and in English.
        words: all that it can be found by.
    """
    typed = asked.split()
    if not all(word in words for word in typed):
        return None

    def begins(text: str) -> bool:
        found = re.findall(r"\w+", text)
        return all(any(one.startswith(word) for one in found) for word in typed)

    whole = " ".join(typed)
    if whole in titles:
        return 0
    if any(title.startswith(whole) for title in titles):
        return 1
    if any(begins(title) for title in titles):
        return 2
    return 3 if begins(words) else 4


class ActionPalette(QDialog):
    """Lists the actions, those first that are called as was typed; those that mean nothing now are grey."""

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
        self.nothing = QLabel(self.tr("Nothing is called that."))
        self.nothing.setObjectName("muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.answer = QStackedWidget()
        self.answer.addWidget(self.list)
        self.answer.addWidget(self.nothing)
        self._all = self._items_of(actions)
        self.list.addTopLevelItems(self._all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.answer)
        self.answer.setFixedHeight(ROWS * self.list.sizeHintForRow(0) + 12)
        self.setFixedWidth(WIDTH)
        self._filter("")

    def show_over(self, window: QWidget) -> None:
        """Open under the menu bar of a window, where eyes are after typing."""
        self.move(window.mapToGlobal(QPoint((window.width() - WIDTH) // 2, 64)))
        self.show()
        self.search.setFocus()

    def _items_of(self, actions: Mapping[str, QAction]) -> list[QTreeWidgetItem]:
        items, paths = [], menu_paths()
        for entry in TABLE:
            action = actions[entry.name]
            if entry.name not in paths or entry.name == "palette":
                continue
            title, tip = plain(entry.text), translated(entry.tip) if entry.tip else ""
            tick = "✓ " if action.isChecked() else ""
            item = QTreeWidgetItem([f"{tick}{paths[entry.name]} › {title}", key_text(action.shortcuts()[:1])])
            item.setData(0, _NAME, entry.name)
            english = entry.text.replace("&", "")
            item.setData(0, _TITLES, [name.casefold().removesuffix("…") for name in (title, english)])
            item.setData(0, _WORDS, f"{title} {paths[entry.name]} {tip} {english} {entry.tip}".casefold())
            item.setToolTip(0, tip)
            item.setForeground(1, self.palette().brush(QPalette.ColorRole.PlaceholderText))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setDisabled(not action.isEnabled())
            items.append(item)
        return items

    def shown(self) -> Sequence[str]:
        """Names of the actions that the words leave."""
        items = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        return [item.data(0, _NAME) for item in items]

    def _filter(self, text: str) -> None:
        asked = text.casefold()
        ranks = [rank_of(asked, item.data(0, _TITLES), item.data(0, _WORDS)) if asked else 0 for item in self._all]
        found = sorted(
            ((rank, item) for rank, item in zip(ranks, self._all, strict=True) if rank is not None),
            key=lambda one: one[0],
        )
        while self.list.topLevelItemCount():
            self.list.takeTopLevelItem(0)
        self.list.addTopLevelItems([item for _, item in found])
        self.answer.setCurrentWidget(self.list if found else self.nothing)
        # What is meant but means nothing now is not replaced by what is less well meant.
        first = next((item for rank, item in found if rank == found[0][0] and not item.isDisabled()), None)
        self.list.setCurrentItem(first)
        self.list.scrollToTop()
        if first is not None:
            self.list.scrollToItem(first)

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isDisabled():
            return
        action = self._actions[item.data(0, _NAME)]
        self.close()
        action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)
