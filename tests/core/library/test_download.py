"""Downloads from a server on this computer that speaks the hub's protocol, and all that goes wrong on the way."""

from __future__ import annotations

import errno
import json
import resource
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hiprompt_core.errors import (
    Cancelled,
    DiskFull,
    DownloadFailed,
    HiPromptError,
    InvalidRequest,
    ModelCorrupt,
    OutputError,
    UnsafeModel,
)
from hiprompt_core.library import Advanced, RemoteFile, download, find_models, look_up, places_in, verify, wire
from hiprompt_core.library.hub import choose
from hiprompt_core.model_files import demo_captioner
from tests.core.library.hub_server import COMMIT, Hub, serve

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The demo captioner as a repository, with what must not be fetched."""
    folder = demo_captioner()
    found = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    card = b"---\nlicense: apache-2.0\n---\nA captioner."
    return found | {"README.md": card, "pytorch_model.bin": b"x" * 9, "modeling.py": b"import os", "a.ckpt": b"x"}


@pytest.fixture
def hub(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(dict(files))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    for module in ("hub", "download"):
        # the package's function hides the module of the same name
        monkeypatch.setattr(sys.modules[f"hiprompt_core.library.{module}"], "PAUSES", (0.01, 0.01, 0.01))
    with serve(hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield hub


def big_requests(hub: Hub) -> list[str | None]:
    return [wanted for path, wanted, _ in hub.requests if path == f"/cdn/{WEIGHTS}"]


def test_size_and_licence_are_told_before(hub: Hub, files: dict[str, bytes]) -> None:
    listing = look_up("someone/model")
    assert (listing.revision, listing.licence, listing.gated) == (COMMIT, "openrail++", False)
    names = {file.path for file in listing.files}
    assert WEIGHTS in names
    assert "config.json" in names
    assert not names & {"pytorch_model.bin", "modeling.py", "a.ckpt"}
    assert listing.size == sum(len(files[name]) for name in names)
    assert len(hub.requests) == 1


def test_a_model_arrives_whole_and_is_found(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    told: list[Advanced] = []
    listing = look_up("someone/model")
    place = download(listing, tmp_path, told.append)
    assert place == tmp_path / "someone/model"
    assert (place / f"{WEIGHTS}.sha256").is_file()
    for kept in place.rglob("*.sha256"):  # ours
        kept.unlink()
    here = {file.relative_to(place).as_posix(): file.read_bytes() for file in place.rglob("*") if file.is_file()}
    assert here == {file.path: files[file.path] for file in listing.files}
    assert told[-1].done == told[-1].total == listing.size
    assert [one.done for one in told] == sorted(one.done for one in told)
    (entry,) = find_models(places_in(tmp_path))
    assert (entry.role, entry.licence, entry.usable) == ("captioner", "apache-2.0", True)
    asked = len(hub.requests)
    assert download(listing, tmp_path) == place
    assert len(hub.requests) == asked, "what is whole is not fetched again"


def test_what_was_downloaded_can_be_compared_ever_after(hub: Hub, tmp_path: Path) -> None:
    place = download(look_up("someone/model"), tmp_path)
    asked = len(hub.requests)
    (entry,) = find_models(places_in(tmp_path))
    assert verify(entry).problems == ()
    assert verify(entry).hashes_compared == len(list(place.rglob("*.sha256"))) > 0
    weights = bytearray((place / WEIGHTS).read_bytes())
    weights[-4] ^= 1  # still a number
    (place / WEIGHTS).write_bytes(weights)
    assert "its hash is another" in " ".join(verify(entry).problems)
    assert len(hub.requests) == asked


def test_dropped_connections_are_gone_on_from(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.drops = [1_000_000, 500_000, 7]
    place = download(look_up("someone/model"), tmp_path)
    assert (place / WEIGHTS).read_bytes() == files[WEIGHTS]
    assert big_requests(hub) == [None, "bytes=1000000-", "bytes=1500000-", "bytes=1500007-"]


def test_a_server_without_ranges_begins_again(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.drops, hub.ranges = [1_000_000], False
    told: list[Advanced] = []
    listing = look_up("someone/model")
    assert (download(listing, tmp_path, told.append) / WEIGHTS).read_bytes() == files[WEIGHTS]
    assert told[-1].done == listing.size


def test_a_line_that_breaks_for_good_is_told(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.drops = [1_000_000, 0, 0, 0, 0]
    listing = look_up("someone/model")
    with pytest.raises(DownloadFailed, match="breaks again and again"):
        download(listing, tmp_path)
    assert find_models(places_in(tmp_path)) == [], "nothing half-visible"
    hub.drops = []
    assert (download(listing, tmp_path) / WEIGHTS).read_bytes() == files[WEIGHTS]
    assert big_requests(hub)[-1] == "bytes=1000000-"


def test_a_busy_server_is_asked_again(hub: Hub) -> None:
    hub.busy = 2
    assert look_up("someone/model").size


def test_wrong_bytes_are_fetched_once_more(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    hub.damaged = 1
    assert (download(look_up("someone/model"), tmp_path) / WEIGHTS).read_bytes() == files[WEIGHTS]
    assert big_requests(hub) == [None, None]


def test_wrong_bytes_twice_are_refused(hub: Hub, tmp_path: Path) -> None:
    hub.damaged = 2
    with pytest.raises(ModelCorrupt, match="its hash is not the published one"):
        download(look_up("someone/model"), tmp_path)
    assert not (tmp_path / "someone/model").exists()
    assert not list(tmp_path.rglob(WEIGHTS))


def test_a_part_that_was_changed_meanwhile_is_noticed(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    part = tmp_path / "someone/.model.download" / WEIGHTS
    part.parent.mkdir(parents=True)
    part.write_bytes(b"\0" * 5000)
    assert (download(look_up("someone/model"), tmp_path) / WEIGHTS).read_bytes() == files[WEIGHTS]
    part.parent.mkdir()
    shutil.rmtree(tmp_path / "someone/model")
    part.write_bytes(files[WEIGHTS] + b"too much")
    assert (download(look_up("someone/model"), tmp_path) / WEIGHTS).read_bytes() == files[WEIGHTS]


@pytest.mark.parametrize("after", [0, 1_000_000])
def test_cancel_answers_at_once_even_when_nothing_arrives(hub: Hub, tmp_path: Path, after: int) -> None:
    hub.drops, hub.stalls = [after], True
    listing = look_up("someone/model")
    asked = 0.0

    def on_advance(advanced: Advanced) -> None:
        nonlocal asked
        if asked:
            raise Cancelled
        if big_requests(hub) and advanced.path.name == WEIGHTS and advanced.done >= after:
            asked = time.monotonic()

    with pytest.raises(Cancelled):
        download(listing, tmp_path, on_advance)
    assert time.monotonic() - asked < 1.0, "0.2 s on a machine with nothing else to do"
    assert find_models(places_in(tmp_path)) == []
    hub.ended.set()
    hub.stalls = False
    assert download(listing, tmp_path).is_dir()
    assert (big_requests(hub)[-1] is not None) == (after > 0), "what had arrived is kept"


def test_a_full_disk_known_before(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(DiskFull, match=r"needs 0\.0 GB more, 0\.0 GB are free"):
        download(look_up("someone/model"), tmp_path)
    assert big_requests(hub) == []


def test_a_disk_that_fills_up_on_the_way(hub: Hub, files: dict[str, bytes], tmp_path: Path) -> None:
    """The system refuses to let a file grow, as a full disk does; another error number, the same way out."""
    listing = look_up("someone/model")
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, before[1]))
        with pytest.raises(OutputError, match="someone"):
            download(listing, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert find_models(places_in(tmp_path)) == []
    assert (download(listing, tmp_path) / WEIGHTS).read_bytes() == files[WEIGHTS]
    assert big_requests(hub)[-1] != "bytes=0-"


def test_a_disk_without_room_is_named_as_such(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys.modules["hiprompt_core.library.download"], "_write", full)
    with pytest.raises(DiskFull):
        download(look_up("someone/model"), tmp_path)
    assert find_models(places_in(tmp_path)) == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ((401, "GatedRepo"), "only to those who accept their terms. Accept them at"),
        ((403, "GatedRepo"), "hf auth login"),
        ((404, "EntryNotFound"), "has no file .* any more"),
        ((404, "RepoNotFound"), "no model someone/model .* or it is private"),
        ((401, ""), "or it is private"),
        ((451, ""), "answered 451"),
    ],
)
def test_refused_files_are_explained(hub: Hub, tmp_path: Path, refusal: tuple[int, str], words: str) -> None:
    hub.gated = "manual"
    listing = look_up("someone/model")
    assert listing.gated
    hub.refusal = refusal
    with pytest.raises(DownloadFailed, match=words):
        download(listing, tmp_path)
    assert find_models(places_in(tmp_path)) == []


def test_missing_repositories_are_explained(hub: Hub) -> None:
    with pytest.raises(DownloadFailed, match="There is no model someone/else"):
        look_up("someone/else")
    with pytest.raises(DownloadFailed, match="no such revision"):
        look_up("someone/model", revision="v9")
    hub.missing = (403, "GatedRepo")
    with pytest.raises(DownloadFailed, match="accept their terms"):
        look_up("someone/model")


@pytest.mark.parametrize("name", ["model", "a/b/c", "../x", "a/..", "a b/c", ""])
def test_what_is_no_repository_is_refused_without_asking(hub: Hub, name: str) -> None:
    with pytest.raises(InvalidRequest):
        look_up(name)
    assert hub.requests == []


def test_only_pickles_are_refused(hub: Hub) -> None:
    hub.files = {"config.json": b"{}", "pytorch_model.bin": b"x"}
    with pytest.raises(UnsafeModel, match="pickled"):
        look_up("someone/model")


def test_a_repository_cannot_write_elsewhere(hub: Hub) -> None:
    hub.files["../../evil.safetensors"] = b"x"
    with pytest.raises(DownloadFailed, match="unknown way"):
        look_up("someone/model")


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        look_up("someone/model")


def test_the_login_is_for_the_hub_alone(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf/token").write_text("hf_secret\n")
    download(look_up("someone/model"), tmp_path)
    said = {path.startswith("/cdn/"): login for path, _, login in hub.requests}
    assert said == {False: "Bearer hf_secret", True: None}
    assert any(path.startswith("/api/resolve-cache/") for path, *_ in hub.requests)


def remote(*names: str) -> list[RemoteFile]:
    return [RemoteFile(path=name, size=1) for name in names]


@pytest.mark.parametrize(("fp16", "half"), [(False, ""), (True, ".fp16")])
def test_of_diffusers_repositories_one_precision_of_the_named_parts_is_wanted(fp16: bool, half: str) -> None:
    unet = "unet/diffusion_pytorch_model{}.safetensors"
    files = remote(
        "model_index.json", "sd_xl_base_1.0.safetensors", "unet/config.json", unet.format(""), unet.format(".fp16"),
        "vae/diffusion_pytorch_model.safetensors", "vae_1_0/a.fp16.safetensors", "unet/model.onnx",
    )  # fmt: skip
    chosen = [file.path for file in choose(files, {"unet", "vae"}, fp16)]
    vae = "vae/diffusion_pytorch_model.safetensors"
    assert chosen == ["model_index.json", "unet/config.json", unet.format(half), vae]


def test_the_parts_come_from_the_index(hub: Hub) -> None:
    index = {"_class_name": "StableDiffusionXLPipeline", "unet": ["diffusers", "U"], "image_encoder": [None, None]}
    hub.files = {"model_index.json": json.dumps(index).encode()}
    hub.files |= {f"{part}/a.safetensors": b"x" for part in ("unet", "image_encoder", "old")}
    assert {file.path for file in look_up("someone/model").files} == {"model_index.json", "unet/a.safetensors"}


def test_every_error_tells_what_to_do(hub: Hub) -> None:
    hub.missing = (500, "")
    with pytest.raises(HiPromptError) as caught:
        look_up("someone/model")
    assert caught.value.remedy


def test_nothing_is_left_running(hub: Hub, tmp_path: Path) -> None:
    download(look_up("someone/model"), tmp_path)
    end = time.monotonic() + 2
    while time.monotonic() < end and any(one.name == "download" for one in threading.enumerate()):
        time.sleep(0.02)
    assert not any(one.name == "download" for one in threading.enumerate())
    assert wire.TICK <= 0.2
