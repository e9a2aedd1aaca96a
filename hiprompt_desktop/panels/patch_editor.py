"""The editor of the selected patches: what they say, what drives them, and what can be done again."""

from __future__ import annotations

import secrets

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_core.options import PRESETS
from hiprompt_core.request import RegenerateRequest
from hiprompt_desktop.canvas.overlay_geometry import name_of
from hiprompt_desktop.caption_flags import shared_with_prompt, shared_words
from hiprompt_desktop.document import Phase
from hiprompt_desktop.icons import icon
from hiprompt_desktop.job import Job
from hiprompt_desktop.job_queue import Turn
from hiprompt_desktop.opened_picture import origin
from hiprompt_desktop.panels.fields import Fold, SeedField
from hiprompt_desktop.panels.prompt_ladder import PromptLadder
from hiprompt_desktop.panels.variation_row import VariationRow
from hiprompt_desktop.patch_cost import drawn_with
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.phrases import caption_state, duration_text
from hiprompt_desktop.session import Session
from hiprompt_desktop.weight_keys import WeightKeys

DEFAULT_STRENGTH = 60
DEFAULT_STEPS = 24
MOST_VARIATIONS = 4


class PatchEditor(QWidget):
    """Hidden while no patch is selected."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.heading = QLabel()
        self.heading.setObjectName("heading")
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Caption of the patch"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(64)
        WeightKeys(self.text)
        self.text.textChanged.connect(self._on_text)
        self.lock = QToolButton()
        self.lock.setCheckable(True)
        self.lock.setAccessibleName(self.tr("Lock"))
        self.lock.clicked.connect(self._on_lock)
        self.revert = QToolButton()
        self.revert.setText(self.tr("revert"))
        self.revert.clicked.connect(self._on_revert)
        self.facts = QLabel()
        self.facts.setObjectName("muted")
        self.facts.setWordWrap(True)
        self.ladder = PromptLadder()
        self.question = QLineEdit()
        self.question.setAccessibleName(self.tr("Question to the captioner"))
        self.question.returnPressed.connect(self._on_describe)
        self.describe = QPushButton(self.tr("Ask again"))
        self.describe.clicked.connect(self._on_describe)
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
        self._seed_used = False
        session.job_ended.connect(self._on_ended)
        self.steps = QSpinBox()
        self.steps.setRange(1, 200)
        self.steps.setValue(DEFAULT_STEPS)
        self.steps.setAccessibleName(self.tr("Steps"))
        self.steps.setToolTip(self.tr("Steps of the whole schedule, of which the strength’s share runs"))
        self.count = QComboBox()
        for number in range(1, MOST_VARIATIONS + 1):
            self.count.addItem(f"× {number}", number)
        self.count.setAccessibleName(self.tr("Variations"))
        self.count.setToolTip(self.tr("How many variations to draw, to keep one of"))
        for changed in (self.strength.valueChanged, self.steps.valueChanged, self.count.currentIndexChanged):
            changed.connect(self._on_how)
        session.next.forecast_changed.connect(self._show_button)
        self.variations = VariationRow(session)
        session.patch_work.variations.changed.connect(self._refresh)
        self.button = QPushButton()
        self.button.clicked.connect(self.regenerate)
        self._lay_out()
        session.next.changed.connect(self._show_question)
        for signal in (session.selection.changed, session.captions_changed, session.state_changed):
            signal.connect(self._refresh)
        self.tint()
        self._on_how()
        self._show_question()
        self._refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.heading, 1)
        top.addWidget(self.revert)
        top.addWidget(self.lock)
        question = QHBoxLayout()
        question.setSpacing(4)
        question.addWidget(self.question, 1)
        question.addWidget(self.describe)
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
        self._again = QWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.text)
        layout.addWidget(self.facts)
        layout.addWidget(self.ladder)
        layout.addLayout(question)
        again = QVBoxLayout(self._again)
        again.setContentsMargins(0, 0, 0, 0)
        again.setSpacing(8)
        again.addLayout(slider)
        again.addWidget(self.more)
        again.addLayout(buttons)
        layout.addWidget(self._again)
        layout.addWidget(self.variations)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.lock.setIcon(icon("lock" if self.lock.isChecked() else "unlock"))
        self.seed.tint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.tint()

    def focus_text(self) -> None:
        """Start editing."""
        if self.isVisible() and not self.text.isReadOnly():
            self.text.setFocus()
            self.text.selectAll()

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
            seed=int(self.seed.edit.text() or 0),
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

    def _refresh(self) -> None:
        phase, patches = self._session.document.shown_phase, self._session.selection.patches
        self.setVisible(phase is not None and bool(patches))
        if phase is None or not patches:
            return
        locked = [index for index in patches if phase.captions[index].locked]
        self.text.setReadOnly(not self._session.can_edit or len(locked) == len(patches))
        self.lock.setChecked(bool(locked))
        self.lock.setEnabled(self._session.can_edit)
        self.revert.setVisible(any(_revertible(phase, index) for index in patches))
        self.describe.setEnabled(self._session.can_edit and len(locked) < len(patches))
        self._again.setVisible(not self._session.patch_work.variations.open)
        for widget in (self.button, self.strength, self.seed, self.steps, self.count):
            widget.setEnabled(self._session.can_edit and phase.finished)
        self.tint()
        self._show_button()
        self._show_text(phase, patches)
        if len(patches) == 1:
            self._show_one(phase, patches[0])
        else:
            self._show_many(phase, patches)

    def _show_text(self, phase: Phase, patches: list[int]) -> None:
        writable = [index for index in patches if not phase.captions[index].locked] or patches
        texts = {phase.caption(index) or "" for index in writable}
        text = texts.pop() if len(texts) == 1 else ""
        if self.text.toPlainText() != text:
            self.text.blockSignals(True)
            self.text.setPlainText(text)
            self.text.blockSignals(False)
        self.text.setPlaceholderText(self.tr("Different captions: write one for all of them") if texts else "")

    def _show_one(self, phase: Phase, patch: int) -> None:
        self.heading.setText(self.tr("PATCH {0}").format(name_of(phase.patches[patch])))
        caption, counter = phase.captions[patch], self._session.counter
        facts = [words for _, words in caption_state(caption, self._session.flags[patch])]
        if counter is not None and caption.text:
            facts.insert(0, self.tr("{0} of {1} tokens").format(counter.count(caption.text), counter.limit))
        if caption.text:
            shared, words = shared_with_prompt(caption.text, self._session.prompt)
            if words:
                facts.insert(1 if counter else 0, self.tr("prompt {0} %").format(100 * shared // words))
        version, seed = origin(phase.path, patch) if phase.path is not None else (1, 0)
        if version > 1:
            facts.append(self.tr("version {0}, seed {1}").format(version, seed))
        text = " · ".join(facts)
        if caption.seen is not None:
            text += "\n" + self.tr("the picture shows: {0}").format(caption.seen)
        self.facts.setText(text)
        self.facts.setVisible(bool(text))
        request = self._session.document.request
        options = request.options if request is not None else PRESETS[self._session.next.wish.preset]
        self.ladder.show_caption(caption, self._session.prompt, options)
        self.ladder.show()

    def _show_many(self, phase: Phase, patches: list[int]) -> None:
        self.heading.setText(self.tr("{0} PATCHES").format(len(patches)))
        shared = shared_words([phase.caption(index) or "" for index in patches])
        words = ", ".join(shared) if shared else self.tr("no word")
        self.facts.setText(self.tr("They share: {0}").format(words))
        self.facts.show()
        self.ladder.hide()

    def _on_text(self) -> None:
        self._session.edits.write(self._session.selection.patches, self.text.toPlainText(), typing=True)

    def _on_lock(self, locked: bool) -> None:
        self._session.edits.lock(self._session.selection.patches, locked)

    def _on_revert(self) -> None:
        self._session.edits.revert(self._session.selection.patches)

    def _on_describe(self) -> None:
        self._session.patch_work.describe(self.question.text())

    def _show_question(self) -> None:
        usual = self._session.next.wish.question
        self.question.setPlaceholderText(usual)
        self.question.setToolTip(self.tr("What the captioner is asked; empty: {0}").format(usual))


def _revertible(phase: Phase, index: int) -> bool:
    caption = phase.captions[index]
    return caption.edited and caption.described is not None and not caption.locked
