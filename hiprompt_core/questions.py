"""Questions that captioners are asked, for whoever does not want to word one."""

from __future__ import annotations

from dataclasses import dataclass

from hiprompt_core.request import DEFAULT_QUESTION


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A worded question and what it is good for."""

    text: str
    purpose: str


DEFAULT_NAME = "sentence"
QUESTIONS: dict[str, Question] = {
    DEFAULT_NAME: Question(text=DEFAULT_QUESTION, purpose="one sentence: fits most pictures"),
    "objects": Question(
        text="List the objects that are visible in this part of the picture, separated by commas.",
        purpose="names alone: for crowded pictures, and captioners that like to talk",
    ),
    "materials": Question(
        text="Describe the materials and surfaces in this part of the picture in one short sentence.",
        purpose="surfaces: for fine detail such as fabric, bark or stone",
    ),
    "detail": Question(
        text="Describe this part of the picture in detail in two sentences.",
        purpose="two sentences: for captioners that see much, at twice the time",
    ),
}


def question_text(name_or_text: str) -> str:
    """The wording of a named question; any other text is a question in the user's own words."""
    known = QUESTIONS.get(name_or_text.strip().lower())
    return known.text if known else name_or_text
