"""One table of commands: each does something, no key does two things, and footer and help say the same."""

from __future__ import annotations

import inspect
import re

import pytest
from textual.keys import Keys

from chatwatch_tui.ui.command_table import NO_KEY, PANE_KEYS, bindings, commands
from chatwatch_tui.ui.commands import Command, Group, Scope
from chatwatch_tui.ui.help_page import help_rows
from chatwatch_tui.ui.keymap import Keymap
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.chooser import Chooser
from chatwatch_tui.ui.screens.copy_menu import CopyMenu
from chatwatch_tui.ui.screens.dashboard import Dashboard
from chatwatch_tui.ui.screens.display_menu import DisplayMenu
from chatwatch_tui.ui.screens.help import HelpScreen
from chatwatch_tui.ui.screens.inspector import InspectorScreen
from chatwatch_tui.ui.screens.layouts import Layouts
from chatwatch_tui.ui.screens.picker import Picker
from chatwatch_tui.ui.screens.reader import ReaderScreen
from chatwatch_tui.ui.screens.selecting import SelectScreen
from chatwatch_tui.ui.screens.write_dialog import WriteDialog
from chatwatch_tui.ui.widgets.bars import HintBar
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.prompt_bar import PromptBar
from tests.ui.conversations import words_of

KEYS_OF_UX = {
    "palette": "colon ctrl+p",
    "pane": "1 2 3 4 5 6 7 8 9",
    "next-pane": "tab",
    "previous-pane": "shift+tab",
    "last-pane": "grave_accent",
    "next-attention": "exclamation_mark",
    "acknowledge": "a",
    "mute": "u",
    "mute-rule": "R",
    "mute-all": "U",
    "open": "o",
    "close": "x",
    "pin": "p",
    "lock": "P",
    "swap-previous": "less_than_sign",
    "swap-next": "greater_than_sign",
    "zoom": "z enter",
    "next-layout": "L",
    "save-layout": "S",
    "layouts": "l",
    "toggle-roster": "b",
    "enter-roster": "B",
    "scroll-up": "up k",
    "scroll-down": "down j",
    "page-up": "pageup",
    "page-down": "pagedown",
    "half-page-up": "",
    "half-page-down": "",
    "top": "g home",
    "live": "G end",
    "freeze": "space",
    "freeze-all": "F",
    "thinking": "t",
    "display": "T",
    "view": "v",
    "times": "D",
    "search": "slash",
    "search-next": "n",
    "search-previous": "N",
    "next-error": "e",
    "previous-error": "E",
    "previous-turn": "left_square_bracket",
    "next-turn": "right_square_bracket",
    "previous-tool": "left_curly_bracket",
    "next-tool": "right_curly_bracket",
    "mark": "m",
    "next-mark": "apostrophe",
    "previous-mark": "quotation_mark",
    "filter": "backslash",
    "inspect": "i",
    "read": "M",
    "copy": "y",
    "copy-id": "",
    "rules-off": "",
    "links": "",
    "write": "w",
    "screenshot": "s",
    "record": "r",
    "help": "question_mark",
    "back": "escape",
    "quit": "q ctrl+c",
}
"""The table of design/ux.md, for the commands that exist."""
UX_KEYS_OF_OTHERS: set[str] = set()
"""What ux.md promises to commands that do not exist yet."""


def keys_of(command: Command) -> list[str]:
    return [key for key in command.keys.split(",") if key]


OF_DASHBOARD = commands(Scope.DASHBOARD)
ALL_KEYS = [key for command in OF_DASHBOARD for key in keys_of(command)]
SCREENS = {
    Scope.DASHBOARD: Dashboard,
    Scope.HELP: HelpScreen,
    Scope.DISPLAY: DisplayMenu,
    Scope.FIND: PromptBar,
    Scope.INSPECT: InspectorScreen,
    Scope.READ: ReaderScreen,
    Scope.COPY: CopyMenu,
    Scope.SELECT: SelectScreen,
    Scope.WRITE: WriteDialog,
    Scope.CHOOSER: Chooser,
    Scope.PICKER: Picker,
    Scope.LAYOUTS: Layouts,
}


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.id)
def test_every_command_has_an_action_of_its_screen(command: Command) -> None:
    action = getattr(SCREENS[command.scope], f"action_{command.action}")
    expected = {"self", "number"} if command is PANE_KEYS else {"self"}
    assert {each for each in inspect.signature(action).parameters if each != "result"} == expected
    assert inspect.getdoc(action)


def test_no_action_of_the_dashboard_lacks_a_command() -> None:
    actions = {
        name.removeprefix("action_")
        for each in Dashboard.__mro__
        if each.__module__.startswith("chatwatch_tui")
        for name in vars(each)
        if name.startswith("action_")
    }
    assert actions == {command.action for command in OF_DASHBOARD}


