"""The same work on a dask cluster: one scheduler and one worker on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import distributed
import pytest

from gta_head_tools.errors import ConfigError
from gta_head_tools.parallel import run

pytestmark = pytest.mark.filterwarnings("ignore")  # of dask and its web server, not ours


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    start = distributed.LocalCluster
    with start(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:  # type: ignore[no-untyped-call]
        yield cluster.scheduler_address


def _square(number: int) -> int:
    if number < 0:
        raise ConfigError("negative")
    return number * number


def test_results_come_in_order(address: str) -> None:
    assert list(run(_square, [3, 1, 2], cluster=address)) == [9, 1, 4]


def test_errors_come_back_as_they_are(address: str) -> None:
    with pytest.raises(ConfigError, match="negative"):
        list(run(_square, [1, -1], cluster=address))


def test_an_address_without_a_scheduler_is_one_clear_error() -> None:
    with pytest.raises(ConfigError, match="no dask scheduler answers"):
        list(run(_square, [1], cluster="tcp://127.0.0.1:9"))
