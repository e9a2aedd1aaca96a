"""The rows of the ledger: what is drawn, by which options."""

from __future__ import annotations

from dataclasses import replace

from hiprompt_core.fitting import fitting_options
from hiprompt_core.model_files import demo_model, inspect_model
from hiprompt_core.option_text import changed_options
from hiprompt_core.options import PRESETS, Options
from hiprompt_core.request import NO_ADDITIONS

LANCZOS, DIRECT, TRUTH = "lanczos", "direct", "rendered truth"
PLAIN_ROWS = (TRUTH, LANCZOS, DIRECT)
"""Rows that no preset draws: the world itself, plain upsampling, and sampling at the target size."""

ABLATIONS = {
    "no captions": {"captions": False, "word_filter": None},
    "no decomposition": {"decompose": False},
    "neither": {"captions": False, "decompose": False, "word_filter": None},
}
TRUE_BASE = "true base"
"""Grow a rendered scene, whose objects are known, in place of the model's own base image."""
COARSE = "coarse captions"
"""Ask the captioner about parts of the base image twice as wide as windows; a patch is told what the nearest shows."""
REGENERATED = "regenerated"
"""Draw a few patches of the finished picture again under other captions; of interest are their seams."""

CHEAP_ROWS = (
    *PLAIN_ROWS,
    "fast",
    "balanced",
    *(f"balanced, {name}" for name in ABLATIONS),
    f"lanczos, {TRUE_BASE}",
    f"fast, {TRUE_BASE}",
    f"balanced, {TRUE_BASE}",
    *(f"balanced, {TRUE_BASE}, {name}" for name in (*ABLATIONS, COARSE)),
    f"balanced, {REGENERATED}",
)
DEAR_ROWS = ("demofusion", "paper", *(f"paper, {name}" for name in ABLATIONS), "paper,word_filter=none")
ROWS = (*CHEAP_ROWS, *DEAR_ROWS)


def parts_of(row: str) -> list[str]:
    """What is drawn, and what is changed about it."""
    return [part.strip() for part in row.split(",")]


def options_of(row: str) -> Options:
    """The options of ``PRESET``, ``PRESET, ablation`` or ``PRESET,option=value,…``; other words change no option.

    Raises:
        InvalidRequest: an option is unknown or its value does not fit.
        KeyError: there is no such preset.
    """
    preset, *changes = parts_of(row)
    plain = preset in PLAIN_ROWS
    options = fitting_options(PRESETS["balanced" if plain else preset], inspect_model(demo_model()), NO_ADDITIONS)
    if plain:
        return replace(options, captions=False)
    for change in changes:
        if change in (TRUE_BASE, COARSE, REGENERATED):
            continue
        if change in ABLATIONS:
            options = replace(options, **ABLATIONS[change])  # type: ignore[arg-type]
        else:
            options = changed_options(options, [change])
    return options
