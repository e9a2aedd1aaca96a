"""An upscaler and a ControlNet in the window: found, chosen, planned, drawn with, kept and recalled, and told when they
cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from diffusers import UNet2DConditionModel
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from hiprompt_core.events import PhaseStarted, TileDone, ViewBatchDone
from hiprompt_core.footprint import Place
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import read_record
from hiprompt_core.model_files import demo_captioner
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rate, Rates
from hiprompt_core.request import ControlNet
from hiprompt_desktop.app import Application, first_wish
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.document import Wish
from hiprompt_desktop.panels.addon_choices import AddOnChoices
from hiprompt_desktop.phrases import MEASURE, activity_text, plan_details
from hiprompt_desktop.pipeline_engine import load_engine
from hiprompt_desktop.planner import Planner
from hiprompt_desktop.progress import ProgressTracker
from hiprompt_desktop.project_state import wish_from_dict, wish_to_dict
from hiprompt_desktop.recall_wish import Part, missing_files, wish_changes
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, Settings, load_settings, save_settings
from tests.core.conftest import SCHEDULERS, save_model
from tests.core.guide_models import make_controlnet, save_network, save_upscaler, write
from tests.core.library.trees import write_weights
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_accessible import nameless

Draw = Callable[[Session], None]
FORMER = {"control_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight": (320, 768),
          "input_hint_block.0.weight": (16, 3, 3, 3)}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, and what serves its guides."""
    folder = tmp_path_factory.mktemp("models")
    model = save_model(folder / "painter", SCHEDULERS["epsilon"])
    write(folder / "tile.safetensors", make_controlnet(UNet2DConditionModel.from_pretrained(model / "unet")))
    save_network(folder / "4x.safetensors", "Compact", 0.2, num_feat=4, num_conv=0, upscale=4)
    save_network(folder / "large.safetensors", "ESRGAN", num_filters=4, num_blocks=2, scale=4)
    save_upscaler(folder / "swin")
    write_weights(folder / "of SD 1.safetensors", FORMER)
    (folder / "old.pth").write_bytes(b"PK\x03\x04" + bytes(100))
    return folder


def opened(open_window: OpenWindow, qtbot: QtBot, folder: Path, engine: object = None) -> Application:
    application = open_window(engine or ScriptedEngine())
    application.models.set_folders((str(folder),))
    qtbot.waitUntil(lambda: len(application.models.entries) == 7)
    application.session.next.change(
        model=folder / "painter", captioner=None, size=Size(64, 128), preset="fast", prompt="a fox"
    )
    application.window.request_panel.addons.button.setChecked(True)
    return application


def choices(application: Application) -> AddOnChoices:
    return application.window.request_panel.addons.choices


def offered(box: QComboBox) -> list[str]:
    return [box.itemText(row) for row in range(box.count()) if box.itemText(row)]


def choose(box: QComboBox, name: str) -> None:
    box.setCurrentIndex(box.findText(name))
    box.activated.emit(box.currentIndex())


MORE = ["Choose a file…", "Choose a folder…", "Models…"]


