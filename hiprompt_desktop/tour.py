"""Five stops through the window for who is here for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

BUBBLE_WIDTH = 320
GAP = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """Something to look at."""

    place: QWidget
    title: str
    text: str


class Tour(QObject):
    """Shows a bubble beside each place; nothing in the window is blocked meanwhile."""

    ended = Signal()

    def __init__(self, window: QWidget, stops: Sequence[Stop]) -> None:
        super().__init__(window)
        self._window = window
        self._stops = stops
        self._index = 0
        self.spotlight = QFrame(window)
        self.spotlight.setObjectName("spotlight")
        self.spotlight.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.bubble = QFrame(window)
        self.bubble.setObjectName("bubble")
        self.bubble.setFixedWidth(BUBBLE_WIDTH)
        self.title = QLabel()
        self.title.setStyleSheet("font-weight: 600;")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.count = QLabel()
        self.count.setObjectName("muted")
        self.skip = QPushButton(self.tr("Skip"))
        self.skip.clicked.connect(self.end)
        self.next = QPushButton()
        self.next.clicked.connect(self._go_on)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.count, 1)
        row.addWidget(self.skip)
        row.addWidget(self.next)
        layout = QVBoxLayout(self.bubble)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(row)
        window.installEventFilter(self)
        self.bubble.installEventFilter(self)
        self._show()

    def _show(self) -> None:
        stop = self._stops[self._index]
        self.title.setText(stop.title)
        self.text.setText(stop.text)
        self.count.setText(self.tr("{0} of {1}").format(self._index + 1, len(self._stops)))
        last = self._index == len(self._stops) - 1
        self.next.setText(self.tr("Done") if last else self.tr("Next"))
        self.skip.setVisible(not last)
        self.bubble.setAccessibleName(f"{stop.title}. {stop.text}")
        self._place()
        for widget in (self.spotlight, self.bubble):
            widget.show()
            widget.raise_()
        self.next.setFocus()

    def _place(self) -> None:
        place = self._stops[self._index].place
        shown = place if place.isVisible() else self._window
        area = QRect(shown.mapTo(self._window, QPoint(0, 0)), shown.size()).intersected(self._window.rect())
        self.spotlight.setGeometry(area.adjusted(-4, -4, 4, 4).intersected(self._window.rect()))
        self.bubble.setFixedHeight(self.bubble.layout().totalHeightForWidth(BUBBLE_WIDTH - 8) + 8)  # and its border
        self.bubble.move(beside(area, self.bubble.rect(), self._window.rect()))

    def _go_on(self) -> None:
        if self._index == len(self._stops) - 1:
            self.end()
        else:
            self._index += 1
            self._show()

    def end(self) -> None:
        """Take everything away."""
        self._window.removeEventFilter(self)
        self.bubble.hide()
        self.spotlight.hide()
        self.ended.emit()
        for thing in (self.bubble, self.spotlight, self):
            thing.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self._place()
        if watched is self.bubble and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # Escape ends the tour, not the picture in work
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.end()
                return True
        return super().eventFilter(watched, event)


def beside(place: QRect, bubble: QRect, window: QRect) -> QPoint:
    """Where the bubble goes: right of the place, else left, else below or inside; always within the window."""
    top = place.top()
    if place.right() + GAP + bubble.width() <= window.right():
        corner = QPoint(place.right() + GAP, top)
    elif place.left() - GAP - bubble.width() >= window.left():
        corner = QPoint(place.left() - GAP - bubble.width(), top)
    else:
        corner = QPoint(place.center().x() - bubble.width() // 2, place.bottom() + GAP)
    right, bottom = window.right() - bubble.width() - GAP, window.bottom() - bubble.height() - GAP
    return QPoint(max(GAP, min(corner.x(), right)), max(GAP, min(corner.y(), bottom)))
