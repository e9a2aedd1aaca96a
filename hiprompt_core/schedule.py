"""Noise by (seed, phase, purpose), and the samplers: diffusers' schedulers behind one interface."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    TCDScheduler,
)
from torch import Tensor

from hiprompt_core.options import SchedulerName


def stream(seed: int, phase: int, purpose: str) -> torch.Generator:
    """One random stream on the CPU for each use, so that a resumed run equals an uninterrupted one."""
    digest = hashlib.sha256(f"{seed}/{phase}/{purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


def draw_noise(shape: tuple[int, ...], seed: int, phase: int, purpose: str) -> Tensor:
    """Standard normal noise, float32 on the CPU."""
    return torch.randn(shape, generator=stream(seed, phase, purpose))


class Sampler:
    """The last ``steps`` steps of a schedule of ``num_inference_steps``; a step is named by its index from 0.

    Latents live in the scheduler's own space: ``signal x + noise e`` with ``levels[index] = (signal, noise)``.
    """

    def __init__(self, name: SchedulerName, config: dict[str, Any], num_inference_steps: int, steps: int) -> None:
        self.num_inference_steps = num_inference_steps
        self.scheduler = self._scheduler(name, {key: value for key, value in config.items() if key[0] != "_"})
        self.scheduler.set_timesteps(num_inference_steps)
        # A schedule of the last step alone may hold fewer timesteps than asked for.
        start = max(0, len(self.scheduler.timesteps) - steps)
        self.timesteps: list[float] = self.scheduler.timesteps[start:].tolist()
        self._start = start
        self.go_on(0, None)
        self.levels = self._levels(start)

    def _levels(self, start: int) -> list[tuple[float, float]]:
        if not hasattr(self.scheduler, "sigmas"):
            kept = self.scheduler.alphas_cumprod[torch.tensor(self.timesteps).long()].double()
            return [*zip(kept.sqrt().tolist(), (1 - kept).sqrt().tolist(), strict=True), (1.0, 0.0)]
        sigmas = self.scheduler.sigmas[start:].double()
        if isinstance(self.scheduler, EulerDiscreteScheduler | EulerAncestralDiscreteScheduler):
            return [(1.0, sigma) for sigma in sigmas.tolist()]
        signal = 1 / (1 + sigmas**2).sqrt()
        return list(zip(signal.tolist(), (sigmas * signal).tolist(), strict=True))

    @property
    def memory(self) -> Tensor | None:
        """What the next step needs to know of the step before besides the latents; none: nothing."""
        multistep = isinstance(self.scheduler, DPMSolverMultistepScheduler)
        return self.scheduler.model_outputs[-1] if multistep else None

    def go_on(self, index: int, memory: Tensor | None) -> None:
        """Begin at a step, with the ``memory`` that the step before it left."""
        if not isinstance(self.scheduler, DDIMScheduler):
            self.scheduler.set_begin_index(self._start + index)
        if memory is not None:
            self.scheduler.model_outputs[-1] = memory
            self.scheduler.lower_order_nums = min(index, self.scheduler.config.solver_order)

    def noise_share(self, index: int) -> float:
        """t / T of a step."""
        return float(self.timesteps[index] / self.scheduler.config.num_train_timesteps)

    def start_from_noise(self, noise: Tensor) -> Tensor:
        """Latents at the first step of a whole schedule."""
        return noise * float(self.scheduler.init_noise_sigma)

    def add_noise(self, latents: Tensor, noise: Tensor, index: int) -> Tensor:
        """Latents at the noise level of a step (DDPM, 2006.11239 Eq. 4); at ``len(timesteps)``: without noise."""
        signal, level = self.levels[index]
        return latents * signal + noise * level

    def scale_input(self, latents: Tensor, index: int) -> Tensor:
        """Latents as the model wants to see them: signal² + noise² = 1."""
        signal, level = self.levels[index]
        return latents / math.hypot(signal, level)

    def v_offset(self, index: int) -> float:
        """sigma_t / alpha_t, which relates v- and noise predictions; 0 when the model predicts noise."""
        if self.scheduler.config.prediction_type != "v_prediction":
            return 0.0
        signal, level = self.levels[index]
        return level / max(signal, 1e-3)

    def clean(self, prediction: Tensor, index: int, latents: Tensor) -> Tensor:
        """The latents without noise that a prediction means (DDPM, 2006.11239; v: 2202.00512 Eq. D)."""
        signal, noise = (level / math.hypot(*self.levels[index]) for level in self.levels[index])
        seen = self.scale_input(latents, index)
        if self.scheduler.config.prediction_type == "v_prediction":
            return signal * seen - noise * prediction
        return (seen - noise * prediction) / max(signal, 1e-3)

    def step(self, prediction: Tensor, index: int, latents: Tensor, noise: torch.Generator | None = None) -> Tensor:
        """Latents at the next noise level.

        Args:
            noise: the stream of samplers that draw noise at every step.
        """
        timestep = self.timesteps[index]
        latents, *_ = self.scheduler.step(prediction, timestep, latents, generator=noise, return_dict=False)
        return latents

    def _scheduler(self, name: SchedulerName, config: dict[str, Any]) -> Any:
        if name == "euler":
            return EulerDiscreteScheduler.from_config(config)
        if name == "euler_trailing":
            return EulerDiscreteScheduler.from_config(config, timestep_spacing="trailing")
        if name == "euler_a":
            return EulerAncestralDiscreteScheduler.from_config(config)
        if name in ("lcm", "tcd"):
            kind = LCMScheduler if name == "lcm" else TCDScheduler
            # Distilled on fifty of the timesteps, of which the schedule is a part.
            return kind.from_config(config, original_inference_steps=max(50, self.num_inference_steps))
        if name == "ddim":
            return DDIMScheduler.from_config(config, clip_sample=False)
        return DPMSolverMultistepScheduler.from_config(config, algorithm_type="dpmsolver++", solver_order=2)
