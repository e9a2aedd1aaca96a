"""Sets the project up in ``.venv`` and starts it: ``python3 installer/bootstrap.py run`` or ``test``.

Needs nothing but Python 3.11 or newer: only the standard library is used, and everything is installed into ``.venv``.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

# What lies beside this file is found however Python was started, and before PyPI's own `installer`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from installer.environment import (
    LOG,
    ROOT,
    VENV,
    SetupError,
    check_machine,
    decide,
    finish,
    look,
    make_environment,
    read_stamp,
    say,
    stamp_key,
    variables,
    venv_program,
    write_stamp,
)
from installer.packages import fill, repair
from installer.qt_libraries import check_qt_libraries
from installer.torch_build import GIBIBYTES, detect_torch

OLDEST_PYTHON = (3, 11)
SAMPLE_PROMPT = "a fox and a tree, a green meadow"  # the first of hiprompt_desktop.document
SAMPLE_FOLDER = "outputs"


def run() -> int:
    set_up(dev=False)
    if has_display():
        check_qt_libraries("xcb" if os.environ.get("DISPLAY") else "wayland")
        return subprocess.call([str(venv_program("hiprompt-desktop"))], cwd=ROOT, env=variables())
    say("There is no display, so the sample is made by the command line instead of the window.")
    command = [str(venv_program("hiprompt")), "generate", SAMPLE_PROMPT, "--out", SAMPLE_FOLDER]
    say("  " + subprocess.list2cmdline([Path(command[0]).name, *command[1:]]))
    before = time.time() - 2  # file systems round times
    code = subprocess.call(command, cwd=ROOT, env=variables())
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
    return subprocess.call(command, cwd=ROOT, env={**variables(), "OMP_NUM_THREADS": "1"})


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
    check_machine(GIBIBYTES[torch.name])
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


def has_display() -> bool:
    return platform.system() != "Linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


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
