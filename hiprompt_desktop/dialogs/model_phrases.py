"""What the models window says about kinds of models, their facts and their progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from hiprompt_desktop.phrases import duration_text, file_size_text

if TYPE_CHECKING:
    from hiprompt_core.library import Advanced, Entry, Listing, Verdict

GROUPS = ("model", "LoRA", "VAE", "embedding", "upscaler", "ControlNet", "captioner", "")
"""Roles that have a group of their own in the list, and all others."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("models", text)


def group_title(role: str) -> str:
    return {
        "model": _tr("Models"),
        "LoRA": _tr("LoRAs"),
        "VAE": _tr("VAEs"),
        "embedding": _tr("Embeddings"),
        "upscaler": _tr("Upscalers"),
        "ControlNet": _tr("ControlNets"),
        "captioner": _tr("Captioners"),
    }.get(role, _tr("Other"))


def role_text(role: str) -> str:
    return {
        "model": _tr("model"),
        "refiner": _tr("refiner"),
        "diffusion network": _tr("diffusion network without its other parts"),
        "captioner": _tr("captioner"),
        "LoRA": _tr("LoRA"),
        "embedding": _tr("embedding"),
        "VAE": _tr("VAE"),
        "ControlNet": _tr("ControlNet"),
        "upscaler": _tr("upscaler"),
        "text encoder": _tr("text encoder"),
    }.get(role, _tr("unknown kind"))


def kind_text(entry: Entry) -> str:
    """Such as "LoRA · SDXL"."""
    return " · ".join(part for part in (role_text(entry.role), entry.family) if part)


def size_text(size: int) -> str:
    return file_size_text(size) if size else ""


def parameters_text(parameters: int) -> str:
    if parameters < 50_000:
        return ""
    if parameters >= 10**9:
        return _tr("{0} billion").format(f"{parameters / 10**9:.1f}")
    return _tr("{0} million").format(f"{parameters / 10**6:.1f}" if parameters < 10**7 else round(parameters / 10**6))


def owner_text(entry: Entry) -> str:
    return entry.owner or _tr("you")


def verdict_text(verdict: Verdict) -> str:
    if verdict.problems:
        return "\n".join(verdict.problems)
    if verdict.hashes_compared:
        return _tr("Every byte was read; the hash is the published one.")
    return _tr("Every byte was read; no damage was found.")


def removal_text(entry: Entry) -> str:
    """What moving to the trash means, before it is done."""
    text = _tr("Move {0} to the trash?").format(entry.name)
    if entry.owner not in {"", "HiPrompt"}:
        text += " " + _tr("It lies in a folder of {0}, which uses it too.").format(entry.owner)
    return text


def bytes_text(advanced: Advanced) -> str:
    total, done = file_size_text(advanced.total), file_size_text(advanced.done)
    return _tr("{0} of {1}").format(done, total) if advanced.total else ""


def download_text(advanced: Advanced | None, seconds_left: float | None) -> str:
    """How far a download is."""
    if advanced is None:
        return _tr("Connecting…")
    left = _tr("{0} left").format(duration_text(seconds_left)) if seconds_left is not None else ""
    return " · ".join(part for part in (bytes_text(advanced), left) if part)


def licence_text(licence: str) -> str:
    return licence or _tr("not told: ask its authors")


def files_text(listing: Listing) -> str:
    text = _tr("{0} files, {1}") if len(listing.files) > 1 else _tr("{0} file, {1}")
    return text.format(len(listing.files), file_size_text(listing.size))


def translated_purpose(purpose: str) -> str:
    """What a suggested model is good for."""
    return {
        "SDXL itself; what the paper was made with": _tr("SDXL itself; what the paper was made with"),
        "a fine-tune of SDXL for photographs": _tr("a fine-tune of SDXL for photographs"),
        "SDXL distilled to half its size, for small cards": _tr("SDXL distilled to half its size, for small cards"),
        "pictures in one to four steps; not for commercial use": _tr(
            "pictures in one to four steps; not for commercial use"
        ),
        "SDXL's VAE without black pictures in fp16": _tr("SDXL's VAE without black pictures in fp16"),
        "the captioner of the paper": _tr("the captioner of the paper"),
        "captions in little memory": _tr("captions in little memory"),
        "precise captions; not for commercial use": _tr("precise captions; not for commercial use"),
        "the smallest captioner, quick without a GPU": _tr("the smallest captioner, quick without a GPU"),
    }.get(purpose, purpose)
