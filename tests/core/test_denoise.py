"""The loop of a phase against diffusers' own pipelines and against the published equations by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    StableDiffusionXLImg2ImgPipeline,
)
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from hiprompt_core import PRESETS, GenerationRequest, Options, Size, make_plan
from hiprompt_core.denoise import Denoiser, batches, join_grids, match_statistics, split_grids
from hiprompt_core.events import Event, ViewBatchDone, ignore_events
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.frequency import low_pass
from hiprompt_core.geometry import Box, patch_grid
from hiprompt_core.options import SchedulerName
from hiprompt_core.prompts import embed_prompts
from hiprompt_core.schedule import stream
from hiprompt_core.views import View

PROMPT, NEGATIVE = "a red circle", "blurry, ugly"
THEIRS: dict[str, Callable[[Any], Any]] = {
    "euler": EulerDiscreteScheduler.from_config,
    "ddim": lambda config: DDIMScheduler.from_config(config, clip_sample=False),
    "dpmpp_2m": DPMSolverMultistepScheduler.from_config,
    "euler_trailing": lambda config: EulerDiscreteScheduler.from_config(config, timestep_spacing="trailing"),
}
kinds = pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
schedulers = pytest.mark.parametrize("scheduler", get_args(SchedulerName)[:4])  # the others draw noise


def draw(seed: int, height: int = 8, width: int = 8) -> Tensor:
    return torch.randn(1, 4, height, width, generator=torch.Generator().manual_seed(seed))


def make_denoiser(
    backbone: SDXLBackbone,
    options: Options,
    size: Size,
    captions: Sequence[str] = (),
    on_event: Callable[[Event], None] = ignore_events,
) -> Denoiser:
    prompts = embed_prompts(backbone, PROMPT, NEGATIVE, captions)
    return Denoiser(backbone=backbone, prompts=prompts, options=options, phase=2, size=size, seed=5, on_event=on_event)


@torch.inference_mode()
def upscale(
    backbone: SDXLBackbone, options: Options, cells: Size, captions: Sequence[str] = (), dilation: int = 0
) -> Tensor:
    patches = patch_grid(cells, Size(8, 8), options.overlap)
    denoiser = make_denoiser(backbone, options, cells.times(8), captions or [PROMPT] * len(patches))
    return denoiser.upscaled(draw(1, *cells), draw(2, *cells), patches, dilation)


@kinds
@schedulers
@pytest.mark.parametrize("size", [Size(64, 64), Size(48, 96)], ids=str)
@torch.inference_mode()
def test_the_native_phase_equals_diffusers(
    backbones: dict[str, SDXLBackbone], pipelines: dict[str, Any], kind: str, scheduler: SchedulerName, size: Size
) -> None:
    options = Options(num_inference_steps=3, scheduler=scheduler, guidance_scale=6.0)
    noise = draw(0, *size.over(8))
    actual = make_denoiser(backbones[kind], options, size).native(noise)
    pipeline = pipelines[kind]
    pipeline.scheduler = THEIRS[scheduler](backbones[kind].scheduler_config)
    expected = pipeline(
        prompt=PROMPT,
        negative_prompt=NEGATIVE,
        height=size.height,
        width=size.width,
        num_inference_steps=3,
        guidance_scale=6.0,
        latents=noise,
        output_type="latent",
    ).images
    assert float((actual - expected).abs().max()) < 1e-4


@kinds
@torch.inference_mode()
def test_a_native_phase_that_draws_noise_at_every_step_equals_diffusers(
    backbones: dict[str, SDXLBackbone], pipelines: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = (torch.Generator().manual_seed(2) for _ in range(2))
    monkeypatch.setattr("hiprompt_core.denoise.stream", lambda *of: ours if "step" in of[-1] else stream(*of))
    options = Options(num_inference_steps=3, scheduler="euler_a", guidance_scale=6.0)
    noise, size = draw(0), Size(64, 64)
    actual = make_denoiser(backbones[kind], options, size).native(noise)
    pipeline = pipelines[kind]
    pipeline.scheduler = EulerAncestralDiscreteScheduler.from_config(backbones[kind].scheduler_config)
    expected = pipeline(
        prompt=PROMPT,
        negative_prompt=NEGATIVE,
        height=64,
        width=64,
        num_inference_steps=3,
        guidance_scale=6.0,
        latents=noise,
        generator=theirs,
        output_type="latent",
    ).images
    assert float((actual - expected).abs().max()) < 1e-4


@kinds
@schedulers
@torch.inference_mode()
def test_an_upscaled_phase_of_one_view_equals_image_to_image(
    backbones: dict[str, SDXLBackbone], pipelines: dict[str, Any], kind: str, scheduler: SchedulerName
) -> None:
    options = Options(
        upscale_num_inference_steps=6,
        strength=0.5,
        scheduler=scheduler,
        decompose=False,
        captions=False,
        guidance_scale_high=6.0,
    )
    size = Size(64, 64)
    picture, noise = draw(1), draw(2)
    denoiser = make_denoiser(backbones[kind], options, size, [PROMPT])
    actual = denoiser.upscaled(picture, noise, patch_grid(size.over(8), Size(8, 8), 0.25), 0)
    pipeline = StableDiffusionXLImg2ImgPipeline(**pipelines[kind].components)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = THEIRS[scheduler](backbones[kind].scheduler_config)
    expected = pipeline(
        prompt=PROMPT,
        negative_prompt=NEGATIVE,
        image=picture,
        strength=0.5,
        num_inference_steps=6,
        guidance_scale=6.0,
        generator=torch.Generator().manual_seed(2),  # draws the same noise
        output_type="latent",
    ).images
    assert float((actual - expected).abs().max()) < 1e-4


@kinds
def test_equal_prompts_make_the_band_split_disappear(backbones: dict[str, SDXLBackbone], kind: str) -> None:
    """With beta 1, one guidance scale and the prompt on every patch it is plain guidance, on many views too."""
    options = Options(upscale_num_inference_steps=4, strength=0.5, guidance_scale_low=5.0, guidance_scale_high=5.0)
    plain = replace(options, decompose=False, captions=False)
    cells = Size(8, 14)
    difference = upscale(backbones[kind], options, cells) - upscale(backbones[kind], plain, cells)
    assert float(difference.abs().max()) < 1e-4


def cosine(timestep: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * (1000 - timestep) / 1000))


def demofusion_by_hand(backbone: SDXLBackbone, options: Options, cells: Size, k: int) -> Tensor:
    """DemoFusion's loop written out for DDIM: every view and every interleaved grid on its own."""
    scheduler = DDIMScheduler.from_config(backbone.scheduler_config, clip_sample=False)
    scheduler.set_timesteps(options.upscale_num_inference_steps)
    timesteps = scheduler.timesteps[-options.upscale_steps :]
    reference, noise = draw(1, *cells), draw(2, *cells)
    prompts = embed_prompts(backbone, PROMPT, NEGATIVE, [])
    v = backbone.scheduler_config["prediction_type"] == "v_prediction"

    def noise_of(latents: Tensor, timestep: float) -> Tensor:
        size = Size(*latents.shape[-2:]).times(8)
        ids = backbone.time_ids(size, Box(0, 0, *size))[None]
        both = [backbone.predict(latents, timestep, prompts.embeddings.take([row]), ids) for row in (0, 1)]
        guided = both[0] + options.guidance_scale * (both[1] - both[0])
        kept = scheduler.alphas_cumprod[int(timestep)]
        return kept**0.5 * guided + (1 - kept) ** 0.5 * latents if v else guided

    latents = scheduler.add_noise(reference, noise, timesteps[:1])
    for timestep in timesteps:
        c = cosine(float(timestep))
        noised = scheduler.add_noise(reference, noise, timestep[None])
        latents = c**options.skip_residual * noised + (1 - c**options.skip_residual) * latents
        total, count = torch.zeros_like(latents), torch.zeros_like(latents)
        for patch in patch_grid(cells, Size(8, 8), options.overlap):
            window = patch.window.slices
            total[..., *window] += noise_of(latents[..., *window], float(timestep))
            count[..., *window] += 1
        local = total / count
        smooth = low_pass(latents, options.gaussian_sigma * (0.99 * c**options.gaussian_exponent + 0.01))
        smooth = (smooth - smooth.mean((2, 3), True)) / smooth.std((2, 3), keepdim=True)
        smooth = smooth * latents.std((2, 3), keepdim=True) + latents.mean((2, 3), True)
        dilated = torch.zeros_like(latents)
        for row in range(k):
            for column in range(k):
                dilated[..., row::k, column::k] = noise_of(smooth[..., row::k, column::k], float(timestep))
        weight = c**options.dilated_sampling
        prediction = (1 - weight) * local + weight * dilated
        kept = scheduler.alphas_cumprod[int(timestep)]
        if v:
            prediction = (prediction - (1 - kept) ** 0.5 * latents) / kept**0.5
        latents = scheduler.step(prediction, timestep, latents).prev_sample
    return latents


