"""What drives the patches of a phase: told one by one, recorded, and asked for only where captions are wanted."""

from __future__ import annotations

from collections.abc import Callable

from hiprompt_core import Engine, GenerationRequest, generate
from hiprompt_core.events import CaptionerWorking, Event, PatchCaptioned, PhaseFinished, ViewBatchDone

Make = Callable[..., GenerationRequest]


def test_captions_are_told_one_by_one_and_recorded(make_request: Make, engine: Engine) -> None:
    events: list[Event] = []
    result = generate(make_request(), events.append, engine)
    told = [event for event in events if isinstance(event, PatchCaptioned)]
    first, second = (event for event in events if isinstance(event, PhaseFinished))
    assert [(event.patch, event.done, event.patches) for event in told] == [(0, 1, 3), (1, 2, 3), (2, 3, 3)]
    assert first.captions == ()
    assert second.captions == tuple(event.caption for event in told) == result.record.captions
    assert all(second.captions)
    assert len(second.patches) == 3
    assert events.index(told[-1]) < next(
        place for place, event in enumerate(events) if isinstance(event, ViewBatchDone) and event.phase == 2
    )


def test_without_captions_the_captioner_is_not_asked(make_request: Make, engine: Engine) -> None:
    events: list[Event] = []
    result = generate(make_request(captions=False, captioner=None), events.append, engine)
    assert not any(isinstance(event, (PatchCaptioned, CaptionerWorking)) for event in events)
    assert result.record.captions == ()
