"""How fluid the prompt map is with 225 patches: repaint of the overlay, of the list, and edits.

Run it with the project's Python: ``.venv/bin/python tests/bench/bench_prompt_map.py``. No screen is needed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def measure(name: str, work: Callable[[], object], rounds: int) -> None:
    work()
    spent = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - begin))
    print(f"{name:42} median {statistics.median(spent):6.2f} ms, worst {max(spent):6.2f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds

    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QFont, QImage, QPainter
    from PySide6.QtWidgets import QApplication

    from hiprompt_core.geometry import Size, patch_grid
    from hiprompt_core.model_files import demo_captioner, demo_model
    from hiprompt_core.token_counter import load_token_counter
    from hiprompt_desktop.canvas.overlay import OverlayState, paint_grid, paint_overlay
    from hiprompt_desktop.document import Caption, Document, Phase, Wish
    from hiprompt_desktop.panels.captions_panel import CaptionsPanel
    from hiprompt_desktop.session import Session
    from hiprompt_desktop.theme import apply_theme

    app = QApplication([])
    apply_theme(app, "light")
    size = Size(8192, 8192)
    patches = patch_grid(size, Size(1024, 1024), 0.48)
    captions = tuple(
        Caption.of_run(f"a wide evening sky over the hills of part {i}, with birds and a far village")
        for i in range(225)
    )
    assert len(patches) == len(captions)
    session = Session(
        Wish(prompt="a village in the hills", size=size, model=demo_model(), captioner=demo_captioner()), Path()
    )
    phase = Phase(number=2, size=size, patches=patches, captions=captions, path=Path("2"))
    session.document = Document(phases={2: phase}, phase_count=2, shown=2)
    session.tokens.take(load_token_counter(demo_model()))
    panel = CaptionsPanel(session)
    panel.resize(304, 900)
    panel.show()
    app.processEvents()

    canvas = QImage(1920, 1080, QImage.Format.Format_RGB32)

    def overlay(side: int, selection: frozenset[int] = frozenset()) -> Callable[[], None]:
        def paint() -> None:
            painter = QPainter(canvas)
            font = QFont(app.font())
            font.setPixelSize(12)
            shown = session.document.shown_phase
            assert shown is not None
            state = OverlayState(
                phase=shown,
                grid=True,
                captions=True,
                accent=QColor("#1f66d1"),
                flags=session.flags,
                selection=selection,
            )
            paint_grid(painter, shown, QRectF(0, 0, side, side), QRectF(0, 0, 1920, 1080))
            paint_overlay(painter, QRectF(0, 0, side, side), QRectF(0, 0, 1920, 1080), state, font)
            painter.end()

        return paint

    measure("overlay at fit (marks)", overlay(1080), rounds)
    measure("overlay at 1.7 of fit (captions)", overlay(1840), rounds)
    measure("overlay at fit, all selected", overlay(1080, frozenset(range(225))), rounds)
    bar = panel.list.verticalScrollBar()
    places = iter(range(1, 10**6))

    def scroll() -> None:
        bar.setValue(next(places) * 37 % max(1, bar.maximum()))
        panel.list.viewport().repaint()

    measure("scroll the list and repaint", scroll, rounds)
    session.select(100)
    letters = iter(range(10**6))

    def type_letter() -> None:
        session.edits.write([100], f"a pond {next(letters)}", typing=True)
        app.processEvents()

    measure("type a letter, list and editor repainted", type_letter, rounds)
    measure("search", lambda: (panel.search.find.setText(f"part {next(letters) % 9}"), app.processEvents()), rounds)
    panel.search.find.clear()
    session.select(None)

    def replace_all() -> None:
        session.edits.replace_all("evening", "morning")
        app.processEvents()
        session.undo_stack.undo()
        app.processEvents()

    measure("replace in 225 captions, and undo", replace_all, rounds)
    measure("select all, and none", lambda: (session.selection.choose_all(), app.processEvents(), session.select(None),
                                             app.processEvents()), rounds)  # fmt: skip


if __name__ == "__main__":
    main()
