"""What a model folder holds, read from its JSON files and safetensors headers alone; nothing is loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from hiprompt_core.captioner_kinds import KINDS
from hiprompt_core.checkpoint import network_sizes, require_usual_unet, require_whole
from hiprompt_core.errors import ModelCorrupt, ModelNotFound, ModelUnsupported, UnsafeModel
from hiprompt_core.few_step import FewStep, configured_few_step, named_few_step
from hiprompt_core.layouts import LAYOUTS, CheckpointLayout, Layout
from hiprompt_core.model_names import file_name, folder_name, without_organisation
from hiprompt_core.weight_header import PICKLES, count_parameters, read_header, reading, require_plain

_CHOOSE = f"Choose a model of one of these families: {', '.join(layout.family for layout in LAYOUTS)}."
_VOCABULARIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "CLIPTokenizer": (("vocab.json", "merges.txt"), ("tokenizer.json",)),
    "T5TokenizerFast": (("spiece.model",), ("tokenizer.json",)),
}
"""By a tokenizer's class: the sets of files that hold its words, one of which is enough."""
_VOCABULARIES_OF_CAPTIONERS = (
    ("tokenizer.json",),
    ("vocab.json", "merges.txt"),
    *((name,) for name in ("*.model", "*.model.*", "*.tiktoken", "tekken*.json", "vocab.txt")),
)
"""Of all their kinds; a name may be a pattern."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """A diffusion model, as its files describe it."""

    folder: Path
    """A folder in the diffusers layout, or a single file."""
    configs: Path
    """Where the configs of its parts are: in its folder, or in ``resources``."""
    name: str
    family: str
    """As its layout names it."""
    native_size: int
    """Side of the square it was trained on, pixels."""
    vae_scale_factor: int
    """Pixels a latent cell."""
    size_multiple: int
    """Sides of the native phase are multiples of this: the VAE's factor times the network's smallest stride."""
    prediction_type: str
    """``epsilon``, ``v_prediction``, or ``flow`` for the velocity of flow matching."""
    parameters: int
    network_parameters: int
    """Of the part that predicts."""
    vae_parameters: int
    unet_width: int
    """Channels of the UNet's first level, or of a transformer's tokens."""
    vae_width: int
    """Channels of the VAE at full resolution."""
    few_step: FewStep | None
    """How it wants to be sampled when it is distilled to a few steps."""
    guidance_scale: float
    """Guidance of phase 1 that it wants: ``_guidance_scale`` of its index, or what is usual in its family."""
    strength: float | None
    """Of the later phases, that it wants: ``_strength`` of its index; none: the preset's."""
    variant: str | None
    """``fp16`` when the weight files carry that in their names."""
    left_out: tuple[str, ...] = ()
    """Optional parts with weights that it lacks."""

    @property
    def network(self) -> str:
        """Name of the part that predicts: ``unet`` or ``transformer``."""
        return layout_of(self.family).network

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
    """Configs of SDXL, and CLIP's tokenizer, which every single file lacks."""
    return resources() / "sdxl"


def configs_of(checkpoint: CheckpointLayout) -> Path:
    """Configs that single files of a kind lack."""
    return resources() / checkpoint.configs


def layout_of(family: str) -> Layout:
    """The layout of a family that ``ModelFacts`` name."""
    return next(layout for layout in LAYOUTS if layout.family == family)


def inspect_model(folder: Path) -> ModelFacts:
    """Check a diffusion model, a diffusers folder or a single .safetensors file, and describe it.

    Raises:
        ModelNotFound: the folder or a part of it is missing.
        ModelCorrupt: a file is damaged or cut short.
        UnsafeModel: the weights are pickled.
        ModelUnsupported: the model is of a family that is not known.
    """
    folder = Path(folder)
    with reading(folder):
        return _inspect_folder(folder) if folder.is_dir() else _inspect_file(folder)


