"""Layers from where they come: the file and its profile, the environment, the command line.

Everything wrong is collected, each with its place, so that one look mends all. Wrong values stop the start. A wrong
table in a list of tables (a rule) does not: it is left out and remarked on, and so are variables that mean nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from chatwatch_tui.config.merge import Given, Kind, Layer, Resolved
from chatwatch_tui.config.schema import PREFIX, Key, keys
from chatwatch_tui.config.toml_file import NotToml, Place, Problem, Steps, TomlFile, read
from chatwatch_tui.config.values import NOTHING, Taking, Wrong, expected, from_text, unknown
from chatwatch_tui.core.safetext import safe_line
from chatwatch_tui.paths import config_folder

CONFIG_VARIABLE = "CHATWATCH_CONFIG"
PROFILE_VARIABLE = "CHATWATCH_PROFILE"
PROFILES = "profile"
"""The table of the file that has a table for each profile."""
STALL_VARIABLE = "CHATWATCH_STALL"
STALL_KEYS = ("stall.thinking", "stall.answering", "stall.tool")
"""Older than the keys: three figures in one variable."""


class Asked(msgspec.Struct, frozen=True):
    """What the command line says: kept, for it holds after a change of the file too."""

    flags: Layer = Layer(Kind.FLAG, {})
    variables: Layer = Layer(Kind.VARIABLE, {})
    """Read by click already; the others are read here."""
    sets: tuple[str, ...] = ()
    """`KEY=VALUE` of `--set`."""
    config: Path | None = None
    profile: str | None = None


def config_path(given: Path | None, environment: Mapping[str, str] = os.environ) -> tuple[Path, bool]:
    """The settings file, and whether it was asked for by name, so that it must be there."""
    if given is not None:
        return given.expanduser(), True
    if named := environment.get(CONFIG_VARIABLE):
        return Path(os.path.expanduser(named)), True
    return config_folder() / "config.toml", False


def resolve(asked: Asked, environment: Mapping[str, str] = os.environ) -> Resolved:
    """Everything, resolved. Never raises: what is wrong is in the result."""
    problems: list[Problem] = []
    remarks: list[Problem] = []
    file = _read(asked, environment, problems)
    profile = asked.profile or environment.get(PROFILE_VARIABLE, "")
    profiles, base = _file_layers(file, problems, remarks) if file is not None else ({}, [])
    of_file = [*([profiles[profile]] if profile in profiles else []), *base]
    # Of a file that could not be read nobody knows its profiles; why is what has to be mended.
    if profile and not (file is None and problems) and profile not in _profiles(file):
        path, _ = config_path(asked.config, environment)
        names = list(_profiles(file))
        none = "there are none" if file is not None else "there is no such file"
        words = unknown(profile, names, "profile") if names else f"there is no profile {profile!r}: {none}"
        problems.append(Problem(f"{path}: {words}"))
    sets = _set_layer(asked.sets, problems)
    variables = _variables(asked.variables, environment, problems, remarks)
    flags = Layer(Kind.FLAG, {**asked.flags.given, **sets})
    problems.sort(key=lambda each: each.place)  # those without one first
    remarks.sort(key=lambda each: each.place)
    return Resolved((flags, variables, *of_file), tuple(problems), tuple(remarks), file, profile, profiles)


def _read(asked: Asked, environment: Mapping[str, str], problems: list[Problem]) -> TomlFile | None:
    path, must_be = config_path(asked.config, environment)
    try:
        return read(path)
    except NotToml as wrong:
        problems.append(wrong.problem)
    except FileNotFoundError:
        if must_be:
            problems.append(Problem(f"{path}: there is no such file; `chatwatch config init` makes one"))
    except OSError as problem:
        problems.append(Problem(f"{path}: {problem.strerror}"))
    return None


def _profiles(file: TomlFile | None) -> Mapping[str, Any]:
    found = file.values.get(PROFILES) if file is not None else None
    return found if isinstance(found, dict) else {}


def _file_layers(
    file: TomlFile, problems: list[Problem], remarks: list[Problem]
) -> tuple[dict[str, Layer], list[Layer]]:  # fmt: skip
    """Layers of all profiles by name, of which one at most will hold, and the base's."""
    taking = Taking(file.path.absolute().parent)
    profiles = {
        name: Layer(Kind.PROFILE, _table(taking, content, (PROFILES, name), Kind.PROFILE, name), name)
        for name, content in _profiles(file).items()
    }
    if not isinstance(file.values.get(PROFILES, {}), dict):
        taking.wrong.append(Wrong((PROFILES,), "expected tables, [profile.NAME]", at_key=True))
    base = {key: value for key, value in file.values.items() if key != PROFILES}
    layer = Layer(Kind.FILE, _table(taking, base, (), Kind.FILE, ""))
    for wrong in taking.wrong:
        place = (file.key_at if wrong.at_key else file.value_at)(wrong.steps)
        _note(wrong, str(file.path), place, problems, remarks)
    return profiles, [layer]


def _note(wrong: Wrong, file: str, place: Place, problems: list[Problem], remarks: list[Problem]) -> None:
    steps = [each for each in wrong.steps if isinstance(each, str)]
    words = wrong.words if wrong.at_key else f"{safe_line('.'.join(steps), 100)}: {wrong.words}"
    (remarks if wrong.mild else problems).append(Problem(words, file, place, wrong.steps))


