"""Builds the networks of upscalers in single files, by spandrel."""

from __future__ import annotations

import re
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from math import prod
from pathlib import Path
from typing import Any

from hiprompt_core.errors import ModelCorrupt, ModelUnsupported
from hiprompt_core.memory import is_full
from hiprompt_core.upscaler_files import REMEDY, UpscalerFile, read_upscaler
from hiprompt_core.weight_header import AGAIN
from hiprompt_core.weights import read_weights

_MISSING = re.compile(r'Missing key\(s\) in state_dict: "([^"]+)"')
_FOREIGN = ("Unexpected key(s)", "size mismatch")


def build_network(file: Path) -> Any:
    """Build the network of an upscaler, in full precision on the processor.

    Returns:
        spandrel's description of it: ``model``, ``scale``, and itself a function of (1, 3, h, w) of 0..1, any h and w.

    Raises:
        ModelNotFound, ModelCorrupt: it is missing, damaged, or lacks a part.
        UnsafeModel: it is pickled.
        ModelUnsupported: it is something else, a relative with parts of its own, or not for pictures in colour.
    """
    found = read_upscaler(file)
    described = _described(file, found)
    if {described.input_channels, described.output_channels} != {3}:
        raise ModelUnsupported(f"{file} is an upscaler, but not for pictures in colour.", REMEDY)
    learnt = [facts["shape"] for name, facts in found.tensors.items() if name.endswith((".weight", ".bias"))]
    if sum(map(prod, learnt)) > sum(values.numel() for values in described.model.state_dict().values()):
        raise _of_its_own(file, found)  # ESRGAN's reader drops what it does not know
    described.model.float()
    return described


def reader_of(architecture: str) -> Any:
    """spandrel's reader of an architecture."""
    spec = find_spec("spandrel")
    if spec is not None and "spandrel" not in sys.modules:
        # Its front door imports every architecture, and two of them, which are no upscalers, import torchvision. A
        # build of that which does not fit torch's breaks transformers too, so it is not installed: docs/decisions.md.
        sys.modules["spandrel"] = module_from_spec(spec)
    return getattr(import_module(f"spandrel.architectures.{architecture}"), f"{architecture}Arch")()


def _described(file: Path, found: UpscalerFile) -> Any:
    weights, reader = read_weights(file), reader_of(found.architecture)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # hints to the programmers of the networks
            return reader.load({name: weights[whole] for name, whole in found.names.items()})
    except KeyError as error:
        raise ModelCorrupt(f"The weights in {file} lack {error.args[0]!r}.", AGAIN) from error
    except (RuntimeError, ValueError, TypeError, IndexError, ArithmeticError, AssertionError) as error:
        if is_full(error):
            raise
        lacking = _MISSING.search(str(error))
        if lacking and not any(sign in str(error) for sign in _FOREIGN):
            raise ModelCorrupt(f"The weights in {file} lack {lacking[1]!r}.", AGAIN) from error
        raise _of_its_own(file, found) from error


def _of_its_own(file: Path, found: UpscalerFile) -> ModelUnsupported:
    return ModelUnsupported(
        f"{file} is a relative of {found.architecture} with parts of its own, which this program cannot run.", REMEDY
    )
