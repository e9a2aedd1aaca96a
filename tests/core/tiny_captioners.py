"""One tiny captioner of random weights for each way of asking, written as its real classes write theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as t

from hiprompt_core.model_files import demo_captioner

SIDE, PATCH = 28, 14
CHAT = (
    "{% for message in messages %}{{ message['role'] }}: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)
TEXT = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 2048,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": PATCH,
}
SQUARE = {"height": SIDE, "width": SIDE}


def tokenizer(padding: str = "left", **marks: str) -> t.PreTrainedTokenizerFast:
    """The demo captioner's words and these marks, each one token."""
    return t.PreTrainedTokenizerFast(
        tokenizer_file=str(demo_captioner() / "tokenizer.json"),
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        padding_side=padding,
        extra_special_tokens=marks,
    )


def _ids(tokens: t.PreTrainedTokenizerFast) -> dict[str, int]:
    return {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "vocab_size": len(tokens)}


def _llama(tokens: t.PreTrainedTokenizerFast) -> t.LlamaConfig:
    return t.LlamaConfig(**TEXT, **_ids(tokens))


def _qwen(tokens: t.PreTrainedTokenizerFast) -> t.Qwen2Config:
    return t.Qwen2Config(**TEXT, **_ids(tokens))


def llava() -> tuple[Any, Any]:
    """LLaVA 1.5 as its old repositories are: no chat template."""
    tokens = tokenizer(image_token="<image>")
    config = t.LlavaConfig(
        vision_config=t.CLIPVisionConfig(**VISION, projection_dim=16),
        text_config=_llama(tokens),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_seq_length=4,
    )
    images = t.CLIPImageProcessorPil(size=SQUARE, crop_size=SQUARE)
    processor = t.LlavaProcessor(images, tokens, PATCH, "default", num_additional_image_tokens=1)
    return t.LlavaForConditionalGeneration(config), processor


def llava_next() -> tuple[Any, Any]:
    """LLaVA 1.6, which cuts a picture into tiles."""
    tokens = tokenizer(image_token="<image>")
    grid = [[SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE]]
    config = t.LlavaNextConfig(
        vision_config=t.CLIPVisionConfig(**VISION, projection_dim=16),
        text_config=_llama(tokens),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grid,
    )
    size = {"shortest_edge": SIDE}
    images = t.LlavaNextImageProcessorPil(size=size, crop_size=SQUARE, image_grid_pinpoints=grid)
    chat = CHAT.replace("IMAGE", "<image>\n")
    processor = t.LlavaNextProcessor(images, tokens, PATCH, "default", chat, num_additional_image_tokens=1)
    return t.LlavaNextForConditionalGeneration(config), processor


def llava_onevision() -> tuple[Any, Any]:
    tokens = tokenizer(image_token="<image>", video_token="<video>")
    grid = [[SIDE, SIDE], [SIDE, 2 * SIDE], [2 * SIDE, SIDE], [2 * SIDE, 2 * SIDE]]
    config = t.LlavaOnevisionConfig(
        vision_config=t.SiglipVisionConfig(**VISION, vision_use_head=False),
        text_config=_qwen(tokens),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        video_token_index=tokens.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grid,
    )
    images = t.LlavaOnevisionImageProcessorPil(size=SQUARE, image_grid_pinpoints=grid)
    known = {
        "num_image_tokens": 4,
        "vision_feature_select_strategy": "full",
        "chat_template": CHAT.replace("IMAGE", "<image>\n"),
    }
    return t.LlavaOnevisionForConditionalGeneration(config), (t.LlavaOnevisionProcessor, images, tokens, known)


