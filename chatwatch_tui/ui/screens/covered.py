"""The screen that others lie over: while nothing of it can be seen, nothing of it is painted."""

from __future__ import annotations

from textual.screen import Screen


class CoveredScreen(Screen[None]):
    """A screen at the bottom, in which something changes all the time."""

    def _compositor_refresh(self) -> None:
        """Textual's own, but for two things that cost a redraw of the whole terminal for every message while a screen
        lies over this one: it asked for its own repaint after each repaint, and it repainted what cannot be seen."""
        top = self.app.screen
        if top is not self and (not top.is_modal or top.has_class("-full")):
            self._compositor._dirty_regions.clear()
            return
        # All that is dirty belongs into the frame, also what Textual's message has not told of yet: a pane that has
        # scrolled meanwhile would be drawn from two states.
        shown = self._compositor.visible_widgets
        self._compositor.update_widgets({each for each in shown if each._repaint_regions and each is not self})
        super()._compositor_refresh()
        if top is not self:
            self._repaint_required = False
