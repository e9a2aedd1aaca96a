"""Sets the project up in ``.venv`` and starts it: ``python3 installer/bootstrap.py run`` or ``test``.

Needs nothing but Python 3.11 or newer: only the standard library is used, and everything is installed into ``.venv``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = "hiprompt-setup.json"
LOG = "hiprompt-setup.log"
OLDEST_PYTHON = (3, 11)
PROJECT = "hiprompt-desktop"

TORCH = "2.13.0"
TORCH_INDEX = "https://download.pytorch.org/whl/"
GIBIBYTES = {"cpu": 3, "default": 3, "cu126": 12, "cu130": 12, "rocm7.2": 24}

SAMPLE_PROMPT = "a fox and a tree, a green meadow"  # the first of hiprompt_desktop.document
SAMPLE_FOLDER = "outputs"

PACKAGES = {  # library: its package for apt, dnf and pacman
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
}
PACKAGE_MANAGERS = (  # program, the command that installs, column of PACKAGES
    ("apt-get", "sudo apt install", 0),
    ("dnf", "sudo dnf install", 1),
    ("pacman", "sudo pacman -S", 2),
)
FAILURES = (  # signs in what pip prints, the first that is found decides
    ("No space left on device|Errno 28|not enough space", "The disk is full: make room and start again."),
    (
        "CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package index's certificate is not trusted: check the clock and the proxy and start again.",
    ),
    (
        "NewConnectionError|Name or service not known|getaddrinfo failed|ConnectTimeout|from versions: none",
        "The package index cannot be reached: check the network connection (or proxy) and start again.",
    ),
    ("Permission denied|Errno 13", "A file may not be written: check who owns this folder and start again."),
)

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


class Torch(NamedTuple):
    """One build of torch: its name and how pip gets it."""

    name: str
    requirement: str
    index: str | None = None


class Found(NamedTuple):
    """What is installed: the names of all packages, and the versions of those with lost or changed files."""

    names: list[str]
    damaged: dict[str, str]


# ---- decisions: pure functions -------------------------------------------------------------------------------------


def choose_torch(system: str, cuda: float | None, rocm: bool) -> Torch:
    """The build for this hardware; ``cuda`` is the newest CUDA version that the NVIDIA driver runs."""
    if system == "Darwin":
        return Torch("default", f"torch=={TORCH}")  # Apple's GPU is in the only build
    if cuda is not None and cuda >= 12:
        return _variant("cu130" if cuda >= 13 else "cu126")
    if rocm and system == "Linux":
        return _variant("rocm7.2")
    if system == "Linux":
        return _variant("cpu")  # by its full name: the default build brings gigabytes of CUDA
    return Torch("default", f"torch=={TORCH}")


def _variant(name: str) -> Torch:
    return Torch(name, f"torch=={TORCH}+{name}", TORCH_INDEX + name)


def cuda_version(nvidia_smi: str) -> float | None:
    """Read "CUDA Version: 12.4" out of what nvidia-smi prints."""
    found = re.search(r"CUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)", nvidia_smi)
    return float(found[1]) if found else None


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


def missing_libraries(ldd: str) -> list[str]:
    """Names of the libraries that ldd did not find."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", ldd, re.MULTILINE)))


def library_advice(libraries: list[str], managers: list[str]) -> str:
    """One line: the missing libraries and the command that installs them."""
    names = ", ".join(libraries)
    for program, command, column in PACKAGE_MANAGERS:
        if program in managers:
            packages = sorted({PACKAGES[library][column] for library in libraries if library in PACKAGES})
            if packages:
                return f"Qt needs system libraries that are missing ({names}): {command} {' '.join(packages)}"
    return f"Qt needs system libraries that are missing ({names}): install them with your package manager."


def explain_failure(log: str) -> str:
    """One sentence for what made pip fail."""
    for signs, sentence in FAILURES:
        if re.search(signs, log):
            return sentence
    found = re.search(r"No matching distribution found for (.+)", log)
    if found:
        return f"There is no build of {found[1].strip()} for this Python and system: try Python 3.11 to 3.13."
    return "pip could not install the project."


