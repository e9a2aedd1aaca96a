"""Captions for the patches of a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from hiprompt_core.captioner import Captioner
from hiprompt_core.captions import cache_key, clean_caption, dropped_words
from hiprompt_core.denoise import batches
from hiprompt_core.engine import Engine, computing
from hiprompt_core.events import CaptionerWorking, Event, OnEvent, PatchCaptioned, ignore_events
from hiprompt_core.geometry import Patch, Size, patch_grid
from hiprompt_core.model_files import inspect_captioner, weight_files
from hiprompt_core.models import hash_files
from hiprompt_core.request import Precision

CAPTION_BATCH_SIZE = 8
Polish = Callable[[list[str]], list[str]]


class Caption(NamedTuple):
    """What drives a patch, and which words the filter took out of what the captioner said."""

    text: str
    dropped: tuple[str, ...] = ()


def caption_patches(
    captioner: Captioner,
    picture: Image.Image,
    patches: Sequence[Patch],
    size: Size,
    question: str,
    known: dict[str, str],
    phase: int,
    on_event: OnEvent,
    polish: Polish = list,
    own: Mapping[int, str] | None = None,
) -> list[Caption]:
    """Clean captions of patches, each distinct crop asked about once, each told as soon as it is there.

    Args:
        picture: RGB, of any size: patches of ``size`` are cut from the same place in it.
        known: raw answers by ``cache_key``; new ones are added.
        polish: what else is done to clean captions before they are told.
        own: words by patch that stand in place of the captioner's.
    """
    captions = {index: Caption(text) for index, text in (own or {}).items()}
    asked = [patch for patch in patches if patch.index not in captions]
    crops = cut_patches(picture, asked, size)
    keys = [cache_key(crop, question, captioner.weights_hash) for crop in crops]
    crop_of = dict(zip(keys, crops, strict=True))
    done = 0

    def say(patch: Patch) -> None:
        nonlocal done
        done += 1
        text, dropped = captions[patch.index]
        on_event(
            PatchCaptioned(
                phase=phase, patch=patch.index, caption=text, done=done, patches=len(patches), dropped=dropped
            )
        )

    def tell(fresh: list[str]) -> None:
        clean = [clean_caption(known[key]) for key in fresh]
        polished = {
            key: Caption(after, dropped_words(before, after))
            for key, before, after in zip(fresh, clean, polish(clean), strict=True)
        }
        for patch, key in zip(asked, keys, strict=True):
            if key in polished:
                captions[patch.index] = polished[key]
                say(patch)

    def on_word() -> None:
        on_event(CaptionerWorking(phase=phase))

    for patch in patches:
        if patch.index in captions:
            say(patch)
    distinct = list(dict.fromkeys(keys))
    tell([key for key in distinct if key in known])
    for batch in batches([key for key in distinct if key not in known], CAPTION_BATCH_SIZE):
        answers = captioner.describe([crop_of[key] for key in batch], question, on_word)
        known.update(zip(batch, answers, strict=True))
        tell(batch)
    return [captions[patch.index] for patch in patches]


class LentCaptioner:
    """The engine's captioner, fetched for each use, so that nobody keeps it in memory meanwhile."""

    def __init__(self, engine: Engine, folder: Path, device: str, precision: Precision, on_event: OnEvent) -> None:
        self._fetch: Callable[[], Captioner] = lambda: engine.captioner(folder, device, precision, on_event)
        self.name = inspect_captioner(folder).name
        self.weights_hash = hash_files(weight_files(folder)) if engine.apart else self._fetch().weights_hash

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        return self._fetch().describe(images, question, on_word)


def caption_apart(
    captioner: Captioner,
    picture: Image.Image,
    patches: Sequence[Patch],
    size: Size,
    question: str,
    known: dict[str, str],
    phase: int,
    on_event: OnEvent,
) -> None:
    """Fill ``known`` with every raw answer, so that the diffusion model is not needed before the captioner is done."""

    def work_only(event: Event) -> None:
        if isinstance(event, CaptionerWorking):
            on_event(event)

    caption_patches(captioner, picture, patches, size, question, known, phase, work_only)


def cut_patches(picture: Image.Image, patches: Sequence[Patch], size: Size) -> list[Image.Image]:
    """The windows of patches of ``size`` from the same places of a picture of any size, RGB."""
    source = Size(picture.height, picture.width)
    picture = picture.convert("RGB")
    crops = []
    for patch in patches:
        top, left, bottom, right = patch.window.scaled(size, source)
        crops.append(picture.crop((left, top, right, bottom)))
    return crops


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
    with computing():
        model = engine.captioner(captioner, "auto", "auto", on_event)
        size = Size(image.height, image.width)
        patches = patch_grid(size, Size(window, window), overlap)
        captions = caption_patches(model, image, patches, size, question, {}, 1, on_event)
        return [(patch, caption.text) for patch, caption in zip(patches, captions, strict=True)]
