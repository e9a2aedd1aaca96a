"""Entry and composition root: builds the objects and connects them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QLockFile, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from hiprompt_core.errors import HiPromptError, InvalidRequest, OutputError
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import demo_captioner, demo_model, inspect_model
from hiprompt_core.request import (
    DEFAULT_QUESTION,
    NO_ADDITIONS,
    Additions,
    CaptionerPrecision,
    ControlNet,
    Precision,
)
from hiprompt_core.user_folders import NAME
from hiprompt_desktop.appearance import SCALES
from hiprompt_desktop.arguments import Arguments, parse_arguments
from hiprompt_desktop.commands import ChangeWish
from hiprompt_desktop.computing import Computing
from hiprompt_desktop.core_sentences import side_by_side
from hiprompt_desktop.diagnostics import Diagnostics
from hiprompt_desktop.document import SAMPLE_PROMPTS, Wish
from hiprompt_desktop.engine import EngineFactory
from hiprompt_desktop.engine_thread import EngineThread
from hiprompt_desktop.faults import LogLocation, catch_everything, note_crashes, start_logging
from hiprompt_desktop.guidance import glow
from hiprompt_desktop.job_queue import JobQueue
from hiprompt_desktop.keep_awake import KeepAwake, usual_command
from hiprompt_desktop.language import install_language
from hiprompt_desktop.library import Library
from hiprompt_desktop.main_window import MainWindow
from hiprompt_desktop.messages import Tone
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.only_window import OnlyWindow
from hiprompt_desktop.pipeline_engine import load_engine
from hiprompt_desktop.queue_runner import QueueRunner
from hiprompt_desktop.session import Session
from hiprompt_desktop.settings import Places, Settings, load_settings, save_settings
from hiprompt_desktop.succession import succeed
from hiprompt_desktop.termination import Termination
from hiprompt_desktop.theme import apply_theme
from hiprompt_desktop.wish_steps import read_wish_steps, write_wish_steps

DESKTOP_FILE = "hiprompt-desktop"
"""Name of what starts the window on Linux, which asks for it whenever the icon shows a number."""
SWITCH_INTERVAL = 0.001
"""Seconds that a Python thread may keep the others waiting: the window must breathe while the engine works."""
ENGINE_DELAY_MS = 150
"""After the window is shown: importing torch stalls the window, the first paint must come before it."""
FIRST_SCALE = 4
OTHER_SOURCES = {"own", "attention"}

log = logging.getLogger(__name__)


class Application(QObject):
    """Owns session, window and engine thread; lives as long as the program."""

    ended = Signal()
    """Nothing is running any more."""
    _unexpected = Signal()

    def __init__(self, places: Places, arguments: Arguments, factory: EngineFactory, logs: LogLocation) -> None:
        super().__init__()
        self._places = places
        self._arguments = arguments
        self._logs = logs
        self._started = False
        self._ended = False
        settings = Settings() if arguments.sample else load_settings(places.settings_file)
        wish = first_wish(settings, arguments, places.wildcards)
        self.session = Session(wish, Path(settings.pictures or places.pictures), self)
        self.session.next.machine.computing = first_computing(settings)
        self.session.next.prompts = settings.prompts
        self.session.next.recent_models = settings.recent_models
        self.session.next.recent_captioners = settings.recent_captioners
        if arguments.sample is None:
            self.session.next.restore(*read_wish_steps(places.wish_steps_file, wish))
        self.library = Library(self.session, logs, None if arguments.sample else places.projects, self)
        self.models = ModelLibrary(places.cache, settings.model_folders, logs, self)
        self._queue_lock = QLockFile(str(places.queue_file) + ".lock")
        self.queue = QueueRunner(self.session, JobQueue(self._own_queue_file()), self)
        self.diagnostics = Diagnostics(self.session, self.library.background, places, self)
        self._language = settings.language
        self.window = self._make_window(settings)
        self.engine = EngineThread(self.session, factory, logs, places.rates_file, self)
        self.keep_awake = KeepAwake(self.session, usual_command(), self)
        self._save_timer = QTimer(self, singleShot=True, interval=1000)
        self._save_timer.timeout.connect(self.save)
        self.session.next.changed.connect(self._save_timer.start)
        self.session.next.device_changed.connect(self._save_timer.start)
        self.library.keeper.changed.connect(self._save_timer.start)
        self.models.changed.connect(self._save_timer.start)
        self.session.next.device_changed.connect(self.models.refresh)  # when the engine is there and the disk is idle
        self._last_project = Path(settings.project) if settings.project else None
        self._unexpected.connect(self._on_unexpected)

    def _own_queue_file(self) -> Path | None:
        """None for a sample, and for a second window of the same user: its queue ends with it."""
        if self._arguments.sample is not None:
            return None
        file = self._places.queue_file
        file.parent.mkdir(parents=True, exist_ok=True)
        return file if self._queue_lock.tryLock(0) else None

    def _make_window(self, settings: Settings) -> MainWindow:
        window = MainWindow(
            self.session, self.library, self.models, self.queue, self.diagnostics, settings, self._places.window_file
        )
        window.settings_changed.connect(self._on_settings)
        window.closed.connect(self.shut_down)
        window.bottom.status.set_starting(True)
        return window

    def start(self) -> None:
        """Show the window; the engine starts after its first paint."""
        self.window.show()
        QTimer.singleShot(ENGINE_DELAY_MS, self, self.start_engine)
        self.library.history.refresh()
        self.library.own_pictures.follow()

    def welcome(self) -> None:
        """Show who is here for the first time around."""
        glow(self.window.request_panel.generate)
        self.window.guidance.show_tour()

    @Slot()
    def start_engine(self) -> None:
        if self._ended or self._started:
            return
        self._started = True
        self.engine.start()
        if self._arguments.sample is not None:
            self.session.next.output_override = self._arguments.sample
            self.session.messages.changed.connect(self._on_sample_message)
            self.session.picture_finished.connect(self._on_sample_finished)
            self.session.picture_work.generate()
        self.queue.start()
        self.library.keeper.begin(self._last_project)

    @Slot(object)
    def _on_settings(self, settings: Settings) -> None:
        self._save_timer.start()
        if settings.language != self._language:
            self._language = settings.language
            QTimer.singleShot(0, self, self._speak)  # the menu of the window that goes is still open

    @Slot()
    def _speak(self) -> None:
        """Change the language: the window is built anew, the work goes on."""
        app = QApplication.instance()
        if app is None or self._ended:
            return
        install_language(app, self._language)
        old = self.window
        old.remember_place()
        self.window = self._make_window(old.settings)
        succeed(old, self.window, self.session)

    @Slot()
    def come_to_front(self) -> None:
        """The user started the program once more."""
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.raise_()
        self.window.activateWindow()
        QApplication.alert(self.window)

    @Slot()
    def save(self) -> None:
        """Remember the wish and the view."""
        if self._arguments.sample is not None:
            return
        wish, computing = self.session.next.wish, self.session.next.machine.computing
        settings = replace(
            self.window.settings,
            prompt=wish.prompt,
            negative_prompt=wish.negative_prompt,
            width=wish.size.width,
            height=wish.size.height,
            preset=wish.preset,
            strength=wish.strength,
            seed=wish.seed,
            seed_locked=wish.seed_locked,
            review_captions=wish.review_captions,
            model=None if wish.model == demo_model() else str(wish.model),
            captioner=None if wish.captioner == demo_captioner() else str(wish.captioner or ""),
            additions=wish.additions.to_dict() if wish.additions.files else {},
            controlnet=wish.controlnet.to_dict() if wish.controlnet else {},
            upscaler=str(wish.upscaler) if wish.upscaler else None,
            model_folders=self.models.folders,
            caption_source=wish.caption_source if wish.caption_source != "captioner" else None,
            question=wish.question if wish.question != DEFAULT_QUESTION else None,
            style=wish.style or None,
            styles_file=str(wish.styles_file) if wish.styles_file is not None else None,
            captioner_precision=wish.captioner_precision if wish.captioner_precision != "auto" else None,
            wildcards=str(wish.wildcards) if wish.wildcards not in {None, self._places.wildcards} else None,
            base_image=str(wish.base_image) if wish.base_image is not None else None,
            base_width=wish.base_size.width if wish.base_size is not None else None,
            base_height=wish.base_size.height if wish.base_size is not None else None,
            device=computing.device if computing.device != "auto" else None,
            precision=computing.precision if computing.precision != "auto" else None,
            compiled=computing.compiled,
            prompts=self.session.next.prompts,
            recent_models=self.session.next.recent_models,
            recent_captioners=self.session.next.recent_captioners,
            project=self.library.keeper.last,
        )
        next_ = self.session.next
        commands = [next_.steps.command(index) for index in range(next_.steps.count())]
        steps = [command.step for command in commands if isinstance(command, ChangeWish)]
        try:
            save_settings(self._places.settings_file, settings)
            write_wish_steps(self._places.wish_steps_file, steps, next_.steps.index(), wish)
        except OutputError as error:
            log.warning("settings are not saved: %s", error)

    @Slot()
    def keep_all(self) -> None:
        """The desktop ends the session, and perhaps this process without asking: what the user did is on disk now."""
        if not self._ended:
            self.window.view.editor.close_editor(keep=True)
            self.library.keeper.keep()
            self.library.background.wait()
            self.save()

    @Slot()
    def end(self) -> None:
        """The system asks for it, and will not wait for long."""
        self.keep_all()
        self.window.stop_and_close()

    @Slot()
    def shut_down(self) -> None:
        """Leave nothing running."""
        if not self._ended:
            self._ended = True
            self._save_timer.stop()
            self.queue.stop()
            self.session.patch_work.settle()
            self.library.stop()
            self.models.stop()
            self.save()
            self.engine.stop()
            self.keep_awake.stop()
            self._queue_lock.unlock()
            self.window.view.background.stop()
            self.session.next.steps.clear()
            self.session.undo_stack.clear()  # one that is destroyed full still signals a window that is gone
            self.ended.emit()

    def tell_unexpected(self) -> None:
        """From any thread: something nobody expected was logged."""
        self._unexpected.emit()

    @Slot()
    def _on_unexpected(self) -> None:
        failure = self._logs.unexpected()
        self.session.messages.tell_failure(failure)

    @Slot()
    def _on_sample_message(self) -> None:
        message = self.session.messages.current
        if message is not None and message.tone is Tone.ERROR:
            print(side_by_side(message.text, message.remedy), file=sys.stderr)
            QTimer.singleShot(0, self, self._fail_sample)

    @Slot()
    def _fail_sample(self) -> None:
        self.shut_down()
        QApplication.exit(1)

    @Slot()
    def _on_sample_finished(self) -> None:
        self.shut_down()
        QApplication.exit(0)


def first_wish(settings: Settings, arguments: Arguments, wildcards: Path | None = None) -> Wish:
    """What the left panel says at the start: as it was left, or the sample on the demo model."""
    model = arguments.model or (Path(settings.model) if settings.model else demo_model())
    captioner: Path | None = arguments.captioner
    source = settings.caption_source
    if captioner is not None or arguments.no_captions or source not in OTHER_SOURCES:
        source = "captioner"
    if captioner is None and not arguments.no_captions and source == "captioner" and settings.captioner != "":
        captioner = Path(settings.captioner) if settings.captioner else demo_captioner()
    defaults = Wish(prompt=SAMPLE_PROMPTS[0], size=first_size(model), model=model, captioner=captioner)
    size = Size(settings.height, settings.width) if settings.height and settings.width else defaults.size
    wish = replace(
        defaults,
        size=size,
        prompt=defaults.prompt if settings.prompt is None else settings.prompt,
        preset=settings.preset or defaults.preset,
        strength=settings.strength,
        seed=defaults.seed if settings.seed is None else max(0, settings.seed),
        seed_locked=settings.seed_locked,
        review_captions=settings.review_captions,
        additions=_additions(settings),
        controlnet=_controlnet(settings),
        upscaler=Path(settings.upscaler) if settings.upscaler else None,
        caption_source=source,
        question=settings.question or DEFAULT_QUESTION,
        style=settings.style or "",
        styles_file=Path(settings.styles_file) if settings.styles_file else None,
        captioner_precision=_precision(settings.captioner_precision),
        wildcards=Path(settings.wildcards) if settings.wildcards else wildcards,
    )
    if settings.base_image and settings.base_width and settings.base_height:
        base_size = Size(settings.base_height, settings.base_width)
        wish = replace(wish, base_image=Path(settings.base_image), base_size=base_size)
    if settings.negative_prompt is not None:
        wish = replace(wish, negative_prompt=settings.negative_prompt)
    return wish


def _additions(settings: Settings) -> Additions:
    try:
        return Additions.from_dict(settings.additions)
    except InvalidRequest as error:
        log.warning("additions are left out: %s", error)
        return NO_ADDITIONS


def _controlnet(settings: Settings) -> ControlNet | None:
    try:
        return ControlNet.from_dict(settings.controlnet) if settings.controlnet else None
    except InvalidRequest as error:
        log.warning("the ControlNet is left out: %s", error)
        return None


def _precision(text: str | None) -> CaptionerPrecision:
    return next((known for known in get_args(CaptionerPrecision) if known == text), "auto")


def first_computing(settings: Settings) -> Computing:
    """How this machine computes at the start: as it was left."""
    precision: Precision = next((known for known in get_args(Precision) if known == settings.precision), "auto")
    return Computing(device=settings.device or "auto", precision=precision, compiled=settings.compiled)


def first_size(model: Path) -> Size:
    """Sixteen times the native pixels of a model."""
    try:
        native = inspect_model(model).native_size
    except HiPromptError:
        native = 256
    return Size(native, native).times(FIRST_SCALE)


def main(words: Sequence[str] | None = None) -> int:
    """Run the window until it is closed."""
    arguments = parse_arguments(sys.argv[1:] if words is None else words)
    sys.setswitchinterval(SWITCH_INTERVAL)
    places = Places.of_user()
    logs = start_logging(places.logs)
    note_crashes(places.logs)
    settings = Settings() if arguments.sample else load_settings(places.settings_file)
    if settings.scale in SCALES:  # Qt reads it once, before there is a window
        os.environ.setdefault("QT_SCALE_FACTOR", str(settings.scale / 100))
    app = QApplication(sys.argv[:1])
    app.setApplicationName(NAME)
    app.setDesktopFileName(DESKTOP_FILE)
    install_language(app, "en" if arguments.sample else settings.language)
    apply_theme(app, settings.theme)
    only = OnlyWindow(places.state, app)
    if arguments.sample is None and not only.take():
        only.call()
        print("HiPrompt is open already; its window comes to the front.")
        return 0
    application = Application(places, arguments, load_engine, logs)
    only.called.connect(application.come_to_front)
    app.commitDataRequest.connect(application.keep_all, Qt.ConnectionType.DirectConnection)
    # Qt ends by itself only when a window that is seen is closed, and one that waits for its work to stop is hidden.
    application.ended.connect(app.quit, Qt.ConnectionType.QueuedConnection)
    catch_everything(application.tell_unexpected)
    termination = Termination(app) if os.name == "posix" else None
    if termination is not None:
        termination.asked.connect(application.end)
    application.start()
    if not settings.tour_seen and arguments.sample is None:
        application.welcome()
    code = app.exec()
    application.shut_down()
    if termination is not None:
        termination.stop()
    return code
