"""Without the wish to download, nothing is connected, sent or looked up; here even this computer itself is refused.

Both run in a process of their own, where the guard is in place before anything is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FORBID = """
import sys
used = []
def guard(event, arguments):
    network = event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                        "socket.gethostbyname", "socket.gethostbyaddr"}
    if event == "socket.connect" or event.startswith("socket.send"):
        network = network and isinstance(arguments[1], tuple)  # the name of a Unix socket is no tuple
    if event == "socket.bind":
        network = arguments[1] != ("::1", 0)  # how urllib3 asks, when it is imported, whether there is IPv6
    if network:
        used.append(event)
        print("SOCKET", event, arguments, file=sys.stderr, flush=True)
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(guard)
import socket
for attempt in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: socket.getaddrinfo("localhost", 9)):
    try:
        attempt()
    except SystemExit:
        used.clear()
    else:
        raise AssertionError("the guard does not hold")
"""
CORE = """
from pathlib import Path
from PIL import Image
from hiprompt_core import Engine, GenerationRequest, Options, RegenerateRequest, Size
from hiprompt_core import caption_image, generate, regenerate
from hiprompt_core.library import Known, find_models, places_in, usual_places, verify
from hiprompt_core.model_files import demo_captioner, demo_model, resources
out = Path(sys.argv[1])
engine = Engine()
steps = Options(num_inference_steps=2, upscale_num_inference_steps=2)
request = GenerationRequest(
    prompt="a red circle", size=Size(256, 256), model=demo_model(), captioner=demo_captioner(), output=out / "a",
    device="cpu", options=steps,
)
result = generate(request, engine=engine)
image = Image.open(result.path).convert("RGB")
assert caption_image(image, 128, 0.25, demo_captioner(), "What is it?", lambda event: None, engine)
regenerate(RegenerateRequest(source=out / "a", captions={0: ""}, num_inference_steps=2), engine=engine)
entries = find_models(places_in(resources()) + usual_places(), Known(out))
assert entries and not verify(entries[0]).problems
assert not used, used
print("no socket")
"""
WINDOW = """
import time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from hiprompt_desktop.app import Application
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.pipeline_engine import load_engine
from hiprompt_desktop.settings import Places
from hiprompt_desktop.theme import apply_theme
out = Path(sys.argv[1])
app = QApplication([])
apply_theme(app, "light")
application = Application(Places.under(out), parse_arguments([]), load_engine, LogLocation(None))
application.start()
application.start_engine()
def wait(met):
    while not met():
        app.processEvents()
        time.sleep(0.01)  # the worker needs Python, too
wait(lambda: application.session.next.device != "")
panel = application.window.request_panel
panel.preset.setCurrentIndex(panel.preset.findData("fast"))
panel.preset.activated.emit(panel.preset.currentIndex())
for box in (panel.size_field.width_box, panel.size_field.height_box):
    box.setValue(256)
panel.generate.click()
assert application.session.busy
wait(lambda: not application.session.busy)
application.shut_down()
assert list(out.rglob("phase-*-256x256.png"))
assert not used, used
print("no socket")
"""


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root), "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        environment[name] = str(folder / name)
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=280)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", [CORE, WINDOW], ids=["core", "window"])
def test_no_socket_is_used(script: str, tmp_path: Path) -> None:
    done = run(FORBID + script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("no socket\n")