def qwen2_5_vl() -> tuple[Any, Any]:
    tokens = tokenizer(
        image_token="<|image_pad|>", video_token="<|video_pad|>", start="<|vision_start|>", end="<|vision_end|>"
    )
    vision = {"depth": 2, "hidden_size": 16, "out_hidden_size": 16, "num_heads": 2, "intermediate_size": 32}
    ids = {
        f"{name}_token_id": tokens.convert_tokens_to_ids(f"<|{mark}|>")
        for name, mark in {
            "image": "image_pad",
            "video": "video_pad",
            "vision_start": "vision_start",
            "vision_end": "vision_end",
        }.items()
    }
    text = {**TEXT, **_ids(tokens), "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2]}}
    config = t.Qwen2_5_VLConfig(
        text_config=text,
        vision_config={**vision, "patch_size": PATCH, "window_size": 4 * PATCH, "fullatt_block_indexes": [1]},
        **ids,
    )
    images = t.Qwen2VLImageProcessorPil(size={"shortest_edge": 4 * PATCH**2, "longest_edge": 1280 * 4 * PATCH**2})
    known = {"chat_template": CHAT.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")}
    return t.Qwen2_5_VLForConditionalGeneration(config), (t.Qwen2_5_VLProcessor, images, tokens, known)


def smolvlm() -> tuple[Any, Any]:
    tokens = tokenizer(
        image_token="<image>",
        fake_image_token="<fake_token_around_image>",
        end_of_utterance_token="<end_of_utterance>",
        global_image_token="<global-img>",
    )
    config = t.SmolVLMConfig(
        text_config=_llama(tokens),
        vision_config=t.SmolVLMVisionConfig(**VISION),
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
        scale_factor=2,
    )
    images = t.SmolVLMImageProcessorPil(size={"longest_edge": 2 * SIDE}, max_image_size={"longest_edge": SIDE})
    known = {"image_seq_len": 1, "chat_template": CHAT.replace("IMAGE", "<image>")}
    return t.SmolVLMForConditionalGeneration(config), (t.SmolVLMProcessor, images, tokens, known)


def internvl() -> tuple[Any, Any]:
    tokens = tokenizer(
        context_image_token="<IMG_CONTEXT>", start_image_token="<img>", end_image_token="</img>", video_token="<video>"
    )
    config = t.InternVLConfig(
        vision_config=t.InternVLVisionConfig(**{**VISION, "image_size": [SIDE, SIDE], "patch_size": [PATCH, PATCH]}),
        text_config=_qwen(tokens),
        image_token_id=tokens.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=1,
    )
    images = t.GotOcr2ImageProcessorPil(size=SQUARE, crop_to_patches=True)
    known = {"image_seq_length": 1, "chat_template": CHAT.replace("IMAGE", "<IMG_CONTEXT>\n")}
    return t.InternVLForConditionalGeneration(config), (t.InternVLProcessor, images, tokens, known)


def florence2() -> tuple[Any, Any]:
    """An encoder and a decoder; asked by task tokens."""
    tokens = tokenizer("right", image_token="<image>")
    text = {
        "d_model": 16,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "decoder_ffn_dim": 32,
        "max_position_embeddings": 256,
        "decoder_start_token_id": 2,
        **_ids(tokens),
    }
    vision = {
        "embed_dim": (8, 16),
        "depths": (1, 1),
        "num_heads": (2, 2),
        "num_groups": (2, 2),
        "patch_size": (7, 3),
        "patch_stride": (4, 2),
        "patch_padding": (3, 1),
        "patch_prenorm": (False, True),
        "window_size": 4,
        "projection_dim": 16,
    }
    config = t.Florence2Config(
        text_config=t.BartConfig(**text),
        vision_config=vision,
        image_token_id=tokens.convert_tokens_to_ids("<image>"),
        is_encoder_decoder=True,
    )
    images = t.CLIPImageProcessorPil(size={"height": 32, "width": 32}, do_center_crop=False)
    images.image_seq_length = 17
    return t.Florence2ForConditionalGeneration(config), t.Florence2Processor(images, tokens)


def blip_2() -> tuple[Any, Any]:
    """With OPT, which answers after a colon."""
    tokens = tokenizer()
    tokens.add_tokens([t.AddedToken("<image>", normalized=False, special=True)], special_tokens=True)
    former = {
        "vocab_size": 99,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "encoder_hidden_size": 16,
    }
    opt = {
        "hidden_size": 16,
        "ffn_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "word_embed_proj_dim": 16,
    }
    config = t.Blip2Config(
        vision_config=VISION,
        qformer_config=former,
        text_config={
            "model_type": "opt",
            "max_position_embeddings": 256,
            "word_embed_proj_dim": 16,
            **opt,
            **_ids(tokens),
        },
        num_query_tokens=4,
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
    )
    images = t.BlipImageProcessorPil(size=SQUARE)
    return t.Blip2ForConditionalGeneration(config), t.Blip2Processor(images, tokens, num_query_tokens=4)


def instructblip() -> tuple[Any, Any]:
    """Its Q-Former reads the question too, with a tokenizer of its own."""
    config = blip_2()[0].config.to_dict()
    tokens = tokenizer()
    tokens.add_tokens([t.AddedToken("<image>", normalized=False, special=True)], special_tokens=True)
    config["qformer_config"] |= {"vocab_size": len(tokens), "model_type": "instructblip_qformer"}
    config |= {"model_type": "instructblip"}
    made = t.InstructBlipConfig.from_dict(config)
    images = t.BlipImageProcessorPil(size=SQUARE)
    processor = t.InstructBlipProcessor(images, tokens, tokenizer(), num_query_tokens=4)
    return t.InstructBlipForConditionalGeneration(made), processor


def paligemma() -> tuple[Any, Any]:
    tokens = tokenizer(image_token="<image>")
    images = t.SiglipImageProcessorPil(size=SQUARE)
    images.image_seq_length = 4
    processor = t.PaliGemmaProcessor(images, tokens)
    config = t.PaliGemmaConfig(
        vision_config=t.SiglipVisionConfig(**VISION, vision_use_head=False, projection_dim=16),
        text_config=t.GemmaConfig(**TEXT, **_ids(tokens)),
        image_token_index=tokens.convert_tokens_to_ids("<image>"),
        projection_dim=16,
        hidden_size=16,
    )
    return t.PaliGemmaForConditionalGeneration(config), processor


KINDS: dict[str, Callable[[], tuple[Any, Any]]] = {
    make.__name__: make
    for make in (
        llava,
        llava_next,
        llava_onevision,
        qwen2_5_vl,
        smolvlm,
        internvl,
        florence2,
        blip_2,
        instructblip,
        paligemma,
    )
}


def save_captioner(kind: str, folder: Path) -> Path:
    """The folder as it is downloaded; processors that need torchvision for videos are written part by part."""
    torch.manual_seed(1)
    model, processor = KINDS[kind]()
    model.save_pretrained(folder)
    if not isinstance(processor, tuple):
        processor.save_pretrained(folder)
        return folder
    made_by, images, tokens, known = processor
    images.save_pretrained(folder)
    tokens.save_pretrained(folder)
    template = known.pop("chat_template")
    (folder / "chat_template.jinja").write_text(template)
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": made_by.__name__, **known}))
    return folder
