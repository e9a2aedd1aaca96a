"""The queue: order, and what is left of it after the program ends in any way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop import job_queue
from hiprompt_desktop.job_queue import JobQueue, Turn


def wish(prompt: str, folder: Path) -> GenerationRequest:
    return GenerationRequest(
        prompt=prompt, size=Size(256, 256), model=demo_model(), captioner=demo_captioner(), output=folder / prompt
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "queue.json"


def filled(file: Path, *prompts: str) -> JobQueue:
    queue = JobQueue(file)
    for prompt in prompts:
        queue.add(wish(prompt, file.parent))
    return queue


def prompts(queue: JobQueue) -> list[str]:
    return [ticket.request.prompt for ticket in queue.waiting]


def test_first_come_first_served_unless_put_in_front(file: Path) -> None:
    queue = filled(file, "a", "b")
    queue.add(wish("now", file.parent), front=True)
    assert prompts(queue) == ["now", "a", "b"]
    assert prompts(JobQueue(file)) == ["now", "a", "b"]
    first = queue.take()
    assert first is not None
    assert (first.request.prompt, first.turn) == ("now", Turn.RUNNING)
    queue.add(wish("next", file.parent), front=True)
    assert prompts(queue) == ["next", "a", "b"]
    assert [one.request.prompt for one in queue.tickets] == ["now", "next", "a", "b"]


def test_waiting_pictures_are_reordered_and_removed(file: Path) -> None:
    queue = filled(file, "a", "b", "c")
    a, b, c = queue.waiting
    queue.move(c.id, 0)
    assert prompts(queue) == ["c", "a", "b"]
    queue.move(c.id, 99)
    assert prompts(queue) == ["a", "b", "c"]
    queue.remove(b.id)
    assert prompts(JobQueue(file)) == ["a", "c"]
    running = queue.take()
    assert running is not None
    assert running.id == a.id
    queue.remove(a.id)
    queue.move(a.id, 1)
    assert [one.id for one in queue.tickets] == [a.id, c.id]


def test_a_failed_picture_is_tried_again_last(file: Path) -> None:
    queue = filled(file, "a", "b")
    first = queue.take()
    assert first is not None
    queue.end(first.id, Turn.FAILED, "The disk is full.")
    (failed, _) = JobQueue(file).tickets
    assert (failed.turn, failed.problem) == (Turn.FAILED, "The disk is full.")
    queue.retry(first.id)
    assert prompts(queue) == ["b", "a"]
    assert not any(one.problem for one in queue.tickets)
    queue.end(first.id, Turn.DONE)  # it does not run
    assert prompts(queue) == ["b", "a"]


def test_paused_nothing_is_taken(file: Path) -> None:
    queue = filled(file, "a")
    queue.pause(True)
    assert queue.take() is None
    assert JobQueue(file).take() is None
    queue.pause(False)
    assert queue.take() is not None


def test_after_a_crash_the_queue_waits_for_its_user(file: Path) -> None:
    filled(file, "a", "b").take()
    queue = JobQueue(file)
    assert queue.paused
    assert [one.turn for one in queue.tickets] == [Turn.INTERRUPTED, Turn.WAITING]
    queue.retry(queue.tickets[0].id)
    queue.pause(False)
    assert prompts(queue) == ["b", "a"]


def test_only_the_last_ended_pictures_are_listed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_queue, "KEPT", 2)
    queue = filled(file, *"abcd")
    for _ in range(3):
        ticket = queue.take()
        assert ticket is not None
        queue.end(ticket.id, Turn.DONE)
    assert [one.request.prompt for one in queue.tickets] == ["b", "c", "d"]
    queue.clear_ended()
    assert [one.request.prompt for one in JobQueue(file).tickets] == ["d"]


@pytest.mark.parametrize("content", ["", "[]", '{"format": 9}', '{"format": 1, "paused": false, "tickets": [{}]}'])
def test_a_queue_that_cannot_be_read_is_put_aside(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    assert JobQueue(file).tickets == ()
    assert file.with_suffix(".unreadable").read_text() == content
    filled(file, "a")
    assert prompts(JobQueue(file)) == ["a"]


def test_a_request_of_another_version_is_left_out_alone(file: Path) -> None:
    filled(file, "a", "b")
    values = json.loads(file.read_text())
    values["tickets"][0]["request"]["unheard_of"] = 1
    file.write_text(json.dumps(values))
    assert prompts(JobQueue(file)) == ["b"]
