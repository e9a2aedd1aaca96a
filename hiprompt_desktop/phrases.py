"""Numbers and states in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from hiprompt_core.plan import Plan
from hiprompt_core.request import CaptionRequest, RegenerateRequest
from hiprompt_desktop.caption_flags import Flag
from hiprompt_desktop.core_sentences import told
from hiprompt_desktop.document import Caption
from hiprompt_desktop.job import Job, PromptRequest
from hiprompt_desktop.job_queue import Ticket, Turn
from hiprompt_desktop.machine import Cost, Machine
from hiprompt_desktop.progress import Activity, Progress

MEASURE = "measure"
"""Where the link leads that asks how long a plan takes."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("phrases", text)


def activity_text(progress: Progress) -> str:
    """What runs now, in one line."""
    where = _tr("phase {0} of {1}").format(progress.phase, progress.phases)
    match progress.activity:
        case Activity.STARTING:
            return where if progress.phase else _tr("starting")
        case Activity.LOADING:
            return _tr("loading {0}").format(progress.name)
        case Activity.CAPTIONING:
            what = _tr("patch {0} of {1} described").format(progress.done, progress.total)
        case Activity.UPSCALING:
            what = _tr("enlarging the picture, tile {0} of {1}").format(progress.done, progress.total)
        case Activity.ENCODING:
            what = _tr("reading the picture, tile {0} of {1}").format(progress.done, progress.total)
        case Activity.DRAWING:
            if not progress.total:
                return where
            what = _tr("step {0} of {1}").format(min(progress.done + 1, progress.total), progress.total)
        case Activity.DECODING:
            what = _tr("painting tile {0} of {1}").format(progress.done, progress.total)
    return f"{where} · {what}"


def device_text(name: str) -> str:
    """A torch device as users know it: CPU, CUDA:1, Apple GPU."""
    return "Apple GPU" if name == "mps" else name.upper()


def computing_text(machine: Machine) -> str:
    """Where pictures are computed, and what else was chosen about it; empty until the engine is there."""
    if not machine.devices:
        return ""
    chosen = machine.computing
    words = [device_text(machine.device)]
    if chosen.precision != "auto":
        words.append(chosen.precision)
    if chosen.compiled:
        words.append(_tr("compiled"))
    return " · ".join(words)


def job_text(job: Job | None, progress: Progress) -> str:
    """What the job at hand does now, in one line."""
    match job.request if job is not None else None:
        case CaptionRequest(of_result=checking):
            what = _tr("Looking at what was drawn") if checking else _tr("Describing patches again")
            if progress.activity is not Activity.CAPTIONING:
                return what
            return f"{what} · " + _tr("{0} of {1}").format(progress.done, progress.total)
        case PromptRequest():
            return activity_text(progress) if progress.activity is Activity.LOADING else _tr("Looking at your picture")
        case RegenerateRequest(captions=captions):
            what = _tr("Drawing {0} patches again") if len(captions) > 1 else _tr("Drawing the patch again")
            what = what.format(len(captions))
            if progress.rounds > 1:
                what += " · " + _tr("variation {0} of {1}").format(max(1, progress.round), progress.rounds)
            return f"{what} · {activity_text(progress)}"
        case _:
            text = activity_text(progress)
    if job is not None and job.stop_after_phase.is_set():
        text += " · " + _tr("stops after this phase")
    return text


def turn_text(ticket: Ticket) -> str:
    """Size and seed of a picture in the queue, and where it is on its way."""
    state = {
        Turn.WAITING: _tr("waits"),
        Turn.RUNNING: _tr("is being drawn"),
        Turn.INTERRUPTED: _tr("interrupted: HiPrompt ended meanwhile"),
        Turn.STOPPED: _tr("waits for you"),
        Turn.CANCELLED: _tr("cancelled"),
        Turn.FAILED: told(ticket.problem) or _tr("failed"),
        Turn.DONE: _tr("done"),
    }[ticket.turn]
    request = ticket.request
    size = f"{request.size.width} × {request.size.height}"
    return " · ".join((state, size, _tr("seed {0}").format(request.seed)))


