"""Requests from what was given on the command line."""

from __future__ import annotations

import argparse
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size, native_phase_size
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.option_text import changed_options
from hiprompt_core.questions import question_text
from hiprompt_core.request import PRESETS, GenerationRequest, Options

if TYPE_CHECKING:
    from PIL import Image

ATTENTION = "attention"
"""In place of a captioner's folder: the prompt's own words, where they are drawn."""
NATIVE_TIMES = 4
"""Default sides, in native sizes of the model."""


def read_prompts(text: str) -> list[str]:
    """The prompt itself, or the lines of a text file."""
    if not text.lower().endswith(".txt"):
        return [text]
    try:
        lines = Path(text).expanduser().read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        remedy = "Name a file with one prompt a line."
        raise InvalidRequest(f"{text} cannot be read: {error.strerror}.", remedy) from error
    except ValueError as error:
        raise InvalidRequest(f"{text} is not UTF-8 text.", "Save it as UTF-8.") from error
    prompts = [line.strip() for line in lines if line.strip()]
    if not prompts:
        raise InvalidRequest(f"{text} holds no prompt.", "Write one prompt a line.")
    return prompts


def make_request(chosen: argparse.Namespace, prompt: str, facts: ModelFacts) -> GenerationRequest:
    options = _options(chosen)
    by_attention = chosen.captioner == ATTENTION
    if chosen.base_image and not chosen.base_image.is_file():
        raise InvalidRequest(f"There is no picture at {chosen.base_image}.", "Check the path of --base-image.")
    request = GenerationRequest(
        prompt=prompt,
        negative_prompt=chosen.negative_prompt,
        size=_size(chosen, facts, options),
        seed=chosen.seed,
        options=options,
        model=chosen.model,
        captioner=None if by_attention or not options.captions else chosen.captioner,
        caption_source="attention" if by_attention and options.captions else "captioner",
        captioner_precision=chosen.captioner_precision,
        question=question_text(chosen.question),
        base_image=chosen.base_image,
        output=chosen.out,
        device=chosen.device,
        precision=chosen.precision,
    )
    return replace(request, output=chosen.out / folder_name(request))


def _options(chosen: argparse.Namespace) -> Options:
    options = PRESETS[chosen.preset]
    if chosen.steps is not None:
        options = replace(options, num_inference_steps=chosen.steps)
    if chosen.captioner is None:
        options = replace(options, captions=False)
    return changed_options(options, chosen.set or [])


def _size(chosen: argparse.Namespace, facts: ModelFacts, options: Options) -> Size:
    default = NATIVE_TIMES * facts.native_size
    size = Size(
        chosen.height if chosen.height is not None else default, chosen.width if chosen.width is not None else default
    )
    if chosen.native and min(size) > 0:
        return native_phase_size(size, facts.native_size, facts.size_multiple, options.native_fit)
    return size


def folder_name(request: GenerationRequest) -> str:
    """Readable, and different for different requests, so that the same command finds its result again."""
    plain = unicodedata.normalize("NFKD", request.prompt).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "picture"
    return f"{slug}-{request.seed}-{request.digest()[:8]}"


def open_picture(path: Path) -> Image.Image:
    from PIL import Image

    from hiprompt_core.errors import ResultCorrupt
    from hiprompt_core.metadata import read_png

    try:
        return read_png(path)[0]  # our own may be larger than Pillow trusts
    except ResultCorrupt:
        pass
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidRequest(f"{path} cannot be read as a picture ({error}).", "Choose another file.") from error
