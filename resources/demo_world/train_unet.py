"""Trains the diffusion model and both text encoders together on cached latents."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDPMScheduler, EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import CLIPTokenizer

from .captions import NEGATIVES, phrased_caption
from .dataset import Renders
from .models import build_scheduler, build_text_encoders, build_unet
from .scene import View
from .tokens import PROMPT_LENGTH
from .train_vae import save_grid
from .training import Budget, Trainer, mixed_precision, parameter_groups, processes

NO_CAPTION_SHARE = 0.1
NO_CROP_INFORMATION_SHARE = 0.2
CROP_SHARE = 0.4
SHARE_OF_COUNT = {0: 0.02, 1: 0.13, 2: 0.35, 3: 0.1}
"""Whole scenes by their number of objects. One object is learnt soon, two take most of the training."""
SHEET_PROMPTS = (
    "a fox, a green meadow", "an astronaut, a night sky", "a horse, a sandy desert", "a sailboat, a blue sea",
    "a house, a snow field", "a guitar, a wooden wall", "an apple, a brick wall", "a butterfly, a blue sky",
    "a fox and a tree, a green meadow", "a castle and a balloon, a blue sky", "a penguin and a mushroom, a snow field",
    "a cat and a crown, a brick wall", "a rocket and a moon, a night sky", "a car and a cactus, a sandy desert",
    "a whale and a sun, a blue sea", "an owl, a cake and a tulip, a wooden wall",
)  # fmt: skip


def build_diffusion_model(native_size: int, tokenizer: CLIPTokenizer) -> nn.ModuleDict:
    """The parts that are trained together: "unet", "text_encoder", "text_encoder_2"."""
    first, second = build_text_encoders(tokenizer)
    return nn.ModuleDict({"unet": build_unet(native_size), "text_encoder": first, "text_encoder_2": second})


def unet_trainer(
    model: nn.ModuleDict,
    tokenizer: CLIPTokenizer,
    vae: AutoencoderKL,
    latents: torch.Tensor,
    renders: Renders,
    folder: Path,
    budget: Budget,
    batch: int = 96,
    workers: int = 0,
) -> Trainer:
    """A trainer on latents (n, c, h, w) of unit variance that belong to the renders, row by row."""
    model["unet"].to(memory_format=torch.channels_last)
    adam_names = ("conv_in", "conv_out", "time_emb_proj", "text_projection")
    return Trainer(
        name="unet",
        model=model,
        groups=parameter_groups(model, muon_rate=3e-3, adam_rate=1e-3, adam_names=adam_names),
        prepare=_Preparation(tokenizer, renders, batch // processes()),
        workers=workers,
        loss=_loss(model, latents),
        folder=folder,
        budget=budget,
        sheet=lambda trained, file: save_grid(sample(trained, tokenizer, vae, list(SHEET_PROMPTS)), 8, file),
        sheet_steps=1000,
    )


def encode_prompts(model: nn.ModuleDict, token_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """SDXL's own encoding of token ids (b, 77): embeddings (b, 77, c) and pooled embedding (b, p)."""
    first = model["text_encoder"](token_ids, output_hidden_states=True)
    second = model["text_encoder_2"](token_ids, output_hidden_states=True)
    return torch.cat((first.hidden_states[-2], second.hidden_states[-2]), -1), second.text_embeds


