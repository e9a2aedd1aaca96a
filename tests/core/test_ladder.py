"""Memory that runs out at every place where much is allocated, and models that take turns in it."""

from __future__ import annotations

import errno
import gc
import shutil
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

from hiprompt_core import (
    CaptionRequest,
    ControlNet,
    Engine,
    GenerationRequest,
    RegenerateRequest,
    Size,
    base_picture,
    caption_image,
    denoise,
    describe,
    describe_picture,
    generate,
    ladder,
    own_picture,
    phase,
    phase_captions,
    prompts,
    recaption,
    regenerate,
    regeneration,
    run_folder,
    upscaling,
    vae,
)
from hiprompt_core import engine as engine_module
from hiprompt_core.errors import OutOfMemory
from hiprompt_core.events import Event, MemoryShort, ModelLoading, ViewBatchDone, Warned, ignore_events
from hiprompt_core.families import controlnet
from hiprompt_core.families.sdxl import SDXLBackbone
from hiprompt_core.footprint import Place
from hiprompt_core.memory import is_full
from hiprompt_core.model_files import inspect_captioner, inspect_model
from hiprompt_core.models import load_backbone
from hiprompt_core.plan import make_plan
from hiprompt_core.request import Trunk
from hiprompt_core.upscaler import Upscaler
from tests.core.guide_models import make_controlnet, save_upscaler

Make = Callable[..., GenerationRequest]
FULL = "CUDA out of memory. Tried to allocate 2.00 GiB"


def rungs(events: list[Event]) -> list[str]:
    return [event.rung for event in events if isinstance(event, MemoryShort)]


def picture(request: GenerationRequest) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(request.output / "phase-2-128x64.png")).astype(int)


def latents(request: GenerationRequest) -> np.ndarray[Any, Any]:
    return load_file(request.output / "phase-2.safetensors")["latents"]