# ---- the machine ---------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def venv_program(name: str) -> Path:
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


def environment() -> dict[str, str]:
    """The caller's variables without those that would mix another Python into the environment or make it slow.

    Without compiled modules every start compiles torch and its kin anew: 9 s of 15 s of processor time, measured.
    """
    foreign = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in foreign}


def ask(*command: str | Path) -> str | None:
    """What a command prints; None when it cannot be run or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=600, env=environment(), check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def detect_torch() -> Torch:
    report = ask("nvidia-smi") if shutil.which("nvidia-smi") else None
    return choose_torch(platform.system(), cuda_version(report or ""), Path("/sys/module/amdgpu").exists())


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


def check_machine(torch: Torch) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "Python's venv module is not complete: install it (Debian: sudo apt install python3-venv) and start again."
        )
    free = shutil.disk_usage(ROOT).free / 2**30
    if free < GIBIBYTES[torch.name]:
        raise SetupError(
            f"The disk has {free:.1f} GiB free and the set-up needs {GIBIBYTES[torch.name]}: make room first."
        )


def make_environment() -> None:
    say("Making the environment .venv …")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    write_stamp(state="incomplete")
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = subprocess.run(
        [base, "-m", "venv", str(VENV)], capture_output=True, text=True, env=environment(), check=False
    )
    if done.returncode:
        raise SetupError(f"The environment .venv could not be made: {(done.stderr or done.stdout).strip()[-300:]}")


def pip(*arguments: str) -> str | None:
    """Run pip in the environment, showing its main steps; its log when it failed."""
    command = [str(venv_program("python")), "-m", "pip", "--disable-pip-version-check", *arguments]
    log = []
    with (VENV / LOG).open("a", encoding="utf-8") as file:
        running = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=ROOT,
            env=environment(),
        )
        assert running.stdout is not None
        for line in running.stdout:
            log.append(line)
            file.write(line)
            if line.lstrip().startswith(("Downloading", "Installing collected")):
                say(f"  {line.strip()[:100]}")
    return "".join(log) if running.wait() else None


def install_torch(torch: Torch, *options: str) -> None:
    say(f"Installing torch {TORCH}, {torch.name} build …")
    index = ["--extra-index-url", torch.index, "--retries", "1"] if torch.index else []
    # without dependencies: they come with the project, from the default index alone
    command = ["install", "--no-compile", "--no-deps", *options]
    log = pip(*command, *index, torch.requirement)
    if log and torch.index:
        say(f"  {torch.index} did not give it; taking the default build, which may be larger …")
        log = pip(*command, f"torch=={TORCH}")
    fail_on(log)


def install_project(*options: str, extra: str = "") -> None:
    say("Installing HiPrompt Desktop …")
    fail_on(pip("install", "--no-compile", *options, "--editable", f".{extra}"))


def fail_on(log: str | None) -> None:
    if log:
        raise SetupError(f"{explain_failure(log)} (log: {VENV / LOG})")


def fill(torch: Torch, dev: bool) -> None:
    """Install everything."""
    install_torch(torch)
    install_project(extra="[dev]" if dev else "")


def repair(torch: Torch, damaged: dict[str, str]) -> None:
    """Install the damaged packages again, each in the version it has."""
    say(f"Repairing {', '.join(sorted(damaged))} …")
    others = [f"{name}=={version}" for name, version in damaged.items() if name not in {"torch", PROJECT}]
    if others:
        fail_on(pip("install", "--no-compile", "--no-deps", "--force-reinstall", *others))
    if "torch" in damaged:
        install_torch(torch, "--force-reinstall")
    if PROJECT in damaged:
        install_project("--no-deps", "--force-reinstall")


def finish(key: str, dev: bool) -> bool:
    """Whether everything starts; if so, say in the stamp that the environment is complete."""
    found = look()
    if found is None or found.damaged or ask(venv_program("python"), "-c", PROBE) is None:
        return False
    write_stamp(state="complete", key=key, dev=dev, packages=found.names)
    return True


def set_up(dev: bool) -> None:
    """Bring ``.venv`` into the state that the project needs; a second call only looks."""
    start = time.monotonic()
    stamp = read_stamp()
    torch = detect_torch()
    key = stamp_key((ROOT / "pyproject.toml").read_bytes(), sys.version, torch.name)
    found = look()
    todo = decide(stamp, key, dev, found)
    if todo == "keep":
        return
    dev = dev or bool(stamp and stamp.get("dev"))
    check_machine(torch)
    if todo == "rebuild":
        if VENV.exists():
            say("The environment .venv is not complete; it is made anew.")
        make_environment()
    write_stamp(state="incomplete", dev=dev)
    if todo == "repair" and found:
        repair(torch, found.damaged)
    else:
        fill(torch, dev)
    if not finish(key, dev):
        say("That did not mend it; the environment .venv is made anew.")
        make_environment()
        fill(torch, dev)
        if not finish(key, dev):
            raise SetupError(f"Everything is installed, but it does not start: see {VENV / LOG}.")
    say(f"Set up in {time.monotonic() - start:.0f} s.")


def check_qt_libraries(plugin: str) -> None:
    """Raise SetupError when Qt's window module or its platform plugin lacks a system library."""
    if platform.system() != "Linux" or not shutil.which("ldd"):
        return
    folder = ask(venv_program("python"), "-c", "import PySide6; print(PySide6.__path__[0])")
    if folder:
        qt = Path(folder.strip())
        report = ask("ldd", *qt.glob("QtWidgets*.so"), qt / "Qt" / "plugins" / "platforms" / f"libq{plugin}.so")
        missing = missing_libraries(report or "")
        if missing:
            raise SetupError(library_advice(missing, [name for name, *_ in PACKAGE_MANAGERS if shutil.which(name)]))


