"""What headers tell, by names and shapes as the common tools write them."""

from __future__ import annotations

from typing import Any

import pytest

from hiprompt_core.library.recognising import precision_and_parameters, recognise_config, recognise_weights
from tests.core.library.trees import LORA, SDXL

RRDB = {"conv_first.weight": (4, 3, 3, 3), "body.0.rdb1.conv1.weight": (32, 4, 3, 3), "conv_body.weight": (4, 4, 3, 3),
        "conv_last.weight": (3, 4, 3, 3)}  # fmt: skip
ATTENTION = "blocks.1.0.transformer_blocks.0.attn2.to_k"
KNOWN: list[tuple[str, str, dict[str, tuple[int, ...]]]] = [
    ("model", "SDXL", SDXL),
    ("refiner", "SDXL", {"model.diffusion_model.x": (1,), "conditioner.embedders.0.model.ln_final.weight": (1280,)}),
    ("model", "SD 1", {"model.diffusion_model.x": (1,), "cond_stage_model.transformer.text_model.x": (1,)}),
    ("model", "SD 2", {"model.diffusion_model.x": (1,), "cond_stage_model.model.ln_final.weight": (1024,)}),
    ("diffusion network", "SD 3", {"model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight": (3, 1)}),
    ("model", "SD 3", {"model.diffusion_model.joint_blocks.0.x": (3,), "text_encoders.clip_l.x": (1,)}),
    ("diffusion network", "FLUX", {"double_blocks.0.img_attn.qkv.weight": (3, 1)}),
    ("diffusion network", "SD 1", {f"model.diffusion_model.input_{ATTENTION}.weight": (320, 768)}),
    ("diffusion network", "SDXL", {f"down_{ATTENTION}.weight": (640, 2048)}),
    ("ControlNet", "SD 1", {f"control_model.input_{ATTENTION}.weight": (320, 768), "control_model.zero_convs.0": (1,)}),
    ("ControlNet", "SDXL", {"controlnet_cond_embedding.conv_in.weight": (1,), f"down_{ATTENTION}.weight": (640, 2048)}),
    ("VAE", "", {"decoder.up.0.block.0.conv1.weight": (1,), "encoder.conv_in.weight": (1,)}),
    ("VAE", "", {"decoder.up_blocks.0.resnets.0.conv1.weight": (1,)}),
    ("LoRA", "SDXL", LORA),
    ("LoRA", "SDXL", {"lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight": (4, 1280)}),
    ("LoRA", "SD 1", {"unet.down_blocks.0.attentions.0.attn2.to_k.lora_A.weight": (4, 768)}),
    ("LoRA", "SD 1", {"a.attn2.to_k.lora.up.weight": (4, 2048), "b.attn2.to_k.lora.down.weight": (4, 768)}),
    ("LoRA", "FLUX", {"transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight": (4, 3072)}),
    ("LoRA", "", {"lora_unet_mid_block_proj_in.lora_down.weight": (4, 1280)}),
    ("embedding", "SDXL", {"clip_l": (2, 768), "clip_g": (2, 1280)}),
    ("embedding", "SD 1", {"emb_params": (2, 768)}),
    ("embedding", "SD 2", {"<style>": (1024,)}),
    ("upscaler", "ESRGAN", RRDB),
    ("upscaler", "ESRGAN", {"model.0.weight": (1,), "model.1.sub.0.RDB1.conv1.0.weight": (1,)}),
    ("upscaler", "Compact", {"body.0.weight": (4, 3, 3, 3), "body.1.weight": (4,)}),
    ("upscaler", "ESRGAN", {f"params_ema.{name}": shape for name, shape in RRDB.items()}),
    ("text encoder", "CLIP", {"text_model.encoder.layers.0.mlp.fc1.weight": (1,)}),
    ("text encoder", "T5", {"encoder.block.0.layer.0.SelfAttention.q.weight": (1,)}),
    ("captioner", "", {"vision_tower.vision_model.embeddings.class_embedding": (1,), "language_model.x": (1,)}),
    ("unknown", "", {"fc1.weight": (3, 3), "fc2.weight": (3, 3)}),
    ("unknown", "", {}),
]  # fmt: skip


def header(shapes: dict[str, tuple[int, ...]], dtype: str = "F16") -> dict[str, Any]:
    return {name: {"dtype": dtype, "shape": list(shape), "data_offsets": [0, 0]} for name, shape in shapes.items()}


@pytest.mark.parametrize(("role", "family", "shapes"), KNOWN)
def test_weights(role: str, family: str, shapes: dict[str, tuple[int, ...]]) -> None:
    assert recognise_weights(header(shapes)) == (role, family)


@pytest.mark.parametrize(
    ("marks", "family"),
    [
        ({"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, "SDXL"),
        ({"ss_base_model_version": "sd_v1"}, "SD 1"),
        ({"ss_base_model_version": "sdxl_base_v1-0"}, "SDXL"),
    ],
)
def test_a_lora_without_telling_shapes_is_told_by_its_trainer(marks: dict[str, str], family: str) -> None:
    shapes = header({"lora_unet_mid_block_proj_in.lora_down.weight": (4, 1280)})
    assert recognise_weights(shapes | {"__metadata__": marks}) == ("LoRA", family)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"_class_name": "StableDiffusionXLPipeline", "text_encoder": ["transformers", "C"]}, ("model", "SDXL")),
        ({"_class_name": "StableDiffusionXLImg2ImgPipeline", "text_encoder": [None, None]}, ("refiner", "SDXL")),
        ({"_class_name": "StableDiffusion3Pipeline"}, ("model", "SD 3")),
        ({"_class_name": "FluxPipeline"}, ("model", "FLUX")),
        ({"_class_name": "KandinskyPipeline"}, ("model", "Kandinsky")),
        ({"_class_name": "AutoencoderKL"}, ("VAE", "")),
        ({"_class_name": "ControlNetModel", "cross_attention_dim": 2048}, ("ControlNet", "SDXL")),
        ({"_class_name": "ControlNetUnionModel", "cross_attention_dim": 2048}, ("ControlNet", "SDXL")),
        ({"model_type": "swin2sr"}, ("upscaler", "Swin2SR")),
        ({"model_type": "llava", "vision_config": {}}, ("captioner", "llava")),
        ({"model_type": "florence2"}, ("captioner", "florence2")),
        ({"model_type": "clip_text_model"}, ("text encoder", "CLIP")),
        ({"model_type": "bert"}, ("unknown", "bert")),
        ({"model_type": "clip", "vision_config": {}}, ("unknown", "clip")),
    ],
)
def test_folders(config: dict[str, Any], expected: tuple[str, str]) -> None:
    assert recognise_config(config) == expected


def test_precision_is_that_of_most_weights() -> None:
    headers = [header({"a": (10,)}, "BF16"), header({"b": (3,)}, "F32") | {"__metadata__": {}}]
    assert precision_and_parameters(headers) == ("bf16", 13)
    assert precision_and_parameters([header({"a": (2,)}, "I8")]) == ("i8", 2)
    assert precision_and_parameters([]) == ("", 0)
