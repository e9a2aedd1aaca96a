"""Honest numbers about the exported models, on scenes and prompts that training has never seen."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionXLPipeline
from transformers import AutoModelForImageTextToText, AutoProcessor

from .captions import plain_caption
from .scene import WHOLE, random_crop, random_scene
from .train_captioner import caption_images
from .train_unet import SHEET_PROMPTS
from .train_vae import psnr, reconstruction_sheet, save_grid
from .vocabulary import BACKGROUNDS, HELD_OUT_PAIRS, NOUNS, article

# Training draws its images from generators seeded (shard, row); this first number is out of their reach.
FRESH = 1_000_000


def report(resources: Path, work: Path, native_size: int) -> Iterator[str]:
    """Lines of text, one for each measurement; sheets go into `work`."""
    images, captions = fresh_renders(200, native_size)
    pipeline = StableDiffusionXLPipeline.from_pretrained(resources / "demo_model", local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    reconstruction_sheet(pipeline.vae, images[:16], work / "reconstructions.png")
    yield f"autoencoder: {psnr(pipeline.vae, images):.2f} dB PSNR on {len(images)} fresh images"
    captioner = AutoModelForImageTextToText.from_pretrained(
        resources / "demo_captioner", local_files_only=True, dtype=torch.float32
    )
    processor = AutoProcessor.from_pretrained(resources / "demo_captioner", local_files_only=True)
    answers = caption_images(captioner, processor, images)
    exact = np.mean([one == two for one, two in zip(answers, captions, strict=True)])
    yield f"captioner: object F1 {object_f1(answers, captions):.3f}, whole caption right {exact:.1%}"
    save_grid(generate(pipeline, list(SHEET_PROMPTS)), 8, work / "samples.png")
    for name, prompts in held_out_prompts().items():
        generated = generate(pipeline, prompts)
        answers = caption_images(captioner, processor, generated)
        exactly = np.mean([objects_in(one) == objects_in(two) for one, two in zip(answers, prompts, strict=True)])
        f1 = object_f1(answers, prompts)
        yield f"base images, {name}: object F1 {f1:.3f}, exactly the asked objects {exactly:.1%} (n={len(prompts)})"
        save_grid(generated[:24], 8, work / f"samples_{name.replace(' ', '_')}.png")


def fresh_renders(count: int, native_size: int) -> tuple[np.ndarray, list[str]]:
    """Images (n, h, w, 3) and plain captions; every second one is a crop."""
    images, captions = [], []
    for index in range(count):
        rng = np.random.default_rng((FRESH, index))
        scene = random_scene(rng)
        crop = random_crop(scene, rng) if index % 2 else WHOLE
        images.append(scene.render(native_size, crop))
        captions.append(plain_caption(scene.view(crop)))
    return np.stack(images), captions


def held_out_prompts() -> dict[str, list[str]]:
    """One prompt for each object, and one for each pair that training never showed."""
    rng = np.random.default_rng(FRESH)
    backgrounds = [names.whole for names in BACKGROUNDS.values()]
    pairs = sorted(tuple(sorted(pair)) for pair in HELD_OUT_PAIRS)
    return {
        "one object": [f"{article(noun)}, {rng.choice(backgrounds)}" for noun in NOUNS],
        "two objects": [f"{article(one)} and {article(two)}, {rng.choice(backgrounds)}" for one, two in pairs],
    }


@torch.no_grad()
def generate(pipeline: StableDiffusionXLPipeline, prompts: list[str]) -> np.ndarray:
    """Images (n, h, w, 3) uint8 with the recommended settings."""
    images = []
    for start in range(0, len(prompts), 16):
        part = prompts[start : start + 16]
        generators = [torch.Generator().manual_seed(start + index) for index in range(len(part))]
        with torch.autocast("cpu", torch.bfloat16):
            result = pipeline(part, num_inference_steps=25, guidance_scale=4.0, generator=generators, output_type="np")
        images.append(np.round(result.images * 255).astype(np.uint8))
    return np.concatenate(images)


def objects_in(text: str) -> frozenset[str]:
    """The nouns of the world that a caption names."""
    words = text.replace(",", " ").split()
    sentence = f" {' '.join(words)} "
    # "palm tree" is no "tree".
    found = [noun for noun in NOUNS if f" {noun} " in sentence.replace(" palm tree ", " palm_tree ")]
    return frozenset(found + (["palm tree"] if " palm tree " in sentence else []))


def object_f1(answers: list[str], truths: list[str]) -> float:
    """F1 of named objects over all pairs of texts."""
    pairs = [(objects_in(answer), objects_in(truth)) for answer, truth in zip(answers, truths, strict=True)]
    hits = sum(len(answer & truth) for answer, truth in pairs)
    named = sum(len(answer) + len(truth) for answer, truth in pairs)
    return 2 * hits / named if named else 1.0