def flag_text(flag: Flag) -> str:
    """Why a caption is flagged."""
    return {
        Flag.EMPTY: _tr("empty: the prompt drives the patch"),
        Flag.TOO_LONG: _tr("long: the model reads it in several parts"),
        Flag.LIKE_PROMPT: _tr("same as the prompt"),
        Flag.LIKE_NEIGHBOUR: _tr("repeats its neighbour"),
        Flag.UNSEEN: _tr("not what the picture shows"),
    }[flag]


def caption_state(caption: Caption, flags: Sequence[Flag] = ()) -> list[tuple[str, str]]:
    """Everything that is special about a caption, as (name of an icon, words)."""
    states = []
    if caption.locked:
        states.append(("lock", _tr("locked")))
    if caption.text is not None and caption.edited:
        states.append(("pencil", _tr("edited")))
    if caption.stale:
        states.append(("stale", _tr("stale: the picture changed under it")))
    if flags:
        states.append(("flag", ", ".join(map(flag_text, flags))))
    return states


def patch_text(name: str, caption: Caption, flags: Sequence[Flag], selected: int) -> str:
    """A patch as a screen reader tells it, and how many are selected."""
    words = [f"{name}: {caption.text or _tr('no caption')}", *(words for _, words in caption_state(caption, flags))]
    if selected != 1:
        words.append(_tr("{0} patches selected").format(selected))
    return ", ".join(words)


def duration_text(seconds: float, exact: bool = False) -> str:
    """A time to wait, as exact as it can honestly be; ``exact``: times that are compared differ where they do."""
    if exact and seconds < 90:
        return _tr("{0} s").format(f"{seconds:.1f}" if seconds < 10 else round(seconds))
    if seconds < 10:
        return _tr("{0} s").format(max(1, round(seconds)))
    if seconds < 90:
        return _tr("{0} s").format(5 * round(seconds / 5))
    if seconds < 5400:
        return _tr("{0} min").format(round(seconds / 60))
    return _tr("{0} h").format(f"{seconds / 3600:.1f}")


def time_left_text(progress: Progress) -> str:
    """How long the phase in work still takes, and the whole picture; empty while that is unknown."""
    phase, whole = progress.phase_seconds_left, progress.seconds_left
    if whole is not None and (phase is None or progress.phase >= progress.phases):
        return _tr("{0} left").format(duration_text(whole))
    if whole is not None and phase is not None:
        return _tr("{0} in this phase · {1} left").format(duration_text(phase), duration_text(whole))
    return _tr("{0} left in this phase").format(duration_text(phase)) if phase is not None else ""


def memory_text(size: int) -> str:
    if size < 1 << 30:
        return _whole(_tr("{0} MB")).format(round(size / (1 << 20)))
    return _whole(_tr("{0} GB")).format(f"{size / (1 << 30):.1f}")


def file_size_text(size: int) -> str:
    """The size of a file, as file managers tell it."""
    for unit, name in ((10**9, _tr("{0} GB")), (10**6, _tr("{0} MB"))):
        if size >= unit:
            return name.format(f"{size / unit:.1f}" if size < 10 * unit else round(size / unit))
    return _tr("{0} kB").format(max(1, round(size / 1000)))


