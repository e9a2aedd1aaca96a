"""Loads models, with ``processors`` alone. Only safetensors, only local files, never remote code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from hiprompt_core.addition_files import addition_files, vae_folder
from hiprompt_core.cancelling import moment
from hiprompt_core.captioner import TransformersCaptioner
from hiprompt_core.checkpoint import network_sizes, require_whole, scheduler_config
from hiprompt_core.devices import memory_format, vae_dtype
from hiprompt_core.errors import InvalidRequest, ModelCorrupt, ModelNotFound, ModelUnsupported
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.families.table import BACKBONES
from hiprompt_core.layouts import Layout
from hiprompt_core.loading import loading, require_complete, require_finite
from hiprompt_core.lora import add_loras
from hiprompt_core.model_files import (
    ModelFacts,
    inspect_captioner,
    inspect_model,
    layout_of,
    read_config,
    sdxl_configs,
    weight_files,
    weighted_parts,
)
from hiprompt_core.prompt_forms import FORMS
from hiprompt_core.request import NO_ADDITIONS, Additions, CaptionerPrecision
from hiprompt_core.textual_inversion import add_embeddings
from hiprompt_core.tokenizing import fit_tokenizer, require_words
from hiprompt_core.weight_header import AGAIN, read_header
from hiprompt_core.weights import read_weights

PART = 2**20
"""Bytes of a file that are read at a time."""


def load_backbone(
    folder: Path,
    device: torch.device,
    dtype: torch.dtype,
    additions: Additions = NO_ADDITIONS,
    resident: bool = True,
    eight_bits: bool = False,
) -> Backbone:
    """Load a diffusion model of any known family: a diffusers folder, or a single .safetensors file.

    Args:
        additions: LoRA files, embeddings and another VAE, which become part of it.
        resident: bring it to the device; otherwise who uses a part of it does.
        eight_bits: keep the network's weights in float8.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_model``, or when loading fails;
            an addition cannot be read or is made for another model.
    """
    facts = inspect_model(folder)
    files = addition_files(additions)
    layout = layout_of(facts.family)
    with loading(folder):
        load = _parts_of_file if folder.is_file() else _parts_of_folder
        parts, scheduler = load(facts, layout, dtype, vae_dtype(dtype, device))
    if additions.vae:
        with loading(additions.vae):
            parts["vae"] = load_vae(additions.vae, facts, vae_dtype(dtype, device))
    with loading(folder):
        add_loras(layout, parts, additions.loras)
        words = add_embeddings(layout, parts, additions.embeddings)
    for name, part in parts.items():
        if name in layout.classes and part is not None:
            own = folder if folder.is_file() else folder / name
            require_finite((additions.vae if name == "vae" else None) or own, part)
            if eight_bits and name == layout.network:
                keep_in_float8(part, dtype)
            _prepare(part, device, resident, convolves=name in {"unet", "vae"})
    backbone: Backbone = BACKBONES[facts.family](
        facts=facts,
        weights_hash=hash_files([*model_weights(facts), *files]),
        device=device,
        text_encoders=tuple(parts[name] for name in layout.classes if name.startswith("text_encoder")),
        tokenizers=tuple(parts[name] for name in layout.tokenizers),
        scheduler_config=scheduler,
        words=words,
        vae=parts["vae"],
        **{layout.network: parts[layout.network]},
    )
    return backbone


def _prepare(part: Any, device: torch.device, resident: bool, convolves: bool) -> None:
    """Make a part ready to predict, where it does so fastest."""
    part.eval().requires_grad_(False)
    part.to(device if resident else "cpu")
    if convolves:
        part.to(memory_format=memory_format(part.dtype, device))


def keep_in_float8(network: Any, dtype: torch.dtype) -> None:
    """Keep weights in eight bits, and bring those of a layer to ``dtype`` while it computes; norms stay as they are.

    Raises:
        InvalidRequest: a weight is too large for them.
    """
    largest = torch.finfo(torch.float8_e4m3fn).max
    for name, values in network.named_parameters():
        if values.abs().max() > largest:
            raise InvalidRequest(f"The weights {name!r} are too large for float8.", "Use auto or bfloat16.")
    network.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)


def model_weights(facts: ModelFacts) -> list[Path]:
    """The files that hold a model's weights."""
    folder = facts.folder
    if folder.is_file():
        return [folder]
    return [file for part in weighted_parts(folder, layout_of(facts.family)) for file in weight_files(folder / part)]


