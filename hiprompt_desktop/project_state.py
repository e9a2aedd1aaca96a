"""The window's work as plain JSON, as a project keeps it (no Qt)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from hiprompt_core.geometry import Size
from hiprompt_core.metadata import patch_from_dict, patch_to_dict
from hiprompt_core.request import Additions, ControlNet, GenerationRequest
from hiprompt_desktop.document import Caption, Phase, Wish
from hiprompt_desktop.steps import Change, Step

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Everything that is worth keeping, at one moment."""

    wish: Wish
    folder: Path
    """The run folder."""
    request: GenerationRequest | None
    phases: Mapping[int, Phase]
    """Finished ones, and the one that waits for its captions."""
    phase_count: int
    waiting: int | None
    shown: int | None
    steps: tuple[Step, ...]
    """What can be undone and redone."""
    done: int
    """How many of the steps are done."""

    @property
    def what(self) -> str:
        """The edit that led here."""
        return self.steps[self.done - 1].title if self.done else ""


_PLAIN = Caption()


def caption_to_dict(caption: Caption) -> Values:
    """Values that differ from those of a patch that nobody described."""
    values = {f.name: getattr(caption, f.name) for f in fields(Caption)}
    if caption.dropped:
        values["dropped"] = list(caption.dropped)
    return {name: value for name, value in values.items() if value != getattr(_PLAIN, name)}


def caption_from_dict(values: Values) -> Caption:
    return Caption(**{**values, "dropped": tuple(values.get("dropped", ()))})


def phase_to_dict(phase: Phase) -> Values:
    """Without its patches, which are kept once for all its versions."""
    return {
        "number": phase.number,
        "size": list(phase.size),
        "captions": [caption_to_dict(caption) for caption in phase.captions],
        "picture": phase.path.name if phase.path is not None else None,
    }


def phase_from_dict(values: Values, patches: list[Values], folder: Path) -> Phase:
    return Phase(
        number=values["number"],
        size=Size(*values["size"]),
        patches=tuple(patch_from_dict(patch) for patch in patches),
        captions=tuple(caption_from_dict(caption) for caption in values["captions"]),
        path=folder / values["picture"] if values["picture"] is not None else None,
    )


def patches_to_list(phase: Phase) -> list[Values]:
    return [patch_to_dict(patch) for patch in phase.patches]


def step_to_dict(step: Step) -> Values:
    return {"title": step.title, "undo": _change_to_dict(step.before), "redo": _change_to_dict(step.after)}


def step_from_dict(values: Values, folder: Path) -> Step:
    return Step(
        title=values["title"],
        before=_change_from_dict(values["undo"], folder),
        after=_change_from_dict(values["redo"], folder),
    )


def _change_to_dict(change: Change) -> Values:
    return {
        "captions": {
            str(phase): {str(i): caption_to_dict(caption) for i, caption in captions.items()}
            for phase, captions in change.captions.items()
        },
        "pictures": {str(phase): path.name for phase, path in change.pictures.items()},
    }


def _change_from_dict(values: Values, folder: Path) -> Change:
    return Change(
        captions={
            int(phase): {int(i): caption_from_dict(caption) for i, caption in captions.items()}
            for phase, captions in values["captions"].items()
        },
        pictures={int(phase): folder / name for phase, name in values["pictures"].items()},
    )


def wish_to_dict(wish: Wish) -> Values:
    values = {f.name: getattr(wish, f.name) for f in fields(Wish)}
    plain: Values = {name: str(value) for name, value in values.items() if isinstance(value, Path)}
    plain["additions"] = wish.additions.to_dict()
    plain["controlnet"] = wish.controlnet.to_dict() if wish.controlnet else None
    return values | plain | {name: list(value) for name, value in values.items() if isinstance(value, Size)}


def wish_from_dict(values: Values) -> Wish:
    """Names that this version does not know are left out."""
    known = {name: value for name, value in values.items() if name in {f.name for f in fields(Wish)}}
    for name in ("model", "captioner", "upscaler", "wildcards", "styles_file", "base_image"):
        if known.get(name) is not None:
            known[name] = Path(known[name])
    for name in ("size", "base_size"):
        if known.get(name) is not None:
            known[name] = Size(*known[name])
    known["additions"] = Additions.from_dict(known.get("additions", {}))
    controlnet = known.get("controlnet")
    known["controlnet"] = ControlNet.from_dict(controlnet) if controlnet else None
    return Wish(**known)
