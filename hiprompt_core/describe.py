"""Captions for the patches of a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from hiprompt_core.captioner import Captioner
from hiprompt_core.captions import cache_key, clean_caption, dropped_words
from hiprompt_core.engine import Engine
from hiprompt_core.errors import CaptionFailed
from hiprompt_core.events import CaptionerWorking, OnEvent, PatchCaptioned, Warned, ignore_events
from hiprompt_core.geometry import Patch, Size, patch_grid
from hiprompt_core.ladder import alone_if_needed
from hiprompt_core.memory import is_full
from hiprompt_core.model_files import inspect_captioner, weight_files
from hiprompt_core.models import hash_files
from hiprompt_core.prompt_syntax import escape
from hiprompt_core.request import CaptionerPrecision, Precision

WHOLE_QUESTION = "Describe this picture in one short sentence."
SEEN_SIDE = 1024
"""Pixels; captioners look at less of a whole picture."""
Polish = Callable[[list[str]], list[str]]


class Caption(NamedTuple):
    """What drives a patch, and which words the filter took out of what the captioner said."""

    text: str
    dropped: tuple[str, ...] = ()


def caption_patches(
    captioner: Captioner | None,
    picture: Image.Image,
    patches: Sequence[Patch],
    size: Size,
    question: str,
    known: dict[str, str],
    phase: int,
    on_event: OnEvent,
    polish: Polish = list,
    own: Mapping[int, str] | None = None,
    apart: bool = False,
) -> list[Caption]:
    """Clean captions of patches, each distinct crop asked about once, each told as soon as it is there.

    Args:
        captioner: none: ``own`` has words for every patch.
        picture: RGB, of any size: patches of ``size`` are cut from the same place in it.
        known: raw answers by ``cache_key``; new ones are added.
        polish: what else is done to clean captions before they are told.
        own: words by patch that stand in place of the captioner's.
        apart: polish only when the captioner is done, because both models together do not fit into memory.
    """
    told = _Told(patches, phase, on_event)
    own = own or {}
    asked = [patch for patch in patches if patch.index not in own]
    crops = cut_patches(picture, asked, size)
    keys = [cache_key(crop, question, captioner.weights_hash if captioner else "") for crop in crops]
    distinct = dict(zip(keys, crops, strict=True))
    told.tell({index: Caption(text) for index, text in own.items()})

    def tell(fresh: Sequence[str]) -> None:
        captions = _polished(fresh, known, polish)
        told.tell({patch.index: captions[key] for patch, key in zip(asked, keys, strict=True) if key in captions})

    for fresh in _ready(captioner, distinct, question, known, phase, on_event):
        if not apart:
            tell(fresh)
    if apart:
        tell(list(distinct))
    return [told.captions[patch.index] for patch in patches]


class _Told:
    """Captions by patch, each told when it comes."""

    def __init__(self, patches: Sequence[Patch], phase: int, on_event: OnEvent) -> None:
        self.captions: dict[int, Caption] = {}
        self._patches, self._phase, self._on_event = patches, phase, on_event

    def tell(self, captions: Mapping[int, Caption]) -> None:
        """Take captions of patches, in the order of these."""
        for patch in self._patches:
            if patch.index in captions:
                self.captions[patch.index] = captions[patch.index]
                self._say(patch.index)

    def _say(self, patch: int) -> None:
        text, dropped = self.captions[patch]
        self._on_event(
            PatchCaptioned(
                phase=self._phase,
                patch=patch,
                caption=text,
                done=len(self.captions),
                patches=len(self._patches),
                dropped=dropped,
            )
        )


def _polished(keys: Sequence[str], known: Mapping[str, str], polish: Polish) -> dict[str, Caption]:
    """Captions of raw answers, by key."""
    clean = [clean_caption(known[key]) for key in keys]
    return {
        key: Caption(after, dropped_words(before, after))
        for key, before, after in zip(keys, clean, polish(clean), strict=True)
    }


def _ready(
    captioner: Captioner | None,
    crops: Mapping[str, Image.Image],
    question: str,
    known: dict[str, str],
    phase: int,
    on_event: OnEvent,
) -> Iterator[list[str]]:
    """Keys of crops whose raw answers are known: first those that were, then batch by batch."""
    waiting = {key: crop for key, crop in crops.items() if key not in known}
    yield [key for key in crops if key in known]
    if captioner and waiting:
        for answers in _answers(captioner, waiting, question, phase, on_event):
            known.update(answers)
            yield list(answers)


def _answers(
    captioner: Captioner, crops: Mapping[str, Image.Image], question: str, phase: int, on_event: OnEvent
) -> Iterator[dict[str, str]]:
    """What the captioner says of crops, batch by batch; batches are halved when memory runs out."""
    if not captioner.passes_on(question):
        on_event(Warned(message=f"{captioner.name} answers no questions: it describes the patches in its own way."))
    waiting = list(crops)
    size = captioner.batch_size(crops[waiting[0]], question)
    while waiting:
        batch = waiting[:size]
        try:
            answers = captioner.describe(
                [crops[key] for key in batch], question, lambda: on_event(CaptionerWorking(phase=phase))
            )
        except (MemoryError, RuntimeError, OSError) as error:
            if len(batch) == 1 or not is_full(error):
                raise
            size = len(batch) // 2
            on_event(Warned(message=f"Too little memory for {len(batch)} patches at once: {size} from now on."))
        else:
            waiting = waiting[len(batch) :]
            yield dict(zip(batch, answers, strict=True))


class LentCaptioner:
    """The engine's captioner, fetched for each use, so that nobody keeps it in memory meanwhile."""

    def __init__(
        self,
        engine: Engine,
        folder: Path,
        device: str,
        precision: Precision,
        on_event: OnEvent,
        bits: CaptionerPrecision = "auto",
    ) -> None:
        self._fetch: Callable[[], Captioner] = lambda: engine.captioner(folder, device, precision, on_event, bits)
        self.name = inspect_captioner(folder).name
        self.weights_hash = hash_files(weight_files(folder)) if engine.apart else self._fetch().weights_hash

    def passes_on(self, question: str) -> bool:
        return self._fetch().passes_on(question)

    def batch_size(self, image: Image.Image, question: str) -> int:
        return self._fetch().batch_size(image, question)

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        return self._fetch().describe(images, question, on_word)


