"""Which two pictures are looked at side by side (no Qt)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.document import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class PictureRef:
    """A picture file: a version of a phase, or one from elsewhere (phase 0)."""

    path: Path
    phase: int = 0
    version: int = 1
    title: str = ""
    """What it is to its user; empty: its phase and version, or its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two pictures, of any sizes."""

    a: PictureRef
    b: PictureRef

    def swapped(self) -> Comparison:
        return Comparison(a=self.b, b=self.a)


def comparable(document: Document) -> list[PictureRef]:
    """Every version of every finished phase, oldest first within a phase."""
    files = RunFolder(document.folder).pictures() if document.folder is not None else []
    refs = [PictureRef(path=file.path, phase=file.phase, version=file.version) for file in files]
    known = {ref.path for ref in refs}
    refs += [
        PictureRef(path=phase.path, phase=phase.number)
        for phase in document.phases.values()
        if phase.path is not None and phase.path not in known
    ]
    return sorted(refs, key=lambda ref: (ref.phase, ref.version))


def usual_comparison(document: Document) -> Comparison | None:
    """The shown phase with its version before, or else with the phase before; none without a picture."""
    shown = document.last_finished(at_most=document.shown)
    refs = [ref for ref in comparable(document) if shown is not None and ref.phase <= shown]
    if not refs:
        return None
    newest = refs[-1]
    before = [ref for ref in refs if ref.phase == newest.phase][:-1]
    earlier = [ref for ref in refs if ref.phase < newest.phase]
    if not before and not earlier:  # the first phase has nothing before it; perhaps something after it
        later = [ref for ref in comparable(document) if ref.phase > newest.phase]
        return Comparison(a=newest, b=later[-1] if later else newest)
    return Comparison(a=(before or earlier)[-1], b=newest)
