"""`ghtools baseline` as a user types it, on a method of three layers."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from converters.datasets.read import read_dataset
from gta_head_tools.cli.main import app

pytest.importorskip("torch")
from test_training.tiny import METHOD, write_data
from test_training.two_losses import METHOD as PAIR
from training.runs.processes import hold_folder

KEYS = {"run", "method", "loss", "seed", "epochs", "threshold", "mae", "rmse", "nae", "f1"}
CODE = ("--method", METHOD)
TRAIN = (*CODE, "--device", "cpu", "--epochs", 2)

STOPPING = """
import os, signal
from test_training.tiny import Tiny
class Slow(Tiny):
    steps = 0
    def loss(self, batch, progress):
        Slow.steps += 1
        if Slow.steps == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return super().loss(batch, progress)
"""


def run(*args: object, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["baseline", *map(str, args)])
    assert done.exit_code == code, done.output
    return done


def told(*args: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*args, "--json").stdout)
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def training(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Folder of a run, and what its training printed."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    return folder, run("train", "--data", data, *TRAIN, "--out", folder).stdout


@pytest.fixture(scope="module")
def trained(training: tuple[Path, str]) -> Path:
    return training[0]


def test_training_ends_with_scores_and_what_to_type_next(training: tuple[Path, str]) -> None:
    folder, shown = training
    assert "on 4 pictures that it never saw" in shown
    assert f"next        ghtools baseline predict {folder} PHOTO" in shown
    assert {path.name for path in folder.iterdir()} == {
        "run.json", "checkpoint.pt", "log.csv", "tensorboard", "scores.json", "predictions.png",
    }  # fmt: skip
    with Image.open(folder / "predictions.png") as picture:
        assert picture.width == 3 * 480 + 4 * 9  # picture, target, peaks


def test_a_finished_run_is_not_trained_again(trained: Path, data: Path) -> None:
    before = (trained / "checkpoint.pt").stat().st_mtime_ns
    found = told("train", "--data", data, *TRAIN, "--out", trained)
    assert found.keys() > KEYS
    assert (found["seed"], found["epochs"], found["images"], found["f1"]) == (0, 2, 4, found["f1"])
    assert (trained / "checkpoint.pt").stat().st_mtime_ns == before
    assert "finished before" in run("train", "--data", data, *TRAIN, "--out", trained).stdout


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_scores_that_are_none_are_told(trained: Path, data: Path, tmp_path: Path, text: str) -> None:
    folder = shutil.copytree(trained, tmp_path / "run")
    (folder / "scores.json").write_text(text)
    failed = run("train", "--data", data, *TRAIN, "--out", folder, code=1)
    assert f"{folder / 'scores.json'}: " in failed.stderr
    assert (failed.stdout, "remove it and train on" in failed.stderr) == ("", True)


def test_ctrl_c_saves_and_says_how_to_go_on(data: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(STOPPING)
    method = ("--method", f"{tmp_path / 'slow.py'}:Slow", "--device", "cpu")
    args = ("train", "--data", data, *method, "--epochs", 2, "--out", tmp_path / "a")
    stopped = run(*args, code=130)
    assert "interrupted" in stopped.stderr
    assert "saved after 0 of 2 epochs (2 steps); the same command goes on from there" in stopped.stderr
    (tmp_path / "slow.py").write_text(STOPPING.replace("signal.SIGINT", "0"))
    assert told(*args)["epochs"] == 2
    steps = [line.split(",")[0] for line in (tmp_path / "a" / "log.csv").read_text().splitlines()]
    assert steps[-1] == "6"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--resume", "never"), "a run is there already"),
        (("--seed", 1), "seed=0, not 1"),
        (("--set", "epochs=3"), "epochs is given twice"),
        (("--set", "lrr=3"), "did you mean 'lr'"),
        (("--recipe", "./no/where.toml"), "where.toml: cannot be read"),
        (("--recipe", "centernet_gta"), "did you mean 'centernet_gta_head'"),
        (("--device", "cuda:77"), "--device cuda:77"),
    ],
)
def test_one_clear_error(trained: Path, data: Path, asked: tuple[object, ...], message: str) -> None:
    extra = ("--force",) if "--device" in asked else ()
    folder = trained.with_name("other") if extra else trained
    failed = run("train", "--data", data, *TRAIN, "--out", folder, *asked, *extra, "--json", code=1)
    assert (failed.stdout, message in failed.stderr) == ("", True)


@pytest.mark.parametrize("asked", [["precision=fp16"], ["batch=32", "accumulate=32"], ["power=0.5"]])
def test_what_cannot_be_trained_leaves_all_as_it_was(data: Path, tmp_path: Path, asked: list[str]) -> None:
    args = ("--method", PAIR, *(f"--set={each}" for each in asked), "--device", "cpu", "--out", tmp_path / "run")
    run("train", "--data", data, *args, code=1)
    assert not (tmp_path / "run").exists()


OWN = """
import torch
from test_training.tiny import Tiny
class Targets(Tiny):
    @staticmethod
    def targets(sample, config): return {"heat": torch.zeros(len(sample.points))}
