"""Requests from what was given on the command line."""

from __future__ import annotations

import argparse
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.few_step import few_step_of
from hiprompt_core.fitting import fitting_options
from hiprompt_core.geometry import LARGEST_SIDE, SMALLEST_SIDE, Size, native_phase_size, upscaled
from hiprompt_core.model_files import ModelFacts
from hiprompt_core.option_text import changed_options
from hiprompt_core.options import PRESETS, Options
from hiprompt_core.own_picture import own_picture_size
from hiprompt_core.questions import question_text
from hiprompt_core.request import Additions, ControlNet, GenerationRequest
from hiprompt_core.styles import STYLES, Style, find_style, read_styles
from hiprompt_core.wildcards import Wildcards

Given = TypeVar("Given", Path, str)
Value = TypeVar("Value", Path, float)
ATTENTION = "attention"
"""In place of a captioner's folder: the prompt's own words, where they are drawn."""
NATIVE_TIMES = 4
"""Default sides, in native sizes of the model."""
UPSCALE = 2.0
"""Default scale of a picture of the user's own."""
MIN_SCALE, MAX_SCALE = 0.01, 1000.0


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
    additions = Additions(loras=_once(chosen.lora), embeddings=_once(chosen.embedding), vae=chosen.vae)
    options = _options(chosen, facts, additions)
    own = own_picture_size(chosen.base_image) if chosen.base_image else None
    prompt, negative_prompt = _texts(chosen, prompt)
    by_attention = chosen.captioner == ATTENTION
    request = GenerationRequest(
        prompt=prompt,
        negative_prompt=negative_prompt,
        size=_upscaled_size(chosen, own) if own and "scale" in chosen else _size(chosen, facts, options),
        seed=chosen.seed,
        options=options,
        model=chosen.model,
        additions=additions,
        controlnet=_controlnet(chosen),
        upscaler=chosen.upscaler,
        captioner=None if by_attention or not options.captions else chosen.captioner,
        caption_source="attention" if by_attention and options.captions else "captioner",
        captioner_precision=chosen.captioner_precision,
        question=question_text(chosen.question),
        base_image=chosen.base_image,
        base_size=own,
        output=chosen.out,
        device=chosen.device,
        precision=chosen.precision,
        compiled=chosen.compiled,
    )
    return replace(request, output=chosen.out / folder_name(request))


def _once(given: Sequence[tuple[Given, Value]] | None) -> dict[Given, Value]:
    """Repeated flags by their files or words; the last one would silently take the place of the others."""
    values = dict(given or ())
    names = [name for name, _ in given or ()]
    twice = next((name for name in values if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidRequest(f"{twice} is given twice.", "Give it once.")
    return values


def _controlnet(chosen: argparse.Namespace) -> ControlNet | None:
    if chosen.controlnet is None:
        return None
    path, weight = chosen.controlnet
    return ControlNet(path=path, weight=weight, end=chosen.controlnet_end)


def _texts(chosen: argparse.Namespace, prompt: str) -> tuple[str, str]:
    """The prompt and the negative prompt in their styles, every choice made."""
    styles = known_styles(chosen.styles)
    negative_prompt = chosen.negative_prompt
    for name in chosen.style or ():
        prompt, negative_prompt = find_style(name, styles).apply(prompt, negative_prompt)
    wildcards = Wildcards(chosen.seed, chosen.wildcards)
    return wildcards.resolve(prompt), wildcards.resolve(negative_prompt)


def known_styles(own: Path | None) -> tuple[Style, ...]:
    """Those that come along, then the user's own."""
    return (*STYLES, *(read_styles(own) if own else ()))


def _options(chosen: argparse.Namespace, facts: ModelFacts, additions: Additions) -> Options:
    """Those of the preset as they suit the model, and what the user says otherwise."""
    options = fitting_options(PRESETS[chosen.preset], facts, additions)
    if chosen.steps is not None:
        options = replace(options, num_inference_steps=chosen.steps)
    if chosen.strength is not None:
        options = replace(options, strength=chosen.strength)
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


def _upscaled_size(chosen: argparse.Namespace, own: Size) -> Size:
    """What becomes of a picture: its own shape, unless both sides are given."""
    width, height, scale = chosen.width, chosen.height, chosen.scale
    if width is None and height is None:
        if scale is None:
            return upscaled(own, UPSCALE)
        if not MIN_SCALE <= scale <= MAX_SCALE:
            raise InvalidRequest(f"--scale is {scale:g}.", f"Use {MIN_SCALE:g} to {MAX_SCALE:g}.")
        return _possible(Size(round(own.height * scale), round(own.width * scale)), own)
    if scale is not None:
        raise InvalidRequest("--scale is given beside --width or --height.", "Give one or the other.")
    if height is None:
        return _possible(Size(round(own.height * width / own.width), width), own)
    return (
        _possible(Size(height, round(own.width * height / own.height)), own) if width is None else Size(height, width)
    )


def _possible(size: Size, own: Size) -> Size:
    """The size itself.

    Raises:
        InvalidRequest: a picture of this shape cannot be drawn so small or large; other scales of ``own`` can.
    """
    if min(size) >= SMALLEST_SIDE and max(size) <= LARGEST_SIDE:
        return size
    # Two decimals suffice, rounded to the inside.
    least, most = math.ceil(100 * SMALLEST_SIDE / min(own)) / 100, math.floor(100 * LARGEST_SIDE / max(own)) / 100
    if least > most:
        remedy = "Give both --width and --height."
    else:
        remedy = f"Use --scale {least:g} or more." if min(size) < SMALLEST_SIDE else f"Use --scale {most:g} or less."
    raise InvalidRequest(
        f"The result would be {size}, and sides go from {SMALLEST_SIDE} to {LARGEST_SIDE} pixels.", remedy
    )


def folder_name(request: GenerationRequest) -> str:
    """Readable, and different for different requests, so that the same command finds its result again."""
    plain = unicodedata.normalize("NFKD", request.prompt).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "picture"
    return f"{slug}-{request.seed}-{request.digest()[:8]}"


def few_steps(request: GenerationRequest, facts: ModelFacts) -> str:
    """What was chosen because the model, or a LoRA, is distilled to a few steps; empty: nothing."""
    few = few_step_of(facts.few_step, request.additions)
    fitted = few and request.options.scheduler == few.scheduler and request.options.guidance_scale == 1
    return (
        f"{request.options.num_inference_steps} steps with {few.scheduler}, guidance 1, as {few.kind} wants it; "
        "--steps and --set decide otherwise"
        if few and fitted
        else ""
    )
