"""A phase's latents on disk, tied to the picture beside them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_safetensors

from hiprompt_core.attention_words import Maps
from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.metadata import AGAIN, PhaseRecord, atomic_write

LATENTS = "latents"
ATTENTION = "attention"
ORIGIN = "origin"

Latents = NDArray[np.float32]


def write_latents(path: Path, latents: Latents, attention: Maps | None, record: PhaseRecord) -> None:
    """Write the latents of a phase, and where the prompt's phrases are in it.

    Raises:
        OutputError: they cannot be written.
    """
    latents = np.ascontiguousarray(latents, dtype=np.float32)
    arrays = {LATENTS: latents} if attention is None else {LATENTS: latents, ATTENTION: attention}
    atomic_write(path, to_safetensors(arrays, {ORIGIN: _origin(record, latents)}))


def read_latents(path: Path, record: PhaseRecord) -> tuple[Latents, Maps | None]:
    """What ``write_latents`` wrote for the picture with this record.

    Raises:
        ResultCorrupt: it is missing, damaged, or of another picture.
    """
    try:
        with safe_open(path, framework="np") as file:
            origin = (file.metadata() or {}).get(ORIGIN)
            latents = np.ascontiguousarray(file.get_tensor(LATENTS), dtype=np.float32)
            attention = file.get_tensor(ATTENTION) if ATTENTION in file.keys() else None  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ResultCorrupt(f"{path} is missing or damaged ({error}).", AGAIN) from error
    if origin != _origin(record, latents):
        raise ResultCorrupt(f"{path} does not belong to the picture beside it or is damaged.", AGAIN)
    return latents, attention


def _origin(record: PhaseRecord, latents: Latents) -> str:
    """Ties latents to their picture: after a crash between the two writes they may be of different runs."""
    # One text, because safetensors writes several keys in no fixed order, and equal runs give equal files.
    origin = {
        "request": record.request.digest(),
        "model": record.model_hash,
        "captioner": record.captioner_hash,
        "phase": str(record.phase),
        "version": str(record.version),
        "sha256": hashlib.sha256(latents.data).hexdigest(),
    }
    return json.dumps(origin, sort_keys=True)
