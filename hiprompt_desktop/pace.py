"""How fast bytes come in, and how long the rest takes."""

from __future__ import annotations

from collections import deque

SPAN = 10.0
"""Seconds that count: a connection changes its speed."""
LEAST = 1.0
"""Seconds that must have been seen before something is said."""


class Pace:
    """Fed with the bytes that are there at a time, seconds on a clock that never goes back."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, now: float, done: int) -> None:
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()  # a file begins again
        self._seen.append((now, done))
        while now - self._seen[0][0] > SPAN:
            self._seen.popleft()

    def seconds_left(self, total: int) -> float | None:
        """None while that is not known."""
        if len(self._seen) < 2:
            return None
        (start, before), (end, done) = self._seen[0], self._seen[-1]
        if end - start < LEAST or done == before:
            return None
        return (total - done) * (end - start) / (done - before)
