"""Honest numbers about the exported models, on scenes and prompts that training has never seen."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline
from transformers import AutoModelForImageTextToText, AutoProcessor

from .captions import plain_caption
from .detector import Detector, Found, find_objects, load_detector
from .scene import WHOLE, Scene, random_crop, random_scene
from .train_captioner import caption_images
from .train_unet import SHEET_PROMPTS
from .train_vae import psnr, reconstruction_sheet, save_grid
from .training import mixed_precision
from .vocabulary import BACKGROUNDS, HELD_OUT_PAIRS, NOUNS, article

# Training draws its images from generators seeded (shard, row); this first number is out of their reach.
FRESH = 1_000_000
HELD_OUT_PROMPTS = 200
DETECTOR_FILE = Path("demo_world", "detector.safetensors")


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
    detector = load_detector(resources / DETECTOR_FILE)
    yield f"detector: object F1 {detector_f1(detector, native_size):.3f} on 200 fresh whole scenes"
    asked = held_out(HELD_OUT_PROMPTS)
    generated = generate(pipeline, [one.prompt for one in asked])
    found = find_objects(detector, list(generated))
    exact = [
        Counter(find.noun for find in finds) == Counter(one.nouns) for finds, one in zip(found, asked, strict=True)
    ]
    answers = caption_images(captioner, processor, generated)
    yield f"captioner on generated images: object F1 {object_f1(answers, [_named(finds) for finds in found]):.3f}"
    for name, part in (("one object", exact[::2]), ("two objects", exact[1::2]), ("all", exact)):
        yield f"base images, {name}: exactly the asked objects {np.mean(part):.1%} (n={len(part)})"
    save_grid(generated[:32], 8, work / "samples_held_out.png")


def _named(found: list[Found]) -> str:
    return " and ".join(find.noun for find in found)


def detector_f1(detector: Detector, native_size: int, count: int = 200) -> float:
    """F1 of the detector's nouns on whole scenes that it never saw."""
    scenes = [random_scene(np.random.default_rng((FRESH, 3, index))) for index in range(count)]
    found = find_objects(detector, [scene.render(native_size) for scene in scenes])
    truths = [" and ".join(placed.noun for placed in scene.objects) for scene in scenes]
    return object_f1([_named(finds) for finds in found], truths)


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


class HeldOut(NamedTuple):
    """A prompt that training never saw in these words and this pair, and what it asks for."""

    index: int
    nouns: frozenset[str]
    background: str
    """Key of ``BACKGROUNDS``."""

    @property
    def prompt(self) -> str:
        names = " and ".join(article(noun) for noun in sorted(self.nouns))
        return f"{names}, {BACKGROUNDS[self.background].whole}"

    def scene(self) -> Scene:
        """A drawing of the prompt: the truth that judges are judged by."""
        rng = np.random.default_rng((FRESH, 1, self.index))
        scene = random_scene(rng, tuple(sorted(self.nouns)))
        return replace(scene, background=self.background)


def held_out(count: int) -> list[HeldOut]:
    """The first `count` held-out prompts: one object and two objects (a pair never shown together) by turns."""
    pairs = sorted(tuple(sorted(pair)) for pair in HELD_OUT_PAIRS)
    prompts = []
    for index in range(count):
        rng = np.random.default_rng((FRESH, 2, index))
        turn = index // 2
        nouns = pairs[7 * turn % len(pairs)] if index % 2 else (NOUNS[11 * turn % len(NOUNS)],)
        prompts.append(HeldOut(index, frozenset(nouns), str(rng.choice(list(BACKGROUNDS)))))
    return prompts


@torch.no_grad()
def generate(pipeline: StableDiffusionXLPipeline, prompts: list[str]) -> np.ndarray:
    """Images (n, h, w, 3) uint8 with the recommended settings."""
    pipeline.scheduler = EulerAncestralDiscreteScheduler.from_config(pipeline.scheduler.config)
    images = []
    for start in range(0, len(prompts), 16):
        part = prompts[start : start + 16]
        generators = [torch.Generator().manual_seed(start + index) for index in range(len(part))]
        with mixed_precision(pipeline.device):
            result = pipeline(part, num_inference_steps=30, guidance_scale=3.0, generator=generators, output_type="np")
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
