"""Measure the canvas on the software raster: repaint, open, pan and memory of very large pictures.

python tests/bench/bench_canvas.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
import psutil
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from hiprompt_core.events import PhaseFinished
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.png_file import save_png
from hiprompt_desktop.canvas.compare import CompareMode
from hiprompt_desktop.comparison import Comparison, PictureRef
from hiprompt_desktop.document import Wish
from hiprompt_desktop.job import Job
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.reporter import PhasePicture
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import apply_theme

if TYPE_CHECKING:
    from hiprompt_desktop.canvas.view import CanvasView

VIEWPORT = (1920, 1080)
CAPTION = "close-up of a fox under a tree, a green meadow with rolling hills, a pale sky, patch {0}"
BYTES = 4
"""A decoded pixel takes, with Pillow as with Qt."""
Figures = dict[str, float]


def natural_picture(side: int) -> Image.Image:
    """Detail of every size with the amplitudes of a photograph, so that reading takes as long as it does for one."""
    rng = np.random.default_rng(1)
    tile = min(side, 2048)
    total = np.full((tile, tile, 3), 128, np.float32)
    size, amplitude = tile, 1.0
    while size >= 4:
        noise = rng.normal(0, amplitude, (size, size, 3)).astype(np.float32)
        planes = [Image.fromarray(noise[..., channel]) for channel in range(3)]
        total += np.stack([plane.resize((tile, tile), Image.Resampling.BILINEAR) for plane in planes], axis=-1)
        size, amplitude = size // 2, min(amplitude * 2, 32)
    part = total.clip(0, 255).astype(np.uint8)
    return Image.fromarray(np.tile(part, (side // tile, side // tile, 1)))


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round, after one that does not count."""
    work()
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def canvas(pyramid: Pyramid) -> CanvasView:
    """A visible canvas with 15 x 15 patches and captions."""
    from hiprompt_desktop.canvas.view import CanvasView

    wish = Wish(prompt="a fox", size=Size(512, 512), model=demo_model(), captioner=demo_captioner())
    session = Session(wish, Path())
    size = pyramid.size
    patches = patch_grid(size, Size(size.height // 8, size.width // 8), 0.5)
    captions = tuple(CAPTION.format(patch.index) for patch in patches)
    view = CanvasView(session)
    view.resize(*VIEWPORT)
    view.show()
    QApplication.processEvents()
    finished = PhaseFinished(
        phase=4, phases=4, size=size, patches=patches, captions=captions, image=None, path=Path("x"), evaluations=0
    )  # type: ignore[arg-type]  # the picture itself is the pyramid
    session.finish_phase(Job(request=wish.request(Path())), PhasePicture(finished=finished, pyramid=pyramid))
    QApplication.processEvents()
    return view


def measure(file: Path, side: int, rounds: int) -> Figures:
    """All figures of one picture, in a process of its own."""
    app = QApplication([])
    apply_theme(app, "dark")
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.perf_counter()
    pyramid = Pyramid.read(file)
    opened = time.perf_counter() - started
    held = process.memory_info().rss - before
    peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024 - before
    for _ in range(2):
        del pyramid
        started = time.perf_counter()
        pyramid = Pyramid.read(file)
        opened = min(opened, time.perf_counter() - started)
    view = canvas(pyramid)
    patches = len(view._session.document.phases[4].patches)
    figures: Figures = {
        "patches": patches,
        "open, s": opened,
        "memory": held / (side * side * BYTES),
        "peak": peak / (side * side * BYTES),
    }

    def repaint() -> None:
        view.viewport().repaint()

    direction = 1

    def pan() -> None:
        nonlocal direction
        direction = -direction if view.horizontalScrollBar().value() > view.horizontalScrollBar().maximum() * 0.6 else 1
        view.pan(QPointF(-23 * direction, -7 * direction))
        view.viewport().repaint()
        QApplication.processEvents()

    for name, zoom in (("fit", None), ("50 %", 0.5), ("75 %", 0.75), ("100 %", 1.0), ("200 %", 2.0), ("400 %", 4.0)):
        view.fit() if zoom is None else view.zoom_to(zoom)
        QApplication.processEvents()
        for label, work in (("repaint", repaint), ("pan", pan)):
            taken = timed(work, rounds)
            figures[f"{label} {name}"] = statistics.median(taken)
            figures[f"{label} {name}, best"] = min(taken)
    view.fit()
    view._session.document.folder = file.parent
    reference = PictureRef(path=Path("x"), phase=4)
    view._session.easel.compare(Comparison(a=reference, b=reference))
    for mode in CompareMode:
        view.compare.set_mode(mode)
        QApplication.processEvents()
        taken = timed(repaint, rounds)
        name = f"repaint {mode.name.lower().replace('_', ' ')}"
        figures[name] = statistics.median(taken)
        figures[f"{name}, best"] = min(taken)
    view.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sides", type=int, nargs="+", default=[8192, 16384])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.child:
        print(json.dumps(measure(Path(said.child[0]), int(said.child[1]), said.rounds)))
        return
    results = {side: in_child(side, said.rounds) for side in said.sides}
    missed = [show(side, figures) for side, figures in results.items()]
    sys.exit(1 if any(missed) else 0)


def in_child(side: int, rounds: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.png"
        with file.open("wb") as stream:  # as a finished phase is
            save_png(natural_picture(side), stream, PngInfo())
        run = subprocess.run(
            [sys.executable, __file__, "--child", str(file), str(side), "--rounds", str(rounds)],
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return json.loads(run.stdout)  # type: ignore[no-any-return]


def show(side: int, figures: Figures) -> int:
    """Print one table; how many bars were missed."""
    bars: dict[str, float] = {"memory": 1.5, "peak": 1.5}
    if side == 8192:
        bars |= {"open, s": 1.5, "repaint fit": 16, "repaint 100 %": 5}
    bars |= {name: 1000 / 30 for name in figures if name.startswith("pan") and "best" not in name}
    print(f"\n{side} x {side}, {figures['patches']:.0f} patches and captions, viewport {VIEWPORT[0]} x {VIEWPORT[1]}")
    print(f"{'':22} {'median':>9} {'best':>9} {'bar':>7}")
    missed = 0
    for name, value in figures.items():
        if name == "patches" or name.endswith("best"):
            continue
        best = figures.get(f"{name}, best", value)
        unit = " ms" if name.startswith(("repaint", "pan")) else " s " if name.endswith("s") else " x "
        bar = bars.get(name)
        verdict = "" if bar is None else f"{bar:7.3g}  {'held' if value <= bar else 'MISSED'}"
        missed += bar is not None and value > bar
        print(f"{name.removesuffix(', s'):22} {value:6.2f}{unit} {best:6.2f}{unit} {verdict}")
    return missed


if __name__ == "__main__":
    main()
