"""What `chatwatch` understands: commands, options and their help. Reads argv and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from chatwatch_tui import __version__, cli
from chatwatch_tui.cli.options import (
    Number,
    config_options,
    nats_options,
    passing_screen_options,
    playing_options,
    publishing_options,
    screen_options,
    sse_options,
)

EXIT_CODES = """\
Exit codes: 0 quit · 1 failed or crashed · 2 wrong usage · 3 no usable
terminal · 128+n ended by signal n (129: the terminal went away)
"""


_LATER = {
    "config": "chatwatch_tui.cli.config_commands",
    "replay": "chatwatch_tui.cli.replay_command",
    "serve": "chatwatch_tui.cli.relay_commands",
    "token": "chatwatch_tui.cli.relay_commands",
}
"""Commands that are imported when somebody asks for them, and the modules in which they are called as they are here: a
start of the dashboard does not wait for the options of the others."""


class _Chatwatch(click.Group):
    """All commands. Its help begins with examples."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, sorted."""
        return sorted([*self.commands, *_LATER])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        if cmd_name not in _LATER:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(_LATER[cmd_name]), cmd_name)
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, then commands, then options."""
        formatter.write(
            "chatwatch: watch several live AI conversations at once, in a terminal.\n\n"
            "  chatwatch demo                               try it: nothing to set up\n"
            "  chatwatch                                    everything on 127.0.0.1:4222\n"
            "  chatwatch watch -s nats://chat.example:4222  another server\n"
            "  chatwatch watch --context prod ID ID         two, signed in by a nats context\n"
        )
        self.format_options(ctx, formatter)  # the commands are part of it
        formatter.write(f"\n`chatwatch watch --help` has all options.\n{EXIT_CODES}")


@click.command(epilog=f"\b\n{EXIT_CODES}", short_help="The dashboard, over NATS or watch endpoints.")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@nats_options
@sse_options
@screen_options
@config_options
@click.pass_context
def watch(context: click.Context, /, **options: Any) -> int:
    """The dashboard: watch the conversations given by ID (a UUID), or whatever flows.

    \b
    chatwatch watch                        everything on this machine's server
    chatwatch watch -s nats://a:4222 -s nats://b:4222
    chatwatch watch --context prod 7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10
    chatwatch watch --sse https://ai.example 7d1f6a2e-0c4b-4c9e-9a51-3f0e8f6b2d10

    --server and --sse together: one dashboard shows both. One of them alone: only that, whatever NATS_URL,
    NATS_CONTEXT or CHATWATCH_SSE say.

    Secrets belong into NATS_PASSWORD, NATS_TOKEN, a file or a context: other users of a machine can read its
    command lines.
    """
    return cli.watch(context, options)


@click.command(epilog=f"\b\n{EXIT_CODES}", short_help="Server, conversations and dashboard in one.")
@playing_options
@passing_screen_options
@config_options
@click.pass_context
def demo(context: click.Context, /, **options: Any) -> int:
    """A real NATS server, believable conversations and the dashboard: nothing to set up, nothing left behind.

    \b
    chatwatch demo
    chatwatch demo --conversations 40 --rate 2000
    """
    return cli.demo(context, options)


@click.command(short_help="Believable conversations, for demos and load.")
@playing_options
@click.option("--duration", type=Number(min=0), metavar="S", help="Stop after so many seconds.")
@click.option(
    "--i-know-this-publishes", "allow_remote", is_flag=True, help="Publish to a server that is not on loopback."
)
@publishing_options
@config_options
@click.pass_context
def simulate(context: click.Context, /, **options: Any) -> int:
    """Play believable conversations into a server, for demos and load. Prints its account as JSON at the end, where
    the server goes away too (exit code 1).

    \b
    chatwatch simulate -s localhost --conversations 50 --rate 5000 --duration 60
    """
    return cli.simulate(context, options)


def build() -> click.Group:
    """The whole command line."""

    @click.group(cls=_Chatwatch, context_settings={"help_option_names": ["-h", "--help"]})
    @click.version_option(__version__, prog_name="chatwatch", message="%(prog)s %(version)s")
    def chatwatch() -> None:
        """Watch several live AI conversations at once, in a terminal."""

    for command in (watch, demo, simulate):
        chatwatch.add_command(command)
    return chatwatch
