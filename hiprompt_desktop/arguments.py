"""The command line of ``hiprompt-desktop``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    """What was said on the command line."""

    model: Path | None
    captioner: Path | None
    no_captions: bool
    sample: Path | None


def parse_arguments(words: Sequence[str]) -> Arguments:
    parser = argparse.ArgumentParser(prog="hiprompt-desktop", description="Draw high-resolution pictures in a window.")
    parser.add_argument("--model", type=Path, metavar="DIR", help="folder of an SDXL model (default: the demo model)")
    parser.add_argument("--captioner", metavar="DIR", help="folder of a captioner, or 'none'")
    parser.add_argument(
        "--sample",
        type=Path,
        metavar="OUT_DIR",
        help="draw the sample picture into OUT_DIR, then exit (0: it is there)",
    )
    said = parser.parse_args(words)
    none = said.captioner == "none"
    return Arguments(
        model=said.model,
        captioner=Path(said.captioner) if said.captioner and not none else None,
        no_captions=none,
        sample=said.sample,
    )
