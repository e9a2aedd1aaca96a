"""Whether a plan's memory is what a run takes: the demo model, each picture in processes of their own.

Memory does not depend on the number of steps, so every phase has one. Measured is the peak of the process's own pages
(Linux: RssAnon), less what it held when its libraries were loaded and no model was; pages of files, which a system
takes back when it likes, do not count. Ends with 1 when a plan is more than a quarter off.
Run: ``python -m tests.bench.bench_plan_memory [PICTURE ...]``. A picture is a width and a height with what else takes
memory, such as ``1000x1000+from:8000x8000``, ``1024x1024+tile:1024+upscaler`` (``EXTRAS``).
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hiprompt_core import GenerationRequest, Options, Size, make_plan
from hiprompt_core.allocator import trim
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_captioner, inspect_model
from hiprompt_core.request import ControlNet

MOST = 0.25
RUNS = 2
"""Of each picture: allocators do not do the same each time."""
PICTURES = (
    "256x256", "512x512", "1024x1024", "2048x2048", "4096x4096", "4096x256", "256x2048", "3072x1024",
    "1024x1024+tile:256", "1024x1024+tile:1024", "1024x1024+views:64",
    "1024x1024+upscaler", "1024x1024+controlnet", "768x768+captioner", "768x768+attention",
    "1000x1000+from:500x500", "1000x1000+from:4000x4000", "1000x1000+from:6000x4000", "1000x1000+from:8000x8000",
    "1000x1000+from:12000x12000", "1000x1000+from:8000x8000.webp", "2000x2000+from:2000x2000",
    "2000x2000+from:1000x1000+upscaler",
)  # fmt: skip


_entered = ExitStack()
"""What lasts as long as a picture's process."""


def from_picture(request: GenerationRequest, folder: Path, size_and_ending: str) -> GenerationRequest:
    size, _, ending = size_and_ending.partition(".")
    path, (width, height) = folder / f"own.{ending or 'png'}", map(int, size.split("x"))
    coarse = np.random.default_rng(0).integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((width, height)).save(path)
    return replace(request, base_image=path, base_size=Size(height, width))


def with_upscaler(request: GenerationRequest, folder: Path, _: str) -> GenerationRequest:
    from tests.core.guide_models import save_network

    return replace(request, upscaler=save_network(folder / "upscaler.safetensors", "Compact", num_conv=32))


def with_controlnet(request: GenerationRequest, folder: Path, _: str) -> GenerationRequest:
    from diffusers import UNet2DConditionModel

    from tests.core.guide_models import make_controlnet

    make_controlnet(UNet2DConditionModel.from_pretrained(request.model / "unet")).save_pretrained(folder / "controlnet")
    return replace(request, controlnet=ControlNet(path=folder / "controlnet"))


def with_sdxl(request: GenerationRequest, folder: Path, _: str) -> GenerationRequest:
    """Random weights of SDXL's full size, which are in memory before the run begins."""
    import torch

    from tests.bench.random_sdxl import RandomSDXL

    model = RandomSDXL(folder / "sdxl", torch.device("cpu"), tiny=False)
    _entered.enter_context(model.in_place_of_files())
    return replace(request, model=model.folder)


def with_options(**values: Any) -> Callable[..., GenerationRequest]:
    return lambda request, *_: replace(request, options=replace(request.options, **values))


EXTRAS: dict[str, Callable[[GenerationRequest, Path, str], GenerationRequest]] = {
    "from": from_picture,
    "upscaler": with_upscaler,
    "controlnet": with_controlnet,
    "captioner": lambda request, *_: replace(
        request, options=replace(request.options, captions=True), captioner=demo_captioner()
    ),
    "attention": lambda request, *_: replace(
        request, options=replace(request.options, captions=True), caption_source="attention"
    ),
    "sdxl": with_sdxl,
    "tile": lambda request, _, side: with_options(vae_tile_size=int(side))(request),
    "views": lambda request, _, count: with_options(view_batch_size=int(count))(request),
    "precision": lambda request, _, name: replace(request, precision=name),
}


def make_request(picture: str, folder: Path) -> GenerationRequest:
    size, *extras = picture.split("+")
    width, height = map(int, size.split("x"))
    options = Options(
        captions=False, num_inference_steps=1, upscale_num_inference_steps=1, strength=1, guidance_scale_low=1
    )
    request = GenerationRequest(
        prompt="a fox", size=Size(height, width), options=options, model=demo_model(), output=folder / "picture"
    )
    for extra in extras:
        name, _, value = extra.partition(":")
        request = EXTRAS[name](request, folder, value)
    return request


def own_pages() -> int:
    """Bytes of this process that are no file's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise OSError("This system does not tell RssAnon.")


@contextmanager
def peak_of_own_pages() -> Iterator[list[int]]:
    """The largest number of bytes meanwhile, as the only element."""
    most, ended = [own_pages()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.001):
            most[0] = max(most[0], own_pages())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        ended.set()
        thread.join()


def measure(picture: str) -> None:
    """Print planned and measured bytes."""
    from hiprompt_core import Engine, generate

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(make_request("64x64", folder / "warm-up"))  # imports, and buffers that libraries keep
        gc.collect()
        trim()  # the warm-up's model would be counted to what the libraries hold
        before = own_pages()
        asked = make_request(picture, folder)
        model = inspect_model(asked.model)
        captioner = inspect_captioner(asked.captioner) if asked.captioner else None
        engine = Engine()
        gc.collect()
        trim()
        place = engine.place(asked.device, asked.precision)
        planned = make_plan(asked, model, captioner, inspect_guides(asked, model), place).fit.memory
        with peak_of_own_pages() as peak:
            generate(asked, engine=engine)
        print(planned, peak[0] - before)


def main(pictures: list[str]) -> int:
    worst = 0.0
    for picture in pictures:
        found = []
        for _ in range(RUNS):
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.bench_plan_memory", "one", picture],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found.append([float(value) for value in done.stdout.split()])
        planned = found[0][0]
        measured = sorted(each[1] for each in found)
        off = max((planned / each - 1 for each in measured), key=abs)
        worst = max(worst, abs(off))
        taken = ", ".join(f"{each / 1e6:.0f}" for each in measured)
        print(f"{picture:40} planned {planned / 1e6:5.0f} MB, took {taken} MB, {off:+.0%} at most", flush=True)
    return int(worst > MOST)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        measure(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:] or list(PICTURES)))
