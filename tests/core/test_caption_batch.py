"""How many pictures are described together."""

from __future__ import annotations

import psutil
import pytest
import torch
from transformers import Florence2Config, LlavaConfig

from hiprompt_core import memory
from hiprompt_core.caption_batch import LARGEST_ON_CPU, batch_size, bytes_of_one

CPU = torch.device("cpu")
ONE_TILE = 3 * 336 * 336


def test_a_picture_costs_what_a_model_of_that_size_keeps() -> None:
    """LLaVA 1.5 7B in bfloat16: 680 tokens keep 2 x 32 layers x 4096 values, 357 MB, and a layer works in 96 MB."""
    one = bytes_of_one(LlavaConfig(), tokens=680, values=ONE_TILE, width=2)
    assert 0.35e9 < one < 0.6e9
    assert bytes_of_one(LlavaConfig(), tokens=680, values=ONE_TILE, width=4) > 1.9 * one
    assert bytes_of_one(LlavaConfig(), tokens=2900, values=5 * ONE_TILE, width=2) > 4 * one
    assert bytes_of_one(Florence2Config(), tokens=680, values=ONE_TILE, width=2) < one / 3


def test_batches_follow_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert batch_size(CPU, 1) == LARGEST_ON_CPU
    assert batch_size(CPU, 10**15) == 1
    for free, expected in ((0, 1), (2.5e9, 1), (4e9, 2), (10e9, 5), (1e12, 32)):
        monkeypatch.setattr("hiprompt_core.memory.free", lambda device, free=free: int(free))
        assert batch_size(torch.device("cuda"), 10**9) == expected


def test_free_memory_is_what_the_machine_says() -> None:
    assert 0 < memory.free(CPU) <= psutil.virtual_memory().total
