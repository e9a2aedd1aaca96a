"""What is chosen on each device, from what it says about itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from diffusers import AutoencoderKL
from diffusers.models.attention_processor import AttnProcessor2_0
from torch.nn import functional as F

from hiprompt_core.devices import (
    choose_device,
    choose_dtype,
    is_on,
    known_devices,
    look,
    memory_format,
    present_device,
    vae_dtype,
)
from hiprompt_core.errors import InvalidRequest
from hiprompt_core.events import Event, Warned
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.models import keep_in_float8, load_backbone

CPU = torch.device("cpu")
GB = 10**9


def place(monkeypatch: pytest.MonkeyPatch, name: str, precision: str) -> object:
    """As ``look`` tells it where there is such a device."""
    monkeypatch.setattr("hiprompt_core.devices.choose_device", torch.device)
    monkeypatch.setattr("hiprompt_core.devices.device_name", lambda device: device.type)
    return look(name, precision, 0, lambda device: 8 * GB)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("device", "network", "vae"),
    [
        ("cuda", torch.bfloat16, torch.bfloat16),  # AMD's cards, too: ROCm calls itself so
        ("xpu", torch.bfloat16, torch.bfloat16),
        ("mps", torch.float16, torch.float32),
    ],
)
def test_cards_compute_in_half_precision(device: str, network: torch.dtype, vae: torch.dtype) -> None:
    assert choose_dtype("auto", torch.device(device)) == network
    assert vae_dtype(network, torch.device(device)) == vae


@pytest.mark.parametrize(
    ("units", "dtype"),
    [
        ({"avx2": True}, torch.float32),
        ({"avx512_f": True}, torch.float32),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({}, torch.float32),
    ],
)
def test_a_processor_computes_in_bfloat16_only_with_units_for_it(
    monkeypatch: pytest.MonkeyPatch, units: dict[str, bool], dtype: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: units)
    for precision in ("auto", "float8"):
        assert choose_dtype(precision, CPU) == dtype  # type: ignore[arg-type]
    assert vae_dtype(dtype, CPU) == torch.float32


def test_the_best_device_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("xpu"))
    assert choose_device("auto").type == "xpu"
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: None)
    assert choose_device("auto") == CPU


@pytest.mark.parametrize(
    ("device", "precision", "expected"),
    [
        ("cuda", "auto", ("cuda bfloat16", 2, 2, 2, True)),
        ("cuda", "float8", ("cuda float8", 2, 1, 2, True)),
        ("xpu", "float32", ("xpu float32", 4, 4, 4, True)),
        ("mps", "auto", ("mps float16", 2, 2, 4, False)),
        ("cpu", "float32", ("cpu float32", 4, 4, 4, False)),
    ],
)
def test_a_place_is_what_its_device_can(
    monkeypatch: pytest.MonkeyPatch, device: str, precision: str, expected: tuple[object, ...]
) -> None:
    found: object = place(monkeypatch, device, precision)
    names = ("name", "weight", "network_weight", "vae_weight", "own_memory")
    assert tuple(getattr(found, name) for name in names) == expected


def test_float8_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidRequest, match="Apple"):
        place(monkeypatch, "mps", "float8")


def test_a_network_in_float8_takes_a_quarter_and_predicts_nearly_the_same(model: Path, backbone: SDXLBackbone) -> None:
    eight = load_backbone(model, CPU, torch.float32, eight_bits=True)
    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    layers = {name: layer for name, layer in eight.network.named_modules() if isinstance(layer, kinds)}
    kept = {name for name, layer in layers.items() if layer.weight.dtype == torch.float8_e4m3fn}
    assert len(kept) > 0.9 * len(layers)
    assert eight.vae.dtype == eight.network.dtype == torch.float32  # what they compute in

    def predict(model: SDXLBackbone) -> torch.Tensor:
        with torch.inference_mode():
            embeddings = model.encode_prompts(["a fox"])
            return model.predict(torch.ones(1, 4, 8, 8), 500.0, embeddings, torch.ones(1, 6))

    exact, rough = predict(backbone), predict(eight)  # type: ignore[arg-type]
    assert 0 < (exact - rough).abs().mean() / exact.abs().mean() < 0.1
    assert torch.equal(rough, predict(eight))  # weights come back from each use as they were


def test_weights_too_large_for_float8_are_refused() -> None:
    network = torch.nn.Linear(2, 2)
    network.weight.data[0, 0] = 449
    with pytest.raises(InvalidRequest, match="'weight' are too large for float8"):
        keep_in_float8(network, torch.float32)


def test_attention_is_fused(backbone: SDXLBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks and VAE call torch's kernel, which picks the fastest of the device; none spells attention out."""
    assert {type(processor) for processor in backbone.unet.attn_processors.values()} == {AttnProcessor2_0}
    calls: list[int] = []
    fused = F.scaled_dot_product_attention
    monkeypatch.setattr(F, "scaled_dot_product_attention", lambda *a, **n: calls.append(1) or fused(*a, **n))
    vae = AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, latent_channels=4)
    with torch.inference_mode():
        embeddings = backbone.encode_prompts(["a fox"])
        calls.clear()
        backbone.predict(torch.ones(1, 4, 8, 8), 500.0, embeddings, torch.ones(1, 6))
        assert len(calls) == len(backbone.unet.attn_processors)
        calls.clear()
        vae.decode(torch.ones(1, 4, 8, 8))
        assert calls


