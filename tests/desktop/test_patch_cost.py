"""What drawing patches again costs: counted as the core counts it, told before it is done, shown for every patch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from pytestqt.qtbot import QtBot

from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.options import PRESETS
from hiprompt_core.rates import Rate
from hiprompt_core.views import place_views
from hiprompt_desktop.canvas.heat_map import _costs
from hiprompt_desktop.canvas.inspection import Measure
from hiprompt_desktop.patch_cost import drawn_with, drawn_with_each
from tests.desktop.conftest import OpenWindow

Draw = Callable[..., None]
CELLS = Size(64, 64)
PATCHES = patch_grid(CELLS, Size(16, 16), 0.25)


@pytest.mark.parametrize("chosen", [(0,), (3,), (16,), (0, 1, 5), tuple(range(len(PATCHES)))])
def test_as_many_patches_are_drawn_as_views_see_what_may_change(chosen: tuple[int, ...]) -> None:
    open_ = torch.zeros(CELLS)
    for index in chosen:
        open_[PATCHES[index].window.slices] = 1
    views = [view for view in place_views(PATCHES, CELLS, None) if open_[view.box.slices].any()]
    assert drawn_with(PATCHES, chosen) == len(views)


def test_patches_of_the_border_are_cheaper() -> None:
    views = drawn_with_each(PATCHES)
    assert (views[0], views[1], views[6]) == (4, 6, 9)


def test_the_button_and_the_map_say_what_it_costs(open_window: OpenWindow, draw: Draw, qtbot: QtBot) -> None:
    application = open_window()
    draw(application.session)
    window, session, editor = application.window, application.session, application.window.captions_panel.editor
    session.select(12)
    steps = int(24 * 0.6)
    conditions = 2
    work = 9 * steps * conditions
    request = session.document.request
    assert request is not None
    machine = session.next.machine
    machine.book._models.clear()
    session.next.forecast_changed.emit()
    assert editor.redraw.button.text() == "Regenerate"  # nobody knows yet how long this machine takes
    window.actions_by_name["cost"].trigger()
    heat_map = window.view.inspection.heat_map
    assert heat_map is not None
    assert heat_map.measure is Measure.COST
    assert next(text for patch, _, text in _costs(heat_map) if patch == 12) == f"{work} evaluations"
    rates = machine.rates(request)
    rates.evaluations[3] = Rate(seconds=2.0, units=2 * work, samples=10)
    session.next.forecast_changed.emit()
    assert editor.redraw.button.text() == "Regenerate · ≈ 1 s"
    heat_map = window.view.inspection.heat_map
    assert heat_map is not None
    told = {patch: (share, text) for patch, share, text in _costs(heat_map)}
    assert told[12] == (1.0, "≈ 1.0 s")
    assert told[0] == (0.0, "≈ 0.4 s")
    assert heat_map.memory
    editor.redraw.count.setCurrentIndex(3)
    assert editor.redraw.button.text() == "Regenerate · ≈ 4 s"
    editor.redraw.steps.setValue(48)
    assert editor.redraw.button.text() == "Regenerate · ≈ 8 s"
    heat_map = window.view.inspection.heat_map
    assert heat_map is not None
    assert {patch: text for patch, _, text in _costs(heat_map)}[12] == "≈ 2.0 s"
    session.selection.set([12, 13])
    assert editor.redraw.button.text().startswith("Regenerate all 2 · ≈ ")
    window.view.grab()


def test_without_guidance_it_costs_half(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    session = application.session
    draw(session)
    full = session.patch_work.cost(9)
    request = session.document.request
    assert full is not None
    assert request is not None
    unguided = replace(PRESETS["balanced"], guidance_scale=1.0, guidance_scale_high=1.0)
    session.document.request = replace(request, options=unguided)
    half = session.patch_work.cost(9)
    assert half is not None
    assert half.evaluations * 2 == full.evaluations
