"""The ledger: what every preset and ablation costs and how good it is, at 16 times the native pixels.

    python -m tests.quality.ledger run [--prompts 100] [--rows balanced fast …] [--work build/quality]
    python -m tests.quality.ledger run --prompts 50 --rows search
    python -m tests.quality.ledger report [--work build/quality] [--out docs/quality]

Ten prompts take minutes for the cheap rows; the full ledger takes many hours on a processor and goes on where it
stopped. A row is a preset, ``PRESET, ablation`` or ``PRESET,option=value,…``. With ``, true base`` a rendered scene
grows in place of the model's own base image: what is found then was added by growing. The rows of ``search`` change one
option of `balanced` each, and are reported by what that makes better or worse on the same prompts.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

import hiprompt_core as core
from hiprompt_core import GenerationRequest, Options, RegenerateRequest, Size, make_plan
from hiprompt_core.describe import caption_patches
from hiprompt_core.events import ignore_events
from hiprompt_core.geometry import Box, Patch, patch_grid
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.run_folder import RunFolder
from resources.demo_world.detector import Detector, load_detector
from resources.demo_world.measure import DETECTOR_FILE, HeldOut, held_out
from resources.demo_world.vocabulary import NOUNS, article
from tests.bench.bench_presets import peak_memory
from tests.quality.judge import score
from tests.quality.rows import (
    COARSE,
    DIRECT,
    GROUPS,
    LANCZOS,
    PLAIN_ROWS,
    REGENERATED,
    ROWS,
    TRUE_BASE,
    TRUTH,
    options_of,
    parts_of,
)

SCALE = 4
"""Side of the picture in native sides: 16 times the pixels."""
REGENERATED_PATCHES = 3
RESOURCES = Path(__file__).parents[2] / "resources"


def main() -> int:
    said = _parse()
    if said.command == "report":
        import_module("tests.quality.report").write_report(said.work, said.out, said.first)
        return 0
    if said.share is not None:
        run_row(said.rows[0], said.prompts, said.work, said.share, said.processes)
        return 0
    failed = []
    for row in [row for word in said.rows for row in GROUPS.get(word, (word,))]:
        # processes of each row's own, so that its peak memory is its own
        command = [sys.executable, "-m", "tests.quality.ledger", "run", "--rows", row, "--work", str(said.work)]
        command += ["--prompts", str(said.prompts), "--processes", str(said.processes), "--share"]
        parts = [subprocess.Popen([*command, str(share)]) for share in range(said.processes)]
        codes = [part.wait() for part in parts]
        if any(codes):
            failed.append(row)
    for row in failed:
        print(f"{row}: failed", file=sys.stderr)
    return 1 if failed else 0


def slug(row: str) -> str:
    """The row as a file name."""
    return re.sub(r"[^\w.=-]+", "-", row)


def run_row(row: str, prompts: int, work: Path, share: int = 0, shares: int = 1) -> None:
    """Draw and judge every prompt of a row that has not been judged yet, or every ``shares``-th of them."""
    file = work / f"{slug(row)}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    done = {json.loads(line)["index"] for line in file.read_text().splitlines()} if file.exists() else set()
    todo = [one for one in held_out(prompts)[share::shares] if one.index not in done]
    if not todo:
        return
    judge = Judge()
    for one in todo:
        record = judge.judged(row, one, work / "pictures" / slug(row) / f"{one.index:04d}.png")
        with file.open("a") as stream:  # one short write: lines of several processes do not mix
            stream.write(json.dumps(record) + "\n")
        print(f"{row}: {one.index + 1} of {prompts}, {record['seconds']:.1f} s, found {record['tile_error']:+.0f}")


class Judge:
    """Draws a prompt under a row's options and measures the picture."""

    def __init__(self) -> None:
        self.engine = core.Engine()
        self.facts = inspect_model(demo_model())
        self.detector: Detector = load_detector(RESOURCES / DETECTOR_FILE)
        self.size = Size(*(SCALE * self.facts.native_size,) * 2)

    def judged(self, row: str, one: HeldOut, file: Path) -> dict[str, Any]:
        """One line of the ledger; the picture is kept in ``file``."""
        options = options_of(row)
        with tempfile.TemporaryDirectory() as folder:
            request = self._request(one, options, Path(folder, "run"))
            if TRUE_BASE in parts_of(row):
                scene = Path(folder, "scene.png")
                Image.fromarray(one.scene().render(self.facts.native_size)).save(scene)
                request = replace(request, base_image=scene)
            if COARSE in parts_of(row):
                request = replace(request, own_captions=self._coarse_captions(request))
            on_card = torch.cuda.is_available()
            if on_card:
                torch.cuda.reset_peak_memory_stats()
            begun = time.perf_counter()
            picture, base, evaluations = self._draw(row, one, request)
            seconds = time.perf_counter() - begun
            peak = torch.cuda.max_memory_allocated() if on_card else peak_memory()
            if REGENERATED in parts_of(row):
                picture, windows = self._regenerated(one, request)
            else:
                windows = self._windows(request)
        file.parent.mkdir(parents=True, exist_ok=True)
        picture.save(file)
        is_known = not {TRUE_BASE, TRUTH}.isdisjoint(parts_of(row))
        scores = score(
            self.detector,
            asked=one.nouns,
            base=base,
            picture=picture,
            windows=windows,
            captions=(self._captions(base, windows, self.size), self._captions(picture, windows, self.size)),
            truth=Image.fromarray(one.scene().render(self.size.width)) if is_known else None,
        )
        return {
            "index": one.index,
            "prompt": one.prompt,
            **asdict(scores),
            "evaluations": evaluations,
            "seconds": seconds,
            "peak_memory": peak,
        }

    def _coarse_captions(self, request: GenerationRequest) -> dict[int, dict[int, str]]:
        """Captions by phase and patch: of the part of the base image, two windows wide, whose middle is nearest."""
        small = Size(*(self.facts.native_size,) * 2)
        native = replace(request, size=small, output=request.output.with_name("base"))
        base = core.generate(native, engine=self.engine).image
        captions: dict[int, dict[int, str]] = {}
        for phase in make_plan(request, self.facts).phases[1:]:
            parts = patch_grid(phase.size, small.times(2), request.options.overlap)
            said = self._captions(base, parts, phase.size)
            captions[phase.number] = {
                patch.index: said[min(parts, key=lambda part: _apart(part.window, patch.window)).index]
                for patch in phase.pixel_patches(self.facts.vae_scale_factor)
            }
        return captions

    def _windows(self, request: GenerationRequest) -> tuple[Patch, ...]:
        """Patches of the last phase of `balanced`, by which every row is judged, in pixels."""
        plan = make_plan(replace(request, options=options_of("balanced"), captioner=demo_captioner()), self.facts)
        return plan.phases[-1].pixel_patches(self.facts.vae_scale_factor)

    def _regenerated(self, one: HeldOut, request: GenerationRequest) -> tuple[Image.Image, tuple[Patch, ...]]:
        """The picture with some patches drawn again, and these patches, by their windows and by their cells: both
        borders are judged."""
        rng = np.random.default_rng((2, one.index))
        record = RunFolder(request.output).latest().record
        chosen = rng.choice(len(record.patches), REGENERATED_PATCHES, replace=False).tolist()
        captions = {index: f"{article(str(rng.choice(NOUNS)))}, {record.captions[index]}" for index in chosen}
        change = RegenerateRequest(source=request.output, captions=captions, seed=one.index)
        image = core.regenerate(change, engine=self.engine).image
        patches = [record.patches[index] for index in chosen]
        return image, (*patches, *(patch._replace(window=patch.cell) for patch in patches))

    def _request(self, one: HeldOut, options: Options, output: Path) -> GenerationRequest:
        return GenerationRequest(
            prompt=one.prompt,
            size=self.size,
            seed=1000 + one.index,
            options=options,
            model=demo_model(),
            captioner=demo_captioner() if options.captions else None,
            output=output,
        )

    def _draw(self, row: str, one: HeldOut, request: GenerationRequest) -> tuple[Image.Image, Image.Image, int]:
        """The picture, its base image, and the UNet evaluations spent on both (for a plain row: on what it needs)."""
        if row == TRUTH:
            scene = one.scene()
            large, small = (Image.fromarray(scene.render(side)) for side in (self.size.width, self.facts.native_size))
            return large, small, 0
        plain = parts_of(row)[0]
        if plain in PLAIN_ROWS:
            native = replace(request, size=Size(*(self.facts.native_size,) * 2), output=request.output / "base")
            made = core.generate(native, engine=self.engine)
            if plain == LANCZOS:
                picture = made.image.resize((self.size.width, self.size.height), Image.Resampling.LANCZOS)
                return picture, made.image, made.evaluations
            assert plain == DIRECT
            return self._direct(request), made.image, made.evaluations
        made = core.generate(request, engine=self.engine)
        return made.image, RunFolder(request.output).latest(1).image, made.evaluations

    def _direct(self, request: GenerationRequest) -> Image.Image:
        """Plain sampling of the whole picture at once: what the model was never trained for."""
        from hiprompt_core.engine import computing
        from hiprompt_core.phase import PhaseTools

        backbone = self.engine.backbone(request.model, request.device, request.precision, ignore_events)
        tools = PhaseTools(
            backbone=backbone,
            request=request,
            phase=1,
            size=request.size,
            on_event=ignore_events,
            tile=backbone.facts.default_tile_size,
        )
        with computing():
            denoiser = tools.denoiser(request.options, tools.embed(()))
            return tools.decode(denoiser.native(tools.noise(request.seed, "start")))

    def _captions(self, picture: Image.Image, patches: Sequence[Patch], size: Size) -> list[str]:
        """What the captioner says of every patch of a picture, which would be of ``size`` where they are."""
        from hiprompt_core.engine import computing

        with computing():
            captioner = self.engine.captioner(demo_captioner(), "auto", "auto", ignore_events)
            question = GenerationRequest.__dataclass_fields__["question"].default
            described = caption_patches(captioner, picture, patches, size, question, {}, 1, ignore_events)
            return [caption.text for caption in described]


