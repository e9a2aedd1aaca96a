"""Above the picture: a dot for each phase; progress, history and navigation in one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from hiprompt_desktop.icons import icon
from hiprompt_desktop.panels.phase_dot import ALONE, HEIGHT, PhaseDot
from hiprompt_desktop.session import Session

SPACING, END = 2, 18
"""Pixels between dots, and of a button that brings more of them."""


def whole_ones(widths: Sequence[int], room: int, first: int) -> range:
    """Which dots are shown, one at least: those from ``first`` on that fit whole, and more before the last ones."""

    def needed(start: int, end: int) -> int:
        return sum(widths[start:end]) + SPACING * (end - start - 1)

    end = first + 1
    while end < len(widths) and needed(first, end + 1) <= room:
        end += 1
    while first > 0 and end == len(widths) and needed(first - 1, end) <= room:
        first -= 1
    return range(first, end)


class StripEnd(QAbstractButton):
    """Brings dots into view for which there is no room."""

    def __init__(self, picture: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = picture
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.resize(END, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        if self.isEnabled():
            painter = QPainter(self)
            side = 12
            icon(self._picture).paint(painter, QRect((END - side) // 2, (HEIGHT - side) // 2, side, side))
            painter.end()


class PhaseStrip(QWidget):
    """Shows the session's phases; a click looks at one.

    Where there is no room for all words, only the phase that is shown, the one in work and the last one keep theirs,
    then fewer of them; where there is none for all dots, they move by whole ones.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.dots: list[PhaseDot] = []
        self._first = 0
        """The dot that the visible ones begin with."""
        self._looked_at: tuple[int | None, int | None] = (None, None)
        """The phases in work and shown, which come into view when they become so."""
        self.before = StripEnd("chevron-left", self.tr("Earlier phases"), self)
        self.after = StripEnd("chevron-right", self.tr("Later phases"), self)
        self.before.clicked.connect(lambda: self._move(-1))
        self.after.clicked.connect(lambda: self._move(1))
        self.setAccessibleName(self.tr("Phases"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for signal in (
            session.phases_changed,
            session.progress_changed,
            session.state_changed,
            session.next.forecast_changed,
            session.easel.changed,
        ):
            signal.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(sum(dot.width_when(named=True) + SPACING for dot in self.dots), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * END + 2 * ALONE, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        if turned:
            self._move(-1 if turned > 0 else 1)
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A dot that the keyboard goes to comes into view."""
        if event.type() is QEvent.Type.FocusIn and isinstance(watched, PhaseDot):
            self._bring(watched.number)
            self._arrange()
        return super().eventFilter(watched, event)

    def _refresh(self) -> None:
        document, plan = self._session.document, self._session.next.forecast.plan
        count = document.phase_count
        if not self._session.busy and not document.phases:
            count = len(plan.phases) if plan else 0
        self._make_dots(count)
        for dot in self.dots:
            self._update_dot(dot)
        looked_at = (self._session.progress.phase if self._session.busy else None, document.shown)
        if looked_at != self._looked_at:
            self._looked_at = looked_at
            self._follow()
        self._arrange()

    # Where they are

    def _arrange(self) -> None:
        """Place the dots that there is room for; the others are beside the strip, where nobody sees them."""
        self._name_dots()
        widths = self._widths()
        scrolls = self._length(widths) > self.width()
        self.before.setVisible(scrolls)
        self.after.setVisible(scrolls)
        visible = self._visible() if scrolls else range(len(self.dots))
        self._first = visible.start
        left = END if scrolls else 0
        top = (self.height() - HEIGHT) // 2
        for place, (dot, width) in enumerate(zip(self.dots, widths, strict=True)):
            dot.setGeometry(left if place in visible else -2 * width, top, width, HEIGHT)
            left += width + SPACING if place in visible else 0
        self.before.move(0, top)
        self.after.move(left, top)
        self.before.setEnabled(visible.start > 0)
        self.after.setEnabled(visible.stop < len(self.dots))

    def _name_dots(self) -> None:
        """Give words to as many dots as there is room for, the most telling ones first."""
        in_work, shown = self._looked_at
        everyone = set(range(1, len(self.dots) + 1))
        for named in (everyone, {in_work, shown, len(self.dots)}, {in_work, shown}, {shown}):
            for dot in self.dots:
                dot.named = dot.number in named
            if self._length(self._widths()) <= self.width():
                return

    def _follow(self) -> None:
        """Bring the phase in work into view, and before it the shown one."""
        self._arrange()
        for number in filter(None, self._looked_at):
            self._bring(number)
        self._arrange()

    def _widths(self) -> list[int]:
        return [dot.width_when(dot.named) for dot in self.dots]

    def _length(self, widths: Sequence[int]) -> int:
        return sum(widths) + SPACING * max(0, len(widths) - 1)

    def _visible(self) -> range:
        return whole_ones(self._widths(), self.width() - 2 * END - SPACING, min(self._first, len(self.dots) - 1))

    def _bring(self, number: int) -> None:
        """Into view, if it is not there."""
        if number - 1 < self._first:
            self._first = number - 1
        while self._first < number - 1 and number - 1 not in self._visible():
            self._first += 1

    def _move(self, by: int) -> None:
        if not self.before.isHidden():
            self._first = max(0, min(self._first + by, len(self.dots) - 1))
            self._arrange()

    # What they tell

    def _make_dots(self, count: int) -> None:
        while len(self.dots) > count:
            dot = self.dots.pop()
            dot.hide()
            dot.deleteLater()
        while len(self.dots) < count:
            dot = PhaseDot(len(self.dots) + 1)
            dot.setParent(self)
            dot.clicked.connect(self._on_clicked)
            dot.installEventFilter(self)
            dot.show()
            self.dots.append(dot)

    def _update_dot(self, dot: PhaseDot) -> None:
        document = self._session.document
        phase = document.phases.get(dot.number)
        plan = self._session.next.forecast.plan
        size = phase.size if phase else None
        if size is None and plan is not None and len(plan.phases) == len(self.dots):
            size = plan.phases[dot.number - 1].size
        text = str(max(size)) if size else str(dot.number)
        dot.setText(text)
        progress = self._session.progress
        dot.picture = self._session.easel.pyramid_of(dot.number)
        dot.finished = bool(phase and phase.finished)
        in_work = self._session.busy and progress.phase == dot.number and (not dot.finished or not self._session.draws)
        dot.share = progress.phase_fraction if in_work else None
        dot.setChecked(document.shown == dot.number)
        dot.setEnabled(phase is not None)
        state = self.tr("finished") if dot.finished else self.tr("in work") if in_work else self.tr("to come")
        dot.waiting = document.waiting == dot.number
        if dot.waiting:
            state = self.tr("waits for your captions")
        name = self.tr("Phase {0}, {1}, {2}").format(dot.number, str(size or "").replace("x", " × "), state)
        dot.setAccessibleName(name)
        dot.setToolTip(name)
        dot.update()

    def _on_clicked(self) -> None:
        self._session.show_phase(self.sender().number)  # type: ignore[attr-defined]
        self._refresh()
