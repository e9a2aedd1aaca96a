"""The command line: arguments to requests, events to output, errors to exit codes.

The pipeline is replaced by a few lines that answer as it does; ``tests/e2e/test_command_line.py`` runs the real one.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from hiprompt_core import errors, progress
from hiprompt_core.cli import main
from hiprompt_core.events import (
    CaptionerWorking,
    FileAdvanced,
    ModelLoading,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    TileDone,
    ViewBatchDone,
    Warned,
)
from hiprompt_core.fitting import fitting_options
from hiprompt_core.geometry import Box, Patch, Size
from hiprompt_core.metadata import PhaseRecord, read_png, write_png
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.option_text import changed_options, parse_bool
from hiprompt_core.options import PRESETS, Options
from hiprompt_core.progress import Bars
from hiprompt_core.published_cli import translate
from hiprompt_core.questions import QUESTIONS
from hiprompt_core.rates import Rate, Rates
from hiprompt_core.request import NO_ADDITIONS, Additions, ControlNet, GenerationRequest, RegenerateRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_core.styles import STYLES
from tests.core.guide_models import make_controlnet, save_upscaler, write
from tests.core.library.trees import write_weights
from tests.run_folders import make_run

Output = pytest.CaptureFixture[str]
WINDOW = Patch(0, 0, 0, Box(0, 0, 64, 64), Box(0, 0, 64, 64))


def all_events(path: Path) -> list[Any]:
    """Each kind once, in the order of a run."""
    return [
        ModelLoading(name="demo_model"),
        PhaseStarted(phase=1, phases=2, size=Size(64, 64), patches=(WINDOW,), steps=2, evaluations=8),
        CaptionerWorking(phase=1),
        CaptionerWorking(phase=1),
        PatchCaptioned(phase=1, patch=0, caption="a red\x1bfox", done=1, patches=1),
        ViewBatchDone(phase=1, step=1, done=1, views=2, evaluations=3),
        StepDone(phase=1, step=1, steps=2),
        TileDone(phase=1, work="decode", done=1, tiles=1),
        Warned(message="be warned"),
        PhaseFinished(
            phase=1,
            phases=2,
            size=Size(64, 64),
            patches=(WINDOW,),
            captions=("a red fox",),
            image=Image.new("RGB", (64, 64)),
            path=path,
            evaluations=8,
        ),
    ]


class Pipeline:
    """Stands for the modules that need torch: remembers requests, answers or fails as it is told."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.work: Callable[[Any, Callable[[Any], None]], None] = lambda request, on_event: None

    Engine = SimpleNamespace

    def generate(self, request: Any, on_event: Any, engine: Any) -> Any:
        self.requests.append(request)
        self.work(request, on_event)
        return SimpleNamespace(path=Path("/results/final.png"), evaluations=42)

    regenerate = generate

    def describe_picture(self, image: Image.Image, *arguments: Any) -> str:
        self.requests.append(image.size)
        return "a red fox"

    def caption_image(self, image: Image.Image, *arguments: Any) -> list[tuple[Patch, str]]:
        *wishes, on_event, _ = arguments
        self.requests.append((image.size, *wishes))
        self.work(None, on_event)
        return [(WINDOW, "a red fox")]


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    fake = Pipeline()
    for module in ("pipeline", "regeneration", "describe", "engine"):
        monkeypatch.setitem(sys.modules, f"hiprompt_core.{module}", fake)
    return fake


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a folder of its own, and leaves warning filters and environment as they were."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def raising(error: BaseException) -> Callable[..., None]:
    def work(*_: object) -> None:
        raise error

    return work


# Requests.


def test_files_that_change_the_model(pipeline: Pipeline, folder: Path) -> None:
    flags = ["--lora", "fox.safetensors:0.5", "--lora", "C:/ink.safetensors", "--vae", "vae.safetensors"]
    words = ["--embedding", "easyneg.safetensors", "--embedding", "my-cat=cat.safetensors"]
    assert main(["generate", "a red fox", *flags, *words]) == 0
    (request,) = pipeline.requests
    assert request.additions == Additions(
        loras={folder / "fox.safetensors": 0.5, folder / "C:/ink.safetensors": 1.0},
        embeddings={"easyneg": folder / "easyneg.safetensors", "my-cat": folder / "cat.safetensors"},
        vae=folder / "vae.safetensors",
    )
    assert main(["generate", "a red fox", "--lora", "fox.safetensors:90"]) == 2


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--lora fox.safetensors:-1 --lora ./fox.safetensors:0.5", "fox.safetensors is given twice."),
        ("--embedding cat=a.safetensors --embedding cat=b.safetensors", "Error: cat is given twice."),
    ],
)
def test_what_is_given_twice_is_refused(
    pipeline: Pipeline, folder: Path, capsys: Output, flags: str, told: str
) -> None:
    assert main(["generate", "a red fox", *flags.split()]) == 2
    assert told in capsys.readouterr().err
    assert not pipeline.requests


def test_files_that_serve_the_guide(pipeline: Pipeline, folder: Path, capsys: Output) -> None:
    flags = ["--controlnet", "tile.safetensors:0.5", "--controlnet-end", "0.6"]
    assert main(["generate", "a red fox", *flags, "--upscaler", str(demo_captioner())]) == 0
    assert main(["generate", "a red fox", "--controlnet", "tile.safetensors"]) == 0
    both, one = pipeline.requests
    assert both.controlnet == ControlNet(path=folder / "tile.safetensors", weight=0.5, end=0.6)
    assert both.upscaler == demo_captioner()
    assert (one.controlnet, one.upscaler) == (ControlNet(path=folder / "tile.safetensors"), None)
    assert main(["generate", "a red fox", "--controlnet", "tile.safetensors:3"]) == 2
    assert main(["plan", "--upscaler", str(demo_captioner())]) == 3
    assert "not an upscaler that can be used" in capsys.readouterr().err


