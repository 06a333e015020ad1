"""Keys in force: presets and the operator's own, checked before the start, the same wherever they are shown."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.keys import Keys

import chatwatch_tui.ui
from chatwatch_tui.core.display import DisplaySettings
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.app import ChatwatchApp
from chatwatch_tui.ui.command_table import commands
from chatwatch_tui.ui.commands import Scope
from chatwatch_tui.ui.help_page import help_rows
from chatwatch_tui.ui.inspection import Inspection
from chatwatch_tui.ui.keymap import KEYS_OF_A_LINE, Keymap, normal, parts, problems, unusable
from chatwatch_tui.ui.keymaps import PRESETS
from chatwatch_tui.ui.look import Look
from chatwatch_tui.ui.screens.display_menu import DisplayRows
from chatwatch_tui.ui.screens.help import HelpScreen
from chatwatch_tui.ui.watching import Watching
from chatwatch_tui.ui.widgets.bars import HintBar
from chatwatch_tui.ui.widgets.key_bar import KeyBar
from chatwatch_tui.ui.widgets.prompt_bar import Line
from tests.ui.conversations import Talk, chunk, words_of
from tests.ui.stage import Stage

FREEZE = next(each for each in commands() if each.id == "freeze")


def words_for(**keys: str | tuple[str, ...]) -> list[tuple[str, str]]:
    return [tuple(each) for each in problems("default", {name.replace("_", "-"): spec for name, spec in keys.items()})]  # type: ignore[misc]


# -- presets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_has_nothing_wrong_with_it(preset: str) -> None:
    assert not problems(preset, {})
    assert not problems("default", PRESETS[preset])


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_takes_no_key_away_that_works_otherwise(preset: str) -> None:
    """But for letters that it needs for something else."""
    for command in commands():
        for key in command.keys.split(","):
            if key in {each.value for each in Keys} - {"ctrl+c", "ctrl+p"}:
                assert preset == "default" or command.id == "pane" or key in Keymap(preset).keys(command.id)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_leaves_no_action_without_a_key(preset: str) -> None:
    keymap = Keymap(preset)
    bound = [each for each in commands() if each.keys and each.id != "pane"]  # whose nine keys are no preset's
    assert [each.id for each in bound if not keymap.keys(each.id)] == []


def test_the_keys_of_vim_scroll_as_far_as_in_vim() -> None:
    keymap = Keymap("vim")
    for key, action in {"ctrl+e": "down", "ctrl+y": "up", "ctrl+d": "half-page-down", "ctrl+u": "half-page-up"}.items():
        id_ = action if action.startswith("half") else f"scroll-{action}"
        assert key in keymap.keys(id_)


MOVING = {
    "default": {"up": "up", "down": "down", "page-up": "pageup", "page-down": "pagedown", "top": "home", "end": "end"},
    "vim": {"up": "k", "down": "j", "page-up": "ctrl+u", "page-down": "ctrl+d", "top": "g", "end": "G"},
    "emacs": {
        "up": "ctrl+p", "down": "ctrl+n", "page-up": "alt+v", "page-down": "ctrl+v",
        "top": "alt+less_than_sign", "end": "alt+greater_than_sign",
    },
}  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS)
def test_what_moves_has_the_keys_of_the_preset_wherever_it_is(preset: str) -> None:
    """But for vim's where they are typed, or clear what is typed."""
    keymap = Keymap(preset)
    lacking = [
        command.id
        for command in commands()
        if (key := MOVING[preset].get(command.id.removeprefix(f"{command.scope}-")))
        and command.scope is not Scope.DASHBOARD
        and not (preset == "vim" and command.scope.is_typed_into)
        and key not in keymap.keys(command.id)
    ]
    assert lacking == []


@pytest.mark.parametrize("preset", PRESETS)
async def test_every_key_of_every_preset_does_what_the_help_says(preset: str) -> None:
    """Pressed on the real screens, with the actions noted instead of run."""
    app = ChatwatchApp(Watching(None), ScreenSettings(keymap=preset))  # type: ignore[arg-type]
    done: list[str] = []

    def noting(action: str) -> Callable[..., None]:
        return lambda *number: done.append(action)

    async with app.run_test() as pilot:
        for scope, screen in ((Scope.DASHBOARD, app.dashboard), (Scope.HELP, HelpScreen(app.look))):
            if screen is not app.screen:
                await app.push_screen(screen)
            for command in app.look.keymap.commands(scope):
                setattr(screen, f"action_{command.action}", noting(command.id))
            for command in app.look.keymap.commands(scope):
                for key in filter(None, command.keys.split(",")):
                    if key == "ctrl+c":
                        continue  # the application's own
                    done.clear()
                    await pilot.press(key)
                    assert done == [command.id], key


# -- what is refused -----------------------------------------------------------------------------------------------


