"""`ghtools baseline compare` as a user types it, on a method of three layers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gta_head_tools.cli.baseline_compare import _interval, _tell_differences, _tell_losses
from gta_head_tools.cli.main import app

pytest.importorskip("torch")
from test_training.tiny import write_data
from test_training.two_losses import METHOD, PairConfig
from training.runs.run_folder import Run
from training.scores.compare import Difference, Spread, Trained, make_rows
from training.scores.compare_runs import CompareReport, TriedRate

STOPPING = """
import os, pathlib, signal
from test_training.two_losses import Pair
STOPPED = pathlib.Path(__file__).with_name("stopped")
class Pair(Pair):
    def loss(self, batch, progress):
        if self.config.loss == "steep" and progress > 0 and not STOPPED.exists():
            STOPPED.touch()
            os.kill(os.getpid(), signal.SIGINT)
        return super().loss(batch, progress)
"""


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["baseline", "compare", *map(str, args)])
    assert done.exit_code == code, done.output
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def compared(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Folder of the runs, and what was told of them."""
    out = tmp_path_factory.mktemp("runs")
    what = ("--methods", METHOD, "--losses", "even,steep:power=3,lr=1", "--seeds", "0,1", "--device", "cpu")
    return out, json.loads(run("--data", data, *what, "--out", out, "--json").stdout)


def test_the_table_for_programs(compared: tuple[Path, dict[str, Any]]) -> None:
    out, told = compared
    assert (told["images"], told["table"], told["figure"]) == (4, str(out / "comparison.csv"), None)
    first, other = told["rows"]
    assert (other["name"], other["settings"]["power"]) == ("steep lr=1 power=3", 3.0)
    assert first["mae"].keys() == {"mean", "spread", "values"}
    assert first["differences"] is None
    for score in ("mae", "rmse", "f1"):
        values = {seed: other[score]["values"][seed] - first[score]["values"][seed] for seed in ("0", "1")}
        assert other["differences"][score]["values"] == pytest.approx(values)
        better = [value > 0 if score == "f1" else value < 0 for value in values.values()]
        assert other["differences"][score]["better"] == sum(better)


def test_the_table_for_people(compared: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    out, told = compared
    shown = run(
        *(folder for row in told["rows"] for folder in row["runs"]), "--methods", METHOD, "--out", tmp_path
    ).stdout
    mae = told["rows"][0]["mae"]
    assert f"{mae['mean']:.2f} ± {mae['spread']:.2f}" in shown
    assert "difference to even lr=0.01, seed by seed" in shown
    (recall,) = {row["recall"] for row in told["rows"][0]["recall_by_size"] if row["heads"]}
    assert "4 to 6 px" in shown
    assert f"{recall:.2f}" in shown.partition("recall by the size of heads")[2]
    assert f"{told['rows'][1]['differences']['mae']['better']} of 2" in shown
    assert (tmp_path / "comparison.csv").read_bytes() == (out / "comparison.csv").read_bytes()
    one = run(told["rows"][0]["runs"][0], "--methods", METHOD, "--out", tmp_path).stdout
    assert "one seed does not show" in one
    assert "±" not in one.splitlines()[3]


def test_networks_that_give_sizes_are_compared_by_their_errors(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        Trained(
            Run(Path(loss), METHOD, PairConfig(loss=loss), Path("d"), "coco", (), {}),  # type: ignore[arg-type]  # as read
            {"size_error": error, "crowding_bound": None},
        )
        for loss, error in (("even", 0.15), ("steep", 0.12))
    ]
    _tell_differences(make_rows(found), ["size_error", "size_coverage"])
    shown = capsys.readouterr().out
    assert "-0.030" in shown
    assert "1 of 1" in shown
    assert "MAE" not in shown


@pytest.mark.parametrize(
    ("interval", "shown"),
    [
        ((-3.0, 0.5), ("-3.00 to +0.50", "not shown")),
        ((-3.0, -1.0), ("-3.00 to -1.00", "this row")),
        ((1.0, 3.0), ("+1.00 to +3.00", "first row")),
        ((0.0, 0.0), ("+0.00 to +0.00", "not shown")),
        (None, ("-", "-")),
    ],
)
def test_an_interval_says_which_row_counts_better(interval: tuple[float, float] | None, shown: tuple[str, str]) -> None:
    difference = Difference(Spread(-1.0, None, {0: -1.0}), 1, interval)
    assert _interval(difference) == shown


def counted(method: str, loss: str, mae: float, **settings: Any) -> Trained:
    config = PairConfig(loss=loss, **settings)  # type: ignore[arg-type]  # a loss of another method
    scores = {"mae": mae, "rmse": 2 * mae}
    return Trained(Run(Path(f"{method}-{loss}"), method, config, Path("d"), "coco", (), {}), scores)


def test_losses_by_method(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [counted("mcnn", "mse", 110.2), counted("mcnn", "bsl", 88.2), counted("csrnet", "mse", 68.2)]
    _tell_losses(CompareReport(make_rows(runs[:2]), Path("t"), None))  # one method
    each_its_own = [runs[0], runs[2], counted("iim", "masks", 50.0)]
    _tell_losses(CompareReport(make_rows(each_its_own), Path("t"), None))  # no method with several losses
    assert capsys.readouterr().out == ""
    _tell_losses(CompareReport(make_rows(runs), Path("t"), None))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[2] == ["mcnn", "MAE", "mcnn", "RMSE", "csrnet", "MAE", "csrnet", "RMSE"]
    assert lines[4:] == [
        ["mse", "110.20", "220.40", "68.20", "136.40"],
        ["bsl", "88.20", "-20.0%", "176.40", "-20.0%", "-", "-"],
    ]
    tried = [counted("mcnn", "mse", 110.2, lr=0.1), *runs[1:], counted("csrnet", "bsl", 63.1, lr=0.1)]
    _tell_losses(CompareReport(make_rows(tried), Path("t"), None, [TriedRate(Path("a"), 0.1, 1.0, chosen=True)]))
    assert "88.20 -20.0%" in capsys.readouterr().out  # rows whose rates differ are in one line


def test_ctrl_c_and_the_same_command_go_on(data: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(STOPPING)
    what = ("--methods", f"{tmp_path / 'slow.py'}:Pair", "--losses", "even,steep", "--seeds", 0, "--epochs", 2)
    args = ("--data", data, *what, "--device", "cpu", "--out", tmp_path / "runs")
    stopped = run(*args, code=130)
    assert "pair-steep-0: saved after 0 of 2 epochs (2 steps); the same command goes on from there" in stopped.stderr
    first = (tmp_path / "runs" / "pair-even-0" / "checkpoint.pt").stat().st_mtime_ns
    assert len(json.loads(run(*args, "--json").stdout)["rows"]) == 2
    assert (tmp_path / "runs" / "pair-even-0" / "checkpoint.pt").stat().st_mtime_ns == first


def test_one_clear_error(compared: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder = compared[1]["rows"][0]["runs"][0]
    assert (
        "is no record of a run that can be used" in run(folder, tmp_path, "--methods", METHOD, "--json", code=1).stderr
    )
    assert "not both" in run(folder, "--losses", "even", code=1).stderr
    assert "name finished runs, or say what to train" in run(code=1).stderr
