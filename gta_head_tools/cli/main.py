"""The `ghtools` application: its verbs, and what a user sees when one of them fails."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec, TextIO, cast

import typer

from gta_head_tools import __version__
from gta_head_tools.cli import (
    annotate,
    baseline,
    baseline_compare,
    baseline_use,
    convert,
    demo,
    diff,
    doctor,
    evaluate,
    formats,
    interpolate_boxes,
    merge,
    output,
    render,
    split,
    stats,
    suggest_anchor,
    synth,
    validate,
)
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.parallel import still_at_work
from gta_head_tools.whole_files import final_place

P = ParamSpec("P")

GROUPS = {"baseline": "Train head detectors, score them, and find heads with them."}
VERBS: dict[str, Callable[..., None]] = {
    "interpolate-boxes": interpolate_boxes.interpolate_boxes,
    "suggest-anchor": suggest_anchor.suggest_anchor,
    "annotate": annotate.annotate,
    "convert": convert.convert,
    "validate": validate.validate,
    "split": split.split,
    "diff": diff.diff,
    "stats": stats.stats,
    "merge": merge.merge,
    "render": render.overlays,
    "evaluate": evaluate.evaluate,
    "synth": synth.synth,
    "baseline list": baseline_use.list_methods,
    "baseline train": baseline.train,
    "baseline eval": baseline.evaluate,
    "baseline predict": baseline_use.predict,
    "baseline export": baseline_use.export,
    "baseline compare": baseline_compare.compare,
    "baseline explain": baseline_use.explain,
    "demo": demo.demo,
    "formats": formats.formats,
    "doctor": doctor.doctor,
}
"""By what is typed: a verb, or a group and its verb."""

app = typer.Typer(
    name="ghtools",
    help="Head points of a crowd in, head boxes, checked data sets and honest baselines out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # The plain help takes half the time.
    context_settings={
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": lambda name: name.replace("_", "-"),
    },
)


class _Terminated(KeyboardInterrupt):
    """SIGTERM; it ends a verb in the same way as Ctrl-C."""


def _terminate(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # Some programs send it twice; the second signal would stop the clean-up.
    raise _Terminated


def guarded(verb: Callable[P, None]) -> Callable[P, None]:
    """`verb` with every way to fail turned into a message and an exit code.

    The codes: 1 an error of the user or of the system, 3 a bug in ghtools, 130 interrupted, 143 terminated; 2 is
    usage, which typer handles before the verb begins.
    """

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            verb(*args, **kwargs)
        except KeyboardInterrupt as error:
            code = _stopped(error)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except BrokenPipeError:
            code = _reader_left()
        except Exception as error:
            stop = _stop_behind(error)
            code = _explain(error) if stop is None else _stopped(stop)
        else:
            return
        raise typer.Exit(code)

    return run


def _stopped(stop: KeyboardInterrupt) -> int:
    told, code = ("terminated", 143) if isinstance(stop, _Terminated) else ("interrupted", 130)
    output.say(told)
    for note in getattr(stop, "__notes__", ()):  # how to go on
        output.say(note)
    return code


def _stop_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The KeyboardInterrupt that caused an error: compiled code (numba, imports) turns it into a SystemError."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error


def _explain(error: Exception) -> int:
    foreign = _foreign_room(error)
    if foreign or isinstance(error, GtaHeadError):
        for note in getattr(error, "__notes__", ()):
            output.say(note)
        output.fail(foreign or str(error))
        return 1
    if isinstance(error, OSError) and error.strerror:
        place = error.filename and str(final_place(Path(str(error.filename))))
        output.fail(": ".join(part for part in (place, error.strerror) if part))
        return 1
    if isinstance(error, MemoryError):
        told = f" ({error})" if str(error) else ""
        output.fail(f"there is not enough memory for this{told}; take fewer --jobs, or a part of the data at a time")
        return 1
    output.crash(error, own=_own_method())
    return 3


def _own_method() -> str | None:
    """The file of a user's own method (`baseline --method file.py:Class`), which a bug may be in."""
    own = [module.__file__ for name, module in sys.modules.items() if name.startswith("ghtools_method_")]
    return own[-1] if own else None


def _foreign_room(error: Exception) -> str | None:
    """The message for a package of another project that has the name of one of ours and is found first."""
    from gta_head_tools.cli.installation import foreign_rooms

    room = error.name.partition(".")[0] if isinstance(error, ImportError) and error.name else ""
    place = foreign_rooms().get(room)
    return f"ghtools needs its own {room!r}, but Python finds {place}; take that off PYTHONPATH" if place else None


def _reader_left() -> int:
    """The exit code when the reader closed the pipe (`ghtools formats | head`): this is no failure."""
    with contextlib.suppress(OSError):  # A stream in memory has no file descriptor.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _version(wanted: bool) -> None:
    if wanted:
        output.tell(f"ghtools {__version__}")
        raise typer.Exit


@app.callback()
def ghtools(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Head points of a crowd in, head boxes, checked data sets and honest baselines out."""


_groups = {"": app}
for _name, _help in GROUPS.items():
    _groups[_name] = typer.Typer(help=_help, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(_groups[_name], name=_name)
for _name, _verb in VERBS.items():
    _group, _, _word = _name.rpartition(" ")
    _groups[_group].command(_word, cls=formats.Verb)(guarded(_verb))


def _open_closed_streams() -> None:
    """Replace closed standard streams (`ghtools formats >&-`) by the null device."""
    # Otherwise a file that is opened later gets the free descriptor 0, 1 or 2, and workers print into that file.
    sys.stdin = sys.stdin or _null("r")
    sys.stdout = sys.stdout or _null("w")
    sys.stderr = sys.stderr or _null("w")


def _null(mode: str) -> TextIO:
    stream = cast("TextIO", Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # open until the process ends
    os.set_inheritable(stream.fileno(), True)  # Workers need these three descriptors, too.
    return stream


def _end_at_signals() -> None:
    """Let Ctrl-C and SIGTERM end the process at once, now that all is written and printed.

    An error that they raised while Python stops the workers would leave it waiting for them for ever.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def main() -> None:
    """Run the command line; the console script."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that the terminal's encoding lacks must not turn a result into a crash.
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGTERM) != signal.SIG_IGN:  # What the caller ignores stays ignored, as usual on Unix.
        signal.signal(signal.SIGTERM, _terminate)
    try:
        app(prog_name="ghtools")
    except SystemExit as done:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        _end_at_signals()
        if still_at_work():  # Python would free the compiled code, which still runs.
            os._exit(done.code if isinstance(done.code, int) else 1)
        raise
