"""The model library in the window: found, used, verified, removed, downloaded; no network before that is asked for."""

from __future__ import annotations

import importlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from hiprompt_core import library, trash
from hiprompt_core.library import Advanced
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_desktop.app import Application
from hiprompt_desktop.dialogs.models_window import ModelsWindow
from hiprompt_desktop.downloads import Traffic
from hiprompt_desktop.panels.fields import LIBRARY, ModelChooser
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, load_settings
from tests.core.library.hub_server import Hub, serve
from tests.core.library.trees import LORA, SDXL, write_cached, write_weights
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_accessible import nameless

Draw = Callable[[Session], None]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of the user's: a model, one that is cut short, a LoRA, and one that nobody can use."""
    folder = tmp_path / "my models"
    shutil.copytree(demo_model(), folder / "foxes")
    broken = write_weights(folder / "broken.safetensors", SDXL)
    broken.write_bytes(broken.read_bytes()[:-10])
    write_weights(folder / "ink.safetensors", LORA)
    write_weights(folder / "4x.safetensors", {"body.0.rdb1.conv1.weight": (4, 4, 3, 3)}, dtype=np.int8)
    return folder


def show(application: Application, qtbot: QtBot, *folders: Path) -> ModelsWindow:
    """The models window after the search of some folders."""
    application.window.actions_by_name["models"].trigger()
    window = application.window.model_actions.window
    assert window is not None
    for folder in folders:
        window.take_folder(str(folder))
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    return window


