"""Model folders, whole and damaged in every way that downloads and disks know."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from hiprompt_core.errors import HiPromptError, ModelCorrupt, ModelNotFound, ModelUnsupported, UnsafeModel
from hiprompt_core.layouts import SDXL
from hiprompt_core.model_files import (
    demo_captioner,
    demo_model,
    inspect_captioner,
    inspect_model,
    read_header,
    weight_files,
)

UNET = "unet/diffusion_pytorch_model.safetensors"


def write_json(path: Path, values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def write_weights(path: Path, count: int = 10) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"weight": np.zeros(count, np.float16), "bias": np.zeros((2, 3), np.float32)}, path)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like SDXL from outside."""
    folder = tmp_path / "model"
    write_json(folder / "model_index.json", {"_class_name": "StableDiffusionXLPipeline"})
    for part in (*SDXL.classes, *SDXL.tokenizers, "scheduler"):
        (folder / part).mkdir()
    for part in SDXL.classes:
        write_weights(folder / part / "diffusion_pytorch_model.safetensors")
    write_json(folder / "unet/config.json", {"sample_size": 128, "block_out_channels": [320, 640, 1280]})
    write_json(folder / "vae/config.json", {"block_out_channels": [128, 256, 512, 512]})
    write_json(folder / "scheduler/scheduler_config.json", {"prediction_type": "v_prediction"})
    for part in ("text_encoder", "text_encoder_2"):
        write_json(folder / part / "config.json", {})
    for part in SDXL.tokenizers:
        write_json(folder / part / "tokenizer_config.json", {})
        write_json(folder / part / "vocab.json", {})
        (folder / part / "merges.txt").write_text("#version: 0.2\n")
    return folder


@pytest.fixture
def captioner(tmp_path: Path) -> Path:
    folder = tmp_path / "captioner"
    write_json(folder / "config.json", {"model_type": "llava"})
    write_weights(folder / "model.safetensors")
    write_json(folder / "tokenizer.json", {})
    write_json(folder / "preprocessor_config.json", {})
    return folder


def test_the_facts_of_a_model(model: Path) -> None:
    facts = inspect_model(model)
    assert (facts.name, facts.native_size, facts.vae_scale_factor, facts.size_multiple) == ("model", 1024, 8, 32)
    assert (facts.prediction_type, facts.parameters, facts.variant) == ("v_prediction", 4 * 16, None)
    assert (facts.unet_width, facts.vae_width, facts.default_tile_size) == (320, 128, 1024)


def test_the_prediction_type_may_be_left_out(model: Path) -> None:
    write_json(model / "scheduler/scheduler_config.json", {})
    assert inspect_model(model).prediction_type == "epsilon"


def test_the_facts_of_a_captioner(captioner: Path) -> None:
    assert inspect_captioner(captioner).parameters == 16


@pytest.mark.parametrize(
    "names",
    [
        ["tokenizer.json"], ["vocab.json", "merges.txt"], ["tokenizer.model"], ["tokenizer.model.v3"], ["spiece.model"],
        ["sentencepiece.bpe.model"], ["vocab.txt"], ["tekken.json"], ["qwen.tiktoken"], ["merges.txt", "vocab.txt"],
    ],
)  # fmt: skip
def test_a_captioner_keeps_its_words_in_one_of_many_ways(captioner: Path, names: list[str]) -> None:
    (captioner / "tokenizer.json").unlink()
    for name in names:
        (captioner / name).write_text("words")
    assert inspect_captioner(captioner)


def test_a_captioner_tells_how_it_sees_in_one_of_two_files(captioner: Path) -> None:
    whole = captioner / "processor_config.json"
    (captioner / "preprocessor_config.json").rename(whole)
    with pytest.raises(ModelNotFound, match=r"/preprocessor_config.json is missing"):
        inspect_captioner(captioner)
    write_json(whole, {"image_processor": {}})
    assert inspect_captioner(captioner)
    whole.unlink()
    with pytest.raises(ModelNotFound, match="has no preprocessor_config"):
        inspect_captioner(captioner)


def test_the_models_that_come_along_are_whole() -> None:
    model, captioner = inspect_model(demo_model()), inspect_captioner(demo_captioner())
    assert model.native_size in (128, 256)
    assert captioner.parameters > 0


def test_half_precision_files_are_taken_when_they_are_all_there_is(model: Path) -> None:
    for part in SDXL.classes:
        weights = model / part / "diffusion_pytorch_model.safetensors"
        weights.rename(weights.with_name("diffusion_pytorch_model.fp16.safetensors"))
    assert inspect_model(model).variant == "fp16"
    write_weights(model / UNET, 20)
    assert inspect_model(model).variant is None
    assert weight_files(model / "unet") == [model / UNET]


