"""Which picture of the user's own the next one starts from, and a way to leave it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from hiprompt_desktop.elided_label import ElidedLabel
from hiprompt_desktop.icons import icon
from hiprompt_desktop.session import Session

THUMBNAIL = 40


class StartRow(QFrame):
    """Hidden while pictures start from nothing."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("floating")
        self.thumbnail = QLabel()
        self.thumbnail.setFixedSize(THUMBNAIL, THUMBNAIL)
        self.thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = ElidedLabel()
        self.what = QLabel()
        self.what.setObjectName("small")
        self.leave = QToolButton()
        self.leave.setToolTip(self.tr("Start from nothing again"))
        self.leave.setAccessibleName(self.tr("Start from nothing again"))
        self.leave.clicked.connect(self._on_leave)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.what)
        words.addWidget(self.name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 8)
        layout.setSpacing(8)
        layout.addWidget(self.thumbnail)
        layout.addLayout(words, 1)
        layout.addWidget(self.leave, 0, Qt.AlignmentFlag.AlignTop)
        session.next.changed.connect(self.refresh)
        session.easel.changed.connect(self.refresh)
        self.tint()
        self.refresh()

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.leave.setIcon(icon("close"))

    def refresh(self) -> None:
        wish, own = self._session.next.wish, self._session.easel.own
        self.setVisible(wish.base_image is not None)
        if wish.base_image is None:
            return
        self.name.setText(wish.base_image.name)
        self.name.setToolTip(str(wish.base_image))
        size = f"{wish.base_size.width} × {wish.base_size.height}" if wish.base_size is not None else ""
        self.what.setText(self.tr("Starts from {0}").format(size))
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap()
        if own is not None:
            side = round(THUMBNAIL * ratio)
            fit, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            pixmap = QPixmap.fromImage(own.thumbnail(side).scaled(side, side, fit, smooth))
            pixmap.setDevicePixelRatio(ratio)
        self.thumbnail.setPixmap(pixmap)

    def _on_leave(self) -> None:
        self._session.next.change(base_image=None, base_size=None)
