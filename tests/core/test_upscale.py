"""A picture of the user's own, made larger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from hiprompt_core import (
    Engine,
    GenerationRequest,
    Options,
    RegenerateRequest,
    Size,
    describe_picture,
    generate,
    regenerate,
    vae,
)
from hiprompt_core.errors import CaptionFailed
from hiprompt_core.events import CaptionerWorking, Event, PatchCaptioned, PhaseFinished, ignore_events
from hiprompt_core.model_files import demo_captioner, demo_model

Make = Callable[..., GenerationRequest]


def draw(path: Path, size: Size) -> Path:
    """Shapes and a fine pattern, which shows what is lost."""
    image = Image.new("RGB", (size.width, size.height), "seagreen")
    pen = ImageDraw.Draw(image)
    if min(size) < 64:
        image.save(path)
        return path
    pen.ellipse((size.width // 8, size.height // 8, size.width // 2, size.height // 2), fill="firebrick")
    pen.rectangle((size.width // 2, size.height // 2, size.width - 9, size.height - 9), fill="navy")
    for place in range(0, size.width, 4):
        pen.line((place, size.height // 2, place, size.height // 2 + 6), fill="ivory")
    image.save(path)
    return path


def own(make_request: Make, folder: Path, size: Size, scale: float = 2, **changes: object) -> GenerationRequest:
    path = draw(folder / "own.png", size)
    target = Size(round(size.height * scale), round(size.width * scale))
    return make_request(base_image=path, base_size=size, size=target, **changes)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"), dtype=np.float64)


def psnr(image: Image.Image, other: Image.Image) -> float:
    return 10 * np.log10(255**2 / np.mean((pixels(image) - pixels(other)) ** 2))


@pytest.mark.parametrize(
    ("size", "scale"),
    [
        (Size(101, 67), 2),
        (Size(64, 400), 1.5),
        (Size(90, 90), 1),
        (Size(150, 140), 0.5),
        (Size(9, 13), 8),
    ],
)
def test_any_size_in_and_out(make_request: Make, engine: Engine, tmp_path: Path, size: Size, scale: float) -> None:
    request = own(make_request, tmp_path, size, scale, captions=False)
    result = generate(request, engine=engine)
    assert result.image.size == (request.size.width, request.size.height)
    assert result.evaluations > 0


def test_the_picture_itself_is_phase_1_and_is_described(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    """Larger than native, it is neither made smaller nor sent through the VAE first."""
    events: list[Event] = []
    request = own(make_request, tmp_path, Size(100, 150), 1.5)
    result = generate(request, events.append, engine)
    first, last = (event for event in events if isinstance(event, PhaseFinished))
    assert (first.size, last.size) == (Size(100, 150), Size(150, 225))
    assert np.array_equal(pixels(first.image), pixels(Image.open(tmp_path / "own.png")))
    assert len([event for event in events if isinstance(event, PatchCaptioned)]) == len(last.patches)
    assert result.record.request.base_size == Size(100, 150)
    assert generate(request, engine=engine).evaluations == 0
    changed = RegenerateRequest(source=request.output, captions={0: "a hat"}, num_inference_steps=2)
    assert regenerate(changed, engine=engine).image.size == (225, 150)


def test_pictures_from_before_own_sizes_keep_their_digest(make_request: Make, tmp_path: Path) -> None:
    request = make_request(base_image=tmp_path / "own.png")
    values = request.to_dict()
    del values["base_size"]
    assert GenerationRequest.from_dict(values).digest() == request.digest()
    assert replace(request, base_size=Size(64, 64)).digest() != request.digest()


def test_at_low_strength_the_result_made_small_again_is_the_picture(tmp_path: Path, engine: Engine) -> None:
    """On the demo model: as near as its VAE alone comes, within half a decibel; a strong run goes further away."""
    size = Size(96, 104)
    picture = Image.open(draw(tmp_path / "own.png", size)).convert("RGB")

    def nearness(large: Image.Image) -> float:
        return psnr(large.resize(picture.size, Image.Resampling.BOX), picture)

    found = []
    for strength in (0.05, 0.8):
        request = GenerationRequest(
            prompt="a red circle and a blue square",
            base_image=tmp_path / "own.png",
            base_size=size,
            size=Size(192, 208),
            model=demo_model(),
            options=Options(captions=False, strength=strength, upscale_num_inference_steps=20),
            output=tmp_path / str(strength),
            device="cpu",
            precision="float32",
        )
        found.append(nearness(generate(request, engine=engine).image))
    model = engine.backbone(demo_model(), "cpu", "float32", ignore_events)
    with torch.inference_mode():
        large = picture.resize((208, 192), Image.Resampling.LANCZOS)
        latents = vae.encode(model.vae, large, model.facts.vae_scale_factor, 512, lambda *_: None)
        through_the_vae = vae.decode(model.vae, latents, model.facts.vae_scale_factor, 512, lambda *_: None)
    assert found[0] > nearness(through_the_vae) - 0.5
    assert found[0] > found[1] + 3


def test_the_captioner_writes_the_prompt(tmp_path: Path, engine: Engine) -> None:
    image = Image.open(draw(tmp_path / "own.png", Size(2000, 1500)))
    events: list[Event] = []
    prompt = describe_picture(image, demo_captioner(), "cpu", "float32", events.append, engine)
    assert prompt == describe_picture(image, demo_captioner(), "cpu", "float32", engine=engine)
    assert len(prompt.split()) > 1
    assert any(isinstance(event, CaptionerWorking) for event in events)


class Speechless:
    name = "speechless"

    def describe(self, images: object, question: object, on_word: object) -> list[str]:
        return [" "]


def test_a_captioner_without_words_is_told(tmp_path: Path) -> None:
    engine = Engine()
    engine.captioner = lambda *_: Speechless()  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(CaptionFailed, match="no words"):
        describe_picture(Image.new("RGB", (8, 8)), demo_captioner(), engine=engine)
