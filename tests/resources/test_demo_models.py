"""The shipped folders load offline through the libraries' own classes, and are small."""

from pathlib import Path

import numpy as np
import pytest
import torch

from resources.demo_world.captions import QUESTIONS

RESOURCES = Path(__file__).parents[2] / "resources"


def test_the_models_are_small() -> None:
    files = [file for name in ("demo_model", "demo_captioner") for file in (RESOURCES / name).rglob("*")]
    assert sum(file.stat().st_size for file in files if file.is_file()) < 60e6


# diffusers' Euler scheduler converts a tensor the old way.
def test_the_diffusion_model_is_an_sdxl_pipeline() -> None:
    from diffusers import DDIMScheduler, StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(RESOURCES / "demo_model", local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    result = pipeline("a fox, a green meadow", negative_prompt="blurry", num_inference_steps=2, output_type="np")
    assert result.images.shape == (1, 128, 128, 3)
    assert np.isfinite(result.images).all()
    widths = pipeline.text_encoder.config.hidden_size + pipeline.text_encoder_2.config.hidden_size
    assert pipeline.unet.config.cross_attention_dim == widths
    # By default DDIM would clip latents to -1–1.
    assert not DDIMScheduler.from_config(pipeline.scheduler.config).config.clip_sample


@pytest.fixture(scope="module")
def captioner() -> tuple:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    folder = RESOURCES / "demo_captioner"
    model = AutoModelForImageTextToText.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    return AutoProcessor.from_pretrained(folder, local_files_only=True), model


def test_the_captioner_answers_batches_of_any_size(captioner: tuple) -> None:
    processor, model = captioner
    images = [np.full(shape, 120, np.uint8) for shape in ((40, 60, 3), (300, 200, 3))]
    texts = []
    for question in QUESTIONS[:2]:
        message = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}
        texts.append(processor.apply_chat_template([message], add_generation_prompt=True))
    inputs = processor(images=images, text=texts, return_tensors="pt", padding=True)
    answers = model.generate(**inputs, max_new_tokens=4, do_sample=False)
    assert len(processor.batch_decode(answers, skip_special_tokens=True)) == 2
