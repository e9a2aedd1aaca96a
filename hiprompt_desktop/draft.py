"""Takes what the core tells of a run into the document (no Qt)."""

from __future__ import annotations

from collections.abc import Iterable

from hiprompt_core.events import PatchCaptioned, PhaseFinished, PhaseStarted
from hiprompt_desktop.document import Caption, Document, Phase


def begin_phase(document: Document, event: PhaseStarted) -> None:
    """A phase that is there already, finished or waiting, keeps what its patches say."""
    document.phase_count = max(document.phase_count, event.phases)
    known = document.phases.get(event.phase)
    if known is None or known.patches != event.patches:
        captions = (Caption(),) * len(event.patches)
        document.phases[event.phase] = Phase(
            number=event.phase, size=event.size, patches=event.patches, captions=captions
        )


def add_captions(document: Document, events: Iterable[PatchCaptioned]) -> None:
    """Captions of patches that say nothing yet."""
    for event in events:
        phase = document.phases.get(event.phase)
        if phase is not None and event.patch < len(phase.patches) and phase.caption(event.patch) is None:
            own = event.patch in _own_captions(document, event.phase)
            caption = Caption.of_run(event.caption, event.dropped, own)
            document.phases[event.phase] = phase.with_captions({event.patch: caption})


def finish_phase(document: Document, event: PhaseFinished) -> None:
    """Captions that are there stay as they are, because they know what was edited."""
    document.phase_count = max(document.phase_count, event.phases)
    known = document.phases.get(event.phase)
    captions = known.captions if known is not None and known.editable else _told(document, event)
    document.phases[event.phase] = Phase(
        number=event.phase, size=event.size, patches=event.patches, captions=captions, path=event.path
    )


def _told(document: Document, event: PhaseFinished) -> tuple[Caption, ...]:
    if not event.captions:
        return (Caption(),) * len(event.patches)
    own = _own_captions(document, event.phase)
    dropped = event.dropped or ((),) * len(event.captions)
    return tuple(
        Caption.of_run(text, words, index in own)
        for index, (text, words) in enumerate(zip(event.captions, dropped, strict=True))
    )


def _own_captions(document: Document, phase: int) -> dict[int, str]:
    return document.request.up_to(phase).own_captions.get(phase, {}) if document.request is not None else {}
