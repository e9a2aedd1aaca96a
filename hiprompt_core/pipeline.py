"""Generate a picture phase by phase (HiPrompt, 2409.02919)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from hiprompt_core.addition_files import addition_files
from hiprompt_core.base_picture import hash_of_base, open_base
from hiprompt_core.cancelling import answering
from hiprompt_core.checkpoint import PART_NAMES
from hiprompt_core.engine import Engine, computing
from hiprompt_core.events import Event, OnEvent, PhaseStarted, ViewBatchDone, Warned, ignore_events
from hiprompt_core.geometry import Patch
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.ladder import Ladder, warn_of_limits
from hiprompt_core.lent_guides import LentGuides
from hiprompt_core.model_files import ModelFacts, inspect_captioner, inspect_model
from hiprompt_core.native_phase import draw_native, draw_native_watched
from hiprompt_core.phase import finished, step_file, store
from hiprompt_core.phase_captions import describe_phase, lend
from hiprompt_core.phase_work import Drawn, PhaseWork
from hiprompt_core.plan import PhasePlan, Plan, check_branch, make_plan
from hiprompt_core.provenance import Provenance
from hiprompt_core.request import GenerationRequest
from hiprompt_core.result import Result
from hiprompt_core.run_folder import RunFolder, StoredPhase
from hiprompt_core.step_file import StepFile
from hiprompt_core.upscaling import draw_upscaled


def generate(request: GenerationRequest, on_event: OnEvent = ignore_events, engine: Engine | None = None) -> Result:
    """Draw a picture: the native phase, then each upscaling phase under the prompts of its patches.

    Finished phases of the same request in ``request.output`` are used as they are: a run that was cancelled or
    failed goes on with the phase it had reached. ``own_captions`` of phases that are not finished may change meanwhile,
    and patches of finished ones be drawn again. Phases of a ``trunk`` are used as they are, too, whatever their models
    have become since.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    with answering(on_event), computing():
        generation = _Generation(request, on_event, engine or Engine())
        with closing(generation.ladder):
            return generation.run()


