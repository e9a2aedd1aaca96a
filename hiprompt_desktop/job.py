"""One piece of work for the engine and the state that buttons derive from (no Qt)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from hiprompt_core.plan import Plan
from hiprompt_core.request import GenerationRequest, RegenerateRequest


class JobState(Enum):
    IDLE = auto()
    RUNNING = auto()
    CANCELLING = auto()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Job:
    """A request under way; setting ``cancel`` asks the engine to stop at its next event."""

    request: GenerationRequest | RegenerateRequest
    plan: Plan | None = None
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def is_regeneration(self) -> bool:
        return isinstance(self.request, RegenerateRequest)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a job ended without its picture, in words."""

    problem: str
    remedy: str = ""
    log: Path | None = None
    """Where the details are, when this was a fault of the program."""
