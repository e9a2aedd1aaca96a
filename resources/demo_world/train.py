"""Command line of the recipe: python -m resources.demo_world.train STEP --work DIR.

Steps, in order: render, vae, latents, unet, captioner, detector, export, measure. Each can be stopped and
started again. To train on several machines, start it with torchrun: each process takes its own part of a batch.
On a processor that does other work too, OMP_WAIT_POLICY=PASSIVE keeps waiting threads from eating it up.
"""

import argparse
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from diffusers import AutoencoderKL
from torch import distributed as dist
from transformers import CLIPTokenizer, PreTrainedTokenizerFast

from . import measure
from .dataset import load_renders, render_shards
from .detector import Detector, load_detector, save_detector
from .export import build_processor, export_captioner, export_diffusion_model, load_captioner, load_diffusion_weights
from .latents import encode_images, load_latents, save_latents
from .measure import DETECTOR_FILE
from .models import build_captioner, build_vae
from .tokens import build_chat_tokenizer, build_prompt_tokenizer
from .train_captioner import build_training_model, captioner_trainer
from .train_detector import detector_trainer
from .train_unet import build_diffusion_model, unet_trainer
from .train_vae import vae_trainer
from .training import Budget, load_averaged

logger = logging.getLogger(__name__)

T = TypeVar("T", CLIPTokenizer, PreTrainedTokenizerFast)


def main() -> None:
    """Run the step that the command line names."""
    options = _parse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    torch.set_float32_matmul_precision("high")  # what is left in float32 on a card: the optimiser
    options.work.mkdir(parents=True, exist_ok=True)
    if "WORLD_SIZE" in os.environ:  # set by torchrun
        dist.init_process_group("gloo")
    STEPS[options.step](options)


def run_render(options: argparse.Namespace) -> None:
    """Draw the training images."""
    render_shards(options.work / "renders", options.shards, options.size, processes=options.threads)


def run_vae(options: argparse.Namespace) -> None:
    """Train the autoencoder."""
    vae = build_vae(options.size).to(options.device)
    if options.init_from:
        load_diffusion_weights(options.init_from / "demo_model", {"vae": vae})
    vae_trainer(vae, load_renders(options.work / "renders"), options.work, _budget(options)).run(options.rate)


def run_latents(options: argparse.Namespace) -> None:
    """Encode the training images once."""
    vae = _trained_vae(options)
    save_latents(
        options.work / "latents.safetensors", encode_images(vae, load_renders(options.work / "renders").images)
    )


def run_unet(options: argparse.Namespace) -> None:
    """Train the diffusion model and the text encoders."""
    vae = _trained_vae(options)
    latents, factor = load_latents(options.work / "latents.safetensors")
    vae.register_to_config(scaling_factor=factor)
    tokenizer = _prompt_tokenizer(options)
    model = build_diffusion_model(options.size, tokenizer).to(options.device)
    if options.init_from:
        load_diffusion_weights(options.init_from / "demo_model", dict(model))
    if options.compile:
        for part in model.values():
            part.compile(dynamic=False)
    renders = load_renders(options.work / "renders")
    unet_trainer(
        model, tokenizer, vae, latents, renders, options.work, _budget(options), options.batch, options.workers
    ).run(options.rate)


def run_captioner(options: argparse.Namespace) -> None:
    """Train the captioner."""
    tokenizer = _chat_tokenizer(options)
    captioner = (
        load_captioner(options.init_from / "demo_captioner") if options.init_from else build_captioner(tokenizer)
    )
    model = build_training_model(captioner).to(options.device)
    renders = load_renders(options.work / "renders")
    captioner_trainer(model, build_processor(tokenizer), renders, options.work, _budget(options)).run(options.rate)


def run_detector(options: argparse.Namespace) -> None:
    """Train the detector that judges pictures."""
    detector = load_detector(options.init_from / DETECTOR_FILE) if options.init_from else Detector()
    renders = load_renders(options.work / "renders")
    detector_trainer(detector.to(options.device).train(), renders, options.work, _budget(options)).run(options.rate)


