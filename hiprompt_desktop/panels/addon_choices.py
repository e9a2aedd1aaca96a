"""Add-ons of which a picture has one at most: another VAE, an upscaler and a ControlNet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFormLayout, QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QWidget

from hiprompt_core.request import ControlNet
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.model_use import fits
from hiprompt_desktop.number_fields import indent
from hiprompt_desktop.panels.addon_files import misfit_of, name_of
from hiprompt_desktop.panels.addon_rows import FileChoice
from hiprompt_desktop.session import Session

STRONGEST = 2.0
"""Weight of a ControlNet, as requests allow."""


class AddOnChoices(QWidget):
    """Edits the session's wish."""

    library_asked = Signal()

    def __init__(self, session: Session, library: ModelLibrary) -> None:
        super().__init__()
        self._session = session
        self._library = library
        self.vae = FileChoice(self.tr("VAE"), self.tr("the model’s own"))
        self.upscaler = FileChoice(self.tr("Upscaler"), self.tr("none: Lanczos"))
        self.controlnet = FileChoice(self.tr("ControlNet"), self.tr("none"))
        self.vae.chosen.connect(self.use_vae)
        self.upscaler.chosen.connect(self.use_upscaler)
        self.controlnet.chosen.connect(self.use_controlnet)
        for choice in (self.vae, self.upscaler, self.controlnet):
            choice.library_asked.connect(self.library_asked)
        self._make_strength()
        self._teach()
        self._lay_out()
        session.next.changed.connect(self.refresh)
        session.next.forecast_changed.connect(self.refresh)
        library.changed.connect(self.refresh)
        self.refresh()

    def _make_strength(self) -> None:
        self.weight = QDoubleSpinBox()
        self.weight.setRange(0, STRONGEST)
        self.weight.setSingleStep(0.05)
        self.weight.setAccessibleName(self.tr("Weight of the ControlNet"))
        self.end = QSpinBox()
        self.end.setRange(0, 100)
        self.end.setSingleStep(5)
        self.end.setSuffix(" %")
        self.end.setAccessibleName(self.tr("Steps that the ControlNet holds"))
        for spin in (self.weight, self.end):
            spin.setKeyboardTracking(False)
            spin.setMinimumWidth(64)
            indent(spin)
            spin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.weight.valueChanged.connect(lambda weight: self._adjust(weight=weight))
        self.end.valueChanged.connect(lambda share: self._adjust(end=share / 100))
        self.strength = QWidget()
        row = QHBoxLayout(self.strength)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(QLabel(self.tr("weight")))
        row.addWidget(self.weight, 1)
        row.addWidget(QLabel(self.tr("until")))
        row.addWidget(self.end, 1)

    def _teach(self) -> None:
        self.vae.teach(self.tr("What turns latents into pixels"))
        self.upscaler.teach(self.tr("Makes the picture that each phase starts from; large ones want a graphics card"))
        self.controlnet.teach(
            self.tr("One for tiles holds each phase to the picture before it, so that more strength invents less")
        )
        self.weight.setToolTip(self.tr("How strongly it holds: 1 as its maker meant it, 0 not at all"))
        self.end.setToolTip(self.tr("Share of a phase’s steps after which it lets go, so that fine detail is free"))

    def _lay_out(self) -> None:
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(12)
        self._form.setVerticalSpacing(8)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.labels = [QLabel(choice.title) for choice in (self.vae, self.upscaler, self.controlnet)]
        for label, choice in zip(self.labels, (self.vae, self.upscaler, self.controlnet), strict=True):
            label.setBuddy(choice.box)
            self._form.addRow(label, choice)
        self._form.addRow(self.strength)

    def tint(self) -> None:
        """Take the icons of another theme."""
        for choice in (self.vae, self.upscaler, self.controlnet):
            choice.tint()

    def refresh(self) -> None:
        wish, family = self._session.next.wish, self._session.next.forecast.family
        self._show(self.vae, wish.additions.vae, "VAE", family)
        self._show(self.upscaler, wish.upscaler, "upscaler", "")
        self._show(self.controlnet, wish.controlnet.path if wish.controlnet else None, "ControlNet", family)
        self._form.setRowVisible(self.strength, wish.controlnet is not None)
        if wish.controlnet is not None:
            for spin, value in ((self.weight, wish.controlnet.weight), (self.end, round(100 * wish.controlnet.end))):
                spin.blockSignals(True)
                spin.setValue(value)
                spin.blockSignals(False)

    def _show(self, choice: FileChoice, value: Path | None, role: str, family: str) -> None:
        """Offer what suits a family of models; empty: any."""
        names = {entry.path: entry.name for entry in self._library.of_role(role) if fits(entry.family, family)}
        if value is not None:
            names.setdefault(value, name_of(value, self._library))
        choice.show_value(value, names, misfit_of(value, self._library, family) if value else "")

    # Changes

    def use_vae(self, path: Path | None) -> None:
        self._session.next.change(additions=replace(self._session.next.wish.additions, vae=path))

    def use_upscaler(self, path: Path | None) -> None:
        self._session.next.change(upscaler=path)

    def use_controlnet(self, path: Path | None) -> None:
        """Another one keeps the weight and the end."""
        before = self._session.next.wish.controlnet
        if path is None:
            self._session.next.change(controlnet=None)
        else:
            self._session.next.change(controlnet=replace(before, path=path) if before else ControlNet(path=path))

    def _adjust(self, **values: float) -> None:
        controlnet = self._session.next.wish.controlnet
        if controlnet is not None:
            self._session.next.change(controlnet=replace(controlnet, **values))
