"""How the files of each family of diffusion models lie: folders of parts, and names in a single checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointLayout:
    """A whole model in one file."""

    kind: str
    """As ``checkpoint.recognise`` names it."""
    configs: str
    """Folder in ``resources`` of the configs that such files lack."""
    parts: Mapping[str, str]
    """Beginning of the tensors' names by part."""
    padding: Mapping[str, str]
    """What pads a text, by tokenizer; OpenCLIP's encoders were trained with another mark than CLIP's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """One family."""

    family: str
    pipelines: tuple[str, ...]
    """Beginnings of the ``_class_name`` in ``model_index.json``."""
    pipeline: str
    """Class of the text-to-image pipeline in diffusers."""
    network: str
    """The part that predicts."""
    guidance_scale: float
    """Usual guidance of phase 1: that of its pipeline in diffusers."""
    classes: Mapping[str, str]
    """Class of each part that has weights, in diffusers or transformers."""
    tokenizers: Mapping[str, str]
    """Class of each tokenizer in transformers."""
    unused: tuple[str, ...] = ()
    """Parts of the pipeline that nothing here asks for."""
    optional: frozenset[str] = frozenset()
    """Parts that a folder may lack."""
    checkpoints: tuple[CheckpointLayout, ...] = field(default=())


SDXL = Layout(
    family="SDXL",
    pipelines=("StableDiffusionXL",),
    pipeline="StableDiffusionXLPipeline",
    network="unet",
    guidance_scale=5.0,
    classes={
        "text_encoder": "CLIPTextModel",
        "text_encoder_2": "CLIPTextModelWithProjection",
        "unet": "UNet2DConditionModel",
        "vae": "AutoencoderKL",
    },
    tokenizers={"tokenizer": "CLIPTokenizer", "tokenizer_2": "CLIPTokenizer"},
    checkpoints=(
        CheckpointLayout(
            kind="SDXL model",
            configs="sdxl",
            parts={
                "unet": "model.diffusion_model.",
                "vae": "first_stage_model.",
                "text_encoder": "conditioner.embedders.0.transformer.",
                "text_encoder_2": "conditioner.embedders.1.model.",
            },
            padding={"tokenizer": "<|endoftext|>", "tokenizer_2": "!"},
        ),
    ),
)
STABLE_DIFFUSION = Layout(
    family="Stable Diffusion 1 and 2",
    pipelines=("StableDiffusionPipeline", "LatentConsistencyModelPipeline"),
    pipeline="StableDiffusionPipeline",
    network="unet",
    guidance_scale=7.5,
    classes={"text_encoder": "CLIPTextModel", "unet": "UNet2DConditionModel", "vae": "AutoencoderKL"},
    tokenizers={"tokenizer": "CLIPTokenizer"},
    unused=("safety_checker", "feature_extractor"),
    checkpoints=(
        CheckpointLayout(
            kind="Stable Diffusion 1 model",
            configs="sd1",
            parts={
                "unet": "model.diffusion_model.",
                "vae": "first_stage_model.",
                "text_encoder": "cond_stage_model.transformer.",
            },
            padding={"tokenizer": "<|endoftext|>"},
        ),
        CheckpointLayout(
            kind="Stable Diffusion 2 model",
            configs="sd2",
            parts={
                "unet": "model.diffusion_model.",
                "vae": "first_stage_model.",
                "text_encoder": "cond_stage_model.model.",
            },
            padding={"tokenizer": "!"},
        ),
    ),
)
SD3 = Layout(
    family="Stable Diffusion 3",
    pipelines=("StableDiffusion3",),
    pipeline="StableDiffusion3Pipeline",
    network="transformer",
    guidance_scale=7.0,
    classes={
        "text_encoder": "CLIPTextModelWithProjection",
        "text_encoder_2": "CLIPTextModelWithProjection",
        "text_encoder_3": "T5EncoderModel",
        "transformer": "SD3Transformer2DModel",
        "vae": "AutoencoderKL",
    },
    tokenizers={"tokenizer": "CLIPTokenizer", "tokenizer_2": "CLIPTokenizer", "tokenizer_3": "T5TokenizerFast"},
    optional=frozenset({"text_encoder_3", "tokenizer_3"}),
    checkpoints=(
        # T5 is left out: such files seldom hold it, and its tokenizer does not come along.
        CheckpointLayout(
            kind="Stable Diffusion 3 model",
            configs="sd3",
            parts={
                "transformer": "model.diffusion_model.",
                "vae": "first_stage_model.",
                "text_encoder": "text_encoders.clip_l.",
                "text_encoder_2": "text_encoders.clip_g.",
            },
            padding={"tokenizer": "<|endoftext|>", "tokenizer_2": "!"},
        ),
    ),
)
LAYOUTS = (SDXL, STABLE_DIFFUSION, SD3)
