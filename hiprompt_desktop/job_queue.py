"""Pictures that wait for their turn: an ordered list on disk that outlives the window (no Qt)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.metadata import atomic_write, read_json
from hiprompt_core.request import GenerationRequest

logger = logging.getLogger(__name__)

FORMAT = 1
KEPT = 50
"""Pictures that are done with and still listed."""


class Turn(StrEnum):
    """Where a picture is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """The program ended while it was being drawn."""
    STOPPED = "stopped"
    """It waits for its user: for captions to be reviewed, or to go on after a phase."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    DONE = "done"


ENDED = (Turn.INTERRUPTED, Turn.STOPPED, Turn.CANCELLED, Turn.FAILED, Turn.DONE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """A picture in the queue."""

    id: str
    request: GenerationRequest
    turn: Turn = Turn.WAITING
    problem: str = ""
    """Why it failed."""


class JobQueue:
    """Every change is on disk before the method returns.

    After a crash nothing starts by itself: what was being drawn may be what crashed.
    """

    def __init__(self, file: Path | None) -> None:
        """Read what is there; without a file the queue lasts as long as the program."""
        self._file = file
        self._tickets: list[Ticket] = []
        self.paused = False
        self.crashed: Ticket | None = None
        """What was being drawn when the program ended the last time."""
        if file is not None:
            self._load(file)

    # What is in it

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All of them: those that ended, oldest first, the running one, then those that wait, next first."""
        return tuple(self._tickets)

    @property
    def waiting(self) -> tuple[Ticket, ...]:
        """Next first."""
        return tuple(ticket for ticket in self._tickets if ticket.turn is Turn.WAITING)

    # Changes

    def add(self, request: GenerationRequest, *, front: bool = False) -> Ticket:
        """Let a picture wait, behind all others or before them.

        Raises:
            OutputError: the queue cannot be written.
        """
        ticket = Ticket(id=uuid4().hex, request=request)
        place = len(self._tickets) - len(self.waiting) if front else len(self._tickets)
        self._set([*self._tickets[:place], ticket, *self._tickets[place:]])
        return ticket

    def take(self, ticket_id: str | None = None) -> Ticket | None:
        """The next picture, or a certain one, now running.

        None: nothing waits, or the queue is paused and no picture was named.
        """
        waiting = [one for one in self.waiting if ticket_id in (None, one.id)]
        if not waiting or (self.paused and ticket_id is None):
            return None
        ticket = replace(waiting[0], turn=Turn.RUNNING)
        others = [one for one in self._tickets if one.id != ticket.id]
        place = len(others) - sum(one.turn is Turn.WAITING for one in others)
        self._set([*others[:place], ticket, *others[place:]])
        return ticket

    def end(self, ticket_id: str, turn: Turn, problem: str = "") -> None:
        """The running picture is done, failed or cancelled."""
        self._set(
            [
                replace(one, turn=turn, problem=problem) if (one.id, one.turn) == (ticket_id, Turn.RUNNING) else one
                for one in self._tickets
            ]
        )

    def retry(self, ticket_id: str) -> None:
        """Let a picture that ended wait again, as the last."""
        chosen = [replace(one, turn=Turn.WAITING, problem="") for one in self._ended() if one.id == ticket_id]
        self._set([one for one in self._tickets if one.id not in {ticket.id for ticket in chosen}] + chosen)

    def remove(self, ticket_id: str) -> None:
        """Forget a picture that does not run; what it has on disk stays."""
        self._set([one for one in self._tickets if one.id != ticket_id or one.turn is Turn.RUNNING])

    def move(self, ticket_id: str, place: int) -> None:
        """Put a waiting picture at another place among those that wait, counted from 0."""
        waiting = list(self.waiting)
        chosen = [one for one in waiting if one.id == ticket_id]
        others = [one for one in waiting if one.id != ticket_id]
        place = max(0, min(place, len(others)))
        before = [one for one in self._tickets if one.turn is not Turn.WAITING]
        self._set(before + others[:place] + chosen + others[place:])

    def cancel_waiting(self, besides: str = "") -> None:
        """Draw nothing of what waits, but for one ticket, unless somebody retries it; the picture in work goes on."""
        kept = [one for one in self._tickets if one.turn is Turn.RUNNING or one.id == besides]
        gone = [replace(one, turn=Turn.CANCELLED) for one in self.waiting if one.id != besides]
        self._set([*self._ended(), *gone, *kept])

    def clear_ended(self) -> None:
        """Forget what does neither wait nor run."""
        self._set([one for one in self._tickets if one.turn not in ENDED])

    def pause(self, paused: bool) -> None:
        """Whether the next picture starts by itself."""
        before, self.paused = self.paused, paused
        try:
            self._save()
        except BaseException:
            self.paused = before
            raise

    def _ended(self) -> Iterator[Ticket]:
        return (one for one in self._tickets if one.turn in ENDED)

    def _set(self, tickets: list[Ticket]) -> None:
        before, self._tickets = self._tickets, tickets
        for one in list(self._ended())[:-KEPT]:
            self._tickets.remove(one)
        try:
            self._save()
        except BaseException:
            self._tickets = before
            raise

    # On disk

    def _save(self) -> None:
        if self._file is None:
            return
        values = {
            "format": FORMAT,
            "paused": self.paused,
            "tickets": [
                {"id": one.id, "turn": one.turn, "problem": one.problem, "request": one.request.to_dict()}
                for one in self._tickets
            ],
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(self._file, json.dumps(values, indent=1).encode(), keep_old=True)

    def _load(self, file: Path) -> None:
        try:
            self._tickets, self.paused = read_json(file, _read)
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            # A queue that cannot be read is put aside, not lost.
            logger.warning("The queue %s cannot be read (%s).", file, error)
            file.replace(file.with_suffix(".unreadable"))
            return
        self.crashed = next((one for one in self._tickets if one.turn is Turn.RUNNING), None)
        if self.crashed is not None:
            self.paused = bool(self.waiting)
            self._tickets = [
                replace(one, turn=Turn.INTERRUPTED) if one.turn is Turn.RUNNING else one for one in self._tickets
            ]
            self._save()


def _read(values: Any) -> tuple[list[Ticket], bool]:
    if values["format"] != FORMAT:
        raise ValueError(values["format"])
    return list(_tickets(values["tickets"])), bool(values["paused"])


def _tickets(entries: list[dict[str, Any]]) -> Iterator[Ticket]:
    """Those whose request this program still understands."""
    for entry in entries:
        try:
            request = GenerationRequest.from_dict(entry["request"])
        except InvalidRequest as error:
            logger.warning("A picture in the queue is left out: %s", error)
            continue
        yield Ticket(id=entry["id"], request=request, turn=Turn(entry["turn"]), problem=entry["problem"])
