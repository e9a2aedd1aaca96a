"""The command line as a user runs it: the demo models, files on disk, real processes where they make a difference."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from hiprompt_core import PRESETS
from hiprompt_core.cli import main
from hiprompt_core.metadata import read_png
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.run_folder import RunFolder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]
NATIVE = inspect_model(demo_model()).native_size
SIZE = f"--width {2 * NATIVE} --height {2 * NATIVE}"
FAST = f"generate 'a red apple on a table' {SIZE} --preset fast --strength 0.25"
"""Steps enough in a phase to be stopped between them, which the demo model's own strength does not leave."""
OFFLINE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.offline import block_network
block_network()
from hiprompt_core.cli import main
sys.exit(main())
"""


def start(command: str, folder: Path, **streams: int) -> subprocess.Popen[str]:
    """A ``hiprompt`` process in ``folder``, without a network."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "HOME": str(folder)}
    arguments = [sys.executable, "-c", OFFLINE, *shlex.split(command)]
    return subprocess.Popen(arguments, cwd=folder, env=environment, text=True, **streams)


def run(command: str, folder: Path, code: int = 0) -> str:
    """What the program prints in ``folder``, called in this process; its errors must be free of tracebacks."""
    output, errors = io.StringIO(), io.StringIO()
    places = contextlib.chdir(folder), patch.dict(os.environ), warnings.catch_warnings()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors), places[0], places[1], places[2]:
        assert main(shlex.split(command)) == code, errors.getvalue()
    assert "Traceback" not in errors.getvalue()
    return output.getvalue()


def last_path(output: str) -> Path:
    return Path(output.splitlines()[-1])


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One finished run; its folder is not to be changed."""
    return last_path(run(FAST, tmp_path_factory.mktemp("finished")))


def test_a_prompt_becomes_a_picture_with_its_record(picture: Path) -> None:
    image, record = read_png(picture)
    assert image.size == (2 * NATIVE, 2 * NATIVE)
    assert record.request.prompt == "a red apple on a table"
    assert (record.phase, record.phases, len(record.captions)) == (2, 2, len(record.patches))
    assert record.model_name == "demo_model"
    assert len(record.model_hash) == len(record.captioner_hash) == 64
    assert sorted(path.name for path in picture.parent.iterdir()) == [
        "captions.json",
        f"phase-1-{NATIVE}x{NATIVE}.png",
        "phase-1.safetensors",
        f"phase-2-{2 * NATIVE}x{2 * NATIVE}.png",
        "phase-2.safetensors",
        "request.json",
    ]


def test_the_same_command_again_finds_the_picture(picture: Path) -> None:
    before = picture.read_bytes()
    output = run(FAST, picture.parents[2])
    assert last_path(output) == picture
    assert output.count("was finished before") == 2
    assert picture.read_bytes() == before


def test_programs_read_events_and_the_plan_counts_right(tmp_path: Path) -> None:
    few = "--set num_inference_steps=4 --set upscale_num_inference_steps=4"
    command = f"{FAST.replace('fast --strength 0.25', 'paper')} {few} --json"
    plan = json.loads(run(command.replace("generate", "plan"), tmp_path))
    events = [json.loads(line) for line in run(command, tmp_path).splitlines()]
    batches = [event for event in events if event["event"] == "ViewBatchDone"]
    finished = [event for event in events if event["event"] == "PhaseFinished"]
    captions = [event for event in events if event["event"] == "PatchCaptioned"]
    assert [event["evaluations"] for event in finished] == [phase["evaluations"] for phase in plan["phases"]]
    assert sum(batch["evaluations"] for batch in batches) == plan["evaluations"]
    assert len(captions) == plan["captions"]
    assert events[-1]["event"] == "Finished"
    assert events[-1]["evaluations"] == plan["evaluations"]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_reaches_four_times_the_side(preset: str, tmp_path: Path) -> None:
    """In few steps, because the paper's take a minute, which the benches measure."""
    captioner = shlex.quote(str(demo_captioner())) if PRESETS[preset].captions else "none"
    command = (
        f"'a fox' --width {4 * NATIVE} --height {4 * NATIVE} --preset {preset} --captioner {captioner} "
        "--set num_inference_steps=2 --set upscale_num_inference_steps=2"
    )
    plan = json.loads(run(f"plan {command} --json", tmp_path))
    image, record = read_png(last_path(run(f"generate {command}", tmp_path)))
    assert image.size == (4 * NATIVE, 4 * NATIVE)
    assert record.evaluations == plan["phases"][-1]["evaluations"]
    assert len(record.captions) == (len(record.patches) if PRESETS[preset].captions else 0)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("moment", ["Loading", "Phase 2 of 2: "])
