"""What a model folder holds, read from its JSON files and safetensors headers alone; nothing is loaded."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiprompt_core.checkpoint import require_sdxl
from hiprompt_core.errors import ModelCorrupt, ModelNotFound, ModelUnsupported, UnsafeModel

PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
SDXL_PARTS = ("tokenizer", "tokenizer_2", "text_encoder", "text_encoder_2", "unet", "vae", "scheduler")
WEIGHTED_PARTS = ("text_encoder", "text_encoder_2", "unet", "vae")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """A diffusion model, as its files describe it."""

    folder: Path
    """A folder in the diffusers layout, or a single file."""
    name: str
    native_size: int
    """Side of the square it was trained on, pixels."""
    vae_scale_factor: int
    """Pixels a latent cell."""
    size_multiple: int
    """Sides of the native phase are multiples of this: the VAE's factor times the UNet's smallest stride."""
    prediction_type: str
    parameters: int
    unet_width: int
    """Channels of the UNet's first level."""
    vae_width: int
    """Channels of the VAE at full resolution."""
    variant: str | None
    """``fp16`` when the weight files carry that in their names."""

    @property
    def default_tile_size(self) -> int:
        return min(1024, 4 * self.native_size)


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptionerFacts:
    """An image-text-to-text model, as its files describe it."""

    folder: Path
    name: str
    model_type: str
    """Which kind it is, in transformers' words: ``llava``, ``qwen2_5_vl``, …"""
    parameters: int


def resources() -> Path:
    """Folder of what comes along: beside the package in a clone, inside it when installed from a wheel."""
    inside = Path(__file__).parent / "resources"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "resources"


def demo_model() -> Path:
    return resources() / "demo_model"


def demo_captioner() -> Path:
    return resources() / "demo_captioner"


def sdxl_configs() -> Path:
    """Configs and tokenizer of SDXL, which single-file checkpoints lack."""
    return resources() / "sdxl"


def inspect_model(folder: Path) -> ModelFacts:
    """Check a model of the SDXL family, a diffusers folder or a single .safetensors file, and describe it.

    Raises:
        ModelNotFound: the folder or a part of it is missing.
        ModelCorrupt: a file is damaged or cut short.
        UnsafeModel: the weights are pickled.
        ModelUnsupported: the model is of another kind.
    """
    folder = Path(folder)
    if folder.is_file():
        return _inspect_file(folder)
    index = _index(folder)
    kind = index.get("_class_name", "")
    if not str(kind).startswith("StableDiffusionXL"):
        raise ModelUnsupported(f"{folder} is a {kind or 'model of unknown kind'}.", "Choose an SDXL model folder.")
    for part in SDXL_PARTS:
        if not (folder / part).is_dir():
            raise ModelNotFound(f"{folder} has no folder '{part}'.", "Copy or download the model again.")
    found = {part: weight_files(folder / part) for part in WEIGHTED_PARTS}
    return _facts(
        folder,
        name=folder.resolve().name,
        configs=folder,
        prediction_type=_config(folder / "scheduler" / "scheduler_config.json").get("prediction_type", "epsilon"),
        parameters=sum(_parameters(file) for files in found.values() for file in files),
        variant="fp16" if any(".fp16." in file.name for file in found["unet"]) else None,
    )


def _inspect_file(file: Path) -> ModelFacts:
    if file.suffix in PICKLES:
        raise UnsafeModel(
            f"{file} is a pickled checkpoint, which can run code when it is read.", "Convert it to safetensors first."
        )
    if file.suffix != ".safetensors":
        raise ModelUnsupported(f"{file} is no model.", "Choose a .safetensors checkpoint or a model folder.")
    checkpoint = require_sdxl(file, read_header(file))
    return _facts(
        file,
        name=file.stem,
        configs=sdxl_configs(),
        prediction_type=checkpoint.prediction_type,
        parameters=checkpoint.parameters,
        variant=None,
    )


