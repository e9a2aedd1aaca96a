"""The thread that the worker lives in: started after the first paint, ended without leaving anything behind."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, QThread

from hiprompt_desktop.engine import EngineFactory
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.session import Session
from hiprompt_desktop.worker import Worker


class EngineThread(QObject):
    """Wires session and worker, which do not know each other; all connections are queued."""

    def __init__(
        self,
        session: Session,
        factory: EngineFactory,
        logs: LogLocation,
        rates_file: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._thread = QThread(self)
        self._thread.setObjectName("engine")
        self.worker = Worker(factory, logs, rates_file)
        self.worker.moveToThread(self._thread)
        queued = Qt.ConnectionType.QueuedConnection
        session.job_requested.connect(self.worker.run, queued)
        session.job_requested.connect(self.worker.make_way, Qt.ConnectionType.DirectConnection)
        session.next.measure_requested.connect(self.worker.measure, queued)
        session.next.warm_up_requested.connect(self.worker.warm_up, queued)
        self.worker.ready.connect(session.next.on_ready, queued)
        self.worker.learnt.connect(session.next.on_learnt, queued)
        self.worker.counter_loaded.connect(session.tokens.take, queued)
        self.worker.reported.connect(session.on_report, queued)
        self.worker.done.connect(session.on_done, queued)
        self.worker.failed.connect(session.on_failed, queued)
        self.worker.cancelled.connect(session.on_cancelled, queued)
        self.worker.refused.connect(session.messages.tell_failure, queued)
        self.worker.unmeasured.connect(session.on_unmeasured, queued)

    def start(self) -> None:
        """Start the thread and warm the engine up."""
        self._thread.start(QThread.Priority.LowPriority)
        self._session.next.warm_up()

    @property
    def running(self) -> bool:
        return self._thread.isRunning()

    def stop(self) -> None:
        """Cancel what runs, let the thread end, and wait for it."""
        self._session.cancel()
        self.worker.make_way()
        self._thread.quit()
        self._thread.wait()
