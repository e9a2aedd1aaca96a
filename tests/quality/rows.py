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

STRONGER, STRONGEST = "balanced,strength=0.25", "balanced,strength=0.5"
"""`balanced` as models have it that say nothing of their own, and with half of a phase drawn anew. The demo model
itself draws so little anew that captions and bands hardly matter: their ablations are made here."""

CHEAP_ROWS = (
    *PLAIN_ROWS,
    "fast",
    "balanced",
    STRONGER,
    *(f"{STRONGER}, {name}" for name in ABLATIONS),
    f"lanczos, {TRUE_BASE}",
    f"fast, {TRUE_BASE}",
    f"balanced, {TRUE_BASE}",
    f"{STRONGER}, {TRUE_BASE}",
    *(f"{STRONGER}, {TRUE_BASE}, {name}" for name in ABLATIONS),
    f"{STRONGEST}, {TRUE_BASE}",
    *(f"{STRONGEST}, {TRUE_BASE}, {name}" for name in ABLATIONS),
    f"balanced, {REGENERATED}",
)
DEAR_ROWS = ("demofusion", "paper", *(f"paper, {name}" for name in ABLATIONS), "paper,word_filter=none")
ROWS = (*CHEAP_ROWS, *DEAR_ROWS)

SEARCHED = f"balanced, {TRUE_BASE}"
CHANGES = (
    "strength=0.15", "strength=0.2", "strength=0.25", "strength=0.35", "strength=0.5",
    "upscale_num_inference_steps=12", "upscale_num_inference_steps=36",
    "overlap=0.125", "overlap=0.5",
    "guidance_scale_low=2",
    "guidance_scale_high=1", "guidance_scale_high=5", "guidance_scale_high=7.5",
    "beta=0.6", "beta=0.8", "beta=1.25",
    "blur_sigma=1", "blur_sigma=4",
    "skip_residual=3",
    "dilated_sampling=1",
    "upsampling=bicubic", "upsampling=latent",
)  # fmt: skip
"""What the search around `balanced` changes, one option at a time."""
SEARCH_ROWS = (SEARCHED, *(f"{SEARCHED},{change}" for change in CHANGES), f"{SEARCHED}, {COARSE}")
GROUPS = {"cheap": CHEAP_ROWS, "dear": DEAR_ROWS, "search": SEARCH_ROWS}
"""Rows that one word stands for."""


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