@contextmanager
def short(module: torch.nn.Module, fails: Callable[[torch.Tensor], bool]) -> Iterator[None]:
    """Memory runs out when a module meets a tensor that is too large."""

    def check(module: object, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        values = [value for value in (*arguments, *named.values()) if isinstance(value, torch.Tensor)]
        if fails(values[0]):
            raise RuntimeError(FULL)

    hook = module.register_forward_pre_hook(check, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


def failing(
    function: Callable[..., Any], fails: Callable[[], bool], error: Exception | None = None
) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        if fails():
            raise error or RuntimeError(FULL)
        return function(*arguments, **named)

    return call


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def whole() -> dict[tuple[str, bool], np.ndarray[Any, Any]]:
    """Pictures of runs with memory enough, by upsampling, and with or without captions."""
    return {}


@pytest.mark.parametrize(
    "place",
    [
        "model load", "text encoding", "prediction", "decode", "encode", "upsampling", "captioner load", "captioner",
        "crops", "noise", "guide", "fused views", "statistics", "tiles joined", "picture", "PNG",
    ],
)  # fmt: skip
def test_memory_that_ran_out_changes_no_bit(
    make_request: Make,
    engine: Engine,
    whole: dict[tuple[str, bool], np.ndarray[Any, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    upsampling = "latent" if place == "upsampling" else "lanczos"
    captions = place in {"captioner load", "captioner", "crops"}  # else they only take time
    if (upsampling, captions) not in whole:
        reference = make_request(output=tmp_path / "whole", upsampling=upsampling, captions=captions)
        generate(reference, engine=engine)
        whole[upsampling, captions] = picture(reference)
    request = make_request(upsampling=upsampling, captions=captions)
    engine.apart = False  # of the run before
    backbone: Any = engine.backbone(request.model, "cpu", "float32", ignore_events)
    modules = {
        "text encoding": backbone.text_encoders[0],
        "prediction": backbone.unet,
        "decode": backbone.vae.decoder,
        "encode": backbone.vae.encoder,
    }
    if place == "captioner":
        eyes = engine.captioner(request.captioner, "cpu", "float32", ignore_events)
        modules["captioner"] = eyes.model.get_output_embeddings()
    functions: dict[str, tuple[Any, str]] = {
        "model load": (engine_module, "load_backbone"),
        "captioner load": (engine_module, "load_captioner"),
        "upsampling": (phase.F, "interpolate"),
        "crops": (describe, "cut_patches"),
        "noise": (phase, "draw_noise"),
        "guide": (Image.Image, "resize"),
        "fused views": (denoise, "Fuser"),
        "statistics": (upscaling, "match_statistics"),
        "tiles joined": (vae, "feather"),
        "picture": (vae, "_picture"),
        "PNG": (run_folder, "write_png"),
    }
    events: list[Event] = []
    if place in functions:
        owner, name = functions[place]
        monkeypatch.setattr(owner, name, failing(getattr(owner, name), lambda: not rungs(events)))
        generate(request, events.append, Engine() if "load" in place else engine)
    else:
        with short(modules[place], lambda _: not rungs(events)):
            generate(request, events.append, engine)
    assert rungs(events) == ["caches"]
    assert np.array_equal(picture(request), whole[upsampling, captions])


@pytest.mark.parametrize("place", ["ControlNet load", "ControlNet", "upscaler load", "upscaler"])
def test_what_makes_and_holds_the_guide_takes_rungs_too(
    make_request: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    unet = engine.backbone(make_request().model, "cpu", "float32", ignore_events).unet  # type: ignore[attr-defined]
    make_controlnet(unet).save_pretrained(tmp_path / "tile")
    guides: dict[str, Any] = {"ControlNet": {"controlnet": ControlNet(path=tmp_path / "tile")}}
    guides["upscaler"] = {"upscaler": save_upscaler(tmp_path / "swin")}
    request = make_request(captions=False, **guides[place.removesuffix(" load")])
    owner, name = {
        "ControlNet load": (engine_module, "load_controlnet"),
        "ControlNet": (controlnet.Grounding, "residuals"),
        "upscaler load": (engine_module, "load_upscaler"),
        "upscaler": (Upscaler, "_draw"),
    }[place]
    events: list[Event] = []
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), lambda: not rungs(events)))
    assert generate(request, events.append, engine).path.exists()
    assert rungs(events) == ["caches"]


def test_fewer_views_at_once_draw_the_same_picture(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    """The loop goes on from its last step: no evaluation is told twice."""
    reference = make_request(output=tmp_path / "whole", captions=False, view_batch_size=4)
    cost = generate(reference, engine=engine).evaluations
    request = make_request(captions=False, view_batch_size=4)
    unet = engine.backbone(request.model, "cpu", "float32", ignore_events).unet  # type: ignore[attr-defined]
    events: list[Event] = []
    with short(unet, lambda sample: len(sample) > 2):
        result = generate(request, events.append, engine)
    assert rungs(events) == ["caches", "views", "views"]
    assert "2 views are drawn at once instead of 4" in next(
        event.message for event in events if isinstance(event, MemoryShort) and event.rung == "views"
    )
    assert sum(event.evaluations for event in events if isinstance(event, ViewBatchDone)) == cost
    assert result.evaluations == cost
    np.testing.assert_allclose(latents(request), latents(reference), atol=1e-4)
    assert np.abs(picture(request) - picture(reference)).max() <= 1


def test_smaller_tiles_keep_the_latents_of_a_phase(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    reference = make_request(output=tmp_path / "whole", captions=False, vae_tile_size=None, upsampling="latent")
    generate(reference, engine=engine)
    request = make_request(captions=False, vae_tile_size=None, upsampling="latent")
    decoder = engine.backbone(request.model, "cpu", "float32", ignore_events).vae.decoder
    events: list[Event] = []
    with short(decoder, lambda sample: max(sample.shape[-2:]) > 8):
        generate(request, events.append, engine)
    assert rungs(events) == ["caches", "tiles", "tiles"]
    assert np.array_equal(latents(request), latents(reference))
    assert np.abs(picture(request) - picture(reference)).mean() < 10


def test_a_tile_size_that_the_user_chose_is_kept(make_request: Make, engine: Engine) -> None:
    """The run stops; what it had drawn is on disk, and a later run only decodes."""
    request = make_request(captions=False, vae_tile_size=128)
    decoder = engine.backbone(request.model, "cpu", "float32", ignore_events).vae.decoder
    events: list[Event] = []
    with short(decoder, lambda sample: max(sample.shape[-2:]) > 12), pytest.raises(OutOfMemory):
        generate(request, events.append, engine)
    assert rungs(events) == ["caches"]
    assert (request.output / "phase-1-96x48.png").exists()
    assert generate(request, engine=engine).evaluations == 0


def test_a_picture_that_cannot_be_written_is_not_drawn_again(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory runs out for good while a PNG is written: its last step is on disk."""
    request = make_request(captions=False)
    events: list[Event] = []
    with monkeypatch.context() as patched:
        patched.setattr(run_folder, "write_png", failing(run_folder.write_png, lambda: True))
        with pytest.raises(OutOfMemory):
            generate(request, events.append, engine)
    assert rungs(events) == ["caches"]
    spent = sum(event.evaluations for event in events if isinstance(event, ViewBatchDone))
    whole = generate(request, engine=engine).evaluations
    assert spent > 0
    assert spent + whole == sum(phase.evaluations for phase in make_plan(request, inspect_model(request.model)).phases)


def test_patches_drawn_again_take_the_rungs_too(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_request(captions=False)
    generate(request, engine=engine)
    again = RegenerateRequest(source=request.output, captions={1: "a green square"})
    unet = engine.backbone(request.model, "cpu", "float32", ignore_events).unet  # type: ignore[attr-defined]
    events: list[Event] = []
    with short(unet, lambda sample: len(sample) > 2):
        regenerate(again, events.append, engine)
    assert rungs(events) == ["caches", "views"]
    events.clear()
    write = failing(run_folder.write_png, lambda: not rungs(events))
    monkeypatch.setattr(run_folder, "write_png", write)
    assert regenerate(again, events.append, engine).path.exists()
    assert rungs(events) == ["caches"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (base_picture, "open_own_picture"),
        (own_picture.ImageOps, "exif_transpose"),
        (base_picture.ImageOps, "fit"),
        (run_folder, "read_png"),  # of the phase that is there already
    ],
)
def test_pictures_that_are_read_take_a_rung_too(
    make_request: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    Image.new("RGB", (64, 64), "teal").save(tmp_path / "own.png")
    request = make_request(base_image=tmp_path / "own.png", base_size=Size(64, 64), captions=False)
    generate(request, engine=engine)
    if name == "read_png":
        (request.output / "phase-2-128x64.png").unlink()
    else:
        shutil.rmtree(request.output)
    events: list[Event] = []
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), lambda: not rungs(events), MemoryError()))
    result = generate(request, events.append, engine)
    assert result.path.exists()
    assert rungs(events) == ["caches"]


@pytest.mark.parametrize("name", ["read_png", "freedom_of"])
def test_pictures_that_are_changed_take_a_rung_too(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    request = make_request(captions=False)
    generate(request, engine=engine)
    owner: Any = run_folder if name == "read_png" else regeneration
    events: list[Event] = []
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), lambda: not rungs(events), MemoryError()))
    regenerate(RegenerateRequest(source=request.output, captions={1: "an owl"}), events.append, engine)
    assert rungs(events) == ["caches"]


def test_a_picture_that_is_described_again_takes_a_rung_and_names_what_can_be_chosen(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_request()
    generate(request, engine=engine)
    again = CaptionRequest(source=request.output, phase=2, patches=(1,), captioner=request.captioner, question="What?")
    events: list[Event] = []
    read = run_folder.read_png
    monkeypatch.setattr(run_folder, "read_png", failing(read, lambda: not rungs(events), MemoryError()))
    assert recaption(again, events.append, engine)
    assert rungs(events) == ["caches"]
    monkeypatch.setattr(run_folder, "read_png", failing(read, lambda: True, MemoryError()))
    with pytest.raises(OutOfMemory, match="or choose a smaller captioner"):
        recaption(again, events.append, engine)


def test_a_trunk_that_is_read_takes_a_rung_too(
    make_request: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_request(captions=False)
    generate(source, engine=engine)
    branch = replace(source, seed=8, trunk=Trunk(request=source, phases=1), output=tmp_path / "branch")
    run_folder.RunFolder(branch.output).adopt(run_folder.RunFolder(source.output), 2)
    events: list[Event] = []
    read = run_folder.read_png
    monkeypatch.setattr(run_folder, "read_png", failing(read, lambda: not rungs(events), MemoryError()))
    generate(branch, events.append, engine)
    assert rungs(events) == ["caches"]


@pytest.mark.parametrize("place", ["decode", "PNG"])
def test_patches_that_cannot_be_decoded_or_written_are_not_drawn_again(
    make_request: Make, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Memory runs out for good; the next time nothing is predicted, and every bit is that of patches drawn at once."""
    request = make_request(captions=False)
    generate(request, engine=engine)
    twin = Path(shutil.copytree(request.output, tmp_path / "twin"))
    again = RegenerateRequest(source=request.output, captions={1: "a green square"})
    expected = regenerate(replace(again, source=twin), engine=engine)
    backbone: Any = engine.backbone(request.model, "cpu", "float32", ignore_events)
    events: list[Event] = []
    with monkeypatch.context() as patched, short(backbone.vae.decoder, lambda _: place == "decode"):
        if place == "PNG":
            patched.setattr(run_folder, "write_png", failing(run_folder.write_png, lambda: True))
        with pytest.raises(OutOfMemory, match="same patches again: finished steps are kept"):
            regenerate(again, events.append, engine)
    assert rungs(events) == ["caches"]
    assert sum(event.evaluations for event in events if isinstance(event, ViewBatchDone)) == expected.evaluations > 0
    events.clear()
    with short(backbone.unet, lambda _: True):  # it would fail
        result = regenerate(again, events.append, engine)
    assert (result.evaluations, rungs(events)) == (0, [])
    assert result.record.evaluations == expected.record.evaluations
    assert np.array_equal(np.asarray(result.image), np.asarray(expected.image))
    one, other = (run_folder.RunFolder(folder).latest(2, 2).latents for folder in (request.output, twin))
    assert np.array_equal(one, other)
    assert not list(request.output.glob("*.steps"))


def turns(engine: Engine) -> tuple[Callable[[Event], None], list[str], list[Event]]:
    """A watcher of an engine's models, the names of those it loads, and events at which both are alive."""
    alive: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
    both: list[Event] = []
    loaded: list[str] = []

    def watch(event: Event) -> None:
        for backbone in engine._backbones.values():
            alive["model"] = backbone
        for captioner in engine._captioners.values():
            alive["captioner"] = captioner
        if isinstance(event, ModelLoading):
            loaded.append(event.name)
        elif len(alive) == 2:
            both.append(event)

    return watch, loaded, both


def test_models_that_do_not_fit_together_take_turns(make_request: Make, tmp_path: Path) -> None:
    """Never both in memory; the picture stays the same."""
    reference = make_request(output=tmp_path / "whole")
    generate(reference)
    engine = Engine(free=lambda _: 1000)
    request = make_request()
    watch, loaded, both = turns(engine)
    generate(request, watch, engine)
    assert engine.apart
    assert not both
    assert loaded == [request.model.name, "demo_captioner", request.model.name]
    assert np.array_equal(picture(request), picture(reference))
    loaded.clear()
    again = CaptionRequest(
        source=request.output, phase=2, patches=(0, 1), captioner=request.captioner, question="What colour is it?"
    )
    assert len(recaption(again, watch, engine)) == 2
    assert not both
    assert "demo_captioner" in loaded


def test_models_that_fit_stay_together(make_request: Make) -> None:
    engine = Engine(free=lambda _: 10**12)
    request = make_request()
    events: list[Event] = []
    generate(request, events.append, engine)
    assert not engine.apart
    assert sum(isinstance(event, ModelLoading) for event in events) == 2


@pytest.mark.parametrize("work", ["describe", "patches", "again"])
def test_a_captioner_that_lacks_memory_gets_that_of_the_diffusion_model(
    make_request: Make, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    engine = Engine(free=lambda _: 10**12)
    request = make_request()
    if work == "again":
        generate(request, engine=engine)
        (request.output / "captions.json").unlink()
    kept = weakref.ref(engine.backbone(request.model, "cpu", "float32", ignore_events))
    engine._captioners.clear()
    events: list[Event] = []
    monkeypatch.setattr(
        engine_module, "load_captioner", failing(engine_module.load_captioner, lambda: not rungs(events))
    )
    image = Image.new("RGB", (64, 64))
    match work:
        case "describe":
            assert describe_picture(image, request.captioner, on_event=events.append, engine=engine)
        case "patches":
            assert caption_image(image, 64, 0.5, request.captioner, "What is this?", events.append, engine)
        case "again":
            question = CaptionRequest(
                source=request.output, phase=2, patches=(1,), captioner=request.captioner, of_result=True
            )
            assert recaption(question, events.append, engine)
    assert rungs(events) == ["caches"]
    assert kept() is None


def test_a_captioner_that_would_not_fit_beside_the_model_takes_its_place(make_request: Make) -> None:
    """Without a failure first: on a processor the system may end a program that asks for too much."""
    engine, request = Engine(free=lambda _: 10**12), make_request()
    kept = weakref.ref(engine.backbone(request.model, "cpu", "float32", ignore_events))
    image = Image.new("RGB", (64, 64))
    assert describe_picture(image, request.captioner, engine=engine)
    assert kept() is not None
    engine._captioners.clear()
    engine.free = lambda _: inspect_captioner(request.captioner).parameters  # one byte each: too few for any precision
    assert describe_picture(image, request.captioner, engine=engine)
    assert kept() is None


@pytest.fixture
def own_backbone(model: Path) -> SDXLBackbone:
    return load_backbone(model, torch.device("cpu"), torch.float32)


def test_only_the_part_at_work_is_on_the_device(own_backbone: SDXLBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves goes before what comes. (The device is a name here: nothing is computed.)"""
    moves: list[tuple[str, str]] = []
    card = torch.device("cuda")
    monkeypatch.setattr(
        torch.nn.Module, "to", lambda module, place: moves.append((type(module).__name__, str(place))) or module
    )
    ladder.reside(own_backbone, "views", card)
    assert moves == [
        ("CLIPTextModel", "cpu"),
        ("CLIPTextModelWithProjection", "cpu"),
        ("AutoencoderKL", "cpu"),
        ("UNet2DConditionModel", "cuda"),
    ]
    moves.clear()
    ladder.reside(own_backbone, "tiles", card, controlnets=[torch.nn.Identity()])
    assert ("Identity", "cpu") in moves
    moves.clear()
    ladder.reside(own_backbone, "texts", card)
    assert [name for name, place in moves if place == "cuda"] == ["CLIPTextModel", "CLIPTextModelWithProjection"]
    assert [place for _, place in moves] == ["cpu", "cpu", "cuda", "cuda"]


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> torch.device:
    """A device to which weights are copied; what they become there stays with it. (They are on the processor.)"""

    def to(module: torch.nn.Module, place: object) -> torch.nn.Module:
        for weights in module.parameters() if place == device else ():
            weights.data = torch.zeros_like(weights)
        return module

    device = torch.device("cuda")
    monkeypatch.setattr(torch.nn.Module, "to", to)
    return device


@pytest.mark.parametrize("eight_bits", [False, True])
def test_weights_come_home_without_a_copy(model: Path, request: pytest.FixtureRequest, eight_bits: bool) -> None:
    backbone: Any = load_backbone(model, torch.device("cpu"), torch.float32, eight_bits=eight_bits)
    card = request.getfixturevalue("card")
    weights = [*backbone.unet.parameters(), *backbone.vae.parameters()]
    before = [(one.data_ptr(), one.dtype, one.double().sum().item()) for one in weights]
    with torch.inference_mode():
        ladder.reside(backbone, "views", card)
        assert not any(one.double().any() for one in backbone.unet.parameters())
        ladder.reside(backbone, "tiles", card)
        ladder.reside(backbone, "texts", card)
    assert [(one.data_ptr(), one.dtype, one.double().sum().item()) for one in weights] == before


def test_a_vae_that_became_another_one_stays_so(own_backbone: SDXLBackbone, card: torch.device) -> None:
    """It overflowed and computes in full precision from now on."""
    ladder.reside(own_backbone, "tiles", card)
    for weights in own_backbone.vae.parameters():
        weights.data = weights.data.double()
    ladder.reside(own_backbone, "views", card)
    assert {weights.dtype for weights in own_backbone.vae.parameters()} == {torch.float64}


def test_only_what_is_on_the_device_makes_room_there(make_request: Make) -> None:
    """A model whose parts take turns must not be taken for one that fits, the next time."""
    engine, request = Engine(free=lambda _: 1000), make_request()
    backbone: Any = engine.backbone(request.model, "cpu", "float32", ignore_events)
    whole = engine.place("cpu", "float32").free
    assert whole == 1000 + backbone.facts.parameters * 4
    backbone.unet.to("meta")
    assert engine.place("cpu", "float32").free == whole - backbone.facts.network_parameters * 4


def test_copies_at_home_go_with_their_model(card: torch.device) -> None:
    module = torch.nn.Linear(2, 2)
    ladder._send(module, card)
    kept = weakref.ref(next(iter(ladder._at_home[module])))
    del module
    gc.collect()
    assert kept() is None


@pytest.fixture
def small_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place in which only the part at work fits; it computes on the processor."""
    card = Place(name="card", free=1000, weight=4, network_weight=4, vae_weight=4, own_memory=True)
    monkeypatch.setattr(Engine, "place", lambda *_: card)


@pytest.mark.usefixtures("small_card")
@pytest.mark.parametrize("again", [False, True])
def test_the_word_filter_finds_its_encoders_on_the_device(
    make_request: Make, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """After the captioner has left, the model is loaded anew, and its parts are elsewhere at first."""
    engine, placed, asked, loaded = Engine(), [], [], []
    reside = ladder.reside

    def noted(backbone: Any, part: Any, *rest: Any) -> None:
        placed.append((id(backbone), part))
        reside(backbone, part, *rest)

    def drive(backbone: Any, request: GenerationRequest, captions: list[str]) -> list[str]:
        asked.append(placed[-1] == (id(backbone), "texts"))
        return prompts.drive(backbone, request, captions)

    monkeypatch.setattr(ladder, "reside", noted)
    monkeypatch.setattr(phase_captions, "drive", drive)
    request = make_request(word_filter=0.6)
    generate(request, lambda event: loaded.append(event.name) if isinstance(event, ModelLoading) else None, engine)
    assert loaded == [request.model.name, "demo_captioner", request.model.name]
    if again:
        recaption(
            CaptionRequest(source=request.output, phase=2, patches=(0,), captioner=request.captioner, question="What?"),
            engine=engine,
        )
    assert asked == [True] * (1 + again)


def test_a_captioner_that_is_too_large_gives_up_nothing_of_the_drawing(
    make_request: Make, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking the model apart would not help it, and slow down what follows."""
    events: list[Event] = []
    monkeypatch.setattr(ladder, "choose_device", lambda _: torch.device("cuda"))
    monkeypatch.setattr(engine_module.memory, "release", lambda _: None)
    monkeypatch.setattr(engine_module, "load_captioner", failing(engine_module.load_captioner, lambda: True))
    engine._captioners.clear()
    with pytest.raises(OutOfMemory):
        generate(make_request(), events.append, engine)
    assert rungs(events) == ["caches"]


@pytest.mark.parametrize("eight_bits", [False, True])
def test_a_streamed_model_predicts_the_same(model: Path, eight_bits: bool) -> None:
    own_backbone: Any = load_backbone(model, torch.device("cpu"), torch.float32, eight_bits=eight_bits)

    def predict() -> torch.Tensor:
        with torch.inference_mode():
            embeddings = own_backbone.encode_prompts(["a fox"])
            return own_backbone.predict(torch.ones(1, 4, 8, 8), 500.0, embeddings, torch.ones(1, 6))

    before = predict()
    for part in ("views", "tiles", "views"):
        ladder.reside(own_backbone, part, torch.device("cpu"), streamed=True)  # type: ignore[arg-type]
    assert all(weights.device.type == "meta" for weights in own_backbone.unet.parameters())
    assert torch.equal(predict(), before)


@pytest.mark.parametrize(
    "text",
    [
        FULL,
        "HIP error: hipErrorOutOfMemory",
        "MPS backend out of memory (MPS allocated: 8.00 GB)",
        "XPU out of memory. Tried to allocate 1 GiB",
        "level_zero backend failed with error: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)",
        "Native API failed. Native API returns: 40 (UR_RESULT_ERROR_OUT_OF_RESOURCES)",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes.",
        "Invalid buffer size: 20.00 GB",
        "MIOpen Error: miopenStatusAllocFailed",
        "MIOpen Error: /MIOpen/src/hip/handlehip.cpp:70: Memory not available to allocate buffer: 655360000",
        "rocblas_status_memory_error",
        "std::bad_alloc",
        "bad allocation",
        "The paging file is too small for this operation to complete. (os error 1455)",
        "[WinError 1455] The paging file is too small for this operation to complete",
        "unable to mmap 9 bytes from file <unet>: Cannot allocate memory (12)",
    ],
)
def test_a_full_memory_is_recognised_on_every_backend(text: str) -> None:
    assert is_full(RuntimeError(text))
    assert is_full(MemoryError())
    assert is_full(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert not is_full(RuntimeError("CUDA error: an illegal memory access was encountered"))


def test_little_memory_is_told_before_patches_are_drawn_or_described_again(make_request: Make, engine: Engine) -> None:
    request = make_request(view_batch_size=None)
    generate(request, engine=engine)
    events: list[Event] = []

    def told() -> list[str]:
        messages = [event.message for event in events if isinstance(event, Warned)]
        events.clear()
        return messages

    again = RegenerateRequest(source=request.output, captions={1: "an owl"}, num_inference_steps=2)
    regenerate(again, events.append, Engine(free=lambda _: 1000))
    assert told() == ["Little memory is free: 1 view at once, VAE tiles of 64 pixels."]
    described = CaptionRequest(source=request.output, phase=2, patches=(1,), captioner=request.captioner)
    for asked, words in (
        (described, ["Little memory is free: captioner and diffusion model take turns."]),
        (replace(described, of_result=True), []),  # the diffusion model has no say
    ):
        recaption(asked, events.append, Engine(free=lambda _: 1000))
        assert told() == words
    regenerate(again, events.append, engine)
    recaption(described, events.append, engine)
    assert told() == []


def test_little_memory_is_told_before_anything_runs(make_request: Make, engine: Engine, tmp_path: Path) -> None:
    """The view batch that nobody named follows it; the latents stay the same."""
    wish = {"captions": False, "view_batch_size": None, "upsampling": "latent"}
    reference = make_request(output=tmp_path / "whole", **wish)
    generate(reference, engine=engine)
    request = make_request(**wish)
    events: list[Event] = []
    short_engine = Engine(free=lambda _: 1000)
    unet = short_engine.backbone(request.model, "cpu", "float32", ignore_events).unet  # type: ignore[attr-defined]
    rows: list[int] = []
    unet.register_forward_pre_hook(lambda _, arguments: rows.append(len(arguments[0])))
    generate(request, events.append, short_engine)
    assert [event.message for event in events if isinstance(event, Warned)] == [
        "Little memory is free: 1 view at once, VAE tiles of 64 pixels."
    ]
    assert max(rows) == len(request.options.view_conditions())
    np.testing.assert_allclose(latents(request), latents(reference), atol=1e-4)