Parts = dict[str, Any]


def _parts_of_folder(
    facts: ModelFacts, layout: Layout, dtype: torch.dtype, vae_dtype: torch.dtype
) -> tuple[Parts, dict[str, Any]]:
    """Models and tokenizers by part, those left out as none, and the scheduler's config."""
    import diffusers
    import transformers

    folder = facts.folder
    common = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
    parts: Parts = dict.fromkeys((*layout.classes, *layout.tokenizers))
    for part in weighted_parts(folder, layout):
        name = layout.classes[part]
        if hasattr(diffusers, name):
            precision = {"torch_dtype": vae_dtype if part == "vae" else dtype}
        else:
            precision = {"dtype": dtype}
        load = getattr(diffusers if hasattr(diffusers, name) else transformers, name).from_pretrained
        parts[part], found = load(folder / part, variant=facts.variant, **precision, **common)
        require_complete(folder / part, found)
    for part, name in layout.tokenizers.items():
        if (folder / part).is_dir():
            with loading(folder / part):
                parts[part] = getattr(transformers, name).from_pretrained(folder / part, local_files_only=True)
            encoder = parts[part.replace("tokenizer", "text_encoder")]
            if encoder is not None:
                fit_tokenizer(folder / part, parts[part], encoder)
    scheduler = diffusers.UNet2DConditionModel.load_config(folder / "scheduler" / "scheduler_config.json")
    return parts, dict(scheduler)


def _parts_of_file(
    facts: ModelFacts, layout: Layout, dtype: torch.dtype, vae_dtype: torch.dtype
) -> tuple[Parts, dict[str, Any]]:
    """As ``_parts_of_folder``; diffusers renames the weights, configs and tokenizers are those that come along."""
    import diffusers
    import transformers
    from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
    from safetensors import safe_open

    configs = facts.configs
    header = read_header(facts.folder)
    found, _, checkpoint = require_whole(facts.folder, header)
    common = {"config": str(configs), "local_files_only": True}
    parts: Parts = dict.fromkeys((*layout.classes, *layout.tokenizers))
    for part, prefix in checkpoint.parts.items():
        with safe_open(facts.folder, framework="pt") as file:
            own = {name: file.get_tensor(name) for name in header if name.startswith(prefix)}
        kind = layout.classes[part]
        if hasattr(diffusers, kind):
            load, precision = getattr(diffusers, kind).from_single_file, vae_dtype if part == "vae" else dtype
            sizes = network_sizes(header, prefix, read_config(configs / part / "config.json"))
            parts[part] = load(own, subfolder=part, torch_dtype=precision, **sizes, **common)
        else:
            kind = getattr(transformers, kind)
            parts[part] = create_diffusers_clip_model_from_ldm(kind, own, subfolder=part, torch_dtype=dtype, **common)
    for part, mark in checkpoint.padding.items():
        kind = getattr(transformers, layout.tokenizers[part])
        parts[part] = kind.from_pretrained(sdxl_configs() / "tokenizer", local_files_only=True, pad_token=mark)
    return parts, scheduler_config(configs, found)


def load_vae(path: Path, facts: ModelFacts, dtype: torch.dtype) -> Any:
    """A VAE in place of a model's own: a folder, of a VAE or of a whole model, or a .safetensors file of one.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel: it cannot be read.
        ModelUnsupported: it is none, or its latents are of another kind than the model's.
    """
    from diffusers import AutoencoderKL
    from diffusers.loaders.single_file_utils import SingleFileComponentError

    if path.is_dir():
        common = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
        vae, found = AutoencoderKL.from_pretrained(vae_folder(path), torch_dtype=dtype, **common)
        require_complete(path, found)
    else:
        weights = read_weights(path)
        own = {name: value for name, value in weights.items() if name.startswith(("first_stage_model.", "vae."))}
        try:
            vae = AutoencoderKL.from_single_file(
                own or weights, config=str(facts.configs), subfolder="vae", torch_dtype=dtype, local_files_only=True
            )
        except (SingleFileComponentError, ValueError, KeyError) as error:
            raise ModelUnsupported(
                f"{path} is no VAE for a {facts.family} model.", "Choose one made for this model's family."
            ) from error
    channels = AutoencoderKL.load_config(facts.configs / "vae").get("latent_channels", 4)
    if (vae.config.latent_channels, 2 ** (len(vae.config.block_out_channels) - 1)) != (
        channels,
        facts.vae_scale_factor,
    ):
        raise ModelUnsupported(
            f"{path} has {vae.config.latent_channels} latent channels, which do not fit {facts.name}.",
            "Choose a VAE made for this model's family.",
        )
    return vae