def test_plan_counts_tokens_with_the_users_own_words(folder: Path, capsys: Output) -> None:
    write_weights(folder / "mystyle.safetensors", {"clip_l": (8, 768), "clip_g": (8, 1280)})
    flags = ["--embedding", "mystyle=mystyle.safetensors"]
    assert main(["plan", "a fox in mystyle", *flags]) == 0
    assert "\ntokens: 11 of 75, 1 part\n" in capsys.readouterr().out
    assert main(["plan", "a fox " * 50, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == {"count": 100, "limit": 75, "parts": 2}
    assert main(["plan", "a fox " * 50]) == 0
    assert "\ntokens: 100 of 150, 2 parts\n" in capsys.readouterr().out


def test_plan_tells_what_serves_the_guide(folder: Path, model: Path, backbone: Any, capsys: Output) -> None:
    write(folder / "tile.safetensors", make_controlnet(backbone.unet))
    save_upscaler(folder / "swin")
    flags = ["plan", "--model", str(model), "--upscaler", "swin", "--controlnet", "tile.safetensors"]
    assert main([*flags, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    counts = [phase["controlnet_evaluations"] for phase in plan["phases"]]
    assert counts == [0, *(phase["evaluations"] for phase in plan["phases"][1:])]
    assert plan["units"] == pytest.approx((plan["evaluations"] + 0.45 * plan["controlnet_evaluations"]) / 100)
    assert main(flags) == 0
    said = capsys.readouterr().out
    assert f"controlnet: {folder / 'tile.safetensors'}\nupscaler: {folder / 'swin'}\n" in said
    assert f"UNet evaluations and {sum(counts)} of the ControlNet" in said


def test_a_few_step_model_gets_fitting_options_unless_told_otherwise(pipeline: Pipeline, folder: Path) -> None:
    model = folder / "demo-lightning-8step"
    shutil.copytree(demo_model(), model)
    assert main(["generate", "a fox", "--model", str(model)]) == 0
    assert main(["generate", "a fox", "--model", str(model), "--steps", "6", "--set", "guidance_scale=2"]) == 0
    first, second = (request.options for request in pipeline.requests)
    assert (first.num_inference_steps, first.guidance_scale, first.scheduler) == (8, 1.0, "euler_trailing")
    assert (second.num_inference_steps, second.guidance_scale, second.scheduler) == (6, 2.0, "euler_trailing")


def test_generate_means_the_demo_models_at_four_times_their_size(pipeline: Pipeline, folder: Path) -> None:
    assert main(["generate", "a red fox"]) == 0
    (request,) = pipeline.requests
    native = request.size.width // 4
    assert request == GenerationRequest(
        prompt="a red fox",
        size=Size(4 * native, 4 * native),
        options=fitting("balanced"),
        model=demo_model(),
        captioner=demo_captioner(),
        output=folder / "outputs" / f"a-red-fox-3407-{request.digest()[:8]}",
    )


def fitting(preset: str) -> Options:
    """As it suits the demo model."""
    return fitting_options(PRESETS[preset], inspect_model(demo_model()), NO_ADDITIONS)


def test_every_flag_reaches_the_request(pipeline: Pipeline, folder: Path) -> None:
    Image.new("RGB", (8, 8)).save(folder / "base.png")
    command = (
        "generate 'Été: 狐!' --width 512 --height 256 --preset fast --seed 5 --steps 7 --negative-prompt= "
        "--out results "
        "--question what? --captioner-precision 4bit "
        "--base-image base.png --device cpu --precision float32 --set strength=0.5 --set jitter=no"
    )
    assert main(shlex.split(command)) == 0
    (request,) = pipeline.requests
    assert request.size == Size(height=256, width=512)
    assert request.options == replace(fitting("fast"), num_inference_steps=7, strength=0.5, jitter=False)
    assert (request.seed, request.negative_prompt, request.question) == (5, "", "what?")
    assert (request.device, request.precision, request.base_image) == ("cpu", "float32", folder / "base.png")
    assert request.captioner_precision == "4bit"
    assert request.output.parent == folder / "results"
    assert request.output.name.startswith("ete-5-")


def test_styles_and_choices_are_in_the_prompt_before_the_request(
    pipeline: Pipeline, folder: Path, capsys: Output
) -> None:
    (folder / "cards").mkdir()
    (folder / "cards/animal.txt").write_text("fox\n# owl\n")
    (folder / "own.json").write_text('{"mine": {"prompt": "{prompt}, {dark|dark} wood", "negative_prompt": "light"}}')
    flags = "--style MINE --style woodcut --styles own.json --wildcards cards --negative-prompt ugly"
    assert main(["generate", "a __animal__", *shlex.split(flags)]) == 0
    (request,) = pipeline.requests
    assert request.prompt.startswith("a fox, dark wood, woodcut print, ")
    assert request.negative_prompt.startswith("ugly, light, ")
    assert f"Prompt: {request.prompt}" in capsys.readouterr().out
    assert main(["plan", "a __animal__", *shlex.split(flags)]) == 0
    assert f"prompt: {request.prompt}\n" in capsys.readouterr().out
    assert main(["generate", "a __animals__", *shlex.split(flags)]) == 2
    assert "There is __animal__." in capsys.readouterr().err


def own(folder: Path, width: int = 150, height: int = 101) -> str:
    Image.new("RGB", (width, height), "teal").save(folder / "own.png")
    return str(folder / "own.png")


@pytest.mark.parametrize(
    ("flags", "size"),
    [
        ("", Size(202, 300)),
        ("--scale 1.5", Size(152, 225)),
        ("--width 1000", Size(673, 1000)),
        ("--height 505", Size(505, 750)),
        ("--width 300 --height 300", Size(300, 300)),
    ],
)
def test_upscale_begins_at_the_pictures_own_size(pipeline: Pipeline, folder: Path, flags: str, size: Size) -> None:
    assert main(["upscale", own(folder), "a fox", *flags.split(), "--strength", "0.2", "--preset", "fast"]) == 0
    (request,) = pipeline.requests
    assert (request.prompt, request.size) == ("a fox", size)
    assert (request.base_image, request.base_size) == (folder / "own.png", Size(101, 150))
    assert request.options == replace(fitting("fast"), strength=0.2)


@pytest.mark.parametrize(
    ("own_size", "size"), [((1000, 30), Size(64, 2133)), ((8, 8), Size(64, 64)), ((20000, 100), Size(164, 32768))]
)
def test_thin_tiny_and_long_pictures_are_upscaled_as_in_the_window(
    pipeline: Pipeline, folder: Path, own_size: tuple[int, int], size: Size
) -> None:
    assert main(["upscale", own(folder, *own_size), "a fox"]) == 0
    assert pipeline.requests[0].size == size


@pytest.mark.parametrize(
    ("own_size", "flags", "told"),
    [
        ((1000, 30), "--scale 2", "would be 2000x60, and sides go from 64 to 32768 pixels. Use --scale 2.14 or more."),
        ((1000, 30), "--width 500", "would be 500x15, and sides go from 64 to 32768 pixels. Use --scale 2.14 or more."),
        ((1000, 100), "--scale 40", "would be 40000x4000, and sides go from 64 to 32768 pixels. Use --scale 32.76 or"),
        ((20000, 10), "--scale 2", "would be 40000x20, and sides go from 64 to 32768 pixels. Give both --width and"),
    ],
)
def test_a_result_that_cannot_be_is_told_with_what_can(
    pipeline: Pipeline, folder: Path, capsys: Output, own_size: tuple[int, int], flags: str, told: str
) -> None:
    assert main(["upscale", own(folder, *own_size), "a fox", *flags.split()]) == 2
    assert told in capsys.readouterr().err
    for scale in ("2.14", "32.76"):
        assert main(["upscale", own(folder, 1000, 30), "a fox", "--scale", scale]) == 0


def test_without_a_prompt_the_captioner_says_what_a_picture_shows(
    pipeline: Pipeline, folder: Path, capsys: Output
) -> None:
    assert main(["upscale", own(folder)]) == 0
    seen, request = pipeline.requests
    assert (seen, request.prompt) == ((150, 101), "a red fox")
    assert "Prompt: a red fox" in capsys.readouterr().out


def test_a_prompt_may_stand_behind_flags(pipeline: Pipeline, folder: Path, capsys: Output) -> None:
    assert main(["upscale", own(folder), "--scale", "4", "a fox"]) == 0
    assert main(["upscale", "--scale", "4", own(folder), "--preset", "fast", "a fox", "--seed", "5"]) == 0
    assert [(request.prompt, request.size) for request in pipeline.requests] == 2 * [("a fox", Size(404, 600))]
    for words in (["a fox", "--seed", "5", "an owl"], ["--seed", "5", "a fox", "an owl"], ["--sed", "5"]):
        with pytest.raises(SystemExit):
            main(["upscale", own(folder), *words])
    assert "unrecognized arguments: --sed" in capsys.readouterr().err


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_prompt_is_none(pipeline: Pipeline, folder: Path, capsys: Output, blank: str) -> None:
    assert main(["upscale", own(folder), blank, "--captioner", "none"]) == 2
    assert "There is no prompt, and no captioner to write one." in capsys.readouterr().err
    assert main(["upscale", own(folder), blank]) == 0
    assert pipeline.requests[-1].prompt == "a red fox"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--steps 7", "--steps does nothing: the picture takes the place of the first phase."),
        ("--controlnet-end 0.5", "--controlnet-end does nothing without --controlnet."),
        ("--captioner none --question what?", "--question does nothing: no captioner"),
        ("--captioner none --captioner-precision 4bit", "--captioner-precision does nothing: no captioner"),
        ("--set upsampling=latent --upscaler swin", "--set upsampling does nothing beside --upscaler"),
    ],
)
def test_flags_that_do_nothing_are_told(
    pipeline: Pipeline, folder: Path, capsys: Output, flags: str, told: str
) -> None:
    save_upscaler(folder / "swin")
    for command in (["upscale", own(folder), "a fox"], ["generate", "a fox", "--base-image", own(folder)]):
        assert main([*command, *flags.split()]) == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]
        assert line.startswith(f"Note: {told}")
    plan = ["plan", "--base-image", own(folder), *flags.split()]
    assert main(plan) == 0
    assert f"Note: {told}" in capsys.readouterr().out
    assert main([*plan, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["notes"][0].startswith(told)


def test_flags_that_do_something_are_no_word_worth(pipeline: Pipeline, folder: Path, capsys: Output) -> None:
    flags = "--steps 7 --question what? --captioner-precision 4bit --controlnet c.safetensors --controlnet-end 0.5"
    assert main(["generate", "a fox", *flags.split(), "--set", "upsampling=latent"]) == 0
    assert main(["upscale", own(folder), "a fox"]) == 0
    assert "Note: " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--scale 2 --width 300", "one or the other"),
        ("--scale 0", "--scale is 0"),
        ("--scale nan", "--scale is nan"),
        ("--scale 0.1", "sides go from 64"),
        ("--captioner none", "no captioner"),
        ("--strength 2", "strength is 2"),
    ],
)
def test_upscale_says_what_is_wrong_before_any_work(
    pipeline: Pipeline, folder: Path, capsys: Output, flags: str, told: str
) -> None:
    assert main(["upscale", own(folder), *flags.split()]) == 2
    assert told in capsys.readouterr().err
    assert not pipeline.requests
    assert main(["upscale", str(folder / "none.png")]) == 2


@pytest.mark.parametrize(
    ("width", "height", "flags", "told"),
    [
        (30, 20, "--width 90", "The result would be 90x60, and sides go from 64 to 32768 pixels. Use --scale 3.2 or"),
        (600, 1, "--scale 2", "The result would be 1200x2, and sides go from 64 to 32768 pixels. Give both --width"),
    ],
)
def test_upscale_says_how_much_a_thin_picture_must_grow(
    pipeline: Pipeline, folder: Path, capsys: Output, width: int, height: int, flags: str, told: str
) -> None:
    assert main(["upscale", own(folder, width, height), "a fox", *flags.split()]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert not pipeline.requests
    if scale := re.search(r"--scale ([\d.]+)", said):
        assert main(["upscale", own(folder, width, height), "a fox", "--scale", scale[1]]) == 0


def test_styles_are_listed(folder: Path, capsys: Output) -> None:
    (folder / "own.json").write_text('{"mine": {"prompt": "{prompt}, wood"}}')
    assert main(["styles", "--styles", "own.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(STYLES) + 1
    assert lines[-1] == "mine: {prompt}, wood"
    assert main(["styles", "--json"]) == 0
    assert [style["name"] for style in json.loads(capsys.readouterr().out)] == [style.name for style in STYLES]


def test_the_same_command_finds_its_folder_again_and_another_does_not(pipeline: Pipeline) -> None:
    for extra in ([], [], ["--seed=1"], ["--set=beta=0.5"]):
        main(["generate", "a fox", *extra])
    first, again, *others = [request.output for request in pipeline.requests]
    assert first == again
    assert len({first, *others}) == 3


@pytest.mark.parametrize("prompt", ["狐狸", "../../etc", "a" * 5000, "nul\tcon\n"])
def test_any_prompt_makes_a_folder_name(pipeline: Pipeline, folder: Path, prompt: str) -> None:
    assert main(["generate", prompt]) == 0
    output = pipeline.requests[0].output
    assert output.parent == folder / "outputs"
    assert len(output.name) < 80
    output.mkdir(parents=True)


def test_questions_have_names(pipeline: Pipeline, folder: Path) -> None:
    assert main(["generate", "a fox", "--question", "objects"]) == 0
    Image.new("L", (200, 100)).save(folder / "a.jpg")
    assert main(["caption", "a.jpg", "--question", "objects"]) == 0
    assert pipeline.requests[0].question == pipeline.requests[1][4] == QUESTIONS["objects"].text


def test_attention_stands_in_place_of_a_captioner(pipeline: Pipeline, capsys: Output) -> None:
    assert main(["generate", "a fox", "--captioner", "attention"]) == 0
    request = pipeline.requests[0]
    assert (request.captioner, request.caption_source, request.options.captions) == (None, "attention", True)
    assert main(["generate", "a fox", "--captioner", "attention", "--preset", "demofusion"]) == 0
    assert pipeline.requests[1].caption_source == "captioner"
    capsys.readouterr()
    assert main(["plan", "--captioner", "attention"]) == 0
    assert " 0 captions" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [["--captioner", "none"], ["--preset", "demofusion"], ["--set", "captions=false"]])
def test_without_captions_there_is_no_captioner(pipeline: Pipeline, flags: list[str]) -> None:
    assert main(["generate", "a fox", *flags]) == 0
    assert pipeline.requests[0].captioner is None
    assert not pipeline.requests[0].options.captions


def test_native_stops_after_the_first_phase(pipeline: Pipeline) -> None:
    main(["generate", "a fox"])
    main(["generate", "a fox", "--native"])
    large, small = (request.size for request in pipeline.requests)
    assert small.times(4) == large


def test_a_text_file_holds_a_prompt_a_line(pipeline: Pipeline, folder: Path, capsys: Output) -> None:
    (folder / "prompts.txt").write_text("\ufeffa fox\n\n  an owl \r\n", encoding="utf-8")
    assert main(["generate", "prompts.txt"]) == 0
    assert [request.prompt for request in pipeline.requests] == ["a fox", "an owl"]
    assert len({request.output for request in pipeline.requests}) == 2
    assert "Prompt 2 of 2: an owl" in capsys.readouterr().out


def test_a_failing_line_does_not_stop_the_rest(pipeline: Pipeline, folder: Path, capsys: Output) -> None:
    def work(request: GenerationRequest, on_event: object) -> None:
        if request.prompt == "a fox":
            raise errors.NumericalError("Not a number.", "Try float32.")

    pipeline.work = work
    (folder / "prompts.txt").write_bytes(b"ze\0ro\na fox\nan owl\n")
    assert main(["generate", "prompts.txt"]) == 2  # that of the first failure
    assert [request.prompt for request in pipeline.requests] == ["a fox", "an owl"]
    output = capsys.readouterr()
    assert "zero character" in output.err
    assert "Not a number. Try float32." in output.err
    assert "final.png" in output.out


@pytest.mark.parametrize("content", [None, b"", b"\n \n", b"\xff\xfe\xff"])
def test_a_useless_text_file_is_refused(
    pipeline: Pipeline, folder: Path, capsys: Output, content: bytes | None
) -> None:
    if content is not None:
        (folder / "prompts.txt").write_bytes(content)
    assert main(["generate", "prompts.txt"]) == 2
    assert "prompts.txt" in capsys.readouterr().err
    assert not pipeline.requests


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--width", "0"], 2, "size"),
        (["--seed", "-1"], 2, "seed"),
        (["--steps", "0"], 2, "num_inference_steps"),
        (["--set", "strenght=1"], 2, "Did you mean strength"),
        (["--set", "strength"], 2, "NAME=VALUE"),
        (["--set", "strength=much"], 2, "a number"),
        (["--set", "scheduler=magic"], 2, "euler or ddim"),
        (["--base-image", "none.png"], 2, "no picture"),
        (["--model", "nowhere"], 3, "nothing at"),
    ],
)
def test_what_makes_no_sense_is_refused(
    pipeline: Pipeline, capsys: Output, flags: list[str], code: int, words: str
) -> None:
    assert main(["generate", "a fox", *flags]) == code
    assert words in capsys.readouterr().err
    assert not pipeline.requests


@pytest.mark.parametrize(
    "command",
    ["", "paint x", "generate", "generate x --widht 3", "generate x --width wide", "regenerate r --caption c"],
)
def test_wrong_usage_ends_with_2(command: str, capsys: Output) -> None:
    with pytest.raises(SystemExit) as caught:
        main(shlex.split(command))
    assert caught.value.code == 2
    assert "usage: hiprompt" in capsys.readouterr().err


def test_options_from_text() -> None:
    options = changed_options(Options(), ["skip-residual=3", "word_filter=none", "vae_tile_size=512", "captions=OFF"])
    assert options == Options(skip_residual=3.0, word_filter=None, vae_tile_size=512, captions=False)
    with pytest.raises(errors.InvalidRequest, match="whole number"):
        changed_options(Options(), ["num_inference_steps=none"])


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("1", True), ("no", False)])
def test_truth_in_words(text: str, value: bool) -> None:
    assert parse_bool(text) is value


