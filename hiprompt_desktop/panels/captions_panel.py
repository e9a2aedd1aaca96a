"""Right: what every patch says, and the editor of the selected one."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from hiprompt_core.geometry import Box, Patch
from hiprompt_desktop.canvas.overlay_geometry import name_of
from hiprompt_desktop.document import Phase
from hiprompt_desktop.panels.patch_editor import PatchEditor
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens

THUMB = 40
_ROW = THUMB + 12
_PATCH = Qt.ItemDataRole.UserRole
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
        patch = phase.patches[index.row()]
        caption = phase.caption(patch.index)
        if role == Qt.ItemDataRole.DisplayRole:
            return caption or ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return caption or self.tr("not described yet")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name_of(patch)}: {caption or self.tr('not described yet')}"
        return patch if role == _PATCH else None


class PatchDelegate(QStyledItemDelegate):
    """A row: thumbnail of the cell, its place, its caption on two lines, and ✎ when it was edited."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        patch = index.data(_PATCH)
        phase = self._session.document.shown_phase
        if patch is None or phase is None:
            return
        patch = Patch(*patch[:3], Box(*patch[3]), Box(*patch[4]))
        colours = tokens()
        area: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
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
        self._paint_thumbnail(painter, QRect(area.left() + 8, area.top() + 6, THUMB, THUMB), phase, patch)
        text = area.adjusted(THUMB + 18, 6, -6, -6)
        self._paint_texts(painter, text, option.font, phase, patch)  # type: ignore[attr-defined]
        painter.restore()

    def _paint_thumbnail(self, painter: QPainter, box: QRect, phase: Phase, patch: Patch) -> None:
        painter.setBrush(QColor(tokens().raised))
        painter.drawRoundedRect(box, 3, 3)
        pyramid = self._session.pyramid
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
        painter.setFont(small)
        painter.setPen(QColor(colours.muted))
        metrics = QFontMetrics(small)
        mark = " ✎" if phase.edited(patch.index) else ""
        top = area.top() + (area.height() - metrics.height() - QFontMetrics(font).height()) // 2
        painter.drawText(area.left(), top + metrics.ascent(), name_of(patch) + mark)
        top += metrics.height()
        painter.setFont(font)
        metrics = QFontMetrics(font)
        painter.setPen(QColor(colours.text if caption else colours.muted))
        line = metrics.elidedText(caption or "…", Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area.left(), top + metrics.ascent(), line)


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
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Captions"))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setStyleSheet("QListView { border: 0; background: transparent; padding: 0; }")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.model = PatchModel(session, self.list)
        self.list.setModel(self.model)
        self.list.setItemDelegate(PatchDelegate(session, self.list))
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self.editor = PatchEditor(session)
        self.list.activated.connect(self.editor.focus_text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 16)
        layout.setSpacing(8)
        for label in (self.heading, self.empty):
            label.setContentsMargins(8, 0, 8, 0)
            layout.addWidget(label)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.editor)
        self.setMinimumWidth(264)
        session.captions_changed.connect(self.refresh)
        session.phases_changed.connect(self.refresh)
        session.picture_changed.connect(self.refresh)
        session.selection_changed.connect(self._show_selection)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(288, 600)

    def refresh(self) -> None:
        self.model.refresh()
        phase = self._session.document.shown_phase
        count = len(phase.patches) if phase else 0
        done = sum(text is not None for text in phase.captions) if phase else 0
        heading = self.tr("CAPTIONS")
        if count:
            heading += f"  {count}" if done == count or not self._session.busy else f"  {done} / {count}"
        self.heading.setText(heading)
        self.list.setVisible(count > 0)
        self.empty.setVisible(count == 0)
        if phase is None:
            text = self.tr("Each patch of the picture gets words of its own. They appear here while it grows.")
        else:
            text = self.tr("Phase 1 is one view: the prompt alone drives it. Its patches begin with phase 2.")
        self.empty.setText(text)
        self.layout().setStretch(1, 0 if count else 1)
        self._show_selection()

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self._session.select(current.row())

    def _show_selection(self) -> None:
        selected = self._session.document.selected
        selection = self.list.selectionModel()
        if selected is None:
            selection.clear()
        elif self.list.currentIndex().row() != selected or not selection.hasSelection():
            index = self.model.index(selected)
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.list.scrollTo(index)