def run_export(options: argparse.Namespace) -> None:
    """Write the folders demo_model and demo_captioner and the detector, each if it has been trained."""
    if (options.work / "unet.checkpoint").exists():
        vae = _trained_vae(options)
        vae.register_to_config(scaling_factor=load_latents(options.work / "latents.safetensors")[1])
        tokenizer = _prompt_tokenizer(options)
        model = build_diffusion_model(options.size, tokenizer)
        load_averaged(model, options.work / "unet.checkpoint")
        encoders = (model["text_encoder"], model["text_encoder_2"])
        export_diffusion_model(
            options.output / "demo_model", vae=vae, unet=model["unet"], text_encoders=encoders, tokenizer=tokenizer
        )
    if (options.work / "captioner.checkpoint").exists():
        chat_tokenizer = _chat_tokenizer(options)
        training_model = build_training_model(build_captioner(chat_tokenizer))
        load_averaged(training_model, options.work / "captioner.checkpoint")
        export_captioner(options.output / "demo_captioner", training_model["captioner"], chat_tokenizer)
    if (options.work / "detector.checkpoint").exists():
        detector = Detector()
        load_averaged(detector, options.work / "detector.checkpoint")
        save_detector(detector, options.output / DETECTOR_FILE)


def run_measure(options: argparse.Namespace) -> None:
    """Measure the exported models on scenes never trained on, and draw sample sheets."""
    for line in measure.report(options.output, options.work, options.size):
        logger.info(line)


STEPS = {
    "render": run_render,
    "vae": run_vae,
    "latents": run_latents,
    "unet": run_unet,
    "captioner": run_captioner,
    "detector": run_detector,
    "export": run_export,
    "measure": run_measure,
}


def _trained_vae(options: argparse.Namespace) -> AutoencoderKL:
    vae = build_vae(options.size)
    checkpoint_file = options.work / "vae.checkpoint"
    if options.init_from and not checkpoint_file.exists():
        load_diffusion_weights(options.init_from / "demo_model", {"vae": vae})
    else:
        load_averaged(vae, checkpoint_file)
    return vae.to(options.device, memory_format=torch.channels_last).eval()


def _prompt_tokenizer(options: argparse.Namespace) -> CLIPTokenizer:
    return _kept_tokenizer(options, "demo_model/tokenizer", CLIPTokenizer, build_prompt_tokenizer)


def _chat_tokenizer(options: argparse.Namespace) -> PreTrainedTokenizerFast:
    return _kept_tokenizer(options, "demo_captioner", PreTrainedTokenizerFast, build_chat_tokenizer)


def _kept_tokenizer(options: argparse.Namespace, exported: str, kind: type[T], build: Callable[[], T]) -> T:
    """The one tokenizer of this work folder, built or taken from `--init-from` the first time.

    The library that learns the byte pairs numbers equal counts differently in every process; weights that learnt
    with other numbers would read nonsense.
    """
    folder = options.work / "tokenizers" / exported
    is_first = not dist.is_initialized() or dist.get_rank() == 0
    if is_first and not folder.exists():
        source = kind.from_pretrained(options.init_from / exported) if options.init_from else build()
        source.save_pretrained(folder)
    if dist.is_initialized():
        dist.barrier()
    tokenizer = kind.from_pretrained(folder, local_files_only=True)
    for name in ("is_local", "local_files_only", "model_specific_special_tokens"):  # how it was read is not exported
        tokenizer.init_kwargs.pop(name, None)
    return tokenizer


def _budget(options: argparse.Namespace) -> Budget:
    return Budget(steps=options.steps, minutes=options.minutes)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--work", type=Path, default=Path("build/demo_world"), help="renders, checkpoints and sheets")
    parser.add_argument("--output", type=Path, default=Path("resources"), help="where the models are exported")
    parser.add_argument("--size", type=int, choices=(128, 256), default=128, help="native image size in pixels")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=0, help="of the initial weights")
    parser.add_argument("--shards", type=int, default=40, help="thousands of training images")
    parser.add_argument("--steps", type=int, help="stop after so many training steps")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes of training, all sittings together")
    parser.add_argument("--rate", type=float, default=1.0, help="share of the full learning rate; with --init-from 0.5")
    parser.add_argument("--batch", type=int, default=96, help="images a step of the diffusion model; a card takes 1024")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare its steps; a card needs a dozen")
    parser.add_argument("--compile", action="store_true", help="compile it first; pays on a card, after two minutes")
    parser.add_argument("--init-from", type=Path, help="start from the models exported here, e.g. resources")
    options = parser.parse_args()
    if options.step in ("vae", "unet", "captioner", "detector") and max(options.steps or 0, options.minutes or 0) <= 0:
        parser.error("say how long to train: --steps or --minutes")
    return options


if __name__ == "__main__":
    main()
