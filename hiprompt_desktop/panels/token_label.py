"""How long the prompt is, as the model's text encoder counts."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from hiprompt_core.errors import InvalidRequest
from hiprompt_core.foreign_syntax import foreign_syntax
from hiprompt_core.prompt_syntax import first_tag
from hiprompt_desktop.core_sentences import told
from hiprompt_desktop.document import Wish
from hiprompt_desktop.session import Session
from hiprompt_desktop.weighting import brackets

LONGEST = 10
"""Letters of what is not read as it may be meant, beside the heading of the prompt."""


class TokenLabel(QLabel):
    """Quiet while the encoder reads the prompt at once; its tip explains the syntax."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("small")
        self.setAccessibleName(self.tr("Tokens of the prompt"))
        session.next.changed.connect(self.refresh)
        session.tokens.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        texts, counter = _told(self._session.next.wish), self._session.tokens.counter
        prompt = texts[0]
        single = brackets(prompt).single
        tips = [
            self.tr("(words:1.3) count more, (words:0.7) less; Ctrl+Up and Ctrl+Down do it for you."),
            self.tr("BREAK begins another part, which the model reads by itself."),
        ]
        if single:
            tips.append(self.tr("A bracket without its partner is drawn as it stands; \\( and \\) always are."))
        foreign = self._foreign(texts)
        tips += foreign.values()
        hints = []
        if foreign:
            text = next(iter(foreign))
            shown = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
            hints.append(self.tr("{0} is no syntax").format(shown))
        elif single:
            hints.append(self.tr("{0} has no partner").format(prompt[single[0]]))
        parts = 1
        if counter is not None:
            tokens, parts = counter.count(prompt), counter.chunks(prompt)
            hints.append(f"{tokens} / {parts * counter.limit}")
            tips.insert(0, self.tr("{0} tokens; the model reads {1} at once.").format(tokens, counter.limit))
            if parts > 1:
                tip = self.tr("It reads this prompt in {0} parts: words hang together less across them.")
                tips.insert(1, tip.format(parts))
        self.setText(" · ".join(hints))
        self.setToolTip("\n".join(tips))
        self._dress("small-warning" if parts > 1 or foreign else "small")

    def _foreign(self, texts: tuple[str, str]) -> dict[str, str]:
        """What is not read as it may be meant, and why."""
        found = {text: told(note) for text, note in foreign_syntax(texts)}
        tag = first_tag(", ".join(texts))
        if tag is not None:
            found[tag] = self.tr("{0} is read as words: LoRAs are add-ons of the model, below.").format(tag)
        return found

    def _dress(self, name: str) -> None:
        if name != self.objectName():
            self.setObjectName(name)
            self.style().polish(self)


def _told(wish: Wish) -> tuple[str, str]:
    """What the model reads, the negative prompt last; the plan tells what is wrong with a wildcard."""
    try:
        return wish.texts()
    except InvalidRequest:
        return wish.styled()
