"""Files that disks, downloads, other programs and other people spoil: one sentence for each, wherever they are used."""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from hiprompt_core import Additions
from hiprompt_core.controlnet import load_controlnet
from hiprompt_core.errors import ModelCorrupt, ModelError, ModelNotFound, ModelUnsupported, UnsafeModel
from hiprompt_core.library import find_models, places_in, verify
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.models import load_backbone, load_captioner
from hiprompt_core.upscaler import load_upscaler
from tests.core.conftest import SCHEDULERS, save_model
from tests.core.family_models import SD1, save_stable_diffusion
from tests.core.guide_models import make_controlnet, save_network, save_upscaler, write
from tests.core.single_files import part, vae_name, write_single_file
from tests.nobody import as_nobody

CPU = torch.device("cpu")
LAYER = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"


@dataclass(frozen=True, kw_only=True)
class Room:
    """Whole models of every role in a folder that everybody may read."""

    folder: Path
    backbone: Any

    def load(self, role: str, path: Path) -> object:
        match role:
            case "captioner":
                return load_captioner(path, CPU, torch.float32)
            case "upscaler" | "upscaler in a file":
                return load_upscaler(path, CPU)
            case "ControlNet" | "ControlNet in a file":
                return load_controlnet(path, self.backbone)
            case "model" | "model in a file":
                return load_backbone(path, CPU, torch.float32)
        additions = {
            "LoRA": Additions(loras={path: 1.0}),
            "embedding": Additions(embeddings={"word": path}),
            "VAE": Additions(vae=path),
            "VAE in a file": Additions(vae=path),
        }[role]
        return load_backbone(self.folder / "model", CPU, torch.float32, additions)


ROLES = {  # by role: name, and the file of weights in a folder
    "model": ("model", "unet/diffusion_pytorch_model.safetensors"),
    "model in a file": ("single.safetensors", ""),
    "captioner": ("captioner", "model.safetensors"),
    "LoRA": ("lora.safetensors", ""),
    "embedding": ("embedding.safetensors", ""),
    "VAE": ("vae", "diffusion_pytorch_model.safetensors"),
    "VAE in a file": ("vae.safetensors", ""),
    "ControlNet": ("controlnet", "diffusion_pytorch_model.safetensors"),
    "ControlNet in a file": ("controlnet.safetensors", ""),
    "upscaler": ("upscaler", "model.safetensors"),
    "upscaler in a file": ("4x.safetensors", ""),
}


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    state = torch.get_rng_state()
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        folder.chmod(0o755)
        model = save_model(folder / "model", SCHEDULERS["epsilon"])
        sd1 = save_stable_diffusion(folder / "sd1", SD1)
        patch.setattr("hiprompt_core.model_files.configs_of", lambda checkpoint: sd1)
        write_single_file(sd1, folder / "single.safetensors", layers=1, kind="SD 1")
        shutil.copytree(demo_captioner(), folder / "captioner")
        shutil.copytree(model / "vae", folder / "vae")
        vae = {vae_name(name): value.clone() for name, value in part(model / "vae").items()}
        save_file(vae, folder / "vae.safetensors")
        backbone: Any = load_backbone(model, CPU, torch.float32)
        high, wide = backbone.unet.get_submodule(LAYER).weight.shape
        lora = {"lora_A": torch.ones(2, wide), "lora_B": torch.ones(high, 2)}
        save_file({f"unet.{LAYER}.{name}.weight": value for name, value in lora.items()}, folder / "lora.safetensors")
        save_file({"clip_l": torch.ones(1, 8), "clip_g": torch.ones(1, 8)}, folder / "embedding.safetensors")
        controlnet = make_controlnet(backbone.unet)
        controlnet.save_pretrained(folder / "controlnet")
        write(folder / "controlnet.safetensors", controlnet)
        save_upscaler(folder / "upscaler")
        save_network(folder / "4x.safetensors", "ESRGAN", num_filters=4, num_blocks=1)
        torch.set_rng_state(state)
        for path in folder.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield Room(folder=folder, backbone=backbone)


