"""What the chosen model is and how it wants to be drawn with, in a few words."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from hiprompt_desktop.next_picture import NextPicture


class ModelFit(QLabel):
    """Such as "SDXL, 4 steps"; hidden while the model cannot be read."""

    def __init__(self, picture: NextPicture) -> None:
        super().__init__()
        self._picture = picture
        self.setObjectName("small")
        picture.forecast_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        forecast = self._picture.forecast
        steps = self.tr("{0} steps").format(forecast.few_steps) if forecast.few_steps else ""
        self.setText(", ".join(part for part in (forecast.family, steps) if part))
        self.setVisible(bool(forecast.family))
