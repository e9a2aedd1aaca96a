"""The two tokenizers: CLIP's for prompts, a byte-level one for the captioner.

Both are small byte-pair vocabularies in which every word of the world is one token; all other text falls apart into
shorter pieces, down to single bytes, so nothing a user types is unknown or lost.
"""

import json
import tempfile
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer, PreTrainedTokenizerFast

from .captions import FILLERS, NEGATIVES, QUESTIONS
from .vocabulary import BACKGROUNDS, NOUNS

PROMPT_LENGTH = 77
START_OF_TEXT, END_OF_TEXT = "<|startoftext|>", "<|endoftext|>"
IMAGE_TOKEN = "<image>"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].upper() }}: "
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] if part['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }}{% endfor %}{% endif %}"
    "{% if message['role'] == 'assistant' %}</s>{% else %} {% endif %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
_PLAIN_WORDS = "a an and of on in with to the left right front picture photo close up just image USER ASSISTANT"


def world_words() -> list[str]:
    """Every word that should be one token, without repeats, in a fixed order."""
    names = [name for background in BACKGROUNDS.values() for name in background]
    text = " ".join((*NOUNS, *names, *FILLERS, *NEGATIVES, *QUESTIONS, _PLAIN_WORDS))
    for mark in ".,?-:":
        text = text.replace(mark, " ")
    return list(dict.fromkeys(text.split()))


def build_prompt_tokenizer() -> CLIPTokenizer:
    """CLIP's tokenizer over the world's words. The end token has the highest id: CLIP pools there."""
    words = [word.lower() for word in world_words()]
    trainer = trainers.BpeTrainer(
        vocab_size=100_000,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    learner.train_from_iterator(words, trainer)
    vocabulary, merges = _vocabulary_and_merges(learner)
    # CLIP needs every byte twice: inside a word and at its end.
    pieces = {letter + end for letter in pre_tokenizers.ByteLevel.alphabet() for end in ("", "</w>")}
    ordered = sorted(pieces) + [piece for piece in vocabulary if piece not in pieces]
    ordered += [START_OF_TEXT, END_OF_TEXT]
    return CLIPTokenizer(
        vocab={piece: index for index, piece in enumerate(ordered)},
        merges=merges,
        bos_token=START_OF_TEXT,
        eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
        model_max_length=PROMPT_LENGTH,
    )


def save_prompt_tokenizer(tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Save tokenizer.json, and beside it the vocab.json and merges.txt that older tools read."""
    tokenizer.save_pretrained(folder)
    model = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (folder / "vocab.json").write_text(json.dumps(model["vocab"], ensure_ascii=False), encoding="utf-8")
    lines = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]) + "\n", encoding="utf-8")


def build_chat_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer for the captioner, padded on the left as batched generation needs."""
    special = ["<pad>", "<s>", "</s>", IMAGE_TOKEN]
    trainer = trainers.BpeTrainer(
        vocab_size=100_000,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=special,
        show_progress=False,
    )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    words = world_words()
    tokenizer.train_from_iterator([f" {word}" for word in words] + words, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        extra_special_tokens={"image_token": IMAGE_TOKEN},
        padding_side="left",
        model_max_length=512,
        chat_template=CHAT_TEMPLATE,
    )


def _vocabulary_and_merges(learner: Tokenizer) -> tuple[list[str], list[tuple[str, str]]]:
    """Pieces in order of their ids, and merges in order of their rank."""
    with tempfile.TemporaryDirectory() as folder:
        learner.model.save(folder)
        vocabulary = json.loads(Path(folder, "vocab.json").read_text(encoding="utf-8"))
        lines = Path(folder, "merges.txt").read_text(encoding="utf-8").splitlines()
    merges = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
    return sorted(vocabulary, key=vocabulary.__getitem__), merges  # type: ignore[return-value]