def test_they_are_found_chosen_and_kept(open_window: OpenWindow, qtbot: QtBot, folder: Path, places: Places) -> None:
    application = opened(open_window, qtbot, folder)
    panel, next_ = choices(application), application.session.next
    assert offered(panel.upscaler.box) == ["none: Lanczos", "4x", "large", "swin", *MORE]
    assert offered(panel.controlnet.box) == ["none", "tile", *MORE], "only those that suit the model"
    assert panel.strength.isHidden()
    before = next_.forecast.plan
    choose(panel.upscaler.box, "4x")
    choose(panel.controlnet.box, "tile")
    assert panel.strength.isVisible()
    panel.weight.setFocus()
    panel.weight.selectAll()
    qtbot.keyClicks(panel.weight, "0.7")
    qtbot.keyClick(panel.weight, Qt.Key.Key_Return)
    panel.end.setValue(50)
    wish = next_.wish
    asked = ControlNet(path=folder / "tile.safetensors", weight=0.7, end=0.5)
    assert (wish.upscaler, wish.controlnet) == (folder / "4x.safetensors", asked)
    assert application.window.request_panel.addons.button.text() == "add-ons: 2"
    assert nameless(panel) == []

    plan = next_.forecast.plan
    assert before
    assert plan
    assert plan.controlnet_evaluations > 0
    assert plan.memory > before.memory
    assert [phase.upscaled for phase in plan.phases] == [False, True]
    told = plan_details(plan, next_.machine.cost(plan, next_.forecast.request))
    assert f"{plan.controlnet_evaluations} of the ControlNet" in application.window.request_panel.plan.text().replace(
        "\u00a0", " "
    )
    assert f"{plan.controlnet_evaluations} of the ControlNet · enlarged by the upscaler" in told

    application.save()
    first = first_wish(load_settings(places.settings_file), parse_arguments([]))
    assert (first.upscaler, first.controlnet) == (wish.upscaler, asked)
    assert wish_from_dict(json.loads(json.dumps(wish_to_dict(wish)))) == wish
    older = {name: value for name, value in wish_to_dict(wish).items() if name not in {"controlnet", "upscaler"}}
    assert wish_from_dict(older) == replace(wish, controlnet=None, upscaler=None)

    choose(panel.upscaler.box, "none: Lanczos")
    choose(panel.controlnet.box, "none")
    assert (next_.wish.upscaler, next_.wish.controlnet) == (None, None)
    assert panel.strength.isHidden()


def test_a_measurement_without_an_answer_is_told(open_window: OpenWindow, qtbot: QtBot, folder: Path) -> None:
    """Too little was seen of the upscaler."""
    drawn = Rate(seconds=1, units=100, samples=5)
    rates = Rates(evaluations={1: drawn}, pixels={"decode": Rate(seconds=1, units=1, samples=1)})
    application = opened(open_window, qtbot, folder, ScriptedEngine(rates=rates))
    session, label = application.session, application.window.request_panel.plan
    session.next.change(upscaler=folder / "swin")
    label.linkActivated.emit(MEASURE)
    qtbot.waitUntil(lambda: session.messages.current is not None, timeout=5_000)
    assert "does not tell how long" in session.messages.current.text
    assert MEASURE in label.text()


def test_a_picture_is_drawn_with_them_and_recalls_them(
    open_window: OpenWindow, qtbot: QtBot, folder: Path, draw: Draw
) -> None:
    """Through the real core."""
    application = opened(open_window, qtbot, folder, load_engine())
    session = application.session
    asked = ControlNet(path=folder / "tile.safetensors", weight=0.5)
    session.next.change(upscaler=folder / "4x.safetensors", controlnet=asked)
    draw(session)
    path = session.document.phases[2].path
    assert path is not None
    record = read_record(path)
    assert (record.request.upscaler, record.request.controlnet) == (folder / "4x.safetensors", asked)
    assert record.upscaler_hash
    assert record.controlnet_hash
    session.next.change(upscaler=None, controlnet=None)
    application.library.recaller.use(path, Part.EVERYTHING)
    qtbot.waitUntil(lambda: session.next.wish.controlnet == asked)
    assert session.next.wish.upscaler == folder / "4x.safetensors"
    assert session.messages.current is None
    gone = replace(record, request=replace(record.request, upscaler=folder / "gone.safetensors"))
    assert wish_changes(gone, Part.EVERYTHING)["upscaler"] is None
    assert missing_files(gone) == [folder / "gone.safetensors"]


def test_what_cannot_be_used_is_told_before_anything_is_drawn(
    open_window: OpenWindow, qtbot: QtBot, folder: Path
) -> None:
    application = opened(open_window, qtbot, folder)
    panel, session = choices(application), application.session
    plan = application.window.request_panel.plan
    panel.use_upscaler(folder / "old.pth")
    assert (
        "is a pickled checkpoint, which can run code when it is read. Convert it to safetensors first." in plan.text()
    )
    assert panel.upscaler.sign.isVisible()
    assert panel.upscaler.box.currentText() == "old"
    panel.use_upscaler(folder / "gone.safetensors")
    assert f"There is nothing at {folder / 'gone.safetensors'}" in plan.text()
    assert panel.upscaler.sign.toolTip().endswith("is gone")
    session.picture_work.generate()
    assert not session.busy
    assert session.messages.current is not None
    assert f"There is nothing at {folder / 'gone.safetensors'}" in session.messages.current.text
    panel.use_upscaler(None)
    panel.use_controlnet(folder / "of SD 1.safetensors")
    assert panel.controlnet.sign.toolTip() == "made for SD 1, not for this model"
    assert "is a ControlNet for models that read texts 768 wide, and painter reads 16." in plan.text()
    panel.use_controlnet(None)
    assert session.next.forecast.plan is not None
    assert panel.controlnet.sign.isHidden()


