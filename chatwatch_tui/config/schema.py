"""The settings tree as a table of keys: what there is, of which type, under which variable, and in a sentence what for.

Types and marks come from annotations. Sentences come from the docstrings under the fields, which Python does not keep:
they are read from the source when somebody wants to see them, never on the way to the dashboard.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from chatwatch_tui.core.setting import Setting
from chatwatch_tui.settings import Settings

PREFIX = "CHATWATCH_"
NO_MARKS = Setting()


class Key(msgspec.Struct, frozen=True, gc=False):
    """One setting."""

    name: str
    """Dotted: `stall.thinking`."""
    type: Any
    """With its bounds."""
    default: Any
    marks: Setting
    restart: bool
    owner: type[msgspec.Struct]
    """The section that has the field."""
    field: str

    @property
    def variable(self) -> str:
        """The environment variable that every key has."""
        return PREFIX + self.name.upper().replace(".", "_").replace("-", "_")

    @property
    def variables(self) -> tuple[str, ...]:
        """All that mean this key, the one that holds first."""
        return tuple(dict.fromkeys((self.variable, *filter(None, (self.marks.variable,)))))

    @property
    def help(self) -> str:
        """Its sentence, blank where it has none."""
        return docstrings(self.owner).get(self.field, "")


class Section(msgspec.Struct, frozen=True, gc=False):
    """A struct on the way to the keys."""

    name: str
    """Dotted, blank for the whole."""
    type: type[msgspec.Struct]
    fields: tuple[tuple[str, Key | Section], ...]
    """Key or section by the name of its field; what is hidden is missing."""
    inline: bool = False

    @property
    def depth(self) -> int:
        """Dots in the names of its own keys."""
        return self.name.count(".") + 1 if self.name else 0

    @property
    def help(self) -> str:
        """Its sentence."""
        return " ".join((self.type.__doc__ or "").split())


@cache
def tree(root: type[msgspec.Struct] = Settings) -> Section:
    """The tree by introspection."""
    return _section(root, "", NO_MARKS, restart=False)


@cache
def keys(root: type[msgspec.Struct] = Settings) -> Mapping[str, Key]:
    """Every key by its name, in the order of the tree."""
    return types.MappingProxyType({key.name: key for key in walk(tree(root))})


def walk(section: Section) -> Iterator[Key]:
    """The keys of a section and of those in it: plain ones first, as they must stand in a file."""
    below = []
    for _, each in section.fields:
        if isinstance(each, Key):
            yield each
        elif each.inline:
            inner = list(walk(each))
            yield from (key for key in inner if key.name.count(".") == section.depth)
            below += [key for key in inner if key.name.count(".") != section.depth]
        else:
            below += list(walk(each))
    yield from below


def _section(struct: type[msgspec.Struct], name: str, marks: Setting, *, restart: bool) -> Section:
    hints = get_type_hints(struct, include_extras=True)
    encoded = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    defaults = defaults_of(struct)
    found: list[tuple[str, Key | Section]] = []
    for field in struct.__struct_fields__:
        type_ = hints[field]
        own = marks.within.get(field) or marks_of(type_)
        if own.hidden:
            continue
        path = f"{name}.{encoded[field]}" if name else encoded[field]
        once = restart or own.restart
        inner = struct_of(type_)
        if inner is not None:
            section = _section(inner, name if own.inline else path, own, restart=once)
            found.append((field, Section(section.name, inner, section.fields, own.inline)))
        else:
            found.append((field, Key(path, type_, defaults[field], own, once, struct, field)))
    return Section(name, struct, tuple(found))


def marks_of(type_: Any) -> Setting:
    """What a field's annotation says of it."""
    if get_origin(type_) is Annotated:
        return next((each for each in type_.__metadata__ if isinstance(each, Setting)), NO_MARKS)
    return NO_MARKS


def bare(type_: Any) -> Any:
    """The type without annotations and without "or none"."""
    if get_origin(type_) is Annotated:
        return bare(type_.__origin__)
    if get_origin(type_) in (Union, types.UnionType):
        others = [each for each in get_args(type_) if each is not type(None)]
        if len(others) == 1:
            return bare(others[0])
    return type_


def unannotated(type_: Any) -> Any:
    """The type without what its annotation says."""
    return type_.__origin__ if get_origin(type_) is Annotated else type_


def struct_of(type_: Any) -> type[msgspec.Struct] | None:
    """The struct that a field holds, where it holds one."""
    found = bare(type_)
    return found if isinstance(found, type) and issubclass(found, msgspec.Struct) else None


def defaults_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Defaults by field; msgspec.NODEFAULT where a value must be given."""
    fields, given = struct.__struct_fields__, struct.__struct_defaults__
    missing = [msgspec.NODEFAULT] * (len(fields) - len(given))
    return {
        field: default.factory() if hasattr(default, "factory") else default
        for field, default in zip(fields, [*missing, *given], strict=True)
    }


@cache
def docstrings(struct: type[msgspec.Struct]) -> Mapping[str, str]:
    """The docstring under each field, in one line, from the source of the struct and its bases."""
    import ast
    import inspect
    import textwrap

    found: dict[str, str] = {}
    for each in reversed(struct.__mro__):
        if each is msgspec.Struct or not issubclass(each, msgspec.Struct):
            continue
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        assert isinstance(body, ast.ClassDef)
        for line, after in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(line, ast.AnnAssign)
                and isinstance(line.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                found[line.target.id] = " ".join(after.value.value.split())
    return found
