"""What can be read of a data set some of whose files are damaged."""

from __future__ import annotations

from collections.abc import Sequence

from converters.datasets.read import Found, read_dataset
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError, GtaHeadError
from gta_head_tools.unreadable import ReadError, collecting


def read_readable(found: Found, options: Sequence[str] = ()) -> tuple[Dataset, list[ReadError]]:
    """The data set without the files that cannot be read on opening it, and their errors.

    Where nothing is left, the data set has no scenes. Files that are read when it is iterated are not opened.

    Args:
        found: the data set.
        options: `key=value` options of the format.

    Raises:
        DatasetLayoutError: there is no such data set: a folder has no label files, or a file is missing.
        UnknownNameError: no such option.
        ConfigError: an option has no such value.
    """
    with collecting() as errors:
        try:
            return read_dataset(found.path, format_name=found.format, options=options)[1], errors
        except DataFormatError as error:
            errors.append(error)
        except GtaHeadError as error:
            if isinstance(error, DatasetLayoutError) and error.path.is_file() and not errors:
                errors.append(error)
            elif not errors:  # Without the files that cannot be read, a folder may seem to have none.
                raise
    root = found.path if found.path.is_dir() else found.path.parent
    return in_memory((), root), errors
