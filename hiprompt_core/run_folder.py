"""One picture on disk: its request, its finished phases and the cache of its captions."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PIL import Image

from hiprompt_core.errors import DiskFull, OutputError, ResultCorrupt
from hiprompt_core.geometry import Size
from hiprompt_core.metadata import AGAIN, PART, PhaseRecord, atomic_write, read_png, read_record, write_error, write_png
from hiprompt_core.picture_files import PictureFile, picture_files, picture_name
from hiprompt_core.request import GenerationRequest

if TYPE_CHECKING:
    from hiprompt_core.attention_words import Maps
    from hiprompt_core.latents_file import Latents

REQUEST = "request.json"
CAPTIONS = "captions.json"
CHOSEN = "chosen.json"


@dataclass(frozen=True, kw_only=True)
class StoredPhase:
    """A finished phase, read back."""

    path: Path
    image: Image.Image
    record: PhaseRecord
    latents: Latents
    attention: Maps | None = None
    """Where the prompt's phrases are, from phase 1 of a request that asks for it."""


class RunFolder:
    """The folder of one picture.

    ``phase-2-256x256.png`` is a finished phase: it is written last, after ``phase-2.safetensors`` with its latents.
    Versions with patches drawn again stand beside it as ``phase-2-256x256-v2.png`` and so on. The newest one counts,
    unless ``chosen.json`` names another.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def open(path: Path) -> RunFolder:
        """The folder of an earlier result, named by itself or by any file in it.

        Raises:
            ResultCorrupt: there is no result.
        """
        folder = RunFolder(path if path.is_dir() else path.parent)
        if not path.exists():
            raise ResultCorrupt(f"There is nothing at {path}.", "Check the path.")
        if not (folder.path / REQUEST).is_file() and not folder.pictures():
            raise ResultCorrupt(f"{path} is no result of this program.", "Choose the folder of a generated picture.")
        return folder

    def prepare(self, request: GenerationRequest) -> None:
        """Make the folder ready for a request, before any work is spent on it.

        Raises:
            OutputError: it cannot be written, or holds another picture.
            DiskFull: the disk has too little room for the result.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self.path, error) from error
        self._check_same_request(request)
        self.remove_abandoned_parts()
        stored = sum(file.path.stat().st_size for file in self.pictures())
        self.check_room(needed_space(request.size) - stored)
        self._write_json(REQUEST, request.to_dict())

    def request(self) -> GenerationRequest:
        """What the picture was asked to be; ``output`` is where the folder is now.

        Raises:
            ResultCorrupt: it cannot be read.
        """
        return replace(self._stored_request(), output=self.path)

    def adopt(self, source: RunFolder, before: int) -> None:
        """Copy the phases before one in all their versions, and the captions: for a picture that branches off there.

        Raises:
            OutputError: they cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for file in source.pictures():
                if file.phase < before:
                    latents = source._latents_path(file.phase, file.version)
                    _copy(latents, self.path / latents.name)
                    _copy(file.path, self.path / file.path.name)
            for name in (CAPTIONS, CHOSEN):
                if (source.path / name).is_file():
                    _copy(source.path / name, self.path / name)
        except OSError as error:
            raise write_error(self.path, error) from error

    def kept_phase(self, number: int) -> StoredPhase | None:
        """A phase of the trunk that the folder's request branches off, in its chosen version; none when absent or
        damaged. Its files may have changed since it was drawn: it is kept as it is."""
        try:
            stored = self.latest(number)
        except ResultCorrupt:
            return None
        return stored if self._is_asked_for(stored.record) else None

    def find_phase(
        self,
        number: int,
        model_hash: str,
        captioner_hash: str,
        base_hash: str = "",
        guide_hashes: tuple[str, str] = ("", ""),
    ) -> StoredPhase | None:
        """A phase finished earlier for this very request from the same files; none when absent or damaged."""
        for file in self.pictures():
            if (file.phase, file.version) == (number, 1):
                try:
                    stored = self._load(file)
                except ResultCorrupt:
                    return None
                made = stored.record
                files = (made.model_hash, made.captioner_hash, made.base_hash, made.guide_hashes)
                same_files = files == (model_hash, captioner_hash, base_hash, guide_hashes)
                return stored if same_files and self._is_asked_for(made) else None
        return None

    def _is_asked_for(self, made: PhaseRecord) -> bool:
        return made.request.digest() == self.request().up_to(made.phase).digest()

    def latest(self, number: int | None = None, version: int | None = None) -> StoredPhase:
        """A version of a phase, read back; none: the chosen version, the last phase.

        Raises:
            ResultCorrupt: it does not exist or is damaged.
        """
        return self._load(self.current(number, version))

    def current(self, number: int | None = None, version: int | None = None) -> PictureFile:
        """The file of a version of a phase; none: the chosen version, or else the newest, and the last phase.

        Raises:
            ResultCorrupt: it does not exist.
        """
        files = [file for file in self.pictures() if number in (None, file.phase)]
        if not files:
            what = "a finished phase" if number is None else f"phase {number}"
            raise ResultCorrupt(f"{self.path} does not hold {what}.", "Generate it first.")
        last = files[-1]
        wanted = self._chosen().get(str(last.phase)) if version is None else version
        found = [file for file in files if (file.phase, file.version) == (last.phase, wanted)]
        if version is not None and not found:
            raise ResultCorrupt(
                f"{self.path} holds no version {version} of phase {last.phase}.", f"The newest is {last.version}."
            )
        return found[0] if found else last

    def choose(self, number: int, version: int) -> None:
        """Let a version count that is not the newest, until there is a newer one.

        Raises:
            OutputError: it cannot be written.
        """
        chosen = self._chosen()
        if chosen.get(str(number)) != version:
            self._write_json(CHOSEN, {**chosen, str(number): version})

    def _chosen(self) -> dict[str, int]:
        """Versions by the numbers of their phases; nothing is chosen when the file is damaged."""
        try:
            values = json.loads((self.path / CHOSEN).read_bytes())
        except (OSError, ValueError):
            return {}
        entries = values.items() if isinstance(values, dict) else ()
        return {number: version for number, version in entries if isinstance(version, int)}

    def save_phase(
        self, image: Image.Image, latents: Latents, record: PhaseRecord, attention: Maps | None = None
    ) -> Path:
        """Write a finished phase: latents first, then the picture, whose presence says that both are whole.

        Raises:
            OutputError: it cannot be written.
        """
        picture = self.path / picture_name(record.phase, record.size, record.version)
        from hiprompt_core.latents_file import write_latents  # with numpy, which who only lists need not wait for

        write_latents(self._latents_path(record.phase, record.version), latents, attention, record)
        write_png(picture, image, record)
        if str(record.phase) in self._chosen():
            self.choose(record.phase, record.version)
        return picture

    def with_past(self, record: PhaseRecord) -> PhaseRecord:
        """The record of a new version with all that led to it, so that its file alone tells that of every patch."""
        if record.regenerated is None:
            return record
        first = record.first_captions
        if not first:
            files = [file for file in self.pictures() if (file.phase, file.version) == (record.phase, 1)]
            first = read_record(files[0].path).captions if files else ()
        redrawings = (*record.redrawings, record.regenerated)
        return replace(record, redrawings=redrawings, first_captions=first)

    def remove(self, number: int, version: int) -> None:
        """Delete a version that nobody wants; the picture first, whose presence says that all of it is there.

        Raises:
            ResultCorrupt: it does not exist.
            OutputError: it cannot be deleted.
        """
        file = self.current(number, version)
        try:
            file.path.unlink()
            self._latents_path(number, version).unlink(missing_ok=True)
        except OSError as error:
            raise write_error(file.path, error) from error

    def next_version(self, number: int) -> int:
        """The version that the next change of a phase gets; 1 when the phase does not exist."""
        return max((file.version for file in self.pictures() if file.phase == number), default=0) + 1

    def load_captions(self) -> dict[str, str]:
        """Raw captions by content key; empty when there are none or their file is damaged."""
        try:
            values = json.loads((self.path / CAPTIONS).read_bytes())
        except (OSError, ValueError):
            return {}
        entries = values.items() if isinstance(values, dict) else ()
        return {key: caption for key, caption in entries if isinstance(caption, str)}

    def save_captions(self, captions: dict[str, str]) -> None:
        """Keep raw captions by content key.

        Raises:
            OutputError: they cannot be written.
        """
        self._write_json(CAPTIONS, captions)

    def pictures(self) -> list[PictureFile]:
        """Finished phases, oldest first within a phase; nothing is opened."""
        return picture_files(self.path)

    def _latents_path(self, phase: int, version: int) -> Path:
        return self.path / (f"phase-{phase}.safetensors" if version == 1 else f"phase-{phase}-v{version}.safetensors")

    def _load(self, file: PictureFile) -> StoredPhase:
        from hiprompt_core.latents_file import read_latents

        image, record = read_png(file.path)
        if (record.phase, record.version) != (file.phase, file.version):
            raise ResultCorrupt(
                f"{file.path} was renamed: it is phase {record.phase}, version {record.version}.", AGAIN
            )
        latents, attention = read_latents(self._latents_path(file.phase, file.version), record)
        return StoredPhase(path=file.path, image=image, record=record, latents=latents, attention=attention)

    def _stored_request(self) -> GenerationRequest:
        """From its own file, or from a picture's record when that file is lost."""
        file = self.path / REQUEST
        try:
            return GenerationRequest.from_dict(json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError) as error:  # InvalidRequest is a ValueError
            for picture in reversed(self.pictures()):
                try:
                    return read_record(picture.path).request
                except ResultCorrupt:
                    continue
            raise ResultCorrupt(f"{file} is missing or damaged.", "Choose another folder.") from error

    def _check_same_request(self, request: GenerationRequest) -> None:
        if not (self.path / REQUEST).exists() and not self.pictures():
            return
        try:
            finished = max((file.phase for file in self.pictures()), default=0)
            known = self._stored_request().up_to(finished).digest() == request.up_to(finished).digest()
        except ResultCorrupt as error:
            raise OutputError(
                f"{self.path} holds a {REQUEST} that is not readable.", "Choose another folder."
            ) from error
        if not known:
            raise OutputError(f"{self.path} already holds another picture.", "Choose another folder.")

    def check_room(self, needed: int) -> None:
        """Refuse work whose result would not fit on the disk, before it begins.

        Args:
            needed: bytes.

        Raises:
            DiskFull: there is less room.
        """
        free = shutil.disk_usage(self.path).free
        if free < needed:
            raise DiskFull(
                f"The picture needs about {needed / 1e6:.0f} MB, but {self.path} has {free / 1e6:.0f} MB left.",
                "Free some space or choose another folder.",
            )

    def remove_abandoned_parts(self) -> None:
        """Delete what a killed process left half-written."""
        for part in self.path.glob(f".*{PART}"):
            owner = part.name.removesuffix(PART).rpartition(".")[2]
            if owner.isdecimal() and not psutil.pid_exists(int(owner)):
                part.unlink(missing_ok=True)

    def _write_json(self, name: str, values: object) -> None:
        atomic_write(self.path / name, json.dumps(values, indent=1).encode())


def needed_space(size: Size) -> int:
    """Bytes that all phases up to a size take at most: twice what the last one does."""
    return 2 * phase_space(size) + 1_000_000


def phase_space(size: Size) -> int:
    """Bytes that one version of a phase takes at most: 3 a pixel for noise as PNG, 1 for latents."""
    return size.area * (3 + 1)


def _copy(source: Path, target: Path) -> None:
    """A file that is whole or not there; one that is there stays."""
    if not target.exists():
        with source.open("rb") as stream:
            atomic_write(target, lambda copy: shutil.copyfileobj(stream, copy))
