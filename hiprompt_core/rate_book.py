"""What was learnt about the speed of this machine, on disk between two starts."""

from __future__ import annotations

import json
import logging
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import platformdirs

from hiprompt_core.errors import OutputError
from hiprompt_core.metadata import atomic_write
from hiprompt_core.rates import Rate, Rates

logger = logging.getLogger(__name__)

FORMAT = 2


def rates_file() -> Path:
    """Where the programs of this user keep it."""
    return Path(platformdirs.user_state_dir("HiPrompt", appauthor=False)) / "rates.json"


class RateBook:
    """Rates by model and place, and by captioner and place; what it gives away goes on learning."""

    def __init__(self) -> None:
        self._models: dict[str, Rates] = {}
        self._captioners: dict[str, Rate] = {}

    def rates(self, model: Path, captioner: Path | None, place: str) -> Rates:
        """Empty ones where nothing is known yet.

        Args:
            place: device and precision, as ``Place.name`` has them.
        """
        known = self._models.setdefault(f"{place} {model}", Rates())
        captions = self._captioners.setdefault(f"{place} {captioner}", Rate())
        return Rates(evaluations=known.evaluations, captions=captions, pixels=known.pixels)

    def put(self, rates: Rates, model: Path, captioner: Path | None, place: str) -> None:
        """Believe these in place of what was known."""
        self._models[f"{place} {model}"] = rates
        self._captioners[f"{place} {captioner}"] = rates.captions

    def copy(self) -> RateBook:
        """One that learns nothing more, for another thread."""
        return deepcopy(self)

    def save(self, file: Path) -> None:
        """Keep it; a disk that takes nothing costs only what was learnt."""
        models = {
            key: {"evaluations": _to_dict(rates.evaluations), "pixels": _to_dict(rates.pixels)}
            for key, rates in self._models.items()
        }
        values = {"format": FORMAT, "models": models, "captioners": _to_dict(self._captioners)}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(file, json.dumps(values, indent=1).encode())
        except (OSError, OutputError) as error:
            logger.warning("What was learnt about speed is not saved: %s", error)

    @classmethod
    def load(cls, file: Path) -> RateBook:
        """An empty one when there is none or it cannot be read."""
        book = cls()
        try:
            values = json.loads(file.read_bytes())
            if values["format"] != FORMAT:
                raise ValueError(values["format"])
            for key, kinds in values["models"].items():
                evaluations = {int(number): rate for number, rate in _from_dict(kinds["evaluations"]).items()}
                book._models[key] = Rates(evaluations=evaluations, pixels=_from_dict(kinds["pixels"]))
            book._captioners = _from_dict(values["captioners"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.warning("What was learnt about speed cannot be read from %s: %s", file, error)
            return cls()
        return book


def _to_dict(rates: dict[Any, Rate]) -> dict[str, dict[str, float]]:
    return {str(key): asdict(rate) for key, rate in rates.items()}


def _from_dict(values: dict[str, dict[str, float]]) -> dict[str, Rate]:
    return {
        key: Rate(seconds=float(rate["seconds"]), units=float(rate["units"]), samples=int(rate["samples"]))
        for key, rate in values.items()
    }
