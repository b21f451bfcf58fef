"""Predictions as files: a data set of any format, or pictures and tables for people.

For people a folder is made of:
    heads.csv   every head that counts, with its score, in our CSV format
    counts.csv  one row an image: image,count; for a video also frame,seconds
    overlays/   the heads drawn on every picture; for a video only on the frame with the most heads
    maps/       with `maps`: picture, target where heads are known, the maps of the method and its peaks
A method that predicts counts, no heads, has neither heads.csv nor overlays.
"""

from __future__ import annotations

import csv
import io
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from converters.datasets.guards import check_target_free, check_target_pictures
from converters.datasets.held_heads import once_read
from converters.datasets.write import check_places, find_writer, write_scenes
from converters.files.pictures.picture_paths import kept_paths
from converters.files.pictures.pictures import ImageMode, fill_scene
from converters.formats.format import two_sizes
from converters.formats.options import NoOptions, parse_options
from converters.formats.registry import check_target_format, check_target_name, find_format, format_name
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, LossyConversionError
from gta_head_tools.files import own_name
from gta_head_tools.locks import locked
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import replacing_folder, write_text
from training.base import Method
from training.families.fitted import Fitted
from training.figures.drawn_predictions import Drawings
from training.predict import predicted, shipped_model
from training.runs.checkpoint import load_method
from training.runs.run_folder import Split, find_run, images_of_split
from training.samples.picture_source import Source, open_source, source_of

