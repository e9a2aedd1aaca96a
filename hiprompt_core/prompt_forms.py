"""How models without a chat template are asked: each kind was trained on a wording of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hiprompt_core.questions import DEFAULT_NAME, QUESTIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptForm:
    """A wording with a place for the question, and the tasks that stand for our named questions."""

    text: str
    """``{question}`` is the question's place; without it the model answers no questions, it fulfils its task."""
    tasks: Mapping[str, str] = field(default_factory=dict)
    """Whole texts by the name of a question."""

    def prompt(self, question: str) -> str:
        """What is sent to the model."""
        for name, task in self.tasks.items():
            if question in (QUESTIONS[name].text, task):
                return task
        return self.text.replace("{question}", question)

    def passes_on(self, question: str) -> bool:
        """Whether the model gets the question, or a task that stands for it."""
        return "{question}" in self.text or self.prompt(question) in self.tasks.values()


_VICUNA = PromptForm(text="USER: <image>\n{question} ASSISTANT:")
FORMS: dict[str, PromptForm] = {
    # 2310.03744; repositories from before chat templates.
    "llava": _VICUNA,
    "llava_next": _VICUNA,
    # 2301.12597
    "blip-2": PromptForm(text="Question: {question} Answer:"),
    "instructblip": PromptForm(text="{question}"),
    # 2311.06242: one caption task of three lengths, and no questions.
    "florence2": PromptForm(
        text="<DETAILED_CAPTION>", tasks={DEFAULT_NAME: "<CAPTION>", "detail": "<MORE_DETAILED_CAPTION>"}
    ),
    # 2407.07726: a task and the language of its answer.
    "paligemma": PromptForm(text="<image>answer en {question}", tasks={DEFAULT_NAME: "<image>caption en"}),
}
"""By the ``model_type`` of transformers."""
