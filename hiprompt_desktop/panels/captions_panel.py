"""Right: what every patch says, search over all of them, and the editor of the selected ones."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.document import Phase
from hiprompt_desktop.icons import icon
from hiprompt_desktop.panels.patch_editor import PatchEditor
from hiprompt_desktop.panels.patch_list import COLUMN, MARGIN, SCROLL_BAR, PatchList
from hiprompt_desktop.session import Session


class SearchBar(QWidget):
    """Finds captions; once there is something to find, offers to replace it. Escape, or another picture, ends it."""

    searched = Signal()
    """Other captions are listed."""

    def __init__(self, session: Session, patches: PatchList) -> None:
        super().__init__()
        self._session = session
        self._patches = patches
        self.words = QLineEdit()
        self.words.setPlaceholderText(self.tr("Search captions"))
        self.words.setAccessibleName(self.tr("Search captions"))
        self.words.setClearButtonEnabled(True)
        self.words.textChanged.connect(self._on_search)
        self.state = QComboBox()
        self.state.setAccessibleName(self.tr("Which captions"))
        for name, text in (
            ("", self.tr("all")),
            ("pencil", self.tr("edited")),
            ("lock", self.tr("locked")),
            ("stale", self.tr("stale")),
            ("flag", self.tr("flagged")),
        ):
            self.state.addItem(text, name)
        self.state.currentIndexChanged.connect(self._on_search)
        self.more = QToolButton()
        self.more.setToolTip(self.tr("What can be done with patches"))
        self.more.setAccessibleName(self.tr("Patches"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.replacement = QLineEdit()
        self.replacement.setPlaceholderText(self.tr("Replace with"))
        self.replacement.setAccessibleName(self.tr("Replace with"))
        self.replace = QPushButton(self.tr("Replace all"))
        self.replace.setToolTip(self.tr("In every caption of the phase that is not locked; one step of undo"))
        self.replace.clicked.connect(self._on_replace)
        self._second = QWidget()
        for widget in (self.words, self.state, self.replacement, patches):
            widget.installEventFilter(self)
        session.picture_leaving.connect(self.clear)
        self._lay_out()
        self._second.hide()
        self.tint()

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self.words, 1)
        first.addWidget(self.state)
        first.addWidget(self.more)
        second = QHBoxLayout(self._second)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(4)
        second.addWidget(self.replacement, 1)
        second.addWidget(self.replace)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(4)
        layout.addLayout(first)
        layout.addWidget(self._second)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.more.setIcon(icon("more"))

    @property
    def narrows(self) -> bool:
        """Whether it leaves captions out of the list."""
        return bool(self.words.text() or self.state.currentData())

    def refresh(self) -> None:
        phase = self._session.document.shown_phase
        self.replace.setEnabled(self._session.can_edit and phase is not None and self._finds_in(phase))

    def _finds_in(self, phase: Phase) -> bool:
        """Whether there is something to replace."""
        words = self.words.text().lower()
        return bool(words) and any(
            words in (caption.text or "").lower() for caption in phase.captions if not caption.locked
        )

    def begin(self) -> None:
        """Start searching."""
        self.words.setFocus()
        self.words.selectAll()

    def clear(self) -> None:
        """List all captions again."""
        self.words.clear()
        self.state.setCurrentIndex(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape or not self.narrows:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.KeyPress:
            self.clear()
        event.accept()  # Escape ends the search first, and the picture in work after
        return True

    def _on_search(self) -> None:
        self._second.setVisible(bool(self.words.text()))
        self._patches.search(self.words.text(), self.state.currentData())
        self.refresh()
        self.searched.emit()

    def _on_replace(self) -> None:
        count = self._session.edits.replace_all(self.words.text(), self.replacement.text())
        self._session.messages.say(self.tr("Captions changed: {0}.").format(count))


class CaptionsPanel(QWidget):
    """Shares its selection with the canvas."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.heading = QLabel()
        self.heading.setObjectName("heading")
        self.empty = QLabel()
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.list = PatchList(session)
        self.model = self.list.patches
        self.search = SearchBar(session, self.list)
        self.columns = QWidget()
        self.editor = PatchEditor(session)
        self.list.activated.connect(self.editor.focus_text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 16)
        layout.setSpacing(8)
        top = QHBoxLayout(self.columns)
        top.setContentsMargins(8, 0, MARGIN + SCROLL_BAR, 0)
        top.setSpacing(0)
        top.addWidget(self.heading, 1)
        self.tokens, nearness = QLabel(), QLabel(self.tr("prompt"))
        nearness.setToolTip(self.tr("Share of the caption’s words that the prompt has too: word by word"))
        for label in (self.tokens, nearness):
            label.setObjectName("small")
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            top.addWidget(label)
        nearness.setFixedWidth(COLUMN)
        self.empty.setContentsMargins(8, 0, 8, 0)
        layout.addWidget(self.search)
        layout.addWidget(self.columns)
        layout.addWidget(self.empty)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.editor)
        self.setMinimumWidth(288)
        session.captions_changed.connect(self.refresh)
        session.phases_changed.connect(self.refresh)
        session.easel.changed.connect(self.refresh)
        session.state_changed.connect(self.search.refresh)
        self.search.searched.connect(self._show_found)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(304, 600)

    def set_menu(self, menu: QMenu) -> None:
        """What the button beside the search offers."""
        self.search.more.setMenu(menu)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.search.tint()
        self.editor.tint()

    def refresh(self) -> None:
        self.list.refresh()
        self.search.refresh()
        self._show_limit()
        self._show_found()

    def _show_found(self) -> None:
        """Tell how many captions are listed, and why when there are none."""
        phase, found = self._session.document.shown_phase, self.list.model().rowCount()
        self.heading.setText(self._heading(phase, found))
        self.search.setVisible(phase is not None and bool(phase.patches))
        for widget in (self.list, *self.columns.findChildren(QLabel, "small")):
            widget.setVisible(found > 0)
        self.empty.setVisible(found == 0)
        self.empty.setText(self._reason(phase))
        self.layout().setStretch(2, 0 if found else 1)

    def _heading(self, phase: Phase | None, found: int) -> str:
        heading, count = self.tr("CAPTIONS"), len(phase.patches) if phase else 0
        done = sum(caption.text is not None for caption in phase.captions) if phase else 0
        if phase is None or not count:
            return heading
        if self.search.narrows:
            return f"{heading}  {self.tr('{0} of {1}').format(found, count)}"
        return f"{heading}  {count}" if done == count or not self._session.busy else f"{heading}  {done} / {count}"

    def _reason(self, phase: Phase | None) -> str:
        """Why there is no caption to list."""
        if phase is None:
            return self.tr("Each patch of the picture gets words of its own. They appear here while it grows.")
        if phase.patches:
            return self.tr("No caption is like that.")
        return self.tr("Phase 1 is one view: the prompt alone drives it. Its patches begin with phase 2.")

    def _show_limit(self) -> None:
        counter = self._session.tokens.counter
        text, tip = self.tr("tokens"), self.tr("Of the caption, as the model’s text encoder counts them")
        if counter is not None:
            text = self.tr("of {0} tokens").format(counter.limit)
            tip += "\n" + self.tr("It reads {0} at once, and more in several parts").format(counter.limit)
        self.tokens.setText(text)
        self.tokens.setToolTip(tip)
