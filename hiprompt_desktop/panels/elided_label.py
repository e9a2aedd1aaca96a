"""Where the status line still looks for the label that has moved, since dialogs have one too."""

from hiprompt_desktop.elided_label import ElidedLabel as ElidedLabel
