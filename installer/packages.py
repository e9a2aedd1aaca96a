"""Installs and repairs, with pip, what the environment ``.venv`` holds."""

from __future__ import annotations

import re
import subprocess

from installer.environment import LOG, ROOT, VENV, SetupError, say, variables, venv_program
from installer.torch_build import TORCH, Torch

PROJECT = "hiprompt-desktop"
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


def fill(torch: Torch, dev: bool) -> None:
    """Install everything."""
    install_torch(torch)
    install_project(extra="[dev]" if dev else "")
    install_alone()


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


def install_alone() -> None:
    """Install what comes without its own dependencies: see pyproject.toml."""
    import tomllib  # not on Pythons that are only told that they are too old

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    fail_on(pip("install", "--no-compile", "--no-deps", *groups["alone"]))


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
            env=variables(),
        )
        assert running.stdout is not None
        for line in running.stdout:
            log.append(line)
            file.write(line)
            if line.lstrip().startswith(("Downloading", "Installing collected")):
                say(f"  {line.strip()[:100]}")
    return "".join(log) if running.wait() else None


def fail_on(log: str | None) -> None:
    if log:
        raise SetupError(f"{explain_failure(log)} (log: {VENV / LOG})")


def explain_failure(log: str) -> str:
    """One sentence for what made pip fail."""
    for signs, sentence in FAILURES:
        if re.search(signs, log):
            return sentence
    found = re.search(r"No matching distribution found for (.+)", log)
    if found:
        return f"There is no build of {found[1].strip()} for this Python and system: try Python 3.11 to 3.13."
    return "pip could not install the project."
