"""Distilled models are recognised, and get options that suit them unless the user says otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hiprompt_core import Engine, GenerationRequest, generate
from hiprompt_core.cli import main
from hiprompt_core.events import Event, Warned
from hiprompt_core.few_step import few_step_of, named_few_step
from hiprompt_core.fitting import fitting_options
from hiprompt_core.model_files import inspect_model
from hiprompt_core.request import NO_ADDITIONS, Additions
from tests.sdxl_facts import SDXL


@pytest.mark.parametrize(
    ("name", "kind", "steps", "scheduler"),
    [
        ("sd_xl_turbo_1.0_fp16", "Turbo", 4, "euler_trailing"),
        ("dreamshaperXL_v21TurboDPMSDE", "Turbo", 4, "euler_trailing"),
        ("sdxl_lightning_8step", "Lightning", 8, "euler_trailing"),
        ("sdxl_lightning_2step_unet", "Lightning", 2, "euler_trailing"),
        ("juggernautXL_v9Rdphoto2Lightning", "Lightning", 4, "euler_trailing"),
        ("Hyper-SDXL-12steps-CFG-lora", "Hyper", 12, "tcd"),
        ("realvisXL_hyperVAE-hyper", "Hyper", 8, "tcd"),
        ("LCM_Dreamshaper_v7", "LCM", 6, "lcm"),
        ("lcm-lora-sdxl", "LCM", 6, "lcm"),
        ("dmd2_sdxl_4step_lora_fp16", "DMD", 4, "lcm"),
        ("lightning_20000steps", "Lightning", 4, "euler_trailing"),
        ("sd-turbo", "Turbo", 4, "euler_trailing"),
        ("TurboVisionXL", "Turbo", 4, "euler_trailing"),
        ("DreamShaperXL_Turbo_v2", "Turbo", 4, "euler_trailing"),
        ("dreamshaper-xl-lightning", "Lightning", 4, "euler_trailing"),
        ("realvisxlV40_v40LightningBakedvae", "Lightning", 4, "euler_trailing"),
    ],
)
def test_names_tell(name: str, kind: str, steps: int, scheduler: str) -> None:
    few = named_few_step([name])
    assert few is not None
    assert (few.kind, few.steps, few.scheduler) == (kind, steps, scheduler)


@pytest.mark.parametrize(
    "name", ["stable-diffusion-xl-base-1.0", "hyperrealism_v3", "HyperRealXL", "admdraw", "calcmodel", "my_4step_model"]
)
def test_names_that_tell_nothing(name: str) -> None:
    assert named_few_step([name]) is None


CACHE = "/hub/models--latent-consistency--lcm-lora-sdxl/snapshots/0123abcd/"


@pytest.mark.parametrize(
    ("name", "kind", "steps"),
    [
        ("lcm-lora-sdxl", "LCM", 6),
        ("/loras/lcm-lora-sdxl/pytorch_lora_weights", "LCM", 6),
        (f"{CACHE}pytorch_lora_weights", "LCM", 6),
        ("lcm_anime_style", "LCM", 6),
        ("LCM_LoRA_Weights_SD15", "LCM", 6),
        ("sdxl_lightning_4step_lora", "Lightning", 4),
        ("Lightning-SDXL-8Steps", "Lightning", 8),
        ("Hyper-SDXL-8steps-lora", "Hyper", 8),
        ("Hyper-SDXL-12steps-CFG-lora", "Hyper", 12),
        ("Hyper-SD15-4steps-lora", "Hyper", 4),
        ("SDXL-Turbo", "Turbo", 4),
        ("SDXLTurboLoRA", "Turbo", 4),
        ("sd_xl_turbo_lora_v1", "Turbo", 4),
        ("sd_xl_turbo_lora_v1-64dim", "Turbo", 4),
        ("/loras/sdxl-turbo/adapter_model", "Turbo", 4),
        ("dmd2_sdxl_4step_lora_fp16", "DMD", 4),
    ],
)
def test_names_of_loras_tell(name: str, kind: str, steps: int) -> None:
    few = few_step_of(None, Additions(loras={Path(f"{name}.safetensors"): 0.8}))
    assert few is not None
    assert (few.kind, few.steps) == (kind, steps)


@pytest.mark.parametrize(
    "name",
    [
        "porsche_911_turbo", "porsche-911-turbo-sdxl-lora", "Porsche911Turbo_XL", "turbo", "turbo_2000steps",
        "lightningstrikes_style", "LightningStrikesXL", "lightning_bolts_sdxl", "HyperRealism_XL", "hyperdetailed-lora",
        "/loras/porsche_911_turbo/pytorch_lora_weights", "/loras/lightning/ink", "pytorch_lora_weights", "calcmodel",
    ],
)  # fmt: skip
def test_loras_that_draw_what_distilled_models_are_called(name: str) -> None:
    assert few_step_of(None, Additions(loras={Path(f"{name}.safetensors"): 1.0})) is None


def test_a_lora_that_is_turned_around_tells_nothing() -> None:
    assert few_step_of(None, Additions(loras={Path("lcm.safetensors"): -1.0})) is None


@pytest.mark.parametrize(
    ("scheduler", "kind"),
    [
        ({"_class_name": "LCMScheduler"}, "LCM"),
        ({"_class_name": "TCDScheduler"}, "Hyper"),
        ({"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"}, "Turbo"),
        ({"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}, None),
    ],
    ids=str,
)
def test_configs_of_a_folder_tell(model: Path, tmp_path: Path, scheduler: dict[str, str], kind: str | None) -> None:
    folder = shutil.copytree(model, tmp_path / "painter")
    file = folder / "scheduler/scheduler_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **scheduler}))
    few = inspect_model(folder).few_step
    assert (few.kind if few else None) == kind


def test_the_command_line_tells_what_it_chose(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(model, tmp_path / "fox_lightning_2step")
    plan = ["plan", "a fox", "--model", str(tmp_path / "fox_lightning_2step")]
    assert main(plan) == 0
    assert "few steps: 2 steps with euler_trailing, guidance 1, as Lightning wants it" in capsys.readouterr().out
    assert main([*plan, "--negative-prompt", "rain"]) == 0
    assert "Note: The negative prompt is not used" in capsys.readouterr().out
    assert main([*plan, "--steps", "5"]) == 0
    assert "few steps: 5 steps with euler_trailing" in capsys.readouterr().out
    assert main([*plan, "--set", "guidance_scale=4"]) == 0
    assert main(["plan", "a fox", "--model", str(model)]) == 0
    assert "few steps" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["hyper-sd", "lcm"])
def test_a_few_step_picture_is_drawn(make_request: Callable[..., GenerationRequest], engine: Engine, name: str) -> None:
    request = make_request(captions=False)
    options = fitting_options(request.options, replace(SDXL, few_step=named_few_step([name])), NO_ADDITIONS)
    request = replace(request, negative_prompt="rain")
    events: list[Event] = []
    first = generate(replace(request, options=options), events.append, engine)
    assert "The negative prompt is not used" in next(event.message for event in events if isinstance(event, Warned))
    again = generate(replace(request, options=options, output=request.output / "again"), engine=engine)
    assert first.image.tobytes() == again.image.tobytes()
    # Nothing is guided: four to eight evaluations of phase 1, then two bands of three windows.
    assert first.evaluations == options.num_inference_steps + 3 * options.upscale_steps
