"""Lets long work be cancelled in its midst: before a layer, after every part of a file or of a model's weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from torch import nn
from torch.overrides import TorchFunctionMode

from hiprompt_core.errors import Cancelled
from hiprompt_core.events import OnEvent, StillWorking

INTERVAL = 0.1
"""Seconds between two times that a listener is asked."""


class _Asker:
    def __init__(self, on_event: OnEvent) -> None:
        self.cancelled = False
        self._on_event = on_event
        self._asked = time.monotonic()

    def ask(self) -> None:
        if self.cancelled:  # a library took the error for one of its own and went on
            raise Cancelled
        now = time.monotonic()
        if now - self._asked < INTERVAL:
            return
        self._asked = now
        try:
            self._on_event(StillWorking())
        except Cancelled:
            self.cancelled = True
            raise


_asker: ContextVar[_Asker | None] = ContextVar("asker", default=None)
"""Of the work of this thread; none: nobody listens."""


@contextmanager
def answering(on_event: OnEvent) -> Iterator[None]:
    """Ask a listener in the midst of the work of this thread; within another one's work, that one goes on asking.

    Raises:
        Cancelled: ``on_event`` raised it, whatever a library made of it.
    """
    if _asker.get() is not None:
        yield
        return
    asker = _Asker(on_event)
    token = _asker.set(asker)
    try:
        yield
    except Exception as error:
        if asker.cancelled and not isinstance(error, Cancelled):
            raise Cancelled from error
        raise
    finally:
        _asker.reset(token)


def moment(*_: Any) -> None:
    """A moment at which work may stop.

    Raises:
        Cancelled: the listener does not want it to go on.
    """
    asker = _asker.get()
    if asker is not None:
        asker.ask()


def stop_between_layers(*networks: nn.Module) -> None:
    """Make a moment of each layer's beginning, from now on; not for compiled networks, which would break apart."""
    for network in networks:
        for layer in network.modules():
            if next(layer.children(), None) is None:
                layer.register_forward_pre_hook(moment)


class StoppingBetweenTensors(TorchFunctionMode):
    """Makes a moment of everything that libraries do to tensors while they load a model."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        moment()
        return func(*args, **(kwargs or {}))
