"""Guidance of a noise prediction: classifier-free, and by one prompt per frequency band."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from hiprompt_core.frequency import high_pass, low_pass
from hiprompt_core.options import Options, Reduction


def guide(predictions: Mapping[str, Tensor], text: str, guidance_scale: float) -> Tensor:
    """Classifier-free guidance, 2207.12598: ``e_u + s (e_text - e_u)``, from only the predictions it needs."""
    if guidance_scale == 1:
        return predictions[text]
    uncond = predictions["uncond"]
    return uncond if guidance_scale == 0 else uncond + guidance_scale * (predictions[text] - uncond)


def join_bands(low: Tensor, high: Tensor, sigma: float, beta: float, reduction: Reduction) -> Tensor:
    """HiPrompt: ``Low[low] + beta High[high]`` over all latent channels, their mean, or one band alone."""
    if reduction == "low":
        return low_pass(low, sigma)
    if reduction == "high":
        return beta * high_pass(high, sigma)
    bands = low_pass(low, sigma) + beta * high_pass(high, sigma)
    return bands / 2 if reduction == "mean" else bands


def guide_view(
    predictions: Mapping[str, Tensor],
    options: Options,
    sigma: float,
    view_latents: Tensor | None = None,
    v_offset: float = 0.0,
) -> Tensor:
    """The local path's prediction for views (HiPrompt): prompt in the low band, caption in the high band.

    Args:
        predictions: (b, c, h, w) under ``uncond``, ``global`` and ``patch``, as ``options.view_conditions()`` lists.
        sigma: width of the low-pass, latent cells.
        view_latents: what was predicted from, (b, c, h, w), scaled as the model sees it; of use with an offset alone.
        v_offset: 0 for noise predictions. For v-predictions sigma_t/alpha_t: v = e/alpha_t - (sigma_t/alpha_t) z at
            fixed z, so joining the bands of e means ``R(v_low, v_high) + (sigma_t/alpha_t) (R(z, z) - z)``.
    """
    patch = "patch" if options.captions else "global"
    if not options.decompose:
        return guide(predictions, patch, options.guidance_scale_high)
    beta, reduction = options.beta, options.reduction
    if reduction == "high":
        low = high = guide(predictions, patch, options.guidance_scale_high)
    else:
        low = high = guide(predictions, "global", options.guidance_scale_low)
        if reduction != "low":
            high = guide(predictions, patch, options.guidance_scale_high)
    joined = join_bands(low, high, sigma, beta, reduction)
    if view_latents is not None and not (reduction == "sum" and beta == 1):
        joined = joined + v_offset * (join_bands(view_latents, view_latents, sigma, beta, reduction) - view_latents)
    return joined
