"""Everything lies where the system wants it, or in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from hiprompt_core.library.places import own_models
from hiprompt_core.user_folders import Kind, user_folder


def test_one_folder_holds_everything_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = {user_folder(kind) for kind in get_args(Kind)}
    assert all("HiPrompt" in folder.parts for folder in apart)
    monkeypatch.setenv("HIPROMPT_HOME", str(tmp_path / "stick"))
    assert {user_folder(kind).parent for kind in get_args(Kind)} == {tmp_path / "stick"}
    assert own_models() == tmp_path / "stick/data/models"
