"""The editor of the selected patches: what they say, what drives them, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hiprompt_core.options import PRESETS
from hiprompt_desktop.canvas.overlay_geometry import name_of
from hiprompt_desktop.caption_flags import shared_with_prompt, shared_words
from hiprompt_desktop.document import Phase
from hiprompt_desktop.icons import icon
from hiprompt_desktop.opened_picture import origin
from hiprompt_desktop.panels.prompt_ladder import PromptLadder
from hiprompt_desktop.panels.redraw_controls import RedrawControls
from hiprompt_desktop.panels.variation_row import VariationRow
from hiprompt_desktop.phrases import caption_state
from hiprompt_desktop.session import Session
from hiprompt_desktop.weight_keys import WeightKeys


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
        self.lock.clicked.connect(session.patch_work.lock)
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
        self.redraw = RedrawControls(session)
        self.variations = VariationRow(session)
        self._lay_out()
        session.next.changed.connect(self._show_question)
        for signal in (
            session.patch_work.variations.changed,
            session.selection.changed,
            session.captions_changed,
            session.state_changed,
        ):
            signal.connect(self._refresh)
        self.tint()
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.text)
        layout.addWidget(self.facts)
        layout.addWidget(self.ladder)
        layout.addLayout(question)
        layout.addWidget(self.redraw)
        layout.addWidget(self.variations)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.lock.setIcon(icon("lock" if self.lock.isChecked() else "unlock"))
        self.redraw.tint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.tint()

    def focus_text(self) -> None:
        """Start editing."""
        if self.isVisible() and not self.text.isReadOnly():
            self.text.setFocus()
            self.text.selectAll()

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
        self.redraw.setVisible(not self._session.patch_work.variations.open)
        self.redraw.refresh()
        self.tint()
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
        caption, counter = phase.captions[patch], self._session.tokens.counter
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