def has_display() -> bool:
    return platform.system() != "Linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


# ---- commands ------------------------------------------------------------------------------------------------------


def run() -> int:
    set_up(dev=False)
    if has_display():
        check_qt_libraries("xcb" if os.environ.get("DISPLAY") else "wayland")
        return subprocess.call([str(venv_program("hiprompt-desktop"))], cwd=ROOT, env=environment())
    say("There is no display, so the sample is made by the command line instead of the window.")
    command = [str(venv_program("hiprompt")), "generate", SAMPLE_PROMPT, "--out", SAMPLE_FOLDER]
    say("  " + subprocess.list2cmdline([Path(command[0]).name, *command[1:]]))
    before = time.time() - 2  # file systems round times
    code = subprocess.call(command, cwd=ROOT, env=environment())
    for file in sorted((ROOT / SAMPLE_FOLDER).rglob("*")):
        if file.is_file() and file.stat().st_mtime >= before:
            say(str(file.relative_to(ROOT)))
    return code


def test(pytest_arguments: list[str]) -> int:
    set_up(dev=True)
    check_qt_libraries("offscreen")
    # this -m takes the slow tests in, which a plain pytest call leaves out; tests/conftest.py says which files begin
    command = [str(venv_program("python")), "-m", "pytest", "-m", "not soak"]
    command += ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *pytest_arguments]
    # two processes with as many threads as cores would wait for each other
    return subprocess.call(command, cwd=ROOT, env={**environment(), "OMP_NUM_THREADS": "1"})


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        print(f"This is Python {platform.python_version()}, but {wanted} or newer is needed.", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Set HiPrompt Desktop up in .venv and start it.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="set up and open the window (without a display: make the sample)")
    commands.add_parser("test", help="set up and run every test; further arguments go to pytest")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return run() if options.command == "run" else test(rest)
    except SetupError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; the next start goes on from here.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
