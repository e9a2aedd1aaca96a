"""The picture that the left panel describes: what is wished for, and what it would cost on this machine."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.rate_book import RateBook
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.commands import ChangeWish
from hiprompt_desktop.document import Wish, picture_folder
from hiprompt_desktop.machine import Look, Machine
from hiprompt_desktop.planner import Forecast, Planner
from hiprompt_desktop.steps import WishStep

MOST_RECENT, MOST_PROMPTS = 6, 100


def _any_seed() -> int:
    return secrets.randbelow(2**32)


def _newest_first(one: str, recent: tuple[str, ...], most: int = MOST_RECENT) -> tuple[str, ...]:
    return (one, *(other for other in recent if other != one))[:most]


class NextPicture(QObject):
    """Owns the wish; a request is made of it when it is to be drawn."""

    changed = Signal()
    forecast_changed = Signal()
    device_changed = Signal()
    """Where and how this machine computes is known, or chosen anew."""
    device_missing = Signal(str)
    """The one that was chosen before is not here any more."""
    folder_changed = Signal()
    warm_up_requested = Signal(object)
    """(GenerationRequest) Pictures such as this will be asked for."""
    measure_requested = Signal(object)
    """(GenerationRequest) How long pictures such as this take is asked for."""

    def __init__(self, wish: Wish, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wish = wish
        self.folder = folder
        """Where new pictures go, each in a folder of its own."""
        self.output_override: Path | None = None
        """A folder for the next picture in place of one under ``folder``."""
        self.prompts: tuple[str, ...] = ()
        """Those of earlier pictures as they were typed, the newest first."""
        self.recent_models: tuple[str, ...] = ()
        self.recent_captioners: tuple[str, ...] = ()
        self.machine = Machine()
        self.planner = Planner()
        self.forecast = Forecast()
        self.measuring = False
        """Whether the user asked how fast the machine is, and the answer is to come."""
        self._seed_used = False
        self.steps = QUndoStack(self)
        self._undoing = self._restoring = False
        self._update_forecast()

    def change(self, **changes: Any) -> None:
        """Take what the user typed or chose, as one step of undo."""
        before = {name: getattr(self.wish, name) for name in changes}
        if self._undoing or before == changes:  # fields that are set tell so, too
            self.take(**changes)
            return
        names = [name for name in changes if before[name] != changes[name]]
        step = WishStep(
            title=self._title(names),
            before={name: before[name] for name in names},
            after={name: changes[name] for name in names},
        )
        self.steps.push(ChangeWish(self, step, merges="seed" not in names))

    def _title(self, names: Collection[str]) -> str:
        titles = {
            "prompt": self.tr("Change the prompt"),
            "negative_prompt": self.tr("Change what to avoid"),
            "size": self.tr("Change the size"),
            "preset": self.tr("Choose a preset"),
            "strength": self.tr("Change the strength"),
            "seed": self.tr("Change the seed"),
            "model": self.tr("Choose a model"),
            "captioner": self.tr("Choose who writes captions"),
            "style": self.tr("Choose a style"),
            "additions": self.tr("Change the add-ons"),
        }
        if "preset" in names:
            del titles["strength"]  # which comes with it
        found = [titles[name] for name in names if name in titles]
        return found[0] if len(found) == 1 else self.tr("Change what is asked for")

    def take_back(self, values: Mapping[str, Any]) -> None:
        """Part of ``commands.ChangeWish``."""
        if self._restoring:
            return
        self._undoing = True
        self.take(**values)
        self._undoing = False

    def restore(self, steps: Iterable[WishStep], done: int) -> None:
        """Fill the undo stack with earlier steps, of which the first ``done`` are done; the wish shows that."""
        self._restoring = True
        for step in steps:
            self.steps.push(ChangeWish(self, step))
        self.steps.setIndex(done)
        self._restoring = False

    def take(self, **changes: Any) -> None:
        """Change the wish without a step of undo."""
        wish = replace(self.wish, **changes)
        if wish == self.wish:
            return
        if "seed" in changes:
            self._seed_used = False
        if {"model", "captioner"} & changes.keys():
            self.planner.forget()
        self.wish = wish
        self._remember_folders()
        self.changed.emit()
        self._update_forecast()
        if {"model", "captioner"} & changes.keys() and self.forecast.plan is not None:
            self.warm_up()

    def warm_up(self) -> None:
        """Let the engine do what a picture of the wished models would otherwise wait for."""
        self.warm_up_requested.emit(self.machine.computing.any_picture(self.wish.model, self.wish.captioner))

    def look_again(self) -> None:
        """Models came or went on the disk."""
        self.planner.forget()
        self._update_forecast()

    def retell(self) -> None:
        """Tell wish and forecast once more, the latter in the language of now."""
        self._update_forecast()
        self.changed.emit()
        self.forecast_changed.emit()

    def roll_seed(self) -> None:
        self.change(seed=_any_seed())

    def seed_used(self) -> None:
        """A picture has the seed of the wish: unless it is locked, the next one gets another."""
        self._seed_used = True

    def seed_taken(self, seed: int) -> None:
        """Pictures up to this seed are to come: the next wish gets another one."""
        if not self.wish.seed_locked:
            self.take(seed=seed)
            self._seed_used = True

    def request(self, taken: Collection[int] = ()) -> GenerationRequest:
        """What the wish asks for, planned and placed.

        Args:
            taken: seeds that pictures to come have; unless it is locked, the wish gets another one.

        Raises:
            HiPromptError: it cannot be drawn.
        """
        self.planner.forget()
        if not self.wish.seed_locked and (self._seed_used or self.wish.seed in taken):
            self.take(seed=_any_seed())
        self._update_forecast()
        request = self.asked(self.wish)
        self.planner.plan(request)
        self.prompts = _newest_first(self.wish.prompt, self.prompts, MOST_PROMPTS)
        return self.placed(request)

    def requests(self, count: int, taken: Collection[int] = ()) -> list[GenerationRequest]:
        """What the wish asks for under several seeds in a row; each makes its own choices of wildcards.

        Raises:
            HiPromptError: it cannot be drawn.
        """
        first = self.request(taken)
        seeds = [(first.seed + number) % 2**63 for number in range(1, count)]
        return [first, *(self.placed(self.asked(replace(self.wish, seed=seed))) for seed in seeds)]

    def asked(self, wish: Wish) -> GenerationRequest:
        """What a wish asks of this machine; its folder is still to be set.

        Raises:
            HiPromptError: there is no such model, or a value is outside of its range.
        """
        return self.machine.computing.asked_of(self.planner.request(wish))

    def placed(self, request: GenerationRequest) -> GenerationRequest:
        """The same in a folder of its own."""
        return replace(request, output=self.output_override or picture_folder(self.folder, request))

    def set_folder(self, folder: Path) -> None:
        """Where new pictures go, and whose pictures are listed."""
        self.folder = folder
        self.folder_changed.emit()

    def compute(self, **choice: Any) -> None:
        """Draw the next pictures as chosen: arguments of ``Computing``."""
        computing = replace(self.machine.computing, **choice)
        if computing == self.machine.computing:
            return
        self.machine.computing = computing
        self.device_changed.emit()
        self.retell_cost()
        if self.machine.devices:
            self.warm_up()

    @Slot(object, object)
    def on_ready(self, devices: Mapping[str, str], look: Look) -> None:
        if devices == self.machine.devices:
            return
        self.machine.devices, self.machine.look = devices, look
        chosen = self.machine.computing.device
        if chosen not in {"auto", *devices}:
            self.compute(device="auto")
            self.device_missing.emit(chosen)
            return
        self.device_changed.emit()
        self.retell_cost()

    @Slot(object)
    def on_learnt(self, book: RateBook) -> None:
        self.machine.book = book
        self.measuring = False
        self.retell_cost()

    @Slot()
    def retell_cost(self) -> None:
        """Rates or free memory may have changed."""
        self._update_forecast()
        self.forecast_changed.emit()

    def measure(self) -> None:
        """Let the engine measure how fast this machine is with the wished models."""
        if self.forecast.request is not None and not self.measuring:
            self.measuring = True
            self.measure_requested.emit(self.forecast.request)
            self.forecast_changed.emit()

    def _remember_folders(self) -> None:
        wish = self.wish
        if wish.model != demo_model():
            self.recent_models = _newest_first(str(wish.model), self.recent_models)
        if wish.captioner not in {None, demo_captioner()}:
            self.recent_captioners = _newest_first(str(wish.captioner), self.recent_captioners)

    def _update_forecast(self) -> None:
        forecast = self.planner.forecast(self.wish, self.machine)
        if forecast != self.forecast:
            self.forecast = forecast
            self.forecast_changed.emit()