def _facts(folder: Path, *, configs: Path, **known: Any) -> ModelFacts:
    """What the configs tell, beside what is known already."""
    unet = _config(configs / "unet" / "config.json")
    vae = _config(configs / "vae" / "config.json")
    try:
        factor = 2 ** (len(vae["block_out_channels"]) - 1)
        return ModelFacts(
            folder=folder,
            native_size=int(unet["sample_size"]) * factor,
            vae_scale_factor=factor,
            size_multiple=factor * 2 ** (len(unet["block_out_channels"]) - 1),
            unet_width=int(unet["block_out_channels"][0]),
            vae_width=int(vae["block_out_channels"][0]),
            **known,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelCorrupt(f"A config of {folder} lacks {error}.", "Copy or download the model again.") from error


def inspect_captioner(folder: Path) -> CaptionerFacts:
    """Check a transformers folder of an image-text-to-text model and describe it.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel: as ``inspect_model``.
        ModelUnsupported: the model brings its own code.
    """
    try:
        return _captioner_facts(Path(folder))
    except OSError as error:
        raise ModelCorrupt(
            f"The captioner in {folder} cannot be read ({error.strerror}).", "Check the folder's permissions."
        ) from error


def _captioner_facts(folder: Path) -> CaptionerFacts:
    if not folder.is_dir():
        raise ModelNotFound(f"There is no captioner at {folder}.", "Choose its folder, or turn captions off.")
    config = _config(folder / "config.json")
    if "auto_map" in config:
        raise ModelUnsupported(
            f"The captioner in {folder} runs code of its own.", "Choose one that transformers knows by itself."
        )
    files = weight_files(folder)
    return CaptionerFacts(
        folder=folder,
        name=folder.resolve().name,
        model_type=str(config.get("model_type", "model of unknown kind")),
        parameters=sum(map(_parameters, files)),
    )


def _index(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise ModelNotFound(f"There is no model folder at {folder}.", "Check the path.")
    if not (folder / "model_index.json").is_file():
        raise ModelNotFound(
            f"{folder} has no model_index.json.", "Choose the folder of a model in the diffusers layout."
        )
    return _config(folder / "model_index.json")


def _config(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelNotFound(f"{file} is missing.", "Copy or download the model again.") from error
    except OSError as error:
        raise ModelCorrupt(f"{file} cannot be read ({error.strerror}).", "Check the file's permissions.") from error
    except ValueError as error:
        raise ModelCorrupt(f"{file} is not valid JSON.", "Copy or download the model again.") from error
    if not isinstance(values, dict):
        raise ModelCorrupt(f"{file} is not a JSON object.", "Copy or download the model again.")
    return values


def weight_files(part: Path) -> list[Path]:
    """The safetensors files of one part, full precision before fp16, each checked to be complete.

    Raises:
        ModelNotFound: there are none, or one named by an index is missing.
        UnsafeModel: there are only pickles.
        ModelCorrupt: a file is cut short.
    """
    present = sorted(part.glob("*.safetensors"))
    plain = [file for file in present if ".fp16." not in file.name]
    files = plain or present
    if not files:
        if any(file.suffix in PICKLES for file in part.iterdir()):
            raise UnsafeModel(
                f"The weights in {part} are pickled, which can run code when they are read.",
                "Get the safetensors version of this model.",
            )
        unfinished = next((file for file in part.iterdir() if file.suffix in {".part", ".incomplete"}), None)
        if unfinished:
            raise ModelCorrupt(f"{unfinished} is a download that did not finish.", "Download the model again.")
        raise ModelNotFound(f"{part} holds no safetensors weights.", "Copy or download the model again.")
    for index in part.glob("*.safetensors.index.json"):
        if not plain or ".fp16." not in index.name:
            weight_map = _config(index).get("weight_map")
            if not isinstance(weight_map, dict) or not all(isinstance(name, str) for name in weight_map.values()):
                raise ModelCorrupt(f"{index} does not list the weight files.", "Copy or download the model again.")
            for name in sorted(set(weight_map.values())):
                if not (part / name).is_file():
                    raise ModelNotFound(f"{part / name} is missing.", "Copy or download the model again.")
    for file in files:
        read_header(file)
    return files


def read_header(file: Path) -> dict[str, Any]:
    """The header of a safetensors file, after checking that the file is as long as the header says.

    Raises:
        ModelCorrupt: the file is damaged or cut short.
    """
    again = "Copy or download it again."
    try:
        length = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(8)
            size = struct.unpack("<Q", start)[0] if len(start) == 8 else -1
            if not 2 <= size <= length - 8:
                raise ModelCorrupt(f"{file} is cut short or is no safetensors file ({length} bytes).", again)
            header = json.loads(stream.read(size))
        end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
    except OSError as error:
        raise ModelCorrupt(f"{file} cannot be read ({error.strerror}).", "Check the file's permissions.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{file} has a damaged header.", again) from error
    if length != 8 + size + end:
        raise ModelCorrupt(f"{file} has {length} bytes in place of {8 + size + end}: it was not copied whole.", again)
    return header  # type: ignore[no-any-return]


def _parameters(file: Path) -> int:
    header = read_header(file)
    return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
