"""Which sources, out of all layers of settings.

Whoever names a source (`nats.servers`, `nats.context`, `sse.endpoints`) replaces the sources of everybody below: the
command line and the environment those of a profile, a profile those of the rest of the file. Who names NATS or
endpoints on the command line gets no other kind from the environment besides: `NATS_URL` is set for other tools too,
and `--sse` alone asks for endpoints alone. Of the kind that is named the environment still says the rest, as for the
`nats` tool. A context stands right below the layer that names it, so `--context staging` brings its own servers and
sign-in whatever the file says, and a leftover of another way to sign in in the environment does not win over the one of
a context on the command line that the `nats` tool takes first; the context that is selected by the `nats` tool stands
below everything. One way to sign in replaces the ways of lower layers, or a leftover would win over what was asked for;
a password in the environment stays, that is the place for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click
import msgspec

from chatwatch_tui.config.merge import IN_FILE, Given, Kind, Layer, Resolved
from chatwatch_tui.paths import config_home
from chatwatch_tui.sources.nats_address import parse_address
from chatwatch_tui.sources.nats_contexts import ContextError, NatsContext, load_context
from chatwatch_tui.sources.nats_files import shown_path

SERVERS, CONTEXT, ENDPOINTS = "nats.servers", "nats.context", "sse.endpoints"
_KINDS = ((SERVERS, CONTEXT), (ENDPOINTS,))
"""Sources of a kind: NATS, and endpoints."""
NATS_WAYS = ("nats.user", "nats.creds", "nats.nkey", "nats.user_jwt", "nats.token")
"""In the order in which the `nats` tool takes them."""
_GROUPS = (frozenset({Kind.FLAG, Kind.VARIABLE}), frozenset({Kind.PROFILE}), frozenset({Kind.FILE}))
"""Layers that name sources together."""


def with_sources(found: Resolved, *, look_up: bool = True) -> Resolved:
    """The same with the context among its layers, and without sources and ways to sign in that others replace.

    Secrets that the context names and does not hold are looked up where they are used; not `look_up` leaves their names
    in their place, for the eye. Raises click.UsageError where there is no such context, or a secret not to be had.
    """
    layers = _own_sources(found.layers)
    context = next((layer.given[CONTEXT] for layer in layers if CONTEXT in layer.given), None)
    only_endpoints = _names(layers, ENDPOINTS) and not _names(layers, SERVERS) and context is None
    loaded = None if only_endpoints else _loaded(context, found)
    if loaded is not None:
        layers = _with_context(layers, context, *loaded)
    layers = _one_way(layers, NATS_WAYS, ("nats.user_seed",), address=_signs_in)
    if loaded is not None and look_up:
        layers = _looked_up(layers, *loaded)
    for kind in ("token", "cookie"):
        ways = (f"sse.{kind}_file", f"sse.{kind}_command")
        layers = _one_way(layers, (f"sse.{kind}", *ways), (), address=None)
        # A secret that is always in the environment does not contradict a file or command that is named there.
        layers = [
            _without(each, [f"sse.{kind}"])
            if each.kind is Kind.VARIABLE and any(way in each.given for way in ways)
            else each
            for each in layers
        ]
    return msgspec.structs.replace(found, layers=tuple(layers))


def without_endpoints(found: Resolved) -> Resolved:
    """For who has no use for them: endpoints that the dashboard watches replace no servers here."""
    return msgspec.structs.replace(found, layers=tuple(_without(each, (ENDPOINTS,)) for each in found.layers))


def watches_nats(found: Resolved) -> bool:
    """Whether servers of a cluster are watched. Endpoints alone are watched alone: a context that happens to be
    selected is no wish to watch its servers too."""
    return not _names(found.layers, ENDPOINTS) or _names(found.layers, SERVERS) or _names(found.layers, CONTEXT)


def check_file(found: Resolved, key: str, in_context: str = "") -> None:
    """Raises click.UsageError, which says who named it, where the file that is the value of the key is not there. A
    pipe, such as `<(command)`, is. `in_context` is what a context calls it."""
    given = found.given.get(key)
    if given is None or given.value is None:
        return
    path = os.path.expanduser(given.value)
    if os.path.exists(path) and not os.path.isdir(path):
        return
    shown = shown_path(given.value)
    if given.kind in (Kind.FLAG, Kind.VARIABLE):
        raise click.UsageError(f"{given.name} {shown}: there is no such file")
    field = f"`{in_context}`: " if given.kind is Kind.CONTEXT else ""
    raise click.UsageError(found.blame(given, f"{field}there is no file {shown}"))


def _names(layers: Iterable[Layer], key: str) -> bool:
    return any(key in layer.given and layer.given[key].value for layer in layers)


def _names_any(layers: Sequence[Layer], sources: Iterable[str]) -> bool:
    return any(_names(layers, key) for key in sources)


def _without(layer: Layer, names: Iterable[str]) -> Layer:
    gone = set(names)
    return Layer(layer.kind, {key: each for key, each in layer.given.items() if key not in gone}, layer.name)


def _own_sources(layers: Sequence[Layer]) -> list[Layer]:
    """Without the sources that others replace: see the module."""
    layers = _as_the_command_line_asks(layers)
    sources = [key for kind in _KINDS for key in kind]
    for group in _GROUPS:
        if _names_any([layer for layer in layers if layer.kind in group], sources):
            return [layer if layer.kind in group else _without(layer, sources) for layer in layers]
    return layers


def _as_the_command_line_asks(layers: Sequence[Layer]) -> list[Layer]:
    """Without the kinds of sources in the environment that a command line which names another one does not name."""
    flags = [layer for layer in layers if layer.kind is Kind.FLAG]
    named = [kind for kind in _KINDS if _names_any(flags, kind)]
    others = [key for kind in _KINDS if named and kind not in named for key in kind]
    return [_without(layer, others) if layer.kind is Kind.VARIABLE else layer for layer in layers]


def _loaded(named: Given | None, found: Resolved) -> tuple[str, NatsContext] | None:
    try:
        return load_context(named.value if named is not None else None, config_home())
    except ContextError as problem:
        raise click.UsageError(found.blame(named, str(problem)) if _in_file(named) else str(problem)) from None


def _with_context(layers: Sequence[Layer], named: Given | None, name: str, context: NatsContext) -> list[Layer]:
    layer = _layer_of(name, {**context.described(), "servers": tuple(context.servers)})
    at = len(layers)
    if named is not None:
        at = next(n for n, each in enumerate(layers) if each.given.get(CONTEXT) is named) + 1
        if named.kind is Kind.FLAG:
            # What the environment says holds over a context, as it does for the `nats` tool.
            layers = [*layers[:at], _without_leftover(layers[at], layer), *layers[at + 1 :]]
            at += 1
    return [*layers[:at], layer, *layers[at:]]


def _without_leftover(variables: Layer, context: Layer) -> Layer:
    first = next((way for way in NATS_WAYS if way in context.given or way in variables.given), "")
    return _without(variables, NATS_WAYS) if first in context.given and first not in variables.given else variables


def _in_file(given: Given | None) -> bool:
    return given is not None and given.kind in IN_FILE


def _looked_up(layers: Sequence[Layer], name: str, context: NatsContext) -> list[Layer]:
    """With the sign-in of the context as it is used, in the place of how it is described."""
    at = next(n for n, each in enumerate(layers) if each.kind is Kind.CONTEXT)
    above = {key for layer in layers[:at] for key in layer.given}
    kept = {key.removeprefix("nats."): each.value for key, each in layers[at].given.items() if key not in above}
    try:
        signin = context.signin([field for field in kept if field != "servers"])
    except ContextError as problem:
        raise click.UsageError(f"context {name}: {problem}") from None
    values = {**msgspec.structs.asdict(signin), "servers": kept.get("servers", ())}
    return [*layers[:at], _layer_of(name, values), *layers[at + 1 :]]


def _layer_of(name: str, values: dict[str, Any]) -> Layer:
    return Layer(
        Kind.CONTEXT, {f"nats.{key}": Given(each, Kind.CONTEXT, name) for key, each in values.items() if each}, name
    )


def _signs_in(layer: Layer) -> bool:
    """Whether an address that the layer gives says how to sign in. One that is no address is refused elsewhere."""
    given = layer.given.get(SERVERS)
    if given is None or layer.kind is Kind.CONTEXT:
        return False
    for server in given.value:
        try:
            address = parse_address(server)
        except ValueError:
            continue
        if address.user or address.password:
            return True
    return False


def _one_way(
    layers: Sequence[Layer],
    ways: Sequence[str],
    more: Sequence[str],
    *,
    address: Callable[[Layer], bool] | None,
) -> list[Layer]:
    """Without the ways of layers below the first one that has any."""
    kept: list[Layer] = []
    cut = False
    for layer in layers:
        if cut:
            password = () if layer.kind is Kind.VARIABLE else ("nats.password",)
            kept.append(_without(layer, (*ways, *more, *password)))
        else:
            kept.append(layer)
            cut = any(layer.given.get(way) and layer.given[way].value for way in ways)
            cut = cut or (address is not None and address(layer))
    return kept
