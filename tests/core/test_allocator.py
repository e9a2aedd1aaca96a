"""What is freed goes back to the system, measured in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hiprompt_core import allocator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators need no care")

PAGES = """
import os
from pathlib import Path
import numpy as np
from hiprompt_core.allocator import prepare, trim

def held():
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) / 1024

def use(count, size):
    '''Megabytes held when pieces were used and freed; the small ones between them stay.'''
    before = held()
    pieces = [(np.ones(size << 20, np.uint8), np.ones(60_000, np.uint8)) for _ in range(count)]
    kept.extend(small for _, small in pieces)
    del pieces
    return held() - before

kept = []
"""


def told(work: str, **environment: str) -> list[float]:
    """The numbers that a program prints which uses memory."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", PAGES + work], env=clean | environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return [float(number) for number in done.stdout.split()]


def test_large_pieces_go_back_as_they_are_freed() -> None:
    again = "use(1, 20); print(use(20, 12))"  # the first one teaches the allocator to keep such pieces
    assert told(again)[0] > 100
    assert told("prepare();" + again)[0] < 10


def test_the_others_go_back_when_they_are_asked_for() -> None:
    kept, trimmed = told("prepare(); print(use(60, 2)); trim(); print(held() - use(0, 0))")
    (base,) = told("prepare(); trim(); print(held())")
    assert kept > 80
    assert trimmed < base + 20


def test_what_the_user_has_set_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(allocator, "_call", lambda name, *_: called.append(name))
    for name in ("MALLOC_MMAP_THRESHOLD_", "THP_MEM_ALLOC_ENABLE"):
        monkeypatch.setenv(name, "0")
    allocator.prepare()
    assert os.environ["THP_MEM_ALLOC_ENABLE"] == "0"
    assert called == []
    monkeypatch.delenv("MALLOC_MMAP_THRESHOLD_")
    monkeypatch.delenv("THP_MEM_ALLOC_ENABLE")
    allocator.prepare()
    assert os.environ["THP_MEM_ALLOC_ENABLE"] == "1"
    assert called == ["mallopt", "mallopt"]


def test_the_first_thing_that_needs_torch_prepares_it() -> None:
    first = "import hiprompt_core; hiprompt_core.Engine; print(os.environ['THP_MEM_ALLOC_ENABLE'])"
    assert told(first) == [1]


def test_a_library_without_such_functions_is_left_alone() -> None:
    allocator._call("no_such_function", 1)
