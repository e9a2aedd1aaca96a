"""The ledger as people read it: a table, a contact sheet and a plot of quality against cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from tests.quality.ledger import interval, load, slug
from tests.quality.rows import ROWS

SHEET_PROMPTS = 6
THUMBNAIL = 192
LABEL = 150


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
    Column("evaluations", "evaluations", lambda mean, low, high: f"{mean:.0f}"),
    Column("seconds", "seconds", lambda mean, low, high: f"{mean:.1f}"),
    Column("peak_memory", "peak MiB", lambda mean, low, high: f"{high / 2**20:.0f}"),
)


def write_report(work: Path, out: Path, first: int = 1) -> None:
    """Write ``table.md``, ``sheet.jpg`` and ``plot.svg`` into ``out`` from what ``work`` holds.

    Args:
        first: number of the first prompt that counts, from 1: a measure that was changed after a look at some prompts
            is proved by others.
    """
    known = {slug(row): row for row in ROWS}
    files = sorted(work.glob("*.jsonl"), key=lambda file: [*known, file.stem].index(file.stem))
    rows = {
        known.get(file.stem, file.stem): [line for line in load(work, file.stem) if line["index"] >= first - 1]
        for file in files
    }
    rows = {row: lines for row, lines in rows.items() if lines}
    if not rows:
        raise SystemExit(f"There are no results in {work}. Run the ledger first.")
    out.mkdir(parents=True, exist_ok=True)
    (out / "table.md").write_text(table(rows), encoding="utf-8")
    contact_sheet(work, list(rows), first).save(out / "sheet.jpg", quality=88)
    plot(rows, out / "plot.svg")
    print((out / "table.md").read_text(encoding="utf-8"))


def table(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown; each cell is the mean and its 95 % interval."""
    lines = ["| row | n | " + " | ".join(column.title for column in COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
    for row, results in rows.items():
        cells = [column.write(*interval([line[column.key] for line in results])) for column in COLUMNS]
        lines.append(f"| {row} | {len(results)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def contact_sheet(work: Path, rows: list[str], first: int = 1) -> Image.Image:
    """The pictures of every row from prompt ``first`` on, side by side."""
    sheet = Image.new("RGB", (LABEL + SHEET_PROMPTS * THUMBNAIL, len(rows) * THUMBNAIL), "white")
    pen = ImageDraw.Draw(sheet)
    for line, row in enumerate(rows):
        pen.multiline_text((6, line * THUMBNAIL + 6), row.replace(", ", ",\n").replace(",", ",\n"), "black")
        for column in range(SHEET_PROMPTS):
            file = work / "pictures" / slug(row) / f"{first - 1 + column:04d}.png"
            if file.exists():
                with Image.open(file) as picture:
                    small = picture.convert("RGB").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
                sheet.paste(small, (LABEL + column * THUMBNAIL, line * THUMBNAIL))
    return sheet


def plot(rows: dict[str, list[dict[str, Any]]], file: Path) -> None:
    """Objects added to the base image against UNet evaluations, with 95 % intervals."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color="0.7", linewidth=1)
    for row, lines in rows.items():
        cost = max(interval([line["evaluations"] for line in lines])[0], 10)
        mean, low, high = interval([line["added_error"] for line in lines])
        axes.errorbar(cost, mean, [[mean - low], [high - mean]], fmt="o", capsize=3)
        axes.annotate(row, (cost, mean), xytext=(6, 4), textcoords="offset points", fontsize=8)
    axes.set(xscale="log", xlabel="UNet evaluations", ylabel="objects added to the base image")
    figure.savefig(file)
