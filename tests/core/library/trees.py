"""Small files with the names and shapes of real models, and folders of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

SDXL = {
    "model.diffusion_model.input_blocks.0.0.weight": (8, 4, 3, 3),
    "first_stage_model.decoder.conv_in.weight": (8, 4, 3, 3),
    "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding.weight": (9, 8),
    "conditioner.embedders.1.model.token_embedding.weight": (9, 8),
}
LORA = {"lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight": (1, 2048)}


def write_weights(
    path: Path, shapes: dict[str, tuple[int, ...]], dtype: type = np.float16, marks: dict[str, str] | None = None
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ones(shape, dtype) for name, shape in shapes.items()}, path, marks)
    return path


def write_cached(cache: Path, name: str, revisions: dict[str, dict[str, bytes]]) -> Path:
    """A repository as huggingface_hub keeps it: blobs by their hashes, snapshots of links; the last one is main."""
    import hashlib

    folder = cache / f"models--{name.replace('/', '--')}"
    (folder / "blobs").mkdir(parents=True)
    (folder / "refs").mkdir()
    for revision, files in revisions.items():
        for path, content in files.items():
            link = folder / "snapshots" / revision / path
            link.parent.mkdir(parents=True, exist_ok=True)
            small = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
            digest = hashlib.sha256(content).hexdigest() if path.endswith(".safetensors") else small
            (folder / "blobs" / digest).write_bytes(content)
            link.symlink_to(folder / "blobs" / digest)
        (folder / "refs/main").write_text(revision)
    return folder


def write_json(path: Path, values: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))
    return path