class Loss(Tiny):
    def loss(self, batch, progress): return super().loss(batch, progress)["heat"]
class Fails(Tiny):
    def predict(self, picture, *, maps=False): raise IndexError("my own mistake")
"""


@pytest.mark.parametrize(
    ("name", "told"),
    [("Targets", "target 'heat' has several shapes"), ("Loss", "each a tensor"), ("Fails", "my own mistake")],
)
def test_a_bug_of_ones_own_method_is_not_ours(data: Path, tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    failed = run("train", "--data", data, "--method", f"{tmp_path / 'mine.py'}:{name}", "--out", tmp_path / "a", code=3)
    assert told in failed.stderr
    assert f"most likely in {tmp_path / 'mine.py'}" in failed.stderr


def test_a_method_without_hooks_is_told_which(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from training.base import Method\nfrom test_training.tiny import Tiny\nclass Bare(Method): pass\n"
        "class Half(Tiny):\n    loss = Method.loss\n"
    )
    for name, told in (("Bare", "hooks targets(sample, config), loss(batch, progress), predict(picture);"),
                       ("Half", "hook loss(batch, progress); see training.base.Method")):  # fmt: skip
        place = ("--method", f"{tmp_path / 'mine.py'}:{name}", "--out", tmp_path / "a")
        failed = run("train", "--data", data, *place, "--device", "cpu", code=1)
        assert f"{name} lacks the {told}" in failed.stderr
        assert not (tmp_path / "a").exists()


def test_a_batch_above_the_data_is_told(data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for batch, told in ((12, []), (64, ["batch = 64: there are only 12 pictures to train on, so each step takes all"])):
        run("train", "--data", data, *TRAIN, "--set", f"batch={batch}", "--out", tmp_path / str(batch))
        assert not [message for message in caplog.messages if "annealing" in message]
        found = [message.removesuffix(" of them") for message in caplog.messages if "batch = " in message]
        assert found == told


def test_two_do_not_train_in_one_folder(data: Path, tmp_path: Path) -> None:
    args = ("train", "--data", data, *TRAIN, "--out", tmp_path, "--force")
    with hold_folder(tmp_path):
        assert f"{tmp_path}: another process trains in it" in run(*args, code=1).stderr
    assert not list(tmp_path.iterdir())
    run(*args)


def test_a_recipe_and_settings(data: Path, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(f'# command\nmethod = "{METHOD}"\nepochs = 1\nlr = 0.1\n')
    args = ("--data", data, "--recipe", tmp_path / "r.toml", *CODE, "--set", "batch=8", "--device", "cpu")
    found = told("train", *args, "--out", tmp_path / "a", "--set", "val_share=0")
    config = json.loads((tmp_path / "a" / "run.json").read_text())["config"]
    assert (config["lr"], config["batch"], found["epochs"], found["threshold"]) == (0.1, 8, 1, 0.5)


def test_evaluation_of_what_a_run_held_out_and_of_other_data(trained: Path, data: Path, tmp_path: Path) -> None:
    first = told("eval", trained, *CODE)
    scores = json.loads((trained / "scores.json").read_text())
    assert {key: first[key] for key in KEYS - {"run"}} == {key: scores[key] for key in KEYS - {"run"}}
    assert first["protocols"].keys() == {"counting", "nwpu", "keypoint"}
    assert told("eval", trained, *CODE, "--split", "train")["images"] == 12
    assert told("eval", trained, *CODE, "--data", data)["images"] == first["images"] == 4  # not those it was trained on
    shutil.copytree(data.parent, tmp_path / "other")
    other = told("eval", trained, *CODE, "--data", tmp_path / "other" / data.name)
    assert (other["images"], other["protocols"]["nwpu"].keys() >= {"sigma_l"}) == (20, True)
    shown = run("eval", trained, *CODE, "--split", "all").stdout
    assert "nwpu: Places, as NWPU-Crowd is judged" in shown


def test_an_export_predicts_as_its_run(trained: Path, data: Path, tmp_path: Path) -> None:
    found = told("export", trained, "--out", tmp_path / "out")
    assert sorted(Path(found[key]).name for key in ("weights", "json")) == ["tiny.json", "tiny.safetensors"]
    assert "exists already" in run("export", trained, "--out", tmp_path / "out", code=1).stderr
    pictures = data.parent / "scene0"
    both = [told("predict", path, *CODE, pictures, "--out", tmp_path / name)["images"] for name, path in (
        ("a", trained), ("b", tmp_path / "out" / "tiny.safetensors"),
    )]  # fmt: skip
    assert both[0] == both[1]
    assert [image["image"] for image in both[0]] == ["000.png", "001.png", "002.png", "003.png"]
    assert "--data" in run("eval", tmp_path / "out", *CODE, code=1).stderr
    assert told("eval", tmp_path / "out", *CODE, "--data", data)["images"] == 20


def test_prediction_for_people_and_as_a_data_set(
    trained: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("predict", trained, *CODE, data.parent / "scene1" / "004.png", "--threshold", 0)
    assert done.stdout.startswith("004.png: 64 heads")
    assert (tmp_path / "ghtools-predictions-004" / "overlays" / "004.jpg").is_file()
    done = run(
        "predict", trained, *CODE, data.parent, "--from", "coco", "--to", "csv", "--out", "found", "--images", "none"
    )
    assert "found: a data set as csv" in done.stdout
    assert read_dataset(tmp_path / "found")[1].image_count == 20


def test_predictions_on_what_a_run_held_out_have_its_scores(
    trained: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scores = json.loads((trained / "scores.json").read_text())
    found = told("predict", trained, *CODE, "--split", "test", "--to", "coco", "--out", "found")
    assert (len(found["images"]), found["threshold"]) == (scores["images"], scores["threshold"])
    both = ("evaluate", "found", data, "--missing", "skip", "--protocol", "nwpu", "--json")
    done = CliRunner().invoke(app, [*map(str, both)])
    judged = json.loads(done.stdout)
    assert "images that one side has are left out: 16 of heads.json alone" in done.stderr
    assert scores["f1"] > 0
    assert {name: scores[name] for name in ("mae", "rmse", "nae", "f1")} == {
        **{name: pytest.approx(judged[name], abs=1e-12) for name in ("mae", "rmse", "nae")},
        "f1": pytest.approx(judged["sigma_l"]["f1"], abs=1e-12),
    }
    named = told("predict", trained, *CODE, data, "--split", "test", "--to", "coco", "--out", "named")
    assert named["images"] == found["images"]
    assert len(told("predict", trained, *CODE, "--split", "train", "--out", "train")["images"]) == 12
    assert (tmp_path / "train" / "overlays").is_dir()
    run("export", trained, "--out", "weights")
    done = run("predict", "weights", *CODE, data, "--split", "test", "--out", "all")  # data without splits: all of them
    assert "20 images" in done.stdout
    assert "say --split test for its own" in run("predict", trained, *CODE, code=1).stderr


def test_missing_pictures_are_left_out_when_asked(data: Path, tmp_path: Path) -> None:
    labels = Path(shutil.copytree(data.parent, tmp_path / "d")) / data.name
    (tmp_path / "d" / "scene0" / "001.png").unlink()
    args = ("train", "--data", labels, *TRAIN, "--out", tmp_path / "a")
    assert "(1 of 20 are); bring them, or say --skip-missing" in run(*args, code=1).stderr
    scores = told(*args, "--skip-missing")
    assert told("eval", tmp_path / "a", *CODE)["mae"] == scores["mae"]
    counted = [told("predict", tmp_path / "a", *CODE, "--split", each, "--out", tmp_path / each)["images"] for each in
               ("train", "val", "test", "all")]  # fmt: skip
    assert [len(each) for each in counted][3] == 19
    assert sum(len(each) for each in counted) == 2 * 19
    gone = counted[2][0]["image"]
    (tmp_path / "d" / gone).unlink()
    assert told("eval", tmp_path / "a", *CODE, "--skip-missing")["images"] == len(counted[2]) - 1


def test_without_a_run_the_shipped_model_is_used(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.predict.__file__", str(tmp_path / "predict.py"))
    failed = run("predict", data.parent / "scene1", code=1)
    assert "the model that ships is used. It has seen rendered crowds only" in failed.stderr
    assert "the model that ships with ghtools is not there" in failed.stderr


def test_a_file_of_data_never_loads_code(trained: Path, data: Path, tmp_path: Path) -> None:
    run("export", trained, "--out", tmp_path / "out")
    (tmp_path / "trap.py").write_text("raise SystemExit('the code ran')\n")
    (tmp_path / "r.toml").write_text(f'method = "{tmp_path / "trap.py"}:Tiny"\n')
    for place in (tmp_path / "run", tmp_path / "out"):
        if place.name == "run":
            shutil.copytree(trained, place)
        for described in place.glob("*.json"):
            text = described.read_text().replace(METHOD, f"{tmp_path / 'trap.py'}:Tiny")
            described.write_text(text)
    picture = data.parent / "scene1" / "004.png"
    tries = [
        *[("predict", tmp_path / "out", picture), ("eval", tmp_path / "run", "--data", data), ("compare", trained)],
        *[("compare", tmp_path / "run"), ("train", "--data", data, "--recipe", tmp_path / "r.toml")],
    ]
    for args in tries:
        told = run(*args, code=1).stderr
        assert "it is code, and a file of data never loads code; if you trust it, say --method" in told
        assert "the code ran" not in told
    assert "004.png" in run("predict", tmp_path / "out", picture, *CODE, "--out", tmp_path / "found").stdout


def test_a_run_alone_is_no_picture(trained: Path) -> None:
    assert "is a trained run; name the pictures after it" in run("predict", trained, *CODE, code=1).stderr
    assert "--threshold nan: expected" in run("predict", trained, *CODE, trained, "--threshold", "nan", code=1).stderr
    assert "got 3 paths" in run("predict", "a", "b", "c", code=2).stderr


def test_the_list_for_programs_and_people() -> None:
    methods = {method["name"]: method for method in told("list")["methods"]}
    centernet = methods["centernet"]
    assert centernet.keys() >= {"name", "paper", "input", "predicts", "losses", "parameters", "recipes"}
    assert centernet["parameters"]["dla34-deformable"] == 19_613_861
    assert centernet["parameters"]["dla34-plain"] == 18_974_133
    assert "19,613,861" in run("list").stdout


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for verb in (("list",), ("train",), ("eval", "x"), ("predict", "x"), ("export", "x"), ("explain", "mfl")):
        assert "pip install 'gta-head-tools[train]'" in run(*verb, code=1).stderr


def test_a_loss_is_explained_in_pictures(tmp_path: Path) -> None:
    assert "did you mean 'mfl'" in run("explain", "mlf", code=1).stderr
    files = told("explain", "mfl", "--out", tmp_path / "mfl")["files"]
    assert files
    assert all(Path(file).is_file() for file in files)
    assert "exists already" in run("explain", "mfl", "--out", tmp_path / "mfl", code=1).stderr
