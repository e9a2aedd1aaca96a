"""How much of each later phase is drawn anew: a slider that follows the preset until somebody moves it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from hiprompt_core.options import Options
from hiprompt_desktop.icons import icon
from hiprompt_desktop.next_picture import NextPicture

LEAST, MOST = 5, 100
"""Per cent."""


class StrengthRow(QWidget):
    """Edits the wish."""

    def __init__(self, picture: NextPicture) -> None:
        super().__init__()
        self._picture = picture
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(LEAST, MOST)
        self.slider.setPageStep(5)
        self.slider.setAccessibleName(self.tr("Strength"))
        self.slider.valueChanged.connect(self._on_moved)
        self.text = QLabel()
        self.text.setMinimumWidth(44)
        self.text.setObjectName("small")
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.usual = QToolButton()
        self.usual.setAccessibleName(self.tr("As the preset has it"))
        self.usual.setToolTip(self.tr("As the preset has it, or the model wants it"))
        self.usual.clicked.connect(lambda: self._picture.change(strength=None))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.text)
        layout.addWidget(self.usual)
        picture.changed.connect(self.refresh)
        picture.forecast_changed.connect(self.refresh)
        self.tint()
        self.refresh()

    def tint(self) -> None:
        self.usual.setIcon(icon("reset"))

    def refresh(self) -> None:
        """Show what is wished for, or else what the preset and the model come to."""
        wished, request = self._picture.wish.strength, self._picture.forecast.request
        strength = wished if wished is not None else request.options.strength if request is not None else None
        self.usual.setEnabled(wished is not None)
        self.slider.setEnabled(strength is not None)
        options = replace(request.options, strength=strength) if request is not None and strength is not None else None
        self._tell(strength, options)
        if strength is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(round(100 * strength))
            self.slider.blockSignals(False)

    def _tell(self, strength: float | None, options: Options | None) -> None:
        """How much, and what it comes to: steps are whole, so that neighbours may be one and the same picture."""
        text = "" if strength is None else f"{strength:.0%}".replace("%", " %")
        tips = [
            self.tr(
                "How much of each phase is drawn anew: 10 % only sharpens, 50 % invents detail, "
                "100 % starts from noise; more takes longer"
            )
        ]
        if options is not None:
            steps, whole = options.upscale_steps, options.upscale_num_inference_steps
            text = f"{text} · {steps}/{whole}"
            self._keep_width(f"{MOST} % · {whole}/{whole}")
            tips.append(self.tr("{0} of {1} steps run in each phase after the first").format(steps, whole))
            same = [value for value in range(LEAST, MOST + 1) if _steps(options, value) == steps]
            if len(same) > 1:
                tips.append(self.tr("{0} to {1} % are the same: steps are whole").format(same[0], same[-1]))
        self.text.setText(text)
        self.text.setToolTip("\n".join(tips))
        self.slider.setToolTip("\n".join(tips))

    def _keep_width(self, longest: str) -> None:
        """Room for the longest text, so that the slider stays where it is while it is moved."""
        self.text.ensurePolished()
        self.text.setMinimumWidth(self.text.fontMetrics().horizontalAdvance(longest))

    def _on_moved(self, per_cent: int) -> None:
        self._picture.change(strength=per_cent / 100)


def _steps(options: Options, per_cent: int) -> int:
    return replace(options, strength=per_cent / 100).upscale_steps
