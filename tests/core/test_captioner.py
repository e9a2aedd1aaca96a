"""Captioners of every kind, with their real classes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import BitsAndBytesConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

from hiprompt_core.captioner import TransformersCaptioner
from hiprompt_core.captioner_kinds import KINDS as KINDS_OF_TRANSFORMERS
from hiprompt_core.describe import caption_patches
from hiprompt_core.errors import HiPromptError, InvalidRequest, ModelCorrupt, ModelNotFound, ModelUnsupported
from hiprompt_core.events import Event, PatchCaptioned, Warned
from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.models import load_captioner, quantisation
from hiprompt_core.questions import QUESTIONS
from tests.core.tiny_captioners import KINDS, save_captioner

CPU = torch.device("cpu")
QUESTION = "Describe this part of the picture in one short sentence."
PICTURES = [
    Image.new("RGB", size, color) for size, color in [((64, 64), "red"), ((100, 40), "navy"), ((9, 70), "lime")]
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Tiny captioners by kind, each written once."""
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = save_captioner(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return folder


def test_the_kinds_are_those_of_transformers() -> None:
    assert set(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES) == KINDS_OF_TRANSFORMERS


def test_a_batch_of_pictures_of_different_sizes(captioner: TransformersCaptioner) -> None:
    calls: list[int] = []
    with torch.inference_mode():
        answers = captioner.describe(PICTURES, QUESTION, lambda: calls.append(1))
        alone = [captioner.describe([picture], QUESTION, lambda: None)[0] for picture in PICTURES]
    assert len(answers) == 3
    assert calls
    assert all(QUESTION not in answer and "<" not in answer for answer in answers)
    assert [answer.strip() for answer in answers] == [answer.strip() for answer in alone]


def test_every_word_is_a_chance_to_stop(captioner: TransformersCaptioner) -> None:
    calls: list[int] = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with torch.inference_mode(), pytest.raises(KeyboardInterrupt):
        captioner.describe(PICTURES, QUESTION, stop)
    assert len(calls) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_describes_the_patches_of_a_picture(kind: str, folders: Callable[[str], Path]) -> None:
    captioner = load_captioner(folders(kind), CPU, torch.float32)
    captioner.model.generation_config.eos_token_id = None  # random weights must not stop at once
    picture = Image.linear_gradient("L").convert("RGB").resize((96, 64))
    size = Size(64, 96)
    patches = patch_grid(size, Size(48, 48), 0.25)
    events: list[Event] = []
    with torch.inference_mode():
        captions = caption_patches(captioner, picture, patches, size, QUESTION, {}, 2, events.append)
        alone = captioner.describe([picture.crop(_box(patches[1]))], QUESTION, lambda: None)
        again = captioner.describe([picture.crop(_box(patch)) for patch in patches], QUESTION, lambda: None)
    assert len(captions) == len(patches) > 3
    assert {event.patch for event in events if isinstance(event, PatchCaptioned)} == set(range(len(patches)))
    assert again[1] == alone[0]
    asked = captioner._prompt(QUESTION).replace("<image>", "").strip()
    assert all(asked not in answer and QUESTION not in answer for answer in again)
    assert captioner.batch_size(picture, QUESTION) == 8  # tiny models fit as often as a processor may try


def _box(patch: object) -> tuple[int, int, int, int]:
    top, left, bottom, right = patch.window  # type: ignore[attr-defined]
    return left, top, right, bottom


@pytest.mark.parametrize("kind", ["llava", "llava_next", "llava_onevision", "blip_2"])
def test_old_repositories_leave_some_to_the_models_config(kind: str, folders: Callable[[str], Path]) -> None:
    """As they were written until 2024: the image processor's file, and none of the processor's own."""
    new = folders(kind)
    old = shutil.copytree(new, new.with_name(f"old {kind}"))
    values = json.loads((old / "processor_config.json").read_text())
    if "image_processor" in values:
        (old / "preprocessor_config.json").write_text(json.dumps(values["image_processor"]))
    (old / "processor_config.json").unlink()
    one, other = (load_captioner(folder, CPU, torch.float32)._read(PICTURES, QUESTION) for folder in (old, new))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in other)


@pytest.mark.parametrize(
    ("kind", "tiles"), [("llava_next", 2), ("llava_onevision", 2), ("smolvlm", 1), ("internvl", 1)]
)
def test_a_patch_is_looked_at_as_a_whole(kind: str, tiles: int, folders: Callable[[str], Path]) -> None:
    captioner = load_captioner(folders(kind), CPU, torch.float32)
    inputs = captioner._read([Image.new("RGB", (112, 112))], QUESTION)
    assert inputs["pixel_values"].shape[-2:] == (28, 28)
    assert inputs["pixel_values"].numel() == tiles * 3 * 28 * 28


def test_a_large_patch_is_made_smaller_for_a_model_that_reads_any_size(folders: Callable[[str], Path]) -> None:
    captioner = load_captioner(folders("qwen2_5_vl"), CPU, torch.float32)
    inputs = captioner._read([Image.new("RGB", (1024, 1024))], QUESTION)
    assert inputs["image_grid_thw"].tolist() == [[1, 32, 32]]


