"""chatwatch: watch several live AI conversations at once, in a terminal.

The package root imports nothing, so that `chatwatch --version` and a library user pay only for what they use.
"""

__version__ = "0.1.0"