def test_ctrl_c_keeps_what_is_finished_and_the_rest_follows(picture: Path, tmp_path: Path, moment: str) -> None:
    with start(FAST, tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        next(line for line in process.stdout if line.startswith(moment))
        process.send_signal(signal.SIGINT)
        # communicate() would lose what the search has read ahead
        output, errors = process.stdout.read(), process.stderr.read()
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Ctrl+C again" in errors
    kept = "1 finished phase is kept" if moment.startswith("Phase 2") else "Nothing was finished yet"
    assert kept in output
    if moment == "Loading":
        return
    again = read_png(last_path(run(FAST, tmp_path)))
    whole = read_png(picture)
    assert again[0].tobytes() == whole[0].tobytes()
    assert again[1].captions == whole[1].captions


def test_patches_are_drawn_again_and_the_rest_stays(picture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in picture.parent.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    output = run(f"regenerate {folder} --patch 0 --caption 'a blue bird' --strength 0.5 --steps 6", tmp_path)
    result = last_path(output)
    assert result.name == f"phase-2-{2 * NATIVE}x{2 * NATIVE}-v2.png"
    new, record = read_png(result)
    old = np.asarray(read_png(picture)[0]).astype(int)
    changed = (np.asarray(new).astype(int) != old).any(axis=-1)
    cell = record.patches[0].cell
    assert changed[cell.slices].mean() > 0.5
    assert not changed[-NATIVE // 2 :, -NATIVE // 2 :].any()
    assert (record.version, record.captions[0]) == (2, "a blue bird")
    assert record.regenerated is not None
    assert record.regenerated.captions == {0: "a blue bird"}
    assert RunFolder.open(folder).latest().path == result


def test_a_picture_is_described_patch_by_patch(picture: Path, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in run(f"caption {picture} --window {NATIVE} --json", tmp_path).splitlines()]
    described = [line for line in lines if line["event"] == "Captioned"]
    assert [line["index"] for line in described] == list(range(9))
    record = read_png(picture)[1]
    assert [tuple(line["window"]) for line in described] == [patch.window for patch in record.patches]


def test_the_published_command_works_as_written(tmp_path: Path) -> None:
    output = run(
        f'--validation_prompt "a professional photograph of an apple" --logging_dir out --height {2 * NATIVE} '
        f"--width {2 * NATIVE} --llava true --scale true --cosine_scale_3 0.8 --nd true --reduction sum "
        "--view_args 1.0 1.0 --views_type low_pass high_pass --guidance_scale_fact 10 --beta 0.95 "
        "--num_inference_steps 4",
        tmp_path,
    )
    image, record = read_png(last_path(output))
    assert last_path(output).parents[1] == tmp_path / "out"
    assert image.size == (2 * NATIVE, 2 * NATIVE)
    assert record.request.options.decompose


def test_a_list_of_prompts_goes_on_after_a_bad_line(tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_bytes(b"a red apple\nbad \0 line\na blue bird\n")
    output = run("generate prompts.txt --native --steps 2 --captioner none", tmp_path, code=2)
    results = sorted(path.name.split("-3407-")[0] for path in (tmp_path / "outputs").iterdir())
    assert results == ["a-blue-bird", "a-red-apple"]
    assert last_path(output).name.startswith("phase-1-")


def test_a_damaged_model_and_an_unwritable_folder_end_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    for file in demo_model().rglob("*"):
        if file.is_file():
            target = broken / file.relative_to(demo_model())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    run(f"generate x --model {broken}", tmp_path, code=3)
    (tmp_path / "file").write_text("x")
    run("generate x --native --out file", tmp_path, code=4)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_terminal_shows_bars(tmp_path: Path) -> None:
    import pty
    import termios

    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (30, 100))
    process = start(FAST, tmp_path, stdout=follower, stderr=follower)
    os.close(follower)
    seen = bytearray()

    def read() -> None:
        try:
            while chunk := os.read(leader, 4096):
                seen.extend(chunk)
        except OSError:  # Linux says EIO when the last writer has left
            pass

    reader = threading.Thread(target=read)
    reader.start()
    assert process.wait() == 0
    reader.join(timeout=10)
    os.close(leader)
    text = seen.decode(errors="replace")
    for words in ("Phase 1 of 2", "Phase 2 of 2", "Step ", "Describing the patches", "Decode tile", "|"):
        assert words in text
    assert "Traceback" not in text
    assert re.search(r"phase-2-\d+x\d+\.png\r\n", text)
    assert text.rsplit("\r", 2)[-2].isspace(), "the bars are wiped away at the end"


def test_answers_that_need_no_model_load_no_libraries_of_models(tmp_path: Path) -> None:
    """Importing them takes seconds."""
    code = "import sys; from hiprompt_core.cli import main; main(['plan']); print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {"diffusers", "transformers"} & set(done.stdout.splitlines()[-1].split())