@pytest.mark.parametrize(
    ("kind", "prompts"),
    [
        ("llava", {QUESTION: f"USER: <image>\n{QUESTION} ASSISTANT:"}),
        ("blip_2", {QUESTION: f"Question: {QUESTION} Answer:", "What {is} it?": "Question: What {is} it? Answer:"}),
        (
            "florence2",
            {
                QUESTION: "<CAPTION>",
                "What is it?": "<DETAILED_CAPTION>",
                QUESTIONS["detail"].text: "<MORE_DETAILED_CAPTION>",
                "<MORE_DETAILED_CAPTION>": "<MORE_DETAILED_CAPTION>",
            },
        ),
        ("paligemma", {QUESTION: "<image>caption en", "What is it?": "<image>answer en What is it?"}),
        ("internvl", {QUESTION: f"user: <IMG_CONTEXT>\n{QUESTION}assistant: "}),
    ],
)
def test_every_kind_is_asked_in_its_own_words(
    kind: str, prompts: dict[str, str], folders: Callable[[str], Path]
) -> None:
    captioner = load_captioner(folders(kind), CPU, torch.float32)
    assert {question: captioner._prompt(question) for question in prompts} == prompts
    assert captioner.passes_on("What is it?") == (kind != "florence2")
    assert captioner.passes_on(QUESTION)


def test_a_model_that_answers_no_questions_says_so(folders: Callable[[str], Path]) -> None:
    captioner = load_captioner(folders("florence2"), CPU, torch.float32)
    size = Size(32, 32)
    events: list[Event] = []
    with torch.inference_mode():
        patches = patch_grid(size, size, 0)
        caption_patches(captioner, PICTURES[0], patches, size, "What is it?", {}, 2, events.append)
    assert next(event.message for event in events if isinstance(event, Warned)).endswith("in its own way.")


@dataclass
class Narrow:
    """Has memory for so many pictures, though it promised more."""

    room: int
    error: type[Exception] = torch.OutOfMemoryError
    name: str = "narrow"
    weights_hash: str = ""
    sizes: list[int] = field(default_factory=list)

    def passes_on(self, question: str) -> bool:
        return True

    def batch_size(self, image: Image.Image, question: str) -> int:
        return 8

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        self.sizes.append(len(images))
        if len(images) > self.room:
            raise self.error("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")
        return [str(image.getpixel((0, 0))) for image in images]


def _describe(captioner: Narrow) -> tuple[list[str], list[str]]:
    picture = Image.frombytes("RGB", (12, 12), bytes(range(216)) * 2)
    size = Size(12, 12)
    events: list[Event] = []
    patches = patch_grid(size, Size(4, 4), 0)
    captions = caption_patches(captioner, picture, patches, size, QUESTION, {}, 2, events.append)
    return [caption.text for caption in captions], [e.message for e in events if isinstance(e, Warned)]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_smaller_batches_when_memory_runs_out(error: type[Exception]) -> None:
    roomy, narrow = Narrow(8), Narrow(1, error)
    captions, warnings = _describe(narrow)
    assert captions == _describe(roomy)[0]
    assert narrow.sizes[:4] == [8, 4, 2, 1]
    assert all("memory" in warning for warning in warnings)
    assert len(warnings) == len([size for size in narrow.sizes if size > 1])


def test_one_picture_that_does_not_fit_is_an_error() -> None:
    narrow = Narrow(0)
    with pytest.raises(torch.OutOfMemoryError):
        _describe(narrow)
    assert narrow.sizes[-1] == 1


def test_other_errors_are_not_taken_for_full_memory() -> None:
    with pytest.raises(ZeroDivisionError):
        _describe(Narrow(0, ZeroDivisionError))


def test_few_bits_are_for_cards_that_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = torch.device("cuda")
    assert quantisation("auto", CPU, torch.float32) == {}
    for precision in ("8bit", "4bit"):
        with pytest.raises(InvalidRequest, match=f"{precision} needs an NVIDIA"):
            quantisation(precision, CPU, torch.float32)
        if find_spec("bitsandbytes") is None:
            with pytest.raises(InvalidRequest, match="bitsandbytes, which is not installed"):
                quantisation(precision, cuda, torch.bfloat16)
    monkeypatch.setattr("hiprompt_core.models.find_spec", lambda name: object())
    built = {bits: BitsAndBytesConfig(**quantisation(bits, cuda, torch.bfloat16)) for bits in ("8bit", "4bit")}
    assert built["8bit"].load_in_8bit
    assert not built["8bit"].load_in_4bit
    assert built["4bit"].load_in_4bit
    assert (built["4bit"].bnb_4bit_quant_type, built["4bit"].bnb_4bit_compute_dtype) == ("nf4", torch.bfloat16)


def _config(**changes: object) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        file = folder / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return spoil


OTHER_FOLDERS: dict[str, tuple[Callable[[Path], object], type[HiPromptError], str]] = {
    "renamed": (lambda folder: (folder / "config.json").rename(folder / "config.txt"), ModelNotFound, "config.json"),
    "another kind": (_config(model_type="clip"), ModelUnsupported, "is a clip, which describes no pictures"),
    "another architecture": (_config(model_type="blip-2"), ModelCorrupt, "lack|cannot be loaded"),
    "code of its own": (_config(auto_map={"AutoModel": "code.Model"}), ModelUnsupported, "code of its own"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), ModelNotFound, "tokenizer.json is missing"),
    "no way to ask": (
        lambda folder: ((folder / "chat_template.jinja").unlink(), _config(model_type="aya_vision")(folder)),
        ModelUnsupported,
        "no chat template|package",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHER_FOLDERS)
def test_folders_that_are_no_captioner_are_told_in_words(what: str, tmp_path: Path) -> None:
    spoil, error, told = OTHER_FOLDERS[what]
    folder = shutil.copytree(demo_captioner(), tmp_path / "captioner")
    spoil(folder)
    with pytest.raises(error, match=told) as caught:
        load_captioner(folder, CPU, torch.float32)
    assert "captioner" in str(caught.value)
    assert len(str(caught.value)) < 400
    assert caught.value.remedy
