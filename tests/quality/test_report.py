"""The tables that people read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.quality.ledger import slug
from tests.quality.report import COLUMNS, write_report
from tests.quality.rows import SEARCHED


def write_row(work: Path, row: str, **changed: list[float] | list[None]) -> None:
    """Results of a row: one prompt for each of the values, other measures 1."""
    count = max(len(values) for values in changed.values())
    plain: dict[str, Any] = {column.key: 1.0 for column in COLUMNS}
    lines = [
        {"index": index, **plain, **{key: values[index] for key, values in changed.items()}} for index in range(count)
    ]
    (work / f"{slug(row)}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_an_option_is_told_by_its_difference_on_the_same_prompts(tmp_path: Path) -> None:
    """What may be chance is not bold."""
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()
    write_row(work, SEARCHED, evaluations=[408] * 4, agreement=[0.5, 0.6, 0.7, 0.8], seam=[1.0, 1.1, 0.9, 1.0])
    write_row(work, f"{SEARCHED},overlap=0.5", evaluations=[700] * 2, agreement=[0.6, 0.7], seam=[1.1, 1.0])
    write_row(work, "balanced", tile_error=[0, 1])
    write_report(work, out)
    _, _, searched = (out / "search.md").read_text().splitlines()
    cells = [cell.strip() for cell in searched.strip("|").split("|")]
    assert cells[:3] == ["overlap=0.5", "2", "+292"]
    assert cells[4:6] == ["**+0.10 (+0.10 … +0.10)**", "+0.00 (-0.10 … +0.10)"]
    rows = [line.split("|")[1].strip() for line in (out / "table.md").read_text().splitlines()[2:]]
    assert rows == ["balanced", SEARCHED]
    assert "+0.50 (+0.00 … +1.00)" in (out / "table.md").read_text()


def test_prompts_before_the_first_do_not_count(tmp_path: Path) -> None:
    write_row(tmp_path, "balanced", agreement=[0.0, 0.4, 0.6])
    write_report(tmp_path, tmp_path / "out", first=2)
    table = (tmp_path / "out" / "table.md").read_text()
    assert "| balanced | 2 |" in table
    assert "0.50 (0.40 … 0.60)" in table


def test_what_cannot_be_measured_leaves_its_cell_empty(tmp_path: Path) -> None:
    """Where the model drew the base image itself, nobody knows the truth."""
    write_row(tmp_path, "balanced", detail=[None, None])
    write_row(tmp_path, SEARCHED, detail=[0.25, 0.75])
    write_report(tmp_path, tmp_path / "out")
    title, _, own, true = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (tmp_path / "out" / "table.md").read_text().splitlines()
    )
    place = title.index("detail of the truth")
    assert (own[place], true[place]) == ("", "0.50 (0.25 … 0.75)")
