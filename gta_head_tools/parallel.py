"""One way to run over scenes or images: in turn, on the cores of this machine, or on a dask cluster."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from gta_head_tools.errors import ConfigError, MissingExtraError

T = TypeVar("T")
R = TypeVar("R")


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
        yield from map(function, items)
        return
    in_worker = _InWorker(function, os.getpid())
    with _ignoring_sigint():
        _start_quiet_tracker()
        results = joblib.Parallel(n_jobs=workers, return_as="generator")(
            joblib.delayed(in_worker)(item) for item in items
        )
    yield from results


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


@dataclass(frozen=True, slots=True)
class _InWorker(Generic[T, R]):
    """Calls `function` in a worker process, which ends when its parent process is killed."""

    function: Callable[[T], R]
    parent: int

    def __call__(self, item: T) -> R:
        _watch(self.parent)
        return self.function(item)


@functools.cache
def _watch(parent: int) -> None:
    # In a thread, or on another machine, the parent of this process is another one.
    if os.getppid() == parent:
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
