"""One phase: the loop over timesteps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from hiprompt_core.events import Event, OnEvent, StepDone, StepPreview, ViewBatchDone
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.families.controlnet import Grounding
from hiprompt_core.footprint import MOST_VIEWS
from hiprompt_core.frequency import low_pass
from hiprompt_core.geometry import Box, Patch, Size
from hiprompt_core.ground import Ground
from hiprompt_core.guidance import guide, guide_view
from hiprompt_core.options import Options
from hiprompt_core.plan import cosine_decay, runs_dilated
from hiprompt_core.preview import Preview
from hiprompt_core.prompts import PromptHierarchy
from hiprompt_core.schedule import Sampler, stream
from hiprompt_core.step_file import Step, StepFile
from hiprompt_core.views import Fuser, View, crop, place_views, window_weights

NEGLIGIBLE = 1e-6
Item = TypeVar("Item")


class Told(NamedTuple):
    """What the model is told of views beside their latents; sent for all at once, as sending waits for the device."""

    rows: Tensor
    """Of the prompts' embeddings, (conditions, views)."""
    time_ids: Tensor
    """(views, n)."""

    def some(self, start: int, count: int) -> Told:
        """Of ``count`` views from the one at ``start`` on."""
        return Told(self.rows[:, start : start + count], self.time_ids[start : start + count])


