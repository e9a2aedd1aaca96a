"""Single-file checkpoints are recognised by their header and give the same model as the folder they were made of."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from hiprompt_core import Engine, GenerationRequest, Options, Size, generate
from hiprompt_core.checkpoint import recognise, require_usual_unet
from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.model_files import inspect_model, read_config, sdxl_configs
from hiprompt_core.models import load_backbone
from tests.core.single_files import unet_name, write_single_file

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def whole(models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with SDXL's own vocabulary, as a folder of configs and weights."""
    folder = tmp_path_factory.mktemp("single") / "configs"
    shutil.copytree(models["epsilon"], folder)
    shutil.rmtree(folder / "tokenizer_2")
    for part in ("tokenizer", "tokenizer_2"):
        shutil.copytree(sdxl_configs() / "tokenizer", folder / part, dirs_exist_ok=True)
    (folder / "tokenizer/tokenizer.json").unlink(missing_ok=True)
    config = folder / "tokenizer_2/tokenizer_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "pad_token": "!"}))
    text = CLIPTextConfig(
        vocab_size=49408, hidden_size=8, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=8, bos_token_id=0, eos_token_id=2, pad_token_id=1, initializer_factor=1.0,
    )  # fmt: skip
    torch.manual_seed(5)
    for part, kind in (("text_encoder", CLIPTextModel), ("text_encoder_2", CLIPTextModelWithProjection)):
        shutil.rmtree(folder / part)
        kind(text).save_pretrained(folder / part)
    return folder


@pytest.fixture
def single(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in one file; "SDXL's configs" are the tiny model's."""
    monkeypatch.setattr("hiprompt_core.model_files.configs_of", lambda checkpoint: whole)
    return write_single_file(whole, tmp_path / "painter.safetensors", layers=1)


def test_a_single_file_is_the_same_model_as_its_folder(whole: Path, single: Path) -> None:
    facts = inspect_model(single)
    assert (facts.name, facts.native_size, facts.parameters) == ("painter", 64, inspect_model(whole).parameters)
    ours, theirs = (load_backbone(path, CPU, torch.float32) for path in (single, whole))
    for name in ("unet", "vae"):
        one, two = (getattr(backbone, name).state_dict() for backbone in (ours, theirs))
        assert one.keys() == two.keys()
        assert all(torch.equal(one[key], two[key]) for key in one)
    texts = ["a fox", "", "an astronaut riding a green horse " * 20]
    for one, two in zip(ours.encode_prompts(texts), theirs.encode_prompts(texts), strict=True):
        torch.testing.assert_close(one, two)
    assert ours.scheduler_config["prediction_type"] == "epsilon"


def test_a_picture_is_drawn_from_a_single_file(single: Path, tmp_path: Path) -> None:
    options = Options(num_inference_steps=2, upscale_num_inference_steps=2, captions=False)
    request = GenerationRequest(
        prompt="a fox", size=Size(64, 128), options=options, model=single, output=tmp_path / "out", precision="float32"
    )
    assert generate(request, engine=Engine()).record.model_name == "painter"


def of_another_unet(whole: Path, folder: Path, **changes: object) -> Path:
    """The tiny model in one file, with a UNet that differs by these values of its config."""
    shutil.copytree(whole, folder / "other")
    config = dict(UNet2DConditionModel.load_config(whole / "unet"))
    own = {name: value for name, value in config.items() if not name.startswith("_")}
    UNet2DConditionModel(**own | changes).save_pretrained(folder / "other/unet")
    return write_single_file(folder / "other", folder / "relative.safetensors", layers=1)


@pytest.mark.parametrize("channels", [5, 8, 9])  # with a map of depth, with a picture to edit, with a mask
@pytest.mark.usefixtures("single")
def test_what_is_made_for_inpainting_or_editing_is_told_before_it_is_loaded(
    whole: Path, tmp_path: Path, channels: int
) -> None:
    file = of_another_unet(whole, tmp_path, in_channels=channels)
    with pytest.raises(ModelUnsupported, match="is made for inpainting or editing"):
        inspect_model(file)


@pytest.mark.usefixtures("single")
def test_a_relative_with_another_unet_is_told_before_it_is_loaded(whole: Path, tmp_path: Path) -> None:
    file = of_another_unet(whole, tmp_path, transformer_layers_per_block=2)
    with pytest.raises(ModelUnsupported, match="is a relative of the SDXL model with another UNet"):
        inspect_model(file)


@pytest.mark.parametrize(("kind", "count"), [("sdxl", 70), ("sd1", 16), ("sd2", 16)])
def test_attentions_of_the_published_unets(kind: str, count: int) -> None:
    config = read_config(sdxl_configs().with_name(kind) / "unet/config.json")
    with torch.device("meta"):
        names = UNet2DConditionModel.from_config(config).state_dict()
    theirs = [unet_name(name, layers=2, attends=set()) for name in names if name.endswith("attn1.to_q.weight")]
    assert len(theirs) == count
    require_usual_unet(Path("whole"), kind, theirs, "", config)
    for name in theirs:
        with pytest.raises(ModelUnsupported, match="another UNet"):
            require_usual_unet(Path("cut"), kind, {*theirs} - {name}, "", config)


def test_marks_in_the_file_tell_what_it_predicts(whole: Path, tmp_path: Path, single: Path) -> None:
    marks = {"v_pred": torch.zeros(0), "ztsnr": torch.zeros(0)}
    file = write_single_file(whole, tmp_path / "v.safetensors", layers=1, extra=marks)
    assert inspect_model(file).prediction_type == "v_prediction"
    config = load_backbone(file, CPU, torch.float32).scheduler_config
    assert config["prediction_type"] == "v_prediction"
    assert config["rescale_betas_zero_snr"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["cond_stage_model.transformer.text_model.x", "model.diffusion_model.x"], "Stable Diffusion 1"),
        (["cond_stage_model.model.x", "model.diffusion_model.x"], "Stable Diffusion 2"),
        (["model.diffusion_model.joint_blocks.0.x"], "Stable Diffusion 3"),
        (["double_blocks.0.img_attn.x"], "FLUX"),
        (["conditioner.embedders.0.model.x", "model.diffusion_model.x"], "SDXL refiner"),
        (["lora_unet_down_blocks_0.lora_up.weight"], "LoRA"),
        (["unet.down_blocks.0.lora_A.weight"], "LoRA"),
        (["control_model.x"], "ControlNet"),
        (["decoder.conv_in.weight", "encoder.conv_in.weight"], "is a VAE"),
        (["model.diffusion_model.input_blocks.0.0.weight"], "diffusion network without text encoders"),
        (["something.else"], "unknown kind"),
        (["conditioner.embedders.1.model.x", "first_stage_model.x", "model.diffusion_model.x"], "first text encoder"),
        (["conditioner.embedders.1.model.x", "conditioner.embedders.0.transformer.x", "first_stage_model.x"],
         "holds no diffusion network"),
    ],
)  # fmt: skip
def test_other_kinds_are_named(tmp_path: Path, names: list[str], said: str) -> None:
    file = tmp_path / "other.safetensors"
    save_file({name: torch.zeros(1) for name in names}, file)
    with pytest.raises(ModelUnsupported, match=said) as caught:
        inspect_model(file)
    assert caught.value.remedy


