"""Samplers of models that predict the velocity of a straight flow from picture to noise (2209.03003)."""

from __future__ import annotations

from typing import Any

from diffusers import DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler
from torch import Tensor

from hiprompt_core.options import SchedulerName
from hiprompt_core.schedule import Sampler


class FlowSampler(Sampler):
    """Latents are ``(1 - sigma) x + sigma e``, and the model predicts ``v = e - x``.

    The velocity is split and joined as it is: ``v_offset`` is 0.
    """

    def _scheduler(self, name: SchedulerName, config: dict[str, Any]) -> Any:
        """On a straight flow a step of DDIM is one of Euler, and consistency sampling noises the clean latents anew."""
        if name != "dpmpp_2m":
            consistency = name in ("lcm", "tcd")
            return FlowMatchEulerDiscreteScheduler.from_config(
                config, use_dynamic_shifting=False, stochastic_sampling=consistency
            )
        return DPMSolverMultistepScheduler(
            num_train_timesteps=config["num_train_timesteps"],
            prediction_type="flow_prediction",
            use_flow_sigmas=True,
            flow_shift=config.get("shift", 1.0),
        )

    def _levels(self, start: int) -> list[tuple[float, float]]:
        return [(1 - sigma, sigma) for sigma in self.scheduler.sigmas[start:].double().tolist()]

    def start_from_noise(self, noise: Tensor) -> Tensor:
        return noise

    def scale_input(self, latents: Tensor, index: int) -> Tensor:  # noqa: ARG002
        return latents

    def v_offset(self, index: int) -> float:  # noqa: ARG002
        return 0.0

    def clean(self, prediction: Tensor, index: int, latents: Tensor) -> Tensor:
        _, sigma = self.levels[index]
        return latents - sigma * prediction
