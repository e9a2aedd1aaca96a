"""How the picture is looked at, as actions: zoom, what lies over it and around it, comparing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from hiprompt_desktop.canvas.backdrop import next_backdrop
from hiprompt_desktop.canvas.inspection import Measure
from hiprompt_desktop.canvas.view import CanvasView
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Settings

MEASURES = {"seams": Measure.SEAMS, "repetition": Measure.REPETITION, "cost": Measure.COST}


class ViewActions(QObject):
    """Turns the actions of the menu View into calls of the canvas."""

    chosen = Signal(str, object)
    """(Name, value) A setting that is kept for the next time."""

    def __init__(
        self, actions: Mapping[str, QAction], session: Session, view: CanvasView, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._session = session
        self._view = view
        self._backdrop = settings.backdrop
        for name, slot in (
            ("fit", view.fit),
            *((f"zoom_{percent}", partial(self._zoom_to, percent / 100)) for percent in (100, 200, 400, 800)),
            ("zoom_in", view.zoom_in),
            ("zoom_out", view.zoom_out),
            ("compare", view.compare.toggle),
            ("swap", view.compare.swap),
            ("compare_mode", view.compare.next_mode),
            ("stop_comparing", view.compare.stop),
            ("backdrop", self._next_backdrop),
        ):
            actions[name].triggered.connect(slot)
        actions["grid"].setChecked(settings.show_grid)
        actions["captions"].setChecked(settings.show_captions)
        for name in ("grid", "captions"):
            actions[name].toggled.connect(self._on_overlays)
        self._show_overlays()
        view.set_backdrop(self._backdrop)
        for name in MEASURES:
            actions[name].toggled.connect(self._on_measure)
        for signal in (session.state_changed, session.phases_changed, session.easel.comparison_changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        a, comparing = self._actions, self._session.easel.comparison is not None
        a["compare"].setEnabled(self._session.document.last_finished() is not None)
        a["compare"].setChecked(comparing)
        for name in ("swap", "compare_mode"):
            a[name].setEnabled(comparing)
        a["stop_comparing"].setEnabled(comparing and not self._session.busy)  # while drawing, Esc cancels

    def _zoom_to(self, zoom: float) -> None:
        self._view.zoom_to(zoom)

    def _on_overlays(self) -> None:
        self._show_overlays()
        for name in ("grid", "captions"):
            self.chosen.emit(f"show_{name}", self._actions[name].isChecked())

    def _show_overlays(self) -> None:
        self._view.set_overlays(grid=self._actions["grid"].isChecked(), captions=self._actions["captions"].isChecked())

    def _on_measure(self) -> None:
        chosen = [measure for name, measure in MEASURES.items() if self._actions[name].isChecked()]
        self._view.inspection.set_measure(chosen[0] if chosen else None)

    def _next_backdrop(self) -> None:
        self._backdrop = next_backdrop(self._backdrop)
        self._view.set_backdrop(self._backdrop)
        self.chosen.emit("backdrop", self._backdrop)
