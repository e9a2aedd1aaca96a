"""What drives the patches of a phase: a captioner's words, the user's own, or those of the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from hiprompt_core.attention_words import words_in
from hiprompt_core.captioner import Captioner
from hiprompt_core.describe import Caption, LentCaptioner, caption_patches
from hiprompt_core.engine import Engine
from hiprompt_core.events import CaptionsReady, OnEvent
from hiprompt_core.geometry import Patch, Size
from hiprompt_core.ladder import Ladder
from hiprompt_core.phase_work import PhaseWork
from hiprompt_core.prompt_syntax import escape, plain_text
from hiprompt_core.prompts import drive
from hiprompt_core.request import GenerationRequest
from hiprompt_core.run_folder import RunFolder, StoredPhase


def describe_phase(
    work: PhaseWork,
    captioner: Captioner | None,
    patches: Sequence[Patch],
    done: Sequence[StoredPhase],
    folder: RunFolder,
) -> tuple[Caption, ...]:
    """A caption for each patch, most from the previous phase's picture; none when captions are off.

    Args:
        captioner: none: the user's own words and the prompt's suffice.
        patches: in pixels.
        done: the phases before, at least one.
        folder: keeps what the captioner said, so that nothing is asked twice.
    """
    request = work.request
    if not request.options.captions:
        return ()
    own = request.own_captions.get(work.phase, {})
    if captioner is None:
        own = {**_words_of_prompt(request.prompt, patches, work.size, done[0]), **own}
    own = {index: text.strip() or request.prompt for index, text in own.items()}
    captions = ask(work, captioner, done[-1].image, patches, folder, own)
    texts = tuple(caption.text for caption in captions)
    work.warn_of_texts(texts)
    work.on_event(CaptionsReady(phase=work.phase, captions=texts))
    return tuple(captions)


def ask(
    work: PhaseWork,
    captioner: Captioner | None,
    picture: Image.Image,
    patches: Sequence[Patch],
    folder: RunFolder,
    own: Mapping[int, str] | None = None,
    plain: bool = False,
) -> list[Caption]:
    """A caption for each patch of a picture, by the question of the request.

    Args:
        captioner: none: ``own`` has words for every patch.
        own: words by patch that stand in place of the captioner's.
        plain: what the captioner said, not what drives a patch.
    """
    known = folder.load_captions()

    def polish(captions: list[str]) -> list[str]:
        if plain:
            return captions
        return work.ladder.run("texts", lambda: drive(work.ladder.backbone(), work.request, captions))

    def asked() -> list[Caption]:
        return caption_patches(
            captioner,
            picture,
            patches,
            work.size,
            work.request.question,
            known,
            work.phase,
            work.on_event,
            polish,
            own,
            work.ladder.apart,
        )

    try:
        return work.ladder.run("captions", asked)
    finally:
        folder.save_captions(known)


def lend(engine: Engine, ladder: Ladder, captioner: Path, request: GenerationRequest, on_event: OnEvent) -> Captioner:
    """A captioner that computes where the request does, and is in memory only while it is asked."""
    return ladder.run(
        "captions",
        lambda: LentCaptioner(
            engine, captioner, request.device, request.precision, on_event, request.captioner_precision
        ),
    )


def _words_of_prompt(prompt: str, patches: Sequence[Patch], size: Size, first: StoredPhase) -> dict[int, str]:
    """What drives patches without a captioner: words by attention, or nothing but the prompt."""
    if first.attention is None:
        return dict.fromkeys([patch.index for patch in patches], "")
    texts = words_in(plain_text(prompt), first.attention, [patch.window for patch in patches], size)
    return {patch.index: escape(text) for patch, text in zip(patches, texts, strict=True)}
