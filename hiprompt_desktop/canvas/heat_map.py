"""Paints seams, repetitions or costs over the picture, with a legend; pure painting in viewport coordinates."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from hiprompt_core.geometry import Box
from hiprompt_desktop.canvas.inspection import HeatMap, Measure
from hiprompt_desktop.canvas.overlay_geometry import box_rect, name_of
from hiprompt_desktop.canvas.zoom_view import MARGIN
from hiprompt_desktop.document import Phase
from hiprompt_desktop.patch_cost import PatchCost
from hiprompt_desktop.phrases import duration_text, memory_text

SEAM_RANGE = (1.2, 2.0)
"""Energies that are nothing to see, and as bad as it gets."""
REPETITION_RANGE = (0.5, 0.9)
_EDGE, _GAP, _BAR = 8, 8, 72
"""Pixels: around the legend, in it, and its scale."""
_PLATE = QColor(0, 0, 0, 185)
_INK = QColor(255, 255, 255)
_STOPS = ((0.0, QColor(253, 231, 37)), (0.5, QColor(244, 120, 30)), (1.0, QColor(214, 12, 60)))
"""From yellow to crimson: light to dark as well, so that hue is not the only sign."""


def _translated(text: str) -> str:
    return QCoreApplication.translate("heat_map", text)


def share_of(value: float, limits: tuple[float, float]) -> float:
    """Where a value lies between two limits, 0 to 1."""
    return min(max((value - limits[0]) / (limits[1] - limits[0]), 0.0), 1.0)


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def heat(share: float) -> QColor:
    """Colour of a share of the range; the opacity grows with it."""
    for (start, a), (end, b) in itertools.pairwise(_STOPS):
        if share <= end:
            t = (share - start) / (end - start)
            red, green, blue = (round(x + (y - x) * t) for x, y in zip(_rgb(a), _rgb(b), strict=True))
            return QColor(red, green, blue, round(110 + 120 * share))
    return QColor(_STOPS[-1][1])


def paint_heat_map(
    painter: QPainter, heat_map: HeatMap, phase: Phase, picture: QRectF, visible: QRectF, font: QFont
) -> None:
    """Paint everything that stands out; what is as it should be stays clear, but every patch has its cost."""
    painter.save()
    painter.setClipRect(picture, Qt.ClipOperation.IntersectClip)
    if heat_map.measure is Measure.SEAMS:
        _paint_seams(painter, heat_map, phase, picture, visible)
    else:
        for patch, share, text in _costs(heat_map) if heat_map.costs else _repetitions(heat_map, phase):
            cell = box_rect(phase.patches[patch].cell, phase.size, picture)
            if cell.intersects(visible):
                _paint_cell(painter, cell, share, text, font)
    painter.restore()


def _paint_seams(painter: QPainter, heat_map: HeatMap, phase: Phase, picture: QRectF, visible: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    for box, energy in heat_map.seams:
        share = share_of(energy, SEAM_RANGE)
        if share == 0:
            continue
        rect = box_rect(Box(*box), phase.size, picture)
        broad = 3 + 3 * share  # what is worse is broader, too
        if rect.width() < rect.height():
            rect.adjust(-broad / 2, 0, broad / 2, 0)
        else:
            rect.adjust(0, -broad / 2, 0, broad / 2)
        if rect.intersects(visible):
            painter.fillRect(rect, heat(share))


def _repetitions(heat_map: HeatMap, phase: Phase) -> Iterator[tuple[int, float, str]]:
    """(patch, share of the range, words) of patches that look like another."""
    for patch, like, similarity in heat_map.repetitions:
        share = share_of(similarity, REPETITION_RANGE)
        if share > 0:
            yield patch, share, f"{similarity * 100:.0f} % ≈ {name_of(phase.patches[like])}"


def _costs(heat_map: HeatMap) -> Iterator[tuple[int, float, str]]:
    """(patch, share between the cheapest and the dearest, words) of all patches."""
    work = [cost.evaluations for cost in heat_map.costs]
    for patch, cost in enumerate(heat_map.costs):
        share = (cost.evaluations - min(work)) / max(1, max(work) - min(work))
        yield patch, share, _cost_text(cost)


def _cost_text(cost: PatchCost) -> str:
    if cost.seconds is None:
        return _translated("{0} evaluations").format(cost.evaluations)
    return "≈ " + duration_text(cost.seconds, exact=True)


def _paint_cell(painter: QPainter, cell: QRectF, share: float, text: str, font: QFont) -> None:
    """A cell in the colour of its share, with words where there is room."""
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    colour = heat(share)
    painter.setPen(QPen(colour, 3))
    wash = QColor(colour)
    wash.setAlpha(round(40 + 60 * share))
    painter.setBrush(wash)
    painter.drawRect(cell.adjusted(2, 2, -2, -2))
    width = metrics.horizontalAdvance(text) + 10
    if width + 8 < cell.width() and metrics.height() + 8 < cell.height():
        plate = QRectF(cell.left() + 5, cell.top() + 5, width, metrics.height() + 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PLATE)
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(_INK)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _legend(measure: Measure, heat_map: HeatMap | None) -> tuple[str, str, str, str]:
    """Title, what the ends of the scale mean, and what there is to say of the whole picture."""
    if measure is Measure.SEAMS:
        says = _translated("whole picture {0}× its surroundings").format(f"{heat_map.energy:.2f}") if heat_map else ""
        low, high = (f"{limit:.1f}×" for limit in SEAM_RANGE)
        return _translated("Seams between windows"), low, high, says
    if measure is Measure.REPETITION:
        count = sum(value > REPETITION_RANGE[0] for _, _, value in heat_map.repetitions) if heat_map else 0
        says = _translated("{0} of {1} patches").format(count, len(heat_map.repetitions)) if heat_map else ""
        low, high = (f"{limit * 100:.0f} %" for limit in REPETITION_RANGE)
        return _translated("Patches that look alike"), low, high, says
    title = _translated("Drawing a patch again")
    if heat_map is None or heat_map.how is None or not heat_map.costs:
        return title, "", "", ""
    low, high = (_cost_text(pick(heat_map.costs, key=lambda cost: cost.evaluations)) for pick in (min, max))
    says = _translated("strength {0} %, {1} steps").format(round(100 * heat_map.how.strength), heat_map.how.steps)
    if heat_map.memory is not None:
        says += " · " + _translated("{0} a patch").format(memory_text(heat_map.memory))
    return title, low, high, says


def paint_legend(painter: QPainter, measure: Measure, heat_map: HeatMap | None, area: QRectF, font: QFont) -> None:
    """What the colours mean, in one line above a fitted picture; without a map: that it is being computed."""
    title, low, high, says = _legend(measure, heat_map)
    says = says if heat_map else _translated("measuring…")
    metrics = QFontMetricsF(font)
    rest = area.width() - 2 * _EDGE - _BAR - sum(metrics.horizontalAdvance(text) + _GAP for text in (title, low, high))
    says = metrics.elidedText(says, Qt.TextElideMode.ElideRight, max(0.0, rest - 3 * _GAP))
    plate = QRectF(area.left() + _EDGE, area.top() + 2, 0, MARGIN - 4)
    at = plate.left() + _GAP
    places = []
    for text in (title, low, None, high, says):
        width = _BAR if text is None else metrics.horizontalAdvance(text)
        places.append((text, QRectF(at, plate.top(), width, plate.height())))
        at += width + _GAP if width else 0
    plate.setRight(at)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setFont(font)
    painter.setPen(_INK)
    for text, place in places:
        if text is None:
            _paint_scale(painter, place.adjusted(0, 6, 0, -6))
        else:
            # one pixel more, for what lies between two is left out otherwise
            painter.drawText(place.adjusted(0, 0, 1, 0), Qt.AlignmentFlag.AlignVCenter, text)


def _paint_scale(painter: QPainter, bar: QRectF) -> None:
    colours = QLinearGradient(bar.topLeft(), bar.topRight())
    for at, colour in _STOPS:
        colours.setColorAt(at, colour)
    painter.fillRect(bar, colours)
