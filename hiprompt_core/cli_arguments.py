"""The flags of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from hiprompt_core.cli_requests import ATTENTION, NATIVE_TIMES, UPSCALE
from hiprompt_core.export_request import ExportRequest, Metadata
from hiprompt_core.file_names import FIELDS
from hiprompt_core.formats import FORMATS
from hiprompt_core.model_cache import model_folder
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.options import DEFAULT_PRESET, PRESETS, Options
from hiprompt_core.questions import QUESTIONS
from hiprompt_core.request import (
    DEFAULT_NEGATIVE_PROMPT,
    DEFAULT_QUESTION,
    CaptionerPrecision,
    GenerationRequest,
    Precision,
    RegenerateRequest,
)

Run = Callable[[argparse.Namespace], int]
EPILOG = """exit codes:
  0  done                        4  a result cannot be written or read
  1  an unexpected error         5  too little memory
  2  wrong usage or request      6  the captioner failed
  3  a model cannot be used      7  the computation gave no numbers
  130  cancelled with Ctrl+C; finished phases and steps are kept

The published command line (hiprompt --validation_prompt "..." --llava true ...) works too:
hiprompt --validation_prompt x --help"""


def make_parser(commands: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser of all commands; each sets ``run`` to its function."""
    parser = argparse.ArgumentParser(
        prog="hiprompt",
        description="High-resolution pictures from a prompt, phase by phase, each patch under its own description.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, text, add_flags in (
        ("generate", "make a picture, or one for each line of a text file", _add_generate_flags),
        ("upscale", "make a picture of your own larger, with detail drawn under captions", _add_upscale_flags),
        ("regenerate", "draw chosen patches of a finished picture again", _add_regenerate_flags),
        ("export", "write a finished picture as PNG, JPEG, WebP, AVIF, TIFF or OpenRaster", _add_export_flags),
        ("caption", "describe a picture patch by patch", _add_caption_flags),
        ("styles", "list the styles that a prompt can be put into", _add_styles_flags),
        ("plan", "show phases, cost and memory of a picture without making it", _add_plan_flags),
        ("models", "find, verify, remove or download models", _add_models_flags),
        ("doctor", "check this machine and the models", _add_doctor_flags),
    ):
        command = subparsers.add_parser(
            name,
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=EPILOG.partition("\n\n")[0],
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.set_defaults(run=commands[name])
        add_flags(command)
        command.add_argument("--json", action="store_true", help="JSON for programs, one object a line")
    return parser


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Like ``parse_args``, which takes a prompt behind flags behind a picture for one word too many."""
    chosen, rest = parser.parse_known_args(arguments)
    if len(rest) == 1 and not rest[0].startswith("-") and getattr(chosen, "prompt", rest) is None:
        chosen.prompt = rest.pop()
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return chosen


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from hiprompt_core.metadata import program_version

        print(f"hiprompt {program_version()}")
        parser.exit()


def _add_generate_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT_OR_TXT", help="the prompt, or a .txt file with one prompt a line")
    _add_new_picture_flags(parser)


def _add_upscale_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    flag("base_image", type=_absolute, metavar="IMAGE", help="any picture file that holds pixels")
    flag("prompt", metavar="PROMPT", nargs="?", help="what it shows (default: the captioner says it)")
    flag("--scale", type=float, help=f"how many times its sides (default: {UPSCALE})")
    flag("--width", type=int, help="pixels, in place of --scale; alone it keeps the picture's shape")
    flag("--height", type=int, help="the same")
    _add_request_flags(parser)


def _add_plan_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="PROMPT_OR_TXT", nargs="?", default="a picture", help="the prompt")
    measured = "draw a small picture with these models first, to know how long it takes on this machine; kept"
    parser.add_argument("--measure", action="store_true", help=measured)
    _add_new_picture_flags(parser)


def _add_new_picture_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    sides = f"pixels (default: {NATIVE_TIMES} times the model's native size)"
    flag("--width", type=int, help=sides)
    flag("--height", type=int, help=sides)
    flag("--native", action="store_true", help="stop after the first phase, at the model's native size")
    flag("--base-image", type=_absolute, metavar="IMAGE", help="a picture to start from in place of the first phase")
    _add_request_flags(parser)


def _add_request_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    flag("--preset", choices=PRESETS, default=DEFAULT_PRESET, help="(default: %(default)s)")
    seed = next(field.default for field in fields(GenerationRequest) if field.name == "seed")
    flag("--seed", type=int, default=seed, help="(default: %(default)s)")
    flag("--steps", type=int, help="steps of the first phase (default: the preset's)")
    flag("--negative-prompt", default=DEFAULT_NEGATIVE_PROMPT, help="(default: %(default)s)")
    flag("--style", action="append", metavar="NAME", help="put the prompt into a style; hiprompt styles lists them")
    _add_styles_flags(parser)
    folder = "text files, one choice a line: __NAME__ in the prompt takes a line of FOLDER/NAME.txt, {a|b} a or b"
    flag("--wildcards", type=_absolute, metavar="FOLDER", help=folder)
    _add_model_flags(parser)
    text = "captioner folder, attention (the prompt's own words, where they are drawn) or none"
    _add_captioner_flags(parser, f"{text} (default: the demo captioner)", _captioner_or_word)
    bits = "of the captioner; fewer bits on cards that can (default: %(default)s)"
    flag("--captioner-precision", choices=get_args(CaptionerPrecision), default="auto", help=bits)
    share = "share of the schedule that runs in later phases: 0.1 only sharpens, 1 draws anew"
    flag("--strength", type=float, help=f"{share} (default: the preset's or the model's)")
    flag("--set", action="append", metavar="NAME=VALUE", help=f"change one value of the preset: {_option_names()}")
    _add_machine_flags(parser)
    _add_out_flag(parser)


def _add_model_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    flag(
        "--model",
        type=model_folder,
        default=demo_model(),
        metavar="PATH",
        help="model folder or .safetensors file (default: the demo model)",
    )
    flag(
        "--lora",
        type=_lora,
        action="append",
        metavar="FILE[:WEIGHT]",
        help="LoRA and its weight (default: 1); repeat",
    )
    words = "textual inversion for a word of the prompt (default: the file's name); repeat"
    flag("--embedding", type=_embedding, action="append", metavar="[WORD=]FILE", help=words)
    flag("--vae", type=_absolute, metavar="PATH", help="folder or file of a VAE in place of the model's own")
    net = "a ControlNet for tiles, which holds later phases to their guide: folder or file; weight 0 to 2 (default: 1)"
    flag("--controlnet", type=_controlnet, metavar="PATH[:WEIGHT]", help=net)
    end = "share of a phase's steps after which the ControlNet lets go (default: %(default)s)"
    flag("--controlnet-end", type=float, default=1.0, metavar="SHARE", help=end)
    better = "trained upscaler, which makes each phase's guide in place of Lanczos: file or Swin2SR folder"
    flag("--upscaler", type=model_folder, metavar="PATH", help=better)


def _add_machine_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    flag("--device", default="auto", help="a torch device such as cpu or cuda:1 (default: the best there is)")
    bits = "float8 keeps the network's weights in eight bits, to save memory (default: %(default)s)"
    flag("--precision", choices=get_args(Precision), default="auto", help=bits)
    compiled = (
        "compile the network's blocks first: seconds on a card, where it pays back after a few large pictures, up to "
        "a minute on a processor; plan --compile tells"
    )
    flag("--compile", action="store_true", dest="compiled", help=compiled)


def _add_styles_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--styles", type=_absolute, metavar="FILE", help="styles of your own: JSON, or A1111's styles.csv"
    )


def _option_names() -> str:
    return ", ".join(field.name for field in fields(Options))


def _add_out_flag(parser: argparse.ArgumentParser) -> None:
    text = "each picture gets a folder of its own in DIR (default: outputs); the same command goes on where it stopped"
    parser.add_argument("--out", type=_absolute, default=_absolute("outputs"), metavar="DIR", help=text)


def _add_captioner_flags(
    parser: argparse.ArgumentParser, text: str, convert: Callable[[str], Path | str | None] = model_folder
) -> None:
    parser.add_argument("--captioner", type=convert, default=demo_captioner(), metavar="DIR", help=text)
    named = "; ".join(f"{name} ({question.purpose})" for name, question in QUESTIONS.items())
    question = f"what the captioner is asked, in your words or by name: {named} (default: %(default)s)"
    parser.add_argument("--question", default=DEFAULT_QUESTION, help=question)


def _captioner_or_word(text: str) -> Path | str | None:
    word = text.lower()
    return word if word == ATTENTION else None if word == "none" else model_folder(text)


def _lora(text: str) -> tuple[Path, float]:
    path, weight = _weighted(text)
    return _absolute(path), weight


def _controlnet(text: str) -> tuple[Path, float]:
    path, weight = _weighted(text)
    return model_folder(path), weight


def _weighted(text: str) -> tuple[str, float]:
    path, colon, weight = text.rpartition(":")
    try:
        return (path, float(weight)) if colon else (text, 1.0)
    except ValueError:
        return text, 1.0  # a drive's colon


def _embedding(text: str) -> tuple[str, Path]:
    word, equals, path = text.partition("=")
    file = _absolute(path if equals else text)
    return (word if equals else file.stem), file


def _absolute(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _add_regenerate_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    flag("result", type=_absolute, metavar="RESULT", help="folder of a picture, or a file in it: that version")
    flag("--patch", type=int, action=_AddPatch, dest="patches", metavar="N", help="patch to draw again, from 0; repeat")
    flag(
        "--caption", action=_DescribePatch, dest="patches", metavar="TEXT", help="text of the --patch before it; repeat"
    )
    flag("--phase", type=int, help="(default: the last one, or that of RESULT)")
    default = {field.name: field.default for field in fields(RegenerateRequest)}
    flag("--strength", type=float, default=default["strength"], help="0.01 to 1 (default: %(default)s)")
    flag("--seed", type=int, default=default["seed"], help="(default: %(default)s)")
    flag("--steps", type=int, default=default["num_inference_steps"], help="(default: %(default)s)")


class _AddPatch(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, *_: Any) -> None:
        patches = namespace.patches or []
        if value in dict(patches):
            parser.error(f"--patch {value} is given twice")
        namespace.patches = [*patches, (value, "")]


class _DescribePatch(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, *_: Any) -> None:
        if not namespace.patches or namespace.patches[-1][1]:
            parser.error("write --patch N before each --caption")
        namespace.patches[-1] = (namespace.patches[-1][0], value)


def _add_export_flags(parser: argparse.ArgumentParser) -> None:
    flag: Callable[..., Any] = parser.add_argument
    default = {field.name: field.default for field in fields(ExportRequest)}
    flag("result", type=_absolute, metavar="RESULT", help="folder of a picture, or a file in it")
    flag("--format", choices=FORMATS, default=default["format"], help="(default: %(default)s)")
    flag("--out", type=_absolute, default=_absolute("."), metavar="DIR", help="where to write (default: here)")
    flag("--phase", type=int, help="(default: the last one, or that of RESULT)")
    quality = "1 to 100, for JPEG, WebP and AVIF; 100 keeps every pixel in WebP (default: %(default)s)"
    flag("--quality", type=int, default=default["quality"], help=quality)
    kept = "all: prompt, settings and the mark that a model made it; origin: the mark alone (default: %(default)s)"
    flag("--metadata", choices=get_args(Metadata), default=default["metadata"], help=kept)
    names = "template of the file's name with " + " ".join(f"{{{name}}}" for name in FIELDS)
    flag("--name", default=default["name"], help=f"{names} (default: %(default)s)")


def _add_caption_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=_absolute, metavar="IMAGE")
    _add_captioner_flags(parser, "captioner folder (default: the demo captioner)")
    parser.add_argument("--window", type=int, help="side of a patch, pixels (default: half of the shorter side)")
    parser.add_argument("--overlap", type=float, default=0.25, help="share of a window its neighbour covers too")


def _add_models_flags(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")

    def add(name: str, text: str) -> Callable[..., Any]:
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", allow_abbrev=False)
        json_text = "JSON for programs, one object a line"
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=json_text)
        return action.add_argument

    flag = add("list", "show the models on this computer, in place")
    folders = "also these: a model, a folder of models, or of A1111, Forge, ComfyUI or InvokeAI"
    flag("folders", type=_absolute, nargs="*", metavar="FOLDER", help=folders)
    a_model = "a file, a folder, or a name in the Hugging Face cache"
    flag = add("verify", "read every byte of a model and compare its hashes")
    flag("model", type=_named_model, metavar="MODEL", help=a_model)
    flag = add("remove", "move a model to the trash")
    flag("model", type=_named_model, metavar="MODEL", help=a_model)
    flag("--shared", action="store_true", help="also out of another program's folder")
    flag = add("download", "fetch a model from the Hugging Face hub; asks before it begins")
    flag("repository", nargs="?", metavar="REPO", help="ORGANISATION/NAME")
    flag("--list", action="store_true", dest="suggest", help="name some repositories to begin with; needs no network")
    flag("--to", type=_absolute, metavar="DIR", help="(default: this program's own folder of models)")
    flag("--revision", default="main", help="branch, tag or commit (default: %(default)s)")
    flag("--fp16", action="store_true", help="half precision where there is one: half the size")
    flag("--yes", action="store_true", help="do not ask")


def _named_model(text: str) -> Path:
    """Like ``model_folder``, but a link stays what it is: it is removed, not what it leads to."""
    path = _absolute(text)
    return path if path.exists() or path.is_symlink() else model_folder(text)


def _add_doctor_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=model_folder, metavar="DIR", help="a model to check as well")
    parser.add_argument("--captioner", type=model_folder, metavar="DIR", help="a captioner to check as well")
    _add_out_flag(parser)
