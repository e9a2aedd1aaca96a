"""The row of small copies: what it lists, how it looks, and its keys."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QEvent,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QPainter, QPainterPath, QPen, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from hiprompt_desktop.history import History
from hiprompt_desktop.history_files import HistoryEntry
from hiprompt_desktop.icons import icon
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens

CELL = 76
MARGIN = 4
STAR = 16
ENTRY = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """The entries that fit the search."""

    def __init__(self, history: History, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history
        self._entries = history.find("", False)
        self._words = ""
        self._starred_only = False
        history.changed.connect(self.refresh)
        history.thumbnail_ready.connect(self._on_thumbnail)

    def find(self, words: str, starred_only: bool) -> None:
        self._words, self._starred_only = words, starred_only
        self.refresh()

    def refresh(self) -> None:
        entries = self._history.find(self._words, self._starred_only)
        if entries == self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            return
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    @property
    def entries(self) -> list[HistoryEntry]:
        """In their order, the last worked on first."""
        return self._entries

    def entry(self, row: int) -> HistoryEntry:
        return self._entries[row]

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: ARG002
        return len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._details(entry)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return entry.prompt
        return None

    def _details(self, entry: HistoryEntry) -> str:
        when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(entry.changed)), QLocale.FormatType.ShortFormat)
        size = str(entry.size).replace("x", " × ")
        return self.tr("{0}\n{1} · seed {2} · {3}").format(entry.prompt, size, entry.seed, when)

    def _on_thumbnail(self) -> None:
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))


class HistoryDelegate(QStyledItemDelegate):
    """Paints a small copy with its star; a click into the corner stars it."""

    def __init__(self, history: History, session: Session, parent: QListView) -> None:
        super().__init__(parent)
        self._history = history
        self._session = session

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(CELL, CELL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: HistoryEntry = index.data(ENTRY)
        colours = tokens()
        state = option.state
        cell: QRect = option.rect
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QRectF(cell).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        pixmap = self._history.thumbnail(entry)
        sides = pixmap.size() if pixmap is not None else QSize(entry.size.width, entry.size.height)
        picture = QRectF(QRect(QPoint(), sides.scaled(frame.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)))
        picture.moveCenter(frame.center())
        path = QPainterPath()
        path.addRoundedRect(picture, 4, 4)
        painter.fillPath(path, QColor(colours.raised))
        if pixmap is not None:
            painter.save()
            painter.setClipPath(path)
            painter.drawPixmap(picture, pixmap, QRectF(pixmap.rect()))
            painter.restore()
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        shown = self._session.document.folder == entry.folder
        if shown or state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.accent if shown else colours.muted), 2))
            painter.drawRoundedRect(picture.adjusted(-1.5, -1.5, 1.5, 1.5), 5, 5)
        starred = self._history.is_starred(entry)
        if starred or hovered:
            self._paint_star(painter, star_rect(cell), starred)
        painter.restore()

    def _paint_star(self, painter: QPainter, place: QRect, starred: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 20, 170))
        painter.drawEllipse(QRectF(place).adjusted(-2, -2, 2, 2))
        icon("star-filled" if starred else "star", "#f0b84a" if starred else "#ffffff").paint(
            painter, place.adjusted(2, 2, -2, -2)
        )


def star_rect(cell: QRect) -> QRect:
    """The corner of a cell that stars its picture."""
    return QRect(cell.right() - MARGIN - STAR - 2, cell.top() + MARGIN + 3, STAR, STAR)


class HistoryList(QListView):
    """One row of small copies; Return opens, S stars, Delete moves to the trash."""

    opened = Signal(object)
    star_toggled = Signal(object)
    trash_asked = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, model: HistoryModel) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setModel(model)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(CELL + 12)
        self.setAccessibleName(self.tr("Earlier pictures"))

    def _entry(self, index: QModelIndex) -> HistoryEntry | None:
        entry = index.data(ENTRY) if index.isValid() else None
        return entry if isinstance(entry, HistoryEntry) else None

    def mouseReleaseEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        index = self.indexAt(place)
        entry = self._entry(index)
        if entry is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if star_rect(self.visualRect(index)).adjusted(-4, -4, 4, 4).contains(place):
            self.star_toggled.emit(entry)
        else:
            self.opened.emit(entry)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.text() == "s":
            event.accept()  # here it stars; elsewhere in the window it shows seams
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entry = self._entry(self.currentIndex())
        signal = {
            Qt.Key.Key_Return: self.opened,
            Qt.Key.Key_Enter: self.opened,
            Qt.Key.Key_S: self.star_toggled,
            Qt.Key.Key_Delete: self.trash_asked,
        }.get(Qt.Key(event.key()))
        if entry is not None and signal is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            signal.emit(entry)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.currentIndex()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self.indexAt(event.pos())
        entry = self._entry(index)
        if entry is not None:
            self.menu_asked.emit(entry, self.viewport().mapToGlobal(self.visualRect(index).center()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - turned)
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
