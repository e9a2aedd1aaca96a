"""The command line of the published HiPrompt code, translated into the one of this program."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.option_text import parse_bool

PUBLISHED_WINDOW = 128
"""Side of a window in latent cells that ``--stride`` refers to."""
PAPER_WORD_FILTER = 0.6

FLAGS = {
    "height": "height",
    "width": "width",
    "seed": "seed",
    "negative_prompt": "negative-prompt",
    "model_ckpt": "model",
    "image_lr": "base-image",
    "device": "device",
    "precision": "precision",
}
"""Published names, and those added to them, that stand for one flag of this program each."""

OPTIONS = {
    "reduction": "reduction",
    "beta": "beta",
    "guidance_scale": "guidance_scale",
    "cosine_scale_1": "skip_residual",
    "cosine_scale_2": "dilated_sampling",
    "cosine_scale_3": "gaussian_exponent",
    "sigma": "gaussian_sigma",
    "view_batch_size": "view_batch_size",
    "nd": "decompose",
}
"""Published names that stand for one option each."""

DESCRIPTION = """The command line of the published HiPrompt code under its own names. It means the preset "paper";
flags that are left out keep that preset's values."""


def is_published(arguments: Sequence[str]) -> bool:
    """Whether a command line uses the published names."""
    names = {argument.partition("=")[0] for argument in arguments}
    return "--validation_prompt" in names or bool(arguments[:1] and arguments[0] == "--prompt")


def translate(arguments: Sequence[str]) -> list[str]:
    """The same wish in this program's own words.

    Raises:
        InvalidRequest: a combination that has no meaning here.
    """
    given = vars(_parser().parse_args(arguments[1:] if arguments[0] == "generate" else arguments))
    words = ["generate", "--preset=paper", f"--out={given['logging_dir']}"]
    words += [f"--{own}={given[name]}" for name, own in FLAGS.items() if given[name] is not None]
    words += _captions(given["llava"])
    words += ["--native"] if given["scale"] is False else []
    words += ["--json"] if given["json"] else []
    words += [f"--set={name}={value}" for name, value in _option_values(given).items()]
    return [*words, "--", given["validation_prompt"]]


def _captions(llava: str | None) -> list[str]:
    """``--llava`` is a truth value in the published code; the folder of a captioner serves as well."""
    try:
        return [] if llava is None or parse_bool(llava) else ["--captioner=none"]
    except ValueError:
        return [f"--captioner={llava}"]


def _option_values(given: dict[str, Any]) -> dict[str, object]:
    values: dict[str, object] = {own: given[name] for name, own in OPTIONS.items() if given[name] is not None}
    if given["num_inference_steps"] is not None:
        values["num_inference_steps"] = values["upscale_num_inference_steps"] = given["num_inference_steps"]
    if given["guidance_scale_fact"] is not None:
        values["guidance_scale_low"] = values["guidance_scale_high"] = given["guidance_scale_fact"]
    if given["stride"] is not None:
        values["overlap"] = _overlap(given["stride"])
    if given["ngram"] is not None:
        values["word_filter"] = PAPER_WORD_FILTER if given["ngram"] else None
    if given["view_args"] is not None:
        values["blur_sigma"] = _blur(given["view_args"])
    _check_bands(given["views_type"])
    return values


def _overlap(stride: int) -> float:
    if not 1 <= stride <= PUBLISHED_WINDOW:
        raise InvalidRequest(f"--stride is {stride}.", f"Use 13 to {PUBLISHED_WINDOW} latent cells.")
    return 1 - stride / PUBLISHED_WINDOW


def _blur(widths: Sequence[float]) -> float:
    if len(set(widths)) != 1:
        raise InvalidRequest(
            f"--view_args is {' '.join(map(str, widths))}.", "The bands share one blur: give the same width for both."
        )
    return widths[0]


def _check_bands(names: Sequence[str] | None) -> None:
    if names is not None and list(names) != ["low_pass", "high_pass"]:
        raise InvalidRequest(f"--views_type is {' '.join(names)}.", "Use low_pass high_pass.")


def _word(text: str) -> bool:
    try:
        return parse_bool(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}; use true or false") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hiprompt", description=DESCRIPTION, allow_abbrev=False)
    flag: Callable[..., Any] = parser.add_argument
    flag("--validation_prompt", "--prompt", required=True, help="the prompt, or a .txt file with one prompt a line")
    flag("--logging_dir", default="outputs", help="folder of the results (default: %(default)s)")
    flag("--height", type=int, help="pixels (default: four times the model's native size)")
    flag("--width", type=int, help="pixels (default: four times the model's native size)")
    flag("--seed", type=int)
    flag("--negative_prompt")
    flag("--model_ckpt", "--pretrained_model_name_or_path", help="model folder, or its name in the Hugging Face cache")
    flag("--llava", "--share", help="true, false, or the folder of a captioner: describe each patch")
    flag("--scale", type=_word, help="true: grow phase by phase; false: stop after the picture of native size")
    flag("--nd", "--noise_decom", type=_word, help="true: split the noise into bands")
    flag("--reduction", help="how the bands are joined: sum, mean, low or high")
    flag("--views_type", nargs="+", help="the bands: low_pass high_pass")
    flag("--view_args", nargs="+", type=float, help="blur of the bands, latent cells for 64 cells of window height")
    flag("--beta", type=float, help="weight of the high band")
    flag("--guidance_scale", type=float, help="guidance of the first phase and of the dilated path")
    flag("--guidance_scale_fact", "--guidance_scale_2", "--guidance_scale_parallel", type=float, help="of the bands")
    flag("--cosine_scale_1", type=float, help="exponent of the skip residual")
    flag("--cosine_scale_2", type=float, help="exponent of the dilated path")
    flag("--cosine_scale_3", type=float, help="exponent of the dilated path's smoothing")
    flag("--sigma", type=float, help="width of the dilated path's smoothing")
    flag("--stride", type=int, help="distance of the windows, latent cells of a window of 128")
    flag("--view_batch_size", type=int, help="windows predicted in one go")
    flag("--num_inference_steps", "--steps", type=int)
    flag("--ngram", type=_word, help="true: drop caption words that have little to do with the prompt")
    flag("--image_lr", help="a picture to start from")
    flag("--device")
    flag("--precision")
    flag("--json", action="store_true", help="events as JSON, one a line")
    return parser
