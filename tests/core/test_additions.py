"""LoRA, textual inversion and other VAEs: what they change is measured, and files that do not fit are refused."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import load_file, save_file
from torch import Tensor

from hiprompt_core import Additions, Engine, GenerationRequest, generate
from hiprompt_core.errors import InvalidRequest, ModelCorrupt, ModelUnsupported
from hiprompt_core.events import Event, MemoryShort
from hiprompt_core.metadata import read_record
from hiprompt_core.models import load_backbone
from hiprompt_core.token_counter import load_token_counter
from tests.core.family_models import SD1, save_sd3, save_stable_diffusion
from tests.core.single_files import part, vae_name

Make = Callable[..., GenerationRequest]
CPU = torch.device("cpu")
RANK = 2
ATTENTION = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
TEXT = "encoder.layers.0.self_attn.out_proj"


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def kohya(layers: dict[str, Tensor], alpha: float) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """A LoRA of layers named ``unet.…`` or ``te1.…`` as kohya's trainer writes it, and the change it means."""
    tensors, change = {}, {}
    for name, weight in layers.items():
        down, up = random(RANK, weight.shape[1], seed=1), random(weight.shape[0], RANK, seed=2)
        key = "lora_" + name.replace(".", "_")
        tensors |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(alpha)}
        change[name] = alpha / RANK * up @ down
    return tensors, change


