"""Comparisons of runs, on a method of three layers."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError, GtaHeadError
from gta_head_tools.pictures import read_picture
from test_training.counts_tiny import METHOD as COUNTS
from test_training.counts_tiny import CountsConfig
from test_training.tiny import write_data
from test_training.two_losses import METHOD, TINY, PairConfig
from training.figures.compare_figure import choose_pictures
from training.runs.run_folder import Run
from training.samples.splits import hash_of_heads
from training.scores.compare import Row, Trained, as_csv, as_told, make_rows, paired_interval, read_trained
from training.scores.compare_runs import CompareReport, CompareRequest, compare, plan_runs, split_losses
from training.train_run import TrainRequest


def trained(loss: str, seed: int, mae: float, f1: float | None = 0.5, **settings: Any) -> Trained:
    config = PairConfig(loss=loss, seed=seed, **settings)  # type: ignore[arg-type]  # as a recipe has it
    run = Run(Path(f"{loss}-{seed}"), METHOD, config, Path("d"), "coco", (), {})
    known = {"mae": mae, "rmse": 2 * mae, "nae": 0.1, "f1": f1, "threshold": 0.4, "crowding_bound": None}
    counted = {"images": 4, "heads": 12, "test_sha256": "a"}
    return Trained(run, known | counted | dict.fromkeys(("precision", "recall", "ap50")))


def three_seeds() -> list[Row]:
    """`even` with seeds 0 to 3, `steep` with seeds 2, 1, 0."""
    first = [trained("even", seed, mae) for seed, mae in enumerate([3.0, 4.0, 5.5, 9.0])]
    other = [trained("steep", seed, mae, f1) for seed, mae, f1 in [(2, 5.0, 0.5), (1, 4.5, 0.7), (0, 2.0, 0.4)]]
    return make_rows(first + other)


def test_mean_and_spread_are_those_of_numpy() -> None:
    found = three_seeds()[0].spread("mae")
    assert found is not None
    assert found.mean == pytest.approx(np.mean([3.0, 4.0, 5.5, 9.0]))
    assert found.spread == pytest.approx(np.std([3.0, 4.0, 5.5, 9.0], ddof=1))


def test_differences_are_of_the_same_seeds_and_say_who_is_better() -> None:
    first, other = three_seeds()
    mae, f1 = other.difference(first, "mae"), other.difference(first, "f1")
    assert mae is not None
    assert f1 is not None
    assert mae.difference.values == {0: -1.0, 1: 0.5, 2: -0.5}
    assert mae.difference.mean == pytest.approx(-1 / 3)
    assert mae.difference.spread == pytest.approx(np.std([-1, 0.5, -0.5], ddof=1))
    assert (mae.better, f1.better) == (2, 1)  # a tie is none


def test_what_a_method_does_not_say_is_not_compared() -> None:
    first, other = make_rows([trained("even", 0, 3.0, f1=None), trained("steep", 0, 2.0)])
    assert first.spread("f1") is None
    assert other.difference(first, "f1") is None
    assert as_told([first, other])["rows"][1]["differences"]["f1"] is None
    one = other.spread("mae")
    assert one is not None
    assert (one.mean, one.spread) == (2.0, None)


def test_rows_are_named_by_what_tells_them_apart() -> None:
    runs = [trained("steep", 0, 1.0, power=3.0), trained("steep", 0, 1.0), trained("even", 1, 1.0, lr=0.5)]
    assert [row.name for row in make_rows(runs)] == ["steep lr=0.01 power=3", "steep lr=0.01", "even lr=0.5"]
    free = [trained("even", 0, 1.0, workers=2), trained("even", 1, 1.0)]
    assert [list(row.runs) for row in make_rows(free)] == [[0, 1]]
    idle = [trained("even", seed, 1.0, optimizer="adam", momentum=0.5 + seed / 10) for seed in (0, 1)]
    assert [(row.name, list(row.runs)) for row in make_rows(idle)] == [("even", [0, 1])]  # Adam has no momentum
    configs = [CountsConfig(lr=lr, typical_side=side) for lr, side in ((0.1, 3.0), (0.2, 4.0))]
    fitted = [replace(free[0], run=replace(free[0].run, method=COUNTS, config=config)) for config in configs]
    assert [row.name for row in make_rows(fitted)] == ["Counts lr=0.1", "Counts lr=0.2"]  # a side is fitted to data
    with pytest.raises(ConfigError, match="even-0 and even-0: runs of the same"):
        make_rows([free[0], free[0]])


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        ("mfl", ["mfl"]),
        ("mfl, focal:gamma=4,alpha_pos=1 ,cornernet", ["mfl", "focal:gamma=4,alpha_pos=1", "cornernet"]),
        ("focal:gamma=4,focal:gamma=2,eps1=1", ["focal:gamma=4", "focal:gamma=2,eps1=1"]),
    ],
)
def test_losses_are_split_from_their_settings(text: str, losses: list[str]) -> None:
    assert split_losses(text) == losses


@pytest.mark.parametrize("text", ["gamma=4,focal", "focal,gamma=4", "mfl,,focal", ""])
def test_losses_that_cannot_be_split(text: str) -> None:
    with pytest.raises(ConfigError, match="--losses"):
        split_losses(text)


def asked(data: Path | None, out: Path, **changes: Any) -> CompareRequest:
    training = TrainRequest(data=data, device="cpu")
    return replace(
        CompareRequest(methods=METHOD, losses="even,steep:power=1.5", seeds="0,1", training=training, out=out),
        **changes,
    )


def compared(request: CompareRequest) -> CompareReport:
    report = compare(request)
    assert report is not None
    return report


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def done(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a comparison of two losses over two seeds."""
    out = tmp_path_factory.mktemp("runs")
    report = compared(asked(data, out, figure=True))
    assert {*report.speeds} == {row.name for row in report.rows}
    assert min(report.speeds.values()) > 0
    return out


