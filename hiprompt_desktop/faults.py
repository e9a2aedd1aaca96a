"""Anything unexpected becomes words for the user and details in a log file."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from hiprompt_core.errors import HiPromptError
from hiprompt_desktop.job import Failure

log = logging.getLogger(__name__)
_crashes: TextIO | None = None
"""Open as long as the program, for what happens when it cannot open anything any more."""


@dataclass(frozen=True, slots=True)
class LogLocation:
    """Where details are written; none when the folder cannot be written."""

    file: Path | None

    def unexpected(self) -> Failure:
        """The words for a fault of the program itself."""
        error = HiPromptError("Something went wrong inside HiPrompt.", "Try again; the log file holds the details.")
        return Failure.of(error, self.file)


def start_logging(folder: Path) -> LogLocation:
    """Write warnings and worse to a rotating file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "hiprompt.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        logging.getLogger().addHandler(logging.NullHandler())
        return LogLocation(None)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return LogLocation(Path(handler.baseFilename))


def note_crashes(folder: Path) -> None:
    """Keep what even Python cannot catch, and what Qt complains of, beside the log."""
    global _crashes
    try:
        _crashes = (folder / "crash.log").open("a", encoding="utf-8")
        faulthandler.enable(_crashes)
    except OSError as error:
        log.warning("crashes leave no trace: %s", error)
    qInstallMessageHandler(_on_qt_message)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    levels = {QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR}
    level = logging.CRITICAL if kind is QtMsgType.QtFatalMsg else levels.get(kind, logging.DEBUG)
    log.log(level, "Qt (%s): %s", context.category, text)


def catch_everything(tell: Callable[[], None]) -> None:
    """Send exceptions that nobody caught to the log and call ``tell`` (from any thread)."""

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("unexpected", exc_info=(kind, error, trace))
        tell()

    def on_thread_exception(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
