"""What the bench of a card has found so far: on the screen at once, and as JSON and Markdown that are always whole."""

from __future__ import annotations

import json
import time
import traceback
from pathlib import Path
from typing import Any

import torch

from hiprompt_core import memory
from hiprompt_core.devices import choose_device, device_name
from hiprompt_core.errors import Cancelled
from hiprompt_core.events import Event

COLUMNS = {
    "speed": (
        "case", "size", "how", "seconds", "planned s", "s off %", "evaluations", "units", "ms/evaluation",
        "allocated GB", "reserved GB", "planned GB", "GB off %", "RAM GB", "PNG MB", "views", "tile", "note",
    ),
    "memory": (
        "case", "size", "limit GB", "how", "seconds", "allocated GB", "reserved GB", "planned GB", "GB off %",
        "RAM GB", "evaluations", "rungs", "saved", "note",
    ),
    "time": ("case", "what", "seconds", "calls", "share %"),
    "batches": ("case", "views", "ms/evaluation", "ms/batch", "allocated GB", "note"),
    "tiles": ("case", "what", "ms", "allocated GB"),
}  # fmt: skip


class Report:
    """Rows by table; each one is on disk before the next begins."""

    def __init__(self, folder: Path, **machine: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.machine = machine
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self._began = time.monotonic()

    def add(self, table: str, **row: Any) -> None:
        """Tell and keep a row; numbers are rounded for people in the Markdown alone."""
        self.tables.setdefault(table, []).append(row)
        self.say(f"{table}: " + ", ".join(f"{name} {_text(row[name])}" for name in COLUMNS[table] if name in row))
        self._write("card.json", json.dumps({"machine": self.machine, **self.tables}, indent=1))
        self._write("card.md", self._markdown())

    def say(self, text: str) -> None:
        line = f"[{time.monotonic() - self._began:6.1f} s] {text}"
        print(line, flush=True)
        with (self.folder / "log.txt").open("a", encoding="utf-8") as log:
            log.write(line + "\n")

    def failed(self, what: str, error: BaseException) -> None:
        """Tell an error, and keep where it came from."""
        self.say(f"FAILED {what}: {type(error).__name__}: {_first_line(error)}")
        with (self.folder / "errors.txt").open("a", encoding="utf-8") as log:
            log.write(f"== {what}\n" + "".join(traceback.format_exception(error)) + "\n")

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f"{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(self.folder / name)

    def _markdown(self) -> str:
        lines = [", ".join(f"{name} {value}" for name, value in self.machine.items())]
        for table, rows in self.tables.items():
            names = [name for name in COLUMNS[table] if any(row.get(name) not in (None, "") for row in rows)]
            lines += ["", f"## {table}", "", "| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
            lines += ["| " + " | ".join(_text(row.get(name)) for name in names) + " |" for row in rows]
        return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return "" if value is None else str(value).replace("|", "/").replace("\n", " ")


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), "")[:300]


class Clock:
    """The seconds of the whole bench."""

    def __init__(self, limit: float) -> None:
        self._end = time.monotonic() + limit

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def stop_late_work(self, event: Event) -> None:
        """An ``OnEvent``: what is at work when the time is over ends.

        Raises:
            Cancelled: it is.
        """
        if self.left < 0:
            raise Cancelled


class Card:
    """The device, and what it held at most."""

    def __init__(self, name: str) -> None:
        self.device = choose_device(name)
        self.name = device_name(self.device)
        self.is_cuda = self.device.type == "cuda"

    def synchronize(self) -> None:
        if self.is_cuda:
            torch.cuda.synchronize(self.device)

    def reset(self) -> None:
        """Give back what nobody uses, and begin to look for a peak."""
        memory.release(self.device)
        if self.is_cuda:
            torch.cuda.reset_peak_memory_stats(self.device)

    def peak(self) -> tuple[float | None, float | None]:
        """Allocated and reserved since the last reset, GB."""
        if not self.is_cuda:
            return None, None
        return (
            torch.cuda.max_memory_allocated(self.device) / 1e9,
            torch.cuda.max_memory_reserved(self.device) / 1e9,
        )

    def beside(self) -> float | None:
        """What the card holds that torch did not reserve (context, libraries, other programs), GB."""
        if not self.is_cuda:
            return None
        free, total = torch.cuda.mem_get_info(self.device)
        return (total - free - torch.cuda.memory_reserved(self.device)) / 1e9

    def limit(self, size: float | None) -> None:
        """Let this process have no more than so many bytes of the card; none: all of it."""
        if self.is_cuda:
            total = torch.cuda.get_device_properties(self.device).total_memory
            share = 1.0 if size is None else min(1.0, size / total)
            torch.cuda.set_per_process_memory_fraction(share, self.device.index or 0)

    def free_within(self, size: float, device: torch.device) -> int:
        """Bytes that a card of a size could still give; as ``Engine.free`` asks."""
        held = torch.cuda.memory_allocated(device) if self.is_cuda else 0
        return int(min(memory.free(device), size - held))
