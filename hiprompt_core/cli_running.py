"""What commands have in common while the core works: progress, quiet libraries, and an answer to Ctrl+C."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from hiprompt_core.errors import Cancelled
from hiprompt_core.events import Event, OnEvent

if TYPE_CHECKING:
    from hiprompt_core.progress import Report


def quiet_libraries() -> None:
    """They talk to programmers; the core reports to users by events."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.filterwarnings("ignore")


@contextmanager
def running(as_json: bool) -> Iterator[tuple[Report, OnEvent]]:
    """Progress and an answer to Ctrl+C while the core works."""
    from hiprompt_core.progress import choose_report

    quiet_libraries()
    report = choose_report(as_json)
    with contextlib.closing(report), cancel_by_signal(report) as on_event:
        yield report, on_event


@contextmanager
def cancel_by_signal(on_event: OnEvent) -> Iterator[OnEvent]:
    """The first Ctrl+C cancels at the next event, the second one whatever is going on."""
    asked = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        # print() may be in the middle of a line in the code that was interrupted
        os.write(2, b"\nStopping; Ctrl+C again stops even what cannot be stopped well.\n")

    def forward(event: Event) -> None:
        on_event(event)
        if asked.is_set():
            raise Cancelled

    if threading.current_thread() is not threading.main_thread():
        yield forward
        return
    before = [(number, signal.signal(number, handle)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield forward
    finally:
        for number, handler in before:
            signal.signal(number, handler)