class _Generation:
    """One run of ``generate``: everything is checked when it is made, before any work is spent."""

    def __init__(
        self, request: GenerationRequest, on_event: OnEvent, engine: Engine, branch: RunFolder | None = None
    ) -> None:
        """Args:
        branch: folder of a picture that branches off this one; none: this picture is what is asked for.
        """
        described_by = request.captioner if request.options.captions else None
        captioner = inspect_captioner(described_by) if described_by else None
        self.request = request
        self.evaluations = 0
        self._on_event = on_event
        self.facts = inspect_model(request.model)
        guides = inspect_guides(request, self.facts)
        addition_files(request.additions)
        place = engine.place(request.device, request.precision)
        self.plan = make_plan(request, self.facts, captioner, guides, place)
        self.ladder = Ladder(engine, request, self.facts, self.plan.fit, on_event)
        self.base = self.ladder.run("pictures", lambda: open_base(request, self.plan.phases[0].size))
        self.folder = branch or RunFolder(request.output)
        if branch is None:
            self.folder.prepare(request)
        self.engine = engine
        unlimited = make_plan(request, self.facts, captioner, guides, replace(place, free=None))
        _warn_of_limits(self.facts, self.plan, unlimited, on_event)
        self.captioner = lend(engine, self.ladder, described_by, request, on_event) if described_by else None
        self.guides = LentGuides(engine=engine, request=request, on_event=on_event)
        self.provenance = self._provenance()

    def run(self) -> Result:
        last = self.draw(len(self.plan.phases))[-1]
        return Result(image=last.image, path=last.path, record=last.record, evaluations=self.evaluations)

    def draw(self, count: int) -> list[StoredPhase]:
        """The first ``count`` phases."""
        done, on_disk = self._trunk(), True
        for phase in self.plan.phases[len(done) : count]:
            stored = self._find(phase.number) if on_disk else None
            on_disk = stored is not None
            if stored is None:
                stored = self._draw_phase(phase, done)
            self.on_event(finished(stored, resumed=on_disk))
            done.append(stored)
        return done

    def _find(self, number: int) -> StoredPhase | None:
        """A phase that an earlier run finished."""
        return self.ladder.run("pictures", lambda: self.provenance.find(self.folder, number))

    def _draw_phase(self, phase: PhasePlan, done: Sequence[StoredPhase]) -> StoredPhase:
        """One round of the method: describe the patches, draw under their captions, decode (method, section 1).

        Args:
            done: the phases before.
        """
        work = self._work(phase)
        patches = phase.pixel_patches(self.facts.vae_scale_factor)
        self._tell_start(phase, patches)
        captions = describe_phase(work, self.captioner, patches, done, self.folder) if done else ()
        drawn_from = done[-1].record.version if done else 1
        record = self.provenance.record(phase, patches, captions, drawn_from)
        steps = step_file(self.folder, record)
        if done:
            drawn = draw_upscaled(work, phase, self.guides, record.captions, done, steps)
        else:
            drawn = self._draw_first(work, steps)
        with steps.kept():  # a picture that cannot be decoded or written is not drawn again
            image = drawn.image or work.decode(drawn.latents)
            stored = self.ladder.run("tiles", lambda: store(self.folder, image, drawn.latents, record, drawn.attention))
        steps.remove()
        return stored

    def _draw_first(self, work: PhaseWork, steps: StepFile) -> Drawn:
        """Phase 1: the user's own picture as it is, or one at the model's native size."""
        if self.base is not None:
            for note in self.base.notes:
                self.on_event(Warned(message=note))
            return Drawn(work.encode(self.base.image), image=self.base.image)
        if self.request.caption_source == "attention":
            return draw_native_watched(work)
        return draw_native(work, steps)

    def _work(self, phase: PhasePlan) -> PhaseWork:
        return PhaseWork(
            ladder=self.ladder, request=self.request, phase=phase.number, size=phase.size, on_event=self.on_event
        )

    def _trunk(self) -> list[StoredPhase]:
        """The phases of the trunk, as they are on disk, or else drawn as they were; none: there is no trunk."""
        trunk = self.request.trunk
        if trunk is None:
            return []
        numbers = range(1, trunk.phases + 1)
        kept = [stored for number in numbers if (stored := self._kept(number)) is not None]
        if len(kept) == trunk.phases:
            check_branch([stored.record.size for stored in kept], self.plan)
            for stored in kept:
                self.on_event(replace(finished(stored, resumed=True), phases=len(self.plan.phases)))
        else:
            source = _Generation(
                replace(trunk.request, output=self.folder.path), self.on_event, self.engine, self.folder
            )
            check_branch([phase.size for phase in source.plan.phases[: trunk.phases]], self.plan)
            with closing(source.ladder):
                kept = source.draw(trunk.phases)
        return [self._readable(stored) for stored in kept]

    def _kept(self, number: int) -> StoredPhase | None:
        """A phase of the trunk."""
        return self.ladder.run("pictures", lambda: self.folder.kept_phase(number))

    def _readable(self, stored: StoredPhase) -> StoredPhase:
        """A phase with latents of this request's model: another one's mean something else."""
        if stored.record.model_hash == self.provenance.model_hash:
            return stored
        phase = self.plan.phases[stored.record.phase - 1]
        return replace(stored, latents=self._work(phase).encode(stored.image).float().cpu().numpy())

    def _provenance(self) -> Provenance:
        """What this run's phases follow from; loads what is needed to tell."""
        return Provenance(
            request=self.request,
            phases=len(self.plan.phases),
            model_name=self.facts.name,
            model_hash=self.ladder.run("texts", lambda: self.ladder.backbone().weights_hash),
            captioner_name=self.captioner.name if self.captioner else "",
            captioner_hash=self.captioner.weights_hash if self.captioner else "",
            guide_hashes=self.ladder.run("texts", lambda: self.guides.hashes(self.ladder.backbone())),
            base_hash=hash_of_base(self.request.base_image),
        )

    def on_event(self, event: Event) -> None:
        if isinstance(event, ViewBatchDone):
            self.evaluations += event.evaluations
        self._on_event(event)

    def _tell_start(self, phase: PhasePlan, patches: tuple[Patch, ...]) -> None:
        self.on_event(
            PhaseStarted(
                phase=phase.number,
                phases=len(self.plan.phases),
                size=phase.size,
                patches=patches,
                steps=phase.steps,
                evaluations=phase.evaluations,
            )
        )


def _warn_of_limits(facts: ModelFacts, plan: Plan, unlimited: Plan, on_event: OnEvent) -> None:
    """Say what the model lacks, and what little memory makes of a plan.

    Args:
        unlimited: the plan where any memory is large enough.
    """
    for part in facts.left_out:
        on_event(Warned(message=f"{facts.name} runs without its {PART_NAMES[part]}: it reads texts less closely."))
    warn_of_limits(plan.fit.text, on_event, unlimited.fit.text)
