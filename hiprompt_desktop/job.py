"""One piece of work for the engine and the state that buttons derive from (no Qt)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Self

from hiprompt_core.errors import HiPromptError, ModelError, OutputError
from hiprompt_core.plan import Plan
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest
from hiprompt_desktop.computing import AUTOMATIC, Computing
from hiprompt_desktop.core_sentences import side_by_side, told


class JobState(Enum):
    IDLE = auto()
    RUNNING = auto()
    CANCELLING = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """Where a picture branches off another one."""

    source: Path
    """Folder of the other picture."""
    phase: int
    """The first phase that is drawn anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptRequest:
    """A prompt for a picture of the user's own, in the captioner's words."""

    picture: Path
    captioner: Path
    computing: Computing = AUTOMATIC
    then_draw: bool


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Job:
    """A request under way; setting ``cancel`` asks the engine to stop at its next event."""

    request: GenerationRequest | RegenerateRequest | CaptionRequest | PromptRequest
    plan: Plan | None = None
    branch: Branch | None = None
    variations: tuple[RegenerateRequest, ...] = ()
    """Further drawings of the same patches, to choose one of."""
    review_from: int | None = None
    """The first phase that waits until its captions are reviewed; none: no phase does."""
    cancel: threading.Event = field(default_factory=threading.Event)
    stop_after_phase: threading.Event = field(default_factory=threading.Event)
    """Set: end when the phase in work is finished."""

    @property
    def draws(self) -> bool:
        """Whether it makes a whole picture (not only a patch, or words)."""
        return isinstance(self.request, GenerationRequest)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a job ended without its picture, in the core's words; ``told`` puts them into the user's language."""

    problem: str
    remedy: str = ""
    log: Path | None = None
    """Where the details are, when this was a fault of the program."""
    blocks: bool = False
    """Whether other pictures would fail for the same reason: a full disk, a model that is not there."""

    @classmethod
    def of(cls, error: HiPromptError, log: Path | None = None) -> Self:
        """What an error says; a model or a disk that fails once fails for every picture."""
        blocks = isinstance(error, ModelError | OutputError)
        return cls(problem=error.problem, remedy=error.remedy, log=log, blocks=blocks)

    @property
    def words(self) -> str:
        """All of it, as the user reads it now."""
        return side_by_side(told(self.problem), told(self.remedy))
