"""Models that describe a picture in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor
from transformers import StoppingCriteria, StoppingCriteriaList

from hiprompt_core.caption_batch import batch_size, bytes_of_one
from hiprompt_core.errors import CaptionFailed
from hiprompt_core.prompt_forms import PromptForm

MAX_NEW_TOKENS = 64


class Captioner(Protocol):
    """Answers a question about pictures."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def weights_hash(self) -> str:
        """SHA-256 over the weights."""

    def passes_on(self, question: str) -> bool:
        """Whether the model is asked this question; one that only knows tasks does what is nearest."""

    def batch_size(self, image: Image.Image, question: str) -> int:
        """How many pictures of this size can be described together in the memory that is free, 1 or more.

        Raises:
            CaptionFailed: the model cannot read the picture.
        """

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        """One answer for each picture; ``on_word`` is called as they are written and may raise to stop.

        Raises:
            CaptionFailed: the model cannot answer.
        """


@dataclass(frozen=True, kw_only=True)
class TransformersCaptioner:
    """An image-text-to-text model of transformers (LLaVA and its kin)."""

    name: str
    weights_hash: str
    model: Any
    processor: Any
    form: PromptForm | None = None
    """How it is asked; none: by its own chat template."""

    def passes_on(self, question: str) -> bool:
        return self.form is None or self.form.passes_on(question)

    def batch_size(self, image: Image.Image, question: str) -> int:
        inputs = self._read([image], question)
        tokens = inputs["input_ids"].shape[1] + MAX_NEW_TOKENS
        values = inputs["pixel_values"].numel()
        one = bytes_of_one(self.model.config, tokens, values, self.model.dtype.itemsize)
        return batch_size(self.model.device, one)

    def describe(self, images: Sequence[Image.Image], question: str, on_word: Callable[[], None]) -> list[str]:
        inputs = self._read(images, question)
        try:
            # Greedy: the same picture gets the same words.
            written = self.model.generate(
                **inputs.to(self.model.device, self.model.dtype),
                max_new_tokens=MAX_NEW_TOKENS,
                do_sample=False,
                stopping_criteria=StoppingCriteriaList([_EachWord(on_word)]),
            )
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise self._failed(error) from error
        answers = self.processor.batch_decode(_without_echo(written, inputs["input_ids"]), skip_special_tokens=True)
        return [str(answer).strip() for answer in answers]

    def _read(self, images: Sequence[Image.Image], question: str) -> Any:
        """Pictures and question as the model takes them."""
        try:
            # One list for each picture: some processors take a plain list for the pictures of one question.
            nested = [[image] for image in images]
            texts = [self._prompt(question)] * len(images)
            return self.processor(images=nested, text=texts, padding=True, return_tensors="pt")
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise self._failed(error) from error

    def _prompt(self, question: str) -> str:
        if self.form is not None:
            return self.form.prompt(question)
        content = [{"type": "image"}, {"type": "text", "text": question}]
        said = [{"role": "user", "content": content}]
        return str(self.processor.apply_chat_template(said, add_generation_prompt=True, tokenize=False))

    def _failed(self, error: Exception) -> CaptionFailed:
        return CaptionFailed(
            f"The captioner {self.name} did not answer ({error}).", "Choose another captioner, or turn captions off."
        )


def _without_echo(written: Tensor, asked: Tensor) -> Tensor:
    """Answers alone, (b, tokens): decoders repeat the question before them, models with an encoder do not."""
    length = asked.shape[1]
    return written[:, length:] if torch.equal(written[:, :length], asked.to(written.device)) else written


class _EachWord(StoppingCriteria):  # type: ignore[misc]
    """Never stops by itself, but gives the caller a say after each word."""

    def __init__(self, on_word: Callable[[], None]) -> None:
        self._on_word = on_word

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ARG002
        self._on_word()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)
