"""Captions for the patches of a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from hiprompt_core.captioner import Captioner
from hiprompt_core.captions import cache_key, clean_caption
from hiprompt_core.denoise import batches
from hiprompt_core.engine import Engine, computing
from hiprompt_core.events import CaptionerWorking, OnEvent, PatchCaptioned, ignore_events
from hiprompt_core.geometry import Patch, Size, patch_grid

CAPTION_BATCH_SIZE = 8
Polish = Callable[[list[str]], list[str]]


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
) -> list[str]:
    """Clean captions of all patches, each distinct crop asked about once, each told as soon as it is there.

    Args:
        picture: RGB, of any size: patches of ``size`` are cut from the same place in it.
        known: raw answers by ``cache_key``; new ones are added.
        polish: what else is done to clean captions before they are told.
    """
    crops = cut_patches(picture, patches, size)
    keys = [cache_key(crop, question, captioner.weights_hash) for crop in crops]
    crop_of = dict(zip(keys, crops, strict=True))
    captions: dict[str, str] = {}

    def tell(fresh: list[str]) -> None:
        captions.update(zip(fresh, polish([clean_caption(known[key]) for key in fresh]), strict=True))
        for patch, key in zip(patches, keys, strict=True):
            if key in fresh:
                done = sum(key in captions for key in keys[: patch.index + 1])
                on_event(
                    PatchCaptioned(
                        phase=phase, patch=patch.index, caption=captions[key], done=done, patches=len(patches)
                    )
                )

    def on_word() -> None:
        on_event(CaptionerWorking(phase=phase))

    distinct = list(dict.fromkeys(keys))
    tell([key for key in distinct if key in known])
    for batch in batches([key for key in distinct if key not in known], CAPTION_BATCH_SIZE):
        answers = captioner.describe([crop_of[key] for key in batch], question, on_word)
        known.update(zip(batch, answers, strict=True))
        tell(batch)
    return [captions[key] for key in keys]


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
        return list(zip(patches, captions, strict=True))
