"""LoRA (2106.09685): low-rank changes of a model's weights, added by their weights through peft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hiprompt_core.addition_files import inspect_lora
from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.layouts import Layout
from hiprompt_core.loading import loading
from hiprompt_core.memory import is_full
from hiprompt_core.weights import read_weights


def add_loras(layout: Layout, parts: Mapping[str, Any], loras: Mapping[Path, float]) -> None:
    """Merge LoRA files into the models among ``parts``, which afterwards cost no more than without them.

    Args:
        parts: models and tokenizers by part; the models are changed.
        loras: weight of each file.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel: a file cannot be read.
        ModelUnsupported: a file holds no LoRA, or one for another model.
    """
    if not loras:
        return
    pipeline = _pipeline(layout, parts)
    # By name: the order in which somebody chose them must not change a bit of their sum.
    names = {f"lora{number}": (file, weight) for number, (file, weight) in enumerate(sorted(loras.items()))}
    for name, (file, _) in names.items():
        with loading(file):
            _load(pipeline, layout, name, file)
    changed = [part for part, adapters in pipeline.get_list_adapters().items() if adapters]
    pipeline.set_adapters(list(names), [weight for _, weight in names.values()])
    pipeline.fuse_lora(components=changed, adapter_names=list(names))
    pipeline.unload_lora_weights()


def _pipeline(layout: Layout, parts: Mapping[str, Any]) -> Any:
    import diffusers

    return getattr(diffusers, layout.pipeline)(
        **{name: parts[name] for name in (*layout.classes, *layout.tokenizers)},
        **dict.fromkeys(layout.unused),
        scheduler=diffusers.EulerDiscreteScheduler(),
    )


def _load(pipeline: Any, layout: Layout, name: str, file: Path) -> None:
    inspect_lora(file)
    weights = read_weights(file)
    other = f"{file} is a LoRA for another kind of model than {layout.family}."
    remedy = "Choose one that was made for this model's family."
    try:
        with _silence():
            pipeline.load_lora_weights(weights, adapter_name=name)
    except (RuntimeError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        if is_full(error):
            raise
        raise ModelUnsupported(other, remedy) from error
    if not any(name in adapters for adapters in pipeline.get_list_adapters().values()):
        raise ModelUnsupported(other, remedy)


@contextmanager
def _silence() -> Iterator[None]:
    """Keep to ourselves what diffusers logs of an error before it raises it."""
    from diffusers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        logging.set_verbosity(before)
