"""What LoRAs, embeddings and VAEs hold, read from configs and safetensors headers alone; nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from hiprompt_core.errors import InvalidRequest, ModelNotFound, ModelUnsupported
from hiprompt_core.model_files import weight_files
from hiprompt_core.request import Additions
from hiprompt_core.weight_header import read_header, reading, require_plain

DOWN = ("lora_down.weight", "lora_A.weight", "lora.down.weight")
"""Endings of one name for each changed layer, in the formats of kohya, of peft and of old diffusers."""
RELATIVES = {
    r"\.hada_w": "LoHa",
    r"\.lokr_w": "LoKr",
    r"\.oft_": "OFT",
    r"\.a1\.weight$": "GLoRA",
    r"\.on_input$": "IA3",
    r"\.diff(_b)?$": "whole differences of layers",
}
"""Signs in the names of what LyCORIS (2309.14859) and kohya's trainer make beside LoRA."""


def addition_files(additions: Additions) -> list[Path]:
    """Check everything that changes a model, and name its files; whether it fits a model is told when it is loaded.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: what is wrong with one of them.
        InvalidRequest: a LoRA is there twice, under two paths.
    """
    for lora in additions.loras:
        inspect_lora(lora)
    _require_once(additions.loras)
    files = []
    for path in additions.files:
        files += vae_files(path) if path == additions.vae else [plain_file(path)]
    return files


def _require_once(loras: Iterable[Path]) -> None:
    known: dict[tuple[int, int], Path] = {}
    for path in loras:
        with reading(path):
            facts = path.stat()
        first = known.setdefault((facts.st_dev, facts.st_ino), path)
        if first != path:
            raise InvalidRequest(f"{path} is the same LoRA as {first}.", "Add it once, with one weight.")


def inspect_lora(path: Path) -> None:
    """Refuse what is no LoRA.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: it is damaged, none, or a relative that is not added
            by a low-rank product.
    """
    names = read_header(path)
    require_plain(path, names)
    found = next((kind for sign, kind in RELATIVES.items() if any(re.search(sign, name) for name in names)), None)
    if found:
        raise ModelUnsupported(
            f"{path} holds {found}, a relative of LoRA that this program cannot add.",
            "Choose a LoRA in kohya's or peft's format.",
        )
    if not any(name.endswith(DOWN) for name in names):
        raise ModelUnsupported(f"{path} holds no LoRA that can be read.", "Choose a LoRA in kohya's or peft's format.")


def vae_files(path: Path) -> list[Path]:
    """The weights of a VAE: a file, its folder, or that of a whole model."""
    with reading(path):
        return weight_files_of(vae_folder(path)) if path.is_dir() else [plain_file(path)]


def plain_file(path: Path) -> Path:
    """A file of weights, checked to be whole and plain."""
    require_plain(path, read_header(path))
    return path


def vae_folder(path: Path) -> Path:
    """Of a VAE alone, or of the one in a whole model.

    Raises:
        ModelNotFound: there is none.
    """
    with reading(path):
        folder = path if (path / "config.json").is_file() else path / "vae"
        if not folder.is_dir():
            raise ModelNotFound(f"{path} holds no VAE.", "Choose a VAE's folder or its .safetensors file.")
    return folder


def weight_files_of(path: Path) -> list[Path]:
    """The files of weights of a file or a folder, each checked to be whole and plain."""
    with reading(path):
        return [plain_file(file) for file in weight_files(path)] if path.is_dir() else [plain_file(path)]
