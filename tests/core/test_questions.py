"""Named questions."""

from __future__ import annotations

import pytest

from hiprompt_core.prompt_forms import FORMS
from hiprompt_core.questions import DEFAULT_NAME, QUESTIONS, question_text
from hiprompt_core.request import DEFAULT_QUESTION


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_name_stands_for_its_question(name: str) -> None:
    assert question_text(f" {name.upper()} ") == QUESTIONS[name].text
    assert question_text(QUESTIONS[name].text) == QUESTIONS[name].text


def test_other_words_are_a_question_themselves() -> None:
    assert question_text("What colour is the fox?") == "What colour is the fox?"


def test_the_default_question_has_a_name() -> None:
    assert QUESTIONS[DEFAULT_NAME].text == DEFAULT_QUESTION
    assert len({question.text for question in QUESTIONS.values()}) == len(QUESTIONS)


def test_tasks_belong_to_named_questions() -> None:
    assert all(form.tasks.keys() <= QUESTIONS.keys() for form in FORMS.values())
