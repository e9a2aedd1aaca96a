"""What is written into and read from the PNG of a finished phase."""

from __future__ import annotations

import errno
import importlib.metadata
import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

from PIL import Image, PngImagePlugin

from hiprompt_core.errors import DiskFull, HiPromptError, OutputError, ResultCorrupt
from hiprompt_core.geometry import Box, Patch, Size
from hiprompt_core.png_file import save_png
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_core.xmp import COMPOSITE, GENERATED, xmp_packet

SCHEMA_VERSION = 1
CHUNK = "hiprompt"
PARAMETERS = "parameters"
XMP = "XML:com.adobe.xmp"
PART = ".part"
"""Ending of a file that is still being written; before it stands the number of the writing process."""
BACKUP = ".bak"
"""Ending of what a file was before its last change."""
AGAIN = "Generate it again."

SAMPLERS = {
    "euler": "Euler",
    "ddim": "DDIM",
    "dpmpp_2m": "DPM++ 2M",
    "euler_trailing": "Euler",
    "euler_a": "Euler a",
    "lcm": "LCM",
    "tcd": "TCD",
}
"""Schedulers under the names that readers of A1111's ``parameters`` know."""

Parsed = TypeVar("Parsed")
Writer = Callable[[BinaryIO], None]
Watch = Callable[[BinaryIO], BinaryIO]
"""Puts itself between a file and its reader."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseRecord:
    """Everything known about one finished phase."""

    request: GenerationRequest
    phase: int
    phases: int
    size: Size
    """Of this phase, pixels."""
    patches: tuple[Patch, ...]
    """Pixels; none in phase 1."""
    captions: tuple[str, ...]
    """One for each patch, or none at all."""
    dropped: tuple[tuple[str, ...], ...] = ()
    """Words that the word filter took out of each caption; as many as captions, or none at all."""
    model_name: str
    model_hash: str
    """SHA-256 over the weights, hexadecimal."""
    captioner_name: str
    captioner_hash: str
    """Empty without a captioner."""
    evaluations: int
    """UNet evaluations spent on this phase."""
    base_hash: str = ""
    """SHA-256 of the picture that the request starts from; empty without one."""
    controlnet_hash: str = ""
    """SHA-256 over the ControlNet's weights; empty without one, and in phase 1."""
    upscaler_hash: str = ""
    """SHA-256 over the trained upscaler's weights; empty without one, and in phase 1."""
    version: int = 1
    """1: generated; 2 and up: patches of it drawn again."""
    drawn_from: int = 1
    """The version of the phase before that it was generated from."""
    regenerated: RegenerateRequest | None = None
    """How an earlier version became this one."""
    redrawings: tuple[RegenerateRequest, ...] = ()
    """All that led from version 1 to this one, oldest first; the last is ``regenerated``."""
    first_captions: tuple[str, ...] = ()
    """Those of version 1; empty in version 1 itself."""

    def origin(self, patch: int) -> tuple[int, int]:
        """The version in which a patch was drawn as it is now, and the seed."""
        versions = [redrawing.version or 1 for redrawing in self.redrawings[1:]] + [self.version]
        for version, redrawing in reversed(list(zip(versions, self.redrawings, strict=False))):
            if patch in redrawing.captions:
                return version, redrawing.seed
        return 1, self.request.seed

    @property
    def guide_hashes(self) -> tuple[str, str]:
        """Of what makes the guide and holds to it."""
        return self.controlnet_hash, self.upscaler_hash

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["request"] = self.request.to_dict()
        values["size"] = list(self.size)
        values["patches"] = [patch_to_dict(patch) for patch in self.patches]
        values["captions"] = list(self.captions)
        values["dropped"] = [list(words) for words in self.dropped]
        values["regenerated"] = self.regenerated.to_dict() if self.regenerated else None
        values["redrawings"] = [redrawing.to_dict() for redrawing in self.redrawings]
        values["first_captions"] = list(self.first_captions)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build from what ``to_dict`` gave.

        Raises:
            ResultCorrupt: a value is missing, unknown or of the wrong kind.
        """
        try:
            record = cls(**{**values, **_rich_values(values)})
        except (HiPromptError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ResultCorrupt(f"The stored record cannot be read: {error}.", "Generate the picture again.") from error
        for field in fields(cls):
            kind = {"int": int, "str": str}.get(str(field.type))
            if kind and type(getattr(record, field.name)) is not kind:
                raise ResultCorrupt(f"The stored record has no proper {field.name}.", "Generate the picture again.")
        return record


def _rich_values(values: dict[str, Any]) -> dict[str, Any]:
    """Those values of a record that JSON has no type for."""
    regenerated = values.get("regenerated")
    return {
        "request": GenerationRequest.from_dict(values["request"]),
        "size": Size(*map(int, values["size"])),
        "patches": tuple(patch_from_dict(patch) for patch in values["patches"]),
        "captions": tuple(str(caption) for caption in values["captions"]),
        "dropped": tuple(tuple(map(str, words)) for words in values.get("dropped", ())),
        "regenerated": RegenerateRequest.from_dict(regenerated) if regenerated else None,
        "redrawings": tuple(map(RegenerateRequest.from_dict, values.get("redrawings", ()))),
        "first_captions": tuple(str(caption) for caption in values.get("first_captions", ())),
    }


def patch_to_dict(patch: Patch) -> dict[str, Any]:
    """Plain JSON values."""
    return {**patch._asdict(), "cell": list(patch.cell), "window": list(patch.window)}


def patch_from_dict(values: dict[str, Any]) -> Patch:
    """Build from what ``patch_to_dict`` gave."""
    cell, window = (Box(*map(int, values[name])) for name in ("cell", "window"))
    return Patch(int(values["index"]), int(values["row"]), int(values["column"]), cell, window)


def parameters_text(record: PhaseRecord) -> str:
    """The text that A1111, Forge and galleries read from a ``parameters`` chunk."""
    request, options = record.request, record.request.options
    later = record.phase > 1
    settings: dict[str, object] = {
        "Steps": options.upscale_num_inference_steps if later else options.num_inference_steps,
        "Sampler": SAMPLERS[options.scheduler],
        "CFG scale": options.guidance_scale,
        "Seed": request.seed,
        "Size": str(record.size),
        "Model hash": record.model_hash[:10],
        "Model": record.model_name,
    }
    if later:
        settings["Denoising strength"] = options.strength
    settings["Version"] = f"HiPrompt {program_version()}"
    tags = [f"<lora:{path.stem}:{weight:g}>" for path, weight in request.additions.loras.items()]
    lines = [" ".join((request.prompt, *tags))]
    if request.negative_prompt:
        lines.append(f"Negative prompt: {request.negative_prompt}")
    return "\n".join([*lines, ", ".join(f"{name}: {_quoted(value)}" for name, value in settings.items())])


def _quoted(value: object) -> str:
    """A1111 puts values with separators of its format into JSON quotes."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if any(sign in text for sign in ",:\n") else text


