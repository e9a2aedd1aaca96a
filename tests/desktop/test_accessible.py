"""For screen readers, keyboards and eyes: names, an order to go through, contrast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from hiprompt_desktop.colours import CONTRAST, DARK, LIGHT, Tokens
from hiprompt_desktop.messages import Message, Tone
from hiprompt_desktop.panels.focus_line import FocusLine
from hiprompt_desktop.session import Session
from tests.desktop.conftest import OpenWindow

Draw = Callable[[Session], None]


def nameless(window: QWidget) -> list[str]:
    """Widgets that can have the focus and tell a screen reader nothing."""
    missing = []
    for widget in window.findChildren(QWidget):
        inside = widget.objectName().startswith("qt_") or widget.focusProxy() is not None
        list_of_a_box = widget.window().metaObject().className() == "QComboBoxPrivateContainer"
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or inside or list_of_a_box:
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        empty_label = isinstance(widget, QLabel) and not widget.text()
        if not (interface and interface.text(QAccessible.Text.Name)) and not empty_label:
            missing.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return missing


def silent(window: QWidget) -> list[str]:
    """Buttons that show only a sign and explain it to nobody."""
    return [
        button.accessibleName() or button.objectName() or str(button)
        for button in window.findChildren(QAbstractButton)
        if not button.text().strip() and not button.toolTip() and not button.objectName().startswith("qt_")
        and not isinstance(button.parent(), QLineEdit)
    ]  # fmt: skip


def test_everything_that_takes_the_focus_has_a_name(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    application.session.select(7)
    application.session.messages.tell(lambda: Message(tone=Tone.WARNING, text="Read this."))
    window = application.window
    window.actions_by_name["compare"].trigger()
    panel = window.request_panel
    for fold in (
        panel.avoid.button,
        panel.more.button,
        panel.addons.button,
        window.captions_panel.editor.redraw.more.button,
    ):
        fold.setChecked(True)
    window.guidance.show_keys()
    window.guidance.show_tour()
    window.guidance.show_palette()
    window.picture_actions.show_export()
    window.actions_by_name["models"].trigger()
    window.bottom.status.queue.toggle()
    for place in (
        window, window.guidance.dialog, window.guidance.palette, window.picture_actions.export_dialog,
        window.model_actions.window, window.bottom.status.queue.panel,
    ):  # fmt: skip
        assert place is not None
        assert nameless(place) == []
        assert silent(place) == []
        if place is not window:
            place.close()


def test_the_picture_tells_the_patch_that_keys_act_on(
    open_window: OpenWindow, draw: Draw, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    draw(application.session)
    application.session.edits.write([3], "a red kite")
    application.window.activateWindow()
    view = application.window.view
    view.setFocus()
    told: list[str] = []
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: told.append(event.message()))
    application.session.select(2)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert told[0] == "1·3: close-up of a tree, a blue sky"
    assert told[1] == "1·4: a red kite, edited"
    assert told[2].startswith("2·4: ")
    assert told[2].endswith(", 2 patches selected")
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface is not None
    assert interface.text(QAccessible.Text.Description) == told[2]
    application.session.select(None)
    assert view.accessibleDescription() == ""


def test_tab_goes_from_the_request_to_the_picture_to_the_captions(open_window: OpenWindow, draw: Draw) -> None:
    application = open_window()
    draw(application.session)
    application.session.select(7)
    window = application.window
    start = window.request_panel.prompt
    chain, widget = [start], start.nextInFocusChain()
    while widget is not start:
        chain.append(widget)
        widget = widget.nextInFocusChain()
    panel, captions = window.request_panel, window.captions_panel
    order = [
        panel.prompt, panel.size_field.width_box, panel.preset, panel.seed.edit, panel.model, panel.generate,
        window.picture_panel.strip.dots[0], window.view, window.history_strip.list, captions.search.words,
        captions.list, captions.editor.text, captions.editor.redraw.button, window.bottom.status.folder,
    ]  # fmt: skip
    places = [chain.index(stop) for stop in order]
    assert places == sorted(places)


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK), ("contrast", CONTRAST)])
def test_f6_shows_where_it_goes_and_moves_nothing(
    open_window: OpenWindow, draw: Draw, qtbot: QtBot, theme: str, palette: Tokens
) -> None:
    application = open_window()
    draw(application.session)
    window = application.window
    window.actions_by_name[f"theme_{theme}"].trigger()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.history_strip.list.isVisible())
    panels = (window.view, window.history_strip.list, window.captions_panel.list)
    window.request_panel.prompt.setFocus()
    places = [panel.viewport().geometry() for panel in panels]
    for focused in panels:
        qtbot.keyClick(window, Qt.Key.Key_F6)
        assert focused.hasFocus()
        for panel in panels:
            image = panel.grab().toImage()
            middle = (image.width() // 2, image.height() // 2)
            edges = ((0, middle[1]), (image.width() - 1, middle[1]), (middle[0], 0), (middle[0], image.height() - 1))
            lined = [image.pixelColor(*edge) == QColor(palette.accent) for edge in edges]
            assert lined == [panel is focused] * 4
        assert places == [panel.viewport().geometry() for panel in panels]
    window.folding.fold()
    qtbot.wait(1)
    line = window.view.findChild(FocusLine)
    window.view.setFocus()
    assert line.isVisible()
    assert line.size() == window.view.size()


def test_a_button_in_focus_has_one_frame_and_its_words_their_colour(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window().window
    window.actions_by_name["theme_dark"].trigger()
    window.activateWindow()
    panel = window.request_panel
    for widget in (panel.generate, panel.review):
        seen = []
        for other in (panel.prompt, widget):
            other.setFocus(Qt.FocusReason.TabFocusReason)
            window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)  # as Tab does
            seen.append(widget.grab().toImage())
        plain, focused = (image.copy(image.rect().adjusted(4, 2, -4, -2)) for image in seen)
        assert seen[0] != seen[1]
        assert plain == focused


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(colour).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("theme", "least"), [(LIGHT, 4.5), (DARK, 4.5), (CONTRAST, 7.0)])
def test_words_can_be_read_on_their_grounds(theme: Tokens, least: float) -> None:
    for words in (theme.text, theme.muted, theme.error):
        for ground in (theme.window, theme.field):
            assert contrast(words, ground) >= least
    assert contrast(theme.on_accent, theme.accent) >= least
    assert contrast(theme.accent, theme.window) >= 3  # lines around what has the focus


def test_high_contrast_is_a_theme_of_its_own(open_window: OpenWindow) -> None:
    window = open_window().window
    window.actions_by_name["theme_contrast"].trigger()
    assert window.palette().color(window.backgroundRole()) == QColor("black")
    assert window.settings.theme == "contrast"
    assert [a for a in ("theme_light", "theme_dark", "theme_system") if window.actions_by_name[a].isChecked()] == []
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    assert "border: 2px" in app.styleSheet()