DENSITY = "density"
"""The format of density maps."""
MAP_KERNEL = ("sigma", "k", "beta", "two")
"""Its options that say how heads are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictOptions:
    """What is written.

    Attributes:
        to: format of a data set; None = pictures and tables for people.
        write_options: `key=value` options of the format.
        images: whether the data set links, copies or leaves out the pictures.
        maps: also draw the maps of the method.
        allow_lossy: the format need not hold the scores.
        force: overwrite.
    """

    to: str | None = None
    write_options: Sequence[str] = ()
    images: ImageMode = "link"
    maps: bool = False
    allow_lossy: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictRequest:
    """What to predict on, and with what.

    Attributes:
        images: a picture, a video, a folder or a data set; None = the data of the run, of which `split` is taken.
        run: path of a run, an export or weights; None = the model that ships.
        split: only this one of a data set. Where the data of the run are named, its own splits are used.
        out: where to write; None = `default_out`.
        threshold: score above which candidates count; None = that of the method.
        format_name: of a data set; None = detected.
        options: `key=value` options of that format.
        device: see `find_device`.
        skip_missing: leave out images of a data set without a picture.
        scale: of the pictures, above 1 for heads that are smaller than those that the method learned; None = its own.
        flip: predict the mirrored picture as well, and average; None = as the method does.
        methods: that the user names, see `trusted_name`.
    """

    images: Path | None
    run: Path | None = None
    split: Split | None = None
    out: Path | None = None
    threshold: float | None = None
    format_name: str | None = None
    options: Sequence[str] = ()
    device: str = "auto"
    skip_missing: bool = False
    scale: float | None = None
    flip: bool | None = None
    methods: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PredictReport:
    """What was predicted.

    Attributes:
        model: path of the model.
        counts: heads by path of the image.
        threshold: score above which a candidate counted; None = predictions have no scores.
        format: of the data set; None = pictures and tables.
        out: folder or file that was written.
        maps: folder of the maps; None = none were drawn.
        written: what is in the folder for people; empty for a data set.
        rate: frames a second of a video, 0 = unknown; None = no video.
        notes: for the user; of `write_predictions`, how the pictures differ from what the model that ships learned.
        unused: what is wrong with pictures that are left out because they cannot be used.
    """

    model: Path
    counts: dict[str, float]
    threshold: float | None
    format: str | None
    out: Path
    maps: Path | None
    written: tuple[str, ...] = ()
    rate: float | None = None
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def predict_files(request: PredictRequest, options: PredictOptions, *, track: Track = no_progress) -> PredictReport:
    """Load a method, predict and write.

    Raises:
        GtaHeadError: no such method or pictures, or what `write_predictions` refuses.
    """
    images = request.images
    if request.run is None and images and ((images / "run.json").exists() or images.suffix == ".safetensors"):
        raise ConfigError(f"{images}: is a trained run; name the pictures after it, or say --split test for its own")
    model = request.run or shipped_model()
    source = _open(request, track)
    method = load_method(model, request.device, methods=request.methods)
    if "sizes" in method.PREDICTS:
        raise ConfigError(
            f"{model}: gives sizes to heads whose points are known, and finds none; "
            f"say ghtools interpolate-boxes SRC --rule learned --model {model}"
        )
    if request.threshold is not None:
        if method.score_threshold is None:
            raise ConfigError("--threshold: this method finds heads without a threshold that could be replaced")
        if math.isnan(request.threshold):
            raise ConfigError("--threshold nan: expected a number; candidates with higher scores count")
        method.threshold = request.threshold
    _adjust(method, request)
    report = write_predictions(
        method, source, request.out or default_out(images or model), options, model=model, track=track
    )
    # What a run of the user was taught is not known here.
    notes = (*source.notes, *(report.notes if request.run is None else ()))
    return replace(report, rate=source.rate, notes=notes, unused=source.unused)


def _open(request: PredictRequest, track: Track) -> Source:
    """What to predict on: the held-out part of the data of a run, or what is named."""
    run = None if request.run is None or request.split is None else find_run(request.run, request.methods)
    if request.split is not None and (request.images is None or (run and request.images.resolve() == run.source)):
        skip = request.skip_missing
        splits, chosen = images_of_split(run, request.split, request.run or Path(), skip_missing=skip, track=track)
        return source_of(splits, chosen)
    if request.images is None:
        raise ConfigError("no pictures are named; name them, or say --split for those of the run")
    return open_source(
        request.images,
        format_name=request.format_name,
        options=request.options,
        split=None if request.split == "all" else request.split,
        skip_missing=request.skip_missing,
        track=track,
    )


def _adjust(method: Method, request: PredictRequest) -> None:
    """Set the scale of the pictures and whether they are mirrored.

    Raises:
        ConfigError: the method knows neither, or scales pictures itself.
    """
    if request.scale is None and request.flip is None:
        return
    if not isinstance(method, Fitted):
        raise ConfigError(f"--scale and --flip: the method {type(method).__name__} knows neither of them")
    if request.flip is not None:
        method.flip_test = request.flip
    if request.scale is not None:
        if method.config.fit == "letterbox":
            raise ConfigError("--scale: this model scales every picture into its input (fit = letterbox)")
        if not 0.1 <= request.scale <= 10:
            raise ConfigError(f"--scale {request.scale:g}: expected a number from 0.1 to 10")
        method.scale = request.scale


def default_out(images: Path) -> Path:
    """Where predictions go that are given no place: into the current folder, which passes over them as a data set.

    >>> default_out(Path("photos/square.jpg")).as_posix()
    'ghtools-predictions-square'
    """
    return Path(f"ghtools-predictions-{Path(own_name(images)).stem if images.is_file() else own_name(images)}")


def write_predictions(
    method: Method,
    source: Source,
    out: Path,
    options: PredictOptions,
    *,
    model: Path = Path(),
    track: Track = no_progress,
) -> PredictReport:
    """Predict and write.

    Args:
        method: ready to predict.
        source: the pictures.
        out: new folder, or file of a one-file format.
        options: what to write.
        model: path of the method, for the report.
        track: sees every image go by.

    Raises:
        GtaHeadError: a picture that cannot be read, a target that is taken, or a format that cannot hold predictions.
    """
    with locked(out):
        check_target_free(source.dataset.source, out, force=options.force)
        if options.to is None:
            return replace(_for_people(method, source, out, options, track), model=model)
        return _as_data_set(method, source, out, options, model, track)


def _as_data_set(
    method: Method, source: Source, out: Path, options: PredictOptions, model: Path, track: Track
) -> PredictReport:
    name = _check_format(method, source, out, options)
    maps = out.with_name(f"{out.name}-maps") if options.maps else None
    if maps is not None:
        check_target_free(source.dataset.source, maps, force=options.force)
    drawings = Drawings(method, source, overlays=None, maps=maps)
    densities = name == DENSITY and "density" in method.PREDICTS
    found = predicted(method, source, maps=options.maps, densities=densities, on_prediction=drawings)
    # Maps are written when they are there; all maps of a data set may need more memory than there is.
    found = found if densities else once_read(found)
    chosen = parse_options(find_writer(name).options, options.write_options)
    write_scenes(found, name, out, chosen, _images(source, options), jobs=1, track=track)
    drawings.finish()
    notes = drawings.unfamiliar.notes()
    return PredictReport(model, drawings.counts, method.score_threshold, name, out, maps, notes=notes)


def _images(source: Source, options: PredictOptions) -> ImageMode:
    return options.images if source.rate is None else "none"


def _check_format(method: Method, source: Source, out: Path, options: PredictOptions) -> str:
    """Registered name of the format to write, which can hold what the method predicts."""
    name = format_name(options.to or "")
    writes = find_writer(name)
    if name == DENSITY and "density" in method.PREDICTS:
        _check_map_options(options.write_options)
    else:
        _check_holds(method, name, options)
    check_target_name(out, suffix=writes.suffix)
    check_target_format(out, name)
    if not (writes.suffix is not None and out.suffix == writes.suffix):
        check_target_pictures(source.dataset, _images(source, options))
    if writes.scenes_apart:
        _check_sizes(source.dataset)
    return name


def _check_map_options(pairs: Sequence[str]) -> None:
    """Refuse options of maps that are drawn from heads."""
    for key in (pair.partition("=")[0].strip() for pair in pairs):
        if key in MAP_KERNEL:
            raise ConfigError(f"-o {key}: is for maps that are drawn from heads, and this method predicts the maps")


def _check_holds(method: Method, name: str, options: PredictOptions) -> None:
    """Refuse a format that cannot hold the heads of a method."""
    chosen, writes = find_format(name), find_writer(name)
    if "points" not in method.PREDICTS:
        todo = f"say --to {DENSITY}, or leave out --to" if "density" in method.PREDICTS else "leave out --to"
        raise ConfigError(f"--to {name}: this method predicts counts, no heads; {todo}")
    if "boxes" not in method.PREDICTS and "points" not in chosen.holds and not writes.points_alone:
        raise LossyConversionError(f"{name} holds boxes, and this method predicts points alone; take csv or coco")
    held = chosen.holds | writes.also(parse_options(writes.options, options.write_options))
    if "score" not in held and "scores" in method.PREDICTS and not options.allow_lossy:
        raise LossyConversionError(f"{name} cannot hold the scores of predictions; --allow-lossy drops them")


def _check_sizes(dataset: Dataset) -> None:
    for scene in dataset.scenes:
        sizes = {info.size for info in fill_scene(scene, dataset.root).images if info.sized}
        if len(sizes) > 1:
            raise two_sizes(scene.name, sizes)


def _for_people(method: Method, source: Source, out: Path, options: PredictOptions, track: Track) -> PredictReport:
    check_target_name(out, suffix=None)
    with replacing_folder(out, ours=_written_here) as folder:
        maps = folder / "maps" if options.maps else None
        drawings = Drawings(method, source, overlays=folder / "overlays", maps=maps)
        found = predicted(method, source, maps=options.maps, on_prediction=drawings)
        if "points" in method.PREDICTS:
            write_scenes(found, "csv", folder / "heads.csv", NoOptions(), "none", jobs=1, track=track)
        else:
            check_places(found, "csv")
            deque(track(found, "counting", found.image_count), maxlen=0)
        drawings.finish()
        write_text(folder / "counts.csv", _count_table(source, drawings.counts))
        written = tuple(name for name in ("heads.csv", "counts.csv", "overlays") if (folder / name).exists())
    drawn = out / "maps" if options.maps else None
    notes = drawings.unfamiliar.notes()
    return PredictReport(Path(), drawings.counts, method.score_threshold, None, out, drawn, written, notes=notes)


def _written_here(path: str) -> bool:
    """Whether a file, by its path in the folder that is written, is of the kind that `_for_people` writes there."""
    return path in {"heads.csv", "counts.csv"} or (
        path.startswith(("overlays/", "maps/")) and path.endswith((".jpg", ".png"))
    )


def _count_table(source: Source, counts: dict[str, float]) -> str:
    """The text of `counts.csv`: one row an image, under its name in `heads.csv`."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    timed = source.rate is not None
    table.writerow(("image", "count", *(("frame", "seconds") if timed else ())))
    infos = (info for scene in source.dataset.scenes for info in scene.images)
    names = (name for scene in kept_paths(source.dataset) for name in scene)
    for info, name in zip(infos, names, strict=True):
        row: list[object] = [name, f"{counts[info.path]:.10g}"]
        if timed and info.frame is not None:
            row += [info.frame, f"{(info.frame - 1) / source.rate:.3f}" if source.rate else ""]
        table.writerow(row)
    return text.getvalue()
