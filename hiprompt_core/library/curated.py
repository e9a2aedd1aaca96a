"""A short list of models to begin with; sizes and present licences are asked of the hub before a download.

Licences as their pages on the hub gave them in November 2026; those of SDXL, LLaVA, Qwen and Florence-2 as copies of
these pages give them.
"""

from __future__ import annotations

from dataclasses import dataclass

from hiprompt_core.library.entry import Role


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A repository on the Hugging Face hub."""

    repository: str
    role: Role
    licence: str
    """As its model card names it."""
    purpose: str
    """For whom it is, a phrase."""


CURATED = (
    Suggestion(
        "stabilityai/stable-diffusion-xl-base-1.0", "model", "openrail++",
        "SDXL itself; what the paper was made with",
    ),
    Suggestion("SG161222/RealVisXL_V4.0", "model", "openrail++", "a fine-tune of SDXL for photographs"),
    Suggestion("segmind/SSD-1B", "model", "apache-2.0", "SDXL distilled to half its size, for small cards"),
    Suggestion(
        "stabilityai/sdxl-turbo", "model", "sai-nc-community", "pictures in one to four steps; not for commercial use",
    ),
    Suggestion("madebyollin/sdxl-vae-fp16-fix", "VAE", "mit", "SDXL's VAE without black pictures in fp16"),
    Suggestion("llava-hf/llava-1.5-7b-hf", "captioner", "llama2", "the captioner of the paper"),
    Suggestion("HuggingFaceTB/SmolVLM-Instruct", "captioner", "apache-2.0", "captions in little memory"),
    Suggestion(
        "Qwen/Qwen2.5-VL-3B-Instruct", "captioner", "qwen-research", "precise captions; not for commercial use",
    ),
    Suggestion("florence-community/Florence-2-base", "captioner", "mit", "the smallest captioner, quick without a GPU"),
)  # fmt: skip