def test_shards_are_counted_together(model: Path) -> None:
    (model / UNET).unlink()
    names = ["shard-1.safetensors", "shard-2.safetensors"]
    for name in names:
        write_weights(model / "unet" / name)
    index = {"weight_map": {"a": names[0], "b": names[1]}}
    write_json(model / "unet/diffusion_pytorch_model.safetensors.index.json", index)
    assert inspect_model(model).parameters == 5 * 16
    (model / "unet" / names[1]).unlink()
    with pytest.raises(ModelNotFound, match="shard-2"):
        inspect_model(model)


@pytest.mark.parametrize(
    "index",
    ["{", "[]", "", '{"weight_map": 3}', '{"weight_map": null}'],
)
def test_a_damaged_index_is_an_error_in_words(model: Path, index: str) -> None:
    (model / "unet/diffusion_pytorch_model.safetensors.index.json").write_text(index)
    with pytest.raises(ModelCorrupt):
        inspect_model(model)


@pytest.mark.parametrize(
    "missing",
    [
        "model_index.json",
        *SDXL.classes,
        *SDXL.tokenizers,
        "scheduler",
        "unet/config.json",
        "vae/config.json",
        "scheduler/scheduler_config.json",
        UNET,
    ],
)
def test_a_missing_part_is_named(model: Path, missing: str) -> None:
    path = model / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ModelNotFound, match=Path(missing).stem.split("_pytorch")[0] if missing != UNET else "unet"):
        inspect_model(model)


def test_no_folder_at_all(tmp_path: Path) -> None:
    for inspect in (inspect_model, inspect_captioner):
        with pytest.raises(ModelNotFound, match="nowhere"):
            inspect(tmp_path / "nowhere")


@pytest.mark.parametrize("config", ["", "{", "[]", "\xff", '{"sample_size": 128}', '{"block_out_channels": 3}'])
@pytest.mark.parametrize("part", ["unet", "vae"])
def test_a_damaged_config_is_an_error_in_words(model: Path, part: str, config: str) -> None:
    (model / part / "config.json").write_text(config, encoding="latin-1")
    with pytest.raises(ModelCorrupt):
        inspect_model(model)


@pytest.mark.parametrize("kind", ["StableCascadePipeline", "FluxPipeline", None])
def test_another_kind_of_model_is_refused(model: Path, kind: str | None) -> None:
    write_json(model / "model_index.json", {"_class_name": kind} if kind else {})
    with pytest.raises(ModelUnsupported, match=kind or "unknown kind"):
        inspect_model(model)


@pytest.mark.parametrize("ending", [".bin", ".pt", ".ckpt"])
def test_pickled_weights_are_refused(model: Path, captioner: Path, ending: str) -> None:
    for weights, inspect, folder in (
        (model / UNET, inspect_model, model),
        (captioner / "model.safetensors", inspect_captioner, captioner),
    ):
        weights.unlink()
        weights.with_suffix(ending).write_bytes(pickle.dumps({"weight": 1}))
        with pytest.raises(UnsafeModel):
            inspect(folder)


def test_an_unfinished_download_is_named(model: Path) -> None:
    (model / UNET).rename(model / "unet/weights.safetensors.part")
    with pytest.raises(ModelCorrupt, match=r"weights\.safetensors\.part"):
        inspect_model(model)


def test_a_captioner_with_code_of_its_own_is_refused(captioner: Path) -> None:
    write_json(captioner / "config.json", {"auto_map": {"AutoModel": "code.Model"}})
    with pytest.raises(ModelUnsupported, match="code of its own"):
        inspect_captioner(captioner)


def test_the_header_names_the_tensors(model: Path) -> None:
    assert set(read_header(model / UNET)) == {"weight", "bias"}


def test_every_error_says_what_to_do(model: Path) -> None:
    (model / UNET).write_bytes(b"")
    with pytest.raises(HiPromptError) as caught:
        inspect_model(model)
    assert caught.value.remedy


@pytest.mark.parametrize("settled", [True, False])
def test_a_header_is_read_again_when_the_file_changes(
    model: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """A file that was just written may change without showing another time."""
    if settled:
        monkeypatch.setattr("hiprompt_core.weight_header.SETTLED", -(10**18))
    file = model / UNET
    size = file.stat().st_size
    assert read_header(file)["weight"]["dtype"] == "F16"
    assert (read_header(file) is read_header(file)) is settled
    save_file({"weight": np.zeros(10, np.int16), "bias": np.zeros((2, 3), np.float32)}, file)
    assert file.stat().st_size == size
    if settled:
        os.utime(file, (1, 1))
    assert read_header(file)["weight"]["dtype"] == "I16"
