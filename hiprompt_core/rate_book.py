"""What was learnt about the speed of this machine, on disk between two starts."""

from __future__ import annotations

import json
import logging
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from hiprompt_core.errors import OutputError
from hiprompt_core.footprint import Place
from hiprompt_core.metadata import atomic_write
from hiprompt_core.rates import SAMPLES, Rate, Rates
from hiprompt_core.request import GenerationRequest
from hiprompt_core.user_folders import user_folder

logger = logging.getLogger(__name__)

FORMAT = 3


def rates_file() -> Path:
    """Where the programs of this user keep it."""
    return user_folder("state") / "rates.json"


class RateBook:
    """Rates by place and model, captioner or upscaler; what it gives away goes on learning."""

    def __init__(self) -> None:
        self._models: dict[str, Rates] = {}
        self._captioners: dict[str, Rate] = {}
        self._upscalers: dict[str, Rate] = {}
        self._places: dict[str, Place] = {}
        """By the device and the precision that are asked for."""

    def place_of(self, request: GenerationRequest) -> Place | None:
        """Where requests like this one were computed last, but not what is free there; none: they never were."""
        return self._places.get(f"{request.device} {request.precision}")

    def rates_of(self, request: GenerationRequest, place: Place) -> Rates:
        """Those of a request; empty ones where nothing is known yet."""
        self._places[f"{request.device} {request.precision}"] = replace(place, free=None)
        where = f"{place.name} compiled" if request.compiled else place.name
        known = self._models.setdefault(f"{where} {request.model}", Rates())
        captions = self._captioners.setdefault(
            f"{place.name} {request.captioner_precision} {request.captioner}", Rate()
        )
        upscaling = self._upscalers.setdefault(f"{place.name} {request.upscaler}", Rate())
        return Rates(evaluations=known.evaluations, captions=captions, upscaling=upscaling, pixels=known.pixels)

    def put(self, measured: Rates, request: GenerationRequest, place: Place) -> None:
        """Believe what was measured in place of what was known; what was not measured stays as it is."""
        known = self.rates_of(request, place)
        known.evaluations.clear()
        known.evaluations.update(measured.evaluations)
        known.pixels.clear()
        known.pixels.update(measured.pixels)
        for rate, new in ((known.captions, measured.captions), (known.upscaling, measured.upscaling)):
            if new.samples >= min(SAMPLES, rate.samples):  # never one that is believed for one that is not
                rate.seconds, rate.units, rate.samples = new.seconds, new.units, new.samples

    def copy(self) -> RateBook:
        """One that learns nothing more, for another thread."""
        return deepcopy(self)

    def save(self, file: Path) -> None:
        """Keep it; a disk that takes nothing costs only what was learnt."""
        models = {
            key: {"evaluations": _to_dict(rates.evaluations), "pixels": _to_dict(rates.pixels)}
            for key, rates in self._models.items()
        }
        others = {"captioners": _to_dict(self._captioners), "upscalers": _to_dict(self._upscalers)}
        others |= {"places": {asked: asdict(place) for asked, place in self._places.items()}}
        values = {"format": FORMAT, "models": models, **others}
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
            book._upscalers = _from_dict(values.get("upscalers", {}))
            book._places = {asked: Place(**place) for asked, place in values.get("places", {}).items()}
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
