"""The list of all patches: thumbnail, caption, tokens, nearness to the prompt, and what is special about each."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from hiprompt_core.geometry import Patch
from hiprompt_desktop.canvas.overlay_geometry import name_of
from hiprompt_desktop.caption_flags import shared_with_prompt
from hiprompt_desktop.document import Phase
from hiprompt_desktop.icons import icon
from hiprompt_desktop.phrases import caption_state
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens

THUMB = 40
COLUMN = 48
"""Width of the columns of tokens and of nearness."""
MARGIN = 10
SCROLL_BAR = 10
"""Its width in the style sheet; it always has its room, so that numbers stay under their titles."""
_ROW = THUMB + 12
_MARK = 12
_Index = QModelIndex | QPersistentModelIndex


class PatchModel(QAbstractListModel):
    """The patches of the shown phase."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._shape: tuple[int | None, int] = (None, 0)

    @property
    def phase(self) -> Phase | None:
        return self._session.document.shown_phase

    def refresh(self) -> None:
        """Other patches reset the list; other captions only repaint it."""
        shape = (self._session.document.shown, len(self.phase.patches) if self.phase else 0)
        if shape != self._shape:
            self.beginResetModel()
            self._shape = shape
            self.endResetModel()
        elif shape[1]:
            self.dataChanged.emit(self.index(0), self.index(shape[1] - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._shape[1]

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        phase = self.phase
        if phase is None or not index.isValid() or index.row() >= len(phase.patches):
            return None
        caption = phase.caption(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return caption or ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join([caption or self.tr("not described yet"), *self._facts(phase, index.row())])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = [words for _, words in self.states(index.row())]
            return ", ".join(
                [f"{name_of(phase.patches[index.row()])}: {caption or self.tr('not described yet')}", *words]
            )
        return None

    def states(self, row: int) -> list[tuple[str, str]]:
        """What is special about a caption, as (name of an icon, words)."""
        phase, flags = self.phase, self._session.flags
        return caption_state(phase.captions[row], flags[row]) if phase is not None else []

    def numbers(self, row: int) -> tuple[str, str]:
        """Tokens, and the share of words that the prompt has too; empty while unknown."""
        phase, counter = self.phase, self._session.tokens.counter
        text = phase.caption(row) if phase is not None else None
        if text is None:
            return "", ""
        shared, words = shared_with_prompt(text, self._session.prompt)
        return str(counter.count(text)) if counter is not None else "", f"{100 * shared // words} %" if words else "–"

    def _facts(self, phase: Phase, row: int) -> list[str]:
        text, counter = phase.caption(row), self._session.tokens.counter
        if text is None:
            return []
        facts = [words for _, words in self.states(row)]
        if counter is not None:
            facts.append(self.tr("{0} of {1} tokens").format(counter.count(text), counter.limit))
        shared, words = shared_with_prompt(text, self._session.prompt)
        facts.append(self.tr("{0} of {1} words are the prompt’s").format(shared, words))
        seen = phase.captions[row].seen
        return [*facts, self.tr("the picture shows: {0}").format(seen)] if seen is not None else facts


class PatchFilter(QSortFilterProxyModel):
    """Patches whose caption holds a text and that are in a state."""

    def __init__(self, model: PatchModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._patches = model
        self.text = ""
        self.state = ""
        """Name of the state's icon; empty: any."""
        self.setSourceModel(model)

    def choose(self, text: str, state: str) -> None:
        self.beginFilterChange()
        self.text, self.state = text.lower(), state
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, row: int, parent: _Index) -> bool:  # noqa: ARG002
        phase = self._patches.phase
        if phase is None or row >= len(phase.captions):
            return False
        if self.text and self.text not in (phase.caption(row) or "").lower():
            return False
        return not self.state or any(name == self.state for name, _ in self._patches.states(row))


class PatchDelegate(QStyledItemDelegate):
    """Paints a row."""

    def __init__(self, session: Session, model: PatchModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._model = model
        self._list = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        phase, row = self._session.document.shown_phase, patch_of(index)
        if phase is None or row >= len(phase.patches):
            return
        colours = tokens()
        area = QRect(option.rect)
        area.setWidth(self._list.width() - SCROLL_BAR)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 4, 4)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRect(area.left(), area.top() + 10, 3, area.height() - 20), 1, 1)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 4, 4)
        patch = phase.patches[row]
        self._paint_thumbnail(painter, QRect(area.left() + 8, area.top() + 6, THUMB, THUMB), phase, patch)
        text = area.adjusted(THUMB + 18, 6, -MARGIN, -6)
        self._paint_texts(painter, text, option.font, phase, patch)
        painter.restore()

    def _paint_thumbnail(self, painter: QPainter, box: QRect, phase: Phase, patch: Patch) -> None:
        painter.setBrush(QColor(tokens().raised))
        painter.drawRoundedRect(box, 3, 3)
        pyramid = self._session.easel.pyramid
        if pyramid is None:
            return
        cell = patch.cell.scaled(phase.size, pyramid.size)
        scale = THUMB / max(cell.size)
        level = pyramid.levels[pyramid.level_for(scale)]
        factor = level.width() / pyramid.size.width
        source = QRect(
            int(cell.left * factor),
            int(cell.top * factor),
            max(1, int(cell.size.width * factor)),
            max(1, int(cell.size.height * factor)),
        )
        target = QRect(0, 0, max(1, int(cell.size.width * scale)), max(1, int(cell.size.height * scale)))
        target.moveCenter(box.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, level, source)

    def _paint_texts(self, painter: QPainter, area: QRect, font: QFont, phase: Phase, patch: Patch) -> None:
        colours = tokens()
        caption = phase.caption(patch.index)
        small = QFont(font)
        small.setPixelSize(11)
        metrics = QFontMetrics(small)
        top = area.top() + (area.height() - metrics.height() - QFontMetrics(font).height()) // 2
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        name = name_of(patch)
        painter.drawText(area.left(), top + metrics.ascent(), name)
        left = area.left() + metrics.horizontalAdvance(name) + 6
        for mark, _ in self._model.states(patch.index):
            tint = colours.warning if mark in {"flag", "stale"} else colours.text
            icon(mark, tint).paint(painter, QRect(left, top + (metrics.height() - _MARK) // 2, _MARK, _MARK))
            left += _MARK + 3
        for place, number in enumerate(reversed(self._model.numbers(patch.index))):
            column = QRect(area.right() - (place + 1) * COLUMN + 1, top, COLUMN, metrics.height())
            painter.drawText(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, number)
        top += metrics.height()
        painter.setFont(font)
        metrics = QFontMetrics(font)
        painter.setPen(QColor(colours.text if caption else colours.muted))
        words = "…" if caption is None else caption or self.tr("(the prompt)")
        line = metrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area.left(), top + metrics.ascent(), line)


class PatchList(QListView):
    """Shows all patches or those that a search leaves; shares the session's selection."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._following = False
        self.patches = PatchModel(session, self)
        self.filter = PatchFilter(self.patches, self)
        self.setModel(self.filter)
        self.setItemDelegate(PatchDelegate(session, self.patches, self))
        self.setAccessibleName(self.tr("Captions"))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setStyleSheet("QListView { border: 0; background: transparent; padding: 0; }")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        session.selection.changed.connect(self.show_selection)

    def refresh(self) -> None:
        self._following = True
        self.patches.refresh()
        self._following = False
        self.show_selection()

    def search(self, text: str, state: str) -> None:
        """List only patches whose caption holds a text and that are in a state."""
        self._following = True
        self.filter.choose(text, state)
        self._following = False
        self.show_selection()

    def _on_selection(self) -> None:
        if not self._following:
            chosen = [patch_of(index) for index in self.selectedIndexes()]
            current = patch_of(self.currentIndex())
            self._session.selection.set(chosen, current if current in chosen else None)

    def show_selection(self) -> None:
        """Take the session's selection over."""
        document = self._session.document
        wanted = QItemSelection()
        for patch in document.selection:
            index = self._index(patch)
            if index.isValid():
                wanted.select(index, index)
        selection = self.selectionModel()
        shown = {patch_of(index) for index in selection.selectedIndexes()}
        self._following = True
        if shown != {patch_of(index) for index in wanted.indexes()}:
            selection.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        current = self._index(document.current) if document.current is not None else QModelIndex()
        if current != self.currentIndex():
            selection.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
            if current.isValid():
                self.scrollTo(current)
        self._following = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The editor of the selected patch takes room from the list: its row stays in sight."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _index(self, patch: int) -> QModelIndex:
        return self.filter.mapFromSource(self.patches.index(patch))


def patch_of(index: _Index) -> int:
    """The patch of a row of the filtered list."""
    model = index.model()
    return model.mapToSource(index).row() if isinstance(model, QSortFilterProxyModel) else index.row()
