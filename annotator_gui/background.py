"""Work that takes more than 50 ms: a thread of a pool does it, and its result comes back to the thread of the window.

A result is never delivered once a newer job of the same key was started, or once the job was dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from annotator_gui import texts
from gta_head_tools.errors import GtaHeadError

T = TypeVar("T")

_POOLS: dict[str, QThreadPool] = {}
"""By name, kept for the life of the program. The destructor of a pool waits for its threads while it holds the lock of
Python (GIL), for which these threads wait: a pool that is destroyed with its owner would stop the program for ever."""


def _find_pool(name: str, threads: int) -> QThreadPool:
    if not name:
        return QThreadPool.globalInstance()
    if name not in _POOLS:
        _POOLS[name] = QThreadPool()
        _POOLS[name].setMaxThreadCount(threads)
    return _POOLS[name]


class _Ended(QObject):
    """Carries what a job has found to the thread of the window. It has no owner, so that it outlives any job."""

    signal = Signal(object, object, str)


class _Job(QRunnable):
    """One call of a function in a thread of the pool."""

    def __init__(
        self,
        key: Hashable,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None] | None,
        ended: _Ended,
    ) -> None:
        super().__init__()
        self.key, self.done, self.failed = key, done, failed
        self.begun = self.dropped = False
        self._work, self._ended = work, ended

    def run(self) -> None:
        self.begun = True
        if self.dropped:
            return
        result, reason = None, texts.CRASHED
        try:
            result, reason = self._work(), ""
        except (GtaHeadError, OSError) as error:
            if self.failed is None:
                raise
            reason = str(error)
        finally:
            # Also after an unexpected error, which goes on to `LastResort`: without an answer, the user would wait for
            # ever.
            self._ended.signal.emit(self, result, reason)


class Background(QObject):
    """Runs functions for one part of the window.

    Args:
        parent: owner.
        pool: name of the pool, which `close` waits for; "" = the pool of Qt, which the end of the program waits for.
        threads: of that pool.
    """

    def __init__(self, parent: QObject | None = None, *, pool: str = "", threads: int = 1) -> None:
        super().__init__(parent)
        self._pool = _find_pool(pool, threads)
        self._jobs: dict[Hashable, _Job] = {}
        self._ended = _Ended()
        self._ended.signal.connect(self._take)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[str], None] | None = None,
        *,
        key: Hashable,
        priority: int = 0,
    ) -> None:
        """Call a function in a thread of the pool.

        Args:
            work: the function; touches no widget.
            done: takes its result, in the thread of the window.
            failed: takes the reason why there is none; None = every error goes to `LastResort`.
            key: an earlier job of the same key is dropped.
            priority: jobs of a higher one begin first.
        """
        self._drop(key)
        self._jobs[key] = job = _Job(key, work, done, failed, self._ended)
        self._pool.start(job, priority)

    def awaits(self, key: Hashable) -> bool:
        """True while the result of a job is to be delivered."""
        return key in self._jobs

    def drop_waiting(self, *, but: Collection[Hashable] = ()) -> None:
        """Forget all jobs that have not begun, except those of some keys."""
        for key in [key for key, job in self._jobs.items() if not job.begun and key not in but]:
            self._drop(key)

    def drop(self) -> None:
        """Forget all jobs; the results of those that have begun are not delivered."""
        for key in list(self._jobs):
            self._drop(key)

    def close(self) -> None:
        """Forget all jobs, and wait for those that have begun."""
        self.drop()
        self._pool.waitForDone()

    def _drop(self, key: Hashable) -> None:
        job = self._jobs.pop(key, None)
        if job is not None:
            job.dropped = True

    def _take(self, job: _Job, result: Any, reason: str) -> None:
        if self._jobs.get(job.key) is not job:
            return
        del self._jobs[job.key]
        if not reason:
            job.done(result)
        elif job.failed is not None:
            job.failed(reason)
