"""LoRAs, embeddings and another VAE in the left panel: chosen, weighed, kept, and told when they do not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.request import Additions
from hiprompt_desktop.app import Application, first_wish
from hiprompt_desktop.arguments import parse_arguments
from hiprompt_desktop.document import Wish
from hiprompt_desktop.machine import Machine
from hiprompt_desktop.model_use import fits
from hiprompt_desktop.pace import Pace
from hiprompt_desktop.panels.addons import AddOns
from hiprompt_desktop.planner import Planner
from hiprompt_desktop.project_state import wish_from_dict, wish_to_dict
from hiprompt_desktop.recall_wish import Part, missing_files, wish_changes
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, Settings, load_settings, save_settings
from tests.core.library.trees import LORA, write_weights
from tests.desktop.conftest import OpenWindow
from tests.desktop.scripted_engine import ScriptedEngine
from tests.desktop.test_accessible import nameless

Draw = Callable[[Session], None]
SD1_LORA = {"lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight": (1, 768)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    write_weights(folder / "ink.safetensors", LORA)
    write_weights(folder / "grain.safetensors", LORA)
    write_weights(folder / "old.safetensors", SD1_LORA)
    write_weights(folder / "clear.safetensors", {"decoder.up.0.block.0.conv1.weight": (4, 4, 3, 3)})
    write_weights(folder / "my cat.safetensors", {"clip_l": (1, 768), "clip_g": (1, 1280)})
    return folder


@pytest.fixture
def application(open_window: OpenWindow, qtbot: QtBot, folder: Path) -> Application:
    application = open_window(ScriptedEngine())
    application.models.set_folders((str(folder),))
    qtbot.waitUntil(lambda: len(application.models.entries) == 5)
    application.window.request_panel.addons.button.setChecked(True)
    return application


def offered(button: QToolButton) -> list[str]:
    button.menu().aboutToShow.emit()
    return [action.text() for action in button.menu().actions() if not action.isSeparator()]


def add(button: QToolButton, name: str) -> None:
    names = offered(button)
    [action for action in button.menu().actions() if not action.isSeparator()][names.index(name)].trigger()


def addons(application: Application) -> AddOns:
    return application.window.request_panel.addons


def test_loras_are_added_weighed_and_taken_away(
    application: Application, qtbot: QtBot, folder: Path, draw: Draw
) -> None:
    panel, next_ = addons(application), application.session.next
    assert offered(panel.add_lora) == ["grain", "ink", "Choose a file…", "Models…"], "only those that fit"
    add(panel.add_lora, "ink")
    add(panel.add_lora, "grain")
    assert panel.button.text() == "add-ons: 2"
    assert offered(panel.add_lora) == ["Choose a file…", "Models…"]
    spin = panel.loras[0].weight
    spin.setFocus()
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert next_.wish.additions.loras == {folder / "ink.safetensors": 1.05, folder / "grain.safetensors": 1.0}
    spin.selectAll()
    qtbot.keyClicks(spin, "-3")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert -2 <= next_.wish.additions.loras[folder / "ink.safetensors"] <= 2
    assert nameless(panel) == []
    qtbot.mouseClick(panel.loras[1].remove, Qt.MouseButton.LeftButton)
    assert list(next_.wish.additions.loras) == [folder / "ink.safetensors"]
    draw(application.session)
    assert application.session.document.request.additions == next_.wish.additions


def test_the_fold_opens_when_something_is_in_use(application: Application, folder: Path) -> None:
    panel = addons(application)
    panel.button.setChecked(False)
    panel.use_lora(folder / "ink.safetensors")
    assert panel.button.isChecked()
    panel.button.setChecked(False)
    panel.use_lora(folder / "grain.safetensors")
    assert not panel.button.isChecked(), "who closed it knows of it"
    again = AddOns(application.session, application.models)  # as the next start makes it
    assert again.button.isChecked()
    again.deleteLater()


def test_what_is_unfolded_is_scrolled_into_view(application: Application, qtbot: QtBot) -> None:
    """In a low window the fold's title is the last line of the panel that is seen."""
    window, addons = application.window, application.window.request_panel.addons
    window.resize(1280, 720)
    addons.button.setChecked(False)
    QTest.mouseClick(addons.button, Qt.MouseButton.LeftButton)
    last = addons.choices.controlnet
    qtbot.waitUntil(lambda: last.visibleRegion().boundingRect() == last.rect())
    assert addons.button.visibleRegion().boundingRect() == addons.button.rect()


