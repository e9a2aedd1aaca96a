"""Captions in the own words of a user: before a run, at the gate, for a branch; and captions asked for once more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hiprompt_core import (
    Cancelled,
    CaptionRequest,
    Engine,
    GenerationRequest,
    RegenerateRequest,
    Size,
    generate,
    recaption,
    regenerate,
)
from hiprompt_core.errors import InvalidRequest, OutputError, ResultCorrupt
from hiprompt_core.events import CaptionsReady, Event, PatchCaptioned, PhaseFinished, ViewBatchDone, Warned
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.options import Options
from hiprompt_core.phase import PhaseTools
from hiprompt_core.request import Trunk
from hiprompt_core.run_folder import REQUEST, RunFolder

Make = Callable[..., GenerationRequest]
OWN = {2: {1: "a yellow star", 2: " "}}


def stop_at_the_gate(event: Event) -> None:
    if isinstance(event, CaptionsReady):
        raise Cancelled


def test_own_words_stand_in_place_of_the_captioners(make_request: Make, engine: Engine) -> None:
    plain = generate(make_request(), engine=engine)
    events: list[Event] = []
    request = make_request(own_captions=OWN)
    result = generate(replace(request, output=request.output.with_name("own")), events.append, engine)
    told = {event.patch: event.caption for event in events if isinstance(event, PatchCaptioned)}
    assert told == dict(enumerate(result.record.captions))
    assert result.record.captions == (plain.record.captions[0], "a yellow star", request.prompt)
    assert [event.done for event in events if isinstance(event, PatchCaptioned)] == [1, 2, 3]
    assert result.record.request.own_captions == OWN
    assert not np.array_equal(np.asarray(plain.image), np.asarray(result.image))


def test_a_run_that_stopped_for_corrections_ends_as_if_it_had_known_them(
    make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    request = make_request()
    with pytest.raises(Cancelled):
        generate(request, stop_at_the_gate, engine)
    assert [file.phase for file in RunFolder(request.output).pictures()] == [1]
    events: list[Event] = []
    generate(replace(request, own_captions=OWN), events.append, engine)
    assert [event.resumed for event in events if isinstance(event, PhaseFinished)] == [True, False]
    at_once = replace(request, own_captions=OWN, output=tmp_path / "at once")
    generate(at_once, engine=engine)
    for number in (1, 2):
        one, other = RunFolder(request.output).latest(number), RunFolder(at_once.output).latest(number)
        assert np.array_equal(one.latents, other.latents)
        assert replace(one.record, request=other.record.request) == other.record
    assert RunFolder(request.output).latest(1).record.request.own_captions == {}


def test_finished_phases_are_never_drawn_over_with_other_words(make_request: Make, engine: Engine) -> None:
    request = make_request()
    generate(request, engine=engine)
    before = (request.output / "phase-2-128x64.png").read_bytes()
    with pytest.raises(OutputError, match="already holds another picture"):
        generate(replace(request, own_captions=OWN), engine=engine)
    assert (request.output / "phase-2-128x64.png").read_bytes() == before


def test_a_branch_shares_the_phases_before_it(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    request = make_request()
    generate(request, engine=engine)
    branch = RunFolder(tmp_path / "branch")
    branch.adopt(RunFolder(request.output), before=2)
    assert sorted(path.name for path in branch.path.iterdir()) == [
        "captions.json",
        "phase-1-96x48.png",
        "phase-1.safetensors",
    ]
    events: list[Event] = []
    generate(replace(request, own_captions=OWN, output=branch.path), events.append, engine)
    assert [event.resumed for event in events if isinstance(event, PhaseFinished)] == [True, False]
    assert {event.phase for event in events if isinstance(event, ViewBatchDone)} == {2}
    assert branch.latest().record.captions[1] == "a yellow star"
    branch.adopt(RunFolder(request.output), before=3)  # what is there stays
    assert branch.latest().record.captions[1] == "a yellow star"


def test_a_branch_draws_on_from_kept_phases_with_other_settings(
    make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    request = make_request(size=Size(96, 192), own_captions=OWN)
    generate(request, engine=engine)
    source = RunFolder(request.output)
    trunk = Trunk(request=replace(request.up_to(2), output=Path()), phases=2)
    larger = make_request(size=Size(128, 256), seed=5, prompt="a red kite", trunk=trunk, output=tmp_path / "branch")
    branch = RunFolder(larger.output)
    branch.adopt(source, before=3)
    events: list[Event] = []
    record = generate(larger, events.append, engine).record
    finished = [event for event in events if isinstance(event, PhaseFinished)]
    assert [(event.phase, event.phases, event.resumed) for event in finished] == [
        (1, 3, True),
        (2, 3, True),
        (3, 3, False),
    ]
    assert (record.request.seed, record.request.prompt) == (5, "a red kite")
    assert branch.latest(2).record == source.latest(2).record
    assert branch.latest(2).record.request.own_captions == OWN
    assert branch.request() == larger
    # Without the source's files the same request gives the same picture: what is kept is drawn as it was.
    alone = RunFolder(tmp_path / "alone")
    again: list[Event] = []
    generate(replace(larger, output=alone.path), again.append, engine)
    assert [event.resumed for event in again if isinstance(event, PhaseFinished)] == [False, False, False]
    for number in (1, 2, 3):
        assert np.array_equal(alone.latest(number).latents, branch.latest(number).latents)


def test_kept_phases_stay_when_their_models_have_changed(
    make_request: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_request()
    generate(request, engine=engine)
    trunk = Trunk(request=replace(request.up_to(1), output=Path()), phases=1)
    branch = RunFolder(tmp_path / "branch")
    branch.adopt(RunFolder(request.output), before=2)
    kept = branch.latest(1)
    branch.save_phase(kept.image, kept.latents, replace(kept.record, model_hash="00" * 32))
    encoded: list[Size] = []
    encode = PhaseTools.encode
    monkeypatch.setattr(PhaseTools, "encode", lambda tools, image: encoded.append(tools.size) or encode(tools, image))
    record = generate(make_request(trunk=trunk, seed=8, output=branch.path), engine=engine).record
    assert branch.latest(1).record.model_hash == "00" * 32
    assert record.request.seed == 8
    assert encoded[0] == kept.record.size  # latents of another model are not this one's


@pytest.mark.parametrize(
    ("size", "problem"),
    [(Size(64, 128), "Nothing follows phase 2"), (Size(192, 192), "Phase 1 is 96x48, and would be")],
)
def test_a_branch_needs_phases_like_those_it_keeps(
    size: Size, problem: str, make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    request = make_request()
    generate(request, engine=engine)
    trunk = Trunk(request=replace(request, output=Path()), phases=2)
    branch = RunFolder(tmp_path / "branch")
    branch.adopt(RunFolder(request.output), before=3)
    with pytest.raises(InvalidRequest, match=problem):
        generate(make_request(size=size, trunk=trunk, output=branch.path), engine=engine)


def test_the_next_phase_starts_from_patches_that_were_drawn_again(
    make_request: Make, engine: Engine, tmp_path: Path
) -> None:
    def stop_after_two(event: Event) -> None:
        if isinstance(event, PhaseFinished) and event.phase == 2:
            raise Cancelled

    request = make_request(size=Size(96, 256))
    generate(replace(request, output=tmp_path / "plain"), engine=engine)
    with pytest.raises(Cancelled):
        generate(request, stop_after_two, engine)
    regenerate(RegenerateRequest(source=request.output, captions={0: "a star"}, num_inference_steps=4), engine=engine)
    branch = RunFolder(tmp_path / "branch")
    branch.adopt(RunFolder(request.output), before=3)
    events: list[Event] = []
    record = generate(request, events.append, engine).record
    assert record.drawn_from == 2
    second = next(event for event in events if isinstance(event, PhaseFinished) and event.phase == 2)
    assert second.resumed
    assert second.captions[0] == "a star"
    plain, here = RunFolder(tmp_path / "plain").latest(3), RunFolder(request.output).latest(3)
    assert not np.array_equal(plain.latents, here.latents)
    generate(replace(request, output=branch.path), engine=engine)
    assert np.array_equal(branch.latest(3).latents, here.latents)
    undone = RunFolder(tmp_path / "undone")
    undone.adopt(RunFolder(request.output), before=3)
    undone.choose(2, 1)
    assert generate(replace(request, output=undone.path), engine=engine).record.drawn_from == 1
    assert np.array_equal(undone.latest(3).latents, plain.latents)


@pytest.mark.parametrize(
    ("captions", "told"),
    [
        ({2: {3: "a hat"}}, "patch 3 of phase 2"),
        ({3: {0: "a hat"}}, "patch 0 of phase 3"),
        ({1: {0: "a hat"}}, "phase is 1"),
        ({2: {-1: "a hat"}}, "patch is -1"),
        ({2: {0: "a\0"}}, "zero character"),
    ],
)
def test_words_for_what_is_not_there_are_refused(
    make_request: Make, engine: Engine, captions: dict[int, dict[int, str]], told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        generate(make_request(own_captions=captions), engine=engine)


def test_own_words_need_captions(make_request: Make) -> None:
    with pytest.raises(InvalidRequest, match="captions are off"):
        replace(make_request(), options=Options(captions=False), captioner=None, own_captions=OWN)


def test_dropped_words_are_told_and_recorded(make_request: Make, engine: Engine) -> None:
    plain = generate(make_request(), engine=engine).record
    events: list[Event] = []
    request = make_request(word_filter=1.0)
    record = generate(replace(request, output=request.output.with_name("few")), events.append, engine).record
    assert plain.dropped == ((), (), ())
    assert any(record.dropped)
    assert record.dropped == tuple(event.dropped for event in events if isinstance(event, PatchCaptioned))
    assert record.dropped == next(e.dropped for e in events if isinstance(e, PhaseFinished) and e.phase == 2)
    for before, after, dropped in zip(plain.captions, record.captions, record.dropped, strict=True):
        assert all(word in before.lower() and word not in after.lower() for word in dropped)
    assert RunFolder(request.output.with_name("few")).latest().record == record


def ask(source: Path, **changes: Any) -> CaptionRequest:
    return CaptionRequest(**{"source": source, "phase": 2, "patches": (2, 0), "captioner": demo_captioner(), **changes})


def test_describing_again_says_what_the_run_would_say(make_request: Make, engine: Engine) -> None:
    request = make_request(word_filter=0.9)
    with pytest.raises(Cancelled):
        generate(request, stop_at_the_gate, engine)
    events: list[Event] = []
    answers = recaption(ask(request.output), events.append, engine)
    record = generate(request, engine=engine).record
    assert {index: answer.text for index, answer in answers.items()} == {2: record.captions[2], 0: record.captions[0]}
    assert {index: answer.dropped for index, answer in answers.items()} == {2: record.dropped[2], 0: record.dropped[0]}
    told = [event for event in events if isinstance(event, PatchCaptioned)]
    assert [(event.patch, event.done, event.patches) for event in told] == [(2, 1, 2), (0, 2, 2)]


def test_what_was_drawn_can_be_described(make_request: Make, engine: Engine) -> None:
    request = make_request(size=Size(64, 128))
    with pytest.raises(Cancelled):
        generate(request, stop_at_the_gate, engine)
    with pytest.raises(ResultCorrupt, match="does not hold phase 2"):
        recaption(ask(request.output, of_result=True), engine=engine)
    generate(request, engine=engine)
    known = set(RunFolder(request.output).load_captions())
    assert set(recaption(ask(request.output, of_result=True), engine=engine)) == {0, 2}
    assert len(set(RunFolder(request.output).load_captions()) - known) == 2  # other crops than those of phase 1


def test_a_picture_of_another_machine_is_described_here(make_request: Make, engine: Engine) -> None:
    request = make_request(size=Size(64, 128))
    with pytest.raises(Cancelled):
        generate(request, stop_at_the_gate, engine)
    elsewhere = replace(request, device="cuda:7").to_dict()
    (request.output / REQUEST).write_text(json.dumps(elsewhere))
    events: list[Event] = []
    assert set(recaption(ask(request.output), events.append, engine)) == {0, 2}
    assert any(isinstance(event, Warned) and "cuda:7" in event.message for event in events)


@pytest.mark.parametrize(("change", "told"), [({"phase": 3}, "no phase 3"), ({"patches": (0, 9)}, "no patch 9")])
def test_describing_what_is_not_there_is_refused(
    make_request: Make, engine: Engine, change: dict[str, Any], told: str
) -> None:
    request = make_request()
    with pytest.raises(Cancelled):
        generate(request, stop_at_the_gate, engine)
    with pytest.raises(InvalidRequest, match=told):
        recaption(ask(request.output, **change), engine=engine)


@pytest.mark.parametrize("values", [{"patches": ()}, {"phase": 1}, {"question": " "}], ids=str)
def test_requests_for_captions_are_checked(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        ask(Path(), **values)
