"""How far each patch of the shown phase is."""

from __future__ import annotations

from collections.abc import Mapping

from hiprompt_core.request import CaptionRequest, RegenerateRequest
from hiprompt_desktop.document import Phase
from hiprompt_desktop.job import Job
from hiprompt_desktop.progress import Activity, Progress


def patch_shares(job: Job | None, progress: Progress, phase: Phase) -> Mapping[int, float]:
    """Shares of the work by patch, 0 to 1; only of patches that something is done about."""
    if job is None:
        return {}
    request = job.request
    if isinstance(request, CaptionRequest):
        done = progress.done if progress.activity is Activity.CAPTIONING else 0
        asked = request.phase == phase.number
        return {index: float(place < done) for place, index in enumerate(request.patches)} if asked else {}
    if progress.phase != phase.number:
        return {}
    if isinstance(request, RegenerateRequest):
        return dict.fromkeys(request.captions, progress.phase_fraction)
    if progress.activity is Activity.CAPTIONING:
        return {patch.index: float(phase.caption(patch.index) is not None) for patch in phase.patches}
    share = {
        Activity.DRAWING: progress.done / max(1, progress.total),
        Activity.DECODING: 1.0,
    }.get(progress.activity, 0.0)
    return dict.fromkeys((patch.index for patch in phase.patches), share)
