"""Settings out of pictures of ours and of other programs."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from hiprompt_core.errors import ResultCorrupt
from hiprompt_core.export import export
from hiprompt_core.export_request import ExportRequest
from hiprompt_core.foreign_settings import ForeignSettings, parse_a1111, parse_comfyui, parse_invokeai
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import read_record
from hiprompt_core.recall import recall
from tests.run_folders import make_run

A1111 = """a fox, (red:1.2), <lora:fur:0.8>
second line
Negative prompt: blurry
ugly
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 1234567890, Size: 832x1216, Model hash: 31e35c80fc, \
Model: "sd, xl", Clip skip: 2, Version: v1.9.4"""
A1111_READ = ForeignSettings(
    program="A1111",
    prompt="a fox, (red:1.2)\nsecond line",
    loras=(("fur", 0.8),),
    negative_prompt="blurry\nugly",
    seed=1234567890,
    size=Size(1216, 832),
    steps=28,
    guidance_scale=6.5,
    model="sd, xl",
)
FOOOCUS = json.dumps(
    {
        "prompt": "a fox", "negative_prompt": "", "seed": "77", "steps": 30, "guidance_scale": 4.0,
        "resolution": "(1152, 896)", "base_model": "juggernaut",
    }
)  # fmt: skip
INVOKEAI = json.dumps(
    {
        "app_version": "5.0.0", "generation_mode": "sdxl_txt2img", "positive_prompt": "a fox 狐",
        "negative_prompt": "blurry", "width": 1024, "height": 768, "seed": 42, "cfg_scale": 5.5, "steps": 20,
        "scheduler": "euler", "model": {"key": "x", "name": "Juggernaut", "base": "sdxl"},
    }
)  # fmt: skip
INVOKEAI_READ = ForeignSettings(
    program="InvokeAI", prompt="a fox 狐", negative_prompt="blurry", seed=42, size=Size(768, 1024), steps=20,
    guidance_scale=5.5, model="Juggernaut",
)  # fmt: skip


def graph(**changes: Any) -> dict[str, Any]:
    """ComfyUI's default graph."""
    nodes = {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 156680208700286, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "denoise": 1,
                "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 768, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    }  # fmt: skip
    return {**nodes, **changes}


COMFYUI_READ = ForeignSettings(
    program="ComfyUI", prompt="a fox", negative_prompt="blurry", seed=156680208700286, size=Size(768, 512), steps=20,
    guidance_scale=8.0, model="sd_xl_base_1.0.safetensors",
)  # fmt: skip


def png(path: Path, **texts: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.new("RGB", (8, 8)).save(path / "a.png", pnginfo=info)
    return path / "a.png"


def with_exif(path: Path, tags: dict[int, object], comment: bytes = b"") -> Path:
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[tag] = value
    if comment:
        exif.get_ifd(0x8769)[0x9286] = comment
    Image.new("RGB", (8, 8)).save(path, exif=exif.tobytes())
    return path


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"parameters": A1111}, A1111_READ),
        ({"invokeai_metadata": INVOKEAI}, INVOKEAI_READ),
        ({"prompt": json.dumps(graph()), "workflow": "{}"}, COMFYUI_READ),
        ({"prompt": "{", "parameters": A1111}, A1111_READ),
    ],
)
def test_pngs_of_other_programs(tmp_path: Path, texts: dict[str, str], expected: ForeignSettings) -> None:
    assert recall(png(tmp_path, **texts)) == expected


@pytest.mark.parametrize("suffix", ["jpg", "webp", "avif"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + A1111.encode("utf-16-be"),
        b"UNICODE\0" + A1111.encode("utf-16-le"),
        b"ASCII\0\0\0" + A1111.encode(),
        bytes(8) + A1111.encode(),
    ],
)
def test_a1111s_text_in_exif(tmp_path: Path, suffix: str, comment: bytes) -> None:
    assert recall(with_exif(tmp_path / f"a.{suffix}", {}, comment)) == A1111_READ


def test_comfyuis_graph_in_a_webp_file(tmp_path: Path) -> None:
    path = with_exif(tmp_path / "a.webp", {0x0110: "prompt:" + json.dumps(graph()), 0x010F: "workflow:{}"})
    assert recall(path) == COMFYUI_READ