def program_version() -> str:
    """Version of the installed project; ``unknown`` when it runs from a bare checkout."""
    try:
        return importlib.metadata.version("hiprompt-desktop")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def record_text(record: PhaseRecord) -> str:
    """The record as JSON with its version, ASCII only."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **record.to_dict()})


def source_type(record: PhaseRecord) -> str:
    """IPTC's word for where the picture comes from."""
    return COMPOSITE if record.request.base_image else GENERATED


def write_png(path: Path, image: Image.Image, record: PhaseRecord) -> None:
    """Write the picture of a phase with its record, tagged as sRGB; the file appears whole or not at all.

    Raises:
        DiskFull: there is no room left.
        OutputError: the file cannot be written for another reason.
    """
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sRGB", b"\0")  # rendering intent: perceptual
    chunks.add_itxt(CHUNK, record_text(record))
    # A model folder's name may hold bytes that are no UTF-8.
    chunks.add_text(PARAMETERS, parameters_text(record).encode("utf-8", "replace").decode())
    chunks.add_itxt(XMP, xmp_packet(source_type(record), f"HiPrompt {program_version()}").decode())
    atomic_write(path, lambda stream: save_png(image, stream, chunks))


def read_png(path: Path, watch: Watch = lambda stream: stream) -> tuple[Image.Image, PhaseRecord]:
    """The picture, fully decoded, and its record.

    Args:
        path: a PNG of ours.
        watch: sees the file's bytes as they are read.

    Raises:
        ResultCorrupt: the file is no PNG, is cut short, or has no readable record.
    """
    with _opened(path, watch) as image:
        record = _record(path, image)
        if image.size != (record.size.width, record.size.height):
            raise ResultCorrupt(f"{path} is not {record.size} as its record says.", AGAIN)
        image.load()
        return image, record


