"""ControlNets: the same predictions as diffusers' own pipelines, and files that do not fit are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    EulerDiscreteScheduler,
    StableDiffusionControlNetImg2ImgPipeline,
    StableDiffusionXLControlNetImg2ImgPipeline,
    StableDiffusionXLControlNetUnionImg2ImgPipeline,
)
from PIL import Image
from torch import Tensor

from hiprompt_core import ControlNet, Engine, GenerationRequest, Options, Size, generate, make_plan
from hiprompt_core.controlnet import load_controlnet
from hiprompt_core.denoise import Denoiser
from hiprompt_core.errors import InvalidRequest, ModelUnsupported
from hiprompt_core.events import Event, ModelLoading, ViewBatchDone, ignore_events
from hiprompt_core.geometry import Box, patch_grid
from hiprompt_core.ground import Ground
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.metadata import read_record
from hiprompt_core.models import load_backbone
from hiprompt_core.prompts import embed_prompts
from hiprompt_core.views import View
from tests.core.family_models import SD1, save_sd3, save_stable_diffusion
from tests.core.guide_models import make_controlnet, make_union, write

Make = Callable[..., GenerationRequest]
CPU = torch.device("cpu")
PROMPT, NEGATIVE = "a red circle", "a blue fox"
PIPELINES = {
    "SDXL": StableDiffusionXLControlNetImg2ImgPipeline,
    "SDXL union": StableDiffusionXLControlNetUnionImg2ImgPipeline,
    "SD 1": StableDiffusionControlNetImg2ImgPipeline,
}


@pytest.fixture(scope="module")
def sd1(tmp_path_factory: pytest.TempPathFactory) -> Any:
    state = torch.get_rng_state()
    folder = save_stable_diffusion(tmp_path_factory.mktemp("controlnet") / "sd1", SD1)
    torch.set_rng_state(state)
    return load_backbone(folder, CPU, torch.float32)


@pytest.fixture
def folder(backbone: Any, tmp_path: Path) -> Path:
    """Of a ControlNet for the tiny SDXL."""
    make_controlnet(backbone.unet).save_pretrained(tmp_path / "tile")
    return tmp_path / "tile"


def draw(seed: int) -> Tensor:
    return torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(seed))


def picture(size: int = 64) -> Image.Image:
    values = np.random.default_rng(4).integers(0, 256, (size, size, 3), dtype=np.uint8)
    return Image.fromarray(values)


def one_view(backbone: Any, model: Any, asked: ControlNet | None) -> Tensor:
    """Latents of a later phase of one window."""
    size = Size(64, 64)
    options = Options(
        upscale_num_inference_steps=6, strength=0.67, scheduler="euler", decompose=False, captions=False,
        guidance_scale_high=6.0,
    )  # fmt: skip
    denoiser = Denoiser(
        backbone=backbone, prompts=embed_prompts(backbone, PROMPT, NEGATIVE, [PROMPT]), options=options, phase=2,
        size=size, seed=5, on_event=ignore_events, ground=asked and Ground.of(model, asked, picture(), 8),
    )  # fmt: skip
    with torch.inference_mode():
        return denoiser.upscaled(draw(1), draw(2), patch_grid(size.over(8), Size(8, 8), 0.25), 0)


@pytest.mark.parametrize(("weight", "end"), [(1.0, 1.0), (0.6, 1.0), (1.5, 0.5)])
@pytest.mark.parametrize("kind", PIPELINES)
def test_one_view_equals_diffusers(backbone: Any, sd1: Any, kind: str, weight: float, end: float) -> None:
    used = sd1 if kind == "SD 1" else backbone
    union = kind == "SDXL union"
    model = (make_union if union else make_controlnet)(used.unet)
    parts = {"vae": used.vae, "text_encoder": used.text_encoders[0], "tokenizer": used.tokenizers[0]}
    if kind == "SD 1":
        parts |= {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
    else:
        parts |= {"text_encoder_2": used.text_encoders[1], "tokenizer_2": used.tokenizers[1]}
    scheduler = EulerDiscreteScheduler.from_config(used.scheduler_config)
    pipeline = PIPELINES[kind](unet=used.unet, controlnet=model, scheduler=scheduler, **parts)
    pipeline.set_progress_bar_config(disable=True)
    sizes = {"original_size": (64, 64), "target_size": (64, 64)} if kind != "SD 1" else {}
    expected = pipeline(
        prompt=PROMPT, negative_prompt=NEGATIVE, image=draw(1), control_image=[picture()] if union else picture(),
        strength=0.67, num_inference_steps=6, guidance_scale=6.0, generator=torch.Generator().manual_seed(2),
        controlnet_conditioning_scale=weight, control_guidance_end=end, output_type="latent",
        height=64, width=64, **({"control_mode": [6]} if union else {}), **sizes,
    ).images  # fmt: skip
    asked = ControlNet(path=Path("tile"), weight=weight, end=end)
    actual = one_view(used, model, asked)
    assert float((actual - expected).abs().max()) < 1e-3 * float(expected.abs().max())
    assert float((actual - one_view(used, model, None)).abs().max()) > 0.01


def test_without_weight_or_steps_nothing_changes(backbone: Any) -> None:
    model = make_controlnet(backbone.unet)
    plain = one_view(backbone, model, None)
    for asked in (ControlNet(path=Path("tile"), weight=0.0), ControlNet(path=Path("tile"), end=0.0)):
        assert torch.equal(one_view(backbone, model, asked), plain)


@pytest.mark.parametrize(
    ("steps", "end", "held"),
    [(1, 0.5, 1), (2, 0.4, 1), (4, 0.5, 2), (4, 0.74, 2), (4, 1.0, 4), (4, 0.0, 0), (1, 0.0, 0)],
)
def test_it_lets_go_after_its_share_of_the_steps_but_not_before_the_first(steps: int, end: float, held: int) -> None:
    asked = ControlNet(path=Path("tile"), end=end)
    assert [asked.holds(step, steps) for step in range(steps)] == [True] * held + [False] * (steps - held)


def test_a_view_sees_its_own_part_of_the_guide() -> None:
    guide = picture(80).crop((0, 0, 80, 76))
    ground = Ground.of(None, ControlNet(path=Path("tile")), guide, 8)
    views = [View(0, Box(0, 1, 8, 9)), View(1, Box(2, 2, 10, 10))]
    seen = ground.seen_by(views, 3, CPU).guide
    assert seen.shape == (6, 3, 64, 64)
    values = torch.from_numpy(np.array(guide)).permute(2, 0, 1) / 255
    assert torch.equal(seen[0], values[:, 0:64, 8:72])
    assert torch.equal(seen[2:4], seen[:2])
    assert torch.equal(seen[1][:, :60], values[:, 16:76, 16:80])
    assert torch.equal(seen[1][:, 60:], seen[1][:, 56:60].flip(1))  # mirrored


def test_a_whole_run(make_request: Make, folder: Path, tmp_path: Path, backbone: Any) -> None:
    """Plan, events and record agree; phase 1 does not know of it, and a new ControlNet draws only what it changes."""
    engine, events = Engine(), list[Event]()
    plain = make_request(captions=False, upscale_num_inference_steps=8)
    asked = ControlNet(path=folder, weight=0.8, end=0.5)
    request = replace(plain, controlnet=asked)
    plan = make_plan(request, backbone.facts)
    result = generate(request, events.append, engine)
    batches = [event for event in events if isinstance(event, ViewBatchDone)]
    assert sum(event.controlnet_evaluations for event in batches) == plan.controlnet_evaluations
    assert plan.controlnet_evaluations * 2 == plan.phases[1].evaluations
    assert [phase.controlnet_evaluations > 0 for phase in plan.phases] == [False, True]
    assert plan.units > make_plan(plain, backbone.facts).units
    guides = inspect_guides(request, backbone.facts)
    more = make_plan(request, backbone.facts, None, guides).memory - plan.memory
    assert guides.controlnet
    assert more == 4 * guides.controlnet.parameters > 0
    record = read_record(result.path)
    assert record.request.controlnet == asked
    assert len(record.controlnet_hash) == 64
    first = read_record(next(request.output.glob("phase-1-*.png")))
    assert (first.controlnet_hash, first.request.controlnet) == ("", None)

    without = generate(replace(plain, output=tmp_path / "without"), engine=engine)
    assert np.abs(np.asarray(result.image, float) - np.asarray(without.image, float)).max() > 2
    assert not engine._controlnets, "what nobody asks for is let go"
    loaded = list[Event]()
    assert generate(request, loaded.append, engine).evaluations == 0
    generate(replace(request, output=tmp_path / "weaker", controlnet=replace(asked, weight=0.4)), loaded.append, engine)
    assert [event.name for event in loaded if isinstance(event, ModelLoading)] == [folder.name]
    other = make_controlnet(backbone.unet)
    with torch.no_grad():
        other.controlnet_mid_block.weight.mul_(2)
    other.save_pretrained(folder)
    changed = generate(request, engine=Engine())
    assert changed.evaluations == plan.phases[1].evaluations
    assert changed.record.controlnet_hash != record.controlnet_hash


def test_the_digest_changes_only_with_it(make_request: Make, tmp_path: Path) -> None:
    plain = make_request()
    asked = replace(plain, controlnet=ControlNet(path=tmp_path / "tile", weight=0.5))
    digests = {plain.digest(), asked.digest(), replace(asked, upscaler=tmp_path).digest()}
    assert len(digests) == 3
    assert "controlnet" in plain.to_dict()
    assert GenerationRequest.from_dict(asked.to_dict()) == asked
    assert asked.up_to(1).digest() == plain.up_to(1).digest() != asked.up_to(2).digest()


@pytest.mark.parametrize("values", [{"weight": -0.1}, {"weight": 2.1}, {"end": 1.5}, {"end": True}])
def test_values_out_of_range(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        ControlNet(path=Path("tile"), **values)


@pytest.mark.parametrize("kind", ["SDXL", "SDXL union", "SD 1", "SD 1 in its first format"])
def test_a_file_is_the_same_as_its_folder(backbone: Any, sd1: Any, tmp_path: Path, kind: str) -> None:
    used = sd1 if kind.startswith("SD 1") else backbone
    made = (make_union if "union" in kind else make_controlnet)(used.unet)
    made.save_pretrained(tmp_path / "folder")
    file = write(tmp_path / "one.safetensors", made)
    if kind.endswith("format"):
        file = write_original(tmp_path / "original.safetensors", made)
    single, whole = (load_controlnet(path, used).model.state_dict() for path in (file, tmp_path / "folder"))
    assert single.keys() == whole.keys()
    assert all(torch.equal(single[name], whole[name]) for name in single)


def write_original(path: Path, model: Any) -> Path:
    """As the first trainer names them, for one layer a block."""
    from safetensors.torch import save_file

    hint = {f"blocks.{n}": f"input_hint_block.{2 * n + 2}" for n in range(6)}
    names = {
        "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0", "controlnet_cond_embedding.conv_in": "input_hint_block.0",
        "controlnet_cond_embedding.conv_out": "input_hint_block.14", "controlnet_mid_block": "middle_block_out.0",
        "down_blocks.0.resnets.0": "input_blocks.1.0", "down_blocks.0.attentions.0": "input_blocks.1.1",
        "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op", "down_blocks.1.resnets.0": "input_blocks.3.0",
        "mid_block.resnets.0": "middle_block.0", "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
        **{f"controlnet_down_blocks.{n}": f"zero_convs.{n}.0" for n in range(4)},
        **{f"controlnet_cond_embedding.{ours}": theirs for ours, theirs in hint.items()},
    }  # fmt: skip
    parts = {
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
        "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
    }  # fmt: skip
    tensors = {}
    for name, value in model.state_dict().items():
        start = max((ours for ours in names if name.startswith(ours + ".")), key=len)
        rest = name[len(start) + 1 :]
        if "resnets" in start:
            rest = ".".join([parts[rest.split(".")[0]], rest.split(".")[1]])
        tensors[f"control_model.{names[start]}.{rest}"] = value.contiguous()
    save_file(tensors, path)
    return path


OTHERS = {
    "vae": "AutoencoderKL, not a ControlNet",
    "sd1.safetensors": "read texts 8 wide",
    "sd1": "read texts 8 wide",
    "deep": "another kind of model",
    "deep.safetensors": "another kind of model",
    "coarse": "another kind of model",
    "six.safetensors": "6 tasks",
}
"""ControlNets for other models; damaged files are in ``test_bad_files``."""


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory, backbones: Any, sd1: Any) -> Path:
    folder = tmp_path_factory.mktemp("others")
    unet = backbones["epsilon"].unet
    backbones["epsilon"].vae.save_pretrained(folder / "vae")
    for_sd1 = make_controlnet(sd1.unet)
    for_sd1.save_pretrained(folder / "sd1")
    write(folder / "sd1.safetensors", for_sd1)
    deep = make_controlnet(unet, layers_per_block=2)
    deep.save_pretrained(folder / "deep")
    write(folder / "deep.safetensors", deep)
    make_controlnet(unet, conditioning_embedding_out_channels=(4, 8)).save_pretrained(folder / "coarse")
    write(folder / "six.safetensors", make_union(unet, tasks=6))
    return folder


@pytest.mark.parametrize("name", OTHERS)
def test_those_for_other_models_are_refused(backbone: Any, others: Path, name: str) -> None:
    with pytest.raises(ModelUnsupported, match=re.escape(OTHERS[name])) as caught:
        load_controlnet(others / name, backbone)
    assert name in str(caught.value)
    assert caught.value.remedy


def test_a_transformer_has_no_use_for_it(tmp_path: Path, folder: Path, make_request: Make) -> None:
    sd3 = save_sd3(tmp_path / "sd3", t5=False)
    request = make_request(model=sd3, captions=False, captioner=None, controlnet=ControlNet(path=folder))
    with pytest.raises(ModelUnsupported, match="Stable Diffusion 3 has no use for"):
        generate(request)
