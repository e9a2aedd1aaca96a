"""What the window says of projects that come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale
from PySide6.QtGui import QImage

from hiprompt_desktop.core_sentences import side_by_side, told
from hiprompt_desktop.messages import Message, Offer, Question, Tone
from hiprompt_desktop.project_places import Abandoned
from hiprompt_desktop.project_store import OpenedProject, Unsaved

THUMBNAIL = 96
Act = Callable[[], None]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProjectKeeper", text)


def left_open(abandoned: Abandoned, thumbnail: QImage, recover: Act, other: Message | None) -> Message:
    """What a killed process left, behind what else there is to say about that end."""
    text = _tr("HiPrompt ended without being closed. Nothing is lost: the picture from {0} is kept.")
    text = text.format(moment_text(abandoned.time))
    offer = Offer(text=_tr("Open the picture"), act=recover)
    picture = thumbnail if not thumbnail.isNull() else None
    if other is None:
        return Message(tone=Tone.WARNING, text=text, offers=(offer,), picture=picture)
    words = side_by_side(other.text, other.remedy, text)
    return replace(other, text=words, remedy="", offers=(*other.offers, offer), picture=picture)


def not_saved(project: OpenedProject, unsaved: Unsaved, revert: Act) -> Message:
    """A process that was killed left more in a project than the user had saved."""
    text = _tr("HiPrompt ended without closing “{0}”. Nothing is lost: this is from {1}. Last saved by you: {2}.")
    text = text.format(project.path.stem, moment_text(unsaved.changed), moment_text(unsaved.saved))
    picture = project.picture.pyramids[max(project.picture.pyramids)].thumbnail(THUMBNAIL)
    offer = Offer(text=_tr("Revert to saved"), act=revert)
    return Message(tone=Tone.WARNING, text=text, offers=(offer,), picture=picture)


def reverted(snapshot: str, bring_back: Act) -> Message:
    """The user went back to what was saved."""
    text = _tr("This is what you saved. What you had is the snapshot “{0}”.").format(snapshot)
    return Message(tone=Tone.INFO, text=text, offers=(Offer(text=_tr("Bring it back"), act=bring_back),))


def snapshot_name(keep: Callable[[str], None]) -> Message:
    """A snapshot wants a name."""
    time = QLocale().toString(QDateTime.currentDateTime(), QLocale.FormatType.ShortFormat)
    question = Question(proposal=time, act=keep)
    return Message(tone=Tone.INFO, text=_tr("A name to come back to:"), question=question)


def half_there(warning: str, saved: bool) -> Message:
    """A project could not be read, or only what the user saved in it."""
    remedy = _tr("Finished phases and their captions are here, undo is not.")
    if saved:
        remedy = _tr("This is what you had saved.")
    return Message(tone=Tone.WARNING, text=told(warning), remedy=remedy)


def moment_text(seconds: float) -> str:
    """A time of today, or a day with its time; ``seconds`` since 1970."""
    moment = QDateTime.fromSecsSinceEpoch(int(seconds))
    today = moment.date() == QDateTime.currentDateTime().date()
    return QLocale().toString(moment.time() if today else moment, QLocale.FormatType.ShortFormat)
