"""One way to run over scenes or images: in turn, on the cores of this machine, or on a dask cluster."""

from __future__ import annotations

import contextvars
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from gta_head_tools.errors import ConfigError, LostWorkerError, MissingExtraError

T = TypeVar("T")
R = TypeVar("R")

_TO_CLEAR_UP = 1.0
"""Seconds that interrupted work has to clear up."""


def run(
    function: Callable[[T], R], items: Sequence[T], *, jobs: int | None = None, cluster: str | None = None
) -> Generator[R, None, None]:
    """Results of `function` over `items`, in the order of the items; they do not depend on `jobs`.

    Args:
        function: picklable when more than one job is asked for.
        items: what to run over.
        jobs: worker processes, None = all cores.
        cluster: address of a running dask scheduler, e.g. ``tcp://host:8786``; jobs are then the cluster's.

    Raises:
        ConfigError: fewer than one job, or no scheduler answers.
        MissingExtraError: a cluster is asked for and dask is not installed.
        LostWorkerError: the system killed a worker, as it does when memory runs out.
    """
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs}: at least 1 is needed")
    # A generator only runs when it is read; with a second one, a bad number of jobs is refused at once.
    return _results(function, items, jobs, cluster)


def _results(
    function: Callable[[T], R], items: Sequence[T], jobs: int | None, cluster: str | None
) -> Generator[R, None, None]:
    if cluster is not None:
        yield from _on_cluster(function, items, cluster)
        return
    import joblib

    workers = min(jobs or joblib.cpu_count(), len(items))
    if workers <= 1:
        yield from (_beside(function, item) for item in items)
        return
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    with _ignoring_sigint():
        _start_quiet_tracker()
        pool = joblib.Parallel(workers, return_as="generator", initializer=_begin, initargs=(os.getpid(), Path.cwd()))
        results = pool(joblib.delayed(function)(item) for item in items)
    try:
        yield from results
    except TerminatedWorkerError as error:
        raise LostWorkerError(workers) from error


_beside_main: list[threading.Thread] = []
"""The threads of `_beside` that have not ended."""


def still_at_work() -> bool:
    """True when work goes on that was interrupted: the process must then end without the clean-up of Python."""
    return any(thread.is_alive() for thread in _beside_main)


def _beside(function: Callable[[T], R], item: T) -> R:
    """`function(item)` in a thread of its own, while the main thread waits for it and handles signals.

    In the main thread, a signal is handled only when compiled code returns, which may take minutes.
    """
    if threading.current_thread() is not threading.main_thread():
        return function(item)
    outcome: Future[R] = Future()
    thread = threading.Thread(target=contextvars.copy_context().run, args=(_fulfil, outcome, function, item))
    thread.daemon = True
    _beside_main.append(thread)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(1)
    except BaseException:
        _interrupt(thread)
        raise
    finally:
        _beside_main[:] = [each for each in _beside_main if each.is_alive()]
    return outcome.result()


def _fulfil(outcome: Future[R], function: Callable[[T], R], item: T) -> None:
    try:
        outcome.set_result(function(item))
    except BaseException as error:  # it is raised again in the main thread
        outcome.set_exception(error)


def _interrupt(thread: threading.Thread) -> None:
    """Raise KeyboardInterrupt in a thread, and give it a moment to clear up; compiled code does not notice."""
    import ctypes

    number = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(KeyboardInterrupt))
    thread.join(_TO_CLEAR_UP)


@contextmanager
def stopped_at_end(results: Generator[R, None, None], clear_up: Callable[[], object]) -> Iterator[None]:
    """While `run`'s results are used: clear up at the end; after an error or Ctrl-C stop the workers first.

    A worker that still ran could write files again after they are cleared up.
    """
    try:
        yield
    except BaseException as error:
        results.throw(error)  # joblib stops its workers and raises the error again; after `close` it would warn.
        raise
    finally:
        clear_up()


@contextmanager
def _ignoring_sigint() -> Iterator[None]:
    """While workers start, which inherit it: Ctrl-C sends SIGINT to them too, but this process stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


@functools.cache
def _start_quiet_tracker() -> None:
    """Start joblib's resource tracker, the process that frees the semaphores of workers, with its warnings off.

    After Ctrl-C it may end later than the command, and would then warn of semaphores below the command's last line.
    """
    from joblib.externals.loky.backend import resource_tracker

    before, sys.warnoptions = sys.warnoptions, ["ignore"]  # The tracker is started with these options of Python.
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions = before


def _begin(parent: int, folder: Path) -> None:
    """Start a worker, before its first task: it ends when its parent process is killed, or was already.

    Relative paths are of the folder that the parent works in. joblib keeps workers, and starts others once one of these
    values differs.
    """
    os.chdir(folder)
    if sys.platform != "win32":  # There a process keeps the number of its parent.
        threading.Thread(target=_end_without, args=(parent,), daemon=True).start()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _on_cluster(function: Callable[[T], R], items: Sequence[T], address: str) -> Iterator[R]:
    import joblib

    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError("cluster", f"--cluster {address}") from error
    try:
        client = Client(address, timeout="10s")  # type: ignore[no-untyped-call]  # distributed has no annotations
    except (OSError, ValueError) as error:
        raise ConfigError(f"--cluster {address}: no dask scheduler answers there ({error})") from error
    with client, joblib.parallel_config(backend="dask"):
        # The dask backend of joblib has no generators, so all results are held in a list.
        yield from joblib.Parallel()(joblib.delayed(function)(item) for item in items)
