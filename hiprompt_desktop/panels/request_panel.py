"""Left: what is asked for, what it would cost, and the button that starts it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.options import PRESETS
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.panels.addons import AddOns
from hiprompt_desktop.panels.captioner_bits import CaptionerBits
from hiprompt_desktop.panels.fields import Fold, ModelChooser, SeedField, SizeField
from hiprompt_desktop.panels.growing_edit import GrowingEdit
from hiprompt_desktop.panels.model_fit import ModelFit
from hiprompt_desktop.panels.plan_label import PlanLabel
from hiprompt_desktop.panels.prompt_options import PromptOptions
from hiprompt_desktop.panels.start_row import StartRow
from hiprompt_desktop.panels.strength_row import StrengthRow
from hiprompt_desktop.panels.token_label import TokenLabel
from hiprompt_desktop.panels.wheel import scroll_past
from hiprompt_desktop.prompt_history import PromptHistory, replace_text
from hiprompt_desktop.session import Session
from hiprompt_desktop.undo_keys import UndoKeys
from hiprompt_desktop.weight_keys import WeightKeys

WIDTH = 312


class RequestPanel(QWidget):
    """Edits the session's wish."""

    generate_asked = Signal()
    library_asked = Signal()

    def __init__(self, session: Session, models: ModelLibrary) -> None:
        super().__init__()
        self._session = session
        self._models = models
        self.prompt = self._text(self.tr("Prompt"), self.tr("Say what the picture shows"), 96)
        self.negative = self._text(self.tr("Avoid"), self.tr("What the picture should not look like"), 64)
        self.start = StartRow(session)
        self.tokens = TokenLabel(session)
        for edit in (self.prompt, self.negative):
            WeightKeys(edit)
            UndoKeys(edit, session.undo)
        PromptHistory(self.prompt, lambda: session.next.prompts)
        self.avoid = Fold(self.tr("avoid"), self.negative)
        self.avoid.button.setToolTip(self.tr("What the picture should not look like (negative prompt)"))
        self.options = PromptOptions(session)
        self.options.insertion_asked.connect(self._on_insertion)
        self.more = Fold(self.tr("more"), self.options)
        self.more.button.setToolTip(self.tr("Style, the captioner’s question, wildcards"))
        self.size_field = SizeField()
        self.preset = QComboBox()
        self.preset.setAccessibleName(self.tr("Preset"))
        self._add_presets()
        self.strength = StrengthRow(session.next)
        self.seed = SeedField()
        self.model = ModelChooser((self.tr("Demo model"), demo_model()), self.tr("Choose an SDXL model"), files=True)
        self.model.setAccessibleName(self.tr("Model"))
        self.captioner = ModelChooser(
            (self.tr("Demo captioner"), demo_captioner()),
            self.tr("Choose a captioner folder, for example LLaVA"),
            self.tr("None: the prompt for every patch"),
            others={"attention": self.tr("The prompt’s words, where they are"), "own": self.tr("Only mine")},
        )
        self.captioner.setAccessibleName(self.tr("Captions"))
        self.bits = CaptionerBits(session.next)
        self.fit = ModelFit(session.next)
        self.addons = AddOns(session, models)
        self.plan = PlanLabel(session.next)
        self.review = QCheckBox(self.tr("Review captions"))
        self.review.toggled.connect(self._on_review)
        self.generate = QPushButton()
        self.generate.setObjectName("primary")
        self.generate.clicked.connect(self.generate_asked)
        self._teach()
        self._lay_out()
        self._listen()
        self._show_wish()
        self._show_forecast()
        self._show_state()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 600)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Long texts leave room for the fields under them."""
        super().resizeEvent(event)
        for edit in (self.prompt, self.negative):
            edit.limit(self.height() // 3)

    def _teach(self) -> None:
        for widget, tip in (
            (self.prompt, self.tr("What the whole picture shows; it keeps all patches together")),
            (self.negative, self.tr("Negative prompt: the model steers away from these words")),
            (self.review, self.tr("Each phase waits after it is described, so that you can correct its captions")),
            (self.preset, self.tr("All settings of the method at once: how much work, how much detail")),
        ):
            widget.setToolTip(tip)

    def _text(self, name: str, hint: str, height: int) -> GrowingEdit:
        edit = GrowingEdit(height)
        edit.setAccessibleName(name)
        edit.setPlaceholderText(hint)
        edit.setTabChangesFocus(True)
        return edit

    def _add_presets(self) -> None:
        words = {
            "balanced": self.tr("balanced: captions everywhere, the default"),
            "fast": self.tr("fast: a third of the work, for trying out"),
            "paper": self.tr("paper: the published method, slow"),
            "demofusion": self.tr("demofusion: one prompt for all patches"),
        }
        for name in PRESETS:
            self.preset.addItem(name, name)
            self.preset.setItemData(self.preset.count() - 1, words.get(name, name), Qt.ItemDataRole.ToolTipRole)

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.start)
        heading = QLabel(self.tr("PROMPT"))
        heading.setObjectName("heading")
        heading.setBuddy(self.prompt)
        top = QHBoxLayout()
        top.addWidget(heading, 1)
        top.addWidget(self.tokens)
        column.addLayout(top)
        column.addWidget(self.prompt)
        column.addWidget(self.avoid)
        column.addWidget(self.more)
        form = self._form()
        column.addLayout(form)
        column.addWidget(self.addons)
        named = [form.itemAt(row, QFormLayout.ItemRole.LabelRole) for row in range(form.rowCount())]
        labels = [label for item in named if item is not None and (label := item.widget()) is not None]
        _align([*labels, *self.addons.choices.labels])
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        scroll_past(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(self._below())
        self.setMinimumWidth(WIDTH)
        self.setMaximumWidth(WIDTH + 160)

    def _form(self) -> QFormLayout:
        """What has a name beside it."""
        form = QFormLayout()
        form.setContentsMargins(0, 8, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, field in (
            (self.tr("Size"), self.size_field),
            (self.tr("Preset"), self.preset),
            (self.tr("Strength"), self.strength),
            (self.tr("Seed"), self.seed),
            (self.tr("Model"), self.model),
            ("", self.fit),
            (self.tr("Captions"), self.captioner),
            ("", self.bits),
        ):
            form.addRow(title, field)
        return form

    def _below(self) -> QVBoxLayout:
        """What is always in view."""
        below = QVBoxLayout()
        below.setContentsMargins(16, 8, 16, 16)
        below.setSpacing(12)
        below.addWidget(self.plan)
        below.addWidget(self.review)
        below.addWidget(self.generate)
        return below

    def _listen(self) -> None:
        self.prompt.textChanged.connect(self._on_prompt)
        self.negative.textChanged.connect(self._on_negative)
        self.size_field.changed.connect(self._on_size)
        self.preset.activated.connect(self._on_preset)
        self.seed.changed.connect(self._on_seed)
        self.seed.rolled.connect(self._session.next.roll_seed)
        self.seed.lock_changed.connect(self._on_lock)
        self.model.chosen.connect(self._on_model)
        for chooser in (self.model, self.captioner):
            chooser.library_asked.connect(self.library_asked)
        self.addons.library_asked.connect(self.library_asked)
        self.addons.said.connect(self._on_trigger)
        self._models.changed.connect(self._offer_models)
        self.captioner.chosen.connect(self._on_captioner)
        self._session.next.changed.connect(self._show_wish)
        self._session.next.forecast_changed.connect(self._show_forecast)
        self._session.state_changed.connect(self._show_state)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.start.tint()
        self.options.tint()
        self.size_field.tint()
        self.strength.tint()
        self.seed.tint()
        self.addons.tint()
        self.plan.refresh()

    # From the widgets to the session

    def _on_prompt(self) -> None:
        self._session.next.change(prompt=self.prompt.toPlainText())

    def _on_negative(self) -> None:
        self._session.next.change(negative_prompt=self.negative.toPlainText())

    def _on_size(self, size: object) -> None:
        self._session.next.change(size=size)

    def _on_preset(self) -> None:
        self._session.next.change(preset=self.preset.currentData(), strength=None)

    def _on_seed(self, seed: int) -> None:
        self._session.next.change(seed=seed)

    def _on_lock(self, locked: bool) -> None:
        self._session.next.change(seed_locked=locked)

    def _on_model(self, folder: Path) -> None:
        self._session.next.change(model=folder)

    def _on_captioner(self, choice: Path | str | None) -> None:
        if isinstance(choice, str):
            self._session.next.change(captioner=None, caption_source=choice)
        else:
            self._session.next.change(captioner=choice, caption_source="captioner")

    def _on_insertion(self, text: str) -> None:
        self.prompt.insertPlainText(text)
        self.prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_trigger(self, words: str) -> None:
        self.prompt.moveCursor(QTextCursor.MoveOperation.End)
        self._on_insertion(f", {words}" if self.prompt.toPlainText().strip() else words)

    def _on_review(self, review: bool) -> None:
        self._session.next.change(review_captions=review)

    # From the session to the widgets

    def _show_wish(self) -> None:
        wish = self._session.next.wish
        for edit, text in ((self.prompt, wish.prompt), (self.negative, wish.negative_prompt)):
            if edit.toPlainText() != text:
                edit.blockSignals(True)
                replace_text(edit, text)
                edit.blockSignals(False)
        self.prompt.setPlaceholderText(
            self.tr("Nothing: the captioner says what your picture shows")
            if wish.base_image is not None and wish.captioner is not None
            else self.tr("Say what the picture shows")
        )
        self.size_field.set_size(wish.size)
        self._show_forecast()
        self.preset.setCurrentIndex(max(0, self.preset.findData(wish.preset)))
        self.review.setChecked(wish.review_captions)
        self.review.setEnabled(wish.describes)
        self.seed.set_seed(wish.seed, wish.seed_locked)
        self.model.show_value(wish.model, self._session.next.recent_models)
        source = wish.captioner if wish.caption_source == "captioner" else wish.caption_source
        self.captioner.show_value(source, self._session.next.recent_captioners)

    def _offer_models(self) -> None:
        for chooser, role in ((self.model, "model"), (self.captioner, "captioner")):
            found = self._models.of_role(role)
            chooser.offer({entry.path: (entry.name, entry.family) for entry in found})

    def _show_forecast(self) -> None:
        forecast = self._session.next.forecast
        self.size_field.offer(forecast.native_size, forecast.size_step, self._session.next.wish.base_size)

    def _show_state(self) -> None:
        busy = self._session.busy
        self.generate.setText(self.tr("Add to queue") if busy else self.tr("Generate"))
        tip = self.tr("Ctrl+Return; in front of the queue: Ctrl+Shift+Return") if busy else self.tr("Ctrl+Return")
        self.generate.setToolTip(tip)


def _align(labels: Sequence[QWidget]) -> None:
    """Let the fields beside labels of several forms begin at the same place."""
    for label in labels:
        label.ensurePolished()
    width = max(label.sizeHint().width() for label in labels)
    for label in labels:
        label.setMinimumWidth(width)