@dataclass(frozen=True, kw_only=True)
class Denoiser:
    """What stays the same over all steps of one phase."""

    backbone: Backbone
    prompts: PromptHierarchy
    options: Options
    phase: int
    size: Size
    """Of the phase's picture, pixels."""
    seed: int
    """Of the windows' jitter, and of samplers that draw noise at every step."""
    on_event: OnEvent
    step_file: StepFile | None = None
    """Where the last finished step is kept; none: nowhere."""
    preview: Preview | None = None
    ground: Ground | None = None
    """What holds the views of a later phase to its guide; the dilated path, which sees no views, goes without."""

    def native(self, noise: Tensor) -> Tensor:
        """Phase 1: plain sampling of the whole latent (1, c, h, w) from standard normal noise."""
        options = self.options
        sampler = self._sampler(options.num_inference_steps, options.num_inference_steps)
        latents = sampler.start_from_noise(noise)
        whole = View(0, Box(0, 0, *noise.shape[-2:]))
        conditions = options.plain_conditions()
        told = self._told([whole], conditions, [self.backbone.time_ids(self.size, Box(0, 0, *self.size))])

        def one_step(index: int, latents: Tensor) -> Tensor:
            predictions = self._predict(sampler, index, latents, [whole], conditions, told)
            self._report(index, 1, 1, len(predictions))
            return self._step(sampler, guide(predictions, "global", options.guidance_scale), index, latents)

        return self._all_steps(sampler, latents, one_step)

    def upscaled(self, reference: Tensor, noise: Tensor, patches: Sequence[Patch], dilation: int) -> Tensor:
        """A later phase (method, section 2): many views of the noised guide ``reference`` (1, c, h, w)."""
        decay = self.options.skip_residual

        def start_of_step(sampler: Sampler, index: int, latents: Tensor) -> Tensor:
            if decay is None:
                return latents
            # Skip residual (DemoFusion, 2311.16973): z <- c^a1 noised(z_ref, t) + (1 - c^a1) z
            weight = float(cosine_decay(sampler.noise_share(index)) ** decay)
            return weight * sampler.add_noise(reference, noise, index) + (1 - weight) * latents

        views = self._views(patches, Size(*reference.shape[-2:]))
        return self._loop(reference, noise, views, dilation, start_of_step, end_of_step=_unchanged)

    def redrawn(self, finished: Tensor, noise: Tensor, patches: Sequence[Patch], freedom: Tensor) -> Tensor:
        """Chosen patches of a finished phase again (method, section 3; Differential Diffusion, 2306.00950).

        Args:
            finished: latents (1, c, h, w) of the finished phase.
            freedom: (1, 1, h, w), the share of the steps in which a cell may change, up to 1; 0 or less: it stays.
        """
        steps = self.options.upscale_steps
        free = [self._free(freedom, index) for index in range(steps)]

        def end_of_step(sampler: Sampler, index: int, latents: Tensor) -> Tensor:
            # Cells are either drawn or kept: mixing two noisy latents would take noise, and so detail, from both.
            return torch.where(free[index], latents, sampler.add_noise(finished, noise, index + 1))

        return self._loop(finished, noise, self._touching(patches, freedom), 0, _unchanged, end_of_step)

    def cost_of_redrawing(self, patches: Sequence[Patch], freedom: Tensor) -> int:
        """UNet evaluations of ``redrawn`` with the same arguments."""
        return sum(map(len, self._touching(patches, freedom))) * len(self.options.view_conditions())

    def _free(self, freedom: Tensor, index: int) -> Tensor:
        """The cells that keep what a step drew; the others go back to the finished phase. After the last step, all."""
        return freedom > 1 - (index + 1) / self.options.upscale_steps

    def _touching(self, patches: Sequence[Patch], freedom: Tensor) -> list[list[View]]:
        """The views of each step that draw something which is kept."""
        return [
            [view for view in views if self._free(freedom, index)[..., *view.box.slices].any()]
            for index, views in enumerate(self._views(patches, Size(*freedom.shape[-2:])))
        ]

    def _views(self, patches: Sequence[Patch], cells: Size) -> list[list[View]]:
        """All views of each step that runs."""
        shifts = torch.rand(
            (self.options.upscale_steps, len(patches), 2), generator=stream(self.seed, self.phase, "jitter")
        )
        return [place_views(patches, cells, shift * 2 - 1 if self.options.jitter else None) for shift in shifts]

    def _loop(
        self,
        reference: Tensor,
        noise: Tensor,
        views: list[list[View]],
        dilation: int,
        start_of_step: Callable[[Sampler, int, Tensor], Tensor],
        end_of_step: Callable[[Sampler, int, Tensor], Tensor],
    ) -> Tensor:
        options = self.options
        sampler = self._sampler(options.upscale_num_inference_steps, options.upscale_steps)
        # The noise level of the start is the scheduled one of the first step that runs.
        latents = sampler.add_noise(reference, noise, 0)

        def one_step(index: int, latents: Tensor) -> Tensor:
            latents = start_of_step(sampler, index, latents)
            prediction = self._local(sampler, index, latents, views[index])
            if dilation and runs_dilated(index, options):
                prediction = self._with_dilated(sampler, index, latents, prediction, dilation)
            return end_of_step(sampler, index, self._step(sampler, prediction, index, latents))

        return self._all_steps(sampler, latents, one_step)

    def _all_steps(self, sampler: Sampler, latents: Tensor, one_step: Callable[[int, Tensor], Tensor]) -> Tensor:
        """Every step of the schedule, or those that an earlier run of the same phase has left."""
        first, file = 0, self.step_file
        found = file.load(latents.device) if file else None
        if found is not None:
            first, latents = found.done, found.latents
            sampler.go_on(found.done, found.memory)
        with file.kept() if file else nullcontext():
            for index in range(first, len(sampler.timesteps)):
                latents = one_step(index, latents)
                if file:
                    file.keep(Step(index + 1, latents, sampler.memory))
                self._tell(StepDone(phase=self.phase, step=index + 1, steps=len(sampler.timesteps)))
        return latents

    def _step(self, sampler: Sampler, prediction: Tensor, index: int, latents: Tensor) -> Tensor:
        """One scheduler step of the whole latent; on the way, a look at where it leads."""
        if self.preview and self.preview.due():
            picture = self.preview.paint(sampler.clean(prediction, index, latents))
            self.on_event(StepPreview(phase=self.phase, step=index + 1, image=picture))
        return sampler.step(prediction, index, latents, stream(self.seed, self.phase, f"step {index}"))

    def _local(self, sampler: Sampler, index: int, latents: Tensor, views: list[View]) -> Tensor:
        """Local path: every view under its own prompts, fused."""
        window = views[0].box.size
        sigma = self.options.blur_sigma * window.height / 64
        fuser = Fuser(latents.shape, window_weights(window, self.options.fusion).to(latents))
        ground = self.ground if self.ground and self.ground.holds(index, self.options.upscale_steps) else None
        conditions = self.options.view_conditions()
        told = self._told(views, conditions, [self._view_time_ids(view.box) for view in views])
        offset = sampler.v_offset(index)
        done = 0
        for batch in batches(views, self.options.view_batch_size or MOST_VIEWS):
            predictions = self._predict(sampler, index, latents, batch, conditions, told.some(done, len(batch)), ground)
            seen = crop(sampler.scale_input(latents, index), batch) if offset else None
            fuser.add(batch, guide_view(predictions, self.options, sigma, seen, offset))
            done += len(batch)
            evaluations = len(batch) * len(conditions)
            self._report(index, done, len(views), evaluations, evaluations if ground else 0)
        return fuser.result()

    def _with_dilated(self, sampler: Sampler, index: int, latents: Tensor, local: Tensor, dilation: int) -> Tensor:
        """Dilated path (DemoFusion): ``e = (1 - c^a2) e_local + c^a2 e_dilated``."""
        options = self.options
        assert options.dilated_sampling is not None
        decay = cosine_decay(sampler.noise_share(index))
        weight = float(decay**options.dilated_sampling)
        blur = options.gaussian_sigma * (0.99 * decay**options.gaussian_exponent + 0.01)
        smooth = match_statistics(low_pass(latents, max(blur, 0.05)), latents)
        grids, padded = split_grids(smooth, dilation)
        native = grids.shape[-2:]
        views = [View(0, Box(0, 0, *native))] * len(grids)
        factor = self.backbone.facts.vae_scale_factor
        size = Size(*native).times(factor)
        time_ids = self.backbone.time_ids(size, Box(0, 0, *size))
        conditions = options.plain_conditions()
        told = self._told(views, conditions, [time_ids] * len(grids))
        parts: list[Tensor] = []
        for batch in batches(list(range(len(grids))), options.view_batch_size or MOST_VIEWS):
            some = told.some(batch[0], len(batch))
            predictions = self._predict_crops(sampler, index, grids[batch[0] : batch[-1] + 1], conditions, some)
            parts.append(guide(predictions, "global", options.guidance_scale))
            self._report(index, batch[-1] + 1, len(grids), len(batch) * len(conditions))
        dilated = join_grids(torch.cat(parts), dilation, padded, latents.shape)
        # A v-prediction made from the smoothed latents, as one made from the latents themselves.
        dilated = dilated + sampler.v_offset(index) * (
            sampler.scale_input(smooth, index) - sampler.scale_input(latents, index)
        )
        return (1 - weight) * local + weight * dilated

    def _predict(
        self,
        sampler: Sampler,
        index: int,
        latents: Tensor,
        views: Sequence[View],
        conditions: Sequence[str],
        told: Told,
        ground: Ground | None = None,
    ) -> dict[str, Tensor]:
        grounding = ground.seen_by(views, len(conditions), latents.device) if ground else None
        return self._predict_crops(sampler, index, crop(latents, views), conditions, told, grounding)

    def _predict_crops(
        self,
        sampler: Sampler,
        index: int,
        crops: Tensor,
        conditions: Sequence[str],
        told: Told,
        grounding: Grounding | None = None,
    ) -> dict[str, Tensor]:
        """Raw predictions by condition; one UNet call whose batch is [cond 1 of all views, cond 2 of all views, …]."""
        prediction = self.backbone.predict(
            sampler.scale_input(crops, index).repeat(len(conditions), 1, 1, 1),
            sampler.timesteps[index],
            self.prompts.embeddings.take(told.rows.flatten()),
            told.time_ids.repeat(len(conditions), 1),
            grounding,
        )
        return dict(zip(conditions, prediction.chunk(len(conditions)), strict=True))

    def _told(self, views: Sequence[View], conditions: Sequence[str], time_ids: Sequence[Tensor]) -> Told:
        rows = [self.prompts.rows(condition, [view.patch for view in views]) for condition in conditions]
        return Told(*(part.to(self.backbone.device) for part in (torch.tensor(rows), torch.stack(list(time_ids)))))

    def _view_time_ids(self, box: Box) -> Tensor:
        window = box.times(self.backbone.facts.vae_scale_factor)
        if self.options.crop_conditioning:
            return self.backbone.time_ids(self.size, window)
        return self.backbone.time_ids(window.size, Box(0, 0, *window.size))

    def _sampler(self, num_inference_steps: int, steps: int) -> Sampler:
        return self.backbone.sampler(self.options.scheduler, num_inference_steps, steps)

    def _report(self, index: int, done: int, views: int, evaluations: int, grounded: int = 0) -> None:
        self._tell(
            ViewBatchDone(
                phase=self.phase,
                step=index + 1,
                done=done,
                views=views,
                evaluations=evaluations,
                controlnet_evaluations=grounded,
            )
        )

    def _tell(self, event: Event) -> None:
        """Tell what the device has done, not only been asked for: rates are learnt from it, and cancels come by it."""
        if self.backbone.device.type != "cpu":
            torch.accelerator.synchronize(self.backbone.device)
        self.on_event(event)