def test_what_comes_along_is_sdxl_in_full_size() -> None:
    from diffusers import AutoencoderKL
    from transformers import CLIPTokenizer

    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(sdxl_configs() / "unet"))
        vae = AutoencoderKL.from_config(AutoencoderKL.load_config(sdxl_configs() / "vae"))
        parts = [unet, vae]
        for name, kind in (("text_encoder", CLIPTextModel), ("text_encoder_2", CLIPTextModelWithProjection)):
            parts.append(kind(CLIPTextConfig.from_pretrained(sdxl_configs() / name)))
    # as published: 2567 M, 84 M, 123 M, 695 M
    assert [round(sum(p.numel() for p in part.parameters()) / 1e6) for part in parts] == [2567, 84, 123, 695]
    ids = CLIPTokenizer.from_pretrained(sdxl_configs() / "tokenizer", local_files_only=True)(
        "a photo of a cat"
    ).input_ids
    assert ids == [49406, 320, 1125, 539, 320, 2368, 49407]


def test_modelspec_tells_v_prediction() -> None:
    facts = recognise({"__metadata__": {"modelspec.prediction_type": "v"}, "x": {"shape": [2, 3]}})
    assert (facts.prediction_type, facts.parameters, facts.kind) == ("v_prediction", 6, "")


def test_the_first_turbo_model_draws_512_pixels_and_what_was_made_of_it_1024() -> None:
    header = {"x": {"shape": [1]}}
    assert recognise(header, "sd_xl_turbo_1.0_fp16").native_size == 512
    assert recognise(header, "dreamshaperXL_v2Turbo").native_size is None