def read_record(path: Path) -> PhaseRecord:
    """The record alone, without decoding the picture.

    Raises:
        ResultCorrupt: the file is no PNG or has no readable record.
    """
    with _opened(path) as image:
        return _record(path, image)


@contextmanager
def _opened(path: Path, watch: Watch = lambda stream: stream) -> Iterator[PngImagePlugin.PngImageFile]:
    """A PNG of ours: opened without ``Image.open``, whose limit against decompression bombs is a global."""
    try:
        with path.open("rb") as stream, PngImagePlugin.PngImageFile(watch(stream)) as image:
            yield image
    except FileNotFoundError as error:
        raise ResultCorrupt(f"There is no file {path}.", "Check the path.") from error
    except SyntaxError as error:
        raise ResultCorrupt(f"{path} is not a PNG file or is damaged ({error}).", AGAIN) from error
    except (OSError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise ResultCorrupt(f"{path} is damaged or cut short ({error}).", AGAIN) from error


def _record(path: Path, image: PngImagePlugin.PngImageFile) -> PhaseRecord:
    text = image.info.get(CHUNK)
    if not isinstance(text, str):
        raise ResultCorrupt(f"{path} holds no record of how it was made.", "Choose a picture made by this program.")
    return parse_record(text, path)


def parse_record(text: str, path: Path) -> PhaseRecord:
    """The record that ``record_text`` wrote into the file at ``path``.

    Raises:
        ResultCorrupt: it is damaged or of another version.
    """
    try:
        values = json.loads(text)
        version = values.pop("schema_version")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultCorrupt(f"The record in {path} is damaged.", AGAIN) from error
    if version != SCHEMA_VERSION:
        raise ResultCorrupt(f"The record in {path} has the unknown version {version}.", "Update this program.")
    return PhaseRecord.from_dict(values)


def atomic_write(path: Path, content: bytes | Writer, *, keep_old: bool = False) -> None:
    """Write a file so that it holds all of ``content`` or is as it was before.

    Args:
        keep_old: have what was there before beside it, for ``read_json``.

    Raises:
        DiskFull: there is no room left.
        OutputError: the file cannot be written for another reason.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        try:
            _write_through(part, content)
            if keep_old and path.exists():
                _keep(path)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


def _keep(path: Path) -> None:
    """The same file under another name, which takes no room; a copy where the disk knows no links."""
    old = path.with_name(f".{path.name}.{os.getpid()}{BACKUP}{PART}")
    try:
        try:
            os.link(path, old)
        except OSError:
            shutil.copyfile(path, old)
        old.replace(path.with_name(path.name + BACKUP))
    finally:
        old.unlink(missing_ok=True)


def read_json(path: Path, parse: Callable[[Any], Parsed]) -> Parsed:
    """What a JSON file says, or what it said before its last change when it is damaged or gone.

    Args:
        parse: raises ValueError, KeyError or TypeError for values that cannot be.

    Raises:
        OSError, ValueError, KeyError, TypeError: of the file itself, when neither can be used.
    """
    try:
        return parse(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        try:
            return parse(json.loads(path.with_name(path.name + BACKUP).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass
        raise


def _write_through(part: Path, content: bytes | Writer) -> None:
    with part.open("wb") as stream:
        if isinstance(content, bytes):
            stream.write(content)
        else:
            content(stream)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Let the new name survive a power failure; Windows neither needs nor allows it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_error(path: Path, error: OSError) -> OutputError:
    """What to tell a user whose file or folder cannot be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"The disk is full: {path} cannot be written.", "Free some space, then start again.")
    if error.errno == errno.EFBIG:
        return DiskFull(f"{path} is larger than this disk allows.", "Choose another disk.")
    reason = error.strerror or str(error)
    return OutputError(f"{path} cannot be written: {reason}.", "Choose a folder that you may write to.")
