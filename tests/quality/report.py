"""The ledger as people read it: tables, a contact sheet and a plot of quality against cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from tests.quality.ledger import interval, load, slug
from tests.quality.rows import ROWS, SEARCH_ROWS, SEARCHED

SHEET_PROMPTS = 6
THUMBNAIL = 192
LABEL, LABEL_LETTERS = 150, 22


class Column(NamedTuple):
    """A measure of the table: its name, its title and how its mean and interval are written."""

    key: str
    title: str
    write: Callable[[float, float, float], str]


def _signed(mean: float, low: float, high: float) -> str:
    return f"{mean:+.2f} ({low:+.2f} … {high:+.2f})"


def _share(mean: float, low: float, high: float) -> str:
    return f"{mean:.0%} ({low:.0%} … {high:.0%})"


def _plain(mean: float, low: float, high: float) -> str:
    return f"{mean:.2f} ({low:.2f} … {high:.2f})"


def _change(mean: float, low: float, high: float) -> str:
    """A difference; in bold when its interval leaves 0 out."""
    text = _signed(mean, low, high)
    return f"**{text}**" if low > 0 or high < 0 else text


COLUMNS = (
    Column("count_error", "count error, whole", _signed),
    Column("tile_error", "count error, tiles", _signed),
    Column("added_error", "added to the base", _signed),
    Column("phantom", "any phantom", _share),
    Column("exact", "exactly the asked", _share),
    Column("agreement", "caption agreement", _plain),
    Column("seam", "seam energy", _plain),
    Column("consistency", "consistency, dB", lambda mean, low, high: f"{mean:.1f} ({low:.1f} … {high:.1f})"),
    Column("sharpness", "sharpness / Lanczos", _plain),
    Column("detail", "detail of the truth", _plain),
    Column("evaluations", "evaluations", lambda mean, low, high: f"{mean:.0f}"),
    Column("seconds", "seconds", lambda mean, low, high: f"{mean:.1f}"),
    Column("peak_memory", "peak MiB", lambda mean, low, high: f"{high / 2**20:.0f}"),
)

CHANGED = tuple(
    column._replace(write=_change)
    for column in COLUMNS
    if column.key in {"added_error", "agreement", "seam", "consistency", "sharpness", "detail"}
)
"""The measures by which options are searched, as differences."""


def write_report(work: Path, out: Path, first: int = 1) -> None:
    """Write ``table.md``, ``search.md``, ``sheet.jpg`` and ``plot.svg`` into ``out`` from what ``work`` holds.

    Args:
        first: number of the first prompt that counts, from 1: a measure that was changed after a look at some prompts
            is proved by others.
    """
    known = {slug(row): row for row in (*ROWS, *SEARCH_ROWS)}
    files = sorted(work.glob("*.jsonl"), key=lambda file: [*known, file.stem].index(file.stem))
    rows = {
        known.get(file.stem, file.stem): [line for line in load(work, file.stem) if line["index"] >= first - 1]
        for file in files
    }
    rows = {row: lines for row, lines in rows.items() if lines}
    if not rows:
        raise SystemExit(f"There are no results in {work}. Run the ledger first.")
    out.mkdir(parents=True, exist_ok=True)
    if SEARCHED in rows:
        (out / "search.md").write_text(search_table(rows), encoding="utf-8")
    rows = {row: lines for row, lines in rows.items() if row in ROWS or row not in SEARCH_ROWS}
    (out / "table.md").write_text(table(rows), encoding="utf-8")
    contact_sheet(work, list(rows), first).save(out / "sheet.jpg", quality=88)
    plot(rows, out / "plot.svg")
    for file in sorted(out.glob("*.md")):
        print(file.read_text(encoding="utf-8"))


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown; each cell is the mean and its 95 % interval."""
    lines = ["| row | n | " + " | ".join(column.title for column in COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
    for row, results in rows.items():
        cells = [_cell(column, [line.get(column.key) for line in results]) for column in COLUMNS]
        lines.append(f"| {row} | {len(results)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(column: Column, values: list[float | None]) -> str:
    """Mean and interval of what was measured."""
    known = [value for value in values if value is not None]
    return column.write(*interval(known)) if known else ""


def search_table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown; each cell is the mean difference to ``SEARCHED`` on the same prompts and its 95 % interval."""
    before = {line["index"]: line for line in rows[SEARCHED]}
    lines = [
        "| change | n | evaluations | " + " | ".join(column.title for column in CHANGED) + " |",
        "|---" * (len(CHANGED) + 3) + "|",
    ]
    for row in SEARCH_ROWS[1:]:
        pairs = [(before[line["index"]], line) for line in rows.get(row, ()) if line["index"] in before]
        if not pairs:
            continue
        cost = sum(new["evaluations"] - old["evaluations"] for old, new in pairs) / len(pairs)
        cells = [
            column.write(*interval([new[column.key] - old[column.key] for old, new in pairs])) for column in CHANGED
        ]
        change = row.removeprefix(SEARCHED).strip(", ")
        lines.append(f"| {change} | {len(pairs)} | {cost:+.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def contact_sheet(work: Path, rows: list[str], first: int = 1) -> Image.Image:
    """The pictures of every row from prompt ``first`` on, side by side."""
    sheet = Image.new("RGB", (LABEL + SHEET_PROMPTS * THUMBNAIL, len(rows) * THUMBNAIL), "white")
    pen = ImageDraw.Draw(sheet)
    for line, row in enumerate(rows):
        pen.multiline_text((6, line * THUMBNAIL + 6), fill(row, LABEL_LETTERS), "black")
        for column in range(SHEET_PROMPTS):
            file = work / "pictures" / slug(row) / f"{first - 1 + column:04d}.png"
            if file.exists():
                with Image.open(file) as picture:
                    small = picture.convert("RGB").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
                sheet.paste(small, (LABEL + column * THUMBNAIL, line * THUMBNAIL))
    return sheet


def plot(rows: dict[str, list[dict[str, Any]]], file: Path) -> None:
    """Each row on a line of its own: objects added to the base image, with 95 % intervals, beside UNet evaluations."""
    figure = Figure(figsize=(9, 0.6 + 0.24 * len(rows)), layout="constrained")
    quality, cost = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    for place, lines in enumerate(rows.values()):
        mean, low, high = interval([line["added_error"] for line in lines])
        quality.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", markersize=4, capsize=3, color="C0")
        cost.plot(interval([line["evaluations"] for line in lines])[0], place, "o", markersize=4, color="C1")
    quality.set_yticks(range(len(rows)), list(rows))
    quality.invert_yaxis()
    quality.set_xlabel("objects added to the base image")
    quality.set_xscale("symlog", linthresh=0.1)
    quality.set_xticks([-1, 0, 0.1, 1, 10], ["-1", "0", "0.1", "1", "10"])
    quality.set_xlim(-2, 20)
    cost.set_xlabel("UNet evaluations")
    cost.set_xscale("symlog", linthresh=10)
    cost.set_xticks([0, 10, 100, 1000, 10000], ["0", "10", "10²", "10³", "10⁴"])
    cost.set_xlim(-3, 30000)
    for axes in (quality, cost):
        axes.grid(axis="x", color="0.9")
        axes.set_axisbelow(True)
    figure.savefig(file)
