"""SIGINT (Ctrl-C in the terminal) and SIGTERM: Qt's event loop runs no signal handlers of Python; a socket wakes it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QWidget

STOPPING = (signal.SIGINT, signal.SIGTERM)


class StopSignals(QObject):
    """Closes a window, which saves, at the first signal to stop; the second one ends the process at once.

    Attributes:
        number: of the signal; 0 = there was none.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.number = 0
        self._window = window

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Handle the signals while the block runs."""
        waking, waker = socket.socketpair()
        for end in (waking, waker):
            end.setblocking(False)
        # Python runs signal handlers only between bytecodes: any slot in Python will do.
        notifier = QSocketNotifier(waking.fileno(), QSocketNotifier.Type.Read, self)
        notifier.activated.connect(lambda: waking.recv(64))
        wakened = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        # A signal that the process was started to ignore (`nohup`, `&` in a script) stays ignored, as is usual on Unix.
        heard = [number for number in STOPPING if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, self._stop) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakened)
            notifier.setEnabled(False)
            waking.close()
            waker.close()

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.number = number
        for each in STOPPING:
            if signal.getsignal(each) == self._stop:
                signal.signal(each, signal.SIG_DFL)
        QTimer.singleShot(0, self._window, self._close)

    def _close(self) -> None:
        """Close what is open over the window, such as a message box, and the window."""
        while (over := QApplication.activeModalWidget()) is not None:
            over.close()
            if QApplication.activeModalWidget() is over:
                break
        self._window.close()