def test_an_action_that_there_is_not_is_refused_with_the_nearest() -> None:
    assert words_for(freze="x") == [("freze", "unknown action 'freze': did you mean freeze?")]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("ctrl+b", "tmux takes it"),
        ("Ctrl+A", "screen takes it"),
        ("ctrl+i", "a terminal sends it as tab"),
        ("ctrl+m", "a terminal sends it as enter"),
        ("ctrl+shift+x", "a plain terminal cannot send it"),
        ("ctrl+alt+x", "a plain terminal cannot send it"),
        ("super+x", "a plain terminal cannot send super"),
        ("shift+enter", "a plain terminal cannot send it"),
        ("ctrl+1", "a plain terminal cannot send it"),
        ("f13", "a plain terminal cannot send it"),
        ("ctrl+z", "it suspends the program"),
        ("ctrl+c", "it always quits"),
        ("hyperspace", "there is no such key"),
        ("<any>", "there is no such key"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_with_the_reason(key: str, reason: str) -> None:
    assert words_for(freeze=key) == [("freeze", f"{key!r} is no use: {reason}")]


@pytest.mark.parametrize(
    "key", ["f", "é", "?", "Ctrl+F", "ctrl+s", "alt+v", "alt+<", "f12", "ctrl+up", "Ins", "#", ",", "+", "alt++", "Z"]
)
def test_other_keys_can_be_used_as_people_write_them(key: str) -> None:
    assert words_for(freeze=key, help="H") == []
    assert Keymap("default", {"freeze": key}).keys("freeze") == (normal(key),)


def test_every_key_of_the_table_can_be_used() -> None:
    for command in commands():
        for key in filter(None, command.keys.split(",")):
            assert normal(key) == key
            assert not unusable(key, command), key


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("find-cancel", "x"),
        ("find-accept", "e"),
        ("find-older", "?"),
        ("write-back", "q"),
        ("write-take", "a"),
        ("chooser-dismiss", "e"),
        ("chooser-down", "space"),
        ("picker-mark", "x"),
        ("layouts-forget", "é"),
    ],
)
def test_what_is_typed_into_a_line_is_no_key_of_an_action_there(action: str, key: str) -> None:
    assert words_for(**{action: key}) == [(action, f"{key!r} is no use: it is typed into the line there")]
    assert Keymap("default", {action: key}).keys(action) == ()


@pytest.mark.parametrize(("action", "key"), [("find-cancel", "backspace"), ("write-back", "ctrl+w")])
def test_what_the_line_itself_does_is_no_key_of_an_action_there(action: str, key: str) -> None:
    assert words_for(**{action: key}) == [(action, f"{key!r} is no use: the line there takes it")]


def test_the_keys_of_the_line_are_those_that_textual_gives_it() -> None:
    bound = {key for each in Line.BINDINGS if isinstance(each, Binding) for key in each.key.split(",")}
    assert {key for key in bound if not unusable(key, FREEZE)} <= KEYS_OF_A_LINE <= bound


@pytest.mark.parametrize(
    ("action", "key"), [("write-change", "x"), ("write-help", "H"), ("picker-mark", "space"), ("find-cancel", "alt+x")]
)
def test_a_letter_can_be_used_where_nothing_is_typed(action: str, key: str) -> None:
    """Such as in the other rows of the dialog that writes."""
    assert words_for(**{action: key}) == []


def test_a_key_that_two_actions_have_is_refused_unless_they_never_meet() -> None:
    ((action, words),) = words_for(freeze="p")
    assert (action, words) == ("freeze", 'p is the key of pin too: give that one another, or none: pin = ""')
    assert words_for(freeze="p", pin="space") == []
    assert words_for(freeze="p", pin="") == []
    assert words_for(help_end="x") == [], "that page lies over the dashboard"


@pytest.mark.parametrize("action", ["picker-mark", "layouts-forget"])
def test_what_a_list_has_besides_meets_what_all_lists_have(action: str) -> None:
    ((mine, words),) = words_for(**{action: "enter"})
    assert mine == action
    assert words.startswith("Enter is the key of chooser-choose too")
    assert words_for(picker_mark="f2", layouts_forget="f2") == []


@pytest.mark.parametrize("essential", ["quit", "help", "help-dismiss", "inspect-back", "find-cancel"])
def test_the_last_way_out_cannot_be_taken_away(essential: str) -> None:
    ((action, words),) = problems("default", {essential: ""})
    assert action == essential
    assert "needs a key" in words


def test_a_comma_is_a_key_too() -> None:
    assert parts(",") == [","]
    assert parts("a, b") == ["a", "b"]
    assert parts(["a", ","]) == ["a", ","]
    assert parts("") == []


# -- what is shown -------------------------------------------------------------------------------------------------

