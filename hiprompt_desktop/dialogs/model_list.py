"""The models of the library in groups, found by words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from hiprompt_desktop.dialogs.model_phrases import GROUPS, group_title, owner_text, role_text, size_text
from hiprompt_desktop.icons import icon
from hiprompt_desktop.theme import tokens

if TYPE_CHECKING:
    from hiprompt_core.library import Entry

_ENTRY = Qt.ItemDataRole.UserRole
NARROW = 560
"""Pixels; a list that has less leaves columns out, so that names can be read."""


class ModelList(QTreeWidget):
    """One row for each entry; what cannot be used is grey under a sign, its reason in the tooltip."""

    chosen = Signal(object)
    """(Entry or none)"""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self.setAccessibleName(self.tr("Models on this computer"))
        headers = (self.tr("Name"), self.tr("Family"), self.tr("Size"), self.tr("Precision"), self.tr("Belongs to"),
                   self.tr("Licence"))  # fmt: skip
        self.setHeaderLabels(headers)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setRootIsDecorated(False)
        self.setIndentation(8)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(5, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(5, 96)
        self.itemSelectionChanged.connect(self._on_selection)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column in (3, 5):  # which the details tell too
            self.setColumnHidden(column, self.viewport().width() < NARROW)

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """List what is there; the selection stays on the same file."""
        before = self.entry()
        self.blockSignals(True)
        self.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        by_group = sorted(entries, key=_group_of)
        for entry in by_group:
            title = group_title(GROUPS[_group_of(entry)])
            if title not in groups:
                groups[title] = self._group(title)
            groups[title].addChild(self._row(entry))
        self.expandAll()
        self.blockSignals(False)
        self.filter(" ".join(self._words))
        if before is not None:
            self.select(before.path)
        if self.entry() is None or before is None:
            self.chosen.emit(self.entry())

    def select(self, path: Path) -> None:
        """Choose a file's row, if there is one."""
        item = next((row for row in self.rows() if row.data(0, _ENTRY).path == path), None)
        if item is not None:
            self.setCurrentItem(item)

    def entry(self) -> Entry | None:
        """What is chosen."""
        return next((item.data(0, _ENTRY) for item in self.selectedItems()), None)

    def rows(self) -> list[QTreeWidgetItem]:
        groups = [self.topLevelItem(row) for row in range(self.topLevelItemCount())]
        return [child for group in groups if group for i in range(group.childCount()) if (child := group.child(i))]

    def shown(self) -> list[str]:
        """Names that the words let through."""
        return [item.text(0) for item in self.rows() if not item.isHidden()]

    def filter(self, text: str) -> None:
        """Show the rows that hold every word."""
        self._words = text.casefold().split()
        for item in self.rows():
            entry = item.data(0, _ENTRY)
            said = f"{entry.name} {role_text(entry.role)} {entry.role} {entry.family} {entry.owner} {entry.path}"
            item.setHidden(not all(word in said.casefold() for word in self._words))
        for row in range(self.topLevelItemCount()):
            group = self.topLevelItem(row)
            if group is not None:
                group.setHidden(all(group.child(i).isHidden() for i in range(group.childCount())))

    def _group(self, title: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([title])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = self.font()
        font.setBold(True)
        item.setFont(0, font)
        self.addTopLevelItem(item)
        return item

    def _row(self, entry: Entry) -> QTreeWidgetItem:
        family = entry.family if GROUPS[_group_of(entry)] else " ".join((entry.family, role_text(entry.role))).strip()
        texts = [entry.name, family, size_text(entry.size), entry.precision, owner_text(entry), entry.licence]
        item = QTreeWidgetItem(texts)
        item.setData(0, _ENTRY, entry)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(0, entry.trouble or entry.unusable or str(entry.path))
        for column in range(1, len(texts)):
            item.setToolTip(column, texts[column])
        if not entry.usable:
            colours = tokens()
            sign, colour = ("error", colours.error) if entry.trouble else ("info", colours.muted)
            item.setIcon(0, icon(sign, colour))
            for column in range(len(texts)):
                item.setForeground(column, self.palette().brush(QPalette.ColorRole.PlaceholderText))
        return item

    def _on_selection(self) -> None:
        self.chosen.emit(self.entry())


def _group_of(entry: Entry) -> int:
    return GROUPS.index(entry.role) if entry.role in GROUPS else len(GROUPS) - 1
