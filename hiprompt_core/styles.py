"""Styles: named words around a prompt and a negative prompt."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hiprompt_core.errors import InvalidRequest

PLACE = "{prompt}"
TEXTS = ("prompt", "negative_prompt")
"""What a file says of a style."""
_REMEDY = 'Write {"NAME": {"prompt": "{prompt}, …", "negative_prompt": "…"}}, or name a styles.csv of A1111.'


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
    """The user's own styles: JSON, ``{"NAME": {"prompt": "…", "negative_prompt": "…"}}``, or the files of others.

    These are A1111's ``styles.csv``, and the lists of Fooocus and SDXL Styler:
    ``[{"name": "NAME", "prompt": "…", "negative_prompt": "…"}]``.

    Raises:
        InvalidRequest: the file cannot be read, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}.", "Check the path of the styles.") from error
    except ValueError as error:
        raise _misfit(path, "it is not UTF-8 text") from error
    styles = _from_csv(path, text) if path.suffix.lower() == ".csv" else _from_json(path, text)
    if not styles:
        raise InvalidRequest(f"{path} holds no style.", _REMEDY)
    return styles


def _misfit(path: Path, reason: str) -> InvalidRequest:
    return InvalidRequest(f"{path} is no file of styles: {reason}.", _REMEDY)


def _from_json(path: Path, text: str) -> tuple[Style, ...]:
    try:
        values = json.loads(text)
    except ValueError as error:
        line = text.count("\n", 0, getattr(error, "pos", 0)) + 1
        raise _misfit(path, f"it is no JSON from line {line} on") from error
    except RecursionError as error:
        raise _misfit(path, "it is too deep") from error
    if isinstance(values, list):
        return tuple(_of_list(path, number, value) for number, value in enumerate(values, start=1))
    if isinstance(values, dict):
        return tuple(_of_names(path, name, texts) for name, texts in values.items())
    raise _misfit(path, "it holds no names")


def _of_list(path: Path, number: int, value: Any) -> Style:
    """A style as other programs write it; what they say besides is left."""
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise _misfit(path, f"style {number} has no name")
    return _style(path, name.strip(), {key: value[key] for key in TEXTS if value.get(key) is not None})


def _of_names(path: Path, name: str, texts: Any) -> Style:
    if not isinstance(texts, dict):
        raise _misfit(path, f"nothing is said of style {name!r}")
    return _style(path, name, texts)


def _style(path: Path, name: str, texts: Mapping[str, Any]) -> Style:
    for key, text in texts.items():
        if key not in TEXTS:
            raise _misfit(path, f"style {name!r} has a {key!r}, which is unknown")
        if not isinstance(text, str):
            raise _misfit(path, f"the {key} of style {name!r} is no text")
    return Style(name, **texts)


def _from_csv(path: Path, text: str) -> tuple[Style, ...]:
    """Columns name, prompt, negative_prompt; rows without words are headings of A1111's list."""
    try:
        table = csv.DictReader(io.StringIO(text, newline=""))
        missing = next((column for column in ("name", *TEXTS) if column not in (table.fieldnames or ())), None)
        if missing is not None:
            raise _misfit(path, f"it has no column {missing!r}")
        styles = [Style(row["name"] or "", *(row[column] or "" for column in TEXTS)) for row in table]
    except csv.Error as error:
        raise _misfit(path, "it is no table") from error
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
