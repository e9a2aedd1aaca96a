"""What went wrong on the command line: a sentence, values for programs, and an exit code."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hiprompt_core.errors import (
    Cancelled,
    CaptionFailed,
    HiPromptError,
    InvalidRequest,
    ModelError,
    NumericalError,
    OutOfMemory,
    OutputError,
)

EXIT_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (InvalidRequest, 2),
    (ModelError, 3),
    (OutputError, 4),
    (OutOfMemory, 5),
    (CaptionFailed, 6),
    (NumericalError, 7),
)
UNEXPECTED = 1
CANCELLED = 130


class _Outcome:
    code = 0


@contextmanager
def no_traceback(as_json: bool) -> Iterator[_Outcome]:
    """Turn every error into words and an exit code."""
    outcome = _Outcome()
    try:
        yield outcome
        sys.stdout.flush()
    except HiPromptError as error:
        outcome.code = tell_error(error, as_json)
    except (Cancelled, KeyboardInterrupt):
        print("Cancelled.", file=sys.stderr)
        outcome.code = CANCELLED
    except BrokenPipeError:
        # The reader of a pipe left; without this Python complains once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        outcome.code = UNEXPECTED
    except MemoryError:
        problem = "The computer has not enough free memory for this."
        outcome.code = tell_error(OutOfMemory(problem, "Close other programs or choose a smaller size."), as_json)
    except Exception as error:
        outcome.code = tell_unexpected(error, as_json)


def tell_error(error: HiPromptError, as_json: bool) -> int:
    """Say it to a person, and to a program if one reads; its exit code."""
    code = next((code for kind, code in EXIT_CODES if isinstance(error, kind)), UNEXPECTED)
    if as_json:
        values = {"event": "Failed", "error": type(error).__name__, "problem": error.problem, "remedy": error.remedy}
        print(json.dumps(values | {"exit_code": code}), flush=True)
    print(f"Error: {error.problem} {error.remedy}".strip(), file=sys.stderr)
    return code


def tell_unexpected(error: Exception, as_json: bool) -> int:
    """Programming errors: one line for the user, the traceback for whoever mends it."""
    log = _write_log()
    where = f"Details are in {log}; please report them." if log else "No log could be written."
    return tell_error(HiPromptError(f"Unexpected {type(error).__name__}: {_first_line(error)}.", where), as_json)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no details"])[0].rstrip(".")


def _write_log() -> Path | None:
    from hiprompt_core.user_folders import user_folder

    try:
        folder = user_folder("log")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "hiprompt.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{traceback.format_exc()}\n")
    except OSError:
        return None
    return folder / "hiprompt.log"