def _inspect_folder(folder: Path) -> ModelFacts:
    index = _index(folder)
    kind = str(index.get("_class_name", ""))
    layout = next((layout for layout in LAYOUTS if kind.startswith(layout.pipelines)), None)
    if layout is None:
        raise ModelUnsupported(f"{folder} is a {kind or 'model of unknown kind'}.", _CHOOSE)
    for part in (*layout.tokenizers, *layout.classes, "scheduler"):
        if part not in layout.optional and not (folder / part).is_dir():
            raise ModelNotFound(f"{folder} has no folder '{part}'.", "Copy or download the model again.")
    scheduler = read_config(folder / "scheduler" / "scheduler_config.json")
    network = read_config(folder / layout.network / "config.json")
    found = {part: weight_files(folder / part) for part in weighted_parts(folder, layout)}
    for part in found:
        read_config(folder / part / "config.json")
    for part, kind in layout.tokenizers.items():
        if (folder / part).is_dir():
            read_config(folder / part / "tokenizer_config.json")
            _require_vocabulary(folder / part, _VOCABULARIES[kind])
    headers = {part: [read_header(file) for file in files] for part, files in found.items()}
    require_plain(folder / layout.network, *headers[layout.network])
    counts = {part: sum(map(count_parameters, of_part)) for part, of_part in headers.items()}
    name = folder_name(folder)
    guidance_scale = _number(index.get("_guidance_scale"), 0, 100)
    return _facts(
        folder,
        layout,
        name=name,
        configs=folder,
        network=network,
        left_out=tuple(part for part in layout.classes if part not in found),
        prediction_type=_prediction_type(scheduler),
        few_step=named_few_step([without_organisation(name)]) or configured_few_step(network, scheduler),
        parameters=sum(counts.values()),
        network_parameters=counts[layout.network],
        vae_parameters=counts["vae"],
        guidance_scale=layout.guidance_scale if guidance_scale is None else guidance_scale,
        strength=_number(index.get("_strength"), 0.01, 1),
        variant="fp16" if any(".fp16." in file.name for file in found[layout.network]) else None,
    )


def _number(own: Any, least: float, most: float) -> float | None:
    """What an index says, if it is a number between these ends."""
    is_number = isinstance(own, (int, float)) and not isinstance(own, bool)
    return float(own) if is_number and least <= own <= most else None


def _prediction_type(scheduler: dict[str, Any]) -> str:
    if str(scheduler.get("_class_name")).startswith("FlowMatch"):
        return "flow"
    return str(scheduler.get("prediction_type", "epsilon"))


def weighted_parts(folder: Path, layout: Layout) -> list[str]:
    """The parts with weights that a model folder has."""
    return [part for part in layout.classes if part not in layout.optional or (folder / part).is_dir()]


def _inspect_file(file: Path) -> ModelFacts:
    header = read_header(file)
    require_plain(file, header)
    facts, layout, parts = require_whole(file, header)
    configs = configs_of(parts)
    network = read_config(configs / layout.network / "config.json")
    require_usual_unet(file, facts.kind, header, parts.parts[layout.network], network)
    return _facts(
        file,
        layout,
        name=file.stem,
        configs=configs,
        network=network | network_sizes(header, parts.parts[layout.network], network),
        left_out=tuple(part for part in layout.classes if part in layout.optional),
        prediction_type=facts.prediction_type,
        parameters=facts.parameters,
        network_parameters=count_parameters(header, parts.parts[layout.network]),
        vae_parameters=count_parameters(header, parts.parts["vae"]),
        few_step=named_few_step([without_organisation(file_name(file)), facts.title]),
        guidance_scale=layout.guidance_scale,
        strength=None,
        variant=None,
        side=facts.native_size,
    )


