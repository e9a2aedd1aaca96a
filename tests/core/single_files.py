"""Writes a diffusers folder as the single file that other programs use, so that reading it can be proved."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection",
}  # fmt: skip
TOP = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
}  # fmt: skip


CLIP = {"SDXL": "conditioner.embedders.0.transformer.", "SD 1": "cond_stage_model.transformer."}
OPEN_CLIP = {"SDXL": "conditioner.embedders.1.model.", "SD 2": "cond_stage_model.model."}


def write_single_file(
    folder: Path, file: Path, layers: int, extra: dict[str, Tensor] | None = None, kind: str = "SDXL"
) -> Path:
    """One checkpoint of all parts of a tiny model; ``layers`` is the UNet's ``layers_per_block``."""
    tensors = dict(extra or {})
    unet = part(folder / "unet")
    attends = {name.split(".attentions")[0] for name in unet if ".attentions" in name}
    for name, value in unet.items():
        tensors["model.diffusion_model." + unet_name(name, layers, attends)] = value
    for name, value in part(folder / "vae").items():
        tensors["first_stage_model." + vae_name(name)] = value
    if kind in CLIP:
        for name, value in part(folder / "text_encoder").items():
            tensors[f"{CLIP[kind]}text_model." + name.removeprefix("text_model.")] = value
    if kind in OPEN_CLIP:
        encoder = "text_encoder_2" if kind in CLIP else "text_encoder"
        tensors |= open_clip(part(folder / encoder), OPEN_CLIP[kind])
    save_file({name: value.clone().contiguous() for name, value in tensors.items()}, file)
    return file


def part(folder: Path) -> dict[str, Tensor]:
    (file,) = folder.glob("*.safetensors")
    return load_file(file)


def unet_name(name: str, layers: int, attends: set[str]) -> str:
    for ours, theirs in TOP.items():
        if name.startswith(ours + "."):
            return name.replace(ours, theirs, 1)
    found = re.fullmatch(r"(down_blocks|up_blocks|mid_block)\.?(\d*)\.(\w+?)\.(\d+)\.(.+)", name)
    assert found, name
    side, block, kind, index, rest = found.groups()
    per_block = layers + 1
    if side == "mid_block":
        place = f"middle_block.{2 * int(index) if kind == 'resnets' else 1}"
    elif side == "down_blocks":
        first = 1 + int(block) * per_block
        place = f"input_blocks.{first + (layers if kind == 'downsamplers' else int(index))}"
        place += {"resnets": ".0", "attentions": ".1", "downsamplers": ".0"}[kind]
    else:
        first = int(block) * per_block
        place = f"output_blocks.{first + (layers if kind == 'upsamplers' else int(index))}"
        last = "2" if f"up_blocks.{block}" in attends else "1"
        place += {"resnets": ".0", "attentions": ".1", "upsamplers": f".{last}"}[kind]
    if kind == "resnets":
        inner, _, ending = rest.partition(".")
        rest = f"{RESNET[inner]}.{ending}"
    elif kind == "downsamplers":
        rest = rest.replace("conv", "op")
    return f"{place}.{rest}"


def vae_name(name: str) -> str:
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m[1])}.block.{m[2]}", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)


def open_clip(ours: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    theirs = {}
    for name, value in ours.items():
        short = name.removeprefix("text_model.")
        if short == "text_projection.weight":
            theirs["text_projection"] = value.T
        elif found := re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.q_proj\.(weight|bias)", short):
            three = [ours[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            theirs[f"transformer.resblocks.{found[1]}.attn.in_proj_{found[2]}"] = torch.cat(three)
        elif not re.search(r"[kv]_proj", short):
            for one, two in (
                ("embeddings.token_embedding", "token_embedding"),
                ("embeddings.position_embedding.weight", "positional_embedding"),
                ("final_layer_norm", "ln_final"), ("encoder.layers", "transformer.resblocks"),
                ("self_attn", "attn"), ("layer_norm", "ln_"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"),
            ):  # fmt: skip
                short = short.replace(one, two)
            theirs[short] = value
    return {prefix + name: value for name, value in theirs.items()}
