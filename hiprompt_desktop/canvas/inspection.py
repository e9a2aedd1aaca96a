"""Which heat map lies over the picture, computed off the GUI thread from what the core measures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QObject, Signal

from hiprompt_core.geometry import Patch
from hiprompt_desktop.background import Background
from hiprompt_desktop.document import Phase
from hiprompt_desktop.job import Failure
from hiprompt_desktop.patch_cost import PatchCost, drawn_with_each
from hiprompt_desktop.patch_requests import Redrawing
from hiprompt_desktop.patch_work import PatchWork
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.qimage import as_array
from hiprompt_desktop.session import Session

_COMPARED = 2048
"""Longest side of the picture in which repetitions are looked for, pixels."""


class Measure(Enum):
    SEAMS = auto()
    REPETITION = auto()
    COST = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class HeatMap:
    """One measure of one picture."""

    measure: Measure
    phase: int
    seams: tuple[tuple[tuple[int, int, int, int], float], ...] = ()
    """(top, left, bottom, right) in pixels, energy."""
    energy: float = 1.0
    """Of all seams together."""
    repetitions: tuple[tuple[int, int, float], ...] = ()
    """(patch, the patch it is most like, similarity)."""
    costs: tuple[PatchCost, ...] = ()
    """Of drawing each patch again."""
    how: Redrawing | None = None
    """How that would be done."""
    memory: int | None = None
    """Bytes for each patch drawn at the same time."""


def measure_seams(pyramid: Pyramid, phase: int, patches: tuple[Patch, ...]) -> HeatMap:
    """Meant for a worker thread."""
    from hiprompt_core.inspection import seam_energy, seams

    image = as_array(pyramid.levels[0])
    found = tuple((tuple(seam.box), seam.energy) for seam in seams(image, patches))
    return HeatMap(measure=Measure.SEAMS, phase=phase, seams=found, energy=seam_energy(image, patches))


def measure_repetition(pyramid: Pyramid, phase: int, patches: tuple[Patch, ...]) -> HeatMap:
    """Meant for a worker thread."""
    from hiprompt_core.inspection import repetitions

    level = pyramid.levels[pyramid.level_for(_COMPARED / max(pyramid.size))]
    small = as_array(level)
    size = pyramid.size
    scaled = [patch._replace(cell=patch.cell.scaled(size, type(size)(*small.shape[:2]))) for patch in patches]
    found = tuple(tuple(item) for item in repetitions(small, scaled))
    return HeatMap(measure=Measure.REPETITION, phase=phase, repetitions=found)


def measure_cost(work: PatchWork, phase: Phase) -> HeatMap:
    """A sum for each patch."""
    costs = (work.cost(views) for views in drawn_with_each(phase.patches))
    return HeatMap(
        measure=Measure.COST,
        phase=phase.number,
        costs=tuple(cost for cost in costs if cost is not None),
        how=work.how,
        memory=work.memory_of_a_patch(),
    )


class Inspection(QObject):
    """The chosen measure of the shown phase, as soon as it is computed."""

    changed = Signal()

    def __init__(self, session: Session, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = background
        self._of: tuple[Pyramid, tuple[Patch, ...]] | None = None
        self.measure: Measure | None = None
        self.heat_map: HeatMap | None = None
        session.easel.changed.connect(self._update)
        session.phases_changed.connect(self._update)
        for signal in (session.patch_work.how_changed, session.next.forecast_changed):
            signal.connect(self._on_costs)

    def set_measure(self, measure: Measure | None) -> None:
        """Show another map, or none."""
        if measure is not self.measure:
            self.measure = measure
            self._of = None
            self._update()

    @property
    def computing(self) -> bool:
        return self._of is not None and self.heat_map is None

    def _update(self) -> None:
        session, phase = self._session, self._session.document.shown_phase
        pyramid = session.easel.pyramid
        if self.measure is None or phase is None or pyramid is None or not phase.patches or not phase.finished:
            self._set(None, None)
            return
        if self.measure is Measure.COST:
            self._set((pyramid, phase.patches), measure_cost(session.patch_work, phase))
            return
        if self._of is not None and self._of[0] is pyramid and self._of[1] == phase.patches:
            return
        measure = measure_seams if self.measure is Measure.SEAMS else measure_repetition
        number, patches = phase.number, phase.patches
        self._set((pyramid, patches), None)
        self._background.run(
            lambda: measure(pyramid, number, patches), self._on_measured, self._on_failed, name="inspection"
        )

    def _on_costs(self) -> None:
        if self.measure is Measure.COST:
            self._update()

    def _set(self, of: tuple[Pyramid, tuple[Patch, ...]] | None, heat_map: HeatMap | None) -> None:
        if of is None:
            self._background.forget("inspection")
        self._of, self.heat_map = of, heat_map
        self.changed.emit()

    def _on_measured(self, heat_map: HeatMap) -> None:
        self._set(self._of, heat_map)

    def _on_failed(self, failure: Failure) -> None:
        self._set(None, None)
        self._session.messages.tell_failure(failure)
