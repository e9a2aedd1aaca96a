"""Without the wish to download no socket is made: the whole application, in processes that may make none."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.no_sockets.sitecustomize import MACHINES

ROOT = Path(__file__).parents[2]
BY_KERNEL = sys.platform == "linux" and platform.machine() in MACHINES
COMMANDS = """
import shutil
import sys
from pathlib import Path
from hiprompt_core.cli import main
from hiprompt_core.model_files import resources
def run(*words):
    assert main([str(word) for word in words]) == 0, words
models = Path("models")
shutil.copytree(resources() / "demo_captioner", models / "eyes")
small = ["--width", 256, "--height", 256, "--steps", 2, "--set", "upscale_num_inference_steps=2"]
run("doctor")
run("styles")
run("plan", "a fox", *small)
run("generate", "a {red|blue} fox", *small, "--out", "out")
(folder,) = Path("out").iterdir()
run("regenerate", folder, "--patch", 1, "--caption", "a kite", "--steps", 2)
run("export", folder, "--format", "jpeg", "--out", "exported")
(picture,) = Path("exported").iterdir()
run("caption", picture)
run("upscale", picture, "--scale", 1, "--strength", 0.2, "--set", "upscale_num_inference_steps=5", "--out", "larger")
run("models", "list", resources(), models)
run("models", "verify", models / "eyes")
run("models", "remove", models / "eyes")
run("models", "download", "--list")
"""
ADD_ONS = """
from hiprompt_core.cli import main
files = ["--lora", "lora.safetensors:0.5", "--embedding", "ink=word.safetensors", "--vae", "vae.safetensors"]
guides = ["--controlnet", "tile.safetensors", "--upscaler", "esrgan.safetensors", "--captioner", "attention"]
small = ["--width", "128", "--height", "64", "--steps", "2", "--set", "upscale_num_inference_steps=8"]
assert main(["generate", "a fox in ink", "--model", "model", *files, *guides, *small, "--out", "out"]) == 0
"""
WINDOW = """
import os
import sys
import time
import traceback
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from hiprompt_core.model_files import resources
import hiprompt_desktop.app as program
class Application(program.Application):
    def __init__(self, *arguments):
        global application
        application = self
        super().__init__(*arguments)
program.Application = Application
def wait(met):
    begin = time.monotonic()
    while not met() or time.monotonic() < begin + 0.05:  # what was triggered may come a little later
        assert time.monotonic() < begin + 200
        QApplication.processEvents()
        time.sleep(0.01)  # the worker needs Python, too
def idle():
    return not application.session.busy and not application.models.errand.busy
LEFT_OUT = {
    "quit", "show_folder",  # which ends the program, and which begins another one
    "generate", "generate_next", "branch", "branch_off", "counterfactual", "regenerate",  # drawing has its own place
}
def use_it(app):
    window, session = application.window, application.session
    if "click" in sys.argv:
        window.actions_by_name["models"].trigger()
        models = window.model_actions.window
        models.remote.click()
        models.downloads.repository.setText("someone/model")
        models.downloads.look_up.click()
        wait(lambda: os.path.exists(os.environ["SOCKET_LOG"]))
        os._exit(0)
    wait(lambda: session.next.machine.device != "")
    panel = window.request_panel
    panel.preset.setCurrentIndex(panel.preset.findData("fast"))
    panel.preset.activated.emit(panel.preset.currentIndex())
    for box in (panel.size_field.width_box, panel.size_field.height_box):
        box.setValue(256)
    panel.generate.click()
    assert session.busy
    wait(idle)
    window.actions_by_name["select_all"].trigger()
    window.actions_by_name["regenerate"].trigger()
    wait(idle)
    for name in [*window.actions_by_name, "language_en"]:
        if name not in LEFT_OUT and not name.startswith("batch_"):
            application.window.actions_by_name[name].trigger()
            wait(idle)
            for other in QApplication.topLevelWidgets():
                if other is not application.window and other.isVisible():
                    other.close()
    window = application.window  # another language brings another one
    window.actions_by_name["models"].trigger()
    models = window.model_actions.window
    models.take_folder(str(resources()))
    wait(idle)
    models.list.setCurrentItem(models.list.rows()[0])
    models.details.verify.click()
    wait(idle)
    models.remote.click()
    models.downloads.repository.setText("someone/model")
    assert window.bottom.status.badge.text().startswith("offline")
    models.close()
    window.close()
    return 0
def told(app):
    try:
        return use_it(app)
    except BaseException:  # else the window tells it, to nobody
        traceback.print_exc()
        os._exit(1)
QApplication.exec = told
sys.exit(program.main([]))
"""


def run(script: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(ROOT)]),
        "HOME": str(folder),
        "OMP_NUM_THREADS": "1",
        "SOCKET_LOG": str(folder / "sockets.txt"),
    }
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        environment[name] = str(folder / name)
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, check=False, timeout=280
    )


def save_add_ons(folder: Path) -> None:
    """A tiny model, and all that goes beside one as single files, which lack configs and so invite to fetch some."""
    import torch  # which the other tests here need not wait for
    from diffusers import UNet2DConditionModel
    from safetensors.torch import save_file

    from tests.core.conftest import SCHEDULERS, save_model
    from tests.core.guide_models import make_controlnet, save_network, write
    from tests.core.single_files import part, vae_name

    model = save_model(folder / "model", SCHEDULERS["epsilon"])
    unet = UNet2DConditionModel.from_pretrained(model / "unet")
    layer = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    height, width = unet.get_submodule(layer).weight.shape
    down, up = torch.ones(2, width), torch.ones(height, 2)
    save_file({f"unet.{layer}.lora_A.weight": down, f"unet.{layer}.lora_B.weight": up}, folder / "lora.safetensors")
    save_file({"clip_l": torch.ones(1, 8), "clip_g": torch.ones(1, 8)}, folder / "word.safetensors")
    vae = {vae_name(name): value for name, value in part(model / "vae").items()}
    save_file(vae, folder / "vae.safetensors")
    write(folder / "tile.safetensors", make_controlnet(unet))
    save_network(folder / "esrgan.safetensors", "ESRGAN", num_filters=8, num_blocks=1, scale=2)


def attempts(folder: Path) -> str:
    log = folder / "sockets.txt"
    return log.read_text() if log.exists() else ""


@pytest.mark.parametrize("python", ["", "-S "], ids=["itself", "its child"])
def test_the_guard_holds(tmp_path: Path, python: str) -> None:
    """A child that knows nothing of the guard is ended by the kernel."""
    make = "import socket; socket.socket()"
    child = f"import subprocess, sys; sys.exit(abs(subprocess.call([sys.executable, '-S', '-c', {make!r}])))"
    if BY_KERNEL:
        assert abs(run(child if python else make, tmp_path).returncode) == signal.SIGSYS
    run("import socket; socket.getaddrinfo('localhost', 9)", tmp_path)
    assert "getaddrinfo" in attempts(tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", [COMMANDS, WINDOW], ids=["command line", "window"])
def test_no_socket_is_made(script: str, tmp_path: Path) -> None:
    done = run(script, tmp_path)
    assert attempts(tmp_path) == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_files_beside_a_model_make_none(tmp_path: Path) -> None:
    save_add_ons(tmp_path)
    done = run(ADD_ONS, tmp_path)
    assert attempts(tmp_path) == ""
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("out/*/phase-2-128x64.png"))) == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_click_makes_one(tmp_path: Path) -> None:
    """The only place where the same guard has something to say."""
    done = run(WINDOW, tmp_path, "click")
    assert attempts(tmp_path) != "" or done.returncode == -signal.SIGSYS