@pytest.mark.parametrize(
    ("device", "dtype", "last"),
    [
        ("cpu", torch.float32, True),
        ("cpu", torch.bfloat16, False),
        ("cuda", torch.float32, False),
        ("cuda", torch.bfloat16, False),
        ("mps", torch.float16, False),
    ],
)
def test_channels_lie_last_where_that_is_faster(device: str, dtype: torch.dtype, last: bool) -> None:
    expected = torch.channels_last if last else torch.contiguous_format
    assert memory_format(dtype, torch.device(device)) == expected


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_and_latents_lie_alike(models: dict[str, Path], dtype: torch.dtype) -> None:
    backbone = load_backbone(models["epsilon"], CPU, dtype)
    for module in (backbone.unet, backbone.vae):
        form = memory_format(module.dtype, CPU)
        weights = [layer.weight for layer in module.modules() if isinstance(layer, torch.nn.Conv2d)]
        wide = [weight for weight in weights if weight.shape[1] > 1 and weight.shape[2] > 1]
        assert wide
        assert all(weight.is_contiguous(memory_format=form) for weight in wide)
    seen: list[bool] = []
    form = memory_format(dtype, CPU)
    backbone.unet.conv_in.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0].is_contiguous(memory_format=form))
    )
    with torch.inference_mode():
        backbone.predict(torch.randn(1, 4, 8, 8), 500.0, backbone.encode_prompts(["a fox"]), torch.ones(1, 6))
    assert seen == [True]


def test_a_card_is_known_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learnt on one card says nothing about another."""
    module = SimpleNamespace(get_device_properties=lambda device: SimpleNamespace(name="Arc A770"))
    monkeypatch.setattr(torch, "get_device_module", lambda device: module)
    monkeypatch.setattr("hiprompt_core.devices.choose_device", torch.device)
    assert look("xpu", "auto", 0, lambda device: GB).name == "Arc A770 bfloat16"


def test_every_device_is_named_once_the_best_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(known_devices())[-1] == "cpu"
    assert torch.device(next(iter(known_devices()))) == choose_device("auto")
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available: torch.device("cuda"))
    names = {None: "first", 0: "first", 1: "second"}
    monkeypatch.setattr(
        "hiprompt_core.devices.device_name",
        lambda device: "cpu" if device.type == "cpu" else names[device.index],
    )
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 1)
    assert known_devices() == {"cuda": "first", "cpu": "cpu"}
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    assert list(known_devices().items()) == [("cuda:0", "first"), ("cuda:1", "second"), ("cpu", "cpu")]


def test_a_picture_of_another_machine_goes_on_here_and_that_is_told() -> None:
    told: list[Event] = []
    assert present_device("cpu", told.append) == "cpu"
    assert present_device("auto", told.append) == "auto"
    assert not told
    assert present_device("cuda:7", told.append) == "auto"
    (warning,) = told
    assert isinstance(warning, Warned)
    assert "cuda:7" in warning.message


def test_models_on_another_card_make_no_room_on_this_one() -> None:
    first, second = torch.device("cuda"), torch.device("cuda", 1)
    weights = SimpleNamespace(device=torch.device("cuda", 0))
    assert is_on(weights, first)  # type: ignore[arg-type]
    assert not is_on(weights, second)  # type: ignore[arg-type]
    assert is_on(torch.empty(1), CPU)
