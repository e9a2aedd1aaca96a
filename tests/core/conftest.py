"""Tiny but real models in the layout of SDXL, and requests that use them."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, StableDiffusionXLPipeline, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from hypothesis import settings
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from hiprompt_core import Engine, GenerationRequest, Options, Size
from hiprompt_core.captioner import TransformersCaptioner
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.models import load_backbone, load_captioner

settings.register_profile("core", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("core")

CPU = torch.device("cpu")
NATIVE = 64
"""Pixels; eight latent cells."""
NOISE_SCHEDULE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
SCHEDULERS = {
    "epsilon": {**NOISE_SCHEDULE, "prediction_type": "epsilon", "timestep_spacing": "leading", "steps_offset": 1},
    "v_prediction": {
        **NOISE_SCHEDULE,
        "prediction_type": "v_prediction",
        "timestep_spacing": "trailing",
        "rescale_betas_zero_snr": True,
    },
}
"""SDXL's own schedule, and one of v-prediction models with zero terminal SNR."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tensors this small are computed faster without company."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def save_model(folder: Path, scheduler: dict[str, object]) -> Path:
    """A whole model of random weights, 60 thousand parameters."""
    torch.manual_seed(1)
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        cross_attention_dim=16,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=6 * 4 + 8,
    )
    vae = AutoencoderKL(
        block_out_channels=(4, 4, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=2,
        mid_block_add_attention=False,
        scaling_factor=0.5,
        sample_size=NATIVE,
    )
    ids = json.loads((demo_model() / "text_encoder/config.json").read_text())
    text = CLIPTextConfig(
        vocab_size=ids["vocab_size"],
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=8,
        bos_token_id=ids["bos_token_id"],
        eos_token_id=ids["eos_token_id"],
        pad_token_id=ids["pad_token_id"],
        initializer_factor=1.0,  # more makes differences of rounding grow beyond 1e-4
    )
    unet.save_pretrained(folder / "unet")
    vae.save_pretrained(folder / "vae")
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    CLIPTextModelWithProjection(text).save_pretrained(folder / "text_encoder_2")
    for part in ("tokenizer", "tokenizer_2"):
        shutil.copytree(demo_model() / part, folder / part)
    shutil.copy(demo_model() / "model_index.json", folder)
    (folder / "scheduler").mkdir()
    values = {"_class_name": "EulerDiscreteScheduler", "num_train_timesteps": 1000, **scheduler}
    (folder / "scheduler/scheduler_config.json").write_text(json.dumps(values))
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of tiny models by what they predict."""
    folder = tmp_path_factory.mktemp("models")
    state = torch.get_rng_state()
    diffusers_logging.set_verbosity_error()
    diffusers_logging.disable_progress_bar()
    made = {kind: save_model(folder / kind, scheduler) for kind, scheduler in SCHEDULERS.items()}
    torch.set_rng_state(state)
    return made


@pytest.fixture(scope="session")
def model(models: dict[str, Path]) -> Path:
    return models["epsilon"]


@pytest.fixture(scope="session")
def backbones(models: dict[str, Path]) -> dict[str, SDXLBackbone]:
    return {kind: load_backbone(folder, CPU, torch.float32) for kind, folder in models.items()}


@pytest.fixture(scope="session")
def backbone(backbones: dict[str, SDXLBackbone]) -> SDXLBackbone:
    return backbones["epsilon"]


@pytest.fixture(scope="session")
def pipelines(models: dict[str, Path]) -> dict[str, StableDiffusionXLPipeline]:
    """The same models as diffusers itself runs them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = {kind: StableDiffusionXLPipeline.from_pretrained(folder) for kind, folder in models.items()}
    for pipeline in made.values():
        pipeline.set_progress_bar_config(disable=True)
    return made


@pytest.fixture(scope="session")
def captioner() -> TransformersCaptioner:
    return load_captioner(demo_captioner(), CPU, torch.float32)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Keeps the models from one test to the next."""
    return Engine()


@pytest.fixture
def make_request(model: Path, tmp_path: Path) -> Callable[..., GenerationRequest]:
    """A request of two phases, 48x96 and 64x128 with three patches, two steps each; changes by name.

    Names of options change the options.
    """

    def make(**changes: object) -> GenerationRequest:
        names = Options.__dataclass_fields__
        options = {name: changes.pop(name) for name in list(changes) if name in names}
        values = {
            "prompt": "a red circle and a blue square",
            "size": Size(64, 128),
            "model": model,
            "captioner": demo_captioner(),
            "output": tmp_path / "picture",
            "device": "cpu",
            "precision": "float32",
            "options": Options(
                **{
                    "num_inference_steps": 2,
                    "upscale_num_inference_steps": 4,
                    "strength": 0.5,
                    "view_batch_size": 2,
                    "vae_tile_size": 64,
                    **options,
                }
            ),
        }
        return GenerationRequest(**{**values, **changes})

    return make
