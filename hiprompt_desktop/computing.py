"""How the user wants this machine to compute (no Qt)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hiprompt_core.geometry import Size
from hiprompt_core.request import CaptionSource, GenerationRequest, Precision


@dataclass(frozen=True, kw_only=True, slots=True)
class Computing:
    """The user's choice for this machine; no picture and no project takes it along."""

    device: str = "auto"
    """A torch device; ``auto``: the best there is."""
    precision: Precision = "auto"
    compiled: bool = False

    def asked_of(self, request: GenerationRequest) -> GenerationRequest:
        """A request that is computed so."""
        return replace(request, **asdict(self))

    def any_picture(self, model: Path, captioner: Path | None) -> GenerationRequest:
        """A request for models that nobody has asked for a picture yet."""
        source: CaptionSource = "captioner" if captioner else "own"
        request = GenerationRequest(
            prompt="a picture",
            size=Size(512, 512),
            model=model,
            captioner=captioner,
            caption_source=source,
            output=Path(),
        )
        return self.asked_of(request)


AUTOMATIC = Computing()
