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
    if kind == "SD 3":
        return save(tensors | sd3(folder), file)
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
    return save(tensors, file)


def save(tensors: dict[str, Tensor], file: Path) -> Path:
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


SD3_TOP = {
    "pos_embed.pos_embed": "pos_embed", "pos_embed.proj": "x_embedder.proj", "context_embedder": "context_embedder",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "proj_out": "final_layer.linear", "norm_out.linear": "final_layer.adaLN_modulation.1",
}  # fmt: skip
SD3_BLOCK = {
    "norm1_context.linear": "context_block.adaLN_modulation.1", "norm1.linear": "x_block.adaLN_modulation.1",
    "ff_context.net.0.proj": "context_block.mlp.fc1", "ff_context.net.2": "context_block.mlp.fc2",
    "ff.net.0.proj": "x_block.mlp.fc1", "ff.net.2": "x_block.mlp.fc2",
    "attn.to_out.0": "x_block.attn.proj", "attn.to_add_out": "context_block.attn.proj",
    "attn2.to_out.0": "x_block.attn2.proj",
    "attn.norm_q": "x_block.attn.ln_q", "attn.norm_k": "x_block.attn.ln_k",
    "attn2.norm_q": "x_block.attn2.ln_q", "attn2.norm_k": "x_block.attn2.ln_k",
    "attn.norm_added_q": "context_block.attn.ln_q", "attn.norm_added_k": "context_block.attn.ln_k",
}  # fmt: skip
SD3_QKV = {
    "x_block.attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "x_block.attn2.qkv": ("attn2.to_q", "attn2.to_k", "attn2.to_v"),
    "context_block.attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
}


def sd3(folder: Path) -> dict[str, Tensor]:
    """All but T5, whose names begin with ``text_encoders.t5xxl.``."""
    ours = part(folder / "transformer")
    last = max(int(name.split(".")[1]) for name in ours if name.startswith("transformer_blocks."))
    theirs: dict[str, Tensor] = {}
    for name, value in ours.items():
        stem, _, ending = name.rpartition(".")
        if name in SD3_TOP or stem in SD3_TOP:
            to = SD3_TOP.get(name) or f"{SD3_TOP[stem]}.{ending}"
        else:
            _, block, inner = stem.split(".", 2)
            if inner not in SD3_BLOCK:
                continue
            to = f"joint_blocks.{block}.{SD3_BLOCK[inner]}.{ending}"
        swapped = name.startswith(("norm_out.", f"transformer_blocks.{last}.norm1_context."))
        theirs[to] = torch.cat(value.chunk(2)[::-1]) if swapped else value
    for block in range(last + 1):
        for to, names in SD3_QKV.items():
            for ending in ("weight", "bias"):
                if f"transformer_blocks.{block}.{names[0]}.{ending}" in ours:
                    three = [ours[f"transformer_blocks.{block}.{name}.{ending}"] for name in names]
                    theirs[f"joint_blocks.{block}.{to}.{ending}"] = torch.cat(three)
    tensors = {f"model.diffusion_model.{name}": value for name, value in theirs.items()}
    tensors |= {f"first_stage_model.{vae_name(name)}": value for name, value in part(folder / "vae").items()}
    for name, encoder in (("clip_l", "text_encoder"), ("clip_g", "text_encoder_2")):
        for key, value in part(folder / encoder).items():
            tensors[f"text_encoders.{name}.transformer.{key}"] = value
    return tensors
