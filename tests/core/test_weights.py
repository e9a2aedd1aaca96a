"""The tensors of one safetensors file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from hiprompt_core.errors import ModelCorrupt
from hiprompt_core.weights import read_weights

FLOAT8 = [torch.float8_e4m3fn, torch.float8_e5m2]


@pytest.mark.parametrize("kind", FLOAT8, ids=str)
def test_numbers_of_eight_bits_keep_their_values(tmp_path: Path, kind: torch.dtype) -> None:
    bits = torch.arange(256, dtype=torch.uint8).view(kind)
    every = bits[bits.float().isfinite()]
    save_file({"every": every, "half": torch.ones(3, dtype=torch.half)}, tmp_path / "small.safetensors")
    read = read_weights(tmp_path / "small.safetensors")
    assert torch.equal(read["every"].float(), every.float())
    assert {name: value.dtype for name, value in read.items()} == {"every": torch.bfloat16, "half": torch.half}


@pytest.mark.parametrize("kind", FLOAT8, ids=str)
def test_what_is_no_number_in_eight_bits_is_found(tmp_path: Path, kind: torch.dtype) -> None:
    save_file({"spoilt": torch.tensor([1.0, torch.nan]).to(kind)}, tmp_path / "small.safetensors")
    with pytest.raises(ModelCorrupt, match="'spoilt'"):
        read_weights(tmp_path / "small.safetensors")
