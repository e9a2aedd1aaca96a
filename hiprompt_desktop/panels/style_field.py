"""Chooses a style: one of those that come along, or of a file of the user's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QMenu, QToolButton, QWidget

from hiprompt_core.errors import HiPromptError
from hiprompt_core.styles import STYLES, read_styles
from hiprompt_desktop.icons import icon
from hiprompt_desktop.session import Session

_STYLES = (
    QT_TRANSLATE_NOOP("StyleField", "photograph"),
    QT_TRANSLATE_NOOP("StyleField", "film still"),
    QT_TRANSLATE_NOOP("StyleField", "black and white"),
    QT_TRANSLATE_NOOP("StyleField", "watercolor"),
    QT_TRANSLATE_NOOP("StyleField", "oil painting"),
    QT_TRANSLATE_NOOP("StyleField", "gouache"),
    QT_TRANSLATE_NOOP("StyleField", "ink drawing"),
    QT_TRANSLATE_NOOP("StyleField", "pencil sketch"),
    QT_TRANSLATE_NOOP("StyleField", "woodcut"),
    QT_TRANSLATE_NOOP("StyleField", "children's book"),
    QT_TRANSLATE_NOOP("StyleField", "concept art"),
    QT_TRANSLATE_NOOP("StyleField", "isometric"),
)


class StyleField(QWidget):
    """Edits the session's wish."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._listed: tuple[str, ...] = ()
        self.combo = QComboBox()
        self.combo.setAccessibleName(self.tr("Style"))
        self.combo.setToolTip(self.tr("Words around the prompt and what to avoid; they are shown below"))
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(8)
        self.combo.activated.connect(self._on_style)
        self.button = QToolButton()
        self.button.setAccessibleName(self.tr("Styles of your own"))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        menu.addAction(self.tr("Choose a file of styles…")).triggered.connect(self._on_choose)
        self.without = menu.addAction(self.tr("Only those that come along"))
        self.without.triggered.connect(self._on_without)
        self.button.setMenu(menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.combo, 1)
        layout.addWidget(self.button)

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.button.setIcon(icon("folder"))

    def refresh(self) -> None:
        """Show the wish."""
        wish = self._session.next.wish
        names = tuple(style.name for style in wish.styles)
        if names != self._listed:
            self._listed = names
            self.combo.clear()
            self.combo.addItem(self.tr("none"), "")
            for number, name in enumerate(names):
                if number == len(STYLES):
                    self.combo.insertSeparator(self.combo.count())
                self.combo.addItem(self.tr(name) if number < len(STYLES) else name, name)
        self.combo.setCurrentIndex(max(0, self.combo.findData(wish.style)))
        self.without.setEnabled(wish.styles_file is not None)
        tip = self.tr("Styles of your own: a JSON file, or styles.csv of A1111")
        self.button.setToolTip(tip if wish.styles_file is None else f"{tip}\n{wish.styles_file}")

    def _on_style(self) -> None:
        self._session.next.change(style=self.combo.currentData())

    def _on_choose(self) -> None:
        here = self._session.next.wish.styles_file or Path.home()
        dialog = QFileDialog(self, self.tr("File of styles"), str(here))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Styles (*.json *.csv)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.on_file)
        dialog.open()

    def on_file(self, file: str) -> None:
        """Offer the styles of a file, too; one that holds none changes nothing."""
        try:
            read_styles(Path(file))
        except HiPromptError as error:
            self._session.messages.complain(error)
        else:
            self._session.next.change(styles_file=Path(file))

    def _on_without(self) -> None:
        self._session.next.change(styles_file=None)
