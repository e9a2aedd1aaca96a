"""The environment ``.venv``: its programs, what is installed in it, and making it anew."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = "hiprompt-setup.json"
LOG = "hiprompt-setup.log"

# Runs in the environment: what is installed, and which of it lacks a file or holds one of another length.
INSPECT = """
import csv, importlib.metadata, json, os

def damaged(dist):
    root = str(dist.locate_file(""))
    for name, _, size in csv.reader((dist.read_text("RECORD") or "").splitlines()):
        if name.endswith(".pyc") or ".dist-info" in name:
            continue
        try:
            length = os.stat(os.path.join(root, name)).st_size
        except OSError:
            return True
        if size and length != int(size):
            return True
    return False

dists = list(importlib.metadata.distributions())
names = sorted(dist.metadata["Name"] for dist in dists)
print(json.dumps([names, {dist.metadata["Name"]: dist.version for dist in dists if damaged(dist)}]))
"""
# Everything that a picture needs; this first import compiles it for all later ones, which may take a slow disk minutes.
PROBE = "import hiprompt_core.models, hiprompt_core.pipeline, PySide6.QtCore, torch; torch.zeros(1)"


class SetupError(Exception):
    """Why the set-up cannot go on, in one sentence."""


class Found(NamedTuple):
    """What is installed: the names of all packages, and the versions of those with lost or changed files."""

    names: list[str]
    damaged: dict[str, str]


def say(text: str) -> None:
    print(text, flush=True)


def venv_program(name: str) -> Path:
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def variables() -> dict[str, str]:
    """The caller's variables without those that would mix another Python into the environment or make it slow.

    Without compiled modules every start compiles torch and its kin anew: 9 s of 15 s of processor time, measured.
    """
    foreign = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in foreign}


def ask(*command: str | Path) -> str | None:
    """What a command prints; None when it cannot be run or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=600, env=variables(), check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def stamp_key(pyproject: bytes, python: str, torch: str) -> str:
    """Changes when the environment must be installed anew."""
    return hashlib.sha256(b"\n".join([pyproject, python.encode(), torch.encode()])).hexdigest()


def decide(stamp: dict[str, object] | None, key: str, dev: bool, found: Found | None) -> str:
    """What to do with the environment: ``keep``, ``repair``, ``install`` into it, or ``rebuild`` it from nothing.

    Args:
        found: what is installed; None when its Python does not start.
    """
    if found is None or (stamp is not None and stamp.get("state") != "complete"):
        return "rebuild"
    if stamp is None or stamp.get("key") != key or (dev and not stamp.get("dev")):
        return "install"
    packages = stamp.get("packages")
    if not isinstance(packages, list) or not set(packages) <= set(found.names):
        return "install"
    return "repair" if found.damaged else "keep"


def read_stamp() -> dict[str, object] | None:
    try:
        stamp = json.loads((VENV / STAMP).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {"state": "unreadable"}
    return stamp if isinstance(stamp, dict) else {"state": "unreadable"}


def write_stamp(**values: object) -> None:
    draft = VENV / f"{STAMP}.new"
    draft.write_text(json.dumps(values, indent=1), encoding="utf-8")
    draft.replace(VENV / STAMP)


def look() -> Found | None:
    """What is installed in the environment; None when its Python does not start."""
    if ask(venv_program("python"), "-c", "import pip") is None:
        return None
    answer = ask(venv_program("python"), "-c", INSPECT)
    return Found(*json.loads(answer)) if answer else None


def check_machine(gibibytes: int) -> None:
    """Raise SetupError where the set-up would fail: without Python's own venv module, or with less room on the disk."""
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "Python's venv module is not complete: install it (Debian: sudo apt install python3-venv) and start again."
        )
    free = shutil.disk_usage(ROOT).free / 2**30
    if free < gibibytes:
        raise SetupError(f"The disk has {free:.1f} GiB free and the set-up needs {gibibytes}: make room first.")


def make_environment() -> None:
    say("Making the environment .venv …")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp(state="incomplete")
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True, env=variables(), check=False)
    if done.returncode:
        raise SetupError(f"The environment .venv could not be made: {(done.stderr or done.stdout).strip()[-300:]}")


def finish(key: str, dev: bool) -> bool:
    """Whether everything starts; if so, say in the stamp that the environment is complete."""
    found = look()
    if found is None or found.damaged or ask(venv_program("python"), "-c", PROBE) is None:
        return False
    write_stamp(state="complete", key=key, dev=dev, packages=found.names)
    return True
