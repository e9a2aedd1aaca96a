"""Messages with their remedies: over the foot of the picture's column, so that nothing moves when one comes or goes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_desktop.core_sentences import side_by_side
from hiprompt_desktop.icons import icon
from hiprompt_desktop.messages import Offer, Tone
from hiprompt_desktop.panels.question_row import QuestionRow
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens

MARGIN = 8
THUMBNAIL = 48
"""Height of a message's picture."""


class MessageBar(QFrame):
    """Stays until it is read."""

    diagnostics_asked = Signal()

    def __init__(self, session: Session, over: QWidget) -> None:
        """Args:
        over: what it lies on, at its lower end.
        """
        super().__init__(over)
        self.setObjectName("message")
        self._session = session
        self._over = over
        over.installEventFilter(self)
        self.sign = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.more = QLabel(self)
        self.more.setObjectName("muted")
        self.log_button = QPushButton(self.tr("Open the log"), self)
        self.log_button.setToolTip(self.tr("The details, for whoever helps you; nothing is sent"))
        self.log_button.clicked.connect(self._on_log)
        self.diagnose_button = QPushButton(self.tr("Collect diagnostics…"), self)
        self.diagnose_button.setToolTip(self.log_button.toolTip())
        self.diagnose_button.clicked.connect(self.diagnostics_asked)
        self.close_button = QToolButton()
        self.close_button.setToolTip(self.tr("I have read this"))
        self.close_button.setAccessibleName(self.tr("Dismiss the message"))
        self.close_button.clicked.connect(self._on_close)
        self.question = QuestionRow(self)
        self.question.given_up.connect(self._on_close)
        self.offers: list[QPushButton] = []
        self._lay_out()
        session.messages.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        self._rows: list[QHBoxLayout] = []
        self._buttons = QVBoxLayout()
        self._buttons.setSpacing(6)
        layout = QGridLayout(self)
        layout.setContentsMargins(16, 8, 8, 8)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(6)
        layout.addWidget(self.sign, 0, 0)
        layout.addWidget(self.text, 0, 1)
        layout.addWidget(self.close_button, 0, 2, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(self._buttons, 1, 0, 1, 2)
        layout.setColumnStretch(1, 1)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(16)
        shadow.setOffset(0, 2)
        self.setGraphicsEffect(shadow)

    def refresh(self) -> None:
        message = self._session.messages.current
        self.setVisible(message is not None)
        self._make_offers(message.offers if message is not None else ())
        self.question.ask(message.question if message is not None else None)
        if message is None:
            return
        self.question.field.setAccessibleDescription(message.text)
        colours = tokens()
        name, colour = {
            Tone.INFO: ("info", colours.muted),
            Tone.WARNING: ("warning", colours.warning),
            Tone.ERROR: ("error", colours.error),
        }[message.tone]
        self.sign.setPixmap(
            icon(name, colour).pixmap(16, 16)
            if message.picture is None
            else QPixmap.fromImage(message.picture).scaledToHeight(
                THUMBNAIL, Qt.TransformationMode.SmoothTransformation
            )
        )
        self.close_button.setIcon(icon("close"))
        self.text.setText(side_by_side(message.text, message.remedy))
        self.text.setAccessibleName(self.tr("Message") + ": " + self.text.text())
        for button in (self.log_button, self.diagnose_button):
            button.setVisible(message.log is not None)
        more = self._session.messages.more
        self.more.setText(self.tr("{0} more to read").format(more))
        self.more.setVisible(more > 0)
        self._place()

    def _place(self) -> None:
        """At the lower end of what it lies on, as high as its words need."""
        width = self._over.width() - 2 * MARGIN
        self._arrange(width - 64)
        self.layout().invalidate()
        height = self.layout().totalHeightForWidth(width)
        self.setGeometry(MARGIN, self._over.height() - MARGIN - height, width, height)
        self.raise_()

    def _arrange(self, width: int) -> None:
        """Buttons beside each other as far as there is room, then in another row."""
        while self._rows:
            row = self._rows.pop()
            while row.takeAt(0) is not None:
                pass
            self._buttons.removeItem(row)
        room = 0
        for widget in (self.more, self.log_button, self.diagnose_button, self.question, *self.offers):
            if widget.isHidden():
                continue
            widget.ensurePolished()
            needed = widget.sizeHint().width() + 8
            if needed > room:
                room = width
                self._rows.append(QHBoxLayout())
                self._rows[-1].setSpacing(8)
                self._rows[-1].addStretch(1)
                self._buttons.addLayout(self._rows[-1])
            room -= needed
            self._rows[-1].addWidget(widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._session.messages.current is not None:
            self._place()
        return super().eventFilter(watched, event)

    def _make_offers(self, offers: tuple[Offer, ...]) -> None:
        for button in self.offers:
            button.hide()
            button.deleteLater()
        self.offers = []
        for offer in offers:
            button = QPushButton(offer.text, self)
            button.clicked.connect(partial(self._on_offer, offer))
            button.show()  # what is hidden has no place when the height is measured
            self.offers.append(button)

    def _on_offer(self, offer: Offer) -> None:
        offer.act()

    def _on_close(self) -> None:
        self._session.messages.dismiss()

    def _on_log(self) -> None:
        message = self._session.messages.current
        if message is not None and message.log is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(message.log)))
