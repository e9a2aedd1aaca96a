"""Models found in place: our own folders and those of other programs, whole and damaged."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hiprompt_core.addition_files import inspect_lora
from hiprompt_core.errors import Cancelled, ModelUnsupported
from hiprompt_core.library import Advanced, Entry, Known, find_models, own_models, places_in, usual_places
from hiprompt_core.model_files import demo_captioner, demo_model
from tests.core.guide_models import make_controlnet, make_union, save_network, save_upscaler, write
from tests.core.library.trees import LORA, SDXL, write_cached, write_json, write_weights
from tests.nobody import as_nobody


def found(folder: Path) -> dict[str, Entry]:
    return {entry.name: entry for entry in find_models(places_in(folder))}


def test_the_facts_of_a_single_file(tmp_path: Path) -> None:
    file = write_weights(tmp_path / "fox.safetensors", SDXL, marks={"modelspec.license": "CreativeML Open RAIL++-M"})
    (entry,) = find_models(places_in(tmp_path))
    assert (entry.path, entry.name, entry.role, entry.family) == (file, "fox", "model", "SDXL")
    assert (entry.size, entry.precision, entry.parameters) == (file.stat().st_size, "fp16", 720)
    assert (entry.licence, entry.owner, entry.usable, entry.sha256) == ("CreativeML Open RAIL++-M", "", True, None)


def test_folders_in_the_layouts_of_diffusers_and_transformers(tmp_path: Path) -> None:
    shutil.copytree(demo_model(), tmp_path / "a/b/sdxl")
    shutil.copytree(demo_captioner(), tmp_path / "eyes")
    (tmp_path / "eyes/README.md").write_text("---\nlicense: other\nlicense_name: my-own\ntags: [x]\n---\nHello")
    (tmp_path / ".hidden").mkdir()
    write_weights(tmp_path / ".hidden/part.safetensors", SDXL)
    entries = found(tmp_path)
    assert {name: (one.role, one.usable, one.licence) for name, one in entries.items()} == {
        "sdxl": ("model", True, ""),
        "eyes": ("captioner", True, "my-own"),
    }
    assert entries["sdxl"].size == sum(file.stat().st_size for file in demo_model().rglob("*") if file.is_file())


def test_a_model_card_speaks_of_the_file_that_is_alone_beside_it(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    write_weights(tmp_path / "fox.safetensors", SDXL)
    assert found(tmp_path)["fox"].licence == "mit"
    write_weights(tmp_path / "other.safetensors", SDXL)
    assert {entry.licence for entry in found(tmp_path).values()} == {""}


@pytest.mark.parametrize(("sign", "kind"), [("oft_blocks", "OFT"), ("oft_R.weight", "OFT"), ("on_input", "IA3")])
def test_relatives_of_lora_are_told_as_where_they_are_added(tmp_path: Path, sign: str, kind: str) -> None:
    file = write_weights(tmp_path / "ink.safetensors", {f"unet.down_blocks.0.attn2.to_k.{sign}": (2, 2)})
    with pytest.raises(ModelUnsupported, match=f"holds {kind}, a relative of LoRA") as refused:
        inspect_lora(file)
    entry = found(tmp_path)["ink"]
    assert (entry.role, entry.unusable) == ("LoRA", str(refused.value))


def test_a_file_whose_ending_is_written_in_capitals_is_listed_with_what_to_do(tmp_path: Path) -> None:
    file = write_weights(tmp_path / "fox.safetensors", SDXL).rename(tmp_path / "FOX.SAFETENSORS")
    (entry,) = found(tmp_path).values()
    assert (entry.path, entry.usable) == (file, False)
    assert entry.trouble.endswith("Rename it to .safetensors.")


def test_a_folder_of_a1111_or_forge(tmp_path: Path) -> None:
    write_weights(tmp_path / "models/Stable-diffusion/xl/fox.safetensors", SDXL)
    write_weights(tmp_path / "models/Lora/style.safetensors", LORA)
    write_weights(tmp_path / "embeddings/word.safetensors", {"emb_params": (1, 768)})
    write_weights(tmp_path / "outputs/no.safetensors", SDXL)
    for kind in ("ESRGAN", "SwinIR", "DAT", "HAT"):  # one folder for each kind of upscaler
        save_network(tmp_path / f"models/{kind}/{kind} 4x.safetensors", "Compact", num_feat=4, num_conv=0)
    entries = found(tmp_path)
    assert {name: one.role for name, one in entries.items()} == {
        "fox": "model", "style": "LoRA", "word": "embedding", "ESRGAN 4x": "upscaler", "SwinIR 4x": "upscaler",
        "DAT 4x": "upscaler", "HAT 4x": "upscaler",
    }  # fmt: skip
    assert {one.owner for one in entries.values()} == {"A1111 or Forge"}
    assert entries["fox"].usable
    assert entries["style"].usable


def test_comfyui_and_the_folders_that_it_is_told_of(tmp_path: Path) -> None:
    write_weights(tmp_path / "comfy/models/checkpoints/one.safetensors", SDXL)
    write_weights(tmp_path / "elsewhere/sd/two.safetensors", SDXL)
    write_weights(tmp_path / "elsewhere/sd2/three.safetensors", SDXL)
    write_weights(tmp_path / "absolute/four.safetensors", LORA)
    write_weights(tmp_path / "elsewhere/nodes/no.safetensors", LORA)
    (tmp_path / "comfy/extra_model_paths.yaml").write_text(
        "mine:\n  base_path: ../elsewhere\n  is_default: true\n  checkpoints: |\n    sd\n    sd2\n"
        f"  custom_nodes: nodes\n  vae: gone\nother:\n  loras: {tmp_path}/absolute\nempty:\n"
    )
    entries = found(tmp_path / "comfy")
    assert set(entries) == {"one", "two", "three", "four"}
    assert {one.owner for one in entries.values()} == {"ComfyUI"}
    assert set(found(tmp_path / "comfy/extra_model_paths.yaml")) == {"two", "three", "four"}
    (tmp_path / "comfy/extra_model_paths.yaml").write_text('mine:\n  loras: "D:\\models"\n')
    entries = found(tmp_path / "comfy")
    assert set(entries) == {"one", "extra_model_paths.yaml"}
    assert "unknown escape character" in entries["extra_model_paths.yaml"].trouble
    assert "cannot be read: No such file" in found(tmp_path / "other.yaml")["other.yaml"].trouble


@pytest.mark.parametrize("with_database", [True, False])
def test_invokeai_by_the_names_of_its_database(tmp_path: Path, with_database: bool) -> None:
    write_weights(tmp_path / "models/3f1c/weights.safetensors", SDXL)
    away = write_weights(tmp_path / "away/own.safetensors", LORA)
    (tmp_path / "databases").mkdir()
    (tmp_path / "invokeai.yaml").write_text("schema_version: 4.0.2\nmodels_dir: kept\n" if with_database else "")
    if with_database:
        (tmp_path / "models").rename(tmp_path / "kept")
        with closing(sqlite3.connect(tmp_path / "databases/invokeai.db")) as connection:
            connection.execute("CREATE TABLE models (id TEXT, path TEXT, name TEXT)")
            rows = [("1", "3f1c/weights.safetensors", "A fox"), ("2", str(away), "In place"), ("3", "gone", "Gone")]
            connection.executemany("INSERT INTO models VALUES (?, ?, ?)", rows)
            connection.commit()
    entries = found(tmp_path)
    assert set(entries) == ({"A fox", "In place"} if with_database else {"weights"})
    assert {one.owner for one in entries.values()} == {"InvokeAI"}


def test_the_hugging_face_cache_by_names_of_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = demo_captioner()
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    write_cached(tmp_path / "hub", "maker/eyes", {"aa": files | {"README.md": b"---\nlicense: mit\n---\n"}})
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (entry,) = find_models(usual_places())
    assert (entry.name, entry.owner, entry.role, entry.licence) == ("maker/eyes", "Hugging Face", "captioner", "mit")
    assert entry.usable
    assert [one.name for one in find_models(places_in(tmp_path))] == ["maker/eyes"]
    own_models().mkdir(parents=True)
    write_weights(own_models() / "someone/fox.safetensors", SDXL)
    assert {one.name: one.owner for one in find_models(usual_places())}["fox"] == "HiPrompt"


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_a_name_that_is_no_text_hides_nothing(tmp_path: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/f\xf6x.safetensors"))
    write_weights(tmp_path / "fox.safetensors", SDXL).rename(strange)
    write_weights(tmp_path / "owl.safetensors", SDXL)
    for _ in range(2):  # the second time from what is known
        entries = find_models(places_in(tmp_path), Known(tmp_path / "cache"))
        assert [entry.path.stem.encode(errors="replace") for entry in entries] == [b"f?x", b"owl"]


def test_a_known_model_whose_folder_was_closed(tmp_path: Path) -> None:
    write_weights(tmp_path / "closed/fox.safetensors", SDXL)
    known = Known(tmp_path / "cache")
    find_models(places_in(tmp_path / "closed"), known)
    (tmp_path / "closed").chmod(0)
    try:
        with as_nobody():
            (entry,) = find_models(places_in(tmp_path / "closed"), known)
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert "cannot be read" in entry.trouble


def test_links_in_circles_are_followed_once(tmp_path: Path) -> None:
    write_weights(tmp_path / "a/fox.safetensors", SDXL)
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert [entry.name for entry in find_models(places_in(tmp_path))] == ["fox"]


def test_what_is_known_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_weights(tmp_path / "models/fox.safetensors", SDXL)
    shutil.copytree(demo_captioner(), tmp_path / "models/eyes")
    first = find_models(places_in(tmp_path / "models"), Known(tmp_path / "cache"))
    before = file.stat()
    with file.open("r+b") as stream:
        stream.write(b"\xff")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert find_models(places_in(tmp_path / "models"), Known(tmp_path / "cache")) == first
    os.utime(file, ns=(0, 0))
    changed = {one.name: one for one in find_models(places_in(tmp_path / "models"), Known(tmp_path / "cache"))}
    assert changed["fox"].trouble
    for content in ("{", "[]", '{"schema_version": 1, "entries": {"x": 3}}', '{"schema_version": 99}'):
        (tmp_path / "cache/models.json").write_text(content)
        assert len(find_models(places_in(tmp_path / "models"), Known(tmp_path / "cache"))) == 2


def test_a_search_is_told_and_can_be_cancelled(tmp_path: Path) -> None:
    for number in range(3):
        write_weights(tmp_path / f"{number}.safetensors", LORA)
    told: list[Advanced] = []

    def cancel(advanced: Advanced) -> None:
        told.append(advanced)
        if len(told) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_models(places_in(tmp_path), on_advance=cancel)
    assert len(told) == 2


# What else can be wrong with a model, and what a user reads about it; damaged files are in ``test_bad_files``.


def wrong_architecture(folder: Path) -> None:
    write_weights(folder / "x.safetensors", {"double_blocks.0.img_attn.qkv.weight": (3, 1)})


def upscaler_of_another_kind(folder: Path) -> None:
    write_weights(folder / "x.safetensors", {"layers.0.blocks.0.attn.window_attn.attn_transform.logit_scale": (4,)})


def controlnet_without_its_guide(folder: Path) -> None:
    write_weights(folder / "x.safetensors", {"control_model.zero_convs.0.0.weight": (1,)})


def unknown_architecture(folder: Path) -> None:
    write_weights(folder / "x.safetensors", {"fc1.weight": (3, 3), "fc2.weight": (3, 3)})


def part_left_out(folder: Path) -> None:
    write_weights(folder / "x.safetensors", {name: shape for name, shape in SDXL.items() if "first_stage" not in name})


def link_to_itself(folder: Path) -> None:
    (folder / "x").symlink_to(folder / "x")


def link_to_nothing(folder: Path) -> None:
    (folder / "x.safetensors").symlink_to(folder / "gone.safetensors")


def folder_without_a_part(folder: Path) -> None:
    shutil.copytree(demo_model(), folder / "x")
    shutil.rmtree(folder / "x/vae")


def folder_without_a_shard(folder: Path) -> None:
    shutil.copytree(demo_captioner(), folder / "x")
    write_json(folder / "x/model.safetensors.index.json", {"weight_map": {"a": "model-00002-of-00002.safetensors"}})


def folder_with_pickles(folder: Path) -> None:
    shutil.copytree(demo_captioner(), folder / "x")
    (folder / "x/model.safetensors").rename(folder / "x/pytorch_model.bin")


def folder_with_a_broken_config(folder: Path) -> None:
    shutil.copytree(demo_captioner(), folder / "x")
    (folder / "x/config.json").write_text("{")


def folder_with_code(folder: Path) -> None:
    shutil.copytree(demo_captioner(), folder / "x")
    config = json.loads((folder / "x/config.json").read_text())
    write_json(folder / "x/config.json", config | {"auto_map": {"AutoModel": "modeling.Own"}})


BAD: list[tuple[Callable[[Path], None], str]] = [
    (wrong_architecture, "does not use files of this kind (FLUX diffusion network)."),
    (upscaler_of_another_kind, "holds a model of a kind that this program does not know."),
    (controlnet_without_its_guide, "holds no ControlNet that can be read."),
    (unknown_architecture, "holds a model of a kind that this program does not know."),
    (part_left_out, "holds no VAE, which a whole SDXL model has. Get the file with all parts in it"),
    (link_to_itself, "is a link that leads back to itself. Delete it."),
    (link_to_nothing, "gone.safetensors, which is gone. Delete or mend it."),
    (folder_without_a_part, "has no folder 'vae'. Copy or download the model again."),
    (folder_without_a_shard, "model-00002-of-00002.safetensors is missing."),
    (folder_with_pickles, "are pickled, which can run code when they are read."),
    (folder_with_a_broken_config, "config.json is not valid JSON."),
    (folder_with_code, "runs code of its own."),
]


def test_what_serves_the_guide_is_usable(tmp_path: Path, backbone: Any) -> None:
    made = make_controlnet(backbone.unet)
    made.save_pretrained(tmp_path / "tile")
    write(tmp_path / "one.safetensors", made)
    make_union(backbone.unet).save_pretrained(tmp_path / "union")
    save_upscaler(tmp_path / "swin")
    save_network(tmp_path / "4x.safetensors", "ESRGAN", num_filters=4, num_blocks=2, scale=4)
    save_network(tmp_path / "2x.safetensors", "SPAN", num_in_ch=3, num_out_ch=3, feature_channels=4, upscale=2)
    entries = {entry.name: entry for entry in find_models(places_in(tmp_path))}
    assert {name: entry.role for name, entry in entries.items()} == {
        "tile": "ControlNet", "one": "ControlNet", "union": "ControlNet", "swin": "upscaler",
        "4x": "upscaler", "2x": "upscaler",
    }  # fmt: skip
    assert all(entry.usable for entry in entries.values())
    assert [entries[name].family for name in ("swin", "4x", "2x")] == ["Swin2SR", "ESRGAN", "SPAN"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
@pytest.mark.parametrize(("make", "words"), BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_bad_files_are_told_in_a_sentence(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    make(tmp_path)
    (entry,) = find_models(places_in(tmp_path))
    assert not entry.usable
    assert words in entry.trouble + entry.unusable
    assert str(tmp_path) in entry.trouble + entry.unusable or make is wrong_architecture


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
@pytest.mark.parametrize("target", ["closed", "closed.safetensors"])
def test_what_may_not_be_read_is_told(target: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        write_weights(folder / "fox.safetensors", SDXL).chmod(0o644)
        closed = folder / target
        if closed.suffix:
            write_weights(closed, SDXL)
        else:
            closed.mkdir()
        closed.chmod(0)
        with as_nobody():
            entries = found(folder)
        closed.chmod(0o700)
    assert entries.keys() == {"fox", "closed"}
    assert entries["fox"].usable
    assert "cannot be read (Permission denied). Check" in entries["closed"].trouble
