"""Settings as other programs write them into their pictures: A1111, InvokeAI, ComfyUI, Fooocus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hiprompt_core.geometry import Size
from hiprompt_core.request import LARGEST_SEED

Node = dict[str, Any]

PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
"""A pair of the last line of A1111's text, as A1111 itself reads it."""
LORA = re.compile(r",?[ \t]*<lora:([^:>]+):?(-?[\d.]+)?[^>]*>")
"""How A1111 names a LoRA and its weight within the prompt."""
FEWEST_PAIRS = 3
NEGATIVE = "Negative prompt:"


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignSettings:
    """What a picture of another program says about itself; none: it does not say."""

    program: str
    prompt: str
    negative_prompt: str | None = None
    seed: int | None = None
    """None as well when it is larger than this program's seeds."""
    size: Size | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    model: str = ""
    loras: tuple[tuple[str, float], ...] = ()
    """Names of files without their ending, and weights."""


def parse_a1111(text: str) -> ForeignSettings | None:
    """The ``parameters`` text of A1111, Forge, SD.Next and many others, also Fooocus' JSON in its place."""
    if text.lstrip().startswith("{"):
        return _parse_fooocus(text)
    *lines, last = text.strip().split("\n")
    pairs = {name: _unquoted(value) for name, value in PAIR.findall(last)}
    if len(pairs) < FEWEST_PAIRS:
        lines, pairs = [*lines, last], {}
    at = next((number for number, line in enumerate(lines) if line.startswith(NEGATIVE)), len(lines))
    negative = "\n".join(lines[at:]).removeprefix(NEGATIVE).strip()
    tagged = "\n".join(lines[:at]).strip()
    if not tagged and not pairs:
        return None
    return ForeignSettings(
        program="A1111",
        prompt=LORA.sub("", tagged).strip(),
        negative_prompt=negative,
        seed=_seed(pairs.get("Seed")),
        size=_size_text(pairs.get("Size", "")),
        steps=_whole(pairs.get("Steps")),
        guidance_scale=_number(pairs.get("CFG scale")),
        model=pairs.get("Model", ""),
        loras=tuple((name, _number(weight or 1) or 0.0) for name, weight in LORA.findall(tagged)),
    )


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value.strip('"')
    return value.strip()


def _parse_fooocus(text: str) -> ForeignSettings | None:
    values = _json_object(text)
    if not isinstance(values.get("prompt"), str):
        return None
    return ForeignSettings(
        program="Fooocus",
        prompt=values["prompt"],
        negative_prompt=_text(values.get("negative_prompt")),
        seed=_seed(values.get("seed")),
        size=_size_text(str(values.get("resolution", ""))),
        steps=_whole(values.get("steps")),
        guidance_scale=_number(values.get("guidance_scale")),
        model=_text(values.get("base_model")) or "",
    )


def parse_invokeai(text: str) -> ForeignSettings | None:
    """The ``invokeai_metadata`` of InvokeAI 3 and later."""
    values = _json_object(text)
    if not isinstance(values.get("positive_prompt"), str):
        return None
    model = values.get("model")
    name = (model.get("name") or model.get("model_name")) if isinstance(model, dict) else model
    return ForeignSettings(
        program="InvokeAI",
        prompt=values["positive_prompt"],
        negative_prompt=_text(values.get("negative_prompt")),
        seed=_seed(values.get("seed")),
        size=_size(values.get("width"), values.get("height")),
        steps=_whole(values.get("steps")),
        guidance_scale=_number(values.get("cfg_scale")),
        model=_text(name) or "",
    )


def parse_comfyui(text: str) -> ForeignSettings | None:
    """The ``prompt`` of ComfyUI: a graph of nodes, read backwards from its first sampler."""
    nodes = {key: node for key, node in _json_object(text).items() if isinstance(node, dict) and _inputs(node)}
    samplers = [node for node in nodes.values() if {"positive", "latent_image"} <= _inputs(node).keys()]
    # A second sampler refines; the first one starts from an empty picture.
    samplers.sort(key=lambda node: _latent_size(nodes, node) is None)
    if not samplers:
        return None
    sampler = samplers[0]
    prompt = _conditioning(nodes, sampler, "positive")
    if prompt is None:
        return None
    inputs = _inputs(sampler)
    return ForeignSettings(
        program="ComfyUI",
        prompt=prompt,
        negative_prompt=_conditioning(nodes, sampler, "negative"),
        seed=_seed(_value(nodes, inputs.get("seed", inputs.get("noise_seed")))),
        size=_latent_size(nodes, sampler),
        steps=_whole(_value(nodes, inputs.get("steps"))),
        guidance_scale=_number(_value(nodes, inputs.get("cfg"))),
        model=_checkpoint(nodes, sampler),
    )


def _inputs(node: Node) -> dict[str, Any]:
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def _linked(nodes: dict[str, Node], value: Any) -> Node | None:
    """The node that an input takes its value from."""
    if isinstance(value, list) and len(value) == 2:
        return nodes.get(str(value[0]))
    return None


def _before(nodes: dict[str, Node], start: Any, names: tuple[str, ...] = ()) -> Iterator[Node]:
    """The nodes that lead to an input, nearest first; where a node has an input of ``names``, only along it."""
    waiting, seen = [start], set()
    while waiting:
        node = _linked(nodes, waiting.pop(0))
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        inputs = _inputs(node)
        chosen = [inputs[name] for name in names if name in inputs]
        waiting += chosen or list(inputs.values())


def _value(nodes: dict[str, Node], value: Any) -> Any:
    """A plain value, or that of the primitive node it is linked to."""
    for node in _before(nodes, value):
        plain = [item for item in _inputs(node).values() if isinstance(item, int | float | str)]
        if plain:
            return plain[0]
    return None if isinstance(value, list) else value


def _conditioning(nodes: dict[str, Node], sampler: Node, role: str) -> str | None:
    """The text that conditions a sampler; ``role`` is "positive" or "negative"."""
    for node in _before(nodes, _inputs(sampler).get(role), (role,)):
        inputs = _inputs(node)
        for name in ("text", "text_g", "t5xxl", "text_l"):
            if name in inputs:
                text = _value(nodes, inputs[name])
                return text if isinstance(text, str) else None
    return None


def _latent_size(nodes: dict[str, Node], sampler: Node) -> Size | None:
    for node in _before(nodes, _inputs(sampler).get("latent_image"), ("latent_image", "samples", "latent")):
        inputs = _inputs(node)
        size = _size(_value(nodes, inputs.get("width")), _value(nodes, inputs.get("height")))
        if size is not None:
            return size
        if "latent_image" in inputs:
            return None  # another sampler: its picture is refined here
    return None


def _checkpoint(nodes: dict[str, Node], sampler: Node) -> str:
    for node in _before(nodes, _inputs(sampler).get("model"), ("model",)):
        for name in ("ckpt_name", "unet_name"):
            if isinstance(_inputs(node).get(name), str):
                return str(_inputs(node)[name])
    return ""


def _json_object(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    try:
        return None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _seed(value: Any) -> int | None:
    seed = _whole(value)
    return seed if seed is not None and 0 <= seed <= LARGEST_SEED else None


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _size(width: Any, height: Any) -> Size | None:
    across, down = _whole(width), _whole(height)
    return Size(down, across) if across and down and min(across, down) > 0 else None


def _size_text(text: str) -> Size | None:
    sides = re.findall(r"\d+", text)
    return _size(*sides) if len(sides) == 2 else None
