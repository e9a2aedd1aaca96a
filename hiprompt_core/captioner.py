"""Models that describe a picture in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL import Image
from transformers import StoppingCriteria, StoppingCriteriaList

from hiprompt_core.errors import CaptionFailed

MAX_NEW_TOKENS = 64


class Captioner(Protocol):
    """Answers a question about pictures."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def weights_hash(self) -> str:
        """SHA-256 over the weights."""

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        """One answer for each picture; ``on_word`` is called as they are written and may raise to stop.

        Raises:
            CaptionFailed: the model cannot answer.
        """


@dataclass(frozen=True, kw_only=True)
class TransformersCaptioner:
    """An image-text-to-text model of transformers with its own chat template (LLaVA and its kin)."""

    name: str
    weights_hash: str
    model: Any
    processor: Any

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        content = [{"type": "image"}, {"type": "text", "text": question}]
        try:
            text = self.processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
            )
            inputs = self.processor(
                images=list(images), text=[text] * len(images), padding=True, return_tensors="pt"
            ).to(self.model.device, self.model.dtype)
            # Greedy: the same picture gets the same words.
            written = self.model.generate(
                **inputs,
                max_new_tokens=MAX_NEW_TOKENS,
                do_sample=False,
                stopping_criteria=StoppingCriteriaList([_EachWord(on_word)]),
            )
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise CaptionFailed(
                f"The captioner {self.name} did not answer ({error}).",
                "Choose another captioner, or turn captions off.",
            ) from error
        answers = written[:, inputs["input_ids"].shape[1] :]
        return [str(answer) for answer in self.processor.batch_decode(answers, skip_special_tokens=True)]


class _EachWord(StoppingCriteria):  # type: ignore[misc]
    """Never stops by itself, but gives the caller a say after each word."""

    def __init__(self, on_word: Callable[[], None]) -> None:
        self._on_word = on_word

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ARG002
        self._on_word()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)