NAMES = ["pair-even-0", "pair-even-1", "pair-steep-power=1.5-0", "pair-steep-power=1.5-1"]


def stamps(out: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in out.glob("*/checkpoint.pt")}


def lines_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def test_a_comparison_trains_what_is_missing(done: Path) -> None:
    assert sorted(stamps(done)) == NAMES
    lines = lines_of(done / "comparison.csv")
    assert [(line["loss"], line["settings"], line["seed"]) for line in lines] == [
        ("even", "", "0"), ("even", "", "1"), ("steep", "power=1.5", "0"), ("steep", "power=1.5", "1"),
    ]  # fmt: skip
    for line in lines:
        scores = json.loads((Path(line["run"]) / "scores.json").read_text())
        assert (float(line["mae"]), float(line["threshold"])) == (scores["mae"], scores["threshold"])


def test_a_figure_has_target_map_and_peaks_of_all_rows(done: Path) -> None:
    picture = read_picture(done / "comparison.png")
    assert picture.shape[1] == pytest.approx(6 * 480, abs=200)
    assert picture.shape[0] > 3 * 480


def test_losses_see_the_same_samples_in_the_same_order(done: Path) -> None:
    even, other, steep = (lines_of(done / name / "log.csv") for name in NAMES[:3])
    heads = [[line["n_positives"] for line in lines] for lines in (even, other, steep)]
    assert heads[0] == heads[2] != heads[1]
    assert float(steep[0]["loss_heat"]) == pytest.approx(float(even[0]["loss_heat"]) ** 1.5, rel=1e-4)  # same weights


