"""Each training stage takes a step on a handful of images, and its result can be exported and continued."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from resources.demo_world import dataset
from resources.demo_world.dataset import load_renders
from resources.demo_world.detector import Detector, find_objects, load_detector, save_detector
from resources.demo_world.export import (
    build_processor,
    export_diffusion_model,
    load_captioner,
    load_diffusion_weights,
)
from resources.demo_world.latents import encode_images, load_latents, save_latents
from resources.demo_world.models import build_vae
from resources.demo_world.tokens import build_chat_tokenizer, build_prompt_tokenizer
from resources.demo_world.train_captioner import build_training_model, captioner_trainer
from resources.demo_world.train_detector import detector_trainer, targets
from resources.demo_world.train_unet import build_diffusion_model, unet_trainer
from resources.demo_world.train_vae import vae_trainer
from resources.demo_world.training import Budget, load_averaged

RESOURCES = Path(__file__).parents[2] / "resources"


@pytest.fixture
def renders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dataset.Renders:
    monkeypatch.setattr(dataset, "SHARD_SIZE", 8)
    dataset._render_shard(tmp_path, 128, 0)
    return load_renders(tmp_path)


def test_the_autoencoder_takes_a_step(renders: dataset.Renders, tmp_path: Path) -> None:
    trainer = vae_trainer(build_vae(128), renders, tmp_path, Budget(steps=1), batch=2)
    trainer.run()
    assert trainer.step == 1


def test_the_diffusion_model_takes_a_step_and_goes_on_from_an_export(renders: dataset.Renders, tmp_path: Path) -> None:
    vae, tokenizer = build_vae(128), build_prompt_tokenizer()
    save_latents(tmp_path / "latents.safetensors", encode_images(vae, renders.images))
    latents, factor = load_latents(tmp_path / "latents.safetensors")
    assert latents.float().std() == pytest.approx(1, abs=0.01)
    assert factor > 0
    model = build_diffusion_model(128, tokenizer)
    unet_trainer(model, tokenizer, vae, latents, renders, tmp_path, Budget(steps=1), batch=2).run()
    encoders = (model["text_encoder"], model["text_encoder_2"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        export_diffusion_model(tmp_path, vae=vae, unet=model["unet"], text_encoders=encoders, tokenizer=tokenizer)
    other = build_diffusion_model(128, tokenizer)
    load_diffusion_weights(tmp_path, dict(other))
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(one.half().float(), two)


def test_the_detector_learns_where_things_are_and_counts_what_it_finds_once(
    renders: dataset.Renders, tmp_path: Path
) -> None:
    heat, boxes, known = targets(renders.views)
    assert heat.amax((2, 3)).sum() == sum(len({item.noun for item in view.objects}) for view in renders.views)
    assert known.sum() <= sum(len(view.objects) for view in renders.views)
    torch.manual_seed(0)
    detector_trainer(Detector(), renders, tmp_path, Budget(steps=1), batch=2).run()
    detector = Detector()
    load_averaged(detector, tmp_path / "detector.checkpoint")
    save_detector(detector, tmp_path / "detector.safetensors")
    again = load_detector(tmp_path / "detector.safetensors")
    assert torch.equal(again.head_box.weight, detector.head_box.weight.half().float())
    # the truth itself, read as the detector's answer, is found: every noun once and in its place
    truth = (torch.logit(heat, eps=1e-4), boxes)
    found = find_objects(lambda pixels: truth, list(renders.images))  # type: ignore[arg-type]
    for view, finds in zip(renders.views, found, strict=True):
        assert {find.noun for find in finds} <= {item.noun for item in view.objects}
        for find in finds:
            (box,) = (np.clip(item.box, 0, 1) for item in view.objects if item.noun == find.noun)
            np.testing.assert_allclose(find.box, box, atol=1e-3)


def test_the_captioner_goes_on_from_the_shipped_weights(renders: dataset.Renders, tmp_path: Path) -> None:
    tokenizer = build_chat_tokenizer()
    model = build_training_model(load_captioner(RESOURCES / "demo_captioner"))
    trainer = captioner_trainer(model, build_processor(tokenizer), renders, tmp_path, Budget(steps=1), batch=2)
    loss, numbers = trainer.loss(np.random.default_rng(0))
    assert torch.isfinite(loss)
    # Far below ln(840): the shipped weights know how a caption goes.
    assert numbers["caption"] < 3
