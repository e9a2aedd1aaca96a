"""Names of models that lie in the Hugging Face cache, where folders and files are called by hashes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hiprompt_core import Engine
from hiprompt_core.cli import main
from hiprompt_core.events import Event, ModelLoading
from hiprompt_core.model_cache import model_folder
from hiprompt_core.model_files import demo_captioner, inspect_captioner, inspect_model
from hiprompt_core.model_names import file_name, folder_name
from tests.core.family_models import SD1, save_stable_diffusion
from tests.core.library.trees import write_cached
from tests.core.single_files import write_single_file


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    return tmp_path / "hub"


def keep(cache: Path, name: str, folder: Path) -> Path:
    """The snapshot of a folder under the name of a repository."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return write_cached(cache, name, {"0123abcd": files}) / "snapshots/0123abcd"


def test_a_snapshot_is_called_by_its_repository(cache: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which says that it is distilled."""
    snapshot = keep(cache, "Lykon/dreamshaper-xl-lightning", model)
    facts = inspect_model(snapshot)
    assert facts.name == "Lykon/dreamshaper-xl-lightning"
    assert facts.few_step is not None
    assert facts.few_step.kind == "Lightning"
    events: list[Event] = []
    Engine().backbone(snapshot, "cpu", "float32", events.append)
    assert ModelLoading(name="Lykon/dreamshaper-xl-lightning") in events
    assert main(["plan", "a fox", "--model", "Lykon/dreamshaper-xl-lightning"]) == 0
    assert "few steps: 4 steps" in capsys.readouterr().out


def test_an_organisation_tells_nothing_about_its_models(cache: Path, model: Path) -> None:
    assert inspect_model(keep(cache, "lightning/dreamshaper", model)).few_step is None


def test_a_captioner_is_called_by_its_repository(cache: Path) -> None:
    assert inspect_captioner(keep(cache, "someone/eyes", demo_captioner())).name == "someone/eyes"


def test_a_link_to_a_snapshot_is_called_by_its_repository(cache: Path, model: Path, tmp_path: Path) -> None:
    link = tmp_path / "mine"
    link.symlink_to(keep(cache, "a/b", model))
    assert inspect_model(link).name == "a/b"
    plain = shutil.copytree(model, tmp_path / "snapshots/0123abcd")
    assert inspect_model(plain).name == "0123abcd"


def test_a_file_of_the_cache_keeps_its_name(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a link to a file that is called by a hash, without an ending."""
    made = save_stable_diffusion(tmp_path / "sd1", SD1)
    monkeypatch.setattr("hiprompt_core.model_files.configs_of", lambda checkpoint: made)
    (tmp_path / "file").mkdir()
    file = write_single_file(made, tmp_path / "file/sd-turbo.safetensors", layers=1, kind="SD 1")
    kept = keep(cache, "a/b", file.parent) / file.name
    assert model_folder(str(kept)) == kept
    facts = inspect_model(model_folder(str(kept)))
    assert facts.name == "sd-turbo"
    assert facts.few_step is not None


def test_a_stem_that_is_everybodys_gives_way_to_its_folder(cache: Path) -> None:
    snapshot = cache / "models--latent-consistency--lcm-lora-sdxl/snapshots/0123abcd"
    assert file_name(snapshot / "pytorch_lora_weights.safetensors") == "latent-consistency/lcm-lora-sdxl"
    assert file_name(Path("/loras/lcm-lora-sdxl/adapter_model.safetensors")) == "lcm-lora-sdxl"
    assert file_name(Path("/loras/lcm-lora-sdxl/ink.safetensors")) == "ink"
    assert folder_name(snapshot / "unet") == "unet"
