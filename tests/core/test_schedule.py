"""Samplers against diffusers' own schedulers, and random streams."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    TCDScheduler,
)
from torch import Tensor

from hiprompt_core.options import SchedulerName
from hiprompt_core.schedule import Sampler, draw_noise, stream

BETAS = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
CONFIGS: dict[str, dict[str, Any]] = {
    "sdxl": {**BETAS, "timestep_spacing": "leading", "steps_offset": 1, "prediction_type": "epsilon"},
    "v": {**BETAS, "timestep_spacing": "leading", "steps_offset": 1, "prediction_type": "v_prediction"},
    "zero snr": {
        **BETAS,
        "timestep_spacing": "trailing",
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
    },
}
names = pytest.mark.parametrize("name", get_args(SchedulerName)[:4])
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
STEPS = 8


def theirs(name: SchedulerName, config: dict[str, Any]) -> Any:
    if name == "euler":
        scheduler = EulerDiscreteScheduler(**config)
    elif name == "euler_trailing":
        scheduler = EulerDiscreteScheduler(**{**config, "timestep_spacing": "trailing"})
    elif name == "ddim":
        scheduler = DDIMScheduler(**config, clip_sample=False)
    else:
        scheduler = DPMSolverMultistepScheduler(**config)
    scheduler.set_timesteps(STEPS)
    return scheduler


def predict(seen: Tensor, timestep: float) -> Tensor:
    """Stands for a model: depends on what it sees and when."""
    return 0.6 * seen + torch.sin(3 * seen + timestep / 200)


def draw(seed: int) -> Tensor:
    return torch.randn(1, 4, 6, 5, generator=torch.Generator().manual_seed(seed))


def sample(sampler: Sampler, latents: Tensor) -> Tensor:
    for index, timestep in enumerate(sampler.timesteps):
        latents = sampler.step(predict(sampler.scale_input(latents, index), timestep), index, latents)
    return latents


def sample_by_hand(scheduler: Any, timesteps: Tensor, latents: Tensor) -> Tensor:
    for timestep in timesteps:
        prediction = predict(scheduler.scale_model_input(latents, timestep), float(timestep))
        latents = scheduler.step(prediction, timestep, latents).prev_sample
    return latents


@names
@configs
def test_a_whole_schedule_equals_diffusers(name: SchedulerName, config: dict[str, Any]) -> None:
    sampler = Sampler(name, config, STEPS, STEPS)
    scheduler = theirs(name, config)
    noise = draw(0)
    assert sampler.timesteps == pytest.approx(scheduler.timesteps.tolist())
    expected = sample_by_hand(scheduler, scheduler.timesteps, noise * scheduler.init_noise_sigma)
    torch.testing.assert_close(sample(sampler, sampler.start_from_noise(noise)), expected, rtol=1e-4, atol=1e-4)


@names
@configs
@pytest.mark.parametrize("steps", [1, 3, STEPS])
def test_the_end_of_a_schedule_equals_diffusers(name: SchedulerName, config: dict[str, Any], steps: int) -> None:
    """As image-to-image: the start is at the scheduled level of its first step (method, mistake 2)."""
    sampler = Sampler(name, config, STEPS, steps)
    scheduler = theirs(name, config)
    timesteps = scheduler.timesteps[STEPS - steps :]
    if name != "ddim":
        scheduler.set_begin_index(STEPS - steps)
    picture, noise = draw(1), draw(2)
    start = scheduler.add_noise(picture, noise, timesteps[:1])
    torch.testing.assert_close(sampler.add_noise(picture, noise, 0), start, rtol=1e-4, atol=1e-4)
    expected = sample_by_hand(scheduler, timesteps, start)
    torch.testing.assert_close(sample(sampler, start), expected, rtol=1e-4, atol=1e-4)


@names
@configs
def test_noise_of_every_level_equals_diffusers(name: SchedulerName, config: dict[str, Any]) -> None:
    sampler, scheduler = Sampler(name, config, STEPS, STEPS), theirs(name, config)
    picture, noise = draw(3), draw(4)
    for index, timestep in enumerate(scheduler.timesteps):
        expected = scheduler.add_noise(picture, noise, timestep[None])
        torch.testing.assert_close(sampler.add_noise(picture, noise, index), expected, rtol=1e-4, atol=1e-4)
        # At zero signal Euler's latents are noise times 4096, so allow for the rounding of that.
    torch.testing.assert_close(sampler.add_noise(picture, noise, STEPS), picture)


@names
@configs
def test_the_model_sees_unit_variance(name: SchedulerName, config: dict[str, Any]) -> None:
    sampler = Sampler(name, config, STEPS, STEPS)
    picture, noise = (torch.randn(1, 1, 300, 300, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    for index in range(STEPS):
        seen = sampler.scale_input(sampler.add_noise(picture, noise, index), index)
        assert float(seen.std()) == pytest.approx(1, abs=0.02)


@names
@configs
def test_a_perfect_model_finds_the_picture_again(name: SchedulerName, config: dict[str, Any]) -> None:
    """Predicting the very noise that was added, at every step, leads back to the picture."""
    sampler = Sampler(name, config, STEPS, 4)
    picture, noise = draw(5), draw(6)
    latents = sampler.add_noise(picture, noise, 0)
    for index in range(len(sampler.timesteps)):
        signal, level = (value / sum(v**2 for v in sampler.levels[index]) ** 0.5 for value in sampler.levels[index])
        v = signal * noise - level * picture
        latents = sampler.step(v if config["prediction_type"] == "v_prediction" else noise, index, latents)
    torch.testing.assert_close(latents, picture, rtol=0.05, atol=0.05)


@names
def test_the_relation_of_v_and_noise(name: SchedulerName) -> None:
    """e = a v + s z at every step, so v_offset is s/a; noise predictions need none."""
    sampler = Sampler(name, CONFIGS["v"], STEPS, STEPS)
    for index, timestep in enumerate(sampler.timesteps):
        kept = theirs("ddim", CONFIGS["v"]).alphas_cumprod[int(timestep)]
        assert sampler.v_offset(index) == pytest.approx(float(((1 - kept) / kept) ** 0.5), rel=1e-3)
    assert Sampler(name, CONFIGS["sdxl"], STEPS, STEPS).v_offset(0) == 0


@names
def test_noise_share_falls(name: SchedulerName) -> None:
    sampler = Sampler(name, CONFIGS["sdxl"], STEPS, STEPS)
    shares = [sampler.noise_share(index) for index in range(STEPS)]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[-1] < shares[0] <= 1


@names
@configs
def test_more_steps_than_the_schedule_holds(name: SchedulerName, config: dict[str, Any]) -> None:
    sampler = Sampler(name, config, 1, 5)
    assert len(sampler.timesteps) == 1
    assert torch.isfinite(sample(sampler, sampler.add_noise(draw(0), draw(1), 0))).all()


def test_streams_differ_by_seed_phase_and_purpose() -> None:
    keys = [(1, 2, "start"), (2, 2, "start"), (1, 3, "start"), (1, 2, "jitter"), (12, 2, "start"), (2**63 - 1, 1, "a")]
    draws = [tuple(torch.randn(4, generator=stream(*key)).tolist()) for key in keys]
    assert len(set(draws)) == len(keys)
    assert tuple(draw_noise((4,), *keys[0]).tolist()) == draws[0]


def test_streams_have_nothing_to_do_with_the_global_one() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first = draw_noise((2, 3), 7, 1, "start")
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(99)
    assert torch.equal(draw_noise((2, 3), 7, 1, "start"), first)


@names
@configs
def test_a_right_prediction_means_the_clean_latents(name: SchedulerName, config: dict[str, Any]) -> None:
    sampler = Sampler(name, config, STEPS, STEPS)
    clean, noise = draw(1), draw(2)
    for index in range(STEPS):
        signal, level = sampler.levels[index]
        length = (signal**2 + level**2) ** 0.5
        is_v = config["prediction_type"] == "v_prediction"
        right = (signal * noise - level * clean) / length if is_v else noise
        noised = sampler.add_noise(clean, noise, index)
        torch.testing.assert_close(sampler.clean(right, index, noised), clean, atol=1e-2, rtol=1e-2)


@configs
@pytest.mark.parametrize(("name", "kind"), [("lcm", LCMScheduler), ("tcd", TCDScheduler)])
def test_samplers_that_draw_noise_equal_diffusers(name: SchedulerName, kind: Any, config: dict[str, Any]) -> None:
    sampler, scheduler = Sampler(name, config, 4, 4), kind.from_config(config)
    scheduler.set_timesteps(4)
    assert sampler.timesteps == scheduler.timesteps.tolist()
    ours = theirs = draw(0)
    for index, timestep in enumerate(scheduler.timesteps):
        noised = scheduler.add_noise(draw(1), draw(2), timestep[None])
        torch.testing.assert_close(sampler.add_noise(draw(1), draw(2), index), noised, rtol=1e-4, atol=1e-4)
        prediction = predict(theirs, float(timestep))
        theirs = scheduler.step(prediction, timestep, theirs, generator=stream(1, 1, f"step {index}")).prev_sample
        ours = sampler.step(predict(ours, float(timestep)), index, ours, stream(1, 1, f"step {index}"))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["lcm", "tcd"])
def test_more_steps_than_a_model_was_distilled_on(name: SchedulerName) -> None:
    assert len(Sampler(name, CONFIGS["sdxl"], 70, 70).timesteps) == 70
