"""Pictures that are held in memory, by their files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hiprompt_desktop.pyramid import Pyramid

SPARE = 1 << 29
"""Bytes for pictures that are not needed now but perhaps after the next undo."""


class Pictures:
    """Files are never overwritten with another picture, so that one that is here is as on disk."""

    def __init__(self, spare: int = SPARE) -> None:
        self._spare = spare
        self._pyramids: dict[Path, Pyramid] = {}
        """The last used one last."""

    def get(self, path: Path) -> Pyramid | None:
        pyramid = self._pyramids.pop(path, None)
        if pyramid is not None:
            self._pyramids[path] = pyramid
        return pyramid

    def put(self, path: Path, pyramid: Pyramid, needed: Collection[Path]) -> None:
        """Keep a picture; of those that are not ``needed``, only the last used ones stay."""
        self._pyramids.pop(path, None)
        self._pyramids[path] = pyramid
        room = self._spare
        for other in reversed([known for known in self._pyramids if known != path and known not in needed]):
            room -= 4 * self._pyramids[other].size.area
            if room < 0:
                del self._pyramids[other]

    def clear(self) -> None:
        self._pyramids.clear()
