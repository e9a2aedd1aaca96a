"""The queue as a list that opens from the bottom line: order, states, and what can be done about them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.icons import icon
from hiprompt_desktop.job_queue import ENDED, Ticket, Turn
from hiprompt_desktop.phrases import turn_text
from hiprompt_desktop.queue_runner import QueueRunner
from hiprompt_desktop.theme import tokens

TICKET = Qt.ItemDataRole.UserRole
WIDTH, HEIGHT = 420, 380
ROW = 46
_ICONS = {
    Turn.WAITING: "waiting",
    Turn.RUNNING: "pencil",
    Turn.INTERRUPTED: "warning",
    Turn.STOPPED: "pause",
    Turn.CANCELLED: "close",
    Turn.FAILED: "error",
    Turn.DONE: "done",
}

Index = QModelIndex | QPersistentModelIndex


class TicketDelegate(QStyledItemDelegate):
    """Two lines: the prompt, and what becomes of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(WIDTH // 2, ROW)  # as wide as the list, beside its scroll bar too

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        ticket: Ticket = index.data(TICKET)
        colours = tokens()
        state = option.state
        row: QRect = option.rect
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(row, QColor(colours.hover))
        bad = ticket.turn in {Turn.FAILED, Turn.INTERRUPTED}
        strong = ticket.turn in {Turn.WAITING, Turn.RUNNING}
        tint = {Turn.RUNNING: colours.accent, Turn.FAILED: colours.error, Turn.INTERRUPTED: colours.warning}
        icon(_ICONS[ticket.turn], tint.get(ticket.turn, colours.muted)).paint(
            painter, QRect(row.left() + 10, row.top() + 7, 16, 16)
        )
        metrics = QFontMetrics(painter.font())
        room = row.width() - 46
        baseline = row.top() + 5 + metrics.ascent()
        painter.setPen(QColor(colours.text if strong else colours.muted))
        prompt = metrics.elidedText(" ".join(ticket.request.prompt.split()), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPoint(row.left() + 36, baseline), prompt)
        painter.setPen(QColor(tint[ticket.turn] if bad else colours.muted))
        words = metrics.elidedText(turn_text(ticket), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPoint(row.left() + 36, baseline + metrics.height() + 3), words)
        painter.restore()


class TicketList(QListWidget):
    """Waiting pictures can be dragged, or moved by Alt and the arrow keys."""

    def __init__(self, queue: QueueRunner) -> None:
        super().__init__()
        self._queue = queue
        self.setObjectName("strip")
        self.setItemDelegate(TicketDelegate(self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Pictures in the queue"))
        self.model().rowsMoved.connect(self._on_moved, Qt.ConnectionType.QueuedConnection)

    @property
    def chosen(self) -> Ticket | None:
        item = self.currentItem()
        ticket: Ticket | None = item.data(TICKET) if item is not None else None
        return ticket

    def refresh(self) -> None:
        """List the tickets; the chosen one stays chosen."""
        tickets = self._queue.tickets
        if [self.item(row).data(TICKET) for row in range(self.count())] == list(tickets):
            return
        kept, place = self.chosen.id if self.chosen is not None else "", self.verticalScrollBar().value()
        self.clear()
        for ticket in tickets:
            item = QListWidgetItem()
            item.setData(TICKET, ticket)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{ticket.request.prompt}, {turn_text(ticket)}")
            item.setToolTip(f"{ticket.request.prompt}\n{turn_text(ticket)}")
            flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
            item.setFlags(flags | Qt.ItemFlag.ItemIsDragEnabled if ticket.turn is Turn.WAITING else flags)
            self.addItem(item)
            if ticket.id == kept:
                self.setCurrentItem(item)
        self.doItemsLayout()
        self.verticalScrollBar().setValue(place)

    def show_work(self) -> None:
        """Scroll past what has ended, to what runs or waits."""
        ended = sum(ticket.turn in ENDED for ticket in self._queue.tickets)
        item = self.item(min(ended, self.count() - 1))
        if item is not None:
            self.scrollToItem(item, QAbstractItemView.ScrollHint.PositionAtTop)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ticket, key = self.chosen, Qt.Key(event.key())
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if ticket is None:
            super().keyPressEvent(event)
        elif key in moves and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            waiting = [one.id for one in self._queue.waiting]
            if ticket.id in waiting:
                self._queue.move(ticket.id, max(0, waiting.index(ticket.id) + moves[key]))
        elif key == Qt.Key.Key_Delete:
            self._queue.remove(ticket.id)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and ticket.turn in ENDED:
            self._queue.retry(ticket.id)
        else:
            super().keyPressEvent(event)

    def _on_moved(self) -> None:
        """Rows were dragged: the waiting ones among them say the new order."""
        tickets = [self.item(row).data(TICKET) for row in range(self.count())]
        new = [ticket.id for ticket in tickets if ticket.turn is Turn.WAITING]
        for place, ticket_id in enumerate(new):
            if [one.id for one in self._queue.waiting][place : place + 1] != [ticket_id]:
                self._queue.move(ticket_id, place)
        self.refresh()


class QueuePanel(QFrame):
    """Opens over the picture, and closes when something else is clicked."""

    def __init__(self, queue: QueueRunner, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self._queue = queue
        self.heading = QLabel(self.tr("QUEUE"))
        self.heading.setObjectName("heading")
        self.empty = QLabel(self.tr("While a picture is drawn, Generate adds the next ones here."))
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.list = TicketList(queue)
        self.pause = QPushButton()
        self.pause.clicked.connect(self._on_pause)
        self.retry = self._button(self.tr("Draw again"), self._on_retry)
        self.remove = self._button(self.tr("Remove"), self._on_remove)
        self.cancel_waiting = self._button(self.tr("Cancel waiting"), queue.cancel_waiting)
        self.clear = self._button(self.tr("Clear ended"), queue.clear_ended)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.pause)
        below = QHBoxLayout()
        below.setSpacing(4)
        for button in (self.retry, self.remove):
            below.addWidget(button)
        below.addStretch(1)
        below.addWidget(self.cancel_waiting)
        below.addWidget(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(below)
        self.resize(WIDTH, HEIGHT)
        self.list.currentItemChanged.connect(self._show_buttons)
        queue.changed.connect(self.refresh)
        self.refresh()

    def _button(self, text: str, act) -> QToolButton:  # type: ignore[no-untyped-def]
        button = QToolButton()
        button.setText(text)
        button.clicked.connect(partial(self._act, act))
        return button

    def _act(self, act) -> None:  # type: ignore[no-untyped-def]
        act()

    def open_above(self, place: QPoint) -> None:
        """Show the panel with its lower right corner at a place of the screen."""
        self.refresh()
        self.move(place - self.rect().bottomRight())
        self.show()
        self.list.show_work()
        self.list.setFocus()

    def refresh(self) -> None:
        self.list.refresh()
        tickets = self._queue.tickets
        self.list.setVisible(bool(tickets))
        self.empty.setVisible(not tickets)
        count = len(self._queue.waiting)
        heading = self.tr("QUEUE") + (f"  {count}" if count else "")
        self.heading.setText(heading + ("  ·  " + self.tr("paused") if self._queue.paused else ""))
        self.pause.setText(self.tr("Resume") if self._queue.paused else self.tr("Pause"))
        self.pause.setToolTip(
            self.tr("Draw what waits, one after the other")
            if self._queue.paused
            else self.tr("Finish the picture in work and start no other")
        )
        self.cancel_waiting.setEnabled(bool(self._queue.waiting))
        self.clear.setEnabled(any(ticket.turn in ENDED for ticket in tickets))
        self._show_buttons()

    def _show_buttons(self) -> None:
        ticket = self.list.chosen
        self.retry.setEnabled(ticket is not None and ticket.turn in ENDED)
        self.remove.setEnabled(ticket is not None and ticket.turn is not Turn.RUNNING)

    def _on_pause(self) -> None:
        if self._queue.paused:
            self._queue.resume()
        else:
            self._queue.pause()

    def _on_retry(self) -> None:
        if self.list.chosen is not None:
            self._queue.retry(self.list.chosen.id)

    def _on_remove(self) -> None:
        if self.list.chosen is not None:
            self._queue.remove(self.list.chosen.id)


class QueueButton(QToolButton):
    """How many pictures wait; opens the panel."""

    def __init__(self, queue: QueueRunner) -> None:
        super().__init__()
        self._queue = queue
        self.setToolTip(self.tr("Pictures that wait for their turn (Q)"))
        self.panel = QueuePanel(queue, self)
        self.clicked.connect(self.toggle)
        queue.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        count = len(self._queue.waiting)
        text = self.tr("Queue {0}").format(count) if count else self.tr("Queue")
        if self._queue.paused:
            text += " · " + self.tr("paused")
        self.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(self._queue.tickets) or self._queue.paused)

    def toggle(self) -> None:
        if self.panel.isVisible():
            self.panel.hide()
        else:
            anchor = self if self.isVisible() else self.parentWidget()
            self.panel.open_above(anchor.mapToGlobal(anchor.rect().topRight()) - QPoint(0, 6))
