"""Every key and every sign, from the same tables that the dashboard runs on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, zip_longest

from chatwatch_tui.core.filtering import VALUES
from chatwatch_tui.ui.block_rows import Row, ours, wrapped
from chatwatch_tui.ui.commands import Command, Scope
from chatwatch_tui.ui.glyphs import Glyphs
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.themes import Ink

TERM_WIDTH = 15


def help_rows(look: Look, width: int, first: Scope = Scope.DASHBOARD) -> list[Row]:
    """The keys of the screen that asks, the dashboard's by group, what the palette alone has, what the mouse does, what
    a filter holds, how one is told elsewhere, what the signs mean, then the keys of whatever else may lie over the
    dashboard."""
    keys = look.keymap.commands()
    here = [] if first is Scope.DASHBOARD else [each for each in keys if each.scope is first]
    return [
        *_key_rows(here, width),
        *_key_rows([each for each in keys if each.scope is Scope.DASHBOARD], width),
        *_palette_rows(look.keymap, keys, width),
        *_mouse_rows(look.keymap, width),
        *_filter_rows(width),
        *_alert_rows(width),
        *_sign_rows(look, width),
        *_key_rows([each for each in keys if each.scope not in (Scope.DASHBOARD, first)], width),
    ]


def _section(heading: str, terms: Iterable[tuple[str, str]], width: int) -> list[Row]:
    rows: list[Row] = [((ours(f" {heading}"), Ink.STRONG),)]
    for term, meaning in terms:
        rows += _entry(term, Ink.KEY, meaning, Ink.TEXT, width)
    return [*rows, ()]


def _key_rows(commands: Iterable[Command], width: int) -> list[Row]:
    rows: list[Row] = []
    for group, found in groupby(commands, key=lambda command: command.group):
        rows += _section(group.value, ((each.display_keys, each.help) for each in found if each.keys), width)
    return rows


def _palette_rows(keymap: Keymap, commands: Iterable[Command], width: int) -> list[Row]:
    """What the dashboard can do without a key for it."""
    palette = keymap.key("palette")
    alone = (each for each in commands if each.scope is Scope.DASHBOARD and not each.keys)
    return _section("By name alone", ((f"{palette} {each.label}", each.help) for each in alone), width)


def _mouse_rows(keymap: Keymap, width: int) -> list[Row]:
    terms = (
        ("click", "a pane: go to it, the cursor to that row; in a list: choose it"),
        ("wheel", "scroll what is under it"),
        ("drag", keymap.fill("over rows of a pane: select them; {select-take} copies, a click ends it")),
        ("Shift and drag", "in most terminals: select as if nobody took the mouse; mouse = false leaves it alone"),
    )
    return _section("With the mouse", terms, width)


def _filter_rows(width: int) -> list[Row]:
    types, roles = (", ".join(VALUES[field]) for field in ("type", "role"))
    terms = (
        ("refund paid", "both words are there; a word with capitals minds them"),
        ('"paid twice"', "these words together"),
        ("/err(or)?/", "a regular expression"),
        ("type:tool", f"what it is, by its beginning: {types}"),
        ("role:user", f"whose message: {roles}"),
        ("tool:search", "a tool call or result, by a piece of the tool's name"),
        ("-type:done", "not that; - turns any of these round"),
    )
    errors = "Errors and gaps pass every filter. A turn passes when all terms are found in it."
    return [
        *_section("What a filter holds", terms, width)[:-1],
        *(((ours(f" {row}"), Ink.DIM),) for row in wrapped(errors, width - 2)),
        (),
    ]


def _alert_rows(width: int) -> list[Row]:
    terms = (
        ("[alerts]", "in the settings: bell, notification, a command of yours; not while the terminal has the focus"),
        ("in tmux", "notifications take `set -g allow-passthrough on`, and `all` while another window is in front"),
    )
    return _section("Being told elsewhere", terms, width)


def _sign_rows(look: Look, width: int) -> list[Row]:
    glyphs = look.glyphs
    rows: list[Row] = [((ours(" Signs"), Ink.STRONG),)]
    for sign, word, ink, meaning in (
        (glyphs.thinking, "thinking", Ink.THINKING, "the model reasons"),
        (glyphs.token, "token", Ink.TEXT, "the answer, as it comes"),
        (glyphs.tool_call, "tool call", Ink.TOOL, "a tool with its arguments"),
        (glyphs.tool_result, "tool result", Ink.RESULT, "size and duration, then the result"),
        (
            glyphs.done,
            "done",
            Ink.DIM,
            f"the end of a turn; final {glyphs.done}: the whole message came, the same",
        ),
        (glyphs.error, "error", Ink.BAD, "the turn failed"),
        (glyphs.gap, "gap", Ink.WARN, "something is missing here, with what is known of it"),
        (glyphs.stalled, "model silent", Ink.WARN, "no chunk for longer than its phase allows; the link is up"),
        (glyphs.link_down, "link down", Ink.WARN, "the connection is down; the model may well be speaking"),
        (
            glyphs.link_down,
            "not permitted",
            Ink.WARN,
            "refused, not signed in, no connection: nothing comes until that is mended, for the reason that is said",
        ),
        (glyphs.unknown, "unknown", Ink.WARN, "a chunk type or payload that nobody knows, as it came"),
    ):
        rows += _entry(f"{sign} {word}", ink, meaning, Ink.DIM, width)
    for term, ink, meaning in _signs_of_the_frame(glyphs):
        rows += _entry(term, ink, meaning, Ink.DIM, width)
    return [*rows, ()]


def _signs_of_the_frame(glyphs: Glyphs) -> tuple[tuple[str, Ink, str], ...]:
    """What stands in frames, in the strip and in the status bar."""
    return (
        (glyphs.waiting, Ink.DIM, "waiting: for the user, or for the model's next step"),
        (glyphs.cursor, Ink.TEXT, "at the end of a text: it is still being written"),
        (
            glyphs.pointer,
            Ink.KEY,
            "the cursor: the row that inspect, read, mark and copy mean; up and down move it. While the newest text is"
            " followed it is the newest row, without a sign",
        ),
        (glyphs.mark, Ink.KEY, "a row that you marked"),
        (glyphs.pin, Ink.KEY, "pinned: discovery never replaces this pane"),
        (glyphs.lock, Ink.KEY, "locked: nothing replaces or closes this pane"),
        (glyphs.frozen, Ink.WARN, "frozen: what is shown stands still, and goes on being received"),
        (f"{glyphs.frozen} held", Ink.WARN, "what you read is no longer kept: it stands still until you go on from it"),
        (glyphs.hit, Ink.WARN, "a rule of yours was hit; its words are marked in the text"),
        (glyphs.muted, Ink.DIM, "muted: no alerts of this conversation, of this rule, or none at all"),
        (f"{glyphs.error} then ...", Ink.BAD, "it failed, nobody has looked, and this is what it does now"),
        (glyphs.line_thinking, Ink.LINE_THINKING, "in a lower frame, the last minutes: thinking, the more the faster"),
        (glyphs.line_answering, Ink.TEXT, "answering, the higher the faster; in the list: chunks of the last minute"),
        (glyphs.line_tool, Ink.TOOL, "a tool ran"),
        (glyphs.line_silent, Ink.DIM, "nothing came though a turn was running; blank: none ran, or the link was down"),
        (f"{glyphs.gap} {glyphs.error} {glyphs.line_other}", Ink.DIM, "a gap, an error, anything else"),
        (f"[2{glyphs.error}]", Ink.BAD, "in the strip of panes: pane 2 needs you; without brackets it does not"),
        ("+6", Ink.DIM, "in the strip: six more conversations are in no pane"),
        ("+214 new", Ink.WARN, "what came below since you scrolled up or froze"),
        ("3 cut off", Ink.WARN, "of so many nothing can come now: their link is down, or they are not permitted"),
        (
            f"2{glyphs.error} 1{glyphs.stalled}",
            Ink.WARN,
            f"where there is little room, 2 errors and 1 stalled; {glyphs.link_down} cut off, {glyphs.hit} rule hits,"
            f" {glyphs.done} done and unread",
        ),
        ("1 rule off", Ink.WARN, "a rule of yours is out of force; rules off in the palette says why"),
        ("57/s", Ink.DIM, "beside answering: chunks of text a second; in the status bar: chunks a second over all"),
        ("~14 tok/s", Ink.DIM, "chunks of the answer a second: only the model knows how many tokens they are"),
        ("first token 2 s", Ink.DIM, "from the question, or the turn's first chunk, to the first word of the answer"),
        ("9 live", Ink.TEXT, "so many conversations have a turn that runs"),
        (f"{glyphs.link_up} live 3 ms", Ink.GOOD, "the link is up, with its round trip"),
        ("reconnecting (6, 8 s)", Ink.WARN, "the sixth attempt, for 8 seconds so far"),
        ("lag 0.4 s", Ink.TEXT, "how long what was received has waited to be shown"),
        ("lost 3", Ink.BAD, "deliveries known to be missing; ? in 2 outages: nobody knows how many"),
        ("joined mid-stream", Ink.WARN, "the turn had begun before chatwatch listened"),
    )


def _entry(term: str, term_ink: Ink, meaning: str, ink: Ink, width: int) -> list[Row]:
    """A term and what it means, wrapped beside it, or below where that would be a column of letters."""
    if width < 2 * TERM_WIDTH:
        below = [((ours("   "), ink), (row, ink)) for row in wrapped(meaning, width - 4)]
        return [((ours(f" {term}"), term_ink),), *below]
    terms = [ours(f" {row:<{TERM_WIDTH}}") for row in wrapped(term, TERM_WIDTH - 1)]
    blank, nothing = ours(" " * (TERM_WIDTH + 1)), ours("")
    return [
        ((left or blank, term_ink), (right or nothing, ink))
        for left, right in zip_longest(terms, wrapped(meaning, width - TERM_WIDTH - 2))
    ]
