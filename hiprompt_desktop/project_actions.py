"""The menu File's part about projects: new, open, save as, snapshots, zip files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from hiprompt_core.project import SUFFIX
from hiprompt_desktop.project_keeper import ProjectKeeper
from hiprompt_desktop.session import Session


class ProjectActions(QObject):
    """Asks where, and calls the keeper."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        file_menu: QMenu,
        session: Session,
        keeper: ProjectKeeper,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._session = session
        self._keeper = keeper
        self._window = window
        self.snapshots = QMenu(self.tr("Snaps&hots"), file_menu)
        self.snapshots.aboutToShow.connect(self._list_snapshots)
        file_menu.insertMenu(actions["export_project"], self.snapshots)
        for name, slot in (
            ("new", session.close_picture),
            ("open_project", self._ask_open),
            ("save", self._save),
            ("save_as", self._ask_save),
            ("revert_project", keeper.revert),
            ("snapshot", keeper.ask_snapshot),
            ("export_project", self._ask_export),
            ("import_project", self._ask_import),
        ):
            actions[name].triggered.connect(slot)
        keeper.changed.connect(self._refresh)
        session.state_changed.connect(self._refresh)
        session.phases_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        facts, busy = self._keeper.facts, self._session.busy
        for name, enabled in {
            "new": not busy and self._session.document.folder is not None,
            "open_project": not busy,
            "save": facts is not None,
            "save_as": facts is not None,
            "revert_project": facts is not None and facts.titled and facts.changed and not busy,
            "snapshot": facts is not None,
            "export_project": facts is not None,
            "import_project": not busy,
        }.items():
            self._actions[name].setEnabled(enabled)
        self.snapshots.menuAction().setEnabled(facts is not None and bool(facts.snapshots) and not busy)

    def _list_snapshots(self) -> None:
        self.snapshots.clear()
        for name in reversed(self._keeper.facts.snapshots if self._keeper.facts is not None else ()):
            self.snapshots.addAction(name.replace("&", "&&")).triggered.connect(partial(self._go_back, name))

    def _go_back(self, name: str) -> None:
        self._keeper.go_back(name)

    def _ask_open(self) -> None:
        dialog = self._dialog(self.tr("Open a project"), self._keeper.open)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.open()

    def _save(self) -> None:
        """A project that has no place of the user's yet needs one first."""
        facts = self._keeper.facts
        if facts is not None and facts.titled:
            self._keeper.save()
        else:
            self._ask_save()

    def _ask_save(self) -> None:
        dialog = self._dialog(self.tr("Save the project as"), self._keeper.save_as)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Projects ({0})").format(f"*{SUFFIX}"))
        dialog.selectFile(f"{self._name()}{SUFFIX}")
        dialog.open()

    def _ask_export(self) -> None:
        dialog = self._dialog(self.tr("Export the project as one file"), self._keeper.export)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setNameFilter(self.tr("Zip files ({0})").format("*.zip"))
        dialog.selectFile(f"{self._name()}.zip")
        dialog.open()

    def _ask_import(self) -> None:
        dialog = self._dialog(self.tr("Import a project"), self._import)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Zip files ({0})").format("*.zip"))
        dialog.open()

    def _import(self, archive: Path) -> None:
        self._keeper.unpack(archive, archive.with_suffix(SUFFIX))

    def _name(self) -> str:
        facts, folder = self._keeper.facts, self._session.document.folder
        if facts is not None and facts.titled:
            return facts.path.stem
        return folder.name if folder is not None else ""

    def _dialog(self, title: str, chosen: Callable[[Path], None]) -> QFileDialog:
        facts = self._keeper.facts
        start = facts.path.parent if facts is not None and facts.titled else self._session.next.folder.parent
        dialog = QFileDialog(self._window, title, str(start))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: chosen(Path(path)))
        return dialog
