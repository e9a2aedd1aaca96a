"""What the files of SDXL itself say, without the files."""

from __future__ import annotations

from pathlib import Path

from hiprompt_core.model_files import ModelFacts

SDXL = ModelFacts(
    family="SDXL",
    configs=Path("sdxl"),
    few_step=None,
    guidance_scale=5.0,
    strength=None,
    folder=Path("sdxl"),
    name="sdxl",
    native_size=1024,
    vae_scale_factor=8,
    size_multiple=32,
    prediction_type="epsilon",
    parameters=3_468_000_000,
    network_parameters=2_567_000_000,
    vae_parameters=83_700_000,
    unet_width=320,
    vae_width=128,
    variant=None,
)
