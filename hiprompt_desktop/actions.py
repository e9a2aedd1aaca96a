"""Every action of the window in one table: what it is called, its keys, and what it teaches."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction

BATCHES = (2, 4, 8, 16)
"""How many pictures under seeds in a row can be asked for at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionEntry:
    """One action; texts are translated when it is built."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    """As shipped; the user may choose others (``key_bindings.py``)."""
    checkable: bool = False
    icon: str = ""
    tip: str = ""
    """One sentence that teaches what it does."""
    on_picture: bool = False
    """Its keys work only while the picture has the focus; Tab moves the focus everywhere else."""


TABLE = (
    ActionEntry(name="new", text="&New", keys=("Ctrl+N",), tip="Begins another picture; this one is kept"),
    ActionEntry(
        name="open_project",
        text="Open pro&ject…",
        keys=("Ctrl+Shift+P",),
        tip="Goes on with a project, undo included",
    ),
    ActionEntry(
        name="save",
        text="&Save",
        keys=("Ctrl+S",),
        tip="Makes this what you saved; changes are kept beside it at once, also if the power fails",
    ),
    ActionEntry(
        name="save_as",
        text="Save &as…",
        keys=("Ctrl+Shift+S",),
        tip="Gives the project a name and a place",
    ),
    ActionEntry(
        name="revert_project",
        text="Re&vert to saved",
        tip="Brings back what you saved last; what you have now is kept as a snapshot",
    ),
    ActionEntry(name="snapshot", text="&Keep a snapshot…", tip="Gives this state of the work a name to come back to"),
    ActionEntry(
        name="export_project", text="Export project as &zip…", tip="Puts all versions of the work into one file"
    ),
    ActionEntry(name="import_project", text="&Import project…", tip="Unpacks a project from such a file"),
    ActionEntry(
        name="open",
        text="&Open a picture…",
        keys=("Ctrl+O",),
        tip="Opens a picture of ours with its phases and captions, or reads the settings out of any other",
    ),
    ActionEntry(
        name="upscale",
        text="&Upscale a picture…",
        keys=("Ctrl+U",),
        tip="Starts from a picture of your own and draws it larger, with new detail",
    ),
    ActionEntry(
        name="export",
        text="&Export…",
        keys=("Ctrl+E",),
        icon="export",
        tip="Writes the picture for other programs: PNG, JPEG, WebP, AVIF, TIFF or OpenRaster",
    ),
    ActionEntry(
        name="show_folder",
        text="Show in &folder",
        keys=("Ctrl+Shift+O",),
        icon="folder",
        tip="Every finished phase lies there as a file, with its settings inside",
    ),
    ActionEntry(
        name="models",
        text="&Models…",
        keys=("Ctrl+M",),
        tip="Models, LoRAs and captioners on this computer: found in place, verified, downloaded when you ask",
    ),
    ActionEntry(
        name="computing",
        text="&Device and precision…",
        tip="What draws the next pictures, in how many bits, and whether the model is compiled first",
    ),
    ActionEntry(name="choose_pictures", text="Folder for &pictures…", tip="Where finished pictures are written to"),
    ActionEntry(
        name="quit", text="&Quit", keys=("Ctrl+Q",), tip="Settings, layout and request are kept for the next time"
    ),
    ActionEntry(
        name="undo", text="&Undo", keys=("Ctrl+Z",), tip="Takes back what you did last, also in the left panel"
    ),
    ActionEntry(name="redo", text="&Redo", keys=("Ctrl+Shift+Z", "Ctrl+Y"), tip="Does again what was undone"),
    ActionEntry(
        name="generate",
        text="&Generate",
        keys=("Ctrl+Return", "Ctrl+Enter"),
        tip="Draws the prompt at the size asked for, phase by phase",
    ),
    ActionEntry(
        name="generate_next",
        text="Add in fro&nt of the queue",
        keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
        tip="Draws this picture next, before all that wait",
    ),
    ActionEntry(
        name="generate_instead",
        text="Draw this &instead",
        keys=("Ctrl+Alt+Return", "Ctrl+Alt+Enter"),
        tip="Cancels the picture in work and all that wait, and draws this one",
    ),
    ActionEntry(
        name="batch_2",
        text="&2",
        tip="Pictures with as many seeds in a row, one after the other; star in the history what you keep",
    ),
    ActionEntry(
        name="batch_4",
        text="&4",
        tip="Pictures with as many seeds in a row, one after the other; star in the history what you keep",
    ),
    ActionEntry(
        name="batch_8",
        text="&8",
        tip="Pictures with as many seeds in a row, one after the other; star in the history what you keep",
    ),
    ActionEntry(
        name="batch_16",
        text="1&6",
        tip="Pictures with as many seeds in a row, one after the other; star in the history what you keep",
    ),
    ActionEntry(name="queue", text="&Queue", keys=("Q",), tip="Shows the pictures that wait for their turn"),
    ActionEntry(
        name="cancel",
        text="&Cancel",
        keys=("Esc",),
        tip="Stops at once; finished phases are kept, and the same request goes on from them",
    ),
    ActionEntry(
        name="cancel_waiting",
        text="Cancel all that &wait",
        tip="Draws nothing but the picture in work; what waited can be drawn again from the queue",
    ),
    ActionEntry(
        name="cancel_all",
        text="Cancel &everything",
        keys=("Ctrl+Shift+X",),
        tip="The picture in work and all that wait; finished phases are kept",
    ),
    ActionEntry(
        name="go_on",
        text="C&ontinue",
        keys=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
        tip="Draws what is missing, under the captions of now",
    ),
    ActionEntry(
        name="stop_after_phase",
        text="&Stop after this phase",
        tip="Finishes the phase in work; Continue then draws the next one",
    ),
    ActionEntry(name="select_all", text="Select &all", keys=("Ctrl+A",), tip="Chooses every patch of the phase"),
    ActionEntry(
        name="grow",
        text="Select the &neighbours too",
        keys=("N",),
        tip="Adds the patches around the chosen ones, for a change that needs more room",
    ),
    ActionEntry(
        name="edit_caption",
        text="&Edit the caption",
        keys=("F2",),
        tip="Opens the words of the patch in its place on the picture",
    ),
    ActionEntry(
        name="find",
        text="&Find and replace…",
        keys=("Ctrl+F",),
        tip="Searches the captions of all patches and replaces words in them",
    ),
    ActionEntry(
        name="lock",
        text="&Lock or unlock",
        keys=("L",),
        tip="Nothing changes a locked caption, neither you nor the captioner",
    ),
    ActionEntry(name="revert", text="Re&vert to the captioner’s words", tip="Back to what the captioner said"),
    ActionEntry(
        name="copy_to_neighbours",
        text="&Copy to the neighbours",
        tip="Gives the patches around this one the same words",
    ),
    ActionEntry(
        name="save_captions",
        text="&Save captions…",
        tip="Writes what all patches of the phase say into a file, to read, to change, or for another picture",
    ),
    ActionEntry(
        name="load_captions",
        text="L&oad captions…",
        tip="Takes captions out of such a file; a picture with another grid gets those of the same place",
    ),
    ActionEntry(
        name="describe",
        text="&Describe again",
        keys=("D",),
        tip="Lets the captioner chosen on the left look at the chosen patches once more; locked captions stay",
    ),
    ActionEntry(
        name="check",
        text="Com&pare with the picture",
        tip="Describes what was drawn and flags captions that the picture does not show",
    ),
    ActionEntry(
        name="regenerate",
        text="&Regenerate",
        keys=("R",),
        tip="Draws the chosen patches again under the captions of now; everything else stays",
    ),
    ActionEntry(
        name="next_variation",
        text="Ne&xt variation",
        keys=(".",),
        tip="Looks at the next drawing of the patches",
    ),
    ActionEntry(
        name="last_variation",
        text="Previo&us variation",
        keys=(",",),
        tip="Looks at the drawing before, and before the first one at what was",
    ),
    ActionEntry(
        name="accept_variation",
        text="Accep&t the variation",
        keys=("A",),
        tip="The drawing that is shown becomes a version of the picture; undo goes back",
    ),
    ActionEntry(
        name="discard_variations",
        text="D&iscard the variations",
        keys=("Backspace",),
        tip="Stays with what was before the patches were drawn again",
    ),
    ActionEntry(
        name="branch",
        text="Draw the phase again from &here",
        tip="Makes another picture that shares the phases before this one, under the captions of now",
    ),
    ActionEntry(
        name="branch_off",
        text="&Keep the phase and draw on with the settings of now",
        tip="Makes another picture: this phase and earlier ones stay, the rest has the seed and settings at the left",
    ),
    ActionEntry(
        name="counterfactual",
        text="Compare with the prompt &alone",
        tip="Draws the picture once more without captions, from the same seed, and lays both beside each other",
    ),
    ActionEntry(name="fit", text="&Fit", keys=("Ctrl+0",), icon="fit", tip="Shows the whole picture"),
    ActionEntry(
        name="zoom_100",
        text="&100 %",
        keys=("Ctrl+1",),
        tip="One pixel of the picture is one pixel of the screen: the honest look at detail",
    ),
    ActionEntry(name="zoom_200", text="&200 %", keys=("Ctrl+2",)),
    ActionEntry(name="zoom_400", text="&400 %", keys=("Ctrl+3",)),
    ActionEntry(name="zoom_800", text="&800 %", keys=("Ctrl+4",)),
    ActionEntry(name="zoom_in", text="Zoom &in", keys=("Ctrl++", "Ctrl+=")),
    ActionEntry(name="zoom_out", text="Zoom &out", keys=("Ctrl+-",)),
    ActionEntry(
        name="grid",
        text="&Grid",
        keys=("G",),
        checkable=True,
        icon="grid",
        tip="Shows how the picture is divided into patches; each has a caption of its own",
    ),
    ActionEntry(
        name="captions",
        text="&Captions",
        keys=("T",),
        checkable=True,
        icon="captions",
        tip="Shows on the picture what each patch was told to be",
    ),
    ActionEntry(
        name="compare",
        text="C&ompare",
        keys=("C",),
        checkable=True,
        icon="compare",
        tip="Lays two pictures over each other: phases, versions, or a file",
    ),
    ActionEntry(name="swap", text="S&wap A and B", keys=("X",), tip="A becomes B and B becomes A"),
    ActionEntry(name="compare_mode", text="Next way to co&mpare", keys=("M",), tip="Slider, side by side, difference"),
    ActionEntry(name="stop_comparing", text="Stop comparing", keys=("Esc",), tip="Back to one picture"),
    ActionEntry(
        name="seams",
        text="Show &seams",
        keys=("S",),
        checkable=True,
        tip="Colours the borders of windows where an edge shows",
    ),
    ActionEntry(
        name="repetition",
        text="Show &repetition",
        keys=("Shift+S",),
        checkable=True,
        tip="Colours patches that look like another one",
    ),
    ActionEntry(
        name="cost",
        text="Show &what patches cost",
        keys=("Shift+C",),
        checkable=True,
        tip="Says how long each patch takes when it is drawn again",
    ),
    ActionEntry(
        name="backdrop",
        text="Next &backdrop",
        keys=("B",),
        tip="Grey, light, dark or checked: judge colours on the ground they will lie on",
    ),
    ActionEntry(
        name="history",
        text="&History",
        keys=("H",),
        checkable=True,
        tip="Earlier pictures, below this one; a click opens one again",
    ),
    ActionEntry(
        name="only_picture",
        text="Only the &picture",
        keys=("Ctrl+\\",),
        checkable=True,
        tip="Folds everything away but the picture",
    ),
    ActionEntry(
        name="fold",
        text="&Fold the next panel",
        keys=("Tab",),
        tip="Captions, history, request, one after the other; once more brings all of them back",
        on_picture=True,
    ),
    ActionEntry(name="full_screen", text="Full &screen", keys=("F11",), checkable=True),
    ActionEntry(
        name="next_panel", text="&Next panel", keys=("F6",), tip="From prompt to picture to history to captions"
    ),
    ActionEntry(
        name="theme_system",
        text="Like the &system",
        checkable=True,
        tip="Light, dark or high contrast, as the system is set",
    ),
    ActionEntry(name="theme_light", text="&Light", checkable=True),
    ActionEntry(name="theme_dark", text="&Dark", checkable=True),
    ActionEntry(name="theme_contrast", text="&High contrast", checkable=True, tip="Black, white and clear outlines"),
    ActionEntry(name="scale_100", text="&100 %", checkable=True),
    ActionEntry(name="scale_125", text="12&5 %", checkable=True),
    ActionEntry(name="scale_150", text="15&0 %", checkable=True),
    ActionEntry(name="scale_175", text="1&75 %", checkable=True),
    ActionEntry(name="scale_200", text="&200 %", checkable=True),
    ActionEntry(name="language_system", text="Like the &system", checkable=True),
    ActionEntry(name="language_en", text="&English", checkable=True),
    ActionEntry(name="language_zh_CN", text="&简体中文", checkable=True, tip="Simplified Chinese"),
    ActionEntry(
        name="palette",
        text="Find an &action…",
        keys=("Ctrl+K", "Ctrl+Shift+A"),
        tip="Type what you want to do, press Return",
    ),
    ActionEntry(name="tour", text="Show me &around", tip="Five stops through the window"),
    ActionEntry(
        name="shortcuts",
        text="&Keyboard and mouse",
        keys=("F1", "?"),
        tip="All keys, to look up and to change, and what the mouse does",
    ),
    ActionEntry(
        name="diagnostics",
        text="Collect &diagnostics…",
        tip="Writes versions, settings and logs into one file for whoever helps you; nothing is sent",
    ),
    ActionEntry(name="about", text="&About HiPrompt"),
)


def translated(text: str) -> str:
    return QCoreApplication.translate("actions", text)


def plain(text: str) -> str:
    """A text of the table in the user's language, without the mark of its key in the menu."""
    words = translated(text)
    return words.partition("(&")[0].rstrip("…") + "…" * words.endswith("…") if "(&" in words else words.replace("&", "")


def build_actions(parent: QObject) -> dict[str, QAction]:
    """All actions by name, owned by ``parent``; their keys are set by ``KeyBindings``."""
    actions = {}
    for entry in TABLE:
        action = QAction(translated(entry.text), parent)
        action.setObjectName(entry.name)
        action.setIconText(" " + plain(entry.text))  # room between icon and text
        action.setCheckable(entry.checkable)
        if entry.on_picture:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        actions[entry.name] = action
    return actions


def icon_names() -> dict[str, str]:
    """Icon of each action that has one."""
    return {entry.name: entry.icon for entry in TABLE if entry.icon}
