"""Options that several commands share. click and nothing else: `--help` must not pay for more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class Number(click.FloatRange):
    """A range of numbers in which "not a number" is none: it compares with nothing, so no bound would stop it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As its base, and no nan."""
        number = super().convert(value, param, ctx)
        if number != number:  # only nan differs from itself
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


SIGN_IN = (
    ("--user", "NATS_USER", "User name, or a token where no password is given.", False),
    ("--password", "NATS_PASSWORD", "Password.", False),
    ("--creds", "NATS_CREDS", "Credentials file (user JWT and seed).", True),
    ("--nkey", "NATS_NKEY", "File with an NKey seed.", True),
    ("--tlscert", "NATS_CERT", "Client certificate.", True),
    ("--tlskey", "NATS_KEY", "Key of the client certificate.", True),
    ("--tlsca", "NATS_CA", "Certificate authority to trust.", True),
)


def nats_options(function: _Decorated) -> _Decorated:
    """Servers, prefix and sign-in."""
    servers = "NATS server; repeat for a cluster. [default: nats://127.0.0.1:4222]"
    return _nats_options(function, envvar="NATS_URL", show_envvar=True, help=servers)


def publishing_options(function: _Decorated) -> _Decorated:
    """The same; but the server has to be named, for nobody means to publish wherever NATS_URL happens to point."""
    return _nats_options(function, required=True, help="NATS server on this machine; repeat for a cluster.")


def _nats_options(function: _Decorated, **server: Any) -> _Decorated:
    function = click.option("--tlsfirst", is_flag=True, envvar="CHATWATCH_NATS_TLS_FIRST",
                            help="The server begins with TLS, before its greeting.")(function)  # fmt: skip
    for flag, variable, words, is_file in reversed(SIGN_IN):
        kind = click.Path(path_type=Path) if is_file else str
        function = click.option(flag, envvar=variable, type=kind, show_envvar=True, help=words)(function)
    for option in (
        click.option("--context", "context_name", envvar="NATS_CONTEXT", show_envvar=True,
                     help="A context of the `nats` tool."),
        click.option("--prefix", default="chat", show_default=True, envvar="CHATWATCH_PREFIX",
                     help="First part of the subjects."),
        click.option("--server", "-s", "servers", multiple=True, metavar="URL", **server),
    ):  # fmt: skip
        function = option(function)
    return function


def sse_options(function: _Decorated) -> _Decorated:
    """`--sse` and what belongs to it."""
    file = click.Path(path_type=Path)
    for option in reversed(
        (
            click.option("--sse", "endpoints", multiple=True, envvar="CHATWATCH_SSE", show_envvar=True, metavar="URL",
                         help="A watch endpoint such as https://chat.example; repeat for several."),
            click.option("--token", metavar="SECRET", help="Bearer token; better: CHATWATCH_TOKEN, a file, a command."),
            click.option("--token-file", type=file, envvar="CHATWATCH_TOKEN_FILE", help="File with the token."),
            click.option("--token-command", envvar="CHATWATCH_TOKEN_COMMAND", help="Command that prints the token."),
            click.option("--cookie", metavar="SECRET", help="Cookie `name=value`; better: CHATWATCH_COOKIE."),
            click.option("--cookie-file", type=file, envvar="CHATWATCH_COOKIE_FILE", help="File with the cookie."),
            click.option("--cookie-command", envvar="CHATWATCH_COOKIE_COMMAND", help="Command that prints the cookie."),
            click.option("--headers-file", type=file, envvar="CHATWATCH_HEADERS_FILE",
                         help="File with more headers, `Name: value` a line."),
            click.option("--cacert", type=file, envvar="CHATWATCH_CACERT",
                         help="Certificate authority to trust for --sse."),
            click.option("--client-cert", type=file, envvar="CHATWATCH_CLIENT_CERT",
                         help="Client certificate for --sse."),
            click.option("--client-key", type=file, envvar="CHATWATCH_CLIENT_KEY", help="Its key."),
            click.option("--max-connections", type=click.IntRange(1, 10_000), default=100, show_default=True,
                         envvar="CHATWATCH_MAX_CONNECTIONS", help="Most connections to one endpoint."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def config_options(function: _Decorated) -> _Decorated:
    """Where settings come from besides flags."""
    for option in reversed(
        (
            click.option("--config", type=click.Path(path_type=Path, dir_okay=False), envvar="CHATWATCH_CONFIG",
                         show_envvar=True, metavar="FILE", help="Settings file, not the one in the config folder."),
            click.option("--profile", envvar="CHATWATCH_PROFILE", show_envvar=True, metavar="NAME",
                         help="The settings of [profile.NAME] over the others."),
            click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", allow_from_autoenv=False,
                         help="Any setting, such as stall.tool=300; repeat. It holds over the setting's own flag. "
                         "`chatwatch config show` lists them."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def screen_options(function: _Decorated) -> _Decorated:
    """How the dashboard shows and keeps what it receives."""
    return _screen_options(function, keeps_session=True)


def passing_screen_options(function: _Decorated) -> _Decorated:
    """Those of a dashboard that keeps no session: it takes `--fresh`, which says nothing there, and does not offer
    it."""
    return _screen_options(function, keeps_session=False)


def _screen_options(function: _Decorated, *, keeps_session: bool) -> _Decorated:
    for option in reversed(
        (
            click.option("--stats-json", type=click.Path(path_type=Path, dir_okay=False), envvar="CHATWATCH_STATS_JSON",
                         help="Write chatwatch's own account there at exit and on SIGUSR1."),
            click.option("--fps", "max_fps", type=click.IntRange(1, 60), default=30, show_default=True,
                         envvar="CHATWATCH_FPS", help="Most frames a second."),
            click.option("--slow-link", is_flag=True, envvar="CHATWATCH_SLOW_LINK",
                         help="At most 4 frames and 8 kB a second to the terminal."),
            click.option("--text-budget", type=click.IntRange(10_000), default=2_000_000, show_default=True,
                         envvar="CHATWATCH_TEXT_BUDGET",
                         help="Characters of text kept per conversation; each block counts a little (200) besides."),
            click.option("--max-conversations", type=click.IntRange(1), default=10_000, show_default=True,
                         envvar="CHATWATCH_MAX_CONVERSATIONS", help="Quietest are given up beyond this."),
            click.option("--stall", nargs=3, type=Number(min=1), default=(60, 15, 120), show_default=True,
                         envvar="CHATWATCH_STALL", metavar="THINK ANSWER TOOL",
                         help="Seconds without a chunk after which a conversation counts as stalled."),
            click.option("--fresh", is_flag=True, envvar="CHATWATCH_FRESH", hidden=not keeps_session,
                         help="Start without the panes, pins and layout of last time, and write none of this time: "
                         "the next start has those of last time again."),
            click.option("--ascii", "ascii_glyphs", is_flag=True, envvar="CHATWATCH_ASCII",
                         help="Signs and frames in plain ASCII."),
            click.option("--mouse/--no-mouse", default=True, envvar="CHATWATCH_MOUSE", help="Take mouse events."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def playing_options(function: _Decorated) -> _Decorated:
    """What the made-up conversations of `demo` and `simulate` are like."""
    for option in reversed(
        (
            click.option("--conversations", type=click.IntRange(1, 10_000), default=9, show_default=True),
            click.option("--rate", type=Number(min=0.1), metavar="CHUNKS_PER_S",
                         help="Chunks a second over all conversations.  [default: as people read]"),
            click.option("--seed", type=int, default=9, show_default=True,
                         help="The same seed plays the same traffic."),
        )
    ):  # fmt: skip
        function = option(function)
    return function