# The published command line.

PUBLISHED = (
    '--validation_prompt "a corgi" --logging_dir out --height 4096 --width 4096 --llava true --scale true '
    "--cosine_scale_3 0.8 --nd true --reduction sum --view_args 1.0 1.0 --views_type low_pass high_pass "
    "--guidance_scale_fact 10 --beta 0.95"
)


@pytest.mark.parametrize("start", ["", "generate "])
def test_the_published_command_is_the_paper_preset(pipeline: Pipeline, folder: Path, start: str) -> None:
    assert main(shlex.split(start + PUBLISHED)) == 0
    (request,) = pipeline.requests
    assert request.options == PRESETS["paper"]
    assert (request.prompt, request.size) == ("a corgi", Size(4096, 4096))
    assert request.output.parent == folder / "out"
    assert request.captioner == demo_captioner()


def published(pipeline: Pipeline, flags: str) -> GenerationRequest:
    assert main(["--validation_prompt", "-a corgi", *shlex.split(flags)]) == 0
    request = pipeline.requests[-1]
    assert request.prompt == "-a corgi"
    return request


@pytest.mark.parametrize(
    ("flags", "changes"),
    [
        ("--llava false", {"captions": False}),
        ("--share False", {"captions": False}),
        ("--nd false", {"decompose": False}),
        ("--reduction mean", {"reduction": "mean"}),
        ("--view_args 2.0 2.0", {"blur_sigma": 2.0}),
        ("--view_args 2", {"blur_sigma": 2.0}),
        ("--guidance_scale_fact 12", {"guidance_scale_low": 12.0, "guidance_scale_high": 12.0}),
        ("--guidance_scale 5", {"guidance_scale": 5.0}),
        ("--beta 1", {"beta": 1.0}),
        ("--cosine_scale_1 2 --cosine_scale_2 0.5", {"skip_residual": 2.0, "dilated_sampling": 0.5}),
        ("--cosine_scale_3 1 --sigma 0.6", {"gaussian_exponent": 1.0, "gaussian_sigma": 0.6}),
        ("--stride 64", {"overlap": 0.5}),
        ("--stride 96 --view_batch_size 4", {"overlap": 0.25, "view_batch_size": 4}),
        ("--num_inference_steps 20", {"num_inference_steps": 20, "upscale_num_inference_steps": 20}),
        ("--ngram false", {"word_filter": None}),
        ("--ngram true", {}),
        ("--scale=true --seed=9", {}),
    ],
)
def test_published_flags_change_one_thing_each(pipeline: Pipeline, flags: str, changes: dict[str, Any]) -> None:
    assert published(pipeline, flags).options == replace(PRESETS["paper"], **changes)


