"""Small copies of several drawings of the same patches: step through them, keep one or none."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from hiprompt_core.geometry import Box
from hiprompt_desktop.canvas.overlay_geometry import box_rect
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.session import Session

SIDE = 44


class Thumbnail(QToolButton):
    """One of the row; arrow keys go to the next."""

    def __init__(self, row: VariationRow) -> None:
        super().__init__()
        self._row = row
        self.setObjectName("thumbnail")
        self.setCheckable(True)
        self.setIconSize(QSize(SIDE, SIDE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self._row.step(step)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self._row.accept.click()
        else:
            super().keyPressEvent(event)


class VariationRow(QWidget):
    """Hidden while there is nothing to choose from."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._before: QWidget | None = None
        """Where the focus was when the choice began; there it goes again."""
        self.heading = QLabel()
        self.heading.setObjectName("muted")
        self.group = QButtonGroup(self)
        self.group.setExclusive(True)
        self.group.idClicked.connect(session.patch_work.variations.show)
        self.accept = QPushButton(self.tr("Accept"))
        self.accept.setObjectName("go_on")
        self.accept.setToolTip(self.tr("Keep the one that is shown (Return)"))
        self.accept.clicked.connect(session.patch_work.accept_variation)
        self.discard = QPushButton(self.tr("Discard"))
        self.discard.setToolTip(self.tr("Back to what was (Esc)"))
        self.discard.clicked.connect(session.patch_work.discard_variations)
        self._row = QHBoxLayout()
        self._row.setSpacing(2)
        self._row.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.accept, 1)
        buttons.addWidget(self.discard, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.heading)
        layout.addLayout(self._row)
        layout.addLayout(buttons)
        session.patch_work.variations.changed.connect(self.refresh)
        session.state_changed.connect(self.refresh)
        self.refresh()

    def step(self, by: int) -> None:
        """Look at the next one, or the one before."""
        self._session.patch_work.variations.step(by)
        button = self.group.button(self._session.patch_work.variations.shown)
        if button is not None:
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        variations, busy = self._session.patch_work.variations, self._session.busy
        focused = QApplication.focusWidget()
        left = not variations.open and self.isAncestorOf(focused)
        self.setVisible(variations.open)
        if left and self._before is not None and isValid(self._before):
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        if len(self.group.buttons()) != len(variations.pictures) + variations.open:
            self._make_thumbnails()
        button = self.group.button(variations.shown)
        if button is not None:
            button.setChecked(True)
        shown = self.tr("variation {0} of {1}").format(variations.shown, len(variations.pictures))
        self.heading.setText(shown if variations.shown else self.tr("as it was"))
        self.accept.setEnabled(not busy and variations.shown > 0)
        self.discard.setEnabled(not busy)
        writing = isinstance(focused, QPlainTextEdit | QLineEdit)
        if button is not None and not busy and not writing and not button.hasFocus():
            if not self.isAncestorOf(focused):
                self._before = focused
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.discard.isEnabled():
            self.discard.click()
        else:
            super().keyPressEvent(event)

    def _make_thumbnails(self) -> None:
        for old in self.group.buttons():
            self.group.removeButton(old)
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        variations = self._session.patch_work.variations
        phase = self._session.document.shown_phase
        if not variations.open or variations.request is None or phase is None:
            return
        chosen = [phase.patches[index].window for index in variations.request.captions]
        place = Box(
            min(box.top for box in chosen),
            min(box.left for box in chosen),
            max(box.bottom for box in chosen),
            max(box.right for box in chosen),
        )
        pyramids = [self._session.easel.pyramid_of(phase.number), *(picture.pyramid for picture in variations.pictures)]
        for number, pyramid in enumerate(pyramids):
            button = Thumbnail(self)
            name = self.tr("Variation {0}").format(number) if number else self.tr("As it was")
            button.setToolTip(name)
            button.setAccessibleName(name)
            if pyramid is not None:
                share = box_rect(place, phase.size, QRectF(0, 0, 1, 1))
                button.setIcon(QIcon(_part(pyramid, share, round(SIDE * self.devicePixelRatioF()))))
            self.group.addButton(button, number)
            self._row.insertWidget(number, button)


def _part(pyramid: Pyramid, share: QRectF, side: int) -> QPixmap:
    """A square of ``side`` pixels from the middle of a part of a picture."""
    shorter = min(share.width() * pyramid.size.width, share.height() * pyramid.size.height)
    level = pyramid.levels[pyramid.level_for(side / max(1.0, shorter))]
    width, height = share.width() * level.width(), share.height() * level.height()
    edge = max(1, int(min(width, height)))
    left = share.x() * level.width() + (width - edge) / 2
    top = share.y() * level.height() + (height - edge) / 2
    part = level.copy(QRect(round(left), round(top), edge, edge))
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(part).scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
