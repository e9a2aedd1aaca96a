"""The rows of the ledger and their options."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from hiprompt_core import PRESETS
from tests.quality.rows import GROUPS, PLAIN_ROWS, ROWS, SEARCH_ROWS, SEARCHED, options_of, parts_of


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_options(row: str) -> None:
    options = options_of(row)
    plain = parts_of(row)[0] in (*PLAIN_ROWS, "demofusion")
    assert options.captions == (not plain and "no captions" not in row and "neither" not in row)


def test_a_row_may_change_any_option() -> None:
    """What it does not change suits the demo model."""
    assert options_of("balanced,strength=0.5,guidance_scale=5") == replace(PRESETS["balanced"], strength=0.5)
    assert options_of("fast") == replace(PRESETS["fast"], guidance_scale=3.0, strength=0.1)


@pytest.mark.parametrize("row", SEARCH_ROWS[1:-1])
def test_the_search_changes_one_option_at_a_time(row: str) -> None:
    before, after = options_of(SEARCHED), options_of(row)
    assert len([field for field in fields(before) if getattr(before, field.name) != getattr(after, field.name)]) == 1


def test_groups_hold_every_row() -> None:
    assert {*ROWS, *SEARCH_ROWS} == {row for rows in GROUPS.values() for row in rows}