def test_fields_stand_in_line_with_those_above(application: Application) -> None:
    panel = application.window.request_panel
    panel.addons.button.setChecked(True)
    QApplication.processEvents()
    fields = (panel.size_field.width_box, panel.seed.edit, panel.preset, panel.addons.choices.upscaler.box)
    assert len({field.mapTo(panel, QPoint()).x() for field in fields}) == 1
    edits = (panel.size_field.width_box.lineEdit(), panel.seed.edit)
    for edit in edits:
        edit.home(False)
    cursors = [edit.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center() for edit in edits]
    begins = [edit.mapTo(panel, cursor).x() for edit, cursor in zip(edits, cursors, strict=True)]
    assert begins[0] == pytest.approx(begins[1], abs=1)


def test_trigger_words_of_a_lora_are_put_into_the_prompt(application: Application, qtbot: QtBot, folder: Path) -> None:
    marks = {"modelspec.trigger_phrase": "ohwx fox, rock & ink"}
    write_weights(folder / "ink.safetensors", LORA, np.float32, marks)
    application.models.refresh()
    qtbot.waitUntil(lambda: not application.models.errand.busy)
    panel, prompt = addons(application), application.window.request_panel.prompt
    panel.use_lora(folder / "ink.safetensors")
    panel.use_lora(folder / "grain.safetensors")
    assert [row.words.isHidden() for row in panel.loras] == [False, True]
    assert nameless(panel) == []
    prompt.setPlainText("a meadow")
    for action in panel.loras[0].words.menu().actions():
        action.trigger()
    assert application.session.next.wish.prompt == "a meadow, ohwx fox, rock & ink"
    application.window.actions_by_name["models"].trigger()
    window = application.window.model_actions.window
    window.show_model(folder / "ink.safetensors")
    assert window.details.facts["triggers"].text() == "ohwx fox, rock & ink"
    window.show_model(folder / "grain.safetensors")
    assert window.details.facts["triggers"].isHidden()


def test_embeddings_have_words_and_another_vae_is_chosen(application: Application, qtbot: QtBot, folder: Path) -> None:
    panel, next_ = addons(application), application.session.next
    add(panel.add_embedding, "my cat")
    assert next_.wish.additions.embeddings == {"my-cat": folder / "my cat.safetensors"}
    word = panel.embeddings[0].word
    word.setText("whiskers")
    word.editingFinished.emit()
    assert list(next_.wish.additions.embeddings) == ["whiskers"]
    word.setText("two words")
    word.editingFinished.emit()
    assert word.text() == "whiskers"
    assert application.session.messages.current is not None
    panel.choices.vae.box.activated.emit(panel.choices.vae.box.findText("clear"))
    assert next_.wish.additions.vae == folder / "clear.safetensors"
    panel.choices.vae.box.activated.emit(0)
    assert next_.wish.additions.vae is None
    qtbot.mouseClick(panel.embeddings[0].remove, Qt.MouseButton.LeftButton)
    assert panel.button.text() == "add-ons"


def test_what_does_not_fit_says_so(application: Application, folder: Path) -> None:
    panel = addons(application)
    panel.use_lora(folder / "old.safetensors")
    panel.use_lora(folder / "ink.safetensors")
    panel.use_lora(folder / "gone.safetensors")
    assert [row.sign.isHidden() for row in panel.loras] == [False, True, False]
    assert panel.loras[0].sign.toolTip() == "made for SD 1, not for this model"
    assert panel.loras[2].sign.toolTip().endswith("is gone")
    application.session.picture_work.generate()
    assert not application.session.busy, "nobody waits for what cannot be drawn"
    assert application.session.messages.current is not None
    assert f"There is nothing at {folder / 'gone.safetensors'}." in application.session.messages.current.text
    panel.loras[2].remove.click()
    assert application.session.next.forecast.plan is not None


def test_several_keep_their_order_their_weights_and_their_words(application: Application, folder: Path) -> None:
    panel, next_ = addons(application), application.session.next
    write_weights(folder / "more/my cat.safetensors", {"clip_l": (1, 768), "clip_g": (1, 1280)})
    next_.change(additions=Additions(loras={folder / "ink.safetensors": 3.0, folder / "grain.safetensors": 0.5}))
    for path in (folder / "ink.safetensors", folder / "old.safetensors"):
        panel.use_lora(path)
    assert [(row.name.text(), row.weight.value()) for row in panel.loras] == [("ink", 3), ("grain", 0.5), ("old", 1)]
    for path in (folder / "my cat.safetensors", folder / "more/my cat.safetensors", folder / "my cat.safetensors"):
        panel.use_embedding(path)
    assert [row.word.text() for row in panel.embeddings] == ["my-cat", "my-cat-2"]


