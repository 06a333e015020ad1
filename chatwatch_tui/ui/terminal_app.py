"""A Textual application whose terminal is guarded and whose crash reaches the caller as the exception it was.

Textual prints a crash itself, with the local variables of every frame (passwords among them), and ends with 0. Here
nothing is printed: `run_guarded` raises what went wrong once the terminal is restored, and the command line says it in
one line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from rich.console import RenderableType
from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import WorkerFailed

from chatwatch_tui.core.safetext import SafeText
from chatwatch_tui.ui.pacing import AT_ONCE, ByteBucket, FramePacer
from chatwatch_tui.ui.terminal import TerminalGuard
from chatwatch_tui.ui.terminal_driver import GuardedDriver

if TYPE_CHECKING:
    from chatwatch_tui.ui.frame_pieces import ShownCells

_LOOKED_AT = 0.05
"""Seconds between two looks whether something has gone out."""


class GuardedApp(App[int]):
    """Base of the application. Run by `run_guarded` on a terminal, or as any other in a test."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "Quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False),
    ]

    guard: TerminalGuard | None = None
    """In place while `run_guarded` runs."""

    def __init__(self) -> None:
        super().__init__()
        self._pacer = FramePacer(self)
        self._shown_cells: ShownCells | None = None
        """What the terminal shows, where the link to it is slow."""
        self.frames_drawn = 0
        """Frames handed to the terminal."""

    def use_slow_link(self, slow: bool) -> None:
        """Spare the link to the terminal from now on, or no longer (see `pacing`)."""
        self._pacer.on = slow
        self.set_class(slow, "-slow-link")
        if isinstance(self._driver, GuardedDriver):
            self._driver.pace(ByteBucket() if slow else None)

    @property
    def link_is_slow(self) -> bool:
        """Whether the link to the terminal is spared."""
        return self._pacer.on

    def link_is_busy(self) -> bool:
        """Whether the terminal has yet to take something."""
        return isinstance(self._driver, GuardedDriver) and self._driver.is_busy

    def in_a_while(self, seconds: float, call: Callable[[], object]) -> None:
        """Call later, on the event loop."""
        self.set_timer(seconds, lambda: (call(), None)[1])

    def draw_again(self) -> None:
        """Draw the whole screen anew."""
        self.screen.refresh()

    def draw_what_is_due(self) -> None:
        """The end of a batch wakes the application, and not the screen: what a key changed would wait for the clock."""
        self.screen.check_idle()

    @on(Driver.SignalResume)
    def _taken_again(self) -> None:
        """After a suspension the terminal shows nothing of what was drawn before; Textual draws what changes only."""
        self._shown_cells = None
        self.draw_again()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if renderable is None:
            super()._display(screen, renderable)
        elif self._pacer.holds:
            self._pacer.swallow()
        elif self._pacer.on and self._batch_count:
            self.draw_again()  # else Textual would take it for drawn
        else:
            self.frames_drawn += 1
            super()._display(screen, self._paced(screen, renderable))
            self._pacer.took_frame()

    def _paced(self, screen: Screen[Any], renderable: Any) -> Any:
        """What a slow link is given of a frame: what differs from what it shows, whatever was held back meanwhile, and
        in pieces where that is large."""
        driver = self._driver
        if not self._pacer.on or driver is None:
            self._shown_cells = None
            return renderable
        from textual._compositor import CompositorUpdate, LayoutUpdate

        from chatwatch_tui.ui.frame_pieces import ShownCells  # here, for most links are fast

        if not isinstance(renderable, CompositorUpdate):
            return renderable
        if not isinstance(renderable, LayoutUpdate):
            renderable = screen._compositor.render_full_update()
        shown = screen._compositor.visible_widgets
        placed = [(widget, region) for widget, (region, _) in shown.items() if not widget.is_container]
        placed.sort(key=lambda each: not self.is_meant(each[0]))
        if self._shown_cells is None:
            self._shown_cells = ShownCells()
        regions = [region for _, region in placed]
        return self._shown_cells.show(renderable, regions, AT_ONCE, driver.write, lies_over=screen.is_modal)

    def is_meant(self, widget: Widget) -> bool:
        """Whether the operator's keys are about that widget: it is drawn first."""
        return widget.has_focus

    def run_guarded(self, guard: TerminalGuard, *, mouse: bool = True) -> int:
        """Run on the terminal that `guard` is in place for; the exit code, 0 for a quit and 128 + n where a signal or
        the loss of the terminal ended it.

        Raises whatever crashed the application. The terminal is restored by then.
        """
        self.guard = guard
        self.driver_class = GuardedDriver
        try:
            self.run(mouse=mouse)
        finally:
            self.guard = None
        if guard.exit_code:  # where the terminal is lost other things may fail too; the loss is what ended us
            return guard.exit_code
        crash = self._exception
        if crash is not None:
            raise crash.error if isinstance(crash, WorkerFailed) else crash
        return self.return_code or 0

    def write_between_frames(self, sequence: str) -> None:
        """Tell the terminal something that is no frame."""
        if self._driver is not None:
            self._driver.write(sequence)

    async def put_out(self, sequence: str) -> None:
        """The same, for one that is long; returns once a slow link has taken it."""
        self.write_between_frames(sequence)
        driver = self._driver
        if isinstance(driver, GuardedDriver):
            end = driver.written
            while self._pacer.on and driver.gone_out < end:  # noqa: ASYNC110  # another thread writes
                await asyncio.sleep(_LOOKED_AT)

    def show_title(self, words: SafeText) -> None:
        """Set the window's title, blank for what it was; it is that again when the application ends or is suspended."""
        if isinstance(self._driver, GuardedDriver):
            self._driver.show_title(words)

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End the application, within a bound even when the terminal is stalled."""
        if self.guard is not None:
            self.guard.arm(return_code)
        super().exit(result, return_code, message)

    def _handle_exception(self, error: Exception) -> None:
        """The first exception that nobody handled ends the application and is raised by `run_guarded`; none that comes
        of what was still on its way when the end had been decided, as of a dialog that was not there yet."""
        if self.guard is not None and self._exit and self._exception is None:
            self._close_messages_no_wait()
            return
        self._return_code = 1
        if self.guard is not None:
            self.guard.arm(1)
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def _build_driver(self, headless: bool, inline: bool, mouse: bool, size: tuple[int, int] | None) -> Any:
        driver = super()._build_driver(headless, inline, mouse, size)
        if self.guard is not None:
            if self._pacer.on and isinstance(driver, GuardedDriver):
                driver.pace(ByteBucket())
            loop = asyncio.get_running_loop()
            self.guard.ask_to_exit_by(lambda: self._asked_to_exit(loop))
        return driver

    def _asked_to_exit(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the guard's thread: free the loop from a stalled terminal, then let it end the application."""
        if isinstance(self._driver, GuardedDriver):
            self._driver.unblock()
        try:
            loop.call_soon_threadsafe(self.exit)
        except RuntimeError:  # closed: it is ending already
            pass
