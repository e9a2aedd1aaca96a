"""The folders of a user that this program writes to, where the system wants them, or all in one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs

NAME = "HiPrompt"
HOME = "HIPROMPT_HOME"
"""A variable that names one folder for everything, for example on a stick."""

Kind = Literal["config", "state", "cache", "log", "data", "pictures"]


def user_folder(kind: Kind) -> Path:
    """Where things of a kind belong; the folder need not exist."""
    if home := os.environ.get(HOME):
        return Path(home).expanduser().absolute() / kind
    if kind == "pictures":
        return Path(platformdirs.user_pictures_dir()) / NAME
    folders = {
        "config": platformdirs.user_config_dir,
        "state": platformdirs.user_state_dir,
        "cache": platformdirs.user_cache_dir,
        "log": platformdirs.user_log_dir,
        "data": platformdirs.user_data_dir,
    }
    return Path(folders[kind](NAME, appauthor=False))