def _facts(
    folder: Path, layout: Layout, *, configs: Path, network: dict[str, Any], side: int | None = None, **known: Any
) -> ModelFacts:
    """What the configs tell, beside what is known already.

    Args:
        network: the config of the part that predicts.
        side: the native size when it is not that of the configs.
    """
    vae = read_config(configs / "vae" / "config.json")
    try:
        factor = 2 ** (len(vae["block_out_channels"]) - 1)
        width, stride = _width_and_stride(network)
        if network.get("in_channels", 4) != vae.get("latent_channels", 4):
            raise ModelUnsupported(f"{folder} is made for inpainting or editing.", "Choose a text-to-image model.")
        return ModelFacts(
            folder=folder,
            configs=configs,
            family=layout.family,
            native_size=side or int(network["sample_size"]) * factor,
            vae_scale_factor=factor,
            size_multiple=factor * stride,
            unet_width=width,
            vae_width=int(vae["block_out_channels"][0]),
            **known,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelCorrupt(f"A config of {folder} lacks {error}.", "Copy or download the model again.") from error


def _width_and_stride(network: dict[str, Any]) -> tuple[int, int]:
    """Channels at the highest resolution, and latent cells that the network's input must be a multiple of."""
    if "patch_size" in network:
        return int(network["num_attention_heads"]) * int(network["attention_head_dim"]), int(network["patch_size"])
    widths = network["block_out_channels"]
    return int(widths[0]), 2 ** (len(widths) - 1)


def inspect_captioner(folder: Path) -> CaptionerFacts:
    """Check a transformers folder of an image-text-to-text model and describe it.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel: as ``inspect_model``.
        ModelUnsupported: the model brings its own code, or describes no pictures.
    """
    with reading(folder):
        return _captioner_facts(Path(folder))


def _captioner_facts(folder: Path) -> CaptionerFacts:
    if folder.is_file():
        raise ModelUnsupported(f"{folder} is a file, and captioners are folders.", "Choose the folder of a captioner.")
    if not folder.exists() and not folder.is_symlink():
        raise ModelNotFound(f"There is no captioner at {folder}.", "Choose its folder, or turn captions off.")
    folder.stat()
    config = read_config(folder / "config.json")
    if "auto_map" in config:
        raise ModelUnsupported(
            f"The captioner in {folder} runs code of its own.", "Choose one that transformers knows by itself."
        )
    kind = str(config.get("model_type", "model of unknown kind"))
    if kind not in KINDS:
        raise ModelUnsupported(f"{folder} is a {kind}, which describes no pictures.", "Choose a captioner.")
    headers = [read_header(file) for file in weight_files(folder)]
    if "quantization_config" not in config:
        require_plain(folder, *headers)
    _require_vocabulary(folder, _VOCABULARIES_OF_CAPTIONERS)
    _require_image_processor(folder)
    return CaptionerFacts(
        folder=folder,
        name=folder_name(folder),
        model_type=kind,
        parameters=sum(map(count_parameters, headers)),
    )


def _require_vocabulary(folder: Path, ways: Sequence[tuple[str, ...]]) -> None:
    """Refuse a tokenizer without words; the libraries make one that spells nothing, or fail with words of their own.

    Args:
        ways: sets of names or patterns of files, one of which must be there.

    Raises:
        ModelNotFound, ModelCorrupt: a file of the set that is there for the most part is missing, or one is empty.
    """
    files = list(folder.iterdir())
    present = {name: [file for file in files if fnmatch(file.name, name)] for way in ways for name in way}
    if not any(all(present[name] for name in way) for way in ways):
        likely = max(ways, key=lambda way: sum(bool(present[name]) for name in way))
        lost = folder / next(name for name in likely if not present[name])
        raise ModelNotFound(f"{lost} is missing.", "Copy or download the model again.")
    empty = next((file for found in present.values() for file in found if not file.stat().st_size), None)
    if empty:
        raise ModelCorrupt(f"{empty} is empty.", "Copy or download the model again.")


def _require_image_processor(folder: Path) -> None:
    """Refuse a captioner that does not say how it sees a picture: in a file of its own, or in its processor's."""
    own, whole = folder / "preprocessor_config.json", folder / "processor_config.json"
    if not own.is_file() and not whole.is_file():
        raise ModelNotFound(f"{folder} has no {own.name} and no {whole.name}.", "Copy or download the model again.")
    if not own.is_file() and "image_processor" not in read_config(whole):
        raise ModelNotFound(f"{own} is missing.", "Copy or download the model again.")


def _index(folder: Path) -> dict[str, Any]:
    if not (folder / "model_index.json").is_file():
        raise ModelNotFound(
            f"{folder} has no model_index.json.", "Choose the folder of a model in the diffusers layout."
        )
    return read_config(folder / "model_index.json")


def read_config(file: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        ModelNotFound, ModelCorrupt: it is missing, or cannot be read as one.
    """
    if not file.is_file() and not file.is_symlink():
        raise ModelNotFound(f"{file} is missing.", "Copy or download the model again.")
    try:
        with reading(file):
            values = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
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
            weight_map = read_config(index).get("weight_map")
            if not isinstance(weight_map, dict) or not all(isinstance(name, str) for name in weight_map.values()):
                raise ModelCorrupt(f"{index} does not list the weight files.", "Copy or download the model again.")
            for name in sorted(set(weight_map.values())):
                if not (part / name).is_file():
                    raise ModelNotFound(f"{part / name} is missing.", "Copy or download the model again.")
    for file in files:
        read_header(file)
    return files
