"""Where models lie: our own folder, the Hugging Face cache, and the folders of other programs."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.library.entry import HUGGING_FACE, OURS
from hiprompt_core.model_cache import cache_folder
from hiprompt_core.model_names import CACHED, repository_name
from hiprompt_core.user_folders import user_folder

A1111, COMFY, INVOKE = "A1111 or Forge", "ComfyUI", "InvokeAI"
COMFY_PATHS = "extra_model_paths.yaml"
_A1111_FOLDERS = (
    "models/Stable-diffusion", "models/Lora", "models/LyCORIS", "models/VAE", "models/ESRGAN", "models/RealESRGAN",
    "models/SwinIR", "models/DAT", "models/HAT", "models/ControlNet", "models/text_encoder", "embeddings",
    "extensions/sd-webui-controlnet/models",
)  # fmt: skip
_NO_MODELS = {"base_path", "is_default", "custom_nodes", "configs"}
"""Keys of ComfyUI's file that name no folder of models."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, or one model, to search."""

    path: Path
    owner: str = ""
    """The program that it belongs to; empty: the user."""
    name: str = ""
    """What that program calls the model at this path."""
    trouble: str = ""
    """Why nothing can be found here."""


def own_models() -> Path:
    """Where downloads go."""
    return user_folder("data") / "models"


def usual_places() -> list[Place]:
    """Those that need not be named by the user: our own folder and the Hugging Face cache, if they exist."""
    usual = [Place(own_models(), OURS), Place(cache_folder(), HUGGING_FACE)]
    return [place for place in usual if place.path.is_dir()]


def places_in(folder: Path) -> list[Place]:
    """The places that a folder of the user's stands for: those of the program installed there, or the folder itself.

    Also takes ComfyUI's ``extra_model_paths.yaml`` by itself.
    """
    folder = Path(folder).expanduser().absolute()
    try:
        return _places_of_program(folder) or [Place(folder, OURS if folder == own_models() else "")]
    except OSError:  # what may not be looked at is told when it is searched
        return [Place(folder)]


def _places_of_program(folder: Path) -> list[Place]:
    """Those of the program that is installed in a folder; none: no program is."""
    if folder.suffix in {".yaml", ".yml"}:
        return _comfy_paths(folder)
    if (folder / "models/Stable-diffusion").is_dir():
        return [Place(folder / name, A1111) for name in _A1111_FOLDERS if (folder / name).is_dir()]
    if (folder / "models/checkpoints").is_dir() or (folder / COMFY_PATHS).is_file():
        models = [Place(folder / "models", COMFY)] if (folder / "models").is_dir() else []
        return models + (_comfy_paths(folder / COMFY_PATHS) if (folder / COMFY_PATHS).is_file() else [])
    if (folder / "databases/invokeai.db").is_file() or (folder / "invokeai.yaml").is_file():
        # named models first: what is found twice keeps its first name
        kept = _invoke_folder(folder)
        return [*_invoke_models(folder, kept), *([Place(kept, INVOKE)] if kept.is_dir() else [])]
    if (folder / "hub").is_dir() and any((folder / "hub").glob(f"{CACHED}*")):
        return [Place(folder / "hub", HUGGING_FACE)]
    if folder.name.startswith(CACHED) or any(folder.glob(f"{CACHED}*")):
        return [Place(folder, HUGGING_FACE)]
    return []


def place_of(path: Path) -> Place:
    """The place of one model, with the program whose folder it lies in and the name that the cache has for it."""
    path = Path(path).expanduser().absolute()
    around = usual_places() + [place for folder in path.parents for place in places_in(folder)]
    owner = next((place.owner for place in around if place.owner and path.is_relative_to(place.path)), "")
    repository = next((part for part in path.parts if part.startswith(CACHED)), "")
    return Place(path, owner, repository_name(Path(repository)))


def _comfy_paths(file: Path) -> list[Place]:
    """Folders that ComfyUI is told of: sections with a ``base_path`` and one or more lines of paths a kind."""
    import yaml

    try:
        sections = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        told = InvalidRequest(
            f"The list of folders {file} cannot be read: {reason}.", "Write paths in it without quotes."
        )
        return [Place(file, COMFY, trouble=str(told))]
    found: dict[Path, bool] = {}
    for section in sections.values() if isinstance(sections, dict) else ():
        if isinstance(section, dict):
            for path in _paths_of_section(section, file.parent):
                found[path] = found.get(path, False) or bool(section.get("is_default"))
    defaults_first = sorted(found, key=lambda path: not found[path])
    return [Place(path, COMFY) for path in defaults_first if path.is_dir()]


def _paths_of_section(section: dict[str, Any], beside: Path) -> list[Path]:
    base = beside / os.path.expandvars(Path(str(section.get("base_path") or "")).expanduser())
    texts = [text for key, text in section.items() if key not in _NO_MODELS and text is not None]
    lines = [line.strip() for text in texts for line in str(text).split("\n")]
    return [Path(os.path.normpath(base / line)) for line in lines if line]


def _invoke_folder(folder: Path) -> Path:
    """Where InvokeAI keeps models, which its settings may change."""
    import yaml

    try:
        settings = yaml.safe_load((folder / "invokeai.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        settings = None
    named = settings.get("models_dir") if isinstance(settings, dict) else None
    return folder / (str(named) if named else "models")


def _invoke_models(folder: Path, models: Path) -> list[Place]:
    """Models by the names of InvokeAI's database, which is only read; older forms of it are passed over."""
    database = (folder / "databases/invokeai.db").absolute()
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT path, name FROM models").fetchall()
    except sqlite3.Error:
        return []
    places = [Place(models / path, INVOKE, str(name)) for path, name in rows if path]
    return [place for place in places if place.path.exists()]
