"""Which text drives which band of a patch, and what the word filter dropped on the way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from hiprompt_core.options import Options
from hiprompt_desktop.document import Caption
from hiprompt_desktop.elided_label import ElidedLabel


class PromptLadder(QWidget):
    """Up to three rungs: the low band, the high band, the dropped words."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.rungs: list[tuple[QLabel, ElidedLabel]] = []
        for row in range(3):
            name, text = QLabel(), ElidedLabel()
            name.setObjectName("muted")
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(text, row, 1)
            self.rungs.append((name, text))

    def show_caption(self, caption: Caption, prompt: str, options: Options) -> None:
        """Say what drives a patch of this caption."""
        rungs = self._rungs(caption, prompt, options)
        for place, (name, text) in enumerate(self.rungs):
            used = place < len(rungs)
            name.setVisible(used)
            text.setVisible(used)
            if used:
                name.setText(rungs[place][0])
                text.setText(rungs[place][1])

    def _rungs(self, caption: Caption, prompt: str, options: Options) -> list[tuple[str, str]]:
        words = (caption.text or "").strip() if options.captions else ""
        high = (self.tr("caption"), words) if words else (self.tr("prompt"), prompt)
        if not options.decompose:
            rungs = [(self.tr("all ← {0}").format(high[0]), high[1])]
        else:
            rungs = []
            if options.reduction != "high":
                rungs.append((self.tr("low ← {0}").format(self.tr("prompt")), prompt))
            if options.reduction != "low":
                rungs.append((self.tr("high ← {0}").format(high[0]), high[1]))
        if caption.dropped and not caption.edited:
            rungs.append((self.tr("filtered out"), ", ".join(caption.dropped)))
        return rungs
