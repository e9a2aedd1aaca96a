"""``hiprompt models``: list, verify, remove and download."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields
from os.path import lexists
from pathlib import Path
from typing import Any

from hiprompt_core.errors import InvalidRequest, ModelNotFound
from hiprompt_core.events import FileAdvanced, OnEvent
from hiprompt_core.library import (
    CURATED,
    Advanced,
    Entry,
    Known,
    Listing,
    OnAdvance,
    download,
    find_models,
    look_up,
    place_of,
    places_in,
    remove,
    usual_places,
    verify,
)
from hiprompt_core.progress import Report
from hiprompt_core.user_folders import user_folder


def run(chosen: argparse.Namespace, report: Report, on_event: OnEvent) -> int:
    """Do what ``chosen.action`` says and return the exit code."""

    def on_advance(advanced: Advanced) -> None:
        share = advanced.done / advanced.total if advanced.total else None
        on_event(FileAdvanced(path=advanced.path, share=share))

    actions = {"list": _list, "verify": _verify, "remove": _remove, "download": _download}
    return actions[chosen.action](chosen, report, on_advance)


def _known() -> Known:
    return Known(user_folder("cache"))


def _list(chosen: argparse.Namespace, report: Report, on_advance: OnAdvance) -> int:
    for folder in chosen.folders:
        if not lexists(folder):
            raise ModelNotFound(f"There is no folder {folder}.", "Name one that is there, or none.")
    places = [place for folder in chosen.folders for place in places_in(folder)] + usual_places()
    entries = find_models(places, _known(), on_advance)
    report.close()
    for entry in entries:
        report.say(_line(entry), **_values(entry))
    if not entries:
        report.say("No models were found; name a folder, or see 'hiprompt models download --list'.")
    return 0


def _line(entry: Entry) -> str:
    facts = (
        f"{entry.family} {entry.role}".strip(),
        in_words(entry.size),
        entry.precision,
        entry.licence or "licence not told",
        entry.owner,
        f"sha256 {entry.sha256[:12]}" if entry.sha256 else "",
    )
    lines = [f"{entry.name}: {', '.join(fact for fact in facts if fact)}", f"  {entry.path}"]
    lines += [f"  trigger words: {', '.join(entry.triggers)}"] if entry.triggers else []
    lines += [f"  {text}" for text in (entry.trouble, entry.unusable) if text]
    return "\n".join(lines)


def _values(entry: Entry) -> dict[str, Any]:
    return {"event": "Model"} | asdict(entry) | {"path": str(entry.path), "usable": entry.usable}


def in_words(size: int) -> str:
    """Bytes as people read them."""
    for unit, bytes_ in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size} bytes"


def _one(path: Path) -> Entry:
    """The model that the user names, as the library knows it with its owner."""
    if not lexists(path):
        raise ModelNotFound(f"There is no model at {path}.", "'hiprompt models list' shows those that are found.")
    entries = find_models([place_of(path)], _known())
    if len(entries) != 1:
        raise InvalidRequest(f"{path} holds {len(entries)} models.", "Name one of them.")
    return entries[0]


def _verify(chosen: argparse.Namespace, report: Report, on_advance: OnAdvance) -> int:
    entry = _one(chosen.model)
    verdict = verify(entry, _known(), on_advance)
    report.close()
    for problem in verdict.problems:
        report.say(problem, event="Problem")
    compared = f"{verdict.hashes_compared} of its files have a known hash"
    text = f"{entry.name} is {'damaged' if verdict.problems else 'whole'}; {compared}. sha256 {verdict.sha256}"
    report.say(text, event="Verified", **asdict(verdict))
    return 3 if verdict.problems else 0


def _remove(chosen: argparse.Namespace, report: Report, on_advance: OnAdvance) -> int:  # noqa: ARG001
    entry = _one(chosen.model)
    try:
        moved = remove(entry, shared=chosen.shared)
    except InvalidRequest as error:
        raise InvalidRequest(error.problem, "Add --shared to remove it there as well.") from error
    for path in moved:
        report.say(f"{path} is in the trash now.", event="Removed", path=str(path))
    return 0


def _download(chosen: argparse.Namespace, report: Report, on_advance: OnAdvance) -> int:
    if chosen.suggest:
        for one in CURATED:
            text = f"{one.repository}: {one.role}, {one.licence}; {one.purpose}"
            report.say(text, event="Suggestion", **{field.name: getattr(one, field.name) for field in fields(one)})
        return 0
    if not chosen.repository:
        raise InvalidRequest("No repository is named.", "Write ORGANISATION/NAME, or --list to see some.")

    def tick() -> None:
        on_advance(Advanced(path=Path(chosen.repository), done=0, total=0))

    listing = look_up(chosen.repository, revision=chosen.revision, fp16=chosen.fp16, tick=tick)
    report.close()
    report.say(_offer(listing), event="Offer", **json.loads(json.dumps(asdict(listing))), size=listing.size)
    if not chosen.yes and not _agreed():
        report.say("Nothing was downloaded.", event="Declined")
        return 0
    place = download(listing, chosen.to, on_advance)
    report.close()
    report.say(f"{listing.repository} is in {place}", event="Finished", path=str(place))
    return 0


def _offer(listing: Listing) -> str:
    gate = "\n  Its authors ask to accept their terms on its page first." if listing.gated else ""
    licence = f"licence: {listing.licence or 'not told'}"
    return f"{listing.repository}: {in_words(listing.size)} in {len(listing.files)} files, {licence}{gate}"


def _agreed() -> bool:
    try:
        return input("Download it? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False
