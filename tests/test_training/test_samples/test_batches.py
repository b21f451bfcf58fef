"""Samples made of pictures and heads, and the batches made of samples."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from test_training.tiny import METHOD, TinyConfig, write_data
from test_training.whole_tiny import METHOD as WHOLE
from training.base import Ragged
from training.samples.augment import whole_size
from training.samples.batch_plan import Key, Part
from training.samples.batches import Samples, collate, sample_rng
from training.samples.data import read_splits
from training.samples.letterbox import PADDING

CONFIG = TinyConfig()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    splits = read_splits(write_data(tmp_path_factory.mktemp("data")), CONFIG)
    return Samples(splits.train, splits.read, METHOD, CONFIG)


def part(*keys: Key) -> Part:
    return Part([*keys], [*keys])


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(left[name], right[name]) for name in left)


def test_a_sample_depends_on_its_key_alone(samples: Samples) -> None:
    assert same(samples[2, 5], samples[2, 5])
    assert not same(samples[2, 5], samples[3, 5])
    assert not same(samples[2, 5], samples[2, 6])


def test_samples_travel_to_new_processes(samples: Samples) -> None:
    """As where processes cannot be forked: settings and method of a user's own file are found anew."""
    assert same(pickle.loads(pickle.dumps(samples))[1, 3], samples[1, 3])


def test_a_batch_is_stacked_as_convolutions_like_it(samples: Samples) -> None:
    batch = collate(samples.__getitems__(part((0, 1), (0, 2), (0, 3))))
    assert isinstance(batch, dict)
    assert batch["image"].shape == (3, 3, 32, 32)
    assert batch["image"].is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch["image"][1].permute(1, 2, 0), samples[0, 2]["image"])


def test_an_unreadable_picture_is_one_clear_error(tmp_path: Path) -> None:
    splits = read_splits(write_data(tmp_path), CONFIG)
    path = tmp_path / splits.train[0].info.path
    path.write_bytes(path.read_bytes()[:300])
    error = collate(Samples(splits.train, splits.read, METHOD, CONFIG).__getitems__(part((0, 1), (0, 0))))
    assert isinstance(error, DataFormatError)
    assert path.name in str(error)


def test_a_picture_that_nothing_changes_is_copied(tmp_path: Path) -> None:
    """Torch warns of arrays that are read only, as Pillow's are."""
    splits = read_splits(write_data(tmp_path), CONFIG)
    still = replace(CONFIG, flip=0.0, jitter=0.0)
    image = Samples(splits.train, splits.read, METHOD, still)[0, 0]["image"].numpy()
    assert np.array_equal(image, splits.read(splits.train[0].info))


def test_ragged_rows_are_joined_and_split_again() -> None:
    parts = [torch.arange(6.0).reshape(3, 2), torch.zeros((0, 2)), torch.ones((1, 2))]
    batch = collate([{"image": torch.zeros((2, 2, 3)), "boxes": Ragged.of(part)} for part in parts])
    assert isinstance(batch, dict)
    assert batch["boxes"].counts.tolist() == [3, 0, 1]
    assert [part.tolist() for part in batch["boxes"].split()] == [part.tolist() for part in parts]


def test_tensors_of_several_shapes_are_refused() -> None:
    samples = [{"image": torch.zeros((2, 2, 3)), "boxes": torch.zeros((rows, 4))} for rows in (1, 2)]
    with pytest.raises(ValueError, match=r"'boxes' has several shapes .* Ragged\.of"):
        collate(samples)


@pytest.fixture(scope="module")
def unequal(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Pictures of 32 to 45 pixels a side, at scales of their own."""
    config = replace(CONFIG, fit="whole", scale_low=0.5, scale_high=1.5)
    splits = read_splits(write_data(tmp_path_factory.mktemp("unequal"), more=13), config)
    return Samples(splits.train, splits.read, WHOLE, config)


def test_whole_pictures_are_padded_to_the_largest_of_the_step(unequal: Samples) -> None:
    keys = [(0, index) for index in range(4)]
    alone = [unequal.draw(key) for key in keys]
    sizes = np.array([sample.picture.shape[:2] for sample in alone])
    assert len(np.unique(sizes, axis=0)) > 2
    halves = [collate(unequal.__getitems__(Part(some, keys))) for some in (keys[:2], keys[2:])]
    for batch, some in zip(halves, (alone[:2], alone[2:]), strict=True):
        assert isinstance(batch, dict)
        assert batch["image"].shape == (2, 3, *(-(-sizes.max(axis=0) // 8) * 8))
        for image, density, valid, sample in zip(batch["image"], batch["density"], batch["valid"], some, strict=True):
            height, width = sample.picture.shape[:2]
            pixels = image.permute(1, 2, 0).numpy()
            assert np.array_equal(pixels[:height, :width], sample.picture)
            assert (pixels[height:] == PADDING).all()
            assert (pixels[:, width:] == PADDING).all()
            assert valid.sum() == -(-height // 4) * -(-width // 4)
            assert valid[0, : -(-height // 4), : -(-width // 4)].all()
            assert density.sum() == ((sample.points > 0) & (sample.points < (width, height))).all(axis=1).sum()


def test_the_smallest_picture_fills_more_than_a_cell_of_the_coarsest_map() -> None:
    heads = ImageAnnotations(ImageInfo("a.png", 5, 3), [(2.0, 1.0)])
    samples = Samples([heads], lambda _: np.zeros((3, 5, 3), np.uint8), WHOLE, replace(CONFIG, fit="whole"))
    assert samples[0, 0]["image"].shape == (16, 16, 3)


def test_a_size_is_known_without_the_picture(unequal: Samples) -> None:
    for key in ((0, 0), (5, 3), (7, 7)):
        height, width = unequal.draw(key).picture.shape[:2]
        info = unequal._images[key[1]].info
        config = unequal._config
        assert whole_size((info.width, info.height), config, sample_rng(config.seed, key)) == (width, height)
