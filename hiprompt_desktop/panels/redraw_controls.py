"""How the selected patches are drawn again: strength, seed, steps, how often, and the button that does it."""

from __future__ import annotations

import secrets

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSlider, QSpinBox, QVBoxLayout, QWidget

from hiprompt_core.request import RegenerateRequest
from hiprompt_desktop.job import Job
from hiprompt_desktop.job_queue import Turn
from hiprompt_desktop.number_fields import indent
from hiprompt_desktop.panels.fields import Fold, SeedField
from hiprompt_desktop.patch_cost import drawn_with
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.phrases import duration_text
from hiprompt_desktop.session import Session

DEFAULT_STRENGTH = 60
DEFAULT_STEPS = 24
MOST_VARIATIONS = 4


class RedrawControls(QWidget):
    """Tells the session what is chosen, so that the cost of it can be said; its owner says when to refresh."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._seed_used = False
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(10, 100)
        self.strength.setValue(DEFAULT_STRENGTH)
        self.strength.setAccessibleName(self.tr("Strength"))
        self.strength.setToolTip(self.tr("How much of the patch is drawn anew: 10 % sharpens, 100 % starts from noise"))
        self.strength_text = QLabel()
        self.strength_text.setMinimumWidth(40)
        self.strength_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.seed = SeedField()
        self.seed.set_seed(secrets.randbelow(2**32), locked=False)
        self.seed.rolled.connect(self._roll)
        self.seed.changed.connect(self._on_seed)
        self.steps = QSpinBox()
        indent(self.steps)
        self.steps.setRange(1, 200)
        self.steps.setValue(DEFAULT_STEPS)
        self.steps.setAccessibleName(self.tr("Steps"))
        self.steps.setToolTip(self.tr("Steps of the whole schedule, of which the strength’s share runs"))
        self.count = QComboBox()
        for number in range(1, MOST_VARIATIONS + 1):
            self.count.addItem(f"× {number}", number)
        self.count.setAccessibleName(self.tr("Variations"))
        self.count.setToolTip(self.tr("How many variations to draw, to keep one of"))
        self.button = QPushButton()
        self.button.clicked.connect(self.regenerate)
        self._lay_out()
        for changed in (self.strength.valueChanged, self.steps.valueChanged, self.count.currentIndexChanged):
            changed.connect(self._on_how)
        session.job_ended.connect(self._on_ended)
        session.next.forecast_changed.connect(self._show_button)
        self._on_how()

    def _lay_out(self) -> None:
        slider = QHBoxLayout()
        slider.setSpacing(8)
        slider.addWidget(QLabel(self.tr("Strength")))
        slider.addWidget(self.strength, 1)
        slider.addWidget(self.strength_text)
        details = QWidget()
        row = QHBoxLayout(details)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(QLabel(self.tr("Seed")))
        row.addWidget(self.seed, 1)
        row.addWidget(QLabel(self.tr("Steps")))
        row.addWidget(self.steps)
        self.more = Fold(self.tr("seed and steps"), details)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.button, 1)
        buttons.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(slider)
        layout.addWidget(self.more)
        layout.addLayout(buttons)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.seed.tint()

    def refresh(self) -> None:
        """Other patches are selected, or something else can be done with them now."""
        phase = self._session.document.shown_phase
        for widget in (self.button, self.strength, self.seed, self.steps, self.count):
            widget.setEnabled(self._session.can_edit and phase is not None and phase.finished)
        self._show_button()

    def regenerate(self) -> None:
        """Draw the selected patches again, as often as is chosen."""
        # What was cancelled or failed keeps its seed: it goes on from its last step.
        if self._seed_used and not self.seed.lock.isChecked():
            self._roll()
        self._seed_used = False
        self._session.patch_work.regenerate(self._how())

    def _how(self) -> Redrawing:
        return Redrawing(
            strength=self.strength.value() / 100,
            seed=self.seed.seed(),
            steps=self.steps.value(),
            count=self.count.currentData(),
        )

    def _on_how(self) -> None:
        """Say what drawing again would cost in another way."""
        self.strength_text.setText(f"{self.strength.value()} %")
        self._session.patch_work.plan(self._how())
        self._show_button()

    def _show_button(self) -> None:
        phase, patches = self._session.document.shown_phase, self._session.selection.patches
        if phase is None or not patches:
            return
        text = self.tr("Regenerate all {0}").format(len(patches)) if len(patches) > 1 else self.tr("Regenerate")
        cost = self._session.patch_work.cost(drawn_with(phase.patches, patches))
        if cost is not None and cost.seconds is not None:
            text += " · ≈ " + duration_text(cost.seconds * self.count.currentData())
        self.button.setText(text)

    def _on_ended(self, job: Job, turn: Turn) -> None:
        """Patches have the seed: unless it is locked, the next ones get another."""
        if isinstance(job.request, RegenerateRequest):
            self._seed_used = turn is Turn.DONE

    def _on_seed(self, seed: int) -> None:
        """A seed that somebody wrote is meant."""
        self.seed.set_seed(seed, locked=True)

    def _roll(self) -> None:
        self.seed.set_seed(secrets.randbelow(2**32), self.seed.lock.isChecked())
