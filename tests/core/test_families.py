"""Each family behind the one interface draws what its own diffusers pipeline draws."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast, get_args

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    StableDiffusion3Img2ImgPipeline,
    StableDiffusion3Pipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
)
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPTextModel

from hiprompt_core import Engine, GenerationRequest, Options, Size, generate, text_weights
from hiprompt_core.denoise import Denoiser
from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.events import Event, Warned, ignore_events
from hiprompt_core.families import clip_text
from hiprompt_core.families.backbone import Backbone
from hiprompt_core.families.clip_text import tokens_of
from hiprompt_core.families.flow import FlowSampler
from hiprompt_core.families.unet import DISTILLED_GUIDANCE
from hiprompt_core.geometry import patch_grid
from hiprompt_core.layouts import LAYOUTS
from hiprompt_core.library import find_models, places_in
from hiprompt_core.model_files import inspect_model, resources
from hiprompt_core.models import load_backbone
from hiprompt_core.options import SchedulerName
from hiprompt_core.prompts import embed_prompts
from tests.core.family_models import FLOW, SD1, SD2, save_sd3, save_stable_diffusion
from tests.core.single_files import save, write_single_file

CPU = torch.device("cpu")
PROMPT, NEGATIVE = "a red circle", "a blue fox"
KINDS = ("SD 1", "SD 2", "SD 3", "SD 3 with T5")
kinds = pytest.mark.parametrize("kind", KINDS)
THEIRS: dict[str, Callable[[Any], Any]] = {
    "euler": EulerDiscreteScheduler.from_config,
    "ddim": lambda config: DDIMScheduler.from_config(config, clip_sample=False),
    "dpmpp_2m": DPMSolverMultistepScheduler.from_config,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("families")
    state = torch.get_rng_state()
    made = {
        "SD 1": save_stable_diffusion(folder / "sd1", SD1),
        "SD 2": save_stable_diffusion(
            folder / "sd2", SD2, attention_head_dim=(2, 4), use_linear_projection=True, upcast_attention=True
        ),
        "SD 3": save_sd3(folder / "sd3", t5=False),
        "SD 3 with T5": save_sd3(folder / "sd3t5", t5=True),
    }
    torch.set_rng_state(state)
    return made


@pytest.fixture(scope="module")
def loaded(folders: dict[str, Path]) -> dict[str, Backbone]:
    return {kind: load_backbone(folder, CPU, torch.float32) for kind, folder in folders.items()}


def pipeline_of(backbone: Any, kind: str, scheduler: str, image_to_image: bool) -> Any:
    """Diffusers' own, of the very same parts."""
    parts = {"vae": backbone.vae, "text_encoder": backbone.text_encoders[0], "tokenizer": backbone.tokenizers[0]}
    if kind.startswith("SD 3"):
        parts |= {f"text_encoder_{n + 1}": backbone.text_encoders[n] for n in (1, 2)}
        parts |= {f"tokenizer_{n + 1}": backbone.tokenizers[n] for n in (1, 2)}
        parts |= {"transformer": backbone.transformer, "scheduler": FlowMatchEulerDiscreteScheduler.from_config(FLOW)}
        made = (StableDiffusion3Img2ImgPipeline if image_to_image else StableDiffusion3Pipeline)(**parts)
    else:
        parts |= {"unet": backbone.unet, "scheduler": THEIRS[scheduler](backbone.scheduler_config)}
        parts |= {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}
        made = (StableDiffusionImg2ImgPipeline if image_to_image else StableDiffusionPipeline)(**parts)
    made.set_progress_bar_config(disable=True)
    return made


def draw(backbone: Backbone, seed: int, size: Size) -> Tensor:
    shape = (1, backbone.vae.config.latent_channels, *size.over(8))
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def denoiser(backbone: Backbone, options: Options, size: Size, captions: list[str]) -> Denoiser:
    prompts = embed_prompts(backbone, PROMPT, NEGATIVE, captions)
    return Denoiser(
        backbone=backbone, prompts=prompts, options=options, phase=2, size=size, seed=5, on_event=ignore_events
    )


CASES = [(kind, name) for kind in KINDS for name in (get_args(SchedulerName)[:3] if kind < "SD 3" else ("euler",))]
cases = pytest.mark.parametrize(("kind", "scheduler"), CASES, ids=[" ".join(case) for case in CASES])


@cases
@torch.inference_mode()
def test_the_native_phase_equals_diffusers(loaded: dict[str, Backbone], kind: str, scheduler: SchedulerName) -> None:
    backbone, size = loaded[kind], Size(48, 80)
    noise = draw(backbone, 0, size)
    options = Options(num_inference_steps=3, scheduler=scheduler, guidance_scale=6.0)
    actual = denoiser(backbone, options, size, []).native(noise)
    expected = pipeline_of(backbone, kind, scheduler, False)(
        prompt=PROMPT, negative_prompt=NEGATIVE, height=48, width=80, num_inference_steps=3, guidance_scale=6.0,
        latents=noise, output_type="latent",
    ).images  # fmt: skip
    assert float((actual - expected).abs().max()) < 1e-4