def test_published_flags_that_are_no_options(pipeline: Pipeline, folder: Path) -> None:
    Image.new("RGB", (8, 8)).save(folder / "low.png")
    model = f"--model_ckpt {demo_model()} --llava {demo_captioner()}"
    request = published(pipeline, f"--seed 9 --negative_prompt '-, ugly' --image_lr low.png {model}")
    assert (request.seed, request.negative_prompt, request.base_image) == (9, "-, ugly", folder / "low.png")
    assert (request.model, request.captioner) == (demo_model(), demo_captioner())
    whole, native = published(pipeline, "").size, published(pipeline, "--scale false").size
    assert native.times(4) == whole


def test_a_published_text_file_is_a_list_of_prompts(pipeline: Pipeline, folder: Path) -> None:
    (folder / "generate.txt").write_text("a fox\nan owl\n")
    assert main(["--validation_prompt", "generate.txt"]) == 0
    assert len(pipeline.requests) == 2


def test_a_prompt_may_be_a_command_word() -> None:
    assert translate(["generate", "--validation_prompt", "generate"])[-2:] == ["--", "generate"]


@pytest.mark.parametrize(
    "flags",
    ["--view_args 1 2", "--views_type high_pass low_pass", "--views_type low_pass", "--stride 0", "--stride 4"],
)
def test_published_flags_without_a_meaning_here_are_refused(pipeline: Pipeline, capsys: Output, flags: str) -> None:
    assert main(["--validation_prompt", "x", *flags.split()]) == 2
    assert capsys.readouterr().err.startswith("Error: ")
    assert not pipeline.requests


