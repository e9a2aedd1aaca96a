"""Captions from the prompt's own words, where cross-attention places them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from hiprompt_core import Engine, GenerationRequest, Options, Size, generate
from hiprompt_core.attention_maps import AttentionMaps, tokens_of
from hiprompt_core.attention_words import phrases, words_in
from hiprompt_core.cli import main
from hiprompt_core.errors import Cancelled, InvalidRequest, ModelUnsupported
from hiprompt_core.events import CaptionsReady, Event, PatchCaptioned, PhaseFinished, StepDone, ViewBatchDone
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.geometry import Box
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.run_folder import RunFolder
from tests.core.family_models import save_sd3

Make = Callable[..., GenerationRequest]
PROMPT = "a fox and a tree, a green meadow"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (PROMPT, ["fox", "tree", "green meadow"]),
        ("A red fox on the old stone bridge; dusk", ["red fox", "old stone bridge", "dusk"]),
        ("the and of", []),
        ("", []),
        ("fuchs", ["fuchs"]),
    ],
)
def test_phrases_are_words_side_by_side(prompt: str, expected: list[str]) -> None:
    assert [prompt[start:end] for start, end in phrases(prompt)] == expected


def test_tokens_belong_to_their_phrases(backbone: SDXLBackbone) -> None:
    tokenizer = backbone.tokenizers[0]
    prompt = "a fox, a zyqx and a tree"
    read = tokenizer(prompt).input_ids
    for phrase, places in zip(phrases(prompt), tokens_of(tokenizer, prompt, phrases(prompt)), strict=True):
        decoded = tokenizer.decode([read[place] for place in places])
        assert decoded.replace(" ", "") == prompt[phrase.start : phrase.end].replace(" ", "")


def test_phrases_beyond_the_first_tokens_have_no_place(backbone: SDXLBackbone) -> None:
    prompt = ", ".join(["a fox"] * 60)
    assert 10 < len(tokens_of(backbone.tokenizers[0], prompt, phrases(prompt))) < 60


def test_each_window_gets_the_phrases_that_are_drawn_there() -> None:
    maps = np.zeros((3, 4, 4), np.float32)
    maps[0, :, :2] = 1  # the fox on the left
    maps[1, :, 2:] = 0.01  # the tree on the right, and little attention
    maps[2, 2:] = 5  # the meadow below
    size = Size(64, 64)
    top_left, top_right, below = Box(0, 0, 32, 32), Box(0, 32, 32, 64), Box(32, 0, 64, 64)
    assert words_in(PROMPT, maps, [top_left, top_right, below], size) == ["a fox", "a tree", "a green meadow"]
    assert words_in(PROMPT, maps, [Box(32, 0, 64, 32)], size) == ["a fox, a green meadow"]
    assert words_in(PROMPT, maps, [Box(0, 0, 64, 64)], size) == [""]


def test_phrases_without_a_map_stay_where_others_are() -> None:
    maps = np.zeros((1, 2, 2), np.float32)
    maps[0, :, 0] = 1
    assert words_in("a fox, oil", maps, [Box(0, 0, 8, 4), Box(0, 4, 8, 8)], Size(8, 8)) == ["a fox, oil", ""]


def test_watching_changes_no_number(backbone: SDXLBackbone) -> None:
    """And what is recorded is what diffusers' own attention scores say."""
    cells = Size(8, 4)
    embeddings = backbone.encode_prompts(["", PROMPT])
    latents = torch.randn((2, 4, *cells), generator=torch.Generator().manual_seed(1))
    ids = torch.zeros((2, 6))
    before = dict(backbone.unet.attn_processors)
    plain = backbone.predict(latents, 500.0, embeddings, ids)
    places = tokens_of(backbone.tokenizers[0], PROMPT, phrases(PROMPT))
    maps = AttentionMaps(cells, 3, places)
    with maps.watching(backbone):
        backbone.predict(latents, 500.0, embeddings, ids)
        assert maps.result() is None
        maps.on_event(StepDone(phase=1, step=2, steps=3))
        watched = backbone.predict(latents, 500.0, embeddings, ids)
    assert torch.equal(plain, watched)
    assert backbone.unet.attn_processors == before
    found = maps.result()
    assert found is not None
    assert found.shape == (3, *cells)
    assert (found > 0).all()
    assert found.sum(axis=0).max() < 1


def test_one_layer_is_recorded_as_its_scores_are() -> None:
    class Layer:
        heads, scale = 2, 0.5

        @staticmethod
        def to_q(values: Tensor) -> Tensor:
            return values

        to_k = to_q

    generator = torch.Generator().manual_seed(2)
    hidden, texts = torch.randn((2, 8, 4), generator=generator), torch.randn((2, 5, 4), generator=generator)
    maps = AttentionMaps(Size(2, 4), 1, [[1, 2], [4]])
    maps.add(Layer, hidden, texts)
    expected = torch.zeros(2, 8)
    for head in (slice(0, 2), slice(2, 4)):
        scores = (hidden[1, :, head] @ texts[1, :, head].T * 0.5).softmax(dim=-1)
        expected += torch.stack([scores[:, 1:3].mean(dim=1), scores[:, 4]]) / 2
    assert np.allclose(maps.result(), expected.reshape(2, 2, 4), atol=1e-6)