@pytest.mark.parametrize("role", ROLES)
def test_whole_files_are_loaded(room: Room, role: str) -> None:
    assert room.load(role, room.folder / ROLES[role][0])


@pytest.mark.parametrize("kind", [torch.float8_e4m3fn, torch.float8_e5m2], ids=str)
@pytest.mark.parametrize("role", ROLES)
def test_weights_of_eight_bits_are_loaded(room: Room, place: Path, role: str, kind: torch.dtype) -> None:
    path, weights = copy(room, role, place)
    rewrite(weights, lambda tensors: {name: value.to(kind) for name, value in tensors.items()})
    assert room.load(role, path)
    assert described(place) == ""


# What spoils a file of weights.


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def cut_in_the_header(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def pickled(file: Path) -> None:
    file.write_bytes(b"\x80\x02}q\x00." + bytes(100))


def zipped_pickles(file: Path) -> None:
    file.write_bytes(b"PK\x03\x04" + bytes(100))


def a_web_page(file: Path) -> None:
    file.write_text("<html>Please log in and try again.</html>")


def claims_more_than_the_file(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(struct.pack("<Q", 2 * len(content)) + content[8:])


def claims_more_than_any_memory(file: Path) -> None:
    file.write_bytes(struct.pack("<Q", 2**62) + b"{}")


def raw(file: Path, header: bytes, body: bytes = b"") -> None:
    file.write_bytes(struct.pack("<Q", len(header)) + header + body)


def garbage(file: Path) -> None:
    raw(file, b'{"a": [}' * 4)


def nested_without_end(file: Path) -> None:
    raw(file, b'{"a":' * 50_000 + b"1" + b"}" * 50_000)


def change_header(file: Path, change: Callable[[dict[str, Any], list[str]], object]) -> None:
    content = file.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + size])
    change(header, [name for name in header if name != "__metadata__"])
    raw(file, json.dumps(header).encode(), content[8 + size :])


def overlapping(file: Path) -> None:
    def change(header: dict[str, Any], names: list[str]) -> None:
        header["more"] = header[names[0]]

    change_header(file, change)


def a_gap(file: Path) -> None:
    def change(header: dict[str, Any], names: list[str]) -> None:
        del header[min(names, key=lambda name: header[name]["data_offsets"])]

    change_header(file, change)


def backwards(file: Path) -> None:
    change_header(file, lambda header, names: header[names[0]]["data_offsets"].reverse())


def twice_the_same_name(file: Path) -> None:
    content = file.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + size].rstrip()
    name, entry = next(item for item in json.loads(header).items() if item[0] != "__metadata__")
    raw(file, header[:-1] + b", " + json.dumps({name: entry}).encode()[1:], content[8 + size :])


def another_shape(file: Path) -> None:
    change_header(file, lambda header, names: header[names[0]]["shape"].append(3))


def a_shape_of_letters(file: Path) -> None:
    change_header(file, lambda header, names: header[names[0]].update(shape="ab"))


def a_type_of_the_future(file: Path) -> None:
    change_header(file, lambda header, names: header[names[0]].update(dtype="Q7"))


def marks_that_are_no_texts(file: Path) -> None:
    change_header(file, lambda header, names: header.update(__metadata__={"format": 3}))


