"""Tiny but real models of the families beside SDXL, as folders in the diffusers layout."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, SD3Transformer2DModel, UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
)

from hiprompt_core.model_files import sdxl_configs

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
SD1 = {**BETAS, "_class_name": "DDIMScheduler", "prediction_type": "epsilon", "steps_offset": 1}
SD2 = {**SD1, "prediction_type": "v_prediction"}
FLOW = {"_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 3.0}


def text_config() -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=49408, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=8, bos_token_id=0, eos_token_id=2, pad_token_id=1, initializer_factor=1.0,
    )  # fmt: skip


def save_vae(folder: Path, channels: int, **values: object) -> None:
    AutoencoderKL(
        block_out_channels=(4, 4, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=channels,
        norm_num_groups=2,
        mid_block_add_attention=False,
        sample_size=64,
        **values,
    ).save_pretrained(folder / "vae")


def save_rest(folder: Path, pipeline: str, scheduler: dict[str, object], tokenizers: tuple[str, ...]) -> Path:
    for part in tokenizers:
        shutil.copytree(sdxl_configs() / "tokenizer", folder / part)
    (folder / "scheduler").mkdir()
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(scheduler))
    (folder / "model_index.json").write_text(json.dumps({"_class_name": pipeline}))
    return folder


def save_stable_diffusion(folder: Path, scheduler: dict[str, object], **unet: object) -> Path:
    """The layout of Stable Diffusion 1 and 2; ``unet`` adds to the UNet's config."""
    torch.manual_seed(7)
    UNet2DConditionModel(**{
        "sample_size": 8, "block_out_channels": (8, 16), "layers_per_block": 1, "norm_num_groups": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "attention_head_dim": 2, "cross_attention_dim": 8, **unet,
    }).save_pretrained(folder / "unet")  # fmt: skip
    save_vae(folder, 4, scaling_factor=0.18215)
    CLIPTextModel(text_config()).save_pretrained(folder / "text_encoder")
    return save_rest(folder, "StableDiffusionPipeline", scheduler, ("tokenizer",))


def save_sd3(folder: Path, t5: bool, **sizes: object) -> Path:
    """The layout of Stable Diffusion 3, with or without its third encoder."""
    torch.manual_seed(8)
    SD3Transformer2DModel(**{
        "sample_size": 8, "patch_size": 2, "in_channels": 16, "out_channels": 16, "num_layers": 2,
        "attention_head_dim": 8, "num_attention_heads": 2, "joint_attention_dim": 24, "caption_projection_dim": 16,
        "pooled_projection_dim": 16, "pos_embed_max_size": 16, **sizes,
    }).save_pretrained(folder / "transformer")  # fmt: skip
    save_vae(folder, 16, scaling_factor=1.5305, shift_factor=0.0609, use_quant_conv=False, use_post_quant_conv=False)
    for part in ("text_encoder", "text_encoder_2"):
        CLIPTextModelWithProjection(text_config()).save_pretrained(folder / part)
    if t5:
        save_t5(folder)
    return save_rest(folder, "StableDiffusion3Pipeline", FLOW, ("tokenizer", "tokenizer_2"))


def save_t5(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    config = T5Config(vocab_size=64, d_model=24, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    T5EncoderModel(config).save_pretrained(folder / "text_encoder_3")
    words = ["<pad>", "</s>", "<unk>", "a", "red", "circle", "blue", "fox"]
    tokenizer = Tokenizer(models.Unigram([(word, -1.0 - place) for place, word in enumerate(words)], unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )
    fast.save_pretrained(folder / "tokenizer_3")
    config_file = folder / "tokenizer_3/tokenizer_config.json"
    config_file.write_text(json.dumps({**json.loads(config_file.read_text()), "tokenizer_class": "T5Tokenizer"}))