@kinds
@torch.inference_mode()
def test_demofusion_equals_its_equations(backbones: dict[str, SDXLBackbone], kind: str) -> None:
    options = replace(PRESETS["demofusion"], upscale_num_inference_steps=4, jitter=False, view_batch_size=3)
    expected = demofusion_by_hand(backbones[kind], options, Size(16, 12), 2)
    actual = upscale(backbones[kind], options, Size(16, 12), dilation=2)
    torch.testing.assert_close(actual, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("preset", PRESETS)
def test_the_batch_of_views_does_not_change_the_picture(
    backbones: dict[str, SDXLBackbone], kind: str, preset: str
) -> None:
    options = replace(PRESETS[preset], upscale_num_inference_steps=4, strength=0.5)
    captions = [
        f"a blue square {place % 3}" for place in range(len(patch_grid(Size(8, 14), Size(8, 8), options.overlap)))
    ]
    dilation = 2 if options.dilated_sampling is not None else 0
    results = [
        upscale(backbones[kind], replace(options, view_batch_size=size), Size(8, 14), captions, dilation)
        for size in (1, 2, 16)
    ]
    for result in results[1:]:
        assert float((result - results[0]).abs().max()) < 1e-4


def test_what_the_model_is_told_is_sent_once_a_step(backbone: SDXLBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with each batch: a device finishes its work before it takes anything. The timestep is made there."""
    sent: list[int] = []
    tell = Denoiser._told

    def counted(denoiser: Denoiser, views: Sequence[View], *rest: Any) -> Any:
        sent.append(len(views))
        return tell(denoiser, views, *rest)

    monkeypatch.setattr(Denoiser, "_told", counted)
    given_: list[Any] = []
    hook = backbone.unet.register_forward_pre_hook(lambda _, arguments: given_.append(arguments[1]))
    try:
        upscale(backbone, Options(upscale_num_inference_steps=4, strength=0.5, view_batch_size=1), Size(8, 14))
    finally:
        hook.remove()
    assert sent == [2, 2]
    assert [times.shape for times in given_] == [(3,)] * 4


def test_a_batch_is_told_when_the_device_has_done_it(backbone: SDXLBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(torch.accelerator, "synchronize", told.append)
    denoiser = make_denoiser(backbone, Options(), Size(64, 64), on_event=told.append)
    card = torch.device("cuda")
    replace(denoiser, backbone=replace(backbone, device=card))._report(0, 1, 1, 3)
    assert told[0] == card
    assert isinstance(told[1], ViewBatchDone)


@pytest.mark.parametrize(
    "change",
    [
        {"jitter": False},
        {"fusion": "flat"},
        {"beta": 0.5},
        {"reduction": "mean"},
        {"skip_residual": 1.0},
        {"dilated_sampling": 1.0},
        {"decompose": False},
        {"captions": False},
        {"crop_conditioning": False},
        {"guidance_scale_high": 2.0},
        {"blur_sigma": 9.0},
    ],
    ids=str,
)
def test_every_option_has_a_say(backbone: SDXLBackbone, change: dict[str, Any]) -> None:
    options = Options(upscale_num_inference_steps=6, strength=0.8, overlap=0.5)
    captions = [f"a blue square {place}" for place in range(9)]
    changed = replace(options, **change)
    one, other = (
        upscale(backbone, each, Size(16, 16), captions, 2 if each.dilated_sampling is not None else 0)
        for each in (options, changed)
    )
    assert float((one - other).abs().max()) > 1e-4


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("size", [Size(128, 128), Size(64, 192), Size(136, 104)], ids=str)
def test_evaluations_equal_the_plan(
    backbone: SDXLBackbone, make_request: Callable[..., GenerationRequest], preset: str, size: Size
) -> None:
    options = replace(PRESETS[preset], num_inference_steps=3, upscale_num_inference_steps=6)
    plan = make_plan(replace(make_request(), size=size, options=options), backbone.facts)
    for phase in plan.phases:
        seen: list[ViewBatchDone] = []
        calls = 0

        def on_event(event: Event, seen: list[ViewBatchDone] = seen) -> None:
            if isinstance(event, ViewBatchDone):
                seen.append(event)

        def count(module: Any, arguments: tuple[Tensor, ...]) -> None:
            nonlocal calls
            calls += len(arguments[0])

        cells = phase.size.over(8)
        captions = [f"a blue square {patch.index}" for patch in phase.patches]
        with torch.inference_mode():
            denoiser = make_denoiser(backbone, options, phase.size, captions, on_event)
            hook = backbone.unet.register_forward_pre_hook(count)
            try:
                if phase.number == 1:
                    denoiser.native(draw(0, *cells))
                else:
                    denoiser.upscaled(draw(1, *cells), draw(2, *cells), phase.patches, phase.dilation)
            finally:
                hook.remove()
        assert sum(event.evaluations for event in seen) == calls == phase.evaluations
        assert max(event.step for event in seen) == phase.steps


@given(st.integers(1, 3), st.integers(1, 20), st.integers(1, 20), st.integers(1, 5))
def test_interleaved_grids_join_again(channels: int, height: int, width: int, k: int) -> None:
    latents = torch.arange(channels * height * width, dtype=torch.float32).view(1, channels, height, width)
    grids, padded = split_grids(latents, k)
    assert grids.shape == (k * k, channels, -(-height // k), -(-width // k))
    assert all(side % k == 0 for side in padded)
    assert torch.equal(join_grids(grids, k, padded, latents.shape), latents)


def test_interleaved_grids_by_hand() -> None:
    latents = torch.arange(6.0).view(1, 1, 2, 3)
    grids, padded = split_grids(latents, 2)
    assert padded == Size(2, 4)
    assert grids[:, 0, 0].tolist() == [[0, 2], [1, 2], [3, 5], [4, 5]]


def test_matched_statistics() -> None:
    like = 3 * draw(1, 16, 16) + torch.tensor([1.0, -2, 0, 5]).view(1, 4, 1, 1)
    matched = match_statistics(draw(2, 8, 24), like)
    torch.testing.assert_close(matched.mean((2, 3)), like.mean((2, 3)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(matched.std((2, 3)), like.std((2, 3)), rtol=1e-4, atol=1e-4)
    assert torch.isfinite(match_statistics(torch.zeros(1, 4, 8, 8), like)).all()


@torch.inference_mode()
def test_redrawing_everything_freely_is_a_phase_of_its_own(backbone: SDXLBackbone) -> None:
    cells = Size(8, 14)
    patches = patch_grid(cells, Size(8, 8), 0.25)
    options = Options(upscale_num_inference_steps=4, strength=0.5)
    denoiser = make_denoiser(backbone, options, cells.times(8), [PROMPT] * len(patches))
    result = denoiser.redrawn(draw(1, *cells), draw(2, *cells), patches, torch.ones(1, 1, *cells))
    assert torch.equal(result, denoiser.upscaled(draw(1, *cells), draw(2, *cells), patches, 0))


@torch.inference_mode()
def test_redrawing_frees_cells_in_the_steps_that_they_have(backbone: SDXLBackbone) -> None:
    cells = Size(8, 20)
    patches = patch_grid(cells, Size(8, 8), 0.25)  # windows begin at columns 0, 6 and 12
    freedom = torch.zeros(1, 1, *cells)
    freedom[..., :4], freedom[..., 4:10] = 1, 0.3
    events: list[Event] = []
    options = Options(upscale_num_inference_steps=4, strength=1, jitter=False)
    denoiser = make_denoiser(backbone, options, cells.times(8), [PROMPT] * len(patches), events.append)
    finished = draw(1, *cells)
    result = denoiser.redrawn(finished, draw(2, *cells), patches, freedom)
    assert torch.equal(result[..., 10:], finished[..., 10:])
    assert (result != finished)[..., :10].all()
    views = [event.views for event in events if isinstance(event, ViewBatchDone)]
    assert views == [1, 1, 2, 2]  # of four steps, 0.3 frees cells in the last two, which a second window sees
    evaluations = sum(event.evaluations for event in events if isinstance(event, ViewBatchDone))
    assert denoiser.cost_of_redrawing(patches, freedom) == evaluations


def test_batches_keep_the_order() -> None:
    assert list(batches([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert not list(batches([], 2))
