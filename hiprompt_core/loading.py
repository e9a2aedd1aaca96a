"""What goes wrong while the libraries load a model, turned into sentences."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from hiprompt_core.cancelling import StoppingBetweenTensors, moment
from hiprompt_core.errors import HiPromptError, ModelCorrupt, ModelUnsupported
from hiprompt_core.memory import is_full
from hiprompt_core.weight_header import AGAIN


@contextmanager
def loading(folder: Path) -> Iterator[None]:
    """Quiet the libraries' hints to programmers, and turn what goes wrong into a sentence."""
    import diffusers.utils.logging
    import safetensors
    import transformers.utils.logging

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings(), StoppingBetweenTensors():
            warnings.simplefilter("ignore")
            yield
    except HiPromptError:
        raise
    except ImportError as error:
        raise ModelUnsupported(
            f"The model in {folder} needs a package that is not installed: {_first_line(error)}",
            "Choose another model.",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        if is_full(error):
            raise
        if "meta tensor" in str(error):  # what diffusers made empty and found no weights for
            raise _lacking(folder, "a part of the model") from error
        raise _unloadable(folder, error) from error
    except safetensors.SafetensorError as error:
        if is_full(error):
            raise MemoryError(str(error)) from error  # the library has one type for everything
        raise ModelCorrupt(f"The weights in {folder} are damaged: {error}", "Copy or download them again.") from error
    except Exception as error:
        if type(error) is not Exception:  # that is what tokenizers raises for a file that it cannot read
            raise
        raise _unloadable(folder, error) from error


def _unloadable(folder: Path, error: Exception) -> ModelCorrupt:
    return ModelCorrupt(f"The model in {folder} cannot be loaded: {_first_line(error)}", AGAIN)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no details")


def require_complete(place: Path, found: Mapping[str, Any]) -> None:
    """Refuse weights that would leave a part of a model at random values.

    Args:
        found: what the libraries tell about loading.

    Raises:
        ModelCorrupt: some are missing.
    """
    if found["missing_keys"]:
        raise _lacking(place, repr(min(found["missing_keys"])))


def _lacking(place: Path, what: str) -> ModelCorrupt:
    return ModelCorrupt(f"The weights in {place} lack {what}.", AGAIN)


def require_finite(place: Path, model: Any) -> None:
    """Refuse weights that training or a disk has spoilt.

    Raises:
        ModelCorrupt: some are missing, or not numbers.
    """
    for name, values in model.named_parameters():
        if values.is_meta:
            raise _lacking(place, repr(name))
        moment()
        # A sum is quickly made, and only sums of numbers are one; it may grow too large for all that.
        if not torch.isfinite(values.sum()) and not torch.isfinite(values).all():
            raise ModelCorrupt(f"The weights {name!r} in {place} are not all numbers.", AGAIN)