def plan_text(plan: Plan, cost: Cost, link_colour: str, measuring: bool = False) -> str:
    """A plan in one line of HTML, its phases as links to their numbers.

    The work is told as long as nobody knows how long it takes, with a link that has it measured.
    """
    patches = sum(len(phase.patches) for phase in plan.phases)
    style = f"color: {link_colour}; text-decoration: none"
    sizes = [(phase.number, phase.size) for phase in plan.phases]
    links = [f'<a href="{n}" style="{style}">{max(size)}</a>' for n, size in sizes]
    parts = ["\u00a0› ".join(links), _whole(_tr("{0} patches")).format(patches) if patches else ""]
    if cost.total is not None:
        parts.append(_whole("≈ " + duration_text(cost.total)))
    else:
        parts.append(_whole(_tr("{0} evaluations")).format(_grouped(plan.evaluations)))
        if plan.controlnet_evaluations:
            parts.append(_whole(_tr("{0} of the ControlNet")).format(_grouped(plan.controlnet_evaluations)))
        ask = f'<a href="{MEASURE}" style="color: {link_colour}">{_whole(_tr("how long?"))}</a>'
        parts.append(_tr("measuring…") if measuring else ask if cost.free is not None else "")
    parts.append(fit_text(cost))
    return " ·\u00a0".join(part for part in parts if part)


def _whole(words: str) -> str:
    """In one line, where the others may be broken."""
    return words.replace(" ", "\u00a0")


def fit_text(cost: Cost) -> str:
    """Whether the memory suffices, and at what price."""
    needed, fit = memory_text(cost.fit.memory), cost.fit
    if cost.free is None:
        return needed
    if not fit.fits:
        tight = fit.memory <= cost.free
        text = _tr("needs {0} of {1}: tight") if tight else _tr("needs {0}, only {1} are free")
        return text.format(needed, memory_text(cost.free))
    if fit.parted:
        text = _tr("{0} ✓ fits part by part, slower")
    elif fit.apart:
        text = _tr("{0} ✓ fits, models take turns")
    else:
        text = _tr("{0} ✓ fits")
    return _whole(text).format(needed)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u00a0")  # Qt breaks lines at narrow ones


def few_steps_text(steps: int) -> str:
    """Which options a distilled model has in place of the preset's."""
    return _tr("{0} steps, guidance 1: for this model").format(steps)


def plan_details(plan: Plan, cost: Cost) -> str:
    """A line for each phase, for the tooltip of the plan."""
    lines = [phase_text(plan, cost, phase.number) for phase in plan.phases]
    lines.append(_tr("cost: {0} base images of 50 steps").format(f"{plan.units:.1f}"))
    fit = cost.fit
    if cost.free is not None:
        lines.append(_tr("memory: about {0}, {1} are free").format(memory_text(fit.memory), memory_text(cost.free)))
    views = _tr("1 view at once") if fit.view_batch_size == 1 else _tr("{0} views at once").format(fit.view_batch_size)
    lines.append(_tr("{0}, VAE tiles of {1} pixels").format(views, fit.tile))
    if fit.parted:
        lines.append(_tr("only the part of the model that is at work is on the device"))
    if fit.apart:
        lines.append(_tr("captioner and model are loaded in turns"))
    if cost.total is None:
        lines.append(_tr("how long it takes is known when this machine was measured, or after a picture"))
    return "\n".join(lines)


def phase_text(plan: Plan, cost: Cost, number: int) -> str:
    """What one phase of a plan will do."""
    phase, seconds = plan.phases[number - 1], cost.seconds[number - 1]
    parts = [
        _tr("phase {0}: {1}").format(phase.number, phase.size).replace("x", " × "),
        _tr("{0} patches").format(len(phase.patches)) if phase.patches else "",
        _tr("{0} steps").format(phase.steps),
        _tr("{0} evaluations").format(phase.evaluations),
        _tr("{0} of the ControlNet").format(phase.controlnet_evaluations) if phase.controlnet_evaluations else "",
        _tr("enlarged by the upscaler") if phase.upscaled else "",
        "≈ " + duration_text(seconds) if seconds is not None else "",
    ]
    if seconds is not None and phase.patches:
        parts.append(_tr("{0} s a patch").format(f"{seconds / len(phase.patches):.1f}"))
    return " · ".join(part for part in parts if part)
