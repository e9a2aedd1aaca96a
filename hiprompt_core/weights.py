"""The tensors of one safetensors file."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from hiprompt_core.errors import ModelCorrupt
from hiprompt_core.weight_header import AGAIN, read_header, require_plain


def read_weights(file: Path) -> dict[str, Tensor]:
    """All tensors by name, each checked to be numbers; those in float8 become bfloat16, which holds the same values.

    Raises:
        ModelNotFound, UnsafeModel, ModelUnsupported, ModelCorrupt: the file is missing, pickled, another or damaged.
    """
    require_plain(file, read_header(file))
    try:
        weights: dict[str, Tensor] = {name: _computable(value) for name, value in load_file(file).items()}
    except SafetensorError as error:
        raise ModelCorrupt(f"{file} is damaged: {error}", AGAIN) from error
    spoilt = next((name for name, value in weights.items() if not value.isfinite().all()), None)
    if spoilt:
        raise ModelCorrupt(f"The weights {spoilt!r} in {file} are not all numbers.", AGAIN)
    return weights


def _computable(value: Tensor) -> Tensor:
    """torch keeps numbers of eight bits and does next to nothing with them."""
    return value.bfloat16() if value.is_floating_point() and value.itemsize == 1 else value