@torch.no_grad()
def sample(
    model: nn.ModuleDict,
    tokenizer: CLIPTokenizer,
    vae: AutoencoderKL,
    prompts: list[str],
    *,
    steps: int = 30,
    guidance_scale: float = 3.0,
    seed: int = 0,
) -> np.ndarray:
    """Images (n, h, w, 3) uint8 from diffusers' own pipeline, so that training is judged by what users run."""
    pipeline = StableDiffusionXLPipeline(
        vae=vae,
        **model,
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        scheduler=EulerAncestralDiscreteScheduler.from_config(build_scheduler().config),
        force_zeros_for_empty_prompt=False,
        add_watermarker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    generators = [torch.Generator().manual_seed(seed + index) for index in range(len(prompts))]
    # A compiled network would be compiled once more, for these shapes.
    with mixed_precision(model["unet"].device), torch.compiler.set_stance("force_eager"):
        return np.round(
            255
            * pipeline(
                prompts,
                num_inference_steps=steps,
                guidance_scale=guidance_scale,
                generator=generators,
                output_type="np",
            ).images
        ).astype(np.uint8)


class _Prepared(NamedTuple):
    """What one step learns from: rows of latents (b,), size numbers (b, 6), timesteps (b,), token ids (b, 77)."""

    rows: torch.Tensor
    sizes: torch.Tensor
    is_crop: torch.Tensor
    timesteps: torch.Tensor
    token_ids: torch.Tensor


class _Preparation:
    """Draws images, words and timesteps of a step."""

    def __init__(self, tokenizer: CLIPTokenizer, renders: Renders, batch: int) -> None:
        self.tokenizer, self.views, self.batch = tokenizer, renders.views, batch
        self.conditioning = torch.from_numpy(renders.conditioning)
        self.draw = renders.drawing(CROP_SHARE, SHARE_OF_COUNT)

    def __call__(self, rng: np.random.Generator) -> _Prepared:
        rows = self.draw(rng, self.batch)
        sizes = self.conditioning[rows]
        is_crop = sizes[:, 0] > sizes[:, 4]
        forget = torch.from_numpy(rng.random(self.batch) < NO_CROP_INFORMATION_SHARE)
        sizes[forget] = torch.tensor([1, 1, 0, 0, 1, 1]) * sizes[forget][:, 4:5]
        prompts = [_prompt(self.views[row], rng) for row in rows]
        timesteps = _timesteps(is_crop, rng)
        return _Prepared(torch.from_numpy(rows), sizes, is_crop, timesteps, _token_ids(prompts, self.tokenizer))


def _loss(model: nn.ModuleDict, latents: torch.Tensor) -> Callable[[_Prepared], tuple[torch.Tensor, dict[str, float]]]:
    scheduler = DDPMScheduler.from_config(build_scheduler().config)
    device = model["unet"].device
    latents = latents.to(device)
    # A processor's fused attention is slow backwards at these sizes: plain attention saves a tenth of a step.
    fused = [] if device.type == "cpu" else [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION]

    def loss(prepared: _Prepared) -> tuple[torch.Tensor, dict[str, float]]:
        rows, sizes, is_crop, timesteps, token_ids = (part.to(device) for part in prepared)
        clean = latents[rows].float().contiguous(memory_format=torch.channels_last)
        noise = torch.randn_like(clean)
        noisy = scheduler.add_noise(clean, noise, timesteps)
        velocity = scheduler.get_velocity(clean, noise, timesteps)
        with mixed_precision(device), sdpa_kernel([*fused, SDPBackend.MATH]):
            embeddings, pooled = encode_prompts(model, token_ids)
            extra = {"text_embeds": pooled, "time_ids": sizes}
            predicted = model["unet"](noisy, timesteps, embeddings, added_cond_kwargs=extra).sample
        error = F.mse_loss(predicted.float(), velocity, reduction="none").mean((1, 2, 3))
        whole = error[~is_crop].mean().item() if (~is_crop).any() else 0.0
        return error.mean(), {"whole": whole}

    return loss


def _timesteps(is_crop: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Timesteps 0–999: for whole scenes mostly 550–850, where it is settled what stands where; lower for crops, which
    are refined, not invented.
    """
    count = len(is_crop)
    center = np.where(is_crop.numpy(), -0.6, 0.8)
    spread = 1 / (1 + np.exp(-rng.normal(center, 1.1)))
    anywhere = rng.random(count)
    share = np.where(rng.random(count) < 0.25, anywhere, spread)
    return torch.from_numpy(np.minimum(np.floor(share * 1000), 999).astype(np.int64))


def _prompt(view: View, rng: np.random.Generator) -> str:
    if rng.random() < NO_CAPTION_SHARE:
        # An unconditional prediction is asked for with an empty or with a negative prompt.
        return "" if rng.random() < 0.7 else str(rng.choice(NEGATIVES))
    return phrased_caption(view, rng)


def _token_ids(prompts: list[str], tokenizer: CLIPTokenizer) -> torch.Tensor:
    return tokenizer(
        prompts, padding="max_length", max_length=PROMPT_LENGTH, truncation=True, return_tensors="pt"
    ).input_ids
