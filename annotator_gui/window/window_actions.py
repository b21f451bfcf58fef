"""What each entry of the table of actions does in the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from annotator_gui.canvas.canvas import OVERLAYS, TOOLS

if TYPE_CHECKING:
    from annotator_gui.window.main_window import MainWindow

Handler = Callable[[], None]


def handlers(window: MainWindow) -> dict[str, Handler]:
    """Name of each action to its function."""
    return {**_files(window), **_edits(window), **_ways(window), **_views(window)}


def _files(window: MainWindow) -> dict[str, Handler]:
    bench, dialogs, opening = window.bench, window.dialogs, window.opening

    def open_with(ask: Callable[[Path], Path | None]) -> None:
        recent = window.settings.recent
        path = ask(recent[0].parent if recent else Path.cwd())
        if path is not None:
            window.open_path(path)

    def save() -> None:
        if bench.saver.save(asked=True) and bench.document is not None:
            bench.said.emit(f"Saved to {bench.document.path}")

    def close() -> None:
        window.close()

    return {
        "open": lambda: open_with(window.questions.folder),
        "open_file": lambda: open_with(lambda start: window.questions.file("Open a data set that is one file", start)),
        "scene_list": opening.show_list,
        "next_scene": opening.open_next,
        "save": save,
        "export": dialogs.export,
        "proposals": dialogs.load_proposals,
        "preferences": dialogs.preferences,
        "quit": close,
        "keys": dialogs.keys,
    }


def _edits(window: MainWindow) -> dict[str, Handler]:
    bench, canvas, dialogs = window.bench, window.canvas, window.dialogs

    def pin() -> None:
        if not canvas.pin_selected():
            canvas.set_mode("pin")

    def mode(name: str) -> Handler:
        return lambda: canvas.set_mode(name)

    return {
        "undo": bench.stack.undo,
        "redo": bench.stack.redo,
        "delete": canvas.remove_selected,
        "pin": pin,
        "keep": lambda: bench.set_use("keep"),
        "leave_out": lambda: bench.set_use("ignore"),
        "own_frame": bench.turn_own_frame,
        "ignore_head": canvas.toggle_ignore,
        "accept": dialogs.proposals.accept,
        "reject": dialogs.proposals.reject,
        "accept_above": dialogs.accept_above,
        "accept_scene": dialogs.accept_scene,
        **{f"{name}_mode": mode(name) for name in TOOLS},
    }


def _ways(window: MainWindow) -> dict[str, Handler]:
    bench = window.bench

    def review_next() -> None:
        bench.review(value=True)
        bench.go_unreviewed(1)

    return {
        "previous": lambda: bench.go(bench.index - 1),
        "next": lambda: bench.go(bench.index + 1),
        "previous_unreviewed": lambda: bench.go_unreviewed(-1),
        "next_unreviewed": lambda: bench.go_unreviewed(1),
        "first": lambda: bench.go(0),
        "last": lambda: bench.go(len(bench.document.images) - 1 if bench.document else 0),
        "suggest": window.suggestions.ask,
        "skip": window.suggestions.skip,
        "review": lambda: bench.review(value=not bench.is_reviewed),
        "review_next": review_next,
        "contact_sheet": window.dialogs.contact_sheet,
    }


def _views(window: MainWindow) -> dict[str, Handler]:
    bench, canvas = window.bench, window.canvas

    def overlay(name: str) -> Handler:
        return lambda: canvas.set_overlay(name, window.actions_by_name[f"show_{name}"].isChecked())

    def zoom_to_selection() -> None:
        if bench.document is not None and bench.document.selection:
            window.show_subject(bench.document.selection[0])

    return {
        "zoom_in": canvas.zoom_in,
        "zoom_out": canvas.zoom_out,
        "fit": canvas.fit,
        "actual_size": canvas.actual_size,
        "zoom_selection": zoom_to_selection,
        **{f"show_{name}": overlay(name) for name in OVERLAYS},
    }
