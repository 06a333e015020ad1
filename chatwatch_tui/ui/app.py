"""The application: one screen, one look, and no opinions of its own about conversations.

What is wanted is the operator's: a theme and a number of colours. What is shown may be less, for a terminal of 16
colours shows them in its own (`themes.theme_for`); whoever sets `theme`, the command palette or the settings, says what
is wanted, and everything that is drawn follows.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec
from rich.console import COLOR_SYSTEMS
from textual import events, on
from textual.binding import BindingType
from textual.filter import ANSIToTruecolor, LineFilter
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.widget import Widget

from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.account import session_account
from chatwatch_tui.ui.colours import RICH_NAMES, AttributesOnly, Colours, colours_of
from chatwatch_tui.ui.glyphs import ASCII, UNICODE
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.made_palettes import palette_of
from chatwatch_tui.ui.messages import AlertRaised, LookAsked, ThemeChosen, TitleChanged
from chatwatch_tui.ui.palettes import OURS
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.session import LayoutStore, SessionStore
from chatwatch_tui.ui.terminal_app import GuardedApp
from chatwatch_tui.ui.themes import UnknownTheme, checked_theme, own_themes, theme_for
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.widgets.pane import Pane


class WholeCells(ScrollBarRender):
    """Scrollbars without the blocks that show parts of a cell: a thumb that moves by rows needs none, and they are not
    ASCII."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


ScrollBar.renderer = WholeCells


@runtime_checkable
class TakesKeys(Protocol):
    """A screen that acts upon keys itself, and is done with each before the next comes."""

    @property
    def takes_keys(self) -> bool:
        """Whether it does now."""

    async def take_key(self, event: events.Key) -> None:
        """Act upon a key."""


@runtime_checkable
class TakesPaste(Protocol):
    """A screen for which pasting is typing, now."""

    async def take_paste(self, line: str) -> None:
        """Type it: the first line of what was pasted that is not blank."""


_READABLE = {"accent": "accent", "text": "foreground", "raised": "surface"}
"""Colours of a palette, and Textual's variables in whose place they stand in dialogs as `readable-…`."""