def test_the_same_command_again_works_on_what_is_missing_alone(data: Path, done: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    shutil.copytree(done, out)
    before = stamps(out)
    report = compared(asked(data, out))
    assert stamps(out) == before
    (report.rows[0].runs[1].run.folder / "scores.json").unlink()
    shutil.rmtree(report.rows[1].runs[0].run.folder)
    assert as_csv(compared(asked(data, out)).rows) == as_csv(report.rows)
    assert {name for name, stamp in stamps(out).items() if before[name] != stamp} == {
        report.rows[0].runs[1].run.folder.name, report.rows[1].runs[0].run.folder.name,
    }  # fmt: skip


def test_finished_runs_are_compared_in_the_order_given(done: Path, tmp_path: Path) -> None:
    report = compared(CompareRequest(runs=sorted(done.iterdir(), reverse=True), methods=METHOD, out=tmp_path))
    assert [(row.name, list(row.runs)) for row in report.rows] == [("steep power=1.5", [0, 1]), ("even", [0, 1])]
    assert (report.figure, report.table) == (None, tmp_path / "comparison.csv")


def test_runs_on_other_heads_are_refused(done: Path, tmp_path: Path) -> None:
    changed = write_data(tmp_path)
    labels = json.loads(changed.read_text())
    for head in labels["annotations"]:
        head["bbox"][2] = 5
    changed.write_text(json.dumps(labels))
    compare(asked(changed, tmp_path / "runs", losses="even", seeds="3"))
    with pytest.raises(
        ConfigError, match=r"pair-even-3 was scored on 4 pictures \(.*of .*, but .*pair-even-0 was scored"
    ):
        read_trained([done / "pair-even-0", tmp_path / "runs" / "pair-even-3"], [METHOD])


def test_the_same_heads_elsewhere_are_the_same() -> None:
    image = ImageAnnotations(ImageInfo("a.jpg"), [(1.0, 2.0), (3.0, 4.0)])
    other = ImageAnnotations(ImageInfo("a.jpg", scene="s", split="test"), [(1.0, 2.0), (3.0, 4.0)])
    assert hash_of_heads([image, image]) == hash_of_heads([other, other])
    ignored, moved = image.replace(ignore=[False, True]), image.replace(points=[(1.0, 2.0), (3.0, 4.5)])
    changes = [[image], [image, ignored], [image, moved], [image, image.replace(info=ImageInfo("b.jpg"))]]
    assert len({hash_of_heads(each) for each in [[image, image], *changes]}) == 5


def test_what_is_not_finished_or_has_no_scores_is_refused(data: Path, tmp_path: Path) -> None:
    training = TrainRequest(data=data, pairs=("test_share=0",), device="cpu")
    with pytest.raises(ConfigError, match="was scored on no pictures"):
        compare(asked(data, tmp_path, losses="even", seeds="0", training=training))
    folder = next(path.parent for path in tmp_path.glob("*/scores.json"))
    (folder / "scores.json").unlink()
    with pytest.raises(ConfigError, match="is not finished; go on"):
        compare(CompareRequest(runs=[folder], methods=METHOD, out=tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"losses": "even,stepe"}, "did you mean 'steep'"),
        ({"losses": "even,steep:powr=2"}, "did you mean 'power'"),
        ({"losses": "even,steep:power=0.5"}, "power = 0.5: at least 1"),
        ({"losses": "even,even"}, "is asked for twice"),
        ({"seeds": "0,1,a"}, "--seeds '0,1,a': expected whole numbers"),
        ({"methods": f"{METHOD},nothing"}, "unknown method 'nothing'"),
        ({"methods": None, "losses": None, "seeds": None}, "name finished runs, or say what to train"),
        ({"runs": [Path("a")]}, "not both"),
        ({"rates": "1e-3,,2e-3"}, "--lr '1e-3,,2e-3'"),
        ({"rates": "fast"}, "lr = 'fast'"),
        ({"recipes": [Path("a.toml"), Path("b.toml")]}, "each of several recipes names its own method"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_is(
    data: Path, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(GtaHeadError, match=message):
        compare(asked(data, tmp_path / "runs", **changes))
    assert not (tmp_path / "runs").exists()


def test_a_method_with_one_loss_stands_beside_those_with_several(tmp_path: Path) -> None:
    plan = plan_runs(asked(tmp_path, tmp_path, methods=f"{METHOD},{TINY}", losses="even,steep", seeds="5"))
    names = [each.out.name.lower() for each in plan if each.out is not None]
    assert names == ["pair-even-5", "pair-steep-5", "tiny-5"]
    request = asked(tmp_path, tmp_path, methods="mcnn,deepcount", losses="mse,bsl", seeds="5")
    plan = plan_runs(replace(request, training=replace(request.training, pairs=("width_share=0.05",))))
    assert [each.out.name for each in plan if each.out] == ["mcnn-mse-5", "mcnn-bsl-5", "deepcount-l1-5"]


def test_each_of_several_recipes_is_a_row_named_by_its_file(tmp_path: Path) -> None:
    recipes = [tmp_path / "narrow.toml", tmp_path / "long.toml", tmp_path / "other.toml"]
    for path, text in zip(recipes, ("width_share = 0.5", "epochs = 9", 'loss = "mse"'), strict=True):
        path.write_text(f'method = "mcnn"\n{text}\n')
    plan = plan_runs(asked(tmp_path, tmp_path, methods=None, losses=None, recipes=recipes, seeds="5,6"))
    assert [each.out.name.rpartition("-")[2] for each in plan if each.out is not None] == ["5"] * 3 + ["6"] * 3
    assert [each.out.name.partition("-")[0] for each in plan[:3] if each.out is not None] == ["narrow", "long", "other"]
    assert [each.recipe for each in plan[:3]] == recipes


def test_of_several_rates_the_best_in_validation_goes_on(data: Path, tmp_path: Path) -> None:
    report = compared(asked(data, tmp_path, losses="even", seeds="0,1", rates="1e-2,1e-6"))
    assert [(each.lr, each.run.name) for each in report.rates] == [
        (1e-2, "pair-even-lr=1e-2-0"),
        (1e-6, "pair-even-lr=1e-6-0"),
    ]
    (best,) = [each for each in report.rates if each.chosen]
    assert best.val_mae == min(each.val_mae for each in report.rates)
    (row,) = report.rows
    assert [each.run.folder.name for each in row.runs.values()] == [
        best.run.name, f"{best.run.name.removesuffix('0')}1"
    ]  # fmt: skip
    assert {each.run.config.lr for each in row.runs.values()} == {best.lr}


def test_pictures_of_a_figure_have_few_some_and_many_heads() -> None:
    images = [
        ImageAnnotations(ImageInfo(f"{number}.jpg"), np.full((count, 2), 1.0))
        for number, count in enumerate([7, 0, 3, 90, 3, 8, 9])
    ]
    assert [len(image) for image in choose_pictures(images)] == [3, 8, 90]
    assert choose_pictures(images)[0].info.path == "2.jpg"
    assert [len(image) for image in choose_pictures(images[:1])] == [7]
    assert len(choose_pictures(images[1:2])) == 1


def test_the_interval_is_that_of_scenes_drawn_anew() -> None:
    random = np.random.default_rng(1)
    differences = random.normal(2.0, 5.0, 30)
    low, high = paired_interval(differences, np.ones(30))
    mean, error = differences.mean(), differences.std(ddof=1) / 30**0.5
    assert (low, high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.35)
    twice = paired_interval(np.array([0.0, 6.0]), np.array([2.0, 1.0]))
    assert twice == (0.0, 6.0)


def test_differences_of_counts_have_an_interval_over_scenes() -> None:
    rows = []
    for loss, seed, errors in [("even", 0, (3, 5)), ("even", 1, (4, 4)), ("steep", 0, (4, 9)), ("steep", 1, (5, 6))]:
        found = trained(loss, seed, float(np.mean(errors)))
        scenes = {name: {"images": 2, "mae": error} for name, error in zip("ab", errors, strict=True)}
        rows.append(Trained(found.run, {**found.scores, "scenes": scenes}))
    first, other = make_rows(rows)
    mae, f1 = other.difference(first, "mae"), other.difference(first, "f1")
    assert mae is not None
    assert f1 is not None
    assert mae.interval == (1, 3)  # by scene, over the seeds: 1 and 3
    assert f1.interval is None
    assert three_seeds()[1].difference(three_seeds()[0], "mae").interval is None  # type: ignore[union-attr]
