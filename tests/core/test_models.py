"""Loading models."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from hiprompt_core import Engine
from hiprompt_core.devices import choose_device, choose_dtype
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import Event
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.models import hash_files, load_backbone

CPU = torch.device("cpu")


def test_a_backbone_is_what_its_files_say(backbone: SDXLBackbone, model: Path) -> None:
    saved = load_file(model / "unet/diffusion_pytorch_model.safetensors")
    loaded = backbone.unet.state_dict()
    assert set(saved) == set(loaded)
    assert all(torch.equal(saved[name], loaded[name]) for name in saved)
    assert backbone.facts.native_size == 64
    assert not any(values.requires_grad for values in backbone.unet.parameters())
    assert not backbone.unet.training


def test_half_precision_leaves_the_vae_in_full(model: Path) -> None:
    loaded = load_backbone(model, CPU, torch.float16)
    assert loaded.unet.dtype == loaded.text_encoders[1].dtype == torch.float16
    assert loaded.vae.dtype == torch.float32


def test_devices() -> None:
    assert choose_device("cpu") == CPU
    assert isinstance(choose_device("auto"), torch.device)
    for name in ("abacus", "cuda:99"):
        with pytest.raises(InvalidRequest, match=name):
            choose_device(name)


def test_precisions() -> None:
    assert choose_dtype("float32", torch.device("cuda")) == torch.float32
    assert choose_dtype("float16", CPU) == torch.float16


def test_hashes_depend_on_contents_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"1")
    assert hash_files([one]) == hash_files([other])
    assert hash_files([one]) == hashlib.sha256(hashlib.sha256(b"1").digest()).hexdigest()
    other.write_bytes(b"2")
    assert hash_files([one]) != hash_files([other])


def test_an_engine_loads_a_model_once(models: dict[str, Path]) -> None:
    engine = Engine()
    events: list[Event] = []
    first, again = (engine.backbone(models["epsilon"], "cpu", "float32", events.append) for _ in range(2))
    assert first is again
    assert len(events) == 1
    assert engine.backbone(models["v_prediction"], "cpu", "float32", events.append) is not first
