"""How many bits the captioner's weights have: fewer need less memory, on cards that can."""

from __future__ import annotations

from importlib.util import find_spec

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox

from hiprompt_desktop.next_picture import NextPicture


class CaptionerBits(QComboBox):
    """Edits the wish; hidden where there is nothing to choose."""

    def __init__(self, picture: NextPicture) -> None:
        super().__init__()
        self._picture = picture
        self.setAccessibleName(self.tr("Bits of the captioner"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        for name, text in (
            ("auto", self.tr("as it is")),
            ("8bit", self.tr("8 bits: half the memory")),
            ("4bit", self.tr("4 bits: a quarter, less exact")),
        ):
            self.addItem(text, name)
        self.activated.connect(self._on_chosen)
        picture.changed.connect(self.refresh)
        picture.device_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        wish = self._picture.wish
        self.setCurrentIndex(self.findData(wish.captioner_precision))
        card = self._picture.machine.device.startswith("cuda")  # AMD's, too
        self.setVisible(wish.captioner is not None and (card or wish.captioner_precision != "auto"))
        able = find_spec("bitsandbytes") is not None
        items = self.model()
        assert isinstance(items, QStandardItemModel)
        for row in range(1, self.count()):
            items.item(row).setEnabled(able)
        self.setToolTip(
            self.tr("Bits of the captioner’s weights: with fewer, a large captioner fits into the card’s memory")
            if able
            else self.tr("Fewer bits need the package bitsandbytes: pip install 'hiprompt-desktop[few-bits]'")
        )

    def _on_chosen(self) -> None:
        self._picture.change(captioner_precision=self.currentData(Qt.ItemDataRole.UserRole))
