"""Trains the autoencoder on small crops of the rendered images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL
from PIL import Image

from .dataset import Renders
from .models import VAE_FACTOR
from .training import Budget, Trainer, mixed_precision, parameter_groups, processes

CROP = 64
LATENT_NOISE = 0.1  # standard deviation; latents have about 1. The decoder learns to forgive small errors.


def vae_trainer(vae: AutoencoderKL, renders: Renders, folder: Path, budget: Budget, batch: int = 32) -> Trainer:
    """A trainer of the autoencoder on random crops."""
    _fix_latent_noise(vae)
    vae.to(memory_format=torch.channels_last)
    groups = parameter_groups(vae, muon_rate=4e-3, adam_rate=1.5e-3, adam_names=("conv_in", "conv_out", "quant_conv"))
    return Trainer(
        name="vae",
        model=vae,
        groups=groups,
        loss=_loss(vae, renders, batch // processes()),
        folder=folder,
        budget=budget,
        sheet=lambda model, file: reconstruction_sheet(model, renders.images[:16], file),
    )


def psnr(vae: AutoencoderKL, images: np.ndarray) -> float:
    """Mean peak signal-to-noise ratio in dB of reconstructions of (n, h, w, 3) uint8 images."""
    errors = []
    for start in range(0, len(images), 16):
        originals = to_tensor(images[start : start + 16], vae.device)
        difference = (reconstruct(vae, originals).clamp(-1, 1) - originals) / 2
        errors.append(difference.square().mean((1, 2, 3)))
    return float((-10 * torch.cat(errors).log10()).mean())


@torch.no_grad()
def reconstruct(vae: AutoencoderKL, images: torch.Tensor) -> torch.Tensor:
    """Encode and decode (b, 3, h, w) images in -1–1."""
    with mixed_precision(images.device):
        return vae.decode(vae.encode(images).latent_dist.mode()).sample.float()


def to_tensor(images: np.ndarray, device: torch.device) -> torch.Tensor:
    """(n, h, w, 3) uint8 to (n, 3, h, w) float in -1–1, channels last in memory."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2)
    return pixels.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def to_images(pixels: torch.Tensor) -> np.ndarray:
    """(n, 3, h, w) in -1–1 to (n, h, w, 3) uint8."""
    return pixels.float().clamp(-1, 1).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()


def save_grid(images: np.ndarray, columns: int, file: Path) -> None:
    """Write (n, h, w, 3) images as one picture; n must be a multiple of `columns`."""
    rows = [np.concatenate(list(images[start : start + columns]), 1) for start in range(0, len(images), columns)]
    Image.fromarray(np.concatenate(rows, 0)).save(file)


def reconstruction_sheet(vae: AutoencoderKL, images: np.ndarray, file: Path) -> None:
    """Originals above their reconstructions, eight in a row."""
    decoded = to_images(reconstruct(vae, to_tensor(images, vae.device)))
    rows = [part[start : start + 8] for start in range(0, len(images), 8) for part in (images, decoded)]
    save_grid(np.concatenate(rows), 8, file)


@torch.no_grad()
def _fix_latent_noise(vae: AutoencoderKL) -> None:
    """Make the encoder's predicted spread the constant that training uses."""
    channels = vae.config.latent_channels
    vae.quant_conv.weight[channels:].zero_()
    vae.quant_conv.bias[channels:].fill_(2 * np.log(LATENT_NOISE))


def _loss(
    vae: AutoencoderKL, renders: Renders, batch: int
) -> Callable[[np.random.Generator], tuple[torch.Tensor, dict[str, float]]]:
    def loss(rng: np.random.Generator) -> tuple[torch.Tensor, dict[str, float]]:
        images = to_tensor(_random_crops(renders.images, batch, rng), vae.device)
        with mixed_precision(images.device):
            latents = vae.encode(images).latent_dist.mean
            decoded = vae.decode(latents + LATENT_NOISE * torch.randn_like(latents)).sample
        decoded, latents = decoded.float(), latents.float()
        error = decoded - images
        pixel = error.abs().mean()
        square = error.square().mean()
        # Differences of neighbours carry the edges; means of 4 x 4 pixels carry the colour.
        edge = error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()
        colour = F.avg_pool2d(error, 4).abs().mean()
        # Group norm makes absolute colour slow to learn: tie the first three channels to the mean colour.
        anchor = (latents[:, :3] - 2 * F.avg_pool2d(images, VAE_FACTOR)).abs().mean()
        total = pixel + edge + 0.5 * colour + 2 * square + 0.3 * anchor + 1e-3 * latents.square().mean()
        decibel = 10 * np.log10(4 / square.item())
        return total, {"l1": pixel.item(), "psnr": decibel, "std": latents.std().item()}

    return loss


def _random_crops(images: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` crops of CROP pixels, aligned to the autoencoder's grid half of the time by chance alone."""
    size = images.shape[1]
    corners = rng.integers(0, size - CROP + 1, (count, 2))
    chosen = rng.integers(len(images), size=count)
    crops = zip(chosen, corners, strict=True)
    return np.stack([images[index, top : top + CROP, left : left + CROP] for index, (top, left) in crops])
