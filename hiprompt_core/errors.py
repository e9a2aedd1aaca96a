"""Everything that can go wrong for a user, as one tree: what happened, to what, and what to do about it."""

from __future__ import annotations


class HiPromptError(Exception):
    """An error a user can act on.

    Args:
        problem: one sentence: what is wrong, with which value or file.
        remedy: one sentence: what to do about it.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[HiPromptError], tuple[str, str]]:
        return type(self), (self.problem, self.remedy)


class InvalidRequest(HiPromptError, ValueError):
    """A value of a request is outside of what can be computed."""


class ModelError(HiPromptError):
    """A model cannot be used."""


class ModelNotFound(ModelError):
    """There is no model of the wanted kind at the given place."""


class ModelCorrupt(ModelError):
    """Files of a model are missing, cut short or hold values that are not numbers."""


class UnsafeModel(ModelError):
    """The weights come in a format that can run code when it is read (pickle)."""


class ModelUnsupported(ModelError):
    """The model is complete but of a kind that this program does not run."""


class DownloadFailed(ModelError):
    """A model cannot be fetched from the hub."""


class CaptionFailed(HiPromptError):
    """The captioner did not answer with text."""


class OutOfMemory(HiPromptError):
    """The device has not enough free memory for the request."""


class NumericalError(HiPromptError):
    """The computation produced values that are not numbers."""


class OutputError(HiPromptError):
    """A result cannot be written or read."""


class DiskFull(OutputError):
    """The disk has no room left for the result."""


class ResultCorrupt(OutputError):
    """Files of an earlier result are missing or damaged."""


class ProjectCorrupt(OutputError):
    """Files of a project are missing or damaged."""


class Cancelled(Exception):
    """Raised by an ``on_event`` callable to stop the work; finished phases stay on disk."""
