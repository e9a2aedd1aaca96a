"""What the program remembers between two starts: a sparse JSON file, replaced as a whole."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

APP_NAME = "HiPrompt"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Values that differ from these defaults are written, nothing else."""

    prompt: str | None = None
    negative_prompt: str | None = None
    width: int | None = None
    height: int | None = None
    preset: str | None = None
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
    wildcards: str | None = None
    """Folder; none: the one beside the settings."""
    base_image: str | None = None
    base_width: int | None = None
    base_height: int | None = None
    show_more: bool = False
    """Whether the fold of the less usual wishes is open."""
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
            config=Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)),
            state=Path(platformdirs.user_state_dir(APP_NAME, appauthor=False)),
            cache=Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False)),
            logs=Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
            pictures=Path(platformdirs.user_pictures_dir()) / APP_NAME,
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
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        log.warning("Settings in %s cannot be read: %s", file, error)
        return Settings()
    defaults = Settings()
    known = {f.name: f.type for f in fields(Settings)}
    accepted = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in (values.items() if isinstance(values, dict) else ())
        if name in known and _fits(str(known[name]), value)
    }
    return replace(defaults, **accepted)


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith("tuple"):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind.startswith("dict"):
        return isinstance(value, dict)
    if kind.startswith("bool"):
        return isinstance(value, bool)
    if kind.startswith("int"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)


def save_settings(file: Path, settings: Settings) -> None:
    """Write values that differ from the defaults; the old file stays whole until the new one is complete."""
    defaults = Settings()
    values = {
        f.name: getattr(settings, f.name)
        for f in fields(Settings)
        if getattr(settings, f.name) != getattr(defaults, f.name)
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(values, stream, indent=1, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