def _apart(one: Box, two: Box) -> int:
    """How far middles lie apart, squared, in half pixels."""
    down, right = one.top + one.bottom - two.top - two.bottom, one.left + one.right - two.left - two.right
    return down**2 + right**2


def load(work: Path, row: str) -> list[dict[str, Any]]:
    """The lines of a row, by prompt."""
    file = work / f"{slug(row)}.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return sorted(lines, key=lambda line: line["index"])


def interval(values: list[float], draws: int = 2000) -> tuple[float, float, float]:
    """Mean and the ends of its 95 % bootstrap interval."""
    sample = np.asarray(values, float)
    picked = np.random.default_rng(0).integers(len(sample), size=(draws, len(sample)))
    low, high = np.percentile(sample[picked].mean(axis=1), (2.5, 97.5))
    return float(sample.mean()), float(low), float(high)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="draw and judge; goes on where it stopped")
    run.add_argument("--prompts", type=int, default=100)
    words = ", ".join(GROUPS)
    run.add_argument("--rows", nargs="+", default=list(ROWS), metavar="ROW", help=f"rows, or {words} (default: {ROWS})")
    run.add_argument("--processes", type=int, default=1, help="of each row; a card and its cores take a dozen")
    run.add_argument("--share", type=int, help=argparse.SUPPRESS)
    report = commands.add_parser("report", help="write the tables, the contact sheet and the plot")
    report.add_argument("--out", type=Path, default=Path("docs/quality"))
    report.add_argument("--first", type=int, default=1, help="leave out prompts before this one (default: %(default)s)")
    for command in (run, report):
        command.add_argument("--work", type=Path, default=Path("build/quality"), help="results; removed: begin anew")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
