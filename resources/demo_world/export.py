"""Writes trained (or fresh) weights as the folders that diffusers and transformers load."""

import copy
import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import (
    CLIPImageProcessor,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from .models import CAPTIONER_IMAGE_SIZE, CAPTIONER_PATCH, build_scheduler
from .tokens import CHAT_TEMPLATE, IMAGE_TOKEN, save_prompt_tokenizer


def export_diffusion_model(
    folder: Path,
    *,
    vae: AutoencoderKL,
    unet: UNet2DConditionModel,
    text_encoders: tuple[CLIPTextModel, CLIPTextModelWithProjection],
    tokenizer: CLIPTokenizer,
) -> None:
    """Write the layout of diffusers' StableDiffusionXLPipeline, weights as float16 safetensors."""
    parts = {"vae": vae, "unet": unet, "text_encoder": text_encoders[0], "text_encoder_2": text_encoders[1]}
    for name, part in parts.items():
        _save_half(part, folder / name)
    for name in ("tokenizer", "tokenizer_2"):
        save_prompt_tokenizer(tokenizer, folder / name)
    build_scheduler().save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "StableDiffusionXLPipeline",
        "_diffusers_version": "0.42.1",
        # The program's own: what phase 1 is guided by and how much later phases draw anew (README.md there,
        # docs/quality.md). diffusers skips names with a line in front.
        "_guidance_scale": 3.0,
        "_strength": 0.1,
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        # The models learnt the encoded empty prompt as "anything".
        "force_zeros_for_empty_prompt": False,
        "add_watermarker": False,
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def export_captioner(folder: Path, model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast) -> None:
    """Write the layout that AutoProcessor and AutoModelForImageTextToText load, weights as float16 safetensors."""
    build_processor(tokenizer).save_pretrained(folder)
    _save_half(model, folder)


def build_processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    """Resizes any image to the captioner's own size and puts one token per image patch into the question."""
    side = {"height": CAPTIONER_IMAGE_SIZE, "width": CAPTIONER_IMAGE_SIZE}
    return LlavaProcessor(
        image_processor=CLIPImageProcessor(size=side, do_center_crop=False, crop_size=side),
        tokenizer=tokenizer,
        patch_size=CAPTIONER_PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token=IMAGE_TOKEN,
        chat_template=CHAT_TEMPLATE,
    )


def _save_half(model: torch.nn.Module, folder: Path) -> None:
    """Save the weights in float16 and plain memory format, leaving the model as it is."""
    copy.deepcopy(model).to(dtype=torch.float16, memory_format=torch.contiguous_format).save_pretrained(folder)
    # transformers loads in the dtype that the configuration names. float32 runs everywhere, as diffusers' parts do;
    # whoever wants float16 asks for it.
    config_file = folder / "config.json"
    config = json.loads(config_file.read_text(encoding="utf-8"))
    for section in (config, config.get("text_config"), config.get("vision_config")):
        if section and "dtype" in section:
            section["dtype"] = "float32"
    config_file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


@torch.no_grad()
def load_diffusion_weights(folder: Path, parts: dict[str, torch.nn.Module]) -> None:
    """Start the named parts ("vae", "unet", "text_encoder", …) from the weights of an exported model."""
    for name, part in parts.items():
        file = next((folder / name).glob("*.safetensors"))
        part.load_state_dict(load_file(file))


def load_captioner(folder: Path) -> LlavaForConditionalGeneration:
    """An exported captioner, in float32 for further training."""
    return LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
