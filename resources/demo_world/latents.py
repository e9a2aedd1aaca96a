"""The rendered images as the autoencoder's latents, computed once so that diffusion training skips the autoencoder."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from .train_vae import to_tensor
from .training import mixed_precision


@torch.no_grad()
def encode_images(vae: AutoencoderKL, images: np.ndarray) -> torch.Tensor:
    """Latents (n, c, h/8, w/8) float16 of (n, h, w, 3) uint8 images, not yet scaled."""
    parts = []
    batch = 32 if vae.device.type == "cpu" else 512
    for start in range(0, len(images), batch):
        pixels = to_tensor(images[start : start + batch], vae.device)
        with mixed_precision(pixels.device):
            parts.append(vae.encode(pixels).latent_dist.mode().half().contiguous().cpu())
    return torch.cat(parts)


def save_latents(file: Path, latents: torch.Tensor) -> None:
    """Keep the latents with the factor that gives them a standard deviation of one."""
    save_file({"latents": latents, "scaling_factor": 1 / latents.float().std()}, file)


def load_latents(file: Path) -> tuple[torch.Tensor, float]:
    """Latents scaled to a standard deviation of one, float16, and the factor that did it."""
    if not file.exists():
        raise FileNotFoundError(f"No latents in {file}. Run the step 'latents' first.")
    tensors = load_file(file)
    factor = round(float(tensors["scaling_factor"]), 5)
    return tensors["latents"] * factor, factor
