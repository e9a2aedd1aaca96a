"""Under the picture: small copies of all pictures, to find and to open again."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from hiprompt_desktop.history import History
from hiprompt_desktop.history_files import HistoryEntry
from hiprompt_desktop.icons import icon
from hiprompt_desktop.panels.history_list import HistoryDelegate, HistoryList, HistoryModel
from hiprompt_desktop.recall_wish import Part
from hiprompt_desktop.session import Session


class HistoryStrip(QWidget):
    """Search, stars and the row of pictures."""

    def __init__(self, session: Session, history: History) -> None:
        super().__init__()
        self._history = history
        self.model = HistoryModel(history, self)
        self.list = HistoryList(self.model)
        self.list.setItemDelegate(HistoryDelegate(history, session, self.list))
        heading = QLabel(self.tr("HISTORY"))
        heading.setObjectName("heading")
        self.starred = QToolButton()
        self.starred.setCheckable(True)
        self.starred.setToolTip(self.tr("Only starred pictures"))
        self.starred.setAccessibleName(self.tr("Only starred pictures"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("search prompts…"))
        self.search.setAccessibleName(self.tr("Search the history"))
        self.search.setClearButtonEnabled(True)
        self.empty = QLabel()
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(self.starred)
        controls = QVBoxLayout()
        controls.setSpacing(4)
        controls.addLayout(head)
        controls.addWidget(self.search)
        controls.addStretch(1)
        side = QWidget()
        side.setLayout(controls)
        side.setFixedWidth(152)
        controls.setContentsMargins(0, 0, 0, 0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 8, 2)
        layout.setSpacing(12)
        layout.addWidget(side)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.list, 1)
        self.setFixedHeight(self.list.height() + 8)
        self.setTabOrder(self.search, self.starred)
        self.setTabOrder(self.starred, self.list)
        self.search.textChanged.connect(self._on_search)
        self.starred.toggled.connect(self._on_search)
        self.list.opened.connect(history.open)
        self.list.star_toggled.connect(history.toggle_star)
        self.list.trash_asked.connect(history.throw_away)
        self.list.menu_asked.connect(self._show_menu)
        history.changed.connect(self._refresh)
        session.phases_changed.connect(self.list.viewport().update)
        self.tint()
        self._refresh()

    def tint(self) -> None:
        self.starred.setIcon(icon("star-filled" if self.starred.isChecked() else "star"))

    def _on_search(self) -> None:
        self.model.find(self.search.text(), self.starred.isChecked())
        self.tint()
        self._refresh()

    def _refresh(self) -> None:
        found = self.model.rowCount() > 0
        self.list.setVisible(found)
        self.empty.setVisible(not found)
        nothing = self.tr("Your pictures will be listed here.")
        self.empty.setText(self.tr("No picture is like that.") if self._history.entries else nothing)

    def menu(self, entry: HistoryEntry) -> QMenu:
        """What can be done with a picture."""
        history = self._history
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        starred = history.is_starred(entry)
        for text, act in (
            (self.tr("&Open"), lambda: history.open(entry)),
            ("", None),
            (self.tr("Use &prompt"), lambda: history.use(entry, Part.PROMPT)),
            (self.tr("Use &seed"), lambda: history.use(entry, Part.SEED)),
            (self.tr("Use &everything"), lambda: history.use(entry, Part.EVERYTHING)),
            ("", None),
            (self.tr("Remove s&tar") if starred else self.tr("S&tar"), lambda: history.toggle_star(entry)),
            (self.tr("Show in &folder"), lambda: history.show(entry)),
            ("", None),
            (self.tr("Move to t&rash"), lambda: history.throw_away(entry)),
            (self.tr("Keep only starred…"), lambda: history.keep_starred(self.model.entries)),
        ):
            if act is None:
                menu.addSeparator()
            else:
                menu.addAction(text).triggered.connect(act)
        return menu

    def _show_menu(self, entry: HistoryEntry, place: QPoint) -> None:
        self.menu(entry).popup(place)