@pytest.mark.parametrize("flags", ["--nd maybe", "--scale", "--beta x", "--unheard of"])
def test_wrong_published_usage_ends_with_2(flags: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--validation_prompt", "x", *flags.split()])
    assert caught.value.code == 2


# Output.


def emitting(path: Path) -> Callable[..., None]:
    def work(_: object, on_event: Callable[[Any], None]) -> None:
        for event in all_events(path):
            on_event(event)

    return work


def test_a_pipe_gets_plain_lines(pipeline: Pipeline, capsys: Output) -> None:
    pipeline.work = emitting(Path("/results/phase-1.png"))
    assert main(["generate", "a fox"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Loading demo_model",
        "Phase 1 of 2: 64x64, patches 0 to 0, 2 steps",
        "  describing the patches",
        "  patch 0: a red fox",
        "  step 1 of 2",
        "Note: be warned",
        "Phase 1 of 2 is finished: /results/phase-1.png",
        "/results/final.png",
    ]


def test_programs_get_json(pipeline: Pipeline, capsys: Output) -> None:
    pipeline.work = emitting(Path("/results/phase-1.png"))
    assert main(["generate", "a fox", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == [
        *(type(event).__name__ for event in all_events(Path())),
        "Finished",
    ]
    assert lines[1]["size"] == [64, 64]
    assert lines[1]["patches"][0]["window"] == [0, 0, 64, 64]
    assert lines[-2]["path"] == "/results/phase-1.png"
    assert "image" not in lines[-2]
    assert lines[-1] == {"event": "Finished", "message": "/results/final.png"} | {
        "path": "/results/final.png",
        "evaluations": 42,
    }


def test_a_terminal_gets_bars(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_DRAWINGS", 0)
    bars = Bars()
    for event in all_events(Path("/results/phase-1.png")):
        bars(event)
    bars.close()
    bars.close()
    output = capsys.readouterr()
    for words in (
        "Phase 1 of 2, 64x64",
        "Describing the patches, 2 words",
        "Caption 1 of 1",
        "Step 1 of 2",
        "Decode tile 1 of 1",
    ):
        assert words in output.err
    assert output.out.splitlines() == [
        "Loading demo_model",
        "  patch 0: a red fox",
        "Note: be warned",
        "Phase 1 of 2 is finished: /results/phase-1.png",
    ]


# Errors.


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.InvalidRequest, 2),
        (errors.ModelNotFound, 3),
        (errors.ModelCorrupt, 3),
        (errors.UnsafeModel, 3),
        (errors.ModelUnsupported, 3),
        (errors.OutputError, 4),
        (errors.DiskFull, 4),
        (errors.ResultCorrupt, 4),
        (errors.OutOfMemory, 5),
        (errors.CaptionFailed, 6),
        (errors.NumericalError, 7),
        (errors.HiPromptError, 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    pipeline: Pipeline, capsys: Output, kind: type[errors.HiPromptError], code: int
) -> None:
    pipeline.work = raising(kind("It broke.", "Mend it."))
    assert main(["generate", "a fox", "--json"]) == code
    output = capsys.readouterr()
    assert output.err == "Error: It broke. Mend it.\n"
    assert json.loads(output.out) == {
        "event": "Failed",
        "error": kind.__name__,
        "problem": "It broke.",
        "remedy": "Mend it.",
        "exit_code": code,
    }


def test_running_out_of_memory_anywhere_is_said(pipeline: Pipeline, capsys: Output) -> None:
    pipeline.work = raising(MemoryError())
    assert main(["generate", "a fox"]) == 5
    assert "memory" in capsys.readouterr().err


def test_an_unexpected_error_is_one_line_and_a_log(
    pipeline: Pipeline, folder: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_log_dir", lambda *_, **__: str(folder))
    pipeline.work = raising(KeyError("lost\nkey"))
    assert main(["generate", "a fox"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: Unexpected KeyError")
    assert str(folder / "hiprompt.log") in line
    assert "Traceback" in (folder / "hiprompt.log").read_text()


def test_an_unexpected_error_on_a_full_disk(
    pipeline: Pipeline, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr("platformdirs.user_log_dir", raising_call(full))
    pipeline.work = raising(RuntimeError(""))
    assert main(["generate", "a fox"]) == 1
    assert "No log could be written" in capsys.readouterr().err


def raising_call(error: BaseException) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


# Cancelling.


def test_ctrl_c_cancels_at_the_next_event(pipeline: Pipeline, capsys: Output) -> None:
    def work(request: GenerationRequest, on_event: Callable[[Any], None]) -> None:
        RunFolder(request.output).prepare(request)
        write_png(request.output / "phase-1-64x64.png", Image.new("RGB", (64, 64)), make_record(request))
        os.kill(os.getpid(), signal.SIGINT)
        on_event(StepDone(phase=2, step=1, steps=2))
        pytest.fail("work went on after Ctrl+C")

    pipeline.work = work
    before = signal.getsignal(signal.SIGINT)
    assert main(["generate", "a fox"]) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert "1 finished phase is kept in" in capsys.readouterr().out


def make_record(request: GenerationRequest) -> PhaseRecord:
    return PhaseRecord(
        request=request,
        phase=1,
        phases=2,
        size=Size(64, 64),
        patches=(),
        captions=(),
        model_name="m",
        model_hash="ab" * 32,
        captioner_name="",
        captioner_hash="",
        evaluations=60,
    )


def test_a_second_ctrl_c_stops_at_once(pipeline: Pipeline, capsys: Output) -> None:
    def work(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("work went on after the second Ctrl+C")

    pipeline.work = work
    assert main(["generate", "a fox"]) == 130
    assert "Nothing was finished yet" in capsys.readouterr().out


def test_cancelling_ends_a_list_of_prompts(pipeline: Pipeline, folder: Path) -> None:
    (folder / "prompts.txt").write_text("a fox\nan owl\n")
    pipeline.work = raising(errors.Cancelled())
    assert main(["generate", "prompts.txt"]) == 130
    assert len(pipeline.requests) == 1


# The other commands.


@pytest.fixture
def result(folder: Path) -> Path:
    """A finished first phase."""
    request = GenerationRequest(
        prompt="a fox", size=Size(64, 64), model=demo_model(), captioner=demo_captioner(), output=folder / "fox"
    )
    RunFolder(request.output).prepare(request)
    write_png(request.output / "phase-1-64x64.png", Image.new("RGB", (64, 64)), make_record(request))
    return request.output


def test_regenerate(pipeline: Pipeline, result: Path, capsys: Output) -> None:
    command = "regenerate fox --patch 3 --caption 'an owl' --patch 0 --strength 0.4 --seed 8 --steps 9 --phase 2"
    assert main(shlex.split(command)) == 0
    assert pipeline.requests == [
        RegenerateRequest(
            source=result, phase=2, captions={3: "an owl", 0: ""}, strength=0.4, seed=8, num_inference_steps=9
        )
    ]
    assert capsys.readouterr().out == "/results/final.png\n"


def test_cancelled_patches_go_on(pipeline: Pipeline, result: Path, capsys: Output) -> None:
    pipeline.work = raising(errors.Cancelled())
    assert main(["regenerate", "fox", "--patch", "0"]) == 130
    assert f"Finished steps are kept in {result}; the same command" in capsys.readouterr().out


def test_regenerate_takes_phase_and_version_from_the_picture(pipeline: Pipeline, result: Path) -> None:
    assert main(["regenerate", "fox/phase-1-64x64.png", "--patch", "0"]) == 0
    assert main(["regenerate", "fox/phase-1-64x64.png", "--phase", "2", "--patch", "0"]) == 0
    assert main(["regenerate", "fox/request.json", "--patch", "0"]) == 0
    asked = [(request.source, request.phase, request.version) for request in pipeline.requests]
    assert asked == [(result, 1, 1), (result, 2, None), (result, None, None)]


@pytest.mark.parametrize(("arguments", "code"), [("fox", 2), ("fox --patch -1", 2), ("nothing --patch 1", 4)])
@pytest.mark.usefixtures("result")
def test_regenerate_refuses_what_it_cannot_do(pipeline: Pipeline, arguments: str, code: int) -> None:
    assert main(["regenerate", *arguments.split()]) == code
    assert not pipeline.requests


@pytest.mark.parametrize(
    "flags", ["--patch 1 --patch 1", "--caption x --patch 1", "--patch 1 --caption x --caption y", "--patch one"]
)
def test_regenerate_wants_each_caption_after_its_patch(flags: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["regenerate", "fox", *flags.split()])
    assert caught.value.code == 2


def test_caption(pipeline: Pipeline, folder: Path, capsys: Output) -> None:
    Image.new("L", (200, 100)).save(folder / "a.jpg")
    assert main(["caption", "a.jpg", "--json"]) == 0
    assert main(["caption", "a.jpg", "--window", "64", "--overlap", "0.5", "--question", "what?"]) == 0
    assert [request[:3] for request in pipeline.requests] == [((200, 100), 50, 0.25), ((200, 100), 64, 0.5)]
    assert pipeline.requests[1][3:] == (demo_captioner(), "what?")
    as_json, line = capsys.readouterr().out.splitlines()
    found = json.loads(as_json)
    assert (found["event"], found["index"], found["caption"]) == ("Captioned", 0, "a red fox")
    assert found["window"] == [0, 0, 64, 64]
    assert line == "patch 0 at 0,0: a red fox"


@pytest.mark.usefixtures("result")
def test_caption_reads_our_pictures_of_any_size(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert main(["caption", "fox/phase-1-64x64.png"]) == 0
    assert pipeline.requests[0][0] == (64, 64)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("none.png", 2),
        ("notes.txt", 2),
        ("a.png --overlap 1", 2),
        ("a.png --window -3", 2),
        ("a.png --captioner nowhere", 3),
    ],
)
def test_caption_refuses_what_it_cannot_do(pipeline: Pipeline, folder: Path, arguments: str, code: int) -> None:
    Image.new("RGB", (64, 64)).save(folder / "a.png")
    (folder / "notes.txt").write_text("x")
    assert main(["caption", *arguments.split()]) == code
    assert not pipeline.requests


@pytest.mark.parametrize("preset", PRESETS)
def test_plan_shows_every_phase_and_adds_up(preset: str, capsys: Output) -> None:
    assert main(["plan", "--preset", preset, "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["evaluations"] == sum(phase["evaluations"] for phase in plan["phases"])
    assert plan["units"] == plan["evaluations"] / 100
    assert main(["plan", "--preset", preset]) == 0
    *texts, work, memory, seconds = capsys.readouterr().out.splitlines()
    assert texts[:2] == [f"prompt: {plan['prompt']}", f"negative prompt: {plan['negative_prompt']}"]
    assert texts[2].startswith("tokens: ")
    lines = texts[3:]
    assert len(lines) == 1 + len(plan["phases"])
    assert str(plan["phases"][-1]["evaluations"]) in lines[-1]
    assert work.startswith(f"{plan['evaluations']} UNet evaluations")
    assert memory.startswith(f"memory on {plan['device']}: ")
    assert plan["fits"]
    assert "it fits" in memory
    assert plan["seconds"] is None
    assert "not known" in seconds


def test_plan_knows_seconds_once_the_machine_was_measured(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurement is kept; the next plan has its seconds without another one."""
    rates = Rates(evaluations={1: Rate(seconds=1, units=100, samples=5)}, captions=Rate(seconds=1, units=10, samples=5))
    monkeypatch.setattr("hiprompt_core.calibration.calibrate", lambda *_: rates)
    for flags in (["--measure"], []):
        assert main(["plan", "--json", *flags]) == 0
        plan = json.loads(capsys.readouterr().out)
        assert plan["seconds"] == pytest.approx(plan["evaluations"] / 100 + plan["captions"] / 10)
    assert main(["plan", "--precision", "float16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seconds"] is None  # never measured so


def test_plan_needs_no_torch_where_a_processor_is_known(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates(evaluations={1: Rate(seconds=1, units=100, samples=5)}, captions=Rate(seconds=1, units=10, samples=5))
    monkeypatch.setattr("hiprompt_core.calibration.calibrate", lambda *_: rates)
    assert main(["plan", "--device", "cpu", "--measure"]) == 0
    here = capsys.readouterr().out.splitlines()
    done = run_python("-c", WITHOUT_TORCH, "plan --device cpu")
    assert done.returncode == 0, done.stderr
    there = done.stdout.splitlines()
    assert [line for line in there if "free" not in line] == [line for line in here if "free" not in line]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.001, "it does not pay back"), (60, "it may pay back"), (None, "how long")]
)
def test_plan_tells_whether_compiling_pays_back(
    capsys: Output, monkeypatch: pytest.MonkeyPatch, seconds: float | None, words: str
) -> None:
    """For this picture, as it would be drawn without."""
    flags = ["--device", "cpu", "--captioner", "none", "--json"]
    if seconds:
        rates = Rates(evaluations={1: Rate(seconds=seconds, units=1, samples=5)})
        monkeypatch.setattr("hiprompt_core.calibration.calibrate", lambda *_: rates)
        assert main(["plan", "--measure", *flags]) == 0
    capsys.readouterr()
    assert main(["plan", "--compile", *flags]) == 0
    assert words in json.loads(capsys.readouterr().out)["compiling"]


def test_plan_tells_that_a_picture_does_not_fit(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=10**8))
    assert main(["plan"]) == 0
    assert "only 0.1 GB are free: it does not fit" in capsys.readouterr().out


def test_plan_refuses_a_size_that_the_model_cannot_make(capsys: Output) -> None:
    assert main(["plan", "--width", "51"]) == 2
    assert "51x512" in capsys.readouterr().err


def test_version_and_help_name_what_matters(capsys: Output) -> None:
    for flag, words in (("--version", "hiprompt "), ("--help", "exit codes:")):
        with pytest.raises(SystemExit) as caught:
            main([flag])
        assert caught.value.code == 0
        assert words in capsys.readouterr().out


WITHOUT_TORCH = """
import sys
from hiprompt_core.cli import main
for arguments in sys.argv[1:]:
    try:
        main(arguments.split())
    except SystemExit:
        pass
heavy = {"torch", "diffusers", "transformers", "PySide6"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False)


def test_help_and_errors_answer_without_torch() -> None:
    commands = (
        "--help",
        "plan --help",
        "generate",
        "generate x --model nowhere",
        "generate x --set a=b",
        "caption nothing",
        "export nowhere",
    )
    done = run_python("-c", WITHOUT_TORCH, *commands)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_module_is_the_command() -> None:
    done = run_python("-m", "hiprompt_core", "plan", "--width", "51")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")


def test_a_reader_that_leaves_is_no_traceback() -> None:
    if os.name != "posix":
        pytest.skip("a shell pipe")
    root = Path(__file__).parents[2]
    command = f"PYTHONPATH={shlex.quote(str(root))} {shlex.quote(sys.executable)} -m hiprompt_core plan | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


# Export.


def test_export_writes_what_the_flags_say(tmp_path: Path, capsys: Output) -> None:
    picture = make_run(tmp_path / "run", phases=2)
    flags = "--format webp --quality 100 --out out --metadata none --name {seed}_{phase} --phase 1"
    assert main(["export", str(tmp_path / "run"), *flags.split()]) == 0
    written = tmp_path / "out" / "3407_1.webp"
    assert capsys.readouterr().out.splitlines() == [str(written)]
    with Image.open(written) as image:
        assert image.size == (64, 48)
    assert main(["export", str(picture)]) == 0
    assert read_png(tmp_path / "a-fox-un-été-狐-3407-128x96.png")[0].tobytes() == read_png(picture)[0].tobytes()


def test_export_tells_programs_how_far_it_is(tmp_path: Path, capsys: Output) -> None:
    assert main(["export", str(make_run(tmp_path / "run")), "--format", "jpeg", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["event"] for line in lines[:-1]} == {"FileAdvanced"}
    assert lines[-2]["share"] == 1
    assert lines[-1]["event"] == "Finished"
    assert Path(lines[-1]["path"]).suffix == ".jpg"


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        ("run --name {sed}", 2, "unknown field {sed}"),
        ("run --quality 101", 2, "quality is 101"),
        ("run --phase 7", 4, "phase 7"),
        ("nowhere", 4, "nothing at"),
    ],
)
def test_export_refuses_in_words(tmp_path: Path, capsys: Output, flags: str, code: int, words: str) -> None:
    make_run(tmp_path / "run")
    assert main(["export", *flags.split()]) == code
    assert words in capsys.readouterr().err


def test_a_terminal_shows_how_far_a_file_is(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_DRAWINGS", 0)
    bars = Bars()
    bars(FileAdvanced(path=Path("/out/fox.png"), share=0.25))
    bars.close()
    assert "Writing fox.png" in capsys.readouterr().err