def test_the_library_uses_them_too_and_the_choice_is_kept(
    application: Application, qtbot: QtBot, folder: Path, places: Places
) -> None:
    application.window.actions_by_name["models"].trigger()
    window = application.window.model_actions.window
    for name in ("ink", "my cat", "clear"):
        window.show_model(folder / f"{name}.safetensors")
        qtbot.mouseClick(window.details.use, Qt.MouseButton.LeftButton)
    additions = application.session.next.wish.additions
    assert len(additions.files) == 3
    application.save()
    saved = load_settings(places.settings_file)
    assert first_wish(saved, parse_arguments([])).additions == additions


def test_settings_that_are_no_additions_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    save_settings(file, Settings(additions={"loras": 3}))
    assert first_wish(load_settings(file), parse_arguments([])).additions == Additions()


def a_wish(folder: Path) -> Wish:
    additions = Additions(loras={folder / "ink_lightning_8step.safetensors": 0.8}, vae=folder / "clear.safetensors")
    return Wish(
        prompt="a fox", size=Size(256, 256), model=demo_model(), captioner=demo_captioner(), additions=additions
    )


def test_projects_keep_them(folder: Path) -> None:
    wish = a_wish(folder)
    values = json.loads(json.dumps(wish_to_dict(wish)))
    assert wish_from_dict(values) == wish
    del values["additions"]
    assert wish_from_dict(values) == replace(wish, additions=Additions()), "of an older version"
    with pytest.raises(InvalidRequest):
        wish_from_dict({**values, "additions": {"loras": 3}})


def test_a_few_step_lora_changes_the_options_and_recall_knows_the_preset(folder: Path) -> None:
    wish = replace(a_wish(folder), preset="fast")
    lora = write_weights(folder / "ink_lightning_8step.safetensors", LORA)
    request = Planner().request(wish)
    assert (request.options.num_inference_steps, request.options.guidance_scale) == (8, 1.0)
    assert Planner().forecast(wish, Machine()).few_steps == 8
    from hiprompt_core.metadata import PhaseRecord

    record = PhaseRecord(
        request=request, phase=1, phases=1, size=wish.size, patches=(), captions=(), model_name="", model_hash="",
        captioner_name="", captioner_hash="", evaluations=1,
    )  # fmt: skip
    assert missing_files(record) == []
    assert wish_changes(record, Part.EVERYTHING)["additions"] == wish.additions
    lora.unlink()
    changes = wish_changes(record, Part.EVERYTHING)
    assert changes["preset"] == "fast"
    assert changes["additions"] == Additions(vae=folder / "clear.safetensors"), "the LoRA is not on this machine"
    assert missing_files(record) == [lora]


def test_a_lora_counts_once(application: Application, folder: Path) -> None:
    """Chosen again it keeps its weight; under another path it is told beside Generate."""
    panel, next_ = addons(application), application.session.next
    ink, link = folder / "ink.safetensors", folder / "link.safetensors"
    link.symlink_to(ink)
    next_.change(additions=Additions(loras={ink: 0.5}))
    panel.use_lora(ink)
    assert next_.wish.additions.loras == {ink: 0.5}
    assert next_.forecast.plan is not None
    panel.use_lora(link)
    assert next_.forecast.plan is None
    assert next_.forecast.problem == f"{link} is the same LoRA as {ink}."


@pytest.mark.parametrize(
    ("family", "model", "fit"),
    [
        ("SDXL", "SDXL", True),
        ("SD 1", "SDXL", False),
        ("SD 1", "Stable Diffusion 1 and 2", True),
        ("SD 2", "Stable Diffusion 1 and 2", True),
        ("SD 3", "Stable Diffusion 3", True),
        ("", "SDXL", True),
        ("SDXL", "", True),
    ],
)
def test_families_that_go_together(family: str, model: str, fit: bool) -> None:
    assert fits(family, model) is fit


def test_the_time_left_follows_the_last_seconds() -> None:
    pace = Pace()
    assert pace.seconds_left(100) is None
    for second in range(20):
        pace.add(second, 10 * second)
    assert pace.seconds_left(290) == pytest.approx(10)
    for second in range(20, 40):
        pace.add(second, 190 + (second - 19))
    assert pace.seconds_left(310) == pytest.approx(100)
    pace.add(40, 0)  # begun again
    assert pace.seconds_left(310) is None
