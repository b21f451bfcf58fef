"""One way to run over scenes or images: in turn, on the cores of this machine, or on a dask cluster."""

from __future__ import annotations

import functools
import os
import signal
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
    """Results of `function` over `items`, in their order; what it returns does not depend on `jobs`.

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
    return _results(function, items, jobs, cluster)  # a generator of its own, so that bad numbers are told at once


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
    with _deaf_to_ctrl_c():
        results = joblib.Parallel(n_jobs=workers, return_as="generator")(
            joblib.delayed(in_worker)(item) for item in items
        )
    yield from results


@contextmanager
def stopped_at_end(results: Generator[R, None, None], clear_up: Callable[[], object]) -> Iterator[None]:
    """Around the use of `run`'s results: clears up at its end, and after an error or Ctrl-C stops the workers first.

    What a living process writes is not cleared up.
    """
    try:
        yield
    except BaseException as error:
        results.throw(error)  # It comes back; `close` would warn.
        raise
    finally:
        clear_up()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Around the start of workers, which stay so: Ctrl-C reaches them too, and it is this process that stops them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


@dataclass(frozen=True, slots=True)
class _InWorker(Generic[T, R]):
    """`function` in worker processes that do not outlive the one that started them, which may be killed alone."""

    function: Callable[[T], R]
    parent: int

    def __call__(self, item: T) -> R:
        _watch(self.parent)
        return self.function(item)


@functools.cache
def _watch(parent: int) -> None:
    # Elsewhere (a thread, another machine) there is no such parent.
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
        # The dask backend of joblib gives no generator: the list keeps the order.
        yield from joblib.Parallel()(joblib.delayed(function)(item) for item in items)