@pytest.mark.parametrize("scope", Scope)
def test_no_key_is_bound_twice_in_a_scope(scope: Scope) -> None:
    keys = [key for command in commands(scope) for key in keys_of(command)]
    assert len(keys) == len(set(keys))


def test_ids_are_unique_and_stable_names() -> None:
    ids = [command.id for command in commands()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in ids)


def test_keys_are_those_of_the_design() -> None:
    assert {command.id: " ".join(keys_of(command)) for command in OF_DASHBOARD} == KEYS_OF_UX


def test_no_key_is_taken_that_the_design_promises_to_another_command() -> None:
    assert not UX_KEYS_OF_OTHERS & set(ALL_KEYS)


def test_no_key_is_a_chord_that_tmux_or_screen_takes() -> None:
    assert [key for key in ALL_KEYS if "ctrl" in key] == ["ctrl+p", "ctrl+c"]
    assert not {"ctrl+b", "ctrl+a"} & set(ALL_KEYS)


def test_every_key_can_be_typed_on_a_plain_terminal_and_is_known_to_textual() -> None:
    named = (
        {key.value for key in Keys}
        | {
            "grave_accent",
            "exclamation_mark",
            "question_mark",
            "space",
            "slash",
            "colon",
            "backslash",
            "apostrophe",
            "quotation_mark",
            "less_than_sign",
            "greater_than_sign",
        }
        | {f"{side}_{kind}_bracket" for side in ("left", "right") for kind in ("square", "curly")}
    )
    for key in ALL_KEYS:
        assert (len(key) == 1 and key.isalnum()) or key in named, key
        assert not key.startswith(("alt+", "super+", "f")) or key == "f"


def test_bindings_are_made_from_the_table_and_carry_its_ids() -> None:
    made = bindings(Scope.DASHBOARD)
    assert [key for each in made for key in each.key.split(",") if key != NO_KEY] == ALL_KEYS
    assert [each.id for each in made] == [*(f"pane-{n}" for n in range(1, 10)), *(each.id for each in OF_DASHBOARD[1:])]
    assert made[2].action == "pane(3)"
    assert not [each.id for each in made if each.priority], "a letter with priority could not be typed into a line"


def test_every_command_says_in_a_sentence_what_it_does() -> None:
    for command in commands():
        assert command.label
        assert command.help[0].isupper()
        assert not command.help.endswith(".")


def test_keys_read_as_people_write_them() -> None:
    shown = {command.id: command.display_keys for command in OF_DASHBOARD}
    assert shown["pane"] == "1-9"
    assert shown["next-attention"] == "!"
    assert shown["live"] == "G End"
    assert shown["scroll-up"] == "Up k"
    assert shown["previous-pane"] == "Shift+Tab"
    assert shown["quit"] == "q Ctrl+C"
    assert not any("_" in keys for keys in shown.values())


def test_help_has_every_command_under_its_heading() -> None:
    rows = [words_of(row) for row in help_rows(Look(), 120)]
    at = -1
    for group in (each for each in Group if any(command.group is each for command in commands())):
        at = rows.index(f" {group.value}", at + 1)
        for command in (each for each in Keymap().commands() if each.group is group and each.keys):
            end = next(n for n in range(at, len(rows)) if not rows[n])
            section = range(at + 1, end)
            (found,) = [n for n in section if command.help in rows[n] and command.display_keys in rows[n]]
            assert found > at


def test_commands_of_one_heading_stand_together() -> None:
    groups = [command.group for command in commands()]
    assert groups == sorted(groups, key=list(Group).index)


def footer(width: int) -> str:
    (row,) = HintBar(Look()).make_rows(width, 1)
    return words_of(row).rstrip()


def test_the_footer_shows_the_most_useful_keys_first_and_only_whole_ones() -> None:
    ranked = sorted((each for each in OF_DASHBOARD if each.footer), key=lambda each: each.footer)
    assert [each.footer for each in ranked] == list(range(1, len(ranked) + 1))
    expected = "   ".join(f"{each.display_keys.split()[0].lower()} {each.label}" for each in ranked)
    assert footer(200).strip().lower() == expected.lower()
    for width in range(10, 200):
        assert len(footer(width)) <= width
        assert footer(200).startswith(footer(width))
        assert any(footer(width).endswith(each.label) for each in ranked)


def test_on_eighty_columns_the_footer_says_how_to_get_help() -> None:
    assert "? help" in footer(80)
    assert PANE_KEYS.label in footer(80)


@pytest.mark.parametrize("scope", [Scope.READ, Scope.SELECT])
def test_up_and_down_are_one_pair_in_a_footer(scope: Scope) -> None:
    bar = KeyBar(Look(), scope)
    words = "".join(text for text, _ in bar.make_rows(200, 1)[0])
    assert "Up/Down rows" in words
    assert "Up up" not in words
