"""What it means to use a model of the library: changes of the wish (no Qt)."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiprompt_core.request import Additions, ControlNet
from hiprompt_desktop.document import Wish

if TYPE_CHECKING:
    from hiprompt_core.library import Entry

USABLE = ("model", "captioner", "LoRA", "VAE", "embedding", "ControlNet", "upscaler")
"""Roles that a picture has a place for."""


def changes_to_use(entry: Entry, wish: Wish) -> dict[str, Any]:
    """Arguments of ``NextPicture.change``."""
    path, additions = entry.path, wish.additions
    match entry.role:
        case "model":
            return {"model": path}
        case "captioner":
            return {"captioner": path}
        case "LoRA":
            return {"additions": with_lora(additions, path)}
        case "VAE":
            return {"additions": replace(additions, vae=path)}
        case "embedding":
            return {"additions": with_embedding(additions, path)}
        case "ControlNet":
            return {"controlnet": replace(wish.controlnet, path=path) if wish.controlnet else ControlNet(path=path)}
        case "upscaler":
            return {"upscaler": path}
        case _:
            return {}


def in_use(entry: Entry, wish: Wish) -> bool:
    controlnet = wish.controlnet.path if wish.controlnet else None
    return entry.path in {wish.model, wish.captioner, controlnet, wish.upscaler, *wish.additions.files}


def fits(family: str, model_family: str) -> bool:
    """Whether an addition of a family suits a model; when either is not known it may.

    Args:
        family: as the library names it, such as "SD 1".
        model_family: as the model's layout names it, such as "Stable Diffusion 1 and 2".
    """
    short = model_family.replace("Stable Diffusion", "SD")
    return not family or not short or family in {short, *(("SD 1", "SD 2") if short == "SD 1 and 2" else ())}


def with_lora(additions: Additions, path: Path) -> Additions:
    """One more, as its maker meant it; one that is there already keeps its weight."""
    return replace(additions, loras={**additions.loras, path: additions.loras.get(path, 1.0)})


def with_embedding(additions: Additions, path: Path) -> Additions:
    """One more, called by its file's name until the user renames it; words that are taken get a number."""
    if path in additions.embeddings.values():
        return additions
    name = "-".join(path.stem.translate(str.maketrans("<>", "  ")).split()) or "word"
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    word = next(name for name in names if name not in additions.embeddings)
    return replace(additions, embeddings={**additions.embeddings, word: path})