OWN = {"freeze": "ctrl+f", "open": "", "pane-3": "f3", "live": "alt+>"}


def look() -> Look:
    made = Look()
    made.change(keymap=Keymap("default", OWN))
    return made


def test_footer_and_help_show_the_keys_in_force() -> None:
    (row,) = HintBar(look()).make_rows(200, 1)
    assert "Ctrl+F freeze" in words_of(row)
    assert "open" not in words_of(row)
    rows = [words_of(row) for row in help_rows(look(), 120)]
    assert any(row.startswith(" Ctrl+F ") and "Freeze this pane" in row for row in rows)
    assert any(row.startswith(" Alt+> ") and "newest text" in row for row in rows)
    assert any("1 2 F3 4" in row for row in rows)
    assert not any("Choose a conversation" in row for row in rows)


def test_sentences_name_the_keys_in_force() -> None:
    keymap = Keymap("default", OWN)
    assert keymap.fill("{open} chooses one.") == "The palette chooses one."
    assert keymap.fill("Closed; {open} opens it, {zoom:enter} too.") == "Closed; the palette opens it, Enter too."
    assert keymap.fill("{freeze} {live:end} {pane}") == "Ctrl+F Alt+> 1 2 F3 4 5 6 7 8 9"
    assert Keymap().fill("{live:end} {pane} {next-pane}") == "End 1-9 Tab"


KEY_IN_WORDS = re.compile(
    r"\b(Enter|Esc|Tab|Space|Backspace|Del|Home|PgUp|PgDn|(Ctrl|Alt)\+\w)\b"
    r"|(^|[^\w{])[a-zA-Z] (copies|writes|changes|shows)\b"
)
NAMES_OF_KEYS = {"commands.py", "keymap.py"}


def test_no_sentence_names_a_key_by_itself() -> None:
    """Every command can be given other keys: words take them from the keymap."""
    found = []
    files = [file for file in Path(chatwatch_tui.ui.__path__[0]).rglob("*.py") if file.name not in NAMES_OF_KEYS]
    for file in files:
        tree = ast.parse(file.read_text())
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                is_sentence = " " in node.value
                if is_sentence and KEY_IN_WORDS.search(node.value):
                    found.append(f"{file.name}:{node.lineno}: {node.value!r}")
    assert len(files) > 50
    assert found == []


def test_the_inspector_the_reader_the_menu_and_the_help_name_the_keys_in_force() -> None:
    own = {"inspect-fold": "f", "inspect-hex": "b", "back": "ctrl+g", "chooser-choose": "ctrl+o", "display-scope": "w"}
    there = look()
    there.change(keymap=Keymap("default", own))
    payload = chunk("token", content="x" * 9_000, many=list(range(150)))
    talk = Talk()
    talk.take(payload)
    inspection = Inspection(talk.conversation, 0, None, None)
    inspection.open_all()
    lines = [words_of(line.row) for line in inspection.lines(100, there.keymap)]
    assert (
        sum("f shows more" in line or "f shows the next" in line or "f on the bracket" in line for line in lines) >= 2
    )
    assert any("b changes that" in line for line in lines)
    assert not any("Enter" in line for line in lines)
    menu = DisplayRows(there, (DisplaySettings(), DisplaySettings()), for_all=False)
    assert words_of(menu.make_rows(48, 20)[-1]) == "  Esc back  Space level  w this/all  ? help"
    page = " ".join(words_of(row) for row in help_rows(there, 200))
    assert "Ctrl+G shows all again" in page
    assert "Ctrl+O opens all that are marked" in page


async def test_an_action_without_a_key_can_be_given_one_and_one_with_keys_can_lose_them() -> None:
    stage = Stage()
    stage.app.use_keys(Keymap("default", {"half-page-up": "ctrl+u", "next-layout": "", "freeze-all": "L"}))
    async with stage.app.run_test(size=(80, 24)) as pilot:
        stage.text(1, *(f"line {n}\n" for n in range(200)))
        await stage.shown(pilot)
        view = stage.pane(1).view
        assert view is not None
        before = view.top
        await pilot.press("ctrl+u")
        assert 5 < before - view.top < 15
        layout = stage.dashboard.board.choice
        await pilot.press("L")
        assert stage.dashboard.board.choice is layout
        assert view.frozen is not None


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("scope", [Scope.COPY, Scope.SELECT, Scope.WRITE, Scope.INSPECT, Scope.READ])
@pytest.mark.parametrize("width", [28, 36, 40, 60, 80])
def test_a_key_bar_of_any_width_names_the_way_out(preset: str, scope: Scope, width: int) -> None:
    look = Look()
    look.keymap = Keymap(preset)
    [row] = KeyBar(look, scope).make_rows(width, 1)
    assert "Esc back" in words_of(row)
    assert words_of(row).startswith(" ")
    assert len(words_of(row)) <= width
