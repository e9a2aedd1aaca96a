"""One model as an entry of the library, from the headers and small files of its file or folder."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelCorrupt, ModelError, ModelUnsupported, UnsafeModel
from hiprompt_core.guide_files import inspect_controlnet, inspect_upscaler
from hiprompt_core.library.entry import Entry, Role
from hiprompt_core.library.known import Stamp
from hiprompt_core.library.places import Place
from hiprompt_core.library.recognising import precision_and_parameters, recognise_config, recognise_weights
from hiprompt_core.model_files import PICKLES, inspect_captioner, inspect_model, read_header

WEIGHTS = (".safetensors", ".ckpt", ".pt", ".pth")
"""Endings of files that are listed by themselves; ``.bin`` is the ending of too much else."""
_INSPECT: dict[Role, Callable[[Path], object]] = {
    "model": inspect_model,
    "captioner": inspect_captioner,
    "ControlNet": inspect_controlnet,
    "upscaler": inspect_upscaler,
}
"""What decides whether this program can use a model by itself."""
_BESIDE = {"LoRA", "embedding", "VAE"}
"""Roles that change a model for one picture; whether they fit one is told when they are loaded with it."""
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
    is_file = path.is_file()
    entry = _describe_file(path) if is_file else _describe_folder(path)
    name = place.name or (path.stem if is_file else path.name)
    return Entry(path=path, name=name, owner=place.owner, size=size, **entry)


def unreachable(place: Place, error: OSError) -> Entry:
    """An entry for a file or folder that the system does not let us read."""
    if error.errno == errno.ELOOP:
        trouble = f"{place.path} is a link that leads back to itself. Delete it."
    elif place.path.is_symlink() and error.errno == errno.ENOENT:
        trouble = f"{place.path} is a link to {place.path.readlink()}, which is gone. Delete or mend it."
    else:
        trouble = f"{place.path} cannot be read ({error.strerror}). Check its permissions."
    return Entry(path=place.path, name=place.name or place.path.name, owner=place.owner, trouble=trouble)


def _describe_file(path: Path) -> dict[str, Any]:
    try:
        header = read_weights_header(path)
    except ModelError as error:
        return {"trouble": str(error)}
    role, family = recognise_weights(header)
    marks = header.get("__metadata__") or {}
    precision, parameters = precision_and_parameters([header])
    found = {"role": role, "family": family, "precision": precision, "parameters": parameters}
    licence = str(marks.get("modelspec.license", "")) or licence_of_card(path.parent / "README.md")
    return found | {"licence": licence} | _usable(path, role, family)


def read_weights_header(path: Path) -> dict[str, Any]:
    """The header of a file that should hold weights, whatever its name says.

    Raises:
        UnsafeModel: it is pickled.
        ModelCorrupt: it is damaged, cut short or empty.
        ModelUnsupported: it is safetensors under a pickle's name.
    """
    try:
        header = read_header(path)
    except ModelCorrupt as error:
        if _looks_pickled(path):
            what = "a pickled checkpoint" if path.suffix in PICKLES else f"a pickled checkpoint, named {path.suffix}"
            raise UnsafeModel(
                f"{path} is {what}, which can run code when it is read.", "Convert it to safetensors first."
            ) from error
        raise
    if path.suffix != ".safetensors":
        raise ModelUnsupported(f"{path} is a safetensors file under another ending.", "Rename it to .safetensors.")
    return header


def _looks_pickled(path: Path) -> bool:
    """Pickles begin with their protocol, PyTorch's files are zip archives of them."""
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError:
        return False
    return start == b"PK\x03\x04" or (start[:1] == b"\x80" and start[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"})


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
                headers.append(read_weights_header(file))
            except ModelError as error:
                trouble = trouble or str(error)
    precision, parameters = precision_and_parameters(headers)
    found = {"role": role, "family": family, "precision": precision, "parameters": parameters}
    found |= {"licence": licence_of_card(path / "README.md")}
    return found | ({"trouble": trouble} if trouble else _usable(path, role, family))


def folder_config(path: Path) -> dict[str, Any]:
    """What makes a folder a model: its ``model_index.json`` or ``config.json``; empty when there is neither.

    Raises:
        ModelCorrupt: that file is damaged.
    """
    for name in ("model_index.json", "config.json"):
        file = path / name
        if file.is_file():
            try:
                config = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise ModelCorrupt(f"{file} cannot be read as JSON.", "Copy or download the model again.") from error
            return config if isinstance(config, dict) else {}
    return {}


def _usable(path: Path, role: Role, family: str) -> dict[str, str]:
    """Why a model cannot be used, by the rooms that would load it."""
    if role == "unknown":
        return {"unusable": f"{path} holds a model of a kind that this program does not know."}
    if role in _BESIDE and family not in _ELSEWHERE:
        return {}
    if role not in _INSPECT:
        return {"unusable": f"This program does not use files of this kind ({f'{family} {role}'.strip()})."}
    try:
        _INSPECT[role](path)
    except ModelUnsupported as error:
        return {"unusable": str(error)}
    except ModelError as error:
        return {"trouble": str(error)}
    return {}


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