def _table(taking: Taking, content: Any, steps: Steps, kind: Kind, name: str) -> dict[str, Given]:
    """What a table of the file says, by key. `steps` leads to the table."""
    given: dict[str, Given] = {}
    known = keys()
    names = _names_by_section(known)

    def take(table: Any, section: str, at: Steps) -> None:
        if not isinstance(table, dict):
            taking.wrong.append(Wrong(at, f"expected a table, [{safe_line('.'.join(map(str, at)), 100)}]"))
            return
        for word, raw in table.items():
            path = f"{section}.{word}" if section else word
            if key := known.get(path):
                value = taking.value(key.type, raw, (*at, word), key.marks)
                if value is not NOTHING:
                    given[path] = Given(value, kind, name, (*at, word))
            elif path in names:
                take(raw, path, (*at, word))
            else:
                taking.wrong.append(Wrong((*at, word), _unknown(word, section, names, bool(steps)), at_key=True))

    take(content, "", steps)
    return given


def _names_by_section(known: Mapping[str, Key]) -> dict[str, list[str]]:
    """What may stand in each section, blank for the top."""
    found: dict[str, list[str]] = {"": []}
    for name in known:
        parts = name.split(".")
        for depth, part in enumerate(parts):
            inside = found.setdefault(".".join(parts[:depth]), [])
            if part not in inside:
                inside.append(part)
    return found


def _unknown(word: str, section: str, names: Mapping[str, list[str]], in_profile: bool) -> str:
    """Words for a key that there is not; it may well be one of another section."""
    if in_profile and not section and word == PROFILES:
        return f"a profile has no profiles in it: write [{PROFILES}.NAME] at the top"
    from difflib import get_close_matches

    elsewhere = [f"`{word}` under [{other}]" for other, there in names.items() if other and word in there]
    if section and word in names[""]:
        elsewhere.append(f"`{word}` at the top, before the first section")
    if elsewhere and not get_close_matches(word, names[section], n=1, cutoff=0.85):
        return f"unknown key {safe_line(word, 60)!r}: did you mean {elsewhere[0]}?"
    return unknown(word, [*names[section], *([] if section or in_profile else [PROFILES])])


def _set_layer(sets: Iterable[str], problems: list[Problem]) -> dict[str, Given]:
    given: dict[str, Given] = {}
    for each in sets:
        known = keys()
        name, equals, text = each.partition("=")
        name = name.strip()
        table, _, entry = name.rpartition(".")
        if not equals:
            problems.append(Problem(f"--set {safe_line(name, 60)}: KEY=VALUE, such as --set fps=10"))
        elif key := known.get(name):
            _take_text(key, text, f"--set {name}", Given(None, Kind.FLAG, f"--set {name}"), given, problems)
        elif entry and isinstance(getattr(known.get(table), "default", None), dict):
            key = known[table]
            before = given[table].value if table in given else {}
            given[table] = Given({**before, entry: text}, Kind.FLAG, f"--set {name}")
        else:
            problems.append(Problem(f"--set {safe_line(name, 60)}: {unknown(name, known)}"))
    return given


def _take_text(key: Key, text: str, where: str, made: Given, given: dict[str, Given], problems: list[Problem]) -> None:
    """Note what a text says for a key, or what is wrong with it."""
    taking = Taking(Path())
    try:
        value = taking.value(key.type, from_text(key.type, text), (), key.marks)
    except ValueError as problem:
        words = f"expected {expected(key.type)}" if key.marks.guarded else str(problem)
        problems.append(Problem(f"{where}: {words}"))
        return
    problems += [Problem(f"{where}: {wrong.words}") for wrong in taking.wrong]
    if value is not NOTHING:
        given[key.name] = msgspec.structs.replace(made, value=value)


def _variables(
    read_already: Layer, environment: Mapping[str, str], problems: list[Problem], remarks: list[Problem]
) -> Layer:
    given = dict(read_already.given)
    ours = {name for name in environment if name.startswith((PREFIX, "NATS_"))}
    if not ours:
        return Layer(Kind.VARIABLE, given)
    meanings = {variable: key for key in keys().values() for variable in reversed(key.variables)}
    for key in keys().values():
        # What click read may come from one that is listed later, or from that of all three limits.
        variable = next((each for each in key.variables if environment.get(each)), None)
        if variable is not None and (key.name not in given or given[key.name].name != variable):
            made = Given(None, Kind.VARIABLE, variable)
            _take_text(key, environment[variable], variable, made, given, problems)
    if text := environment.get(STALL_VARIABLE):
        parts = text.replace(",", " ").split()
        if len(parts) != len(STALL_KEYS):
            problems.append(Problem(f"{STALL_VARIABLE}: expected three numbers, THINK ANSWER TOOL"))
        for name, part in zip(STALL_KEYS, parts, strict=False):
            if name not in given:
                made = Given(None, Kind.VARIABLE, STALL_VARIABLE)
                _take_text(keys()[name], part, STALL_VARIABLE, made, given, problems)
    from difflib import get_close_matches

    known = {*meanings, CONFIG_VARIABLE, PROFILE_VARIABLE, STALL_VARIABLE}
    for name in sorted(ours - known):
        if name.startswith(PREFIX):
            near = get_close_matches(name, known, n=1)
            hint = f": did you mean {near[0]}?" if near else ""
            remarks.append(Problem(f"the variable {safe_line(name, 60)} means nothing to chatwatch{hint}"))
    return Layer(Kind.VARIABLE, given)