def cut_patches(picture: Image.Image, patches: Sequence[Patch], size: Size) -> list[Image.Image]:
    """The windows of patches of ``size`` from the same places of a picture of any size, RGB."""
    source = Size(picture.height, picture.width)
    picture = picture.convert("RGB")
    crops = []
    for patch in patches:
        top, left, bottom, right = patch.window.scaled(size, source)
        crops.append(picture.crop((left, top, right, bottom)))
    return crops


def describe_picture(
    image: Image.Image,
    captioner: Path,
    device: str = "auto",
    precision: Precision = "auto",
    on_event: OnEvent = ignore_events,
    engine: Engine | None = None,
) -> str:
    """A prompt for a whole RGB picture: what the captioner says that it shows, its brackets escaped.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    seen = ImageOps.contain(image, (SEEN_SIDE, SEEN_SIDE)) if max(image.size) > SEEN_SIDE else image
    engine = engine or Engine()

    def work() -> str:
        model = engine.captioner(captioner, device, precision, on_event)
        (answer,) = model.describe([seen], WHOLE_QUESTION, lambda: on_event(CaptionerWorking(phase=1)))
        return answer

    text = clean_caption(alone_if_needed(engine, device, work, on_event))
    if not text:
        name = inspect_captioner(captioner).name
        raise CaptionFailed(f"The captioner {name} has no words for the picture.", "Say yourself what it shows.")
    return escape(text)


def caption_image(
    image: Image.Image,
    window: int,
    overlap: float,
    captioner: Path,
    question: str,
    on_event: OnEvent = ignore_events,
    engine: Engine | None = None,
) -> list[tuple[Patch, str]]:
    """Describe the patches of any picture; ``window`` is their side in pixels.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    engine = engine or Engine()
    size = Size(image.height, image.width)
    patches = patch_grid(size, Size(window, window), overlap)
    known: dict[str, str] = {}

    def work() -> list[Caption]:
        model = engine.captioner(captioner, "auto", "auto", on_event)
        return caption_patches(model, image, patches, size, question, known, 1, on_event)

    captions = alone_if_needed(engine, "auto", work, on_event)
    return [(patch, caption.text) for patch, caption in zip(patches, captions, strict=True)]
