"""What the next picture would cost, in one line whose phases explain themselves."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QLabel, QToolTip

from hiprompt_core.plan import negative_prompt_note
from hiprompt_desktop.core_sentences import side_by_side, told
from hiprompt_desktop.next_picture import NextPicture
from hiprompt_desktop.phrases import MEASURE, few_steps_text, phase_text, plan_details, plan_text
from hiprompt_desktop.theme import tokens


class PlanLabel(QLabel):
    """Says the forecast, or why the picture cannot be drawn; a phase under the mouse tells about itself."""

    def __init__(self, picture: NextPicture) -> None:
        super().__init__()
        self._picture = picture
        self.setWordWrap(True)
        self.setAccessibleName(self.tr("Plan"))
        self.setMinimumHeight(40)
        self.setAlignment(Qt.AlignmentFlag.AlignBottom)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.LinksAccessibleByMouse
        )
        self.linkHovered.connect(self._on_hovered)
        self.linkActivated.connect(self._on_link)
        picture.forecast_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say it again, also after a change of theme."""
        forecast = self._picture.forecast
        if forecast.plan is None or forecast.request is None:
            self._dress("problem")
            self.setTextFormat(Qt.TextFormat.PlainText)
            self.setText(side_by_side(forecast.problem, forecast.remedy))
            self.setToolTip("")
            return
        cost = self._picture.machine.cost(forecast.plan, forecast.request)
        self._dress("muted" if cost.fit.fits else "warning")
        self.setTextFormat(Qt.TextFormat.RichText)
        text = plan_text(forecast.plan, cost, tokens().text, self._picture.measuring)
        few = few_steps_text(forecast.few_steps) if forecast.few_steps else ""
        unused = escape(told(negative_prompt_note(forecast.request)))
        self.setText("<br>".join(filter(None, (text, few, unused))))
        self.setToolTip(plan_details(forecast.plan, cost))

    def _dress(self, name: str) -> None:
        if name != self.objectName():
            self.setObjectName(name)
            self.style().polish(self)

    def _on_hovered(self, link: str) -> None:
        plan, request = self._picture.forecast.plan, self._picture.forecast.request
        if plan is None or request is None or not link:
            QToolTip.hideText()
            return
        if link == MEASURE:
            tip = self.tr("Load the models and draw a small picture, to know how long this one takes")
            QToolTip.showText(QCursor.pos(), tip, self)
            return
        cost = self._picture.machine.cost(plan, request)
        QToolTip.showText(QCursor.pos(), phase_text(plan, cost, int(link)), self)

    def _on_link(self, link: str) -> None:
        if link == MEASURE:
            self._picture.measure()
