"""Settings as text: a value as TOML writes it, a file that explains itself, and the reference in Markdown."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

from chatwatch_tui.config.load import PROFILES
from chatwatch_tui.config.schema import Key, Section, bare, docstrings, keys, struct_of, tree, walk
from chatwatch_tui.config.values import element_of, expected

WIDTH = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_of(value: Any) -> str:
    """A value on one line of TOML; what is not there is an empty string, which a file may say."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return toml_of(value.value)
    if isinstance(value, float) and value.is_integer():
        return f"{value:.1f}"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(toml_of, value))}]"
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return toml_of({key: getattr(value, field) for key, field in names if getattr(value, field) is not None})
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {toml_of(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return _quoted("" if value is None else str(value))


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    """What is no printable character is escaped: it is shown on a terminal too."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)


# -- a file that explains itself -----------------------------------------------------------------------------------


def template() -> str:
    """A settings file with every key, commented out at its default, under its sentence."""
    lines = [
        "# Settings of chatwatch. Every key stands here with its default: take away the # before one to change it.",
        "# A flag goes before an environment variable, that before a profile, that before the rest of this file.",
        "# `chatwatch config check` says what is wrong, `chatwatch config show` what holds and why.",
        "# What is changed here while chatwatch runs is taken up at once; [restart] marks what needs a new start.",
        "",
    ]
    section = ""
    tables = [key for key in keys().values() if _is_of_tables(key)]
    for key in (each for each in keys().values() if each not in tables):
        *parents, _ = key.name.split(".")
        if (name := ".".join(parents)) != section:
            section = name
            lines += ["", f"# {_section(tree(), name)}" if _section(tree(), name) else "", f"[{name}]"]
            lines = [line for n, line in enumerate(lines) if line or n == 0 or lines[n - 1]]
        lines += _entry(key)
    for key in tables:  # what follows a table would belong to it
        lines += ["", *_entry(key)]
    lines += [
        "",
        "# A profile has any of these keys, and holds over the rest where it is asked for: chatwatch --profile prod",
        f"#[{PROFILES}.prod.nats]",
        '#servers = ["nats://chat.example:4222"]',
    ]
    return "\n".join(lines) + "\n"


def _is_of_tables(key: Key) -> bool:
    return struct_of(element_of(bare(key.type))) is not None


def _section(section: Section, name: str) -> str:
    for _, each in section.fields:
        if isinstance(each, Section):
            if each.name == name and not each.inline:
                return each.help.partition(". ")[0].rstrip(".") + "."
            if found := _section(each, name):
                return found
    return ""


def _entry(key: Key) -> Iterator[str]:
    restart = " [restart]" if key.restart else ""
    words = f"{key.help} {_sentence(key)}{restart}".strip()
    yield from (f"# {line}" for line in textwrap.wrap(words, WIDTH))
    name = key.name.rpartition(".")[2]
    inner = struct_of(element_of(bare(key.type)))
    if inner is not None:
        yield f"#[[{key.name}]]"
        helps = docstrings(inner)
        for each in walk(tree(inner)):
            yield from (f"#   {line}" for line in textwrap.wrap(helps.get(each.field, ""), WIDTH))
            yield f"#{each.name} = {toml_of('' if each.default is msgspec.NODEFAULT else each.default)}"
    else:
        yield f"#{name} = {toml_of(key.default)}"


def _sentence(key: Key) -> str:
    words = expected(key.type)
    return f"{words[:1].upper()}{words[1:]}."


# -- the reference -------------------------------------------------------------------------------------------------


def reference() -> str:
    """`docs/settings.md`."""
    out = [_INTRODUCTION]
    section = None
    for key in keys().values():
        *parents, _ = key.name.split(".")
        if (name := ".".join(parents)) != section:
            section = name
            title = f"`[{name}]`" if name else "At the top"
            out += ["", f"## {title}", ""]
            if words := _section(tree(), name):
                out += [words, ""]
            out += ["| key | | default | variable | |", "|---|---|---|---|---|"]
        out.append(_row(key))
    out += _tables()
    return "\n".join(out) + "\n"


def _row(key: Key) -> str:
    default = toml_of(key.default) if key.default not in (None, "", (), {}) else ""
    cells = (
        f"`{key.name}`",
        _sentence(key).rstrip("."),
        f"`{default}`" if default else "",
        ", ".join(f"`{each}`" for each in key.variables),
        key.help + (" *Needs a restart.*" if key.restart else ""),
    )
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |"


def _tables() -> list[str]:
    """What stands in the lists of tables."""
    out: list[str] = []
    for key in keys().values():
        inner = struct_of(element_of(bare(key.type)))
        if inner is None:
            continue
        out += ["", f"## `[[{key.name}]]`", "", " ".join((inner.__doc__ or "").split()), ""]
        out += ["| key | | default | |", "|---|---|---|---|"]
        for each in walk(tree(inner)):
            must = each.default is msgspec.NODEFAULT
            default = "must be given" if must else f"`{toml_of(each.default)}`" if each.default else ""
            cells = (f"`{each.name}`", _sentence(each).rstrip("."), default, docstrings(inner).get(each.field, ""))
            out.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return out


_INTRODUCTION = """\
# Settings

Made from the program by `python -m tests.config.reference`; a test fails where it is stale.

Settings are TOML, in `config.toml` of the platform's config folder (`chatwatch config path` says where), or in the file
that `--config FILE` or `CHATWATCH_CONFIG` names. `chatwatch config init` writes one with every key, its default and its
sentence. A flag goes before an environment variable, that before a profile, that before the rest of the file, that
before the default; keys that have no flag of their own are set with `--set KEY=VALUE`. `chatwatch config show` says
what holds and where it comes from: of an address without user, password and query, of a command the program alone.
`chatwatch config check [FILE]` says what is wrong, in every profile, with line, column and nearest key.

Whoever names sources (`nats.servers`, `nats.context`, `sse.endpoints`) replaces those of everybody below; the command
line and the environment name them together, but NATS alone or endpoints alone on the command line are watched alone. A
context of the `nats` tool stands right below whoever names it, a selected one below everything. One way to sign in
replaces the ways of lower layers. File names are relative to the settings file.

`[profile.NAME]` may have any of these keys and holds over the rest of the file where `--profile NAME` or
`CHATWATCH_PROFILE` asks for it.

A change of the file is taken up while chatwatch runs, within a second or two. Where it is wrong, what was set before
stays and the dashboard says what is wrong; where a key needs a restart, it says so too.

Of several variables of one key the one that is listed first holds. `CHATWATCH_STALL="60 15 120"` gives all three limits
of `[stall]`; the variable of one of them holds over it.

In a variable or after `--set`, a list is separated by commas, and tables are written as TOML: `{freeze = "f"}`."""
