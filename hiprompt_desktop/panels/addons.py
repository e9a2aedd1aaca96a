"""The fold of add-ons: LoRAs with their weights, embeddings with their words, and what there is one of at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from hiprompt_core.errors import HiPromptError
from hiprompt_core.request import Additions
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.model_use import fits, with_embedding, with_lora
from hiprompt_desktop.panels.addon_choices import AddOnChoices
from hiprompt_desktop.panels.addon_files import ask_file, misfit_of, name_of
from hiprompt_desktop.panels.addon_rows import EmbeddingRow, LoraRow
from hiprompt_desktop.panels.fields import Fold
from hiprompt_desktop.session import Session


class AddOns(Fold):
    """Opens when something is in use; edits the session's wish."""

    library_asked = Signal()
    said = Signal(str)
    """Words for the prompt, which a LoRA was trained on."""

    def __init__(self, session: Session, library: ModelLibrary) -> None:
        content = QWidget()
        super().__init__("", content)
        self._session = session
        self._library = library
        self._shown: tuple[list[Path], list[Path]] | None = None
        self._count = 0
        """What is in use."""
        self.loras: list[LoraRow] = []
        self.embeddings: list[EmbeddingRow] = []
        self.add_lora = self._adder(self.tr("Add a LoRA…"), "LoRA", self.use_lora)
        self.add_embedding = self._adder(self.tr("Add an embedding…"), "embedding", self.use_embedding)
        self.choices = AddOnChoices(session, library)
        self.choices.library_asked.connect(self.library_asked)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        adders = QHBoxLayout()
        adders.setSpacing(4)
        adders.addWidget(self.add_lora)
        adders.addWidget(self.add_embedding)
        adders.addStretch(1)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._rows)
        layout.addLayout(adders)
        layout.addWidget(self.choices)
        self.button.setToolTip(self.tr("Files beside the model: LoRAs, embeddings, a VAE, an upscaler, a ControlNet"))
        session.next.changed.connect(self.refresh)
        session.next.forecast_changed.connect(self.refresh)
        library.changed.connect(self.refresh)
        self.refresh()

    @property
    def _additions(self) -> Additions:
        return self._session.next.wish.additions

    def refresh(self) -> None:
        additions = self._additions
        wish = self._session.next.wish
        count = len(additions.files) + sum(one is not None for one in (wish.controlnet, wish.upscaler))
        self.button.setText(self.tr("add-ons: {0}").format(count) if count else self.tr("add-ons"))
        if count and not self._count:
            self.button.setChecked(True)
        self._count = count
        shown = (list(additions.loras), list(additions.embeddings.values()))
        if shown != self._shown:
            self._shown = shown
            self._make_rows()
        for lora, weight in zip(self.loras, additions.loras.values(), strict=True):
            triggers = self._triggers(lora.path)
            lora.show_value(name_of(lora.path, self._library), weight, self._misfit(lora.path), triggers)
        for row, word in zip(self.embeddings, additions.embeddings, strict=True):
            row.show_value(name_of(row.path, self._library), word, self._misfit(row.path))

    def tint(self) -> None:
        """Take the icons of another theme."""
        self.choices.tint()
        for row in (*self.loras, *self.embeddings):
            row.tint()

    def _make_rows(self) -> None:
        for row in (*self.loras, *self.embeddings):
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.loras = [LoraRow(path) for path in self._additions.loras]
        self.embeddings = [EmbeddingRow(path) for path in self._additions.embeddings.values()]
        for lora in self.loras:
            lora.said.connect(self.said)
            lora.weighed.connect(partial(self._weigh, lora.path))
            lora.removed.connect(partial(self._drop_lora, lora.path))
            self._rows.addWidget(lora)
        for place, row in enumerate(self.embeddings):
            row.renamed.connect(partial(self._rename, place))
            row.removed.connect(partial(self._drop_embedding, place))
            self._rows.addWidget(row)

    def _triggers(self, path: Path) -> tuple[str, ...]:
        return next((entry.triggers for entry in self._library.entries if entry.path == path), ())

    def _fits(self, family: str) -> bool:
        return fits(family, self._session.next.forecast.family)

    def _misfit(self, path: Path) -> str:
        return misfit_of(path, self._library, self._session.next.forecast.family)

    # Changes

    def use_lora(self, path: Path) -> None:
        self._session.next.change(additions=with_lora(self._additions, path))

    def use_embedding(self, path: Path) -> None:
        self._session.next.change(additions=with_embedding(self._additions, path))

    def _weigh(self, path: Path, weight: float) -> None:
        self._change(loras={**self._additions.loras, path: weight})

    def _drop_lora(self, path: Path) -> None:
        self._change(loras={other: weight for other, weight in self._additions.loras.items() if other != path})

    def _rename(self, place: int, word: str) -> None:
        words = list(self._additions.embeddings.items())
        words[place] = (word, words[place][1])
        if len(dict(words)) == len(words):
            self._change(embeddings=dict(words))
        self.refresh()

    def _drop_embedding(self, place: int) -> None:
        words = list(self._additions.embeddings.items())
        del words[place]
        self._change(embeddings=dict(words))

    def _change(self, **changes: object) -> None:
        try:
            self._session.next.change(additions=replace(self._additions, **changes))
        except HiPromptError as error:
            self._session.messages.complain(error)

    # Where they come from

    def _adder(self, text: str, role: str, use: Callable[[Path], None]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._list, menu, role, use))
        button.setMenu(menu)
        return button

    def _list(self, menu: QMenu, role: str, use: Callable[[Path], None]) -> None:
        """Files of the library that suit the model and are not in use, then the ways to others."""
        menu.clear()
        menu.setToolTipsVisible(True)
        for entry in self._library.of_role(role):
            if self._fits(entry.family) and entry.path not in self._additions.files:
                action = menu.addAction(entry.name.replace("&", "&&"))
                action.setToolTip(str(entry.path))
                action.triggered.connect(partial(self._on_listed, use, entry.path))
        menu.addSeparator()
        menu.addAction(self.tr("Choose a file…")).triggered.connect(partial(ask_file, self, use))
        menu.addAction(self.tr("Models…")).triggered.connect(self.library_asked)

    def _on_listed(self, use: Callable[[Path], None], path: Path) -> None:
        use(path)
