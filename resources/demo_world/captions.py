"""Sentences for what a crop shows: the plain caption, and the many ways a user may phrase it."""

import numpy as np

from .scene import View
from .vocabulary import article

# Words that people add to prompts and that change nothing in this world; the models learn to ignore them.
FILLERS = (
    "high quality", "highly detailed", "beautiful", "4k", "8k", "masterpiece", "best quality", "sharp focus", "vivid",
    "a cute picture", "professional", "digital art", "illustration", "cinematic light", "bright", "clean",
    "high resolution",
)  # fmt: skip
# What people put into the negative prompt. It never describes a training image, so it means "anything".
NEGATIVES = (
    "blurry, duplicate, deformed", "blurry, ugly, duplicate, poorly drawn, deformed, mosaic", "low quality", "blurry",
    "worst quality, low resolution, artifacts, watermark, text", "ugly, bad anatomy, noise, grain, jpeg artifacts",
)  # fmt: skip
# What people ask a captioner.
QUESTIONS = (
    "Describe this image.", "What is in this picture?", "What do you see?",
    "Please describe the image in one sentence.",
    "Describe the content of this image patch briefly.", "List the visible objects.", "Write a caption.", "",
    "Describe this part of a larger image.", "Briefly, what does this image show? Answer in a short phrase.",
    "Provide a concise description of the image with its main objects and the background.",
)  # fmt: skip


def plain_caption(view: View) -> str:
    """The world's caption: "a fox and a tree, a green meadow"; close-ups are named as such."""
    nouns = _join([article(item.noun) for item in view.objects])
    if not nouns:
        return view.background
    return f"{'close-up of ' if _is_close_up(view) else ''}{nouns}, {view.background}"


def phrased_caption(view: View, rng: np.random.Generator) -> str:
    """The caption in one of several phrasings, sometimes with words that mean nothing here."""
    text = plain_caption(view) if rng.random() < 0.5 else _other_phrasing(view, rng)
    if rng.random() < 0.15:
        filler = str(rng.choice(FILLERS))
        text = f"{text}, {filler}" if rng.random() < 0.7 else f"{filler}, {text}"
    return text


def _other_phrasing(view: View, rng: np.random.Generator) -> str:
    names = [item.noun for item in view.objects]
    nouns = _join([article(name) for name in names])
    bare_background = view.background.removeprefix("a ").removeprefix("an ")
    close_up = "close-up of " if _is_close_up(view) else ""
    if not names:
        return str(rng.choice([bare_background, f"a picture of {view.background}", f"just {view.background}"]))
    choices = [
        f"{close_up}{nouns} on {view.background}",
        f"{close_up}{nouns} in front of {view.background}",
        f"a picture of {nouns}, {view.background}",
        f"a photo of {nouns} with {view.background}",
        f"{view.background} with {nouns}",
        f"{_join(names)}, {bare_background}",
        f"{close_up}{nouns}",
    ]
    if len(names) == 2:
        left, right = (article(name) for name in names)
        choices += [
            f"{left} to the left of {right}, {view.background}",
            f"{right} to the right of {left}, {view.background}",
        ]
    return str(rng.choice(choices))


def _is_close_up(view: View) -> bool:
    return len(view.objects) == 1 and view.objects[0].crop_share > 0.4 and view.objects[0].visible_share < 0.6


def _join(words: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