def _unchanged(sampler: Sampler, index: int, latents: Tensor) -> Tensor:  # noqa: ARG001
    return latents


def batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    """Consecutive runs of at most ``size`` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def match_statistics(latents: Tensor, like: Tensor) -> Tensor:
    """Give each channel of (1, c, h, w) the mean and standard deviation it has in ``like``."""
    mean, deviation = latents.mean((2, 3), keepdim=True), latents.std((2, 3), keepdim=True)
    like_mean, like_deviation = like.mean((2, 3), keepdim=True), like.std((2, 3), keepdim=True)
    return (latents - mean) / deviation.clamp(min=NEGLIGIBLE) * like_deviation + like_mean


def split_grids(latents: Tensor, k: int) -> tuple[Tensor, Size]:
    """The k x k interleaved sub-grids of (1, c, h, w) as a batch, and the size they were padded to."""
    height, width = latents.shape[-2:]
    padded = F.pad(latents, (0, -width % k, 0, -height % k), mode="replicate")
    grids = [padded[..., row::k, column::k] for row in range(k) for column in range(k)]
    return torch.cat(grids), Size(*padded.shape[-2:])


def join_grids(grids: Tensor, k: int, padded: Size, shape: torch.Size) -> Tensor:
    """What ``split_grids`` took apart."""
    joined = torch.empty((1, grids.shape[1], *padded), dtype=grids.dtype, device=grids.device)
    for place, grid in enumerate(grids):
        joined[0, :, place // k :: k, place % k :: k] = grid
    return joined[..., : shape[-2], : shape[-1]]