def peft(layers: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    tensors, change = {}, {}
    for name, weight in layers.items():
        down, up = random(RANK, weight.shape[1], seed=3), random(weight.shape[0], RANK, seed=4)
        tensors |= {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
        change[name] = up @ down
    return tensors, change


@functools.cache
def plain_model(folder: Path) -> Any:
    return load_backbone(folder, CPU, torch.float32)


def layer(module: Any, name: str) -> Tensor:
    return getattr(module, "text_model", module).get_submodule(name).weight


@pytest.fixture(scope="module")
def sd1(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = torch.get_rng_state()
    made = save_stable_diffusion(tmp_path_factory.mktemp("additions") / "sd1", SD1)
    torch.set_rng_state(state)
    return made


@pytest.fixture(params=["SDXL", "SD 1"])
def family(request: pytest.FixtureRequest, model: Path, sd1: Path) -> Path:
    return model if request.param == "SDXL" else sd1


def lora_files(folder: Path, family: Path) -> dict[str, tuple[Path, dict[str, Tensor]]]:
    """By format: a file, and the change of each layer at weight 1."""
    plain = plain_model(family)
    attention = "down_blocks.0" + ATTENTION[13:] if plain.facts.family != "SDXL" else ATTENTION
    unet, text = layer(plain.unet, attention), layer(plain.text_encoders[0], TEXT)
    first = "te1" if plain.facts.family == "SDXL" else "te"
    tensors, change = kohya({f"unet.{attention}": unet, f"{first}.text_model.{TEXT}": text}, alpha=0.5)
    save_file(tensors, folder / "kohya.safetensors")
    kohyas = {"unet": change[f"unet.{attention}"], "text": change[f"{first}.text_model.{TEXT}"]}
    tensors, change = peft({f"unet.{attention}": unet, f"text_encoder.text_model.{TEXT}": text})
    save_file(tensors, folder / "peft.safetensors")
    pefts = {"unet": change[f"unet.{attention}"], "text": change[f"text_encoder.text_model.{TEXT}"]}
    return {
        "kohya": (folder / "kohya.safetensors", {"name": attention, **kohyas}),  # type: ignore[dict-item]
        "peft": (folder / "peft.safetensors", {"name": attention, **pefts}),  # type: ignore[dict-item]
    }


@pytest.mark.parametrize("weights", [{"kohya": 1.0}, {"peft": -0.5}, {"kohya": 0.7, "peft": 0.4}], ids=str)
def test_a_lora_changes_weights_by_exactly_what_it_says(
    tmp_path: Path, family: Path, weights: dict[str, float]
) -> None:
    files = lora_files(tmp_path, family)
    plain = plain_model(family)
    loras = {files[name][0]: weight for name, weight in weights.items()}
    changed: Any = load_backbone(family, CPU, torch.float32, Additions(loras=loras))
    name: Any = files["kohya"][1]["name"]
    for ours, theirs, kind, place in (
        (changed.unet, plain.unet, "unet", name),
        (changed.text_encoders[0], plain.text_encoders[0], "text", TEXT),
    ):
        expected = layer(theirs, place) + sum(weight * files[name][1][kind] for name, weight in weights.items())
        torch.testing.assert_close(layer(ours, place), expected, rtol=1e-4, atol=1e-4)
        before, after = theirs.state_dict(), ours.state_dict()
        assert before.keys() == after.keys()
        assert [key for key in before if not torch.equal(before[key], after[key])] == [
            key for key in before if key.endswith(f"{place}.weight")
        ]
    assert changed.weights_hash != plain.weights_hash


def test_the_order_of_choice_changes_no_bit(tmp_path: Path, model: Path) -> None:
    one, other = (file for file, _ in lora_files(tmp_path, model).values())
    weights = [Additions(loras=loras) for loras in ({one: 0.7, other: 0.4}, {other: 0.4, one: 0.7})]
    first, second = (load_backbone(model, CPU, torch.float32, additions) for additions in weights)
    assert first.weights_hash == second.weights_hash
    assert torch.equal(layer(first.unet, ATTENTION), layer(second.unet, ATTENTION))  # type: ignore[attr-defined]
    words = [Additions(embeddings={word: tmp_path / word for word in order}) for order in ("ab", "ba")]
    assert words[0].files == words[1].files


def test_a_lora_of_a_transformer(tmp_path: Path) -> None:
    folder = save_sd3(tmp_path / "sd3", t5=False)
    plain = plain_model(folder)
    name = "transformer_blocks.0.attn.to_q"
    tensors, change = peft({f"transformer.{name}": layer(plain.transformer, name)})
    file = write(tmp_path / "ink.safetensors", tensors)
    changed: Any = load_backbone(folder, CPU, torch.float32, Additions(loras={file: 0.5}))
    expected = layer(plain.transformer, name) + 0.5 * change[f"transformer.{name}"]
    torch.testing.assert_close(layer(changed.transformer, name), expected, rtol=1e-4, atol=1e-4)


def test_a_lora_changes_the_picture_by_its_weight(make_request: Make, tmp_path: Path, model: Path) -> None:
    file, _ = lora_files(tmp_path, model)["kohya"]
    engine = Engine()
    plain = make_request(captions=False)

    def latents(name: str, **additions: Any) -> Tensor:
        request = replace(plain, output=tmp_path / name, additions=Additions(**additions))
        result = generate(request, engine=engine)
        record = read_record(result.path)
        assert record.request.additions == request.additions
        return load_file(request.output / "phase-1.safetensors")["latents"]

    none = latents("none")
    at_zero, half, full = (latents(f"at {weight}", loras={file: weight}) for weight in (0.0, 0.5, 1.0))
    torch.testing.assert_close(at_zero, none, rtol=1e-4, atol=1e-4)
    assert 0.01 < float((half - none).abs().max()) < float((full - none).abs().max())


def test_the_digest_changes_only_with_additions(make_request: Make) -> None:
    plain = make_request()
    digests = {
        replace(plain, additions=additions).digest()
        for additions in (
            Additions(),
            Additions(loras={Path("a.safetensors"): 1.0}),
            Additions(loras={Path("a.safetensors"): 0.5}),
            Additions(embeddings={"cat": Path("a.safetensors")}),
            Additions(vae=Path("a.safetensors")),
        )
    }
    assert len(digests) == 5
    assert "additions" in plain.to_dict()
    old = {name: value for name, value in plain.to_dict().items() if name != "additions"}
    assert GenerationRequest.from_dict(old).digest() == plain.digest()
    request = replace(plain, additions=Additions(loras={Path("a"): 1.0}, embeddings={"b": Path("c")}, vae=Path("d")))
    assert GenerationRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request


@pytest.mark.parametrize(
    "values", [{"loras": {Path("a"): 11.0}}, {"loras": {Path("a"): "1"}}, {"embeddings": {"two words": Path("a")}}]
)
def test_values_out_of_range(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Additions(**values)


def embedding_file(path: Path, kind: str, vectors: Tensor) -> Path:
    names = {"SDXL": ("clip_l", "clip_g")}.get(kind, ("emb_params",))
    save_file({name: vectors.clone() for name in names}, path)
    return path


@torch.inference_mode()
def test_an_embedding_stands_for_its_word(tmp_path: Path, family: Path, model: Path) -> None:
    """With the vectors of words that the encoder knows, the new word means the same as those words."""
    kind = "SDXL" if family == model else "SD 1"
    plain = plain_model(family)
    ids = plain.tokenizers[0]("red circle", add_special_tokens=False).input_ids
    vectors = torch.stack([plain.text_encoders[0].get_input_embeddings().weight[place] for place in ids])
    if kind == "SDXL":
        other = plain.text_encoders[1].get_input_embeddings().weight[ids]
        save_file({"clip_l": vectors.clone(), "clip_g": other.clone()}, tmp_path / "word.safetensors")
    else:
        embedding_file(tmp_path / "word.safetensors", kind, vectors)
    taught = load_backbone(
        family, CPU, torch.float32, Additions(embeddings={"my-thing": tmp_path / "word.safetensors"})
    )
    ours = taught.encode_prompts(["a My-Thing, and more", "", "my-things"])
    theirs = plain.encode_prompts(["a red circle, and more", "", "my-things"])
    for one, two in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, two)
    assert taught.token_count("my-thing") == len(ids)
    counter = load_token_counter(family).with_embeddings({"my-thing": tmp_path / "word.safetensors"})
    for text in ("a My-Thing, and more", "my-things", "(my-thing:1.2) BREAK my-thing"):
        assert counter.count(text) == taught.token_count(text), "in the window, without torch"
    torch.testing.assert_close(taught.text_features(["my-thing"]), plain.text_features(["red circle"]))


def test_another_vae_in_every_layout(tmp_path: Path, model: Path) -> None:
    plain = plain_model(model)
    folder = tmp_path / "other/vae"
    plain.vae.save_pretrained(folder)
    changed = {name: value + 1 for name, value in part(folder).items()}
    save_file(changed, folder / "diffusion_pytorch_model.safetensors", {"format": "pt"})
    bare, whole = tmp_path / "bare.safetensors", tmp_path / "whole.safetensors"
    save_file({vae_name(name): value.clone() for name, value in changed.items()}, bare)
    save_file({f"first_stage_model.{vae_name(name)}": value.clone() for name, value in changed.items()}, whole)
    for path in (folder, folder.parent, folder / "diffusion_pytorch_model.safetensors", bare, whole):
        loaded: Any = load_backbone(model, CPU, torch.float32, Additions(vae=path))
        state = loaded.vae.state_dict()
        assert all(torch.equal(state[name], value) for name, value in changed.items())
        assert loaded.vae.config.scaling_factor == plain.vae.config.scaling_factor
        assert loaded.weights_hash != plain.weights_hash


def write(path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, path)
    return path


@pytest.mark.parametrize(
    ("sign", "kind"),
    [
        ("hada_w1_a", "LoHa"), ("lokr_w1", "LoKr"), ("oft_blocks", "OFT"), ("a1.weight", "GLoRA"), ("on_input", "IA3"),
        ("diff", "whole differences of layers"), ("diff_b", "whole differences of layers"),
    ],
)  # fmt: skip
def test_relatives_of_lora_are_told_apart(make_request: Make, tmp_path: Path, sign: str, kind: str) -> None:
    """Before anything is loaded."""
    file = write(tmp_path / "ink.safetensors", {f"lora_unet_down_blocks_0_attn2_to_k.{sign}": torch.ones(2, 2)})
    events: list[Event] = []
    with pytest.raises(ModelUnsupported, match=f"holds {kind}, a relative of LoRA that this program cannot add"):
        generate(make_request(additions=Additions(loras={file: 1.0})), events.append)
    assert events == []


def test_a_lora_under_two_paths_is_refused(make_request: Make, tmp_path: Path, model: Path) -> None:
    """Before anything is loaded."""
    file, _ = lora_files(tmp_path, model)["kohya"]
    link = tmp_path / "link.safetensors"
    link.symlink_to(file)
    events: list[Event] = []
    with pytest.raises(InvalidRequest, match=f"{link} is the same LoRA as {file}."):
        generate(make_request(additions=Additions(loras={file: 1.0, link: -1.0})), events.append)
    assert events == []


def test_files_for_another_family_are_refused(model: Path, sd1: Path, tmp_path: Path) -> None:
    wide = write(
        tmp_path / "wide.safetensors",
        {
            f"unet.{ATTENTION}.lora_A.weight": torch.ones(2, 99),
            f"unet.{ATTENTION}.lora_B.weight": torch.ones(16, 2),
        },
    )
    elsewhere = write(
        tmp_path / "elsewhere.safetensors",
        {
            "transformer.blocks.0.lora_A.weight": torch.ones(2, 9),
            "transformer.blocks.0.lora_B.weight": torch.ones(9, 2),
        },
    )
    for file in (wide, elsewhere):
        with pytest.raises(ModelUnsupported, match="another kind of model than SDXL"):
            load_backbone(model, CPU, torch.float32, Additions(loras={file: 1.0}))
    narrow = write(tmp_path / "narrow.safetensors", {"emb_params": torch.ones(1, 5)})
    with pytest.raises(ModelUnsupported, match="another kind of model than Stable Diffusion 1"):
        load_backbone(sd1, CPU, torch.float32, Additions(embeddings={"word": narrow}))
    with pytest.raises(ModelUnsupported, match="2 text encoders"):
        load_backbone(model, CPU, torch.float32, Additions(embeddings={"word": narrow}))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What diffusers writes to the terminal."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("diffusers")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


def test_a_lora_for_another_family_is_told_once(model: Path, tmp_path: Path, logged: list[str]) -> None:
    tensors, _ = peft({f"unet.{ATTENTION}": torch.ones(16, 99)})
    file = write(tmp_path / "wide.safetensors", tensors)
    with pytest.raises(ModelUnsupported):
        load_backbone(model, CPU, torch.float32, Additions(loras={file: 1.0}))
    assert logged == []


def test_memory_that_runs_out_while_a_lora_is_added_takes_a_rung(
    make_request: Make, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = lora_files(tmp_path, model)["kohya"]
    events: list[Event] = []
    add = StableDiffusionXLPipeline.load_lora_weights

    def add_when_there_is_room(*arguments: Any, **named: Any) -> None:
        if not any(isinstance(event, MemoryShort) for event in events):
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        add(*arguments, **named)

    monkeypatch.setattr(StableDiffusionXLPipeline, "load_lora_weights", add_when_there_is_room)
    request = make_request(captions=False, additions=Additions(loras={file: 1.0}))
    assert generate(request, events.append, Engine()).path.exists()
    assert [event.rung for event in events if isinstance(event, MemoryShort)] == ["caches"]


@pytest.mark.parametrize("role", ["lora", "embedding"])
def test_an_addition_that_torch_cannot_read_is_named_and_not_its_model(model: Path, tmp_path: Path, role: str) -> None:
    """Numbers of four bits, with which torch does nothing."""
    names = {"lora": [f"unet.{ATTENTION}.lora_{side}.weight" for side in "AB"], "embedding": ["clip_l", "clip_g"]}
    tensors = {name: torch.ones((2, 8), dtype=torch.uint8).view(torch.float4_e2m1fn_x2) for name in names[role]}
    file = write(tmp_path / "four.safetensors", tensors)
    additions = Additions(loras={file: 1.0}) if role == "lora" else Additions(embeddings={"word": file})
    with pytest.raises(ModelCorrupt, match=re.escape(f"The model in {file} cannot be loaded")):
        load_backbone(model, CPU, torch.float32, additions)
