"""Upscalers in single files are told apart by names, without torch."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hiprompt_core.errors import ModelUnsupported
from hiprompt_core.guide_files import inspect_upscaler
from hiprompt_core.upscaler_files import SPANDREL, inner_names, recognise
from tests.core.guide_models import save_network


def header(**shapes: tuple[int, ...]) -> dict[str, Any]:
    return {f"{name}.weight": {"dtype": "F16", "shape": list(shape)} for name, shape in shapes.items()}


def test_names_of_nothing_are_no_upscaler() -> None:
    assert recognise({}) is None
    assert recognise(header(fc1=(3, 3), fc2=(3, 3))) is None


def test_others_that_are_named_alike_are_none() -> None:
    """Layers in a row, and a network that has a convolution where a Compact has slopes."""
    assert recognise(header(**{"body.0": (8, 8), "body.1": (8, 8), "body.2": (8, 8)})) is None
    assert recognise(header(**{"body.0": (8, 3, 3, 3), "body.1": (8, 8, 3, 3)})) is None
    assert recognise(header(in_to_dim=(8, 3, 3, 3))) is None


def test_averaged_weights_go_before_others() -> None:
    found = header(**{"params.body.0": (9, 3, 3, 3), "params_ema.body.0": (8, 3, 3, 3), "params_ema.body.1": (8,)})
    assert inner_names(found) == {f"body.{part}.weight": f"params_ema.body.{part}.weight" for part in (0, 1)}
    assert recognise(found) == "Compact"


def test_looking_into_a_file_takes_no_torch(tmp_path: Path) -> None:
    file = save_network(tmp_path / "x.safetensors", "SPAN", num_in_ch=3, num_out_ch=3, feature_channels=4)
    code = (
        "import sys; from pathlib import Path; from hiprompt_core.guide_files import inspect_upscaler; "
        "print(inspect_upscaler(Path(sys.argv[1])).parameters, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    parameters, torch = done.stdout.split()
    assert int(parameters) > 1000
    assert torch == "False"


def test_without_spandrel_files_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = save_network(tmp_path / "x.safetensors", "Compact", num_feat=4, num_conv=0)
    monkeypatch.setattr("hiprompt_core.upscaler_files.find_spec", lambda name: None)
    with pytest.raises(ModelUnsupported, match="spandrel") as caught:
        inspect_upscaler(file)
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["dependency-groups"]["alone"] == [SPANDREL]
    assert SPANDREL in caught.value.remedy
