"""Above the picture: a dot for each phase; progress, history and navigation in one."""

from __future__ import annotations

import html

from PySide6.QtCore import QBuffer, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QToolTip, QWidget

from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens

THUMBNAIL = 192
"""Longer side of a phase in its tooltip, pixels."""


class PhaseDot(QAbstractButton):
    """One phase: empty, in work with a ring that closes, or finished; the shown one is filled."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.share: float | None = None
        self.finished = False
        self.waiting = False
        self.picture: Pyramid | None = None
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self.text()) + 34, 28)

    def event(self, event: QEvent) -> bool:
        """What the phase looks like is painted only when somebody asks."""
        if event.type() is QEvent.Type.ToolTip and self.picture is not None:
            position = event.globalPos()  # type: ignore[attr-defined]
            QToolTip.showText(position, f"{_as_html(self.picture)}<p>{html.escape(self.toolTip())}</p>", self)
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.click()  # the menu of the strip is about the shown phase
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() and self.isEnabled():
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(self.rect(), 4, 4)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        centre = QPointF(15, self.height() / 2)
        outline = colours.accent if self.waiting else colours.muted if self.finished else colours.line
        painter.setPen(QPen(QColor(outline), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.finished:
            painter.setBrush(QColor(colours.accent if self.isChecked() else colours.muted))
            painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(centre, 5, 5)
        if self.share is not None:
            pen = QPen(QColor(colours.accent), 2.5)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(centre.x() - 5, centre.y() - 5, 10, 10)
            painter.drawArc(ring, 90 * 16, -int(max(0.02, self.share) * 360 * 16))
        strong = self.finished or self.waiting or self.share is not None
        painter.setPen(QColor(colours.text if strong else colours.muted))
        font = self.font()
        font.setBold(self.isChecked())
        painter.setFont(font)
        painter.drawText(self.rect().adjusted(26, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()


def _as_html(picture: Pyramid) -> str:
    small = picture.thumbnail(THUMBNAIL).scaled(
        THUMBNAIL, THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    content = QBuffer()
    small.save(content, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, which Qt refuses
    return f'<img src="data:image/png;base64,{content.data().toBase64().toStdString()}">'


class PhaseStrip(QWidget):
    """Shows the session's phases; a click looks at one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addStretch(1)
        self.dots: list[PhaseDot] = []
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

    def _refresh(self) -> None:
        document, plan = self._session.document, self._session.next.forecast.plan
        count = document.phase_count
        if not self._session.busy and not document.phases:
            count = len(plan.phases) if plan else 0
        self._make_dots(count)
        for dot in self.dots:
            self._update_dot(dot)

    def _make_dots(self, count: int) -> None:
        while len(self.dots) > count:
            dot = self.dots.pop()
            self._layout.removeWidget(dot)
            dot.hide()
            dot.deleteLater()
        while len(self.dots) < count:
            dot = PhaseDot(len(self.dots) + 1)
            dot.clicked.connect(self._on_clicked)
            self._layout.insertWidget(len(self.dots), dot)
            self.dots.append(dot)

    def _update_dot(self, dot: PhaseDot) -> None:
        document = self._session.document
        phase = document.phases.get(dot.number)
        plan = self._session.next.forecast.plan
        size = phase.size if phase else None
        if size is None and plan is not None and len(plan.phases) == len(self.dots):
            size = plan.phases[dot.number - 1].size
        text = str(max(size)) if size else str(dot.number)
        if text != dot.text():
            dot.setText(text)
            dot.updateGeometry()
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
