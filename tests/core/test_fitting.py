"""The options of a preset as they suit a model."""

from __future__ import annotations

import inspect
import json
import shutil
from dataclasses import replace
from pathlib import Path

import diffusers
import pytest

from hiprompt_core import PRESETS, Additions, Options
from hiprompt_core.few_step import named_few_step
from hiprompt_core.fitting import fitting_options
from hiprompt_core.layouts import LAYOUTS
from hiprompt_core.model_files import inspect_model
from hiprompt_core.request import NO_ADDITIONS
from tests.sdxl_facts import SDXL


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("steps", [1, 2, 4, 8, 12])
def test_fitting_options_keep_the_preset_and_change_what_distilling_changes(preset: str, steps: int) -> None:
    few = named_few_step([f"lightning {steps}step"])
    options = PRESETS[preset]
    fitting = fitting_options(options, replace(SDXL, few_step=few), NO_ADDITIONS)
    assert fitting.num_inference_steps == steps
    assert 2 <= fitting.upscale_steps <= max(2, steps // 2)
    assert fitting.plain_conditions() == ("global",)
    assert "uncond" not in fitting.view_conditions()
    assert fitting.scheduler == "euler_trailing"
    kept = ("strength", "overlap", "decompose", "beta", "captions", "phase_scales", "upsampling")
    assert all(getattr(fitting, name) == getattr(options, name) for name in kept)
    assert fitting_options(options, None, NO_ADDITIONS) is options


def presets_for(model: Path, tmp_path: Path, **wanted: object) -> dict[str, Options]:
    """As they suit a model whose index says what it wants."""
    folder = shutil.copytree(model, tmp_path / "painter")
    file = folder / "model_index.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | wanted))
    facts = inspect_model(folder)
    return {name: fitting_options(options, facts, NO_ADDITIONS) for name, options in PRESETS.items()}


@pytest.mark.parametrize(("wanted", "guidance"), [(3.0, 3.0), ("much", 5.0), (-1, 5.0), (True, 5.0), (None, 5.0)])
def test_phase_1_is_guided_as_the_model_wants_it(tmp_path: Path, model: Path, wanted: object, guidance: float) -> None:
    """Where the preset does not say: the published ones do. What is no guidance is not taken for one."""
    fitting = presets_for(model, tmp_path, _guidance_scale=wanted)
    assert {fitting[name].guidance_scale for name in ("balanced", "fast")} == {guidance}
    assert all(fitting[name] == PRESETS[name] for name in ("paper", "demofusion"))


@pytest.mark.parametrize(("wanted", "strength"), [(0.1, 0.1), ("little", 0.25), (0, 0.25), (True, 0.25), (None, 0.25)])
def test_later_phases_draw_as_much_anew_as_the_model_wants(
    tmp_path: Path, model: Path, wanted: object, strength: float
) -> None:
    """Where the preset does not say: the published ones do."""
    fitting = presets_for(model, tmp_path, _strength=wanted)
    assert {fitting[name].strength for name in ("balanced", "fast")} == {strength}
    assert all(fitting[name] == PRESETS[name] for name in ("paper", "demofusion"))


def test_families_are_guided_as_their_pipelines_in_diffusers() -> None:
    for layout in LAYOUTS:
        call = inspect.signature(getattr(diffusers, layout.pipeline).__call__)
        assert call.parameters["guidance_scale"].default == layout.guidance_scale


def test_a_lora_makes_a_model_one_of_few_steps() -> None:
    options = PRESETS["balanced"]
    lora = Path("/loras/lcm-lora-sdxl.safetensors")
    assert fitting_options(options, None, Additions(loras={Path("fox"): 1.0, lora: 1.0})).scheduler == "lcm"
    assert fitting_options(options, None, Additions(loras={lora: 0.0})) is options
