"""What goes wrong while the libraries load a model is told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors import SafetensorError

from hiprompt_core.errors import ModelCorrupt
from hiprompt_core.loading import loading


def test_a_full_memory_is_no_damage(tmp_path: Path) -> None:
    """The library that reads weights has one error for both."""
    with pytest.raises(MemoryError), loading(tmp_path):
        raise SafetensorError("Error while deserializing: Cannot allocate memory (os error 12)")
    with pytest.raises(ModelCorrupt), loading(tmp_path):
        raise SafetensorError("Error while deserializing header: HeaderTooLarge")
