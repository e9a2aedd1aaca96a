"""Upscalers in single files are told apart by names, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hiprompt_core.errors import UnsafeModel
from hiprompt_core.guide_files import inspect_upscaler
from hiprompt_core.upscaler_files import inner_names, recognise
from tests.core.guide_models import save_network


def test_names_of_nothing_are_no_upscaler() -> None:
    assert recognise(()) is None
    assert recognise(["fc1.weight", "fc2.weight"]) is None


def test_averaged_weights_go_before_others() -> None:
    names = ["params.body.0.weight", "params_ema.body.0.weight", "params_ema.body.1.weight"]
    assert inner_names(names) == {f"body.{part}.weight": f"params_ema.body.{part}.weight" for part in (0, 1)}
    assert recognise(names) == "Compact"


def test_a_pickle_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "4x.pth").write_bytes(b"PK\x03\x04")
    with pytest.raises(UnsafeModel, match="can run code") as caught:
        inspect_upscaler(tmp_path / "4x.pth")
    assert ".safetensors" in caught.value.remedy


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
