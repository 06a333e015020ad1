"""What lies over another screen and lets it shine through.

Textual makes a style anew for every piece of text behind a dialog, whenever something below changes. Here each style is
dimmed once: help over nine panes is there in half the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.visual import Visual

from chatwatch_tui.ui.row_strip import with_places

if TYPE_CHECKING:
    from textual.app import RenderResult
    from textual.css.styles import RulesMap
    from textual.geometry import Region
    from textual.style import Style
    from textual.visual import RenderOptions

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """Ends with a T, or with None where it was left."""

    def render(self) -> RenderResult:  # type: ignore[override]  # `Screen` narrows what any widget may return
        """What is behind it, as Textual has it."""
        behind = super().render()
        return _Veiled(behind.screen, behind.color) if isinstance(behind, BackgroundScreen) else behind

    def render_lines(self, crop: Region) -> list[Strip]:
        """As `Widget.render_lines`; what is behind are rows, too."""
        return [with_places(strip) for strip in super().render_lines(crop)]

    def _compositor_refresh(self) -> None:
        """Textual forgets which of the dialog's widgets are to be drawn where something behind it is, too."""
        shown = self._compositor.visible_widgets
        self._compositor.update_widgets({each for each in shown if each._repaint_regions})
        super()._compositor_refresh()


class _Veiled(Visual):
    """A screen behind a colour that is not opaque; nothing of it can be clicked."""

    def __init__(self, screen: Screen[object], veil: Color) -> None:
        self._screen = screen
        self._veil = veil

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Its rows, as they are."""
        return [
            Strip(
                [Segment(text, _veiled(letters, self._veil)) for text, letters, control in strip if not control],
                strip.cell_length,
            ).adjust_cell_length(width)
            for strip in self._screen._compositor.render_strips()[:height]
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """The screen's."""
        return self._screen.size.width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """The screen's."""
        return self._screen.size.height


@lru_cache(maxsize=2_048)
def _veiled(style: RichStyle | None, veil: Color) -> RichStyle:
    [(_, veiled, _)] = BackgroundScreen.process_segments([Segment("", style)], veil)
    return veiled or RichStyle.null()
