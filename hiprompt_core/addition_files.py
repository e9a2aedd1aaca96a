"""The files of a request's additions, checked by their headers; nothing is loaded."""

from __future__ import annotations

from pathlib import Path

from hiprompt_core.errors import ModelNotFound
from hiprompt_core.model_files import read_header, require_safetensors, weight_files
from hiprompt_core.request import Additions


def addition_files(additions: Additions) -> list[Path]:
    """Every file that holds weights, in a fixed order.

    Raises:
        ModelNotFound, ModelCorrupt, UnsafeModel, ModelUnsupported: one is missing, damaged, pickled or no model.
    """
    files = []
    for path in additions.files:
        if path == additions.vae and path.is_dir():
            files += weight_files(vae_folder(path))
        else:
            require_safetensors(path)
            read_header(path)
            files.append(path)
    return files


def vae_folder(path: Path) -> Path:
    """Of a VAE alone, or of the one in a whole model.

    Raises:
        ModelNotFound: there is none.
    """
    folder = path if (path / "config.json").is_file() else path / "vae"
    if not folder.is_dir():
        raise ModelNotFound(f"{path} holds no VAE.", "Choose a VAE's folder or its .safetensors file.")
    return folder
