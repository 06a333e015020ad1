"""Which keys do what, after presets and the operator's own: bindings, footer, help and sentences come from here.

Textual's `set_keymap` takes unknown ids and clashes without a word, and cannot take a key away; so everything is
checked here first (`problems`), and a command without keys gets one that no terminal sends. Only what differs from the
table is handed over: with the default keymap a key press costs what it did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
from textual.keys import Keys, _character_to_key

from chatwatch_tui.core.safetext import SafeText, safe_line
from chatwatch_tui.settings import ScreenSettings
from chatwatch_tui.ui.command_table import NO_KEY, PANE_KEYS, commands
from chatwatch_tui.ui.commands import Command, Scope, key_words
from chatwatch_tui.ui.keymaps import PRESETS

Spec = str | Sequence[str]
"""Keys as a person writes them: `ctrl+f,space` or a list."""

_MEETING = {Scope.CHOOSER: (Scope.PICKER, Scope.LAYOUTS)}
"""Scopes whose keys act together with those of another."""
PALETTE = "the palette"
"""How an action is reached that has no key."""
_TAKEN = {
    "ctrl+b": "tmux takes it",
    "ctrl+a": "screen takes it",
    "ctrl+z": "it suspends the program",
    "ctrl+i": "a terminal sends it as tab",
    "ctrl+m": "a terminal sends it as enter",
    "ctrl+j": "a terminal may send it as enter",
    "ctrl+h": "a terminal sends it as backspace",
    "ctrl+left_square_bracket": "a terminal sends it as escape",
}
KEYS_OF_A_LINE = frozenset(
    {
        *("left", "right", "shift+left", "shift+right", "ctrl+left", "ctrl+right"),
        *("home", "end", "shift+home", "shift+end", "ctrl+e", "ctrl+x", "ctrl+v"),
        *("backspace", "delete", "alt+backspace", "ctrl+d", "ctrl+k", "ctrl+u", "ctrl+w"),
    }
)
"""What moves and deletes in a line that is typed into."""
_ALIASES = {"esc": "escape", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert", "return": "enter"}
_NAMED = frozenset(key.value for key in Keys if not key.value.startswith("<")) | {"space", "tab", "enter", "backspace"}
_MODIFIERS = frozenset({"ctrl", "alt", "shift"})
_FIELD = re.compile(r"\{([a-z0-9-]+)(?::([a-z_+]+))?\}")


class KeyProblem(NamedTuple):
    """Something wrong with the keys of one action."""

    id: str
    words: str


class Keymap:
    """The keys in force. What `problems` has something against is left out."""

    def __init__(self, preset: str = "default", own: Mapping[str, Spec] | None = None) -> None:
        actions = {each.id: each for each in _actions()}
        self._keys = {id: _table_keys(each) for id, each in actions.items()}
        self._table = dict(self._keys)
        for given in (PRESETS.get(preset, {}), own or {}):
            for id, spec in given.items():
                if id in actions:
                    keys = map(normal, parts(spec))
                    self._keys[id] = tuple(key for key in keys if not unusable(key, actions[id]))

    @classmethod
    def of(cls, settings: ScreenSettings) -> Keymap:
        """The keymap that the settings ask for."""
        return cls(settings.keymap, settings.keys)

    def commands(self, scope: Scope | None = None) -> tuple[Command, ...]:
        """As `command_table.commands`, with the keys in force."""
        return tuple(self._effective(each) for each in commands(scope))

    @cached_property
    def textual(self) -> dict[str, str]:
        """For `App.set_keymap`: what differs from the table."""
        return {action: ",".join(keys) or NO_KEY for action, keys in self._keys.items() if keys != self._table[action]}

    def listed(self) -> Iterator[tuple[str, str, str]]:
        """Id, keys as the settings write them, and what it does, of every action."""
        for each in _actions():
            yield each.id, ",".join(self._keys[each.id]), self.fill(each.help)

    def keys(self, action: str) -> tuple[str, ...]:
        """Keys of an action, by Textual's names. The pane keys are `pane-1` to `pane-9`."""
        return self._keys.get(action, ())

    def key(self, action: str, prefer: str = "") -> SafeText:
        """The key to name in a sentence: the preferred one where it is bound, else the first, else the palette."""
        if action == PANE_KEYS.id:
            return SafeText(self._effective(PANE_KEYS).display_keys)
        found = self.keys(action)
        return SafeText(key_words(prefer if prefer in found else found[0]) if found else PALETTE)

    def fill(self, sentence: str) -> SafeText:
        """One of our sentences with keys in it: `{open}` or `{zoom:enter}` becomes the key of that action. What begins
        the sentence begins with a capital."""
        filled = _FIELD.sub(lambda found: self.key(found[1], found[2] or ""), sentence)
        return SafeText(filled[:1].upper() + filled[1:] if filled.startswith(PALETTE) else filled)

    def _effective(self, command: Command) -> Command:
        if command.id != PANE_KEYS.id:
            keys = ",".join(self._keys[command.id])
            return msgspec.structs.replace(command, keys=keys, help=self.fill(command.help))
        names = [f"{command.id}-{number}" for number in command.keys.split(",")]
        if all(self._keys[name] == self._table[name] for name in names):
            return command
        return msgspec.structs.replace(command, keys=",".join(key for name in names for key in self._keys[name][:1]),
                                       shown_keys="")  # fmt: skip