def load_captioner(
    folder: Path, device: torch.device, dtype: torch.dtype, precision: CaptionerPrecision = "auto"
) -> TransformersCaptioner:
    """Load a transformers folder of an image-text-to-text model.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_captioner``, or when loading fails.
        InvalidRequest: the device cannot compute in the precision.
    """
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

    from hiprompt_core.processors import choose_one_tile, complete

    facts = inspect_captioner(folder)
    quantised = quantisation(precision, device, dtype)
    placed = {"quantization_config": BitsAndBytesConfig(**quantised), "device_map": {"": device}} if quantised else {}
    with loading(folder):
        processor = _processor(folder)
        form = FORMS.get(facts.model_type)
        if getattr(processor, "chat_template", None) is not None:
            form = None
        elif form is None:
            raise ModelUnsupported(
                f"The captioner in {folder} has no chat template, and how to ask a {facts.model_type} is not known.",
                "Choose another captioner.",
            )
        common = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
        model, found = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=dtype, output_loading_info=True, **common, **placed
        )
        require_complete(folder, found)
        require_words(folder, processor.tokenizer, model)
        complete(processor, model.config)
        choose_one_tile(processor, model)
    require_finite(folder, model)
    if not model.config.is_encoder_decoder:
        processor.tokenizer.padding_side = "left"  # answers of a batch begin at the same place
    model.eval().requires_grad_(False)
    if not quantised:
        model.to(device)
    return TransformersCaptioner(
        name=facts.name, weights_hash=hash_files(weight_files(folder)), model=model, processor=processor, form=form
    )


def _processor(folder: Path) -> Any:
    """What turns pictures and questions into a captioner's inputs, able to pad the questions of a batch.

    Raises:
        ModelNotFound: the tokenizer's config, which some old repositories do without, is needed.
        ModelCorrupt: a text cannot be padded.
    """
    from hiprompt_core.processors import load_processor

    config = folder / "tokenizer_config.json"
    lost = None if config.is_file() else ModelNotFound(f"{config} is missing.", "Copy or download the model again.")
    try:
        processor = load_processor(folder)
    except AttributeError as error:  # a token that only this file names
        if lost:
            raise lost from error
        raise
    tokenizer = processor.tokenizer
    if tokenizer.pad_token is None:
        if lost:
            raise lost
        if tokenizer.eos_token is None:
            raise ModelCorrupt(f"The tokenizer in {folder} has no token that ends or pads a text.", AGAIN)
        tokenizer.pad_token = tokenizer.eos_token  # what is padded is masked, whatever stands there
    return processor


def quantisation(precision: CaptionerPrecision, device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """What ``BitsAndBytesConfig`` is told for a captioner of few bits (2208.07339, 2305.14314); empty: plain weights.

    Raises:
        InvalidRequest: the device or an installed package is missing for it.
    """
    if precision not in ("8bit", "4bit"):
        return {}
    if device.type != "cuda":
        raise InvalidRequest(
            f"A captioner in {precision} needs an NVIDIA or AMD card, but it runs on {device.type}.", "Use auto."
        )
    if find_spec("bitsandbytes") is None:
        raise InvalidRequest(
            f"A captioner in {precision} needs the package bitsandbytes, which is not installed.",
            "Install it (pip install 'hiprompt-desktop[few-bits]'), or use auto.",
        )
    if precision == "8bit":
        return {"load_in_8bit": True}
    return {
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_use_double_quant": True,
        "bnb_4bit_compute_dtype": dtype,
    }


def hash_files(files: Iterable[Path]) -> str:
    """SHA-256 over the contents of files, hexadecimal."""
    digest = hashlib.sha256()
    for file in files:
        of_file = hashlib.sha256()
        with file.open("rb") as stream:
            while part := stream.read(PART):
                of_file.update(part)
                moment()
        digest.update(of_file.digest())
    return digest.hexdigest()
