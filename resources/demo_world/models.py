"""The architectures of the demo models, freshly initialised."""

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from .tokens import IMAGE_TOKEN, PROMPT_LENGTH

LATENT_CHANNELS = 8
VAE_FACTOR = 8
FIRST_TEXT_WIDTH, SECOND_TEXT_WIDTH = 64, 128
SIZE_EMBEDDING_WIDTH = 32
CAPTIONER_IMAGE_SIZE, CAPTIONER_PATCH = 96, 12


def build_vae(native_size: int) -> AutoencoderKL:
    """A factor-8 autoencoder without attention, so that small crops train it for every image size."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 128),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=4,
        sample_size=native_size,
        scaling_factor=1.0,
        force_upcast=False,
        mid_block_add_attention=False,
    )


def build_unet(native_size: int) -> UNet2DConditionModel:
    """SDXL's UNet in small. Most of its work happens at the lower levels, where it is cheap and shapes are made."""
    return UNet2DConditionModel(
        sample_size=native_size // VAE_FACTOR,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=(64, 128, 256),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 1, 1),
        attention_head_dim=(2, 4, 8),  # number of heads, as in SDXL's own configuration
        cross_attention_dim=FIRST_TEXT_WIDTH + SECOND_TEXT_WIDTH,
        use_linear_projection=True,
        norm_num_groups=32,
        addition_embed_type="text_time",
        addition_time_embed_dim=SIZE_EMBEDDING_WIDTH,
        projection_class_embeddings_input_dim=6 * SIZE_EMBEDDING_WIDTH + SECOND_TEXT_WIDTH,
    )


def build_text_encoders(tokenizer: CLIPTokenizer) -> tuple[CLIPTextModel, CLIPTextModelWithProjection]:
    """SDXL reads the last layer but one of both encoders: one layer of the first, two of the second do the work."""
    first = CLIPTextModel(_text_config(tokenizer, width=FIRST_TEXT_WIDTH, layers=2))
    second = CLIPTextModelWithProjection(_text_config(tokenizer, width=SECOND_TEXT_WIDTH, layers=3))
    return first, second


def _text_config(tokenizer: CLIPTokenizer, *, width: int, layers: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        projection_dim=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        max_position_embeddings=PROMPT_LENGTH,
        hidden_act="gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def build_scheduler() -> EulerDiscreteScheduler:
    """Velocity prediction with no signal left at the last timestep: flat backgrounds keep their true colour."""
    scheduler = EulerDiscreteScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        steps_offset=0,
    )
    # Euler does not read this, but a DDIM scheduler made from the configuration does, and would clip latents to -1–1.
    scheduler.register_to_config(clip_sample=False)
    return scheduler


def build_captioner(tokenizer: PreTrainedTokenizerFast) -> LlavaForConditionalGeneration:
    """LLaVA in small: a CLIP vision tower, a projector and a Llama."""
    vision = CLIPVisionConfig(
        hidden_size=128,
        intermediate_size=256,
        projection_dim=128,
        num_hidden_layers=5,
        num_attention_heads=4,
        image_size=CAPTIONER_IMAGE_SIZE,
        patch_size=CAPTIONER_PATCH,
    )
    language = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=language,
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE_TOKEN),
        image_seq_length=(CAPTIONER_IMAGE_SIZE // CAPTIONER_PATCH) ** 2,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.no_grad():
        model = LlavaForConditionalGeneration(config)
    model.generation_config.bos_token_id = tokenizer.bos_token_id
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model
