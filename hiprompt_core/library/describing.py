"""One model as an entry of the library, from the headers and small files of its file or folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hiprompt_core.addition_files import inspect_lora, weight_files_of
from hiprompt_core.errors import ModelError, ModelUnsupported
from hiprompt_core.guide_files import inspect_controlnet, inspect_upscaler
from hiprompt_core.library.entry import Entry, Role
from hiprompt_core.library.known import Stamp
from hiprompt_core.library.places import Place
from hiprompt_core.library.recognising import precision_and_parameters, recognise_config, recognise_weights
from hiprompt_core.library.triggers import triggers_of
from hiprompt_core.model_files import inspect_captioner, inspect_model, read_config
from hiprompt_core.weight_header import read_header, unreadable

WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth")
"""Endings of files that are listed by themselves; ``.bin`` is the ending of too much else."""


def _inspect_network(path: Path) -> None:
    """Tells what it lacks to be a model."""
    if path.is_dir():
        raise ModelUnsupported(f"{path} is a part of a model.", "Choose the folder of the whole model.")
    inspect_model(path)


_INSPECT: dict[Role, Callable[[Path], object]] = {
    "model": inspect_model,
    "diffusion network": _inspect_network,
    "captioner": inspect_captioner,
    "ControlNet": inspect_controlnet,
    "upscaler": inspect_upscaler,
    "LoRA": inspect_lora,
    "embedding": weight_files_of,
    "VAE": weight_files_of,
}
"""What decides whether this program can use a file or folder; whether an addition fits a model is told later."""
_ELSEWHERE = {"FLUX"}
"""Families of models that this program does not run."""


def files_of(path: Path) -> list[Path]:
    """The files of a model, in order: itself, or everything in its folder."""
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def stamp_of(path: Path) -> Stamp:
    """Changes whenever a file of the model does.

    Raises:
        OSError: a file cannot be reached.
    """
    facts = [file.stat() for file in files_of(path)]
    return len(facts), sum(fact.st_size for fact in facts), max((fact.st_mtime_ns for fact in facts), default=0)


def describe(place: Place) -> Entry:
    """What headers and configs tell of the model at a place; damage is part of the answer, not an error."""
    path = place.path
    try:
        size = stamp_of(path)[1]
    except OSError as error:
        return unreachable(place, error)
    is_folder = path.is_dir()
    entry = _describe_folder(path) if is_folder else _describe_file(path)
    name = place.name or (path.name if is_folder else path.stem)
    return Entry(path=path, name=name, owner=place.owner, size=size, **entry)


def unreachable(place: Place, error: OSError) -> Entry:
    """An entry for a file or folder that the system does not let us read."""
    trouble = str(unreadable(place.path, error))
    return Entry(path=place.path, name=place.name or place.path.name, owner=place.owner, trouble=trouble)


def _describe_file(path: Path) -> dict[str, Any]:
    try:
        header = read_header(path)
    except ModelError as error:
        return {"trouble": str(error)}
    role, family = recognise_weights(header)
    marks = header.get("__metadata__") or {}
    precision, parameters = precision_and_parameters([header])
    found = {"role": role, "family": family, "precision": precision, "parameters": parameters}
    licence = str(marks.get("modelspec.license", "")) or _licence_beside(path)
    found |= {"licence": licence, "triggers": triggers_of(header) if role == "LoRA" else ()}
    return found | _usable(path, role, family)


def _describe_folder(path: Path) -> dict[str, Any]:
    try:
        config = folder_config(path)
    except ModelError as error:
        return {"trouble": str(error)}
    role, family = recognise_config(config)
    headers: list[Mapping[str, Any]] = []
    trouble = ""
    for file in files_of(path):
        if file.suffix == ".safetensors":
            try:
                headers.append(read_header(file))
            except ModelError as error:
                trouble = trouble or str(error)
    precision, parameters = precision_and_parameters(headers)
    found = {"role": role, "family": family, "precision": precision, "parameters": parameters}
    found |= {"licence": licence_of_card(path / "README.md")}
    return found | ({"trouble": trouble} if trouble else _usable(path, role, family))


def folder_config(path: Path) -> dict[str, Any]:
    """What makes a folder a model: its ``model_index.json`` or ``config.json``; empty when there is neither.

    Raises:
        ModelCorrupt: that file is damaged or cannot be read.
    """
    for name in ("model_index.json", "config.json"):
        file = path / name
        if file.is_file():
            return read_config(file)
    return {}


def _usable(path: Path, role: Role, family: str) -> dict[str, str]:
    """Why a model cannot be used, by the rooms that would load it."""
    if role == "unknown":
        return {"unusable": f"{path} holds a model of a kind that this program does not know."}
    if role not in _INSPECT or family in _ELSEWHERE:
        return {"unusable": f"This program does not use files of this kind ({f'{family} {role}'.strip()})."}
    try:
        _INSPECT[role](path)
    except ModelUnsupported as error:
        return {"unusable": str(error)}
    except ModelError as error:
        return {"trouble": str(error)}
    return {}


def _licence_beside(file: Path) -> str:
    """By the model card of the folder, if that can mean this file: it is alone there, or in a repository's snapshot."""
    licence = licence_of_card(file.parent / "README.md")
    if licence and file.parent.parent.name != "snapshots":
        return licence if sum(other.suffix in WEIGHTS for other in file.parent.iterdir()) == 1 else ""
    return licence


def licence_of_card(card: Path) -> str:
    """The licence in the front matter of a model card, by its own name when it is none of the usual ones."""
    import yaml

    try:
        text = card.read_text(encoding="utf-8")
        front = yaml.safe_load(text.split("---")[1]) if text.startswith("---") else None
    except (OSError, ValueError, IndexError, yaml.YAMLError):
        return ""
    if not isinstance(front, dict):
        return ""
    licence = front.get("license")
    licence = ", ".join(map(str, licence)) if isinstance(licence, list) else str(licence or "")
    return str(front.get("license_name") or licence) if licence == "other" else licence