def _actions() -> Iterator[Command]:
    """Every command that a keymap can name."""
    for each in commands():
        if each is PANE_KEYS:
            for number in each.keys.split(","):
                yield msgspec.structs.replace(each, id=f"{each.id}-{number}", keys=number, help=f"Go to pane {number}")
        else:
            yield each


def _table_keys(command: Command) -> tuple[str, ...]:
    return tuple(key for key in command.keys.split(",") if key)


def parts(spec: Spec) -> list[str]:
    """The keys of a setting, as written. A comma by itself is the key."""
    if not isinstance(spec, str):
        return [each.strip() or each for each in spec if each]
    if spec.strip() == ",":
        return [","]
    return [part.strip() or part for part in spec.split(",") if part]


def normal(key: str) -> str:
    """A key by Textual's name: `?` is `question_mark`, `Ctrl+F` is `ctrl+f`, ` ` is `space`."""
    if len(key) == 1:
        return _character_to_key(key)
    *modifiers, last = key.split("+") if not key.endswith("++") else [*key[:-2].split("+"), "+"]
    last = _character_to_key(last) if len(last) == 1 else last.lower()
    modifiers = [each.lower() for each in modifiers]
    if "ctrl" in modifiers:
        last = last.lower()
    return "+".join([*modifiers, _ALIASES.get(last, last)])


def unusable(key: str, command: Command) -> str:
    """Why a key, by Textual's name, cannot be used for a command; blank where it can."""
    if key in _TAKEN:
        return _TAKEN[key]
    if key == "ctrl+c":
        return "" if command.id == "quit" else "it always quits"
    if command.scope.is_typed_into and key not in (table := _table_keys(command)):
        if _is_typed(key) and not (command.scope is Scope.WRITE and any(map(_is_typed, table))):  # in its other rows
            return "it is typed into the line there"
        if key in KEYS_OF_A_LINE and command.scope in (Scope.FIND, Scope.WRITE):  # the lists name theirs
            return "the line there takes it"
    *modifiers, last = key.split("+")
    if len(last) == 1 and not modifiers:
        return "" if last.isprintable() else "no such key"
    if unknown := [each for each in modifiers if each not in _MODIFIERS]:
        return f"a plain terminal cannot send {unknown[0]}"
    if key in _NAMED and not re.fullmatch(r"ctrl\+(shift\+)?\d|ctrl\+shift\+.*|f(1[3-9]|2\d)|ctrl\+f\d+", key):
        return ""
    if modifiers == ["alt"] and (len(last) == 1 or key_words(last) != last):
        return ""
    if modifiers:
        known = last in _NAMED or len(last) == 1 or _is_sign(last)
        return "a plain terminal cannot send it" if known else "there is no such key"
    return "" if _is_sign(last) else "a plain terminal cannot send it" if key in _NAMED else "there is no such key"


def _is_typed(key: str) -> bool:
    return key == "space" or (len(key) == 1 and key.isprintable()) or _is_sign(key)


def _is_sign(name: str) -> bool:
    character = key_words(name)
    return len(character) == 1 and _character_to_key(character) == name


def problems(preset: str, own: Mapping[str, Spec]) -> list[KeyProblem]:
    """Everything that is wrong with keys, each with the action at which to mend it."""
    from chatwatch_tui.config.values import unknown

    actions = {each.id: each for each in _actions()}
    found: list[KeyProblem] = []
    for action, spec in own.items():
        if action not in actions:
            found.append(KeyProblem(action, unknown(action, actions, "action")))
            continue
        keys = parts(spec)
        if not keys and actions[action].must_have_a_key:
            found.append(KeyProblem(action, "this one needs a key: there would be no way out, or none to learn of one"))
        for key in keys:
            if reason := unusable(normal(key), actions[action]):
                found.append(KeyProblem(action, f"{safe_line(key, 40)!r} is no use: {reason}"))
    return found + list(_clashes(actions.values(), Keymap(preset, own), own))


def _clashes(actions: Iterable[Command], keymap: Keymap, own: Mapping[str, Spec]) -> Iterator[KeyProblem]:
    """Keys that two actions of a scope have. Named at one that the operator gave keys to."""
    taken: dict[tuple[Scope, str], str] = {}
    for command in actions:
        for key in keymap.keys(command.id):
            others = [
                taken.setdefault((place, key), command.id) for place in _MEETING.get(command.scope, (command.scope,))
            ]
            other = next((each for each in others if each != command.id), None)
            if other is not None:
                mine, theirs = (command.id, other) if command.id in own else (other, command.id)
                mend = f'give that one another, or none: {theirs} = ""'
                yield KeyProblem(mine, f"{key_words(key)} is the key of {theirs} too: {mend}")