def something_behind_it(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\0")


def rewrite(file: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    save_file(change(load_file(file)), file, {"format": "pt"})


def no_numbers(file: Path) -> None:
    def change(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        last = max(tensors)
        return tensors | {last: torch.full_like(tensors[last], torch.nan)}

    rewrite(file, change)


def quantised(file: Path) -> None:
    rewrite(file, lambda tensors: {name: value.to(torch.int8) for name, value in tensors.items()})


def another_architecture(file: Path) -> None:
    rewrite(file, lambda tensors: {"fc1.weight": torch.ones(3, 3), "fc2.weight": torch.ones(3, 3)})


def a_part_left_out(file: Path) -> None:
    rewrite(file, lambda tensors: {name: value for name, value in tensors.items() if name != max(tensors)})


def gone(file: Path) -> None:
    file.unlink()


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_link_to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


def a_link_to_nothing(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("away.safetensors"))


def without_permission(file: Path) -> None:
    file.chmod(0)


DAMAGED = "has a damaged header. Copy or download it again."
UNREADABLE = "cannot be read (Permission denied). Check its permissions."
BAD: dict[Callable[[Path], None], tuple[type[ModelError], str]] = {
    truncated: (ModelCorrupt, "it was not copied whole. Copy or download it again."),
    something_behind_it: (ModelCorrupt, "it was not copied whole."),
    cut_in_the_header: (ModelCorrupt, "is cut short or is no safetensors file (40 bytes)."),
    empty: (ModelCorrupt, "is cut short or is no safetensors file (0 bytes). Copy or download it again."),
    pickled: (UnsafeModel, "is pickled whatever its name says, and can run code when it is read. Convert it"),
    zipped_pickles: (UnsafeModel, "is pickled whatever its name says, and can run code"),
    a_web_page: (ModelCorrupt, "is cut short or is no safetensors file"),
    claims_more_than_the_file: (ModelCorrupt, "is cut short or is no safetensors file"),
    claims_more_than_any_memory: (ModelCorrupt, "is cut short or is no safetensors file (10 bytes)."),
    garbage: (ModelCorrupt, DAMAGED),
    nested_without_end: (ModelCorrupt, DAMAGED),
    overlapping: (ModelCorrupt, DAMAGED),
    a_gap: (ModelCorrupt, DAMAGED),
    backwards: (ModelCorrupt, DAMAGED),
    twice_the_same_name: (ModelCorrupt, DAMAGED),
    another_shape: (ModelCorrupt, DAMAGED),
    a_shape_of_letters: (ModelCorrupt, DAMAGED),
    a_type_of_the_future: (ModelCorrupt, DAMAGED),
    marks_that_are_no_texts: (ModelCorrupt, DAMAGED),
    quantised: (ModelUnsupported, "holds whole numbers (I8) in place of weights: another program has quantised it."),
    no_numbers: (ModelCorrupt, "are not all numbers. Copy or download it again."),
    gone: (ModelNotFound, "There is nothing at"),
    a_folder: (ModelCorrupt, "is a folder where a file of weights should be."),
    a_pipe: (ModelCorrupt, "is no file that can be read."),
    a_link_to_itself: (ModelCorrupt, "is a link that leads back to itself. Delete it."),
    a_link_to_nothing: (ModelCorrupt, "away.safetensors, which is gone. Delete or mend it."),
    without_permission: (ModelCorrupt, UNREADABLE),
    another_architecture: (ModelCorrupt, " lack "),
    a_part_left_out: (ModelCorrupt, " lack "),
}
NONE_OF_THEM = {
    "model in a file": "holds a model of unknown kind. Choose a checkpoint of one of these kinds",
    "LoRA": "holds no LoRA that can be read. Choose a LoRA in kohya's or peft's format.",
    "embedding": "holds no embedding for 2 text encoders.",
    "VAE in a file": "is no VAE for a SDXL model. Choose one made for this model's family.",
    "ControlNet": "holds no ControlNet that can be read. Choose a ControlNet for tiles.",
    "ControlNet in a file": "holds no ControlNet that can be read. Choose a ControlNet for tiles.",
    "upscaler in a file": "holds no upscaler that this program can run. Choose an upscaler as .safetensors",
}
NO_WEIGHTS = "holds no safetensors weights. Copy or download the model again."
SPECIAL: dict[tuple[str, Callable[[Path], None]], tuple[type[ModelError], str]] = {
    **{(role, another_architecture): (ModelUnsupported, text) for role, text in NONE_OF_THEM.items()},
    **{(role, gone): (ModelNotFound, NO_WEIGHTS) for role in ("model", "captioner", "VAE", "ControlNet", "upscaler")},
    **{(role, a_folder): (ModelNotFound, text) for role, text in (
        ("model in a file", "has no model_index.json."), ("VAE in a file", "holds no VAE."),
        ("ControlNet in a file", "config.json is missing."), ("upscaler in a file", "config.json is missing."))},
    ("LoRA", a_part_left_out): (ModelUnsupported, "is a LoRA for another kind of model than SDXL."),
    ("embedding", a_part_left_out): (ModelUnsupported, "holds no embedding for 2 text encoders."),
    ("ControlNet in a file", a_part_left_out): (ModelUnsupported, "is a ControlNet for another kind of model than"),
}  # fmt: skip
SEEN_WHEN_LOADED = {another_architecture, a_part_left_out, no_numbers}
"""What headers do not show, or not without the model that a file is for."""


NO_FILE = {gone, a_folder}


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def copy(room: Room, role: str, place: Path) -> tuple[Path, Path]:
    """A model of a role to spoil, and its file of weights."""
    name, weights = ROLES[role]
    copied = place / name
    if weights:
        shutil.copytree(room.folder / name, copied)
        return copied, copied / weights
    shutil.copy(room.folder / name, copied)
    return copied, copied


def told(room: Room, role: str, path: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        room.load(role, path)
    return caught.value


def described(place: Path) -> str:
    """What the library says about the one thing there, empty when it finds nothing wrong."""
    entries = find_models(places_in(place))
    assert len(entries) <= 1
    return "".join(entry.trouble or entry.unusable for entry in entries)


posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and permissions of POSIX")


@posix
@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("role", ROLES)
def test_a_bad_file_is_told_in_a_sentence(room: Room, place: Path, role: str, spoil: Callable[[Path], None]) -> None:
    path, weights = copy(room, role, place)
    spoil(weights)
    kind, words = SPECIAL.get((role, spoil), BAD[spoil])
    with as_nobody() if spoil is without_permission else nullcontext():
        error, listed = told(room, role, path), described(place)
    assert type(error) is kind
    assert words in str(error)
    assert str(place) in error.problem
    assert error.remedy
    assert len(str(error)) < 400
    if spoil not in SEEN_WHEN_LOADED and (role, spoil) not in SPECIAL and (weights != path or spoil not in NO_FILE):
        assert words in listed


MISSING: dict[tuple[str, ...], str] = {  # by the files that are gone, those of a model first
    ("tokenizer/tokenizer_config.json",): "",
    ("tokenizer_2/tokenizer_config.json",): "",
    ("tokenizer/tokenizer.json", "tokenizer/vocab.json"): "tokenizer/vocab.json",
    ("tokenizer/tokenizer.json", "tokenizer/merges.txt"): "tokenizer/merges.txt",
    ("tokenizer/tokenizer.json", "tokenizer/vocab.json", "tokenizer/merges.txt"): "tokenizer/vocab.json",
    ("text_encoder/config.json",): "",
    ("text_encoder_2/config.json",): "",
    ("unet/config.json",): "",
    ("vae/config.json",): "",
    ("scheduler/scheduler_config.json",): "",
    ("tokenizer.json",): "",
}
"""What is missing, where that is not the one file."""


def lose(room: Room, place: Path, files: tuple[str, ...]) -> tuple[str, Path]:
    """A role and a folder of it without these files."""
    role = "model" if "/" in files[0] else "captioner"
    path, _ = copy(room, role, place)
    for file in files:
        (path / file).unlink()
    return role, path


@pytest.mark.parametrize("files", MISSING, ids=" ".join)
def test_a_small_file_that_is_missing_is_named(room: Room, place: Path, files: tuple[str, ...]) -> None:
    role, path = lose(room, place, files)
    error = told(room, role, path)
    assert str(error) == f"{path / (MISSING[files] or files[0])} is missing. Copy or download the model again."
    assert described(place) == str(error)
    (entry,) = find_models(places_in(place))
    assert verify(entry).problems == (str(error),)


def test_a_captioner_that_does_not_tell_how_it_sees(room: Room, place: Path) -> None:
    role, path = lose(room, place, ("processor_config.json",))
    error = told(room, role, path)
    assert "has no preprocessor_config.json and no processor_config.json. Copy or download" in str(error)
    assert described(place) == str(error)


@pytest.mark.parametrize(("role", "file"), [("model", "tokenizer/merges.txt"), ("captioner", "tokenizer.json")])
def test_words_of_no_bytes(room: Room, place: Path, role: str, file: str) -> None:
    """Without its merges a tokenizer would spell every word letter by letter."""
    path, _ = copy(room, role, place)
    empty(path / file)
    error = told(room, role, path)
    assert str(error) == f"{path / file} is empty. Copy or download the model again."
    assert described(place) == str(error)


@pytest.mark.parametrize("ending", [".ckpt", ".bin"])
@pytest.mark.parametrize("role", ROLES)
def test_another_ending(room: Room, place: Path, role: str, ending: str) -> None:
    """A file is what it holds; the weights of a folder are looked for by their names."""
    path, weights = copy(room, role, place)
    renamed = weights.rename(weights.with_suffix(ending))
    error = told(room, role, path if path.is_dir() else renamed)
    if path.is_dir():
        assert type(error) is UnsafeModel
        assert "pickled, which can run code when they are read. Get the safetensors version" in str(error)
    else:
        assert type(error) is ModelUnsupported
        assert f"{renamed} is a safetensors file under another ending. Rename it to .safetensors." == str(error)


@posix
@pytest.mark.parametrize("role", ROLES)
def test_the_library_reads_everything_when_asked(room: Room, place: Path, role: str) -> None:
    _, weights = copy(room, role, place)
    no_numbers(weights)
    (entry,) = find_models(places_in(place))
    (problem,) = verify(entry).problems
    assert "holds values that are not numbers, in " in problem


FOLDERS = [role for role, (_, weights) in ROLES.items() if weights]


@posix
@pytest.mark.parametrize("role", FOLDERS)
def test_a_folder_without_permission(room: Room, place: Path, role: str) -> None:
    path, _ = copy(room, role, place)
    path.chmod(0)
    with as_nobody():
        error, listed = told(room, role, path), described(place)
    path.chmod(0o755)
    assert type(error) is ModelCorrupt
    for text in (str(error), listed):
        assert UNREADABLE in text
        assert str(path) in text


@posix
@pytest.mark.parametrize("role", ROLES)
def test_a_folder_of_which_only_the_names_are_told(room: Room, place: Path, role: str) -> None:
    """Its files can be listed and not opened."""
    path, _ = copy(room, role, place)
    closed = path if path.is_dir() else place
    closed.chmod(0o644)
    with as_nobody():
        error = told(room, role, path)
    closed.chmod(0o755)
    assert type(error) is ModelCorrupt
    assert UNREADABLE in str(error)


@posix
@pytest.mark.parametrize("role", ROLES)
def test_links_in_a_circle(room: Room, place: Path, role: str) -> None:
    here, there = place / ROLES[role][0], place / "there"
    here.symlink_to(there)
    there.symlink_to(here)
    error = told(room, role, here)
    assert "is a link that leads back to itself. Delete it." in str(error)
    entries = find_models(places_in(place))
    assert all("is a link that leads back to itself. Delete it." in entry.trouble for entry in entries)
    assert entries


@posix
@pytest.mark.parametrize("config", ["{", "[" * 50_000, '{"_class_name": 3, "model_type": []}'])
@pytest.mark.parametrize("role", [role for role in FOLDERS if role != "model"])
def test_a_config_that_is_none(room: Room, place: Path, role: str, config: str) -> None:
    path, _ = copy(room, role, place)
    (path / "config.json").write_text(config, encoding="latin-1")
    error = told(room, role, path)
    assert str(path) in str(error)
    assert error.remedy