@cases
@torch.inference_mode()
def test_an_upscaled_phase_of_one_view_equals_image_to_image(
    loaded: dict[str, Backbone], kind: str, scheduler: SchedulerName
) -> None:
    backbone, size = loaded[kind], Size(64, 64)
    options = Options(
        upscale_num_inference_steps=6, strength=0.5, scheduler=scheduler, decompose=False, captions=False,
        guidance_scale_high=6.0,
    )  # fmt: skip
    picture, noise = draw(backbone, 1, size), draw(backbone, 2, size)
    patches = patch_grid(size.over(8), Size(8, 8), 0.25)
    actual = denoiser(backbone, options, size, [PROMPT]).upscaled(picture, noise, patches, 0)
    sizes = {"height": 64, "width": 64} if kind.startswith("SD 3") else {}
    expected = pipeline_of(backbone, kind, scheduler, True)(
        prompt=PROMPT, negative_prompt=NEGATIVE, image=picture, strength=0.5, num_inference_steps=6,
        guidance_scale=6.0, generator=torch.Generator().manual_seed(2), output_type="latent", **sizes,
    ).images  # fmt: skip
    assert float((actual - expected).abs().max()) < 1e-4


@kinds
def test_whole_runs_with_every_path(folders: dict[str, Path], tmp_path: Path, kind: str) -> None:
    """Band split, captions of one's own, dilated path, skip residual, VAE and preview go through the same code."""
    options = Options(
        num_inference_steps=2, upscale_num_inference_steps=4, strength=0.5, beta=0.9, reduction="mean",
        dilated_sampling=1.0, skip_residual=3.0, captions=False, vae_tile_size=64,
    )  # fmt: skip
    request = GenerationRequest(
        prompt=PROMPT, size=Size(64, 136), options=options, model=folders[kind], output=tmp_path, device="cpu",
        precision="float32",
    )  # fmt: skip
    result = generate(request, engine=Engine())
    assert result.image.size == (136, 64)
    assert len(result.record.patches) == 3
    assert result.record.model_hash == generate(request, engine=Engine()).record.model_hash


@kinds
def test_a_familys_facts(folders: dict[str, Path], kind: str) -> None:
    facts = inspect_model(folders[kind])
    assert (facts.native_size, facts.vae_scale_factor, facts.size_multiple) == (64, 8, 16)
    assert facts.family == ("Stable Diffusion 3" if kind.startswith("SD 3") else "Stable Diffusion 1 and 2")
    assert facts.prediction_type == {"SD 1": "epsilon", "SD 2": "v_prediction"}.get(kind, "flow")


@kinds
def test_texts_of_any_length_have_a_direction(loaded: dict[str, Backbone], kind: str) -> None:
    backbone = loaded[kind]
    short, long = (backbone.encode_prompts([text, PROMPT]).prompt_embeds for text in ("fox", "a red fox " * 40))
    assert long.shape[1] > short.shape[1]
    features = backbone.text_features(["fox", "fox", "circle"])
    assert float(features[0] @ features[1]) == pytest.approx(1, abs=1e-5)
    assert float(features[0] @ features[2]) < 0.9999