def test_the_models_window_uses_them(open_window: OpenWindow, qtbot: QtBot, folder: Path) -> None:
    application = opened(open_window, qtbot, folder)
    application.session.next.change(controlnet=ControlNet(path=folder / "other.safetensors", weight=0.4))
    application.window.actions_by_name["models"].trigger()
    window = application.window.model_actions.window
    groups = [window.list.topLevelItem(row).text(0) for row in range(window.list.topLevelItemCount())]
    assert groups == ["Models", "Upscalers", "ControlNets", "Other"]
    for name in ("swin", "tile.safetensors"):
        window.show_model(folder / name)
        qtbot.mouseClick(window.details.use, Qt.MouseButton.LeftButton)
        assert window.details.use.text() == "In use"
    wish = application.session.next.wish
    assert wish.upscaler == folder / "swin"
    assert wish.controlnet == ControlNet(path=folder / "tile.safetensors", weight=0.4), "the weight stays"


def test_settings_that_are_no_controlnet_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    save_settings(file, Settings(controlnet={"path": "x", "weight": 70}))
    assert first_wish(load_settings(file), parse_arguments([])).controlnet is None


# Time


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_their_time_is_measured_apart(folder: Path, tmp_path: Path) -> None:
    """An upscaler has a rate of its own, and a ControlNet's evaluations make none of the UNet's slower."""
    wish = Wish(
        prompt="a fox", size=Size(64, 128), preset="fast", model=folder / "painter", captioner=None,
        upscaler=folder / "4x.safetensors", controlnet=ControlNet(path=folder / "tile.safetensors"),
    )  # fmt: skip
    planner, book, clock = Planner(), RateBook(), Clock()
    place = Place(name="CPU float32", free=None, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    plan = planner.plan(planner.request(wish))
    phase = plan.phases[1]
    assert phase.work == pytest.approx(1.45 * phase.evaluations)
    tracker = ProgressTracker(plan, book.rates_of(planner.request(wish), place), clock)
    tracker.on_event(PhaseStarted(phase=1, phases=2, size=plan.phases[0].size, patches=(), steps=1, evaluations=1))
    tracker.on_event(
        PhaseStarted(
            phase=2, phases=2, size=phase.size, patches=phase.patches, steps=phase.steps, evaluations=phase.evaluations
        )
    )
    assert tracker.progress().seconds_left is None
    for done in (1, 2, 3, 4):
        clock.now += 3
        tracker.on_event(TileDone(phase=2, work="upscale", done=done, tiles=4))
    progress = tracker.progress()
    assert activity_text(progress) == "phase 2 of 2 · enlarging the picture, tile 4 of 4"
    assert progress.phase_fraction == pytest.approx(0.3), "nothing of it is drawn yet, but its guide is there"
    for step in (1, 2):
        clock.now += 1.45
        tracker.on_event(ViewBatchDone(phase=2, step=step, done=1, views=1, evaluations=1, controlnet_evaluations=1))
    assert tracker.progress().seconds_left == pytest.approx(phase.work - 2.9)
    book.save(tmp_path / "rates.json")
    again = RateBook.load(tmp_path / "rates.json")
    with_both = again.rates_of(planner.request(wish), place).seconds_by_phase(plan)[1]
    assert with_both == pytest.approx(phase.work + 12)
    plain = replace(wish, upscaler=None, controlnet=None)
    plan = planner.plan(planner.request(plain))
    assert again.rates_of(planner.request(plain), place).seconds_by_phase(plan)[1] == pytest.approx(phase.evaluations)
    other = replace(wish, upscaler=folder / "large.safetensors", captioner=demo_captioner())
    plan = planner.plan(planner.request(other))
    assert again.rates_of(planner.request(other), place).seconds_by_phase(plan)[1] is None
    assert Rates().upscaling.time_for(0) == 0