class ChatwatchApp(GuardedApp):
    """Shows what is being watched."""

    TITLE = "chatwatch"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    # Textual's cursor of 16 colours is white, on a white ground too.
    CSS = """
    Input:ansi > .input--cursor { background: ansi_default; color: ansi_default; text-style: reverse; }
    """
    DEFAULT_CSS = """
    ChatwatchApp {
        .dialog {
            border: round $readable-accent;
            border-title-color: $readable-accent;
            border-subtitle-color: $readable-accent;
            background: $background;
        }
        &.-ascii .dialog { border: ascii $readable-accent; }
        /* To dim what is behind a dialog takes all of the screen, twice. */
        &.-slow-link ModalScreen { background: $background 0%; }
    }
    """

    def __init__(
        self,
        watching: Watching,
        settings: ScreenSettings | None = None,
        *,
        session: SessionStore | None = None,
        fresh: bool = False,
        layouts: LayoutStore | None = None,
    ) -> None:
        """Raises UnknownTheme where the settings name one."""
        settings = settings or ScreenSettings()
        self.look = Look()
        self.wanted_theme = checked_theme(settings.theme)
        """What the operator chose, whatever the terminal can show of it."""
        super().__init__()
        self.watching = watching
        self.dashboard = Dashboard(watching, self.look, settings, session=session, fresh=fresh, layouts=layouts)
        self._settings = settings
        for theme in own_themes():
            self.register_theme(theme)
        self.look_like(settings)
        self.use_keys(Keymap.of(settings))
        self.use_slow_link(settings.slow_link)

    def get_default_screen(self) -> Dashboard:
        """The dashboard is the first and only base screen."""
        return self.dashboard

    async def on_event(self, event: events.Event) -> None:
        """What is typed into the dashboard, or into a list, is acted upon one after the other; see `take_key` there."""
        if isinstance(event, (events.InputEvent, events.Paste)):
            self.dashboard.alerts.sign_at = self.watching.clock()
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            taker = self.screen
            if isinstance(event, events.Key) and isinstance(taker, TakesKeys) and taker.takes_keys:
                self.app_focus = True
                await taker.take_key(event)
                return
            if isinstance(event, events.Paste) and isinstance(taker, TakesPaste):
                # Terminals send the end of a line as a carriage return.
                if line := next((each for each in event.text.splitlines() if each.strip()), ""):
                    await taker.take_paste(line)
                return
        await super().on_event(event)

    def is_meant(self, widget: Widget) -> bool:
        """The pane in focus, or whatever a dialog has the focus in."""
        return super().is_meant(widget) or (isinstance(widget, Pane) and widget.in_focus)

    # -- the look --------------------------------------------------------------------------------------------------

    def get_css_variables(self) -> dict[str, str]:
        """Textual's own, and colours that can be read on each other in every theme."""
        found = super().get_css_variables()
        theme = self.current_theme
        # Textual begins with a theme that nobody sees: to make a palette of it takes a tenth of the whole start.
        is_seen = theme.name in OURS or theme.name == self.wanted_theme
        palette = palette_of(theme) if is_seen and not theme.ansi else None
        for name, own in _READABLE.items():
            found[f"readable-{own}"] = found[own] if palette is None else getattr(palette, name)
        return found

    def look_like(self, settings: ScreenSettings) -> None:
        """Draw everything in the theme, the colours and the glyphs of these settings from now on.

        Raises:
            UnknownTheme: nothing has changed.
        """
        name = checked_theme(settings.theme)
        glyphs = ASCII if settings.ascii_glyphs else UNICODE
        colours = colours_of(os.environ, settings.colours)
        self._show_colours(colours)
        self.look.change(glyphs=glyphs, colours=colours)
        if self.is_running:
            self.theme = name
        else:
            self._begin_with(name)
        self._restyle()

    def _begin_with(self, theme_name: str) -> None:
        """The theme of the first frame, in place before any style is parsed: set as later ones are, it would have all
        of them parsed twice."""
        self.set_reactive(ChatwatchApp.theme, self.validate_theme(theme_name))
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)
        self.add_class(f"-theme-{self.current_theme.name}", update=False)
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def use_keys(self, keymap: Keymap) -> None:
        """These keys do what they say from now on, on every screen, and are shown so."""
        self.look.change(keymap=keymap)
        self.set_keymap(keymap.textual)

    def use_theme(self, name: str) -> None:
        """Draw everything in that theme from now on; in what the terminal shows of it.

        Raises:
            UnknownTheme: nothing has changed.
        """
        self.theme = checked_theme(name)

    @on(ThemeChosen)
    def _theme_chosen(self, message: ThemeChosen) -> None:
        message.stop()
        self.use_theme(message.name)

    def validate_theme(self, name: str) -> str:
        """Whoever sets a theme says what is wanted; what Textual's own widgets are drawn in is decided here."""
        self.wanted_theme = name
        return theme_for(name, self.look.colours)

    def watch_theme(self) -> None:
        """Another theme is in force."""
        self._restyle()

    @on(LookAsked)
    def _look_asked(self, message: LookAsked) -> None:
        """A theme that was chosen by hand stays when the settings change in something else."""
        message.stop()
        before, now = self._settings, message.settings
        self._settings = now
        if (before.keymap, before.keys) != (now.keymap, now.keys):
            self.use_keys(Keymap.of(now))
        if (before.theme, before.colours, before.ascii_glyphs) == (now.theme, now.colours, now.ascii_glyphs):
            return
        if before.theme == now.theme:
            now = msgspec.structs.replace(now, theme=self.wanted_theme)
        try:
            self.look_like(now)
        except UnknownTheme as problem:
            self.dashboard.say(safe_line(f"Settings: {problem}", 200))

    # -- alerts ----------------------------------------------------------------------------------------------------

    def on_app_focus(self) -> None:
        """The terminal says that it has the focus."""
        self.dashboard.alerts.focused = True

    def on_app_blur(self) -> None:
        """The terminal says that it has lost it."""
        self.dashboard.alerts.focused = False

    @on(AlertRaised)
    def _alert_raised(self, message: AlertRaised) -> None:
        self.write_between_frames(message.sequence)

    @on(TitleChanged)
    def _title_changed(self, message: TitleChanged) -> None:
        self.show_title(message.words)

    def _restyle(self) -> None:
        self.set_class(self.look.glyphs is ASCII, "-ascii")
        wanted = self.get_theme(self.wanted_theme)
        self.look.change(palette=palette_of(wanted or self.current_theme))
        if self.is_running:
            self.dashboard.restyle()
            for screen in self.screen_stack:
                for widget in screen.walk_children():
                    widget.refresh()

    def _show_colours(self, colours: Colours) -> None:
        """Textual decides this once, when it starts, and makes greys of NO_COLOR."""
        self.no_color = colours is Colours.NONE
        filters: list[LineFilter] = [each for each in self._filters if isinstance(each, ANSIToTruecolor)]
        self._filters = [*filters, *([AttributesOnly()] if self.no_color else [])]
        self.console._color_system = COLOR_SYSTEMS[RICH_NAMES[colours]]

    def account(self) -> dict[str, Any]:
        """The program's own books; see `account`."""
        dashboard = self.dashboard
        books = session_account(self.watching, dashboard.reader, dashboard.links.statuses, dashboard.rows_built)
        books["total"]["frames_drawn"] = self.frames_drawn
        return books
