"""Loads models; the only place with ``from_pretrained``. Only safetensors, only local files, never remote code."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from hiprompt_core.backbone import SDXLBackbone
from hiprompt_core.captioner import TransformersCaptioner
from hiprompt_core.checkpoint import CLIP_G, CLIP_L, UNET, VAE, recognise, scheduler_config
from hiprompt_core.errors import InvalidRequest, ModelCorrupt, ModelUnsupported
from hiprompt_core.memory import is_full
from hiprompt_core.model_files import (
    WEIGHTED_PARTS,
    ModelFacts,
    inspect_captioner,
    inspect_model,
    read_header,
    sdxl_configs,
    weight_files,
)
from hiprompt_core.request import Precision


def choose_device(name: str) -> torch.device:
    """The named torch device, or the best there is for ``auto``.

    Raises:
        InvalidRequest: there is no such device.
    """
    if name == "auto":
        best = torch.accelerator.current_accelerator(check_available=True)
        return best or torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InvalidRequest(f"There is no device {name!r} here.", "Use auto or cpu.") from error
    return device


def choose_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The named precision; ``auto``: half precision where the device computes in it."""
    if precision != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[precision]
    if device.type == "cpu":
        return torch.bfloat16 if _cpu_computes_in_bfloat16() else torch.float32
    return torch.bfloat16 if device.type in {"cuda", "xpu"} else torch.float16


def _cpu_computes_in_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself; elsewhere that is slower than float32."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def load_backbone(folder: Path, device: torch.device, dtype: torch.dtype) -> SDXLBackbone:
    """Load a model of the SDXL family: a diffusers folder, or a single .safetensors file.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_model``, or when loading fails.
    """
    facts = inspect_model(folder)
    with _loading(folder):
        parts = (_parts_of_file if folder.is_file() else _parts_of_folder)(facts, dtype, _vae_dtype(dtype, device))
    for name in WEIGHTED_PARTS:
        _require_finite(folder / name, parts[name])
        parts[name].eval().requires_grad_(False).to(device)
    if device.type == "cpu":
        parts["unet"].to(memory_format=torch.channels_last)
        parts["vae"].to(memory_format=torch.channels_last)
    return SDXLBackbone(
        facts=facts,
        weights_hash=hash_files(model_weights(folder)),
        device=device,
        unet=parts["unet"],
        vae=parts["vae"],
        text_encoders=(parts["text_encoder"], parts["text_encoder_2"]),
        tokenizers=(parts["tokenizer"], parts["tokenizer_2"]),
        scheduler_config=parts["scheduler"],
    )


def model_weights(folder: Path) -> list[Path]:
    """The files that hold a model's weights."""
    return [folder] if folder.is_file() else [file for part in WEIGHTED_PARTS for file in weight_files(folder / part)]


def _parts_of_folder(facts: ModelFacts, dtype: torch.dtype, vae_dtype: torch.dtype) -> dict[str, Any]:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    folder = facts.folder
    common = {"local_files_only": True, "use_safetensors": True, "variant": facts.variant}
    scheduler = UNet2DConditionModel.load_config(folder / "scheduler" / "scheduler_config.json")
    return {
        "unet": UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=dtype, **common),
        "vae": AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=vae_dtype, **common),
        "text_encoder": CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=dtype, **common),
        "text_encoder_2": CLIPTextModelWithProjection.from_pretrained(folder / "text_encoder_2", dtype=dtype, **common),
        "tokenizer": CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        "tokenizer_2": CLIPTokenizer.from_pretrained(folder / "tokenizer_2", local_files_only=True),
        "scheduler": dict(scheduler),
    }


def _parts_of_file(facts: ModelFacts, dtype: torch.dtype, vae_dtype: torch.dtype) -> dict[str, Any]:
    """Diffusers renames the weights; configs and tokenizer are those of SDXL that come along."""
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from diffusers.loaders.single_file_utils import create_diffusers_clip_model_from_ldm
    from safetensors.torch import load_file
    from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    configs = sdxl_configs()
    weights = load_file(facts.folder)
    common = {"config": str(configs), "local_files_only": True}

    def part(prefix: str) -> dict[str, torch.Tensor]:
        return {name: weight for name, weight in weights.items() if name.startswith(prefix)}

    def encoder(kind: type, prefix: str, name: str) -> Any:
        return create_diffusers_clip_model_from_ldm(kind, part(prefix), subfolder=name, torch_dtype=dtype, **common)

    def tokenizer(**marks: str) -> CLIPTokenizer:
        return CLIPTokenizer.from_pretrained(configs / "tokenizer", local_files_only=True, **marks)

    checkpoint = recognise(read_header(facts.folder))
    return {
        "unet": UNet2DConditionModel.from_single_file(part(UNET), subfolder="unet", torch_dtype=dtype, **common),
        "vae": AutoencoderKL.from_single_file(part(VAE), subfolder="vae", torch_dtype=vae_dtype, **common),
        "text_encoder": encoder(CLIPTextModel, CLIP_L, "text_encoder"),
        "text_encoder_2": encoder(CLIPTextModelWithProjection, CLIP_G, "text_encoder_2"),
        "tokenizer": tokenizer(),
        "tokenizer_2": tokenizer(pad_token="!"),  # as SDXL was trained
        "scheduler": scheduler_config(configs, checkpoint),
    }


def _vae_dtype(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """SDXL's VAE overflows in float16; bfloat16 costs smooth skies a shade, which a CPU need not save."""
    return torch.float32 if dtype == torch.float16 or device.type == "cpu" else dtype


def load_captioner(folder: Path, device: torch.device, dtype: torch.dtype) -> TransformersCaptioner:
    """Load a transformers folder of an image-text-to-text model.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: as ``inspect_captioner``, or when loading fails.
    """
    from transformers import AutoModelForImageTextToText, AutoProcessor

    facts = inspect_captioner(folder)
    with _loading(folder):
        common = {"local_files_only": True, "trust_remote_code": False}
        processor = AutoProcessor.from_pretrained(folder, **common)
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=dtype, use_safetensors=True, **common)
    if getattr(processor, "chat_template", None) is None:
        raise ModelUnsupported(f"The captioner in {folder} has no chat template.", "Choose another captioner.")
    _require_finite(folder, model)
    processor.tokenizer.padding_side = "left"  # answers of a batch begin at the same place
    model.eval().requires_grad_(False).to(device)
    return TransformersCaptioner(
        name=facts.name, weights_hash=hash_files(weight_files(folder)), model=model, processor=processor
    )


@contextmanager
def _loading(folder: Path) -> Iterator[None]:
    """Quiet the libraries' hints to programmers, and turn what goes wrong into a sentence."""
    import diffusers.utils.logging
    import safetensors
    import transformers.utils.logging

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError) as error:
        if is_full(error):
            raise
        raise ModelCorrupt(f"The model in {folder} cannot be loaded: {error}", "Copy or download it again.") from error
    except safetensors.SafetensorError as error:
        raise ModelCorrupt(f"The weights in {folder} are damaged: {error}", "Copy or download them again.") from error


def _require_finite(folder: Path, model: Any) -> None:
    for name, values in model.named_parameters():
        if not torch.isfinite(values).all():
            raise ModelCorrupt(
                f"The weights {name!r} in {folder} are not all numbers.", "Copy or download the model again."
            )


def hash_files(files: Iterable[Path]) -> str:
    """SHA-256 over the contents of files, hexadecimal."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
