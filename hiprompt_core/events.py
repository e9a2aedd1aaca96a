"""What the core reports while it works; frozen values, sent from the thread that computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hiprompt_core.geometry import Box, Patch, Size

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, kw_only=True, slots=True)
class StillWorking:
    """A unit of work takes its time; told now and then for nothing but a say: it may be cancelled here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelLoading:
    """A model is being read from disk."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseStarted:
    """A phase begins; ``patches`` are in pixels of its picture (none in phase 1)."""

    phase: int
    phases: int
    size: Size
    patches: tuple[Patch, ...]
    steps: int
    evaluations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionerWorking:
    """The captioner wrote one more word of a batch."""

    phase: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PatchCaptioned:
    """One patch has its caption; ``done`` of ``patches`` are ready."""

    phase: int
    patch: int
    caption: str
    done: int
    patches: int
    dropped: tuple[str, ...] = ()
    """Words that the word filter took out of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionsReady:
    """All captions of a phase are there, nothing of it is drawn yet.

    Who wants to correct them raises ``Cancelled`` here, and asks again with the request's ``own_captions``.
    """

    phase: int
    captions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewBatchDone:
    """A batch of windows has been predicted; ``done`` of ``views`` in this step."""

    phase: int
    step: int
    done: int
    views: int
    evaluations: int
    """UNet evaluations of this batch."""
    controlnet_evaluations: int = 0
    """Evaluations of the ControlNet, beside those; each is less than half of one of the UNet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDone:
    """One denoising step is done; ``step`` counts from 1 to ``steps``."""

    phase: int
    step: int
    steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StepPreview:
    """What a phase in work is going to look like; told now and then, never in each step."""

    phase: int
    step: int
    """The step it was made in."""
    image: Image.Image
    """RGB, one pixel a latent cell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TileDone:
    """One tile of the VAE, or of the upscaler before it, is done."""

    phase: int
    work: Literal["upscale", "encode", "decode"]
    done: int
    tiles: int
    box: Box | None = None
    """Where ``image`` belongs in the picture, when a whole picture is decoded in several tiles."""
    image: Image.Image | None = None
    """What the picture shows there so far; the next tile may change its edges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseFinished:
    """A phase is decoded and saved."""

    phase: int
    phases: int
    size: Size
    patches: tuple[Patch, ...]
    captions: tuple[str, ...]
    """One for each patch; empty in phase 1 and without captions."""
    image: Image.Image
    path: Path
    evaluations: int
    """UNet evaluations spent on this phase; 0 when it was found on disk."""
    resumed: bool = False
    dropped: tuple[tuple[str, ...], ...] = ()
    """Words that the word filter took out of each caption; empty where ``captions`` is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileAdvanced:
    """A further part of an exported file is written."""

    path: Path
    share: float | None
    """0 to 1; none while an encoder works that cannot tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """Something the user should know that does not stop the work."""

    message: str
    passing: bool = False
    """Whether it says nothing any more when the work is done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryShort(Warned):
    """Memory ran out, and the run goes on where it was in a way that needs less; ``message`` says which."""

    rung: Literal["caches", "views", "tiles", "offload", "sequential"]


Event = (
    StillWorking
    | ModelLoading
    | PhaseStarted
    | CaptionerWorking
    | PatchCaptioned
    | CaptionsReady
    | ViewBatchDone
    | StepDone
    | StepPreview
    | TileDone
    | PhaseFinished
    | FileAdvanced
    | Warned
)

OnEvent = Callable[[Event], None]
"""Called after each unit of work; may raise ``Cancelled``, the core frees what it holds and lets it pass."""


def ignore_events(event: Event) -> None:
    """The ``OnEvent`` of a caller who only wants the result."""