def press(qtbot: QtBot, button: QPushButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(window: ModelsWindow, name: str) -> None:
    item = next(row for row in window.list.rows() if row.text(0) == name)
    window.list.setCurrentItem(item)


def until_cancelled(*arguments: object) -> None:
    """Stands in for the library's work on models that take minutes; its progress is in the middle."""
    on_advance = arguments[-1]
    assert callable(on_advance)
    while True:
        on_advance(Advanced(path=Path(), done=50, total=100))
        time.sleep(0.005)


def items(chooser: ModelChooser) -> list[str]:
    return [chooser.itemText(row) for row in range(chooser.count())]


def test_a_folder_of_models_is_listed_in_groups(open_window: OpenWindow, qtbot: QtBot, models: Path) -> None:
    window = show(open_window(), qtbot, models)
    assert window.list.shown() == ["foxes", "ink", "4x", "broken"]
    groups = [window.list.topLevelItem(row).text(0) for row in range(window.list.topLevelItemCount())]
    assert groups == ["Models", "LoRAs", "Upscalers", "Other"]
    assert window.note.text() == "4 found, 2 of them cannot be used"
    qtbot.keyClicks(window.search, "lora sdxl")
    assert window.list.shown() == ["ink"]
    assert nameless(window) == []


def test_a_found_model_is_used_and_draws(
    open_window: OpenWindow, qtbot: QtBot, models: Path, draw: Draw, places: Places
) -> None:
    engine = ScriptedEngine()
    application = open_window(engine)
    window = show(application, qtbot, models)
    choose(window, "foxes")
    details = window.details
    assert (details.name.text(), details.kind.text()) == ("foxes", "model · SDXL")
    assert details.path.text() == str(models / "foxes")
    press(qtbot, details.copy_path)
    assert QGuiApplication.clipboard().text() == str(models / "foxes")
    press(qtbot, details.use)
    assert (details.use.text(), details.use.isEnabled()) == ("In use", False)
    assert application.session.next.wish.model == models / "foxes"
    assert application.window.request_panel.model.currentText() == "foxes"
    draw(application.session)
    assert engine.requests[-1].model == models / "foxes"
    application.save()
    assert load_settings(places.settings_file).model_folders == (str(models),)


def test_what_cannot_be_used_says_why(open_window: OpenWindow, qtbot: QtBot, models: Path) -> None:
    window = show(open_window(), qtbot, models)
    for name, reason in (("broken", "was not copied whole"), ("4x", "another program has quantised it")):
        choose(window, name)
        assert reason in window.details.reason.text()
        assert window.details.reason.isVisible()
        assert not window.details.use.isEnabled()


def test_verifying_reads_everything_and_can_be_stopped(
    open_window: OpenWindow, qtbot: QtBot, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    window = show(application, qtbot, models)
    choose(window, "foxes")
    details = window.details
    with monkeypatch.context() as patch:
        patch.setattr(library, "verify", until_cancelled)
        press(qtbot, details.verify)
        assert details.verify.text() == "Stop"
        assert not window.again.isEnabled()
        qtbot.waitUntil(lambda: details.bar.value() == 500)
        press(qtbot, details.verify)
        qtbot.waitUntil(lambda: not application.models.errand.busy)
    assert details.hash.text() == ""
    press(qtbot, details.verify)
    qtbot.waitUntil(lambda: details.hash.text() != "")
    assert details.verdict.text() == "Every byte was read; no damage was found."
    sha256 = details.hash.text()
    choose(window, "broken")
    press(qtbot, details.verify)
    qtbot.waitUntil(lambda: "was not copied whole" in details.verdict.text())
    press(qtbot, window.again)
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    choose(window, "foxes")
    assert details.hash.text() == sha256, "a later search knows it"


def test_the_trash_is_asked_for_in_place(
    open_window: OpenWindow, qtbot: QtBot, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_ = tmp_path / "trash"
    bin_.mkdir()
    monkeypatch.setattr(trash, "move_to_trash", lambda path: shutil.move(path, bin_ / path.name))
    comfy = tmp_path / "ComfyUI"
    write_weights(comfy / "models/loras/shared.safetensors", LORA)
    (comfy / "models/checkpoints").mkdir()
    application = open_window()
    window = show(application, qtbot, models, comfy)
    choose(window, "ink")
    press(qtbot, window.details.remove)
    assert window.details.question.text() == "Move ink to the trash?"
    press(qtbot, window.details.keep)
    assert (models / "ink.safetensors").exists()
    choose(window, "shared")
    press(qtbot, window.details.remove)
    assert window.details.question.text().endswith("It lies in a folder of ComfyUI, which uses it too.")
    press(qtbot, window.details.confirm)
    qtbot.waitUntil(lambda: "shared" not in window.list.shown())
    assert [file.name for file in bin_.iterdir()] == ["shared.safetensors"]


def test_the_choosers_list_the_library_and_lead_to_it(open_window: OpenWindow, qtbot: QtBot, models: Path) -> None:
    shutil.copytree(demo_captioner(), models / "teller")
    shutil.copytree(models / "foxes", models / "owls_lightning_4step")
    application = open_window()
    panel = application.window.request_panel
    application.models.set_folders((str(models),))
    qtbot.waitUntil(lambda: "teller" in items(panel.captioner))
    assert items(panel.model)[:3] == ["Demo model", "foxes", "owls_lightning_4step"]
    assert "broken" not in items(panel.model)
    assert panel.fit.text() == "SDXL"
    panel.model.activated.emit(2)
    assert panel.model.currentText() == "owls_lightning_4step"
    assert panel.fit.text() == "SDXL, 4 steps"
    assert "4 steps, guidance 1: for this model" in panel.plan.text()
    assert "negative prompt" not in panel.plan.text(), "nobody wrote one"
    panel.negative.setPlainText("rain")
    assert panel.plan.text().endswith("The negative prompt is not used: at guidance 1 nothing leads away from it.")
    options = application.session.next.request().options
    assert (options.num_inference_steps, options.guidance_scale) == (4, 1.0)
    panel.captioner.activated.emit(panel.captioner.findText("teller"))
    assert application.session.next.wish.captioner == models / "teller"
    assert items(panel.model)[1] == "owls_lightning_4step", "what was used last comes first"
    panel.captioner.activated.emit(panel.captioner.findData(LIBRARY))
    assert application.window.model_actions.window is not None
    assert panel.captioner.currentText() == "teller"


def test_models_in_the_cache_have_their_names(open_window: OpenWindow, qtbot: QtBot, tmp_path: Path) -> None:
    files = {f.name: f.read_bytes() for f in demo_captioner().iterdir() if f.is_file()}
    write_cached(tmp_path / "cache", "someone/teller", {"a" * 40: files})
    application = open_window()
    application.models.set_folders((str(tmp_path / "cache"),))
    chooser = application.window.request_panel.captioner
    qtbot.waitUntil(lambda: "someone/teller" in items(chooser))
    chooser.activated.emit(chooser.findText("someone/teller"))
    assert chooser.currentText() == "someone/teller"


def test_the_window_keeps_its_size_and_folders_can_be_left_out(
    open_window: OpenWindow, qtbot: QtBot, models: Path
) -> None:
    application = open_window()
    window = show(application, qtbot, models)
    window.resize(770, 500)
    qtbot.wait(1)
    window.close()
    assert application.window.model_actions.window is None
    window = show(application, qtbot)
    assert (window.width(), window.height()) == (770, 500)
    application.models.refresh()
    assert window.bar.isVisible()
    qtbot.wait(1)
    assert window.width() == 770  # a search makes it no wider
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    window.folders.menu().actions()[0].trigger()
    qtbot.waitUntil(lambda: window.list.rows() == [])
    assert not window.folders.isVisible()
    assert "Add the folder where your models are" in window.details.hint.text()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = demo_captioner()
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    hub = Hub(files)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    for module in ("hub", "download"):
        monkeypatch.setattr(importlib.import_module(f"hiprompt_core.library.{module}"), "PAUSES", (0.01,))
    with serve(hub) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield hub


def test_a_download_is_told_before_stopped_gone_on_with_and_used(
    open_window: OpenWindow, qtbot: QtBot, hub: Hub
) -> None:
    application = open_window()
    badge = application.window.bottom.status.badge
    window = show(application, qtbot)
    window.remote.click()
    page = window.downloads
    assert hub.requests == [], "nothing is asked before the click"
    assert badge.text() == "offline"
    qtbot.keyClicks(page.repository, "someone/model")
    qtbot.keyClick(page.repository, Qt.Key.Key_Return)
    assert badge.text() == "asking the hub"
    qtbot.waitUntil(lambda: page.told.isVisible())
    assert badge.text() == "offline"
    told = {name: label.text() for name, label in page.facts.items()}
    assert (told["licence"], told["repository"]) == ("openrail++", "someone/model")
    assert told["files"].startswith(f"{len(hub.files)} files, ")
    assert told["free"]
    hub.drops, hub.stalls = [1_000_000], True
    press(qtbot, page.go)
    assert badge.text() == "downloading"
    qtbot.waitUntil(lambda: page.bar.value() > 200 and page.bar.maximum() == 1000)  # a part of the weights
    assert " of " in page.progress.text()
    press(qtbot, page.stop)
    assert page.progress.text() == "Stopping…"
    qtbot.waitUntil(lambda: page.go.isVisible(), timeout=2000)
    assert (badge.text(), page.go.text()) == ("offline", "Resume")
    assert page.progress.text() == "Stopped; what has arrived is kept."
    hub.stalls = False
    hub.ended.set()
    press(qtbot, page.go)
    qtbot.waitUntil(lambda: page.show_it.isVisible())
    assert any(wanted for _, wanted, _ in hub.requests), "it goes on where it stopped"
    assert badge.text() == "offline"
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    press(qtbot, page.show_it)
    assert window.details.name.text() == "model"
    press(qtbot, window.details.use)
    assert application.session.next.wish.captioner.parts[-2:] == ("someone", "model")


def test_a_failure_is_a_sentence_with_a_retry(open_window: OpenWindow, qtbot: QtBot, hub: Hub) -> None:
    application = open_window()
    window = show(application, qtbot)
    window.remote.click()
    page = window.downloads
    hub.missing = (404, "RepoNotFound")
    page.repository.setText("https://huggingface.co/someone/model")
    press(qtbot, page.look_up)
    qtbot.waitUntil(lambda: page.problem.isVisible())
    assert "someone/model" in page.problem.text()
    hub.missing, hub.gated, hub.refusal = None, "manual", (403, "GatedRepo")
    assert page.go.text() == "Retry"
    press(qtbot, page.go)
    qtbot.waitUntil(lambda: page.told.isVisible())
    assert page.facts["gate"].isVisible()
    press(qtbot, page.go)
    qtbot.waitUntil(lambda: page.problem.isVisible())
    assert application.models.downloads.traffic is Traffic.NOTHING
    hub.refusal = None
    press(qtbot, page.go)
    qtbot.waitUntil(lambda: page.show_it.isVisible())


def test_the_short_list_fills_the_name_in(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = show(open_window(), qtbot)
    window.remote.click()
    page = window.downloads
    page.curated.setCurrentItem(page.curated.topLevelItem(1))
    assert page.repository.text() == "SG161222/RealVisXL_V4.0"
    assert page.look_up.isEnabled()


def test_closing_the_program_ends_a_download(open_window: OpenWindow, qtbot: QtBot, hub: Hub) -> None:
    application = open_window()
    downloads = application.models.downloads
    downloads.look_up("someone/model", fp16=True)
    qtbot.waitUntil(lambda: downloads.listing is not None)
    hub.stalls = True
    downloads.start()
    qtbot.waitUntil(lambda: downloads.advanced is not None)
    application.window.close()
    assert not application.engine.running


def test_what_ends_behind_a_closed_window_is_told(open_window: OpenWindow, qtbot: QtBot, hub: Hub) -> None:
    application = open_window()
    downloads, messages = application.models.downloads, application.session.messages
    downloads.look_up("someone/model", fp16=True)
    qtbot.waitUntil(lambda: downloads.listing is not None)
    hub.refusal = (403, "GatedRepo")
    downloads.start()
    qtbot.waitUntil(lambda: messages.current is not None and "someone/model" in messages.current.text)
    messages.dismiss()
    hub.refusal = None
    downloads.start()
    qtbot.waitUntil(lambda: messages.current is not None)
    assert messages.current.text == "Downloaded someone/model."
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    press(qtbot, application.window.bottom.messages.offers[0])
    window = application.window.model_actions.window
    assert window is not None
    assert window.details.name.text() == "model"


def test_a_model_that_went_is_missed_at_once(open_window: OpenWindow, qtbot: QtBot, models: Path) -> None:
    application = open_window()
    window = show(application, qtbot, models)
    choose(window, "foxes")
    press(qtbot, window.details.use)
    assert application.session.next.forecast.plan is not None
    shutil.rmtree(models / "foxes")
    press(qtbot, window.again)
    qtbot.waitUntil(lambda: application.session.next.forecast.plan is None)
    assert "foxes" in application.session.next.forecast.problem


def test_a_search_can_be_stopped(
    open_window: OpenWindow, qtbot: QtBot, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    window = show(application, qtbot, models)
    before = application.models.entries
    monkeypatch.setattr(library, "find_models", until_cancelled)
    press(qtbot, window.again)
    assert window.again.text() == "Stop"
    assert window.bar.isVisible()
    press(qtbot, window.again)
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    assert application.models.entries == before
    assert window.again.text() == "Search again"
