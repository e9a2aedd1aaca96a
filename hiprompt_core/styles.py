"""Styles: named words around a prompt and a negative prompt."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hiprompt_core.errors import InvalidRequest

PLACE = "{prompt}"


@dataclass(frozen=True, slots=True)
class Style:
    """What stands around a prompt, ``{prompt}`` marking its place; without the mark it follows the prompt."""

    name: str
    prompt: str = ""
    negative_prompt: str = ""

    def apply(self, prompt: str, negative_prompt: str) -> tuple[str, str]:
        """The prompt and the negative prompt in this style."""
        return _wrapped(self.prompt, prompt), _wrapped(self.negative_prompt, negative_prompt)


def _wrapped(wrap: str, text: str) -> str:
    if PLACE in wrap and text.strip():
        return wrap.replace(PLACE, text.strip())
    return ", ".join(part for part in (text.strip(), wrap.replace(PLACE, "").strip(" ,")) if part)


STYLES = (
    Style("photograph", "a photograph of {prompt}, natural light, fine detail, shallow depth of field", "drawing, cgi"),
    Style("film still", "{prompt}, still from a film, 35 mm, fine grain, muted colours", "flat light, text, watermark"),
    Style("black and white", "{prompt}, black and white photograph, strong contrast, silver print", "colour, tint"),
    Style(
        "watercolor",
        "{prompt}, watercolor on cold-pressed paper, soft washes, white of the paper left in the lights",
        "photograph, hard outlines",
    ),
    Style("oil painting", "{prompt}, oil on canvas, visible brushwork, warm underpainting", "photograph, smooth"),
    Style("gouache", "{prompt}, gouache, flat opaque colour, matt surface, simple shapes", "photograph, gloss"),
    Style("ink drawing", "{prompt}, ink drawing, confident lines, cross-hatching, white paper", "colour, photograph"),
    Style("pencil sketch", "{prompt}, pencil sketch, light construction lines, toned paper", "colour, photograph"),
    Style("woodcut", "{prompt}, woodcut print, bold black shapes, carved texture, two colours", "photograph, blur"),
    Style(
        "children's book",
        "{prompt}, illustration from a children's book, friendly shapes, textured colour, soft light",
        "photograph, frightening",
    ),
    Style("concept art", "{prompt}, concept art, wide view, strong silhouette, atmospheric depth", "text, frame"),
    Style("isometric", "{prompt}, isometric view, clean edges, soft shadows, plain background", "perspective, clutter"),
)
"""Those that come along."""


def read_styles(path: Path) -> tuple[Style, ...]:
    """The user's own styles: JSON, ``{"NAME": {"prompt": "…", "negative_prompt": "…"}}``, or A1111's ``styles.csv``.

    Raises:
        InvalidRequest: the file cannot be read, or holds something else.
    """
    remedy = 'Write {"NAME": {"prompt": "{prompt}, …", "negative_prompt": "…"}}, or name a styles.csv of A1111.'
    try:
        text = path.read_text(encoding="utf-8-sig")
        styles = _from_csv(text) if path.suffix.lower() == ".csv" else _from_json(json.loads(text))
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}.", "Check the path of the styles.") from error
    except (ValueError, TypeError, AttributeError, KeyError, csv.Error) as error:
        raise InvalidRequest(f"{path} is no file of styles ({error}).", remedy) from error
    if not styles:
        raise InvalidRequest(f"{path} holds no style.", remedy)
    return styles


def _from_json(values: Any) -> tuple[Style, ...]:
    styles = tuple(Style(name, **texts) for name, texts in values.items())
    if not all(isinstance(text, str) for style in styles for text in (style.prompt, style.negative_prompt)):
        raise TypeError("a text is missing")
    return styles


def _from_csv(text: str) -> tuple[Style, ...]:
    """Columns name, prompt, negative_prompt; rows without words are headings of A1111's list."""
    rows = csv.DictReader(io.StringIO(text))
    styles = [Style(row["name"], row["prompt"] or "", row["negative_prompt"] or "") for row in rows]
    return tuple(style for style in styles if style.prompt or style.negative_prompt)


def find_style(name: str, styles: Sequence[Style]) -> Style:
    """The style of a name, however it is capitalised; of two with one name the later.

    Raises:
        InvalidRequest: there is none.
    """
    known = {style.name.lower(): style for style in styles}
    if name.lower() not in known:
        near = get_close_matches(name.lower(), known, cutoff=0.5) or list(known)
        raise InvalidRequest(f"There is no style {name!r}.", f"There is {', '.join(near)}.")
    return known[name.lower()]