def by_attention(make_request: Make, **changes: object) -> GenerationRequest:
    return make_request(**{"caption_source": "attention", "captioner": None, **changes})


def test_a_picture_without_a_captioner(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    request = by_attention(make_request)
    events: list[Event] = []
    record = generate(request, events.append, engine).record
    assert record.captioner_name == record.captioner_hash == ""
    assert len(record.captions) == 3
    content = {"red", "circle", "blue", "square"}
    assert all(caption == request.prompt or set(caption.split()) & content for caption in record.captions)
    told = [event.caption for event in events if isinstance(event, PatchCaptioned)]
    assert tuple(told) == record.captions == next(e.captions for e in events if isinstance(e, CaptionsReady))
    plain = make_request(options=replace(request.options, captions=False), captioner=None, output=tmp_path / "plain")
    first = [RunFolder(folder).latest(1) for folder in (request.output, generate(plain, engine=engine).path.parent)]
    assert np.array_equal(first[0].latents, first[1].latents)
    assert first[0].record.evaluations == first[1].record.evaluations
    assert first[0].attention is not None
    assert first[0].attention.shape == (2, 6, 12)
    assert first[1].attention is None


def test_a_run_that_goes_on_says_the_same(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    whole = generate(by_attention(make_request, output=tmp_path / "whole"), engine=engine).record
    for stop_at in (StepDone, CaptionsReady):

        def stop(event: Event, kind: type = stop_at) -> None:
            if isinstance(event, kind):
                raise Cancelled

        request = by_attention(make_request, output=tmp_path / stop_at.__name__)
        with pytest.raises(Cancelled):
            generate(request, stop, engine)
        events: list[Event] = []
        assert generate(request, events.append, engine).record.captions == whole.captions
        resumed = [event.resumed for event in events if isinstance(event, PhaseFinished)]
        assert resumed == [stop_at is CaptionsReady, False]
        drawn = {event.phase for event in events if isinstance(event, ViewBatchDone)}
        assert drawn == ({2} if stop_at is CaptionsReady else {1, 2})


def test_own_words_go_first_and_need_no_captioner(make_request: Make, engine: Engine) -> None:
    request = by_attention(make_request, caption_source="own", own_captions={2: {1: "a star", 2: " "}})
    assert generate(request, engine=engine).record.captions == (request.prompt, "a star", request.prompt)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"captioner": demo_captioner()}, "a captioner is given"),
        ({"options": Options(captions=False)}, "captions are off"),
        ({"base_image": Path("fox.png")}, "phase 1"),
        ({"options": Options(guidance_scale=0)}, "not looked at"),
        ({"caption_source": "guess"}, "caption_source"),
        ({"captioner_precision": "2bit"}, "captioner_precision"),
    ],
)
def test_wishes_that_contradict_each_other_are_refused(
    make_request: Make, changes: dict[str, object], told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        by_attention(make_request, **changes)


def test_pictures_from_before_keep_their_digest(make_request: Make) -> None:
    request = make_request()
    assert replace(request, captioner_precision="4bit").digest() != request.digest()
    values = request.to_dict()
    for name in ("caption_source", "captioner_precision"):
        del values[name]
    assert GenerationRequest.from_dict(values).digest() == request.digest()


def test_a_model_without_cross_attention_is_refused_before_it_is_loaded(
    make_request: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = save_sd3(tmp_path / "sd3", t5=False)
    told = "Where sd3 places its words cannot be seen: it has no cross-attention."
    events: list[Event] = []
    with pytest.raises(ModelUnsupported, match=told):
        generate(by_attention(make_request, model=folder), events.append)
    assert events == []
    out = tmp_path / "out"
    for command in (["plan"], ["generate", "--out", str(out)]):
        assert main([*command, "a fox", "--model", str(folder), "--captioner", "attention"]) == 3
        assert told in capsys.readouterr().err
    assert not out.exists()


def test_the_demo_model_draws_words_where_attention_says(tmp_path: Path, engine: Engine) -> None:
    """The orange half of the picture is told to show the fox, the other one the tree."""
    size = Size(128, 128)
    options = Options(num_inference_steps=15)
    request = GenerationRequest(
        prompt=PROMPT, size=size, seed=1, options=options, model=demo_model(), caption_source="attention",
        output=tmp_path, device="cpu", precision="float32",
    )  # fmt: skip
    generate(request, engine=engine)
    stored = RunFolder(tmp_path).latest(1)
    assert stored.attention is not None
    left, right = words_in(PROMPT, stored.attention, [Box(0, 0, 128, 64), Box(0, 64, 128, 128)], size)
    fox, tree = (
        (left, right) if _orange(stored.image)[:, :64].sum() > _orange(stored.image)[:, 64:].sum() else (right, left)
    )
    assert "fox" in fox
    assert "tree" not in fox
    assert "tree" in tree
    assert "fox" not in tree


def _orange(image: Image.Image) -> np.ndarray:
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB"), dtype=np.int16), -1, 0)
    return np.asarray((red > green + 60) & (red > blue + 60))
