"""Upscalers in single files: which architecture a file holds, by the names of its tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.weight_header import METADATA, read_header, require_plain

SPANDREL = "spandrel==0.4.2"
"""As pyproject.toml has it."""
REMEDY = "Choose an upscaler as .safetensors (ESRGAN, Compact, SwinIR, DAT, HAT, SPAN, …) or the folder of a Swin2SR."

_SIGNS = (
    ("model.1.sub.0.RDB1.conv1.0.weight", "ESRGAN"),
    ("RRDB_trunk.0.RDB1.conv1.weight", "ESRGAN"),
    ("am_list.0.fc.0.weight", "MMRealSR"),
    ("body.0.rdb1.conv1.weight", "ESRGAN"),
    ("block_1.c1_r.sk.weight", "SPAN"),
    ("layers.0.residual_group.overlap_attn.qkv.weight", "HAT"),
    ("layers.0.residual_group.blocks.0.attn.cpb_mlp.0.weight", "Swin2SR"),
    ("layers.0.residual_group.blocks.0.attn.qkv.weight", "SwinIR"),
    ("layers.0.residual_group.layers.0.attn_atd.scale", "ATD"),
    ("layers.0.residual_group.srwa_blocks.0.get_v.weight", "CRAFT"),
    ("layers.0.blocks.0.attn.channel_interaction.1.weight", "DAT"),
    ("layers.0.blocks.0.attn.get_v.weight", "RGT"),
    ("layers.0.adjust1.weight", "DRCT"),
    ("feats.1.channe_mixer.0.weight", "PLKSR"),
    ("feats.1.channel_mixer.0.weight", "PLKSR"),
    ("feats.0.safm.aggr.weight", "SAFMN"),
    ("groups.0.blocks.0.ffn.fc1.weight", "FDAT"),
    ("gblocks.0.weight", "MoSR"),
    ("blocks.0.blocks.0.conv.dwconv_hw.weight", "MoESR"),
    ("body.0.local_block.block.conv_1.0.weight", "SeemoRe"),
    ("body.0.body.0.body.3.conv_du.0.weight", "RCAN"),
    ("residual_layer.0.residual_layer.0.layer.0.fn.0.weight", "OmniSR"),
    ("unet2.conv1.conv.0.weight", "RealCUGAN"),
    ("initial.cnn.depthwise.weight", "SwiftSRGAN"),
    ("UFONE.0.ITLs.0.attn.qkv.weight", "DITN"),
    ("B1.body.0.transformer_body.0.blocks.0.attn.local.pointwise_conv_0.weight", "DCTLSA"),
)
"""The first name that is there decides; spandrel's readers, which know all names, have the last word.

Those of its architectures that make pictures larger. Left out: AuraSR draws another picture every time, files of GRL
do not tell all of its sizes, IPT computes in one order of memory only.
"""
_WRAPPERS = ("params_ema.", "params-ema.", "params.", "module.", "netG.")
"""What all names begin with in files that were made of a training's whole state; averaged weights first."""


class UpscalerFile(NamedTuple):
    """What a file holds, as its header tells."""

    architecture: str
    tensors: dict[str, Any]
    """What the header says of each, by the name that the architecture gives it."""
    names: dict[str, str]
    """The file's names, by the same."""


def recognise(header: Mapping[str, Any]) -> str | None:
    """The architecture of an upscaler as its users call it; none: it is no upscaler."""
    names = inner_names(header)
    found = next((architecture for sign, architecture in _SIGNS if sign in names), None)
    return found or ("Compact" if _is_compact(header, names) else None)


def _is_compact(header: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    """Its names are like many others': it is told by the slopes, one a channel, of the first convolution."""
    shapes = [header[names[name]]["shape"] for name in ("body.0.weight", "body.1.weight") if name in names]
    return [len(shape) for shape in shapes] == [4, 1] and bool(shapes[0][0] == shapes[1][0])


def inner_names(names: Iterable[str]) -> dict[str, str]:
    """The file's names of its tensors, by those that the architecture gives them."""
    whole = [name for name in names if name != METADATA]
    wrapper = next((wrapper for wrapper in _WRAPPERS if any(name.startswith(wrapper) for name in whole)), "")
    return {name.removeprefix(wrapper): name for name in whole if name.startswith(wrapper)}


def read_upscaler(file: Path) -> UpscalerFile:
    """Look into an upscaler's header.

    Raises:
        ModelNotFound, ModelCorrupt: it is missing or damaged.
        UnsafeModel: it is pickled.
        ModelUnsupported: it is something else, or spandrel is not installed.
    """
    header = read_header(file)
    require_plain(file, header)
    architecture = recognise(header)
    if architecture is None:
        raise ModelUnsupported(f"{file} holds no upscaler that this program can run.", REMEDY)
    if find_spec("spandrel") is None:
        raise ModelUnsupported(
            f"{file} is an upscaler, for which the package spandrel is needed; it is not installed.",
            f"Install it: pip install --no-deps {SPANDREL}",
        )
    names = inner_names(header)
    return UpscalerFile(architecture, {name: header[whole] for name, whole in names.items()}, names)
