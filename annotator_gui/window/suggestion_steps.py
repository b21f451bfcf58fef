"""N: to the head whose box helps most, ready to draw; waits for the numbers where they are being looked for."""

from __future__ import annotations

from annotator_gui.canvas.canvas import Canvas
from annotator_gui.window.workbench import Workbench


class SuggestionSteps:
    """Goes from suggestion to suggestion."""

    def __init__(self, bench: Workbench, canvas: Canvas) -> None:
        self._bench, self._canvas = bench, canvas
        self._asked = False

    def ask(self) -> None:
        """Go to the suggestion as soon as it is known."""
        self._asked = True
        self.go_on()

    def skip(self) -> None:
        """Do not offer this one again, and go to the next."""
        self._bench.skip()
        self.ask()

    def go_on(self) -> None:
        """Go there if somebody asked; called whenever there are new numbers."""
        if not self._asked:
            return
        if not self._bench.finder.fresh:
            self._bench.said.emit("Looking for the head that helps most…")
            return
        self._asked = False
        suggestion = self._bench.suggestion
        if suggestion is None:
            self._bench.said.emit("No head is left to suggest")
            return
        self._bench.go(suggestion.image)
        self._canvas.set_mode("anchor")
        self._canvas.zoom_to(suggestion.point)
        self._canvas.setFocus()
        self._bench.said.emit("Drag a box around the head in the middle, then press N again")