def test_our_own_pictures_give_their_record(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    assert recall(path) == read_record(path)


def test_our_large_pictures_are_no_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_run(tmp_path / "run")
    files = [export(ExportRequest(picture=path, folder=tmp_path, format=name)) for name in ("webp", "jpeg", "tiff")]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert [recall(file) for file in (path, *files)] == 4 * [read_record(path)]


def test_a1111_with_little() -> None:
    assert parse_a1111("a fox") == ForeignSettings(program="A1111", prompt="a fox", negative_prompt="")
    assert parse_a1111("") is None
    only_settings = parse_a1111("Steps: 20, Sampler: Euler, CFG scale: 7, Seed: -1")
    assert only_settings == ForeignSettings(
        program="A1111", prompt="", negative_prompt="", seed=None, steps=20, guidance_scale=7.0
    )


def test_fooocus_writes_json_where_a1111_writes_text() -> None:
    assert parse_a1111(FOOOCUS) == ForeignSettings(
        program="Fooocus", prompt="a fox", negative_prompt="", seed=77, size=Size(896, 1152), steps=30,
        guidance_scale=4.0, model="juggernaut",
    )  # fmt: skip
    assert parse_a1111('{"other": 1}') is None


def test_invokeai_with_the_model_of_older_versions() -> None:
    values = {**json.loads(INVOKEAI), "model": {"model_name": "old"}}
    found = parse_invokeai(json.dumps(values))
    assert found is not None
    assert found.model == "old"
    assert parse_invokeai("{}") is None
    assert parse_invokeai("[]") is None


def sampler(**inputs: Any) -> dict[str, Any]:
    node = graph()["3"]
    return {**node, "inputs": {**node["inputs"], **inputs}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # a prompt and a seed from primitive nodes
        (
            {
                "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["20", 0], "clip": ["4", 1]}},
                "20": {"class_type": "PrimitiveString", "inputs": {"value": "a wolf"}},
                "3": sampler(seed=["21", 0]),
                "21": {"class_type": "Seed", "inputs": {"seed": 5}},
            },
            {"prompt": "a wolf", "seed": 5},
        ),
        # both texts go through a control net, which has two roles
        (
            {
                "3": sampler(positive=["30", 0], negative=["30", 1]),
                "30": {"class_type": "ControlNetApplyAdvanced", "inputs": {"negative": ["7", 0], "positive": ["6", 0]}},
            },
            {},
        ),
        # SDXL's encoder
        (
            {"6": {"class_type": "CLIPTextEncodeSDXL", "inputs": {"width": 9, "text_g": "big fox", "text_l": "x"}}},
            {"prompt": "big fox"},
        ),
        # KSamplerAdvanced and a LoRA before the checkpoint
        (
            {
                "3": {
                    "class_type": "KSamplerAdvanced",
                    "inputs": {
                        "noise_seed": 9, "steps": 25, "cfg": 7, "model": ["40", 0], "positive": ["6", 0],
                        "negative": ["7", 0], "latent_image": ["5", 0],
                    },
                },
                "40": {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "lora_name": "fur"}},
            },
            {"seed": 9, "steps": 25, "guidance_scale": 7.0},
        ),
        # a refining sampler stands first in the file
        (
            {"3": sampler(seed=1, latent_image=["50", 0]), "50": sampler()},
            {},
        ),
        # a seed beyond ours
        ({"3": sampler(seed=2**64 - 1)}, {"seed": None}),
        # an image to image graph has no size of its own; loops end
        (
            {"5": {"class_type": "VAEEncode", "inputs": {"pixels": ["5", 0]}}},
            {"size": None},
        ),
    ],
)  # fmt: skip
def test_comfyui_graphs(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    wanted = {name: getattr(COMFYUI_READ, name) for name in COMFYUI_READ.__slots__} | expected
    assert parse_comfyui(json.dumps(graph(**changes))) == ForeignSettings(**wanted)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"1": 5}', '{"1": {"inputs": []}}', json.dumps({"3": sampler()}), "[" * 100_000],
)
def test_what_is_no_graph(text: str) -> None:
    assert parse_comfyui(text) is None


def test_a_picture_that_says_nothing(tmp_path: Path) -> None:
    with pytest.raises(ResultCorrupt, match=r"a\.png does not say how it was made") as caught:
        recall(png(tmp_path, Software="x"))
    assert "A1111" in caught.value.remedy


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPxx", b"PK\x03\x04", b"II*\0", b"GIF89a",
     b"\0\0\0\x20ftypavif"],
)  # fmt: skip
def test_what_is_no_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ResultCorrupt, match=r"a\.png"):
        recall(tmp_path / "a.png")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "tiff", "ora", "png"])
def test_cut_and_scrambled_files_are_refused_in_words(tmp_path: Path, name: str) -> None:
    from hiprompt_core.export import export
    from hiprompt_core.export_request import ExportRequest

    whole = export(ExportRequest(picture=make_run(tmp_path / "run"), folder=tmp_path, format=name)).read_bytes()
    path = tmp_path / "cut"
    for share in range(1, 10):
        for content in (whole[: len(whole) * share // 10], whole.replace(b"\0", b"\xff", share)):
            path.write_bytes(content)
            with contextlib.suppress(ResultCorrupt):  # every other kind of error fails the test
                recall(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ResultCorrupt, match="no file"):
        recall(tmp_path / "none.png")
