"""A model of SDXL's layout with random weights that were drawn on the card, handed to the engine in place of its files.

What stands in the folder is all that an inspection reads: configs, tokenizers, and weights that are headers and a hole.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from hiprompt_core import models
from hiprompt_core.layouts import SDXL, Layout
from hiprompt_core.model_files import ModelFacts, demo_model, read_config, sdxl_configs

STD = 0.02
TINY: dict[str, dict[str, Any]] = {
    "unet": {
        "block_out_channels": [32, 64],
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
        "attention_head_dim": [2, 4],
        "transformer_layers_per_block": [1, 1],
        "layers_per_block": 1,
        "cross_attention_dim": 32,
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + 16,
        "sample_size": 16,
    },
    "vae": {"block_out_channels": [8, 8, 16, 16], "norm_num_groups": 4, "layers_per_block": 1, "sample_size": 128},
}
TINY["text_encoder"] = TINY["text_encoder_2"] = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "projection_dim": 16,
}


class RandomSDXL:
    """The weights in the computer's memory, and a folder that stands for them."""

    def __init__(self, folder: Path, device: torch.device, tiny: bool) -> None:
        self.folder = folder
        self._configs = {
            part: read_config(sdxl_configs() / part / "config.json") | (TINY[part] if tiny else {})
            for part in SDXL.classes
        }
        torch.manual_seed(0)
        with torch.no_grad():
            self._weights = {
                part: {name: _drawn(name, value.shape, device) for name, value in self._empty(part).named_parameters()}
                for part in SDXL.classes
            }
        self._write()

    @contextmanager
    def in_place_of_files(self) -> Iterator[None]:
        """Whoever loads the folder gets these weights: what reads and hashes files is left out, nothing else."""
        with (
            mock.patch.object(models, "_parts_of_folder", self.parts),
            mock.patch.object(models, "hash_files", return_value="0" * 64),
        ):
            yield

    def parts(
        self,
        facts: ModelFacts | None,
        layout: Layout,
        dtype: torch.dtype,
        vae_dtype: torch.dtype,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """As ``models._parts_of_folder``."""
        from transformers import CLIPTokenizer

        parts: dict[str, Any] = {}
        for part in layout.classes:
            wanted = vae_dtype if part == "vae" else dtype
            parts[part] = self._empty(part)
            parts[part].load_state_dict(
                {name: value.to(wanted) for name, value in self._weights[part].items()}, strict=False, assign=True
            )
        for part in layout.tokenizers:
            parts[part] = CLIPTokenizer.from_pretrained(self.folder / part, local_files_only=True)
        return parts, read_config(self.folder / "scheduler" / "scheduler_config.json")

    def _empty(self, part: str) -> Any:
        """The module of a part, its weights without memory."""
        import diffusers
        import transformers
        from accelerate import init_empty_weights

        kind, config = SDXL.classes[part], self._configs[part]
        with init_empty_weights(include_buffers=False):
            if hasattr(diffusers, kind):
                return getattr(diffusers, kind).from_config(config)
            return getattr(transformers, kind)(transformers.CLIPTextConfig(**config))

    def _write(self) -> None:
        for part, weights in self._weights.items():
            (self.folder / part).mkdir(parents=True)
            (self.folder / part / "config.json").write_text(json.dumps(self._configs[part]))
            _write_hole(self.folder / part / "model.safetensors", weights)
        for part, pad in (("tokenizer", "<|endoftext|>"), ("tokenizer_2", "!")):
            shutil.copytree(sdxl_configs() / "tokenizer", self.folder / part)
            file = self.folder / part / "tokenizer_config.json"
            file.write_text(json.dumps(read_config(file) | {"pad_token": pad}))
        shutil.copytree(sdxl_configs() / "scheduler", self.folder / "scheduler")
        shutil.copy(demo_model() / "model_index.json", self.folder)


def _drawn(name: str, shape: torch.Size, device: torch.device) -> torch.Tensor:
    """Norms that change nothing, no biases, and elsewhere normal numbers; bfloat16, in the computer's memory."""
    values = torch.empty(shape, dtype=torch.bfloat16, device=device)
    if name.endswith("bias"):
        return values.zero_().cpu()
    return (values.fill_(1) if len(shape) == 1 else values.normal_(std=STD)).cpu()


def _write_hole(file: Path, weights: dict[str, torch.Tensor]) -> None:
    """A safetensors file as long as it must be, without its numbers."""
    header, end = {}, 0
    for name, value in weights.items():
        start, end = end, end + 2 * value.numel()
        header[name] = {"dtype": "BF16", "shape": list(value.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    with file.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        stream.truncate(8 + len(text) + end)