@kinds
@torch.inference_mode()
def test_many_texts_are_read_some_at_a_time(
    loaded: dict[str, Backbone], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    backbone = loaded[kind]
    texts = ["a (fox:1.3)", *(f"a fox beside {number} hats" for number in range(6))]

    def read() -> list[Tensor]:
        return [*backbone.encode_prompts(texts), backbone.text_features(texts)]

    whole, rows = read(), []
    hooks = [
        encoder.register_forward_pre_hook(lambda _, arguments: rows.append(len(arguments[0])))
        for encoder in backbone.text_encoders
        if encoder is not None
    ]
    for module in (text_weights, clip_text):
        monkeypatch.setattr(module, "ROWS", 3)
    parts = read()
    for hook in hooks:
        hook.remove()
    assert max(rows) == 3
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


def test_t5_reads_weights_and_texts_of_any_length(loaded: dict[str, Backbone]) -> None:
    backbone = loaded["SD 3 with T5"]

    def said(text: str) -> Tensor:
        """What T5 says: all that follows the tokens of CLIP, which are 0 beyond its width."""
        with torch.inference_mode():
            embeds = backbone.encode_prompts([text]).prompt_embeds[0]
        clip = 77 * -(-backbone.token_count(text) // backbone.token_limit)
        return embeds[clip:]

    def count(text: str) -> int:
        return len(tokens_of(backbone.tokenizers[-1], text))

    plain, weighted = said("a red fox"), said("a (red:1.5) fox")
    assert len(plain) == 256
    changed = (plain != weighted).any(dim=1).nonzero().flatten().tolist()
    assert changed == list(range(count("a"), count("a") + count("red")))
    assert torch.equal(said("a (red:1.0) fox"), plain)
    long = "a red fox " * 120
    assert len(said(long)) == count(long) + 1 > 256
    assert not torch.equal(said(long + "blue")[-2], said(long + "circle")[-2])


@pytest.mark.parametrize("scheduler", get_args(SchedulerName))
def test_a_perfect_velocity_finds_the_picture_again(scheduler: SchedulerName) -> None:
    sampler = FlowSampler(scheduler, FLOW, 8, 4)
    picture, noise = (torch.randn(1, 16, 4, 4, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    latents = sampler.add_noise(picture, noise, 0)
    for index in range(len(sampler.timesteps)):
        _, sigma = sampler.levels[index]
        velocity = (latents - picture) / sigma
        torch.testing.assert_close(sampler.clean(velocity, index, latents), picture, rtol=1e-4, atol=1e-4)
        latents = sampler.step(velocity, index, latents, torch.Generator())
    torch.testing.assert_close(latents, picture, rtol=1e-4, atol=1e-4)
    assert sampler.levels[-1] == (1, 0)
    assert torch.equal(FlowSampler(scheduler, FLOW, 8, 8).start_from_noise(noise), noise)


@pytest.mark.parametrize("kind", ["SD 1", "SD 2"])
def test_a_single_file_is_the_same_model_as_its_folder(
    folders: dict[str, Path], loaded: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("hiprompt_core.model_files.configs_of", lambda checkpoint: folders[kind])
    file = write_single_file(folders[kind], tmp_path / "painter.safetensors", layers=1, kind=kind)
    single: Any = load_backbone(file, CPU, torch.float32)
    assert single.facts.prediction_type == loaded[kind].facts.prediction_type
    assert single.facts.parameters == loaded[kind].facts.parameters
    for name in ("unet", "vae"):
        ours, theirs = getattr(single, name).state_dict(), getattr(loaded[kind], name).state_dict()
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    ours, theirs = (part.text_encoders[0].state_dict() for part in (single, loaded[kind]))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("sizes", [{}, {"qk_norm": "rms_norm", "dual_attention_layers": (0,)}], ids=["3", "3.5"])
def test_a_single_file_of_stable_diffusion_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: dict[str, Any]
) -> None:
    """Its header tells in which way it differs from the config of its kind; T5 in it stays where it is."""
    kind, folder = save_sd3(tmp_path / "kind", t5=False), save_sd3(tmp_path / "folder", t5=False, num_layers=3, **sizes)
    projection = load_file(folder / "text_encoder/model.safetensors")
    projection["text_projection.weight"] = torch.eye(8)  # which is what the makers' files mean by leaving it out
    save_file(projection, folder / "text_encoder/model.safetensors", {"format": "pt"})
    config = folder / "tokenizer_2/tokenizer_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "pad_token": "!"}))
    monkeypatch.setattr("hiprompt_core.model_files.configs_of", lambda checkpoint: kind)
    t5 = {"text_encoders.t5xxl.transformer.shared.weight": torch.ones(4, 4)}
    file = write_single_file(folder, tmp_path / "painter_turbo.safetensors", layers=1, extra=t5, kind="SD 3")
    single, whole = (cast(Any, load_backbone(path, CPU, torch.float32)) for path in (file, folder))
    assert single.facts.left_out == whole.facts.left_out == ("text_encoder_3",)
    assert (single.facts.prediction_type, single.facts.native_size) == ("flow", 64)
    assert single.facts.unet_width == whole.facts.unet_width
    assert single.facts.few_step.kind == "Turbo"
    for part in ("transformer", "vae"):
        ours, theirs = (getattr(backbone, part).state_dict() for backbone in (single, whole))
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    for ours, theirs in zip(single.encode_prompts([PROMPT]), whole.encode_prompts([PROMPT]), strict=True):
        torch.testing.assert_close(ours, theirs)
    events: list[Event] = []
    options = Options(num_inference_steps=1, upscale_num_inference_steps=2, captions=False)
    request = GenerationRequest(
        prompt=PROMPT, size=Size(64, 64), options=options, model=file, output=tmp_path / "out", device="cpu"
    )
    assert generate(request, events.append, Engine()).image.size == (64, 64)
    (warning,) = [event.message for event in events if isinstance(event, Warned)]
    assert warning.startswith("painter_turbo runs without its third text encoder (T5)")


@pytest.mark.parametrize(("part", "name"), [("clip_l", "first text encoder"), ("clip_g", "second text encoder")])
def test_a_file_of_stable_diffusion_3_says_what_it_lacks(
    folders: dict[str, Path], tmp_path: Path, part: str, name: str
) -> None:
    file = write_single_file(folders["SD 3"], tmp_path / "sd3_medium.safetensors", layers=1, kind="SD 3")
    save_file({key: value for key, value in load_file(file).items() if part not in key}, file)
    lacks = f"holds no {name}, which a whole Stable Diffusion 3 model has. Get the file with all parts in it"
    with pytest.raises(ModelUnsupported, match=lacks):
        inspect_model(file)
    (entry,) = find_models(places_in(tmp_path))
    assert lacks in entry.unusable


def test_the_two_kinds_of_stable_diffusion_2(tmp_path: Path) -> None:
    """The files do not differ; names and marks tell, and 768 pixels with v-prediction is what most are."""
    parts = ("model.diffusion_model", "first_stage_model", "cond_stage_model.model")
    tensors = {f"{part}.x": torch.zeros(1) for part in parts}
    for name, native, prediction in (
        ("v2-1_768-ema-pruned", 768, "v_prediction"),
        ("v2-1_512-ema-pruned", 512, "epsilon"),
        ("sd2-base-tuned", 512, "epsilon"),
        ("my-painter", 768, "v_prediction"),
    ):
        facts = inspect_model(save(tensors, tmp_path / f"{name}.safetensors"))
        assert (facts.native_size, facts.prediction_type) == (native, prediction)


def test_a_model_for_inpainting_is_refused(tmp_path: Path) -> None:
    folder = save_stable_diffusion(tmp_path / "inpaint", SD1, in_channels=9)
    with pytest.raises(ModelUnsupported, match="inpainting"):
        inspect_model(folder)


@pytest.mark.parametrize(("configs", "sizes"), [("sd1", [860, 84, 123]), ("sd2", [866, 84, 340])])
def test_what_comes_along_has_the_published_sizes(configs: str, sizes: list[int]) -> None:
    from diffusers import AutoencoderKL, UNet2DConditionModel
    from transformers import CLIPTextConfig

    folder = resources() / configs
    with torch.device("meta"):
        parts = [
            UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(folder / "unet")),
            AutoencoderKL.from_config(AutoencoderKL.load_config(folder / "vae")),
            CLIPTextModel(CLIPTextConfig.from_pretrained(folder / "text_encoder")),
        ]
    assert [round(sum(p.numel() for p in part.parameters()) / 1e6) for part in parts] == sizes


def test_what_comes_along_of_stable_diffusion_3_has_the_published_size() -> None:
    from diffusers import AutoencoderKL, SD3Transformer2DModel
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    folder = resources() / "sd3"
    with torch.device("meta"):
        parts = [
            SD3Transformer2DModel.from_config(SD3Transformer2DModel.load_config(folder / "transformer")),
            AutoencoderKL.from_config(AutoencoderKL.load_config(folder / "vae")),
            *(CLIPTextModelWithProjection(CLIPTextConfig.from_pretrained(folder / name))
              for name in ("text_encoder", "text_encoder_2")),
        ]  # fmt: skip
    assert [round(sum(p.numel() for p in part.parameters()) / 1e6) for part in parts] == [2028, 84, 124, 695]


def test_every_class_of_a_layout_exists() -> None:
    import diffusers
    import transformers

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for layout in LAYOUTS:
            for name in (*layout.classes.values(), *layout.tokenizers.values()):
                assert hasattr(diffusers, name) or hasattr(transformers, name)


def test_a_unet_that_takes_guidance_as_an_input_is_told_it(tmp_path: Path) -> None:
    """Whole latent consistency models: under the embedding that diffusers makes, not without one."""
    backbone: Any = load_backbone(
        save_stable_diffusion(tmp_path / "lcm", SD1, time_cond_proj_dim=8), CPU, torch.float32
    )
    prompts = backbone.encode_prompts([PROMPT])
    latents = draw(backbone, 0, Size(64, 64))
    pipeline = pipeline_of(backbone, "SD 1", "euler", image_to_image=False)
    guidance = pipeline.get_guidance_scale_embedding(torch.tensor([DISTILLED_GUIDANCE - 1]), embedding_dim=8)
    with torch.inference_mode():
        ours = backbone.predict(latents, 500, prompts, torch.empty(1, 0))
        theirs, without = (
            backbone.unet(latents, 500, encoder_hidden_states=prompts.prompt_embeds, timestep_cond=cond).sample
            for cond in (guidance, None)
        )
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3)
    assert float((ours - without).abs().max()) > 1e-2
    assert backbone.facts.few_step.kind == "LCM"
