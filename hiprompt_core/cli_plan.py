"""The command ``plan``: what a picture will cost, told before anything runs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from importlib.metadata import version

import psutil

from hiprompt_core.addition_files import addition_files
from hiprompt_core.cli_notes import idle_flags
from hiprompt_core.cli_requests import few_steps, make_request, read_prompts
from hiprompt_core.cli_running import cancel_by_signal, quiet_libraries
from hiprompt_core.errors import ModelCorrupt
from hiprompt_core.events import ignore_events
from hiprompt_core.footprint import Place
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.plan import make_plan, negative_prompt_note
from hiprompt_core.plan_text import compiling, plan_lines, plan_values, tokens_text
from hiprompt_core.rate_book import RateBook, rates_file
from hiprompt_core.request import GenerationRequest
from hiprompt_core.token_counter import load_token_counter


def plan_picture(chosen: argparse.Namespace) -> int:
    facts = inspect_model(chosen.model)
    request = make_request(chosen, read_prompts(chosen.prompt)[0], facts)
    captioner = inspect_captioner(request.captioner) if request.captioner else None
    guides = inspect_guides(request, facts)
    addition_files(request.additions)
    book = RateBook.load(rates_file())
    place = _place(request, book)
    plan = make_plan(request, facts, captioner, guides, place)
    if chosen.measure:
        _measure(request, place, book)
    seconds = book.rates_of(request, place).seconds_by_phase(plan)
    texts = {"prompt": request.prompt, "negative_prompt": request.negative_prompt}
    tokens = _tokens(request)
    fitted = few_steps(request, facts)
    texts |= {"few_steps": fitted} if fitted else {}
    texts |= {"controlnet": str(guides.controlnet.path)} if guides.controlnet else {}
    texts |= {"upscaler": str(guides.upscaler.path)} if guides.upscaler else {}
    if request.compiled:
        plain = book.rates_of(replace(request, compiled=False), place)
        texts["compiling"] = compiling(plain.seconds_by_phase(plan))
    notes = [*filter(None, [negative_prompt_note(request)]), *idle_flags(chosen, request)]
    if chosen.json:
        print(json.dumps(texts | {"tokens": tokens} | plan_values(plan, place, seconds) | {"notes": notes}))
    else:
        from hiprompt_core.progress import printable

        print(*(f"{name.replace('_', ' ')}: {printable(text)}" for name, text in texts.items()), sep="\n")
        print(*([f"tokens: {tokens_text(**tokens)}"] if tokens else []), *plan_lines(plan, place, seconds), sep="\n")
        print(*(f"Note: {note}" for note in notes), sep="\n", end="\n" if notes else "")
    return 0


def _tokens(request: GenerationRequest) -> dict[str, int] | None:
    """Of the prompt, as the model's text encoder reads it; none: its tokenizer cannot be read without torch."""
    try:
        counter = load_token_counter(request.model).with_embeddings(request.additions.embeddings)
    except ModelCorrupt:
        return None
    return {
        "count": counter.count(request.prompt),
        "limit": counter.limit,
        "parts": counter.chunks(request.prompt),
    }


def _place(request: GenerationRequest, book: RateBook) -> Place:
    """As torch finds it, which takes seconds to begin; a processor that was met before is known without."""
    known = book.place_of(request)
    if known and (request.device == "cpu" or version("torch").endswith("+cpu")):
        return replace(known, free=psutil.virtual_memory().available)
    if sys.stderr.isatty():
        print("Looking at the device, which takes some seconds.", file=sys.stderr)
    from hiprompt_core.devices import look

    return look(request.device, request.precision)


def _measure(request: GenerationRequest, place: Place, book: RateBook) -> None:
    """Keep how fast this machine is with the request's models."""
    from hiprompt_core import Engine
    from hiprompt_core.calibration import calibrate

    quiet_libraries()
    with cancel_by_signal(ignore_events) as on_event:
        rates = calibrate(request, Engine(), on_event)
    book.put(rates, request, place)
    book.save(rates_file())
