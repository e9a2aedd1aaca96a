"""What the program remembers between two starts: a sparse JSON file, replaced as a whole."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from hiprompt_core.metadata import atomic_write, read_json, write_error
from hiprompt_core.user_folders import user_folder

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Values that differ from these defaults are written, nothing else."""

    prompt: str | None = None
    negative_prompt: str | None = None
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    strength: float | None = None
    seed: int | None = None
    seed_locked: bool = False
    review_captions: bool = False
    model: str | None = None
    """Folder; none: the demo model."""
    captioner: str | None = None
    """Folder; none: the demo captioner; empty: no captions."""
    additions: dict[str, Any] = field(default_factory=dict)
    """LoRAs, embeddings and VAE, as ``Additions.to_dict`` gives them."""
    controlnet: dict[str, Any] = field(default_factory=dict)
    """As ``ControlNet.to_dict`` gives it; empty: none."""
    upscaler: str | None = None
    model_folders: tuple[str, ...] = ()
    """The user's own places of models."""
    caption_source: str | None = None
    question: str | None = None
    style: str | None = None
    styles_file: str | None = None
    captioner_precision: str | None = None
    wildcards: str | None = None
    """Folder; none: the one beside the settings."""
    base_image: str | None = None
    base_width: int | None = None
    base_height: int | None = None
    show_more: bool = False
    """Whether the fold of the less usual wishes is open."""
    device: str | None = None
    """That computes, by its name in torch; none: the best there is."""
    precision: str | None = None
    compiled: bool = False
    prompts: tuple[str, ...] = ()
    """Those of earlier pictures, the newest first."""
    recent_models: tuple[str, ...] = ()
    recent_captioners: tuple[str, ...] = ()
    show_grid: bool = True
    show_captions: bool = True
    theme: str = "system"
    language: str = "system"
    scale: int = 100
    """Of the window's parts, in per cent; holds from the next start."""
    keys: tuple[str, ...] = ()
    """The user's own keys, such as "grid=Ctrl+G"."""
    tour_seen: bool = False
    backdrop: str = "grey"
    """What lies around the picture."""
    pictures: str | None = None
    """Folder that finished pictures are written to."""
    project: str | None = None
    """The one that was open last."""
    show_history: bool = True
    export_format: str | None = None
    export_quality: int | None = None
    export_metadata: str | None = None
    export_name: str | None = None
    export_folder: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """The folders this program writes to."""

    config: Path
    state: Path
    """What is known and pending, unlike what was chosen."""
    cache: Path
    """What only costs time when it is lost."""
    logs: Path
    pictures: Path

    @classmethod
    def of_user(cls) -> Places:
        return cls(
            config=user_folder("config"),
            state=user_folder("state"),
            cache=user_folder("cache"),
            logs=user_folder("log"),
            pictures=user_folder("pictures"),
        )

    @classmethod
    def under(cls, root: Path) -> Places:
        """Everything in one folder: tests, portable use."""
        names = ("config", "state", "cache", "logs", "pictures")
        return cls(**{name: root / name for name in names})

    @property
    def settings_file(self) -> Path:
        return self.config / "settings.json"

    @property
    def projects(self) -> Path:
        """Projects that the user did not save anywhere."""
        return self.state / "projects"

    @property
    def wish_steps_file(self) -> Path:
        return self.state / "wish_steps.json"

    @property
    def wildcards(self) -> Path:
        """Text files by name, which ``__name__`` in a prompt stands for."""
        return self.config / "wildcards"

    @property
    def window_file(self) -> Path:
        return self.config / "window.ini"

    @property
    def queue_file(self) -> Path:
        return self.state / "queue.json"

    @property
    def rates_file(self) -> Path:
        return self.state / "rates.json"


def load_settings(file: Path) -> Settings:
    """Read what is there; unknown names and values of a wrong type are left out."""
    try:
        values = read_json(file, _as_dict)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, TypeError) as error:
        log.warning("Settings in %s cannot be read: %s", file, error)
        return Settings()
    defaults = Settings()
    known = {f.name: f.type for f in fields(Settings)}
    accepted = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in known and _fits(str(known[name]), value)
    }
    return replace(defaults, **accepted)


def _as_dict(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise TypeError("settings are a JSON object")
    return values


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith("tuple"):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind.startswith("dict"):
        return isinstance(value, dict)
    if kind.startswith("bool"):
        return isinstance(value, bool)
    if kind.startswith("int"):
        return isinstance(value, int) and not isinstance(value, bool)
    if kind.startswith("float"):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def save_settings(file: Path, settings: Settings) -> None:
    """Write values that differ from the defaults; those before stay beside them.

    Raises:
        OutputError: they cannot be written; the old file is as it was.
    """
    defaults = Settings()
    values = {
        f.name: getattr(settings, f.name)
        for f in fields(Settings)
        if getattr(settings, f.name) != getattr(defaults, f.name)
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(file.parent, error) from error
    atomic_write(file, json.dumps(values, indent=1, ensure_ascii=False).encode(), keep_old=True)
