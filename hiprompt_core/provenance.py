"""What the phases of a run follow from: written into their records, and how finished ones are known again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hiprompt_core.describe import Caption
from hiprompt_core.geometry import Patch
from hiprompt_core.metadata import PhaseRecord
from hiprompt_core.plan import PhasePlan
from hiprompt_core.request import GenerationRequest
from hiprompt_core.run_folder import RunFolder, StoredPhase


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The request of a run and the content of the files that it names; "" where it names none."""

    request: GenerationRequest
    phases: int
    """How many the whole picture has."""
    model_name: str
    model_hash: str
    captioner_name: str = ""
    captioner_hash: str = ""
    base_hash: str = ""
    guide_hashes: tuple[str, str] = ("", "")
    """Of the ControlNet and the trained upscaler."""

    def find(self, folder: RunFolder, number: int) -> StoredPhase | None:
        """A finished phase, in its chosen version: patches drawn again are part of what the next phase starts from."""
        stored = folder.find_phase(
            number, self.model_hash, self.captioner_hash, self.base_hash, self._guide_hashes_of(number)
        )
        drawn_again = stored is not None and folder.next_version(number) > 2
        return folder.latest(number) if drawn_again else stored

    def record(
        self, phase: PhasePlan, patches: tuple[Patch, ...], captions: Sequence[Caption], drawn_from: int
    ) -> PhaseRecord:
        """What is known of a phase before it is drawn.

        Args:
            patches: in pixels.
            drawn_from: version of the phase before.
        """
        controlnet_hash, upscaler_hash = self._guide_hashes_of(phase.number)
        return PhaseRecord(
            request=self.request.up_to(phase.number),
            phase=phase.number,
            phases=self.phases,
            size=phase.size,
            patches=patches,
            captions=tuple(caption.text for caption in captions),
            dropped=tuple(caption.dropped for caption in captions),
            model_name=self.model_name,
            model_hash=self.model_hash,
            captioner_name=self.captioner_name,
            captioner_hash=self.captioner_hash,
            evaluations=phase.evaluations,
            base_hash=self.base_hash,
            controlnet_hash=controlnet_hash,
            upscaler_hash=upscaler_hash,
            drawn_from=drawn_from,
        )

    def _guide_hashes_of(self, phase: int) -> tuple[str, str]:
        """Those that a phase depends on: the first one has no guide."""
        return self.guide_hashes if phase > 1 else ("", "")
