"""Tokenizers that are not those of their models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from hiprompt_core.errors import ModelCorrupt, ModelNotFound
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.models import load_backbone, load_captioner
from tests.core.family_models import SD1, save_sd3, save_stable_diffusion
from tests.core.tiny_captioners import KINDS, save_captioner

CPU = torch.device("cpu")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Its words lie in two files, as those of published models do."""
    return save_stable_diffusion(tmp_path / "sd1", SD1)


def change(file: Path, **values: object) -> None:
    """Change a JSON file; what becomes none is left out."""
    held = {**json.loads(file.read_text()), **values}
    file.write_text(json.dumps({name: value for name, value in held.items() if value is not None}))


@pytest.mark.parametrize("length", [None, 10**30, 1e30, 512, 2, 0, -3])
def test_a_length_that_no_encoder_reads_becomes_the_encoders(model: Path, length: float | None) -> None:
    change(model / "tokenizer/tokenizer_config.json", model_max_length=length)
    backbone: Any = load_backbone(model, CPU, torch.float32)
    assert backbone.token_limit == 75
    assert torch.isfinite(backbone.encode_prompts(["a fox " * 100])[0]).all()


def test_a_shorter_length_is_kept(model: Path) -> None:
    change(model / "tokenizer/tokenizer_config.json", model_max_length=40)
    assert load_backbone(model, CPU, torch.float32).token_limit == 38


def test_a_length_that_is_no_number_is_told_or_mended(model: Path) -> None:
    change(model / "tokenizer/tokenizer_config.json", model_max_length="many")
    assert load_backbone(model, CPU, torch.float32).token_limit == 75


@pytest.mark.parametrize("content", ["{}", "[]", '{"i": 0, "'])
@pytest.mark.parametrize("file", ["vocab.json", "merges.txt"])
def test_words_that_cannot_be_read(model: Path, file: str, content: str) -> None:
    """The library raises a plain Exception for them."""
    (model / "tokenizer" / file).write_text(content)
    with pytest.raises(ModelCorrupt, match=f"The model in {model}/tokenizer cannot be loaded: "):
        load_backbone(model, CPU, torch.float32)


def test_next_to_no_words_are_told(model: Path) -> None:
    """Files that are whole and hold nothing."""
    (model / "tokenizer/vocab.json").write_text('{"<|startoftext|>": 0, "<|endoftext|>": 1}')
    (model / "tokenizer/merges.txt").write_text("#version: 0.2")
    with pytest.raises(ModelCorrupt, match=f"The tokenizer in {model}/tokenizer knows 2 words of 49408"):
        load_backbone(model, CPU, torch.float32)


def test_an_encoder_that_is_left_out_needs_no_tokenizer(tmp_path: Path) -> None:
    folder = save_sd3(tmp_path / "sd3", t5=True)
    shutil.rmtree(folder / "text_encoder_3")
    backbone: Any = load_backbone(folder, CPU, torch.float32)
    assert backbone.encode_prompts(["a red circle"])[0].isfinite().all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"qwen2_5_vl", "instructblip"}])
def test_a_captioner_without_its_tokenizers_config(tmp_path: Path, kind: str) -> None:
    """Qwen's tokenizer knows its marks by itself."""
    folder = save_captioner(kind, tmp_path / kind)
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises(ModelNotFound, match=f"{folder}/tokenizer_config.json is missing"):
        load_captioner(folder, CPU, torch.float32)


def test_old_repositories_keep_the_marks_in_another_file(tmp_path: Path) -> None:
    folder = save_captioner("llava", tmp_path / "llava")
    (folder / "tokenizer_config.json").rename(folder / "special_tokens_map.json")
    assert load_captioner(folder, CPU, torch.float32).processor.tokenizer.pad_token == "<pad>"


def test_a_batch_is_padded_with_the_end_when_nothing_else_pads(tmp_path: Path) -> None:
    folder = save_captioner("llava", tmp_path / "llava")
    images = [Image.new("RGB", (28, 28), colour) for colour in ("red", "blue")]
    said = load_captioner(folder, CPU, torch.float32).describe(images, "What is here?", lambda: None)
    change(folder / "tokenizer_config.json", pad_token=None)
    assert load_captioner(folder, CPU, torch.float32).describe(images, "What is here?", lambda: None) == said
    change(folder / "tokenizer_config.json", eos_token=None)
    with pytest.raises(ModelCorrupt, match="has no token that ends or pads a text"):
        load_captioner(folder, CPU, torch.float32)


def test_a_captioner_that_knows_next_to_no_words(tmp_path: Path) -> None:
    folder = shutil.copytree(demo_captioner(), tmp_path / "captioner")
    file = folder / "tokenizer.json"
    words = json.loads(file.read_text())
    marks = {mark["content"]: mark["id"] for mark in words["added_tokens"]}
    words["model"] |= {"vocab": marks, "merges": []}
    file.write_text(json.dumps(words))
    with pytest.raises(ModelCorrupt, match=r"knows \d+ words of \d+"):
        load_captioner(folder, CPU, torch.float32)
