"""The less usual wishes about words: a style, the captioner's question, and the folder of wildcards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from hiprompt_core.errors import OutputError
from hiprompt_core.questions import QUESTIONS
from hiprompt_core.request import DEFAULT_QUESTION
from hiprompt_core.wildcards import wildcard_names
from hiprompt_desktop.icons import icon
from hiprompt_desktop.panels.style_field import StyleField
from hiprompt_desktop.session import Session

LONGEST_PROMPT = 60
"""Letters of the prompt between the words of a style."""
MOST_NAMES = 40
"""Of wildcards in a menu."""
_PURPOSES = {
    "sentence": QT_TRANSLATE_NOOP("PromptOptions", "one sentence: fits most pictures"),
    "objects": QT_TRANSLATE_NOOP("PromptOptions", "names alone: for crowded pictures, and talkative captioners"),
    "materials": QT_TRANSLATE_NOOP("PromptOptions", "surfaces: for fine detail such as fabric, bark or stone"),
    "detail": QT_TRANSLATE_NOOP("PromptOptions", "two sentences: for captioners that see much, at twice the time"),
}


class PromptOptions(QWidget):
    """Edits the session's wish; lies in a fold."""

    insertion_asked = Signal(str)
    """Something to stand in the prompt where its cursor is."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.style_field = StyleField(session)
        self.preview = QLabel()
        self.preview.setObjectName("small")
        self.preview.setWordWrap(True)
        self.preview.setTextFormat(Qt.TextFormat.PlainText)
        self.question = QComboBox()
        self.question.setAccessibleName(self.tr("Question to the captioner"))
        self.question.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.question.setMinimumContentsLength(8)
        self.question.setEditable(True)
        self.question.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.question.lineEdit().setPlaceholderText(DEFAULT_QUESTION)
        for name, question in QUESTIONS.items():
            self.question.addItem(question.text)
            purpose = self.tr(_PURPOSES.get(name, question.purpose))
            self.question.setItemData(self.question.count() - 1, purpose, Qt.ItemDataRole.ToolTipRole)
        self.question.activated.connect(self._on_question)
        self.question.lineEdit().editingFinished.connect(self._on_question)
        self.folder = QLabel("{a|b}, __name__")
        self.folder.setObjectName("muted")
        self.folder_button = QToolButton()
        self.folder_button.setToolTip(self.tr("Wildcards: use one, or choose their folder"))
        self.folder_button.setAccessibleName(self.tr("Wildcards"))
        self.folder_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.folder_button.setMenu(QMenu(self.folder_button))
        self.folder_button.menu().aboutToShow.connect(self.fill_menu)
        self._lay_out()
        self.tint()
        session.next.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        form = self._form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        wildcards = QWidget()
        row = QHBoxLayout(wildcards)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.folder, 1)
        row.addWidget(self.folder_button)
        form.addRow(self.tr("Style"), self.style_field)
        form.addRow(self.preview)
        form.addRow(self.tr("Question"), self.question)
        form.addRow(self.tr("Wildcards"), wildcards)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.folder_button.setIcon(icon("folder"))
        self.style_field.tint()

    def refresh(self) -> None:
        wish = self._session.next.wish
        self.style_field.refresh()
        styled = self.style_field.combo.currentIndex() > 0 and bool(wish.prompt.strip())
        self._form.setRowVisible(self.preview, styled)
        if styled:
            whole, negative = wish.styled()
            shown, _ = replace(wish, prompt=shortened(wish.prompt)).styled()
            self.preview.setText(shown)
            self.preview.setToolTip(whole + "\n\n" + self.tr("Avoid: {0}").format(negative))
        if not self.question.lineEdit().isModified():
            self.question.setCurrentText(wish.question)
            self.question.lineEdit().setCursorPosition(0)
        asked = wish.captioner is not None and wish.describes
        self.question.setEnabled(asked)
        self.question.setToolTip(
            wish.question if asked else self.tr("Nobody is asked: captions do not come from a captioner")
        )
        self.folder.setToolTip(
            self.tr("{red|blue} in a prompt is one of its words, {0} a line of animals.txt in this folder").replace(
                "{0}", "__animals__"
            )
            + (f"\n{wish.wildcards}" if wish.wildcards is not None else "")
        )

    def fill_menu(self) -> None:
        """List the wildcards that there are now."""
        menu, folder = self.folder_button.menu(), self._session.next.wish.wildcards
        menu.clear()
        for name in wildcard_names(folder)[:MOST_NAMES] if folder is not None else []:
            menu.addAction(f"__{name}__").triggered.connect(self._on_name)
        menu.addSeparator()
        menu.addAction(self.tr("Show the folder")).triggered.connect(self._on_show)
        menu.addAction(self.tr("Choose another folder…")).triggered.connect(self._on_choose)

    def _on_question(self) -> None:
        self.question.lineEdit().setModified(False)
        self._session.next.change(question=self.question.currentText().strip() or DEFAULT_QUESTION)
        self.refresh()

    def _on_name(self) -> None:
        self.insertion_asked.emit(self.sender().text())  # type: ignore[attr-defined]

    def _on_show(self) -> None:
        folder = self._session.next.wish.wildcards
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problem = f"{folder} cannot be made: {error.strerror}."
            self._session.messages.complain(OutputError(problem, "Choose another folder."))
        else:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _on_choose(self) -> None:
        here = self._session.next.wish.wildcards or Path.home()
        dialog = QFileDialog(self, self.tr("Folder of wildcards"), str(here))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.on_folder)
        dialog.open()

    def on_folder(self, folder: str) -> None:
        self._session.next.change(wildcards=Path(folder))


def shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_PROMPT else text[:LONGEST_PROMPT].rstrip(" ,") + "…"
